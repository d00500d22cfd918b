//! The typed clients of the HTTP API: read by the type checkers of their own languages, and run
//! against a server that answers as the API is described in `codegen::api`.
//!
//! What a machine does not have (`tsc`, `node`, `python3`, `mypy`, `pyright`) is left out, with a
//! line that says so.
#![cfg(feature = "testing")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper of a test fails as the test does"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::{fs, io, thread};

use mailmethod::codegen::{Language, generate};
use mailmethod::{Call, MailMethods};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Whether a program is there; if not, that is said whether or not the test's output is captured.
#[expect(clippy::explicit_write, reason = "the test runner holds back what `eprintln!` prints")]
fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output();
    let there = found.is_ok_and(|output| output.status.success());
    if !there {
        writeln!(io::stderr(), "skipped: there is no {program} on this machine").unwrap();
    }
    there
}

/// A folder with the client of the shop, and the program that uses it.
fn project(language: Language) -> TempDir {
    let folder = TempDir::new().unwrap();
    let ending = if language == Language::TypeScript { "ts" } else { "py" };
    let shop = MailMethods::load("templates").unwrap();
    let nasty = MailMethods::load("tests/codegen/nasty").unwrap();
    let calls = format!("tests/clients/calls.{ending}");
    for (name, code) in [
        ("mails", generate(&shop, language)),
        ("nasty", generate(&nasty, language)),
        ("calls", fs::read_to_string(calls).unwrap()),
    ] {
        fs::write(folder.path().join(format!("{name}.{ending}")), code).unwrap();
    }
    folder
}

#[track_caller]
fn run(program: &str, args: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(program);
    command.args(args).current_dir(folder).env_remove("http_proxy").env_remove("HTTP_PROXY");
    let output = command.output().unwrap();
    let (out, err) = (&output.stdout, &output.stderr);
    let (out, err) = (String::from_utf8_lossy(out), String::from_utf8_lossy(err));
    assert!(output.status.success(), "{program} {args:?}\n{out}{err}");
    output
}

/// Compiles the program in TypeScript under every strict rule.
fn compiled(folder: &Path) {
    let strict = [
        "--strict",
        "--exactOptionalPropertyTypes",
        "--noUncheckedIndexedAccess",
        "--noImplicitOverride",
        "--noImplicitReturns",
        "--noPropertyAccessFromIndexSignature",
        "--noUnusedLocals",
        "--noUnusedParameters",
        "--isolatedModules",
    ];
    let target = ["--target", "es2022", "--module", "es2022", "--moduleResolution", "bundler"];
    fs::write(folder.join("package.json"), "{\"type\": \"module\"}").unwrap();
    run("tsc", &[&strict, &target[..], &["calls.ts", "nasty.ts"]].concat(), folder);
}

#[test]
fn the_type_checker_of_typescript_takes_what_fits_and_nothing_else() {
    if has("tsc") {
        compiled(project(Language::TypeScript).path());
    }
}

#[test]
fn the_type_checkers_of_python_take_what_fits_and_nothing_else() {
    let folder = project(Language::Python);
    if has("mypy") {
        run("mypy", &["--strict", "--cache-dir=.cache", "calls.py", "nasty.py"], folder.path());
    }
    if has("pyright") {
        let settings = "{\"typeCheckingMode\": \"strict\", \"reportUnnecessaryTypeIgnoreComment\": true, \
                        \"enableTypeIgnoreComments\": false, \"include\": [\"calls.py\", \"nasty.py\"]}";
        fs::write(folder.path().join("pyrightconfig.json"), settings).unwrap();
        run("pyright", &[], folder.path());
    }
}

#[test]
fn a_client_in_typescript_speaks_as_the_api_is_described() {
    if has("tsc") && has("node") {
        let folder = project(Language::TypeScript);
        compiled(folder.path());
        // `fetch` tells a redirect that it may not follow as an error of its own.
        speaks("node", "calls.js", folder.path(), &json!("another error"));
    }
}

#[test]
fn a_client_in_python_speaks_as_the_api_is_described() {
    if has("python3") {
        let folder = project(Language::Python);
        run("python3", &["-W", "error", "nasty.py"], folder.path());
        let redirect = failure("the server answered with the status 307", 307, &[], &Value::Null);
        speaks("python3", "calls.py", folder.path(), &redirect);
    }
}

/// Runs the program against a server, and looks at both sides of the talk.
#[track_caller]
fn speaks(program: &str, file: &str, folder: &Path, last: &Value) {
    let server = Server::start();
    let output = run(program, &[file, &server.url], folder);
    let results: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(results, results_of_calls(last));
    let requests = server.requests.lock().unwrap();
    let shop = MailMethods::load("templates").unwrap();
    for request in requests.iter() {
        assert_eq!(request.authorization, "Bearer t0ken");
        assert_eq!(request.content_type, "application/json");
    }
    let bodies: Vec<(&str, &Value)> =
        requests.iter().map(|request| (request.path.as_str(), &request.body)).collect();
    let order = json!({
        "customer": { "name": "Ada", "email": "ada@example.test" },
        "order_no": "2026-041",
        "lines": [{ "title": "Fieldbook", "quantity": 2, "price": "12.00" }],
        "due": "2026-12-07",
        "plan": "team",
        "invoice": { "filename": "a.pdf", "content_type": "application/pdf", "content": "JVBERv8=" },
    });
    let welcome = json!({ "name": "Ada", "email": "a@example.test" });
    assert_eq!(bodies[0].0, "/api/v1/methods/orders.confirmation/render");
    assert_eq!(bodies[0].1, &json!({ "locale": "de", "arguments": order }));
    assert_eq!(bodies[1].0, "/api/v1/methods/orders.confirmation/send");
    let sent = json!({ "to": ["bob@example.test"], "headers": { "x-a": "b" }, "arguments": order });
    assert_eq!(bodies[1].1, &sent);
    assert_eq!(bodies[2].0, "/api/v1/methods/team.invitation/queue");
    let at = bodies[2].1["at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert_eq!(at, "2026-12-07T08:00:00Z".parse().unwrap());
    assert_eq!((&bodies[2].1["key"], &bodies[2].1["priority"]), (&json!("k"), &json!(1)));
    assert_eq!(
        bodies[6],
        ("/api/v1/methods/account.welcome/queue", &json!({ "arguments": welcome }))
    );
    assert_eq!(bodies.len(), 7, "a redirect was followed");
    for name in ["orders/confirmation", "team/invitation", "news/digest"] {
        let path = format!("/{}/", name.replace('/', "."));
        let (_, body) = bodies.iter().find(|(at, _)| at.contains(&path)).unwrap();
        let call = Call::new(name).args(&body["arguments"]).unwrap();
        let error = shop.call(&call).unwrap_err();
        // All arguments fit; only the setting `base_url` is not there.
        assert!(matches!(error, mailmethod::CallError::Mail { .. }), "{error}");
    }
}

/// What the program prints of a call that failed.
fn failure(message: &str, status: u16, paths: &[&str], sent: &Value) -> Value {
    json!({
        "name": "MailMethodError",
        "message": message,
        "status": status,
        "paths": paths,
        "sent": sent,
    })
}

/// What the program prints of [`answers`].
fn results_of_calls(last: &Value) -> Value {
    json!([
        "Bestellung 2026-041 bestätigt",
        "accepted",
        { "v": 1, "id": "0199", "new": true },
        failure("nobody was accepted", 502, &[], &json!("refused")),
        failure("the arguments do not fit", 422, &["email", "lines[2].price"], &Value::Null),
        failure("the server answered with the status 500", 500, &[], &Value::Null),
        last,
    ])
}

/// The status and the body of each answer, one after the other.
fn answers() -> [(u16, String); 7] {
    let sent = |outcome: &str, recipient: &str| {
        json!({
            "v": 1,
            "outcome": outcome,
            "message_id": "<a@x.test>",
            "recipients": [{ "address": "bob@example.test", "outcome": recipient }],
            "error": null,
        })
    };
    let error = |path: &str| json!({ "code": "wrong-argument", "message": "wrong", "path": path });
    [
        (200, json!({ "v": 1, "subject": "Bestellung 2026-041 bestätigt" }).to_string()),
        (200, sent("sent", "accepted").to_string()),
        (201, json!({ "v": 1, "id": "0199", "new": true }).to_string()),
        (
            502,
            json!({ "detail": "nobody was accepted", "sent": sent("refused", "refused") })
                .to_string(),
        ),
        (
            422,
            json!({
                "title": "the arguments do not fit",
                "errors": [error("email"), error("lines[2].price")],
            })
            .to_string(),
        ),
        (500, "<h1>Bad gateway</h1>".to_owned()),
        (307, String::new()),
    ]
}

/// A request as it arrived.
struct Request {
    path: String,
    authorization: String,
    content_type: String,
    body: Value,
}

/// A server that gives one answer after the other.
struct Server {
    url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        thread::spawn(move || {
            let answers = answers().into_iter().chain(std::iter::repeat((404, String::new())));
            for (stream, (status, body)) in listener.incoming().zip(answers) {
                let mut stream = stream.unwrap();
                let request = read(&stream);
                seen.lock().unwrap().push(request);
                let head = format!(
                    "HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nLocation: /elsewhere\r\n\
                     Content-Length: {}\r\nConnection: close\r\n\r\n",
                    body.len()
                );
                stream.write_all((head + &body).as_bytes()).unwrap();
            }
        });
        Self { url, requests }
    }
}

fn read(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    let header = |name: &str| {
        let line = head.iter().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        });
        line.unwrap_or_default()
    };
    let mut body = vec![0; header("content-length").parse().unwrap_or(0)];
    reader.read_exact(&mut body).unwrap();
    Request {
        path: head[0].split(' ').nth(1).unwrap().to_owned(),
        authorization: header("authorization"),
        content_type: header("content-type"),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    }
}
