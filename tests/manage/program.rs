//! `mailmethod serve` and `mailmethod demo`, as a person starts them.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Client, free_port};

/// A program that runs, and is ended with this value.
struct Program {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Program {
    fn start(folder: &Path, args: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailmethod"));
        command.args(args).current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
            .env_remove("MAILMETHOD_TOKEN")
            .env_remove("MAILMETHOD_SMTP_URL")
            .env("TMPDIR", folder);
        command.envs(variables.iter().copied());
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdout }
    }

    /// The first URL that it prints.
    fn url(&mut self) -> url::Url {
        loop {
            let mut line = String::new();
            assert!(self.stdout.read_line(&mut line).unwrap() > 0, "no URL: {}", self.errors());
            if let Some(at) = line.find("http://") {
                let url = line[at..].split_whitespace().next().unwrap();
                return url.parse().unwrap();
            }
        }
    }

    fn client(&mut self) -> (Client, String) {
        let url = self.url();
        let address = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
        let path = format!("{}?{}", url.path(), url.query().unwrap());
        (Client::new(address.parse().unwrap()), path)
    }

    fn errors(&mut self) -> String {
        drop(self.child.kill());
        let mut text = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        text
    }

    /// Ends it by a signal; gives its exit code and how long that took.
    fn end(&mut self, signal: &str) -> (Option<i32>, Duration) {
        let begun = Instant::now();
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        let status = self.child.wait().unwrap();
        (status.code(), begun.elapsed())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[tokio::test]
async fn serve_prints_one_line_with_a_link_and_sends_what_is_queued() {
    let folder = crate::support::folder();
    crate::support::copy(Path::new("templates"), &folder.path().join("templates"));
    std::fs::copy("mailmethod.yaml", folder.path().join("mailmethod.yaml")).unwrap();
    let out = folder.path().join("out");
    let url = format!("file:{}", out.display());
    let variables =
        [("MAILMETHOD_SMTP_URL", url.as_str()), ("MAILMETHOD_TOKEN", crate::support::TOKEN)];
    let mut program =
        Program::start(folder.path(), &["serve", "--listen", "127.0.0.1:0"], &variables);
    let (mut client, link) = program.client();
    assert_ne!(client.get(&link).await.is(303).header("set-cookie"), "");
    client.get("/overview").await.is(200);
    client.get(&link).await.is(410);
    let body = "{\"arguments\": {\"name\": \"Ada\", \"email\": \"ada@ok.test\"}}";
    let id = client.api("POST", "/methods/account.welcome/queue", body).await.is(201).json()["id"]
        .clone();
    let page = format!("/mail/{}/timeline", id.as_str().unwrap());
    let end = Instant::now() + Duration::from_secs(10);
    while !client.get(&page).await.body.contains("class=\"verdict s-sent\"") {
        assert!(Instant::now() < end, "it was never sent");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(std::fs::read_dir(out).unwrap().count(), 1);
    // The API and the command line say the same.
    let id = id.as_str().unwrap();
    for (path, words) in [
        (format!("/mails/{id}"), vec!["queue", "show", id]),
        (format!("/mails/{id}/why"), vec!["why", id]),
        ("/queue/stats".to_owned(), vec!["queue", "stats"]),
        ("/methods".to_owned(), vec!["list"]),
    ] {
        let mut answer = client.api("GET", &path, "").await.is(200).json();
        // A list of the command line ends with what is broken; the page shows all else as well.
        answer.as_object_mut().unwrap().remove("broken");
        let printed = printed(folder.path(), &words);
        for (name, value) in answer.as_object().unwrap() {
            assert_eq!(Some(value), printed.get(name), "{words:?}: {name}");
        }
    }
    let (code, took) = program.end("-TERM");
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(5), "{took:?}");
    let mut rest = String::new();
    program.stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "stdout has one line");
}

/// What a command prints as JSON.
fn printed(folder: &Path, words: &[&str]) -> serde_json::Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mailmethod"));
    let output = command.args(words).arg("--json").current_dir(folder).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {errors}"))
}

#[tokio::test]
async fn serve_in_an_empty_folder_says_what_to_do_next() {
    let folder = crate::support::folder();
    let mut program =
        Program::start(folder.path(), &["serve", "--listen", "127.0.0.1:0", "--no-mailer"], &[]);
    let (mut client, link) = program.client();
    client.get(&link).await;
    client
        .get("/methods")
        .await
        .is(200)
        .has("No mail method yet")
        .has("mailmethod new account/welcome --html");
    // As soon as it is made it is there.
    let made = Command::new(env!("CARGO_BIN_EXE_mailmethod"))
        .args(["new", "account/hello", "--html"])
        .current_dir(folder.path())
        .output();
    assert!(made.unwrap().status.success());
    tokio::time::sleep(Duration::from_millis(250)).await;
    client.get("/methods").await.has("account/hello");
    client.get("/methods/account.hello/test").await.is(200).has("HTML preview");
    client
        .get("/overview")
        .await
        .is(200)
        .has("No adapter is defined yet")
        .has("No mailer is at work");
    let errors = program.errors();
    assert!(errors.contains("mailmethod new account/welcome --html"), "{errors}");
}

#[tokio::test]
async fn serve_lets_nobody_in_from_other_machines_without_a_secret() {
    let folder = crate::support::folder();
    let run = |variables: &[(&str, &str)], listen: &str| {
        let mut program =
            Program::start(folder.path(), &["serve", "--listen", listen, "--no-mailer"], variables);
        let code = program.child.wait().unwrap().code();
        (code, program.errors())
    };
    for listen in ["0.0.0.0:0", "[::]:0"] {
        let (code, errors) = run(&[], listen);
        assert_eq!(code, Some(77), "{errors}");
        assert!(
            errors.contains("can be reached from other machines")
                && errors.contains("MAILMETHOD_TOKEN"),
            "{errors}"
        );
    }
    assert_eq!(run(&[("MAILMETHOD_TOKEN", "short")], "0.0.0.0:0").0, Some(77));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (code, errors) = run(&[], &taken.local_addr().unwrap().to_string());
    assert_eq!(code, Some(75), "{errors}");
    assert!(errors.contains("cannot listen"), "{errors}");
    assert_eq!(run(&[], "nowhere").0, Some(2));

    let token = [("MAILMETHOD_TOKEN", "long-enough-to-be-secret")];
    let listen = format!("0.0.0.0:{}", free_port());
    let mut program =
        Program::start(folder.path(), &["serve", "--listen", &listen, "--no-mailer"], &token);
    let (client, _link) = program.client();
    let mut client = client;
    client.get("/overview").await.is(401).has("name=\"token\"");
    client.post("/login", &[("token", "wrong")]).await.is(401).has("The token is wrong");
    client.clone().plain().post("/login", &[("token", "long-enough-to-be-secret")]).await.is(403);
    client.post("/login", &[("token", "long-enough-to-be-secret")]).await.is(303);
    client.get("/methods").await.is(200);
    client.clone().with_host("evil.test").get("/methods").await.is(421);
    // Outside of development nobody writes into files.
    client.get("/methods").await.lacks("Save as a sample");
}

#[tokio::test]
async fn a_second_serve_on_the_same_queue_is_a_page_alone() {
    let folder = crate::support::folder();
    let args = ["serve", "--listen", "127.0.0.1:0"];
    let variables = [("MAILMETHOD_SMTP_URL", "null:")];
    let mut first = Program::start(folder.path(), &args, &variables);
    let (mut client, link) = first.client();
    client.get(&link).await;
    let end = Instant::now() + Duration::from_secs(10);
    while !client.get("/health").await.body.contains("at work</span>") {
        assert!(Instant::now() < end, "no mailer");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut second = Program::start(folder.path(), &args, &variables);
    let (mut other, link) = second.client();
    other.get(&link).await;
    other.get("/overview").await.is(200);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let errors = second.errors();
    assert!(errors.contains("another mailer works on this queue"), "{errors}");
}

#[tokio::test]
async fn the_demo_fills_every_view_within_ten_seconds_and_leaves_nothing() {
    let folder = crate::support::folder();
    let mut program = Program::start(folder.path(), &["demo", "--no-open"], &[]);
    let begun = Instant::now();
    let (mut client, link) = program.client();
    client.get(&link).await.is(303);
    loop {
        let page = client.get("/queue/all").await;
        let count = |view: &str| {
            let begin = format!("data-count=\"{view}\">");
            let text =
                page.body.split(&begin).nth(1).unwrap().split('<').next().unwrap().to_owned();
            text.parse::<u64>().unwrap()
        };
        if ["sent", "deferred", "dead", "scheduled", "attention"].iter().all(|view| count(view) > 0)
        {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{}", page.text());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    client.get("/methods/orders.confirmation/test").await.is(200).has("HTML preview");
    client.get("/methods/orders.confirmation/golden").await.has("as reviewed");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let _listening = client.stream("/events", &[]).await;
    let (code, took) = program.end("-TERM");
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "it cleans up");
}

#[tokio::test]
async fn ctrl_c_ends_demo_and_serve_and_cleans_up() {
    let folder = crate::support::folder();
    for args in [["demo", "--no-open"].as_slice(), &["serve", "--listen", "127.0.0.1:0"]] {
        let mut program = Program::start(folder.path(), args, &[("MAILMETHOD_SMTP_URL", "null:")]);
        let (mut client, link) = program.client();
        client.get(&link).await.is(303);
        let _listening = client.stream("/events", &[]).await;
        let (code, took) = program.end("-INT");
        assert!(matches!(code, Some(0 | 130)), "{args:?}: {code:?}");
        assert!(took < Duration::from_secs(5), "{args:?}: {took:?}");
    }
    let names = std::fs::read_dir(folder.path()).unwrap().map(|one| one.unwrap().file_name());
    let names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    assert!(names.iter().all(|name| !name.contains("demo")), "{names:?}");
}

#[tokio::test]
async fn the_demo_takes_the_usual_port_or_any_that_is_free() {
    let folder = crate::support::folder();
    // Whoever has the port, it is taken now.
    let taken = std::net::TcpListener::bind("127.0.0.1:8225");
    let mut program = Program::start(folder.path(), &["demo", "--no-open"], &[]);
    let url = program.url();
    assert_ne!(url.port(), Some(8_225));
    assert_eq!((url.host_str(), url.path()), (Some("127.0.0.1"), "/login"));
    program.end("-TERM");
    drop(taken);
    let mut program = Program::start(folder.path(), &["demo", "--no-open"], &[]);
    let port = program.url().port();
    let usual = port == Some(8_225);
    assert!(usual || std::net::TcpListener::bind("127.0.0.1:8225").is_err(), "{port:?}");
}
