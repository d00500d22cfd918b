//! The program, run as users run it: its contracts line by line, and what people read as goldens.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a helper of a test fails as the test does"
)]

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use mailmethod::testing::{FaultServer, Rule, Verb};
use program::{Project, Ran, command, golden, keys, line};
use serde_json::{Value, json};

/// Runs the program on the shop.
fn run(args: &[&str]) -> Ran {
    Ran::of(line(args), command(args).output().unwrap())
}

impl Project {
    /// A project with one method `hello`, whose arguments are of every kind that pairs treat.
    fn hello() -> Self {
        Self::of(&[("templates/hello.yaml", HELLO), ("templates/plain.yaml", PLAIN)])
    }

    /// What `hello` makes of these arguments.
    #[track_caller]
    fn text(&self, args: &[&str]) -> String {
        let all = [&["render", "hello", "--part", "text"], args].concat();
        self.run(&all).ends(0).out
    }
}

const HELLO: &str = r#"
arguments:
  name: string = nobody
  tags: { type: list, of: string, optional: true }
  days: { type: list, of: date, optional: true }
  due: date?
  at: datetime?
  count: integer = 0
  agree: boolean = false
  who: { type: record, default: {}, fields: { name: string?, born: date? } }
  lines: { type: list, of: { title: string, day: date? }, optional: true }
  note: text?
  doc: file?
  docs: { type: list, of: file, optional: true }
  pin: { type: integer, optional: true, secret: true }
  vault: { type: record, optional: true, secret: true, fields: { code: integer } }
headers: { to: ada@example.test, bcc: eve@example.test, from: shop@example.test, subject: "Hi {{ name }}" }
attachments: [{ argument: doc }, { argument: docs }]
text: |
  name={{ name }} count={{ count }} agree={{ agree }} note={{ note }}
  tags={{ tags | join("|") }} days={{ days | join("|") }} due={{ due }} at={{ at }}
  who={{ who.name }},{{ who.born }}
  {% for line in lines %}line={{ line.title }},{{ line.day }}
  {% endfor %}
samples:
  full: { name: Ada, count: 7, tags: [x], lines: [{ title: one }, { title: two }] }
"#;

const PLAIN: &str =
    "headers: {to: ada@example.test, from: shop@example.test}\ntext: plain\nsamples: {s: {}}\n";

/// Replaces what differs from run to run: durations and the ids of sent mails.
fn steady(text: &str) -> String {
    let mut out = String::new();
    for (i, piece) in text.split('<').enumerate() {
        let id = piece.len() > 32 && piece.as_bytes()[..32].iter().all(u8::is_ascii_hexdigit);
        out.push_str(if i == 0 { "" } else { "<" });
        out.push_str(if id && !piece.contains("@preview.invalid") { "ID" } else { &piece[..0] });
        out.push_str(if id && !piece.contains("@preview.invalid") { &piece[32..] } else { piece });
    }
    let lines = out.lines().map(|line| match line.rsplit_once(" in ") {
        Some((before, time))
            if time.ends_with('s') && time[..time.len() - 1].parse::<f64>().is_ok() =>
        {
            format!("{before} in 0.00s\n")
        }
        _ => format!("{line}\n"),
    });
    lines.collect()
}

/// Several runs in one golden.
#[track_caller]
fn transcript(name: &str, runs: &[Ran]) {
    let all: Vec<String> = runs.iter().map(Ran::transcript).collect();
    golden(name, &steady(&all.join("\n")));
}

// What people read.

#[test]
fn a_bare_call_is_a_short_help_and_a_line_about_the_project() {
    let empty = Project::of(&[]);
    transcript("bare", &[run(&[]).ends(0), empty.run(&["-q"]).ends(0)]);
}

#[test]
fn help_ends_with_the_exit_codes_and_the_promise() {
    let help = run(&["--help"]).ends(0).out;
    golden("help", &help);
    assert!(help.trim_end().ends_with("what people read may change with every release."));
}

#[test]
fn list_and_show_say_what_there_is() {
    transcript("list", &[run(&["list"]).ends(0)]);
    let runs = ["orders/confirmation", "account.password-reset", "news/digest"]
        .map(|method| run(&["show", method]).ends(0));
    transcript("show", &runs);
}

#[test]
fn a_summary_shows_the_mail_at_a_glance() {
    let first = run(&["render", "orders/confirmation", "--sample", "first-order"]).ends(0);
    let second = Project::hello().run(&["render", "hello"]).ends(0);
    transcript("summary", &[first, second]);
}

#[test]
fn an_explanation_tells_where_each_value_comes_from() {
    let order = ["explain", "orders/confirmation", "--sample", "first-order", "--locale", "de"];
    let redirected = Project::hello();
    redirected.write("mailmethod.yaml", "redirect: dev@example.test\nallow: ['@example.test']\n");
    let hello = redirected.run(&["explain", "hello"]).ends(0);
    transcript("explain", &[run(&order).ends(0), hello]);
    let json = run(&[&order[..], &["--json"]].concat()).ends(0).json();
    assert_eq!(keys(&json), ["v", "method", "locale", "sender", "recipients", "headers", "bodies"]);
    assert_eq!(keys(&json["headers"][0]), ["name", "value", "origin", "translations"]);
    assert_eq!(keys(&json["headers"][0]["origin"]), ["kind", "file", "line", "name"]);
    run(&["explain", "orders/confirmation"]).ends(65);
    run(&["explain", "orders/confirmatio"]).ends(66);
}

#[test]
fn wrong_arguments_are_drawn_all_at_once_under_their_pairs() {
    let invoice = run(&[
        "render",
        "orders/invoice",
        "order_no=2026-041",
        "due=tomorow",
        "customer.email=ada@example.com",
        "currency=eur",
        "amount:=minus",
        "invoice=@no-such.pdf",
    ]);
    let secret = run(&[
        "render",
        "account/password-reset",
        "email=nobody",
        "reset_url=hush",
        "reset_ulr=hush",
        "valid_minutes=0",
    ]);
    assert!(
        !secret
            .transcript()
            .split_once("exit")
            .unwrap()
            .0
            .replace(&secret.line, "")
            .contains("hush")
    );
    transcript("arguments", &[invoice.ends(65), secret.ends(65)]);
}

#[test]
fn what_is_not_there_is_answered_with_what_is() {
    transcript(
        "not-found",
        &[
            run(&["render", "account/welcom"]).ends(66),
            run(&["show", "nothing/like-it"]).ends(66),
            run(&["render", "account.welcome", "--sample", "new"]).ends(66),
            run(&["check", "orders/confirmaton"]).ends(66),
            run(&["list", "--templates", "nowhere"]).ends(66),
            run(&["render", "account.welcome", "--args", "nowhere.json"]).ends(66),
            run(&["-C", "nowhere", "list"]).ends(66),
            Project::hello().run(&["render", "plain", "--part", "html"]).ends(66),
        ],
    );
}

#[test]
fn wrong_settings_end_with_78() {
    let project = Project::of(&[
        ("mailmethod.yaml", "adapterz: {}\ntimezone: Mars"),
        ("templates/plain.yaml", PLAIN),
        ("good.yaml", "adapters: { default: 'smtp://a:b#c@relay.test', other: '${UNSET_ONE}' }"),
    ]);
    let send = |adapter| ["--config", "good.yaml", "send", "plain", "--adapter", adapter];
    transcript(
        "settings",
        &[
            project.run(&["list"]).ends(78),
            project.run(&["list", "--config", "nowhere.yaml"]).ends(78),
            project.run(&["--config", "good.yaml", "send", "plain"]).ends(78),
            project.run(&send("other")).ends(78),
            project.run(&send("third")).ends(78),
            project.run(&send("smtps://a:s3cr#t@relay.test")).ends(78),
            run(&["send", "account/welcome", "--sample", "new-customer"]).ends(78),
        ],
    );
}

#[test]
fn t80_half_a_login_a_password_in_clear_and_two_minds_about_tls_end_with_78() {
    let project = Project::of(&[("templates/plain.yaml", PLAIN)]);
    let send = |adapter| project.run(&["send", "plain", "--adapter", adapter, "--json"]).ends(78);
    for (adapter, said) in [
        ("smtps://shop@relay.test", "a user name without a password"),
        ("smtps://:s3cret@relay.test", "a password without a user name"),
        ("smtp://shop:s3cret@127.0.0.1", "the password would be sent in clear"),
        ("smtps://relay.test?tls=opportunistic", "this scheme requires TLS"),
        ("smtp+starttls://relay.test:465", "use smtps:// instead of smtp+starttls://"),
    ] {
        let ran = send(adapter);
        assert_eq!(ran.errors(), ["adapter"], "{adapter}");
        let message = ran.json()["errors"][0]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(said) && !message.contains("s3cret"), "{adapter}: {message}");
    }
}

#[test]
fn wrong_usage_ends_with_2() {
    transcript(
        "usage",
        &[
            run(&["lst"]).ends(2),
            run(&["render"]).ends(2),
            run(&["render", "a", "nothing"]).ends(2),
            run(&["render", "a", "--part", "htm"]).ends(2),
            run(&["send", "a", "--to", "nobody"]).ends(2),
            run(&["new", "Account/Welcome"]).ends(2),
            run(&["new", "_partials/x"]).ends(2),
            run(&["new", "a", "--locale", "german!"]).ends(2),
        ],
    );
}

#[test]
fn check_ends_with_the_sum_of_it() {
    let project = Project::hello();
    project.write("mailmethod.yaml", "adapters: { bulk: 'null:' }");
    project.write("templates/plain.yaml", format!("adapter: bluk\n{PLAIN}"));
    let found = project.run(&["check"]).ends(0);
    let strict = project.run(&["check", "--strict", "plain"]).ends(1);
    project.write("templates/broken.yaml", "descriptin: x\ntext: '{{ name }'\n");
    let wrong = project.run(&["check", "broken"]).ends(1);
    transcript("check", &[run(&["check"]).ends(0), found, strict, wrong]);
}

#[test]
fn new_says_what_it_wrote_and_what_is_next() {
    let project = Project::of(&[]);
    let first = project.run(&["new", "account/welcome", "--html", "--locale", "de"]).ends(0);
    let again = project.run(&["new", "account.welcome"]).ends(65);
    transcript("new", &[first, again]);
}

// Calling.

#[test]
fn later_wins_sample_then_file_then_pairs() {
    let project = Project::hello();
    project.write(
        "a.json",
        r#"{"name": "File", "count": 8, "who": {"name": "W", "born": "2000-01-01"}}"#,
    );
    project.write("a.yaml", "name: Yaml\nwho: { name: Y }");
    let args = ["--sample", "full", "--args", "a.json", "count=9", "who.name=P"];
    let text = project.text(&args);
    assert!(text.starts_with("name=File count=9 agree=False"), "{text}");
    assert!(text.contains("who=P,2000-01-01") && text.contains("tags=x "), "{text}");
    assert!(project.text(&["--args", "a.yaml"]).starts_with("name=Yaml"));
}

#[test]
fn arguments_come_from_stdin_as_json() {
    let project = Project::hello();
    let mut child = project
        .command(&["render", "hello", "--part", "text", "--args", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(br#"{"name": "Stdin", "count": 3}"#).unwrap();
    let ran = Ran::of("stdin".to_owned(), child.wait_with_output().unwrap()).ends(0);
    assert!(ran.out.starts_with("name=Stdin count=3"));
}

#[test]
fn pairs_reach_into_records_and_lists() {
    let project = Project::hello();
    let text = project.text(&[
        "--sample",
        "full",
        "lines.1.title=zwei",
        "lines.2.title=three",
        "lines.0.day=2026-12-07",
        r#"who:={"name": "J"}"#,
        "agree=yes",
        "count:=12",
    ]);
    for part in
        ["line=one,2026-12-07", "line=zwei,", "line=three,", "who=J,", "agree=True", "count=12"]
    {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let beyond = project.run(&["render", "hello", "--sample", "full", "lines.9.title=x"]).ends(65);
    assert!(beyond.err.contains("`lines` has no item 9: the next is `lines.2`"), "{}", beyond.err);
}

#[test]
fn a_repeated_name_is_a_list_where_a_list_can_be() {
    let project = Project::hello();
    assert!(project.text(&["tags=a", "tags=b c"]).contains("tags=a|b c "));
    assert!(project.text(&["tags=a b"]).contains("tags=a|b "));
    let twice = project.run(&["render", "hello", "name=a", "name=b", "--json"]).ends(65);
    assert_eq!(twice.errors(), ["wrong-argument"]);
}

#[test]
fn words_are_dates_on_the_command_line_only() {
    let project = Project::of(&[
        ("templates/hello.yaml", HELLO),
        ("mailmethod.yaml", "timezone: UTC"),
        ("a.json", r#"{"due": "today"}"#),
    ]);
    let day = |days: i64| {
        let now = mailmethod::Stamp::now().date().to_zoned(jiff::tz::TimeZone::UTC).date();
        now.checked_add(jiff::Span::new().days(days)).unwrap().to_string()
    };
    let before = day(0);
    let text = project.text(&[
        "due=today",
        "at=tomorrow",
        "days=+7d",
        "days=-1d",
        "who.born=today",
        r#"lines:=[{"title": "t", "day": "tomorrow"}]"#,
        "name=today",
    ]);
    if day(0) == before {
        for part in [
            format!("due={}", day(0)),
            format!("at={}T00:00:00", day(1)),
            format!("days={}|{}", day(7), day(-1)),
            format!("who=,{}", day(0)),
            format!("line=t,{}", day(1)),
            "name=today ".to_owned(),
        ] {
            assert!(text.contains(&part), "{part} is not in {text}");
        }
    }
    let file = project.run(&["render", "hello", "--args", "a.json", "--json"]).ends(65);
    assert_eq!(file.errors(), ["wrong-argument"]);
}

#[test]
fn a_file_is_read_for_its_pair_alone() {
    let project = Project::hello();
    project.write("invoice.pdf", b"%PDF-1.7\xff");
    project.write("name.txt", "From a file\n");
    let ran = project.run(&[
        "render",
        "hello",
        "doc=@invoice.pdf",
        "name=@name.txt",
        "note=@name.txt",
        "--json",
    ]);
    let mail = ran.ends(0).json();
    let attachment = &mail["attachments"][0];
    assert_eq!(attachment["filename"], "invoice.pdf");
    assert_eq!(
        (&attachment["size"], &attachment["content_type"]),
        (&json!(9), &json!("application/pdf"))
    );
    assert!(mail["text"].as_str().unwrap().starts_with("name=From a file count=0"));
    let several = |args: &[&str]| {
        let all = [&["render", "hello", "--json"], args].concat();
        project.run(&all).ends(0).json()["attachments"].as_array().unwrap().len()
    };
    assert_eq!(several(&["docs=@invoice.pdf"]), 1);
    assert_eq!(several(&["docs=@invoice.pdf", "docs=@name.txt"]), 2);

    project.write("mailmethod.yaml", "limits: { attachments: 8 }");
    for (pair, code, exit) in [
        ("doc=@nowhere.pdf", "no-file", 66),
        ("doc=@templates", "file", 65),
        ("doc=@invoice.pdf", "file", 65),
        ("doc=invoice.pdf", "wrong-argument", 65),
        ("unknown=@invoice.pdf", "unknown-argument", 65),
    ] {
        let ran = project.run(&["render", "hello", pair, "--json"]).ends(exit);
        assert_eq!(ran.errors(), [code], "{pair}");
    }
}

#[test]
fn a_secret_is_in_no_error() {
    let project = Project::hello();
    project.write("s.txt", "s3cret");
    for args in [
        &["pin=s3cret"][..],
        &["pin:=s3cret"],
        &["pin:=[\"s3cret\"]"],
        &["pin=@s.txt"],
        &["pin=@s3cret"],
        &["vault.code=s3cret"],
        &["vault:={\"code\": \"s3cret\"}"],
        &["vault=s3cret"],
        &["pim=s3cret"],
        &["pin=s3cret", "pin=s3cret"],
    ] {
        for json in [&[][..], &["--json"]] {
            let ran = project.run(&[&["render", "hello"], args, json].concat());
            assert!(matches!(ran.code, 65 | 66), "{args:?}");
            assert!(
                !ran.out.contains("s3cret") && !ran.err.contains("s3cret"),
                "{args:?}: {}",
                ran.err
            );
        }
    }
}

#[test]
fn a_broken_method_gives_its_findings_and_the_others_work() {
    let project = Project::hello();
    project.write(
        "templates/broken.yaml",
        "descriptin: x\ntext: hi\nheaders: {to: a@x.test, from: a@x.test}\n",
    );
    assert_eq!(project.run(&["render", "broken", "--json"]).ends(65).errors(), ["unknown-key"]);
    assert_eq!(project.run(&["show", "broken", "--json"]).ends(65).errors(), ["unknown-key"]);
    project.text(&[]);
    let list = project.run(&["list"]).ends(0);
    assert_eq!(list.out.lines().count(), 2);
    assert!(list.err.contains("broken") && project.run(&["list", "-q"]).err.is_empty());
}

// The parts.

#[test]
fn parts_are_written_exactly_and_raw_is_the_same_from_run_to_run() {
    let sample = ["render", "account.welcome", "--sample", "new-customer", "--locale", "de"];
    let part = |part| run(&[&sample[..], &["--part", part]].concat()).ends(0).out;
    let mail = run(&[&sample[..], &["--json", "--part", "html"]].concat()).ends(0).json();
    assert_eq!(mail["text"], part("text"));
    assert_eq!(mail["html"], part("html"));
    assert_eq!(mail["raw"], part("raw"));
    assert_eq!(part("raw"), part("raw"));
    let headers: String = mail["headers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| format!("{}: {}\n", pair[0].as_str().unwrap(), pair[1].as_str().unwrap()))
        .collect();
    assert_eq!(headers, part("headers"));
}

#[test]
fn an_output_file_gets_the_part_and_stdout_nothing() {
    let project = Project::hello();
    let ran = project.run(&["render", "plain", "--part", "raw", "-o", "mail.eml"]).ends(0);
    assert_eq!(ran.out, "");
    let raw = project.run(&["render", "plain", "--part", "raw"]).ends(0).out;
    assert_eq!(fs::read_to_string(project.path().join("mail.eml")).unwrap(), raw);
    project.run(&["render", "plain", "-o", "no/such/folder.eml"]).ends(66);
}

#[test]
fn render_json_has_its_shape() {
    let project = Project::hello();
    project.write("a b.txt", "abc");
    let mail = project.run(&["render", "hello", "doc=@a b.txt", "--json"]).ends(0).json();
    assert_eq!(
        keys(&mail),
        [
            "v",
            "method",
            "locale",
            "envelope",
            "headers",
            "subject",
            "text",
            "html",
            "attachments",
            "message_id",
            "raw",
            "preheader"
        ]
    );
    let to = ["ada@example.test", "eve@example.test"];
    assert_eq!(mail["envelope"], json!({"from": "shop@example.test", "to": to}));
    assert_eq!(
        (&mail["v"], &mail["html"], &mail["subject"]),
        (&json!(1), &Value::Null, &json!("Hi nobody"))
    );
    assert_eq!(
        mail["attachments"],
        json!([{
            "filename": "a b.txt",
            "content_type": "text/plain; charset=utf-8",
            "disposition": "attachment",
            "content_id": null,
            "size": 3,
            "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        }])
    );
    let id = mail["message_id"].as_str().unwrap();
    assert!(id.starts_with('<') && id.ends_with("@preview.invalid>"));
    assert!(
        !mail["headers"].to_string().contains("eve@")
            && !mail["raw"].as_str().unwrap().contains("eve@")
    );
    let subject = project.run(&["render", "plain", "--json"]).ends(0).json();
    assert_eq!(subject["subject"], Value::Null);
}

#[test]
fn list_and_show_json_have_their_shape() {
    let list = run(&["list", "--json"]).ends(0).json();
    assert_eq!(keys(&list), ["v", "methods"]);
    let fields = ["name", "description", "kind", "adapter", "arguments", "locales", "samples"];
    let method = &list["methods"][1];
    assert_eq!(keys(method), fields);
    assert_eq!(
        method["arguments"][3],
        json!({"name": "valid_minutes", "type": "integer", "optional": false, "secret": false, "default": 60})
    );
    let show = run(&["show", "account.password-reset", "--json"]).ends(0).json();
    let marks = ["preheader", "importance", "auto_submitted", "unsubscribe"];
    let expected = [&["v"], &fields[..], &["headers", "origins"], &marks].concat();
    assert_eq!(keys(&show), expected);
    assert_eq!((&show["importance"], &show["unsubscribe"]), (&json!("high"), &Value::Null));
    assert_eq!(show["headers"][0], json!(["From", "Moorhen Outfitters <hello@shop.example.test>"]));
    assert_eq!(show["origins"]["headers.from"], "templates/_defaults.yaml:4");
}

#[test]
fn check_json_has_its_shape() {
    let project = Project::hello();
    project.write("templates/plain.yaml", "headers: {to: a@x.test, from: a@x.test}\ntext: a");
    let checked = project.run(&["check", "plain", "--json"]).ends(0).json();
    assert_eq!(keys(&checked), ["v", "findings", "methods", "previews"]);
    let finding = &checked["findings"][0];
    assert_eq!(
        keys(finding),
        ["severity", "code", "message", "file", "line", "column", "path", "help"]
    );
    assert_eq!((&finding["severity"], &finding["code"]), (&json!("warning"), &json!("no-sample")));
    assert_eq!((&checked["methods"], &checked["previews"]), (&json!(1), &json!(0)));
    project.run(&["check", "plain", "--json", "--strict"]).ends(1);
}

#[test]
fn every_error_is_json_where_that_was_asked() {
    let project = Project::hello();
    project.write("bad.yaml", "nothing: true");
    for (args, exit, code) in [
        (&["render", "nope", "--json"][..], 66, "unknown-method"),
        (&["render", "hello", "--sample", "nope", "--json"], 66, "unknown-sample"),
        (&["render", "hello", "count=x", "--json"], 65, "wrong-argument"),
        (&["render", "plain", "--part", "html", "--json=x"], 2, "usage"),
        (&["--json", "rendr"], 2, "usage"),
        (&["render", "--json"], 2, "usage"),
        (&["list", "--config", "bad.yaml", "--json"], 78, "unknown-key"),
        (&["list", "--config", "none.yaml", "--json"], 78, "settings"),
        (&["send", "plain", "--json"], 78, "adapter"),
        (&["render", "plain", "--locale", "?!", "--json"], 65, "locale"),
        (&["new", "plain", "--json"], 65, "exists"),
    ] {
        let ran = project.run(args);
        if !args.contains(&"--json") {
            ran.ends(exit);
            continue;
        }
        assert_eq!(ran.ends(exit).errors()[0], code, "{args:?}");
    }
}

// Where it runs.

#[test]
fn a_flag_wins_over_a_variable_and_that_over_the_file() {
    let project = Project::of(&[
        ("mailmethod.yaml", "templates: file"),
        ("file/file.yaml", PLAIN),
        ("variable/variable.yaml", PLAIN),
        ("flag/flag.yaml", PLAIN),
    ]);
    let list = |args: &[&str], variable: Option<&str>| {
        let mut command = project.command(&[&["list"], args].concat());
        command.envs(variable.map(|value| ("MAILMETHOD_TEMPLATES", value)));
        let ran = Ran::of(line(args), command.output().unwrap()).ends(0);
        ran.out.split('\t').next().unwrap().to_owned()
    };
    assert_eq!(list(&[], None), "file");
    assert_eq!(list(&[], Some("variable")), "variable");
    assert_eq!(list(&["--templates", "flag"], Some("variable")), "flag");
}

#[test]
fn a_change_of_directory_comes_first_wherever_it_stands() {
    let project = Project::of(&[
        ("inner/other.yaml", "templates: mails"),
        ("inner/mails/plain.yaml", PLAIN),
        ("inner/args.json", "{}"),
    ]);
    let rest = ["--config", "other.yaml", "--args", "args.json", "-o", "out.txt"];
    project.run(&[&["-C", "inner", "render", "plain"], &rest[..]].concat()).ends(0);
    project.run(&[&["render", "plain"], &rest[..], &["-C", "inner"]].concat()).ends(0);
    assert!(project.path().join("inner/out.txt").exists());
}

#[test]
fn colours_are_for_terminals_or_on_demand() {
    let coloured = |args: &[&str], variables: &[(&str, &str)]| {
        let mut command = command(&[&["render", "nope"], args].concat());
        command.envs(variables.iter().copied());
        String::from_utf8(command.output().unwrap().stderr).unwrap().contains('\x1b')
    };
    let force = ("CLICOLOR_FORCE", "1");
    assert!(!coloured(&[], &[]));
    assert!(coloured(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(coloured(&[], &[force]));
    assert!(!coloured(&[], &[force, ("NO_COLOR", "1")]));
    assert!(!coloured(&["--color", "never"], &[force]));
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_no_utf8_is_wrong_usage() {
    use std::os::unix::ffi::OsStrExt as _;
    let wrong = std::ffi::OsStr::from_bytes(b"name=\xff");
    let ran = command(&["render", "account/welcome", "--json"]).arg(wrong).output().unwrap();
    assert_eq!(Ran::of("non-utf-8".to_owned(), ran).ends(2).errors(), ["usage"]);
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_the_program_in_peace() {
    let mut child = command(&["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ran = Ran::of("completions | :".to_owned(), child.wait_with_output().unwrap());
    assert_eq!(ran.ends(0).err, "");
}

#[test]
fn every_shell_has_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(run(&["completions", shell]).ends(0).out.contains("dry-run"), "{shell}");
    }
}

// New and golden.

#[test]
fn a_new_method_checks_without_finding_wherever_it_is_made() {
    let with_sender = ("templates/_defaults.yaml", "headers: { from: Shop <shop@example.test> }");
    let without = ("templates/_defaults.yaml", "locale: en");
    for files in [&[][..], &[with_sender], &[without]] {
        let project = Project::of(files);
        project.run(&["new", "a"]).ends(0);
        project.run(&["new", "b/c", "--html"]).ends(0);
        let new = project
            .run(&["new", "b.d", "--html", "--locale", "de", "--locale", "DE", "--json"])
            .ends(0)
            .json();
        assert_eq!(keys(&new), ["v", "method", "files"]);
        let checked = project.run(&["check", "--strict", "--json"]).ends(0).json();
        assert_eq!(checked, json!({"v": 1, "findings": [], "methods": 3, "previews": 4}));
        let text = project.run(&["render", "b/d", "--sample", "first", "--part", "text"]).ends(0);
        assert!(text.out.contains("Hello Ada Lovelace"));
    }
}

#[test]
fn new_overwrites_nothing() {
    let project = Project::of(&[("templates/a.html.j2", "mine")]);
    project.run(&["new", "a", "--html"]).ends(65);
    assert_eq!(fs::read_to_string(project.path().join("templates/a.html.j2")).unwrap(), "mine");
    assert!(!project.path().join("templates/a.yaml").exists());
}

#[test]
fn goldens_are_accepted_compared_and_missed() {
    let project = Project::of(&[("templates/plain.yaml", PLAIN)]);
    let missing = project.run(&["golden"]).ends(1);
    let accepted = project.run(&["golden", "--accept"]).ends(0);
    let same = project.run(&["golden", "--check"]).ends(0);
    project.write("templates/plain.yaml", PLAIN.replace("plain", "changed"));
    let changed = project.run(&["golden", "--check"]).ends(1);
    transcript("golden", &[missing, accepted, same, changed]);
    let other = project.run(&["golden", "--check", "--dir", "other", "--json"]).ends(1).json();
    assert_eq!(keys(&other), ["v", "findings", "methods", "previews"]);
    assert_eq!(other["findings"][0]["code"], "golden-missing");
    project.run(&["golden", "--accept", "--check"]).ends(2);
}

// Sending.

const MAIL: &str = "headers: {to: [ada@example.test, bob@example.test], bcc: eve@example.test, from: shop@example.test, subject: Hi}\ntext: Hello\n";

/// Runs `send mail` through a server, beside which the test goes on.
async fn send(server: &FaultServer, args: &[&str]) -> Ran {
    sent_by(&server.url(), "", args).await
}

async fn sent_by(url: &str, settings: &str, args: &[&str]) -> Ran {
    let project = Project::of(&[("templates/mail.yaml", MAIL), ("mailmethod.yaml", settings)]);
    let args = [&["send", "mail", "--adapter", url], args].concat();
    let command = project.command(&args);
    let output = tokio::process::Command::from(command).output().await.unwrap();
    Ran::of(line(&args), output)
}

#[track_caller]
fn outcomes(ran: &Ran) -> Vec<Value> {
    let document = ran.json();
    assert_eq!(keys(&document), ["v", "outcome", "message_id", "recipients", "error"]);
    let recipients = document["recipients"].as_array().unwrap();
    for recipient in recipients {
        assert_eq!(keys(recipient), ["address", "outcome", "code", "enhanced", "text"]);
    }
    recipients.iter().map(|recipient| recipient["outcome"].clone()).collect()
}

#[tokio::test]
async fn a_mail_that_all_accept_is_sent() {
    let server = FaultServer::start().await.unwrap();
    let ran = send(&server, &["--json"]).await.ends(0);
    assert_eq!(outcomes(&ran), ["accepted", "accepted", "accepted"]);
    let document = ran.json();
    assert_eq!((&document["outcome"], &document["error"]), (&json!("sent"), &Value::Null));
    let taken = server.taken();
    assert_eq!(taken[0].recipients.len(), 3);
    let text = String::from_utf8(taken[0].bytes.clone()).unwrap();
    assert!(text.contains(document["message_id"].as_str().unwrap()) && !text.contains("eve@"));
    assert_eq!(server.violations(), [""; 0]);
}

#[tokio::test]
async fn each_recipient_has_its_own_outcome() {
    let server = FaultServer::start().await.unwrap();
    server.rule(Rule::on(Verb::Rcpt).address("bob@example.test").reply("550 5.1.1 no such user"));
    let ran = send(&server, &["--json"]).await.ends(69);
    assert_eq!(ran.json()["outcome"], "partial");
    assert_eq!(
        ran.json()["recipients"][1],
        json!({"address": "bob@example.test", "outcome": "refused", "code": 550, "enhanced": "5.1.1", "text": "no such user"})
    );
    let human = send(&server, &[]).await.ends(69);
    let shown = steady(&human.transcript()).replace(&server.url(), "URL");
    golden("send", &shown);

    server.clear_rules();
    server.rule(Rule::on(Verb::Rcpt).address("bob@example.test").reply("451 4.7.1 later"));
    let ran = send(&server, &["--json"]).await.ends(75);
    assert_eq!(outcomes(&ran), ["accepted", "deferred", "accepted"]);
    assert_eq!(ran.json()["outcome"], "partial");
}

#[tokio::test]
async fn refused_deferred_and_unknown_are_told_apart() {
    let server = FaultServer::start().await.unwrap();
    for (rule, outcome, exit) in [
        (Rule::on(Verb::Rcpt).reply("550 5.1.1 no"), "refused", 69),
        (Rule::on(Verb::Mail).reply("421 4.3.2 closing"), "deferred", 75),
        (Rule::on(Verb::Dot).reply("451 4.3.0 later"), "deferred", 75),
        (Rule::on(Verb::Dot).close(), "unknown", 75),
    ] {
        server.clear_rules();
        server.rule(rule);
        let ran = send(&server, &["--json"]).await.ends(exit);
        assert_eq!(ran.json()["outcome"], outcome, "{}", ran.out);
        assert_eq!(outcomes(&ran), [outcome, outcome, outcome]);
    }
}

#[tokio::test]
async fn a_way_out_that_is_shut_defers_all_recipients_and_says_in_which_phase() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = FaultServer::start().await.unwrap();
    server.login("shop", "right");
    let plain = FaultServer::start().await.unwrap();
    // A label of 64 letters fails to resolve without a question to any server.
    let no_tls = plain.url().replace("smtp://", "smtp+starttls://");
    for (url, phase) in [
        (format!("smtp://{closed}"), "connect"),
        (format!("smtp://{}.test:25", "a".repeat(64)), "dns"),
        (server.url_with("shop:wr0ng", "insecure_auth=true"), "auth"),
        (no_tls, "tls"),
    ] {
        let ran = sent_by(&url, "", &["--json"]).await.ends(75);
        assert_eq!(outcomes(&ran), ["deferred", "deferred", "deferred"]);
        let document = ran.json();
        assert_eq!(document["error"]["phase"], phase, "{document}");
        assert_eq!(keys(&document["error"]), ["phase", "message"]);
        assert!(!ran.out.contains("wr0ng") && !ran.err.contains("wr0ng"));
    }
}

#[tokio::test]
async fn other_recipients_replace_all_and_the_headers_stay() {
    let server = FaultServer::start().await.unwrap();
    let ran =
        send(&server, &["--to", "Test <me@example.test>", "--to", "you@example.test", "--json"])
            .await;
    assert_eq!(outcomes(&ran.ends(0)).len(), 2);
    let taken = server.taken().remove(0);
    assert_eq!(taken.recipients, ["me@example.test", "you@example.test"]);
    assert!(
        String::from_utf8(taken.bytes)
            .unwrap()
            .contains("To: <ada@example.test>, <bob@example.test>")
    );
}

#[tokio::test]
async fn the_trace_goes_to_stderr_with_the_prefixes_that_people_know() {
    let server = FaultServer::start().await.unwrap();
    let ran = send(&server, &["--trace", "--json"]).await.ends(0);
    for line in ["=== ", "-> MAIL FROM:<shop@example.test>", "<- 250"] {
        let simple = ran.err.replace("->  ", "-> ").replace("<-  ", "<- ");
        assert!(simple.contains(line), "{line}: {}", ran.err);
    }
    assert_eq!(ran.json()["outcome"], "sent");
}

#[tokio::test]
async fn a_dry_run_sends_nothing_and_says_what_would_be() {
    let server = FaultServer::start().await.unwrap();
    let ran = send(&server, &["--dry-run", "--json"]).await.ends(0);
    assert_eq!(outcomes(&ran), [Value::Null, Value::Null, Value::Null]);
    assert_eq!(ran.json()["outcome"], Value::Null);
    assert_eq!(server.connections(), 0);
    let human = send(&server, &["--dry-run"]).await.ends(0);
    assert!(human.out.starts_with("dry run: nothing was sent\n"), "{}", human.out);
}

#[test]
fn generated_code_goes_to_stdout_or_to_a_file_that_is_checked() {
    let yaml = |arguments: &str| format!("arguments: {{ {arguments} }}\n{PLAIN}");
    let project = Project::of(&[("templates/a/hello.yaml", &yaml("name: string"))]);
    let code = project.run(&["codegen"]).ends(0).out;
    let args = ["codegen", "-o", "mails.rs"];
    let check = [&args[..], &["--check"]].concat();
    let mut runs = vec![
        project.run(&check).ends(1),
        project.run(&args).ends(0),
        project.run(&args).ends(0),
        project.run(&check).ends(0),
    ];
    assert_eq!(fs::read_to_string(project.path().join("mails.rs")).unwrap(), code);
    project.write("mails.rs", code.replace('\n', "\r\n"));
    project.run(&check).ends(0);
    project.write("templates/a/hello.yaml", yaml("name: string, age: integer"));
    runs.push(project.run(&check).ends(1));
    project.write("templates/a/hello.yaml", yaml("name: strin"));
    runs.push(project.run(&args).ends(65));
    runs.push(project.run(&["schema", "--all"]).ends(65));
    runs.push(run(&["codegen", "--check"]).ends(2));
    runs.push(run(&["codegen", "--lang", "cobol"]).ends(2));
    runs.push(run(&["-C", "tests", "codegen"]).ends(66));
    transcript("codegen", &runs);
    for (lang, line) in [("rust", "pub mod orders {"), ("python", "class OrdersInvoice(Mail):")] {
        let out = run(&["codegen", "--lang", lang]).ends(0).out;
        assert!(out.lines().any(|found| found == line), "{lang}");
    }
    let document = run(&["codegen", "--lang", "typescript", "--json"]).ends(0).json();
    assert_eq!(keys(&document), ["v", "code"]);
    let document =
        project.run(&["codegen", "-o", "mails.rs", "--check", "--json"]).ends(65).errors();
    assert_eq!(document, ["unknown-type"]);
}

#[test]
fn a_schema_is_printed_for_one_method_or_for_all() {
    transcript("schema", &[run(&["schema", "account.welcome"]).ends(0)]);
    let one = run(&["schema", "account/welcome", "--json"]).ends(0).json();
    let mut all = run(&["schema", "--all", "--json"]).ends(0).json();
    assert_eq!(all["$defs"].as_object().unwrap().len(), 8);
    all["$defs"]["account/welcome"]["$schema"] = one["$schema"].clone();
    assert_eq!(all["$defs"]["account/welcome"], one);
    run(&["schema", "account/welcom"]).ends(66);
    run(&["schema"]).ends(2);
    run(&["schema", "account/welcome", "--all"]).ends(2);
}

#[tokio::test]
async fn the_rules_of_the_settings_hold_here_too() {
    let server = FaultServer::start().await.unwrap();
    let allow = "allow: [ada@example.test]";
    let ran = sent_by(&server.url(), allow, &["--json"]).await.ends(69);
    assert_eq!(outcomes(&ran), ["accepted", "refused", "refused"]);
    assert_eq!(ran.json()["error"]["phase"], "policy");
    let ran = sent_by(&server.url(), "allow: ['@team.test']", &["--json"]).await.ends(77);
    assert_eq!(
        (&ran.json()["outcome"], &ran.json()["error"]["phase"]),
        (&json!("refused"), &json!("policy"))
    );
    sent_by(&server.url(), "redirect: dev@team.test", &["--to", "x@example.test"]).await.ends(0);
    let taken = server.taken();
    assert_eq!(taken.len(), 2);
    assert_eq!(taken[1].recipients, ["dev@team.test"]);
    assert!(taken[1].bytes.starts_with(b"X-Original-To: x@example.test\r\n"));
}

#[tokio::test]
async fn an_adapter_comes_from_the_flag_the_variable_or_the_settings() {
    let server = FaultServer::start().await.unwrap();
    let settings = format!("adapters: {{ default: 'null:', other: '{}' }}", server.url());
    let project = Project::of(&[("templates/mail.yaml", MAIL), ("mailmethod.yaml", &settings)]);
    let send = async |args: &[&str], variable: Option<&str>| {
        let mut command = project.command(&[&["send", "mail"], args].concat());
        command.envs(variable.map(|url| ("MAILMETHOD_SMTP_URL", url)));
        let output = tokio::process::Command::from(command).output().await.unwrap();
        Ran::of(line(args), output).ends(0);
        server.taken().len()
    };
    assert_eq!(send(&[], None).await, 0);
    assert_eq!(send(&["--adapter", "other"], None).await, 1);
    let url = server.url();
    assert_eq!(send(&[], Some(&url)).await, 2);
    assert_eq!(send(&["--adapter", "null:"], Some(&url)).await, 2);
}

// The doctor.

async fn doctor(settings: &str, args: &[&str]) -> Ran {
    let project = Project::of(&[("mailmethod.yaml", settings)]);
    let args = [&["doctor"], args].concat();
    let output = tokio::process::Command::from(project.command(&args)).output().await.unwrap();
    Ran::of(line(&args), output)
}

#[tokio::test]
async fn the_doctor_says_what_each_adapter_finds_and_sends_nothing() {
    let server = FaultServer::start().await.unwrap();
    server.login("shop", "s3cret");
    let url = server.url_with("shop:s3cret", "insecure_auth=true");
    let settings = format!("adapters: {{ default: '{url}', paper: 'log:' }}");
    let ran = doctor(&settings, &[]).await.ends(0);
    for phase in ["connect", "greeting", "ehlo", "auth"] {
        assert!(ran.out.contains(&format!("  ok      {phase}")), "{phase}: {}", ran.out);
    }
    assert!(ran.out.starts_with("default\n") && ran.out.contains("\npaper\n  ok"), "{}", ran.out);
    assert!(!ran.out.contains("s3cret") && server.taken().is_empty());
    let document = doctor(&settings, &["--adapter", "default", "--json"]).await.ends(0).json();
    assert_eq!(keys(&document), ["v", "adapters"]);
    assert_eq!(keys(&document["adapters"][0]), ["adapter", "steps", "error"]);
    assert_eq!(document["adapters"][0]["error"], Value::Null);
}

#[tokio::test]
async fn the_doctor_tells_a_wrong_login_from_a_relay_that_is_down() {
    let server = FaultServer::start().await.unwrap();
    server.login("shop", "right");
    let wrong = server.url_with("shop:wr0ng", "insecure_auth=true");
    let ran = doctor("", &["--adapter", &wrong]).await.ends(78);
    assert!(ran.out.contains("failed  auth") && !ran.out.contains("wr0ng"), "{}", ran.out);
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ran = doctor("", &["--adapter", &format!("smtp://{closed}")]).await.ends(75);
    assert!(ran.out.contains("failed  connect") && ran.out.contains("help: "), "{}", ran.out);
    doctor("", &[]).await.ends(78);
}

// Rules and fixes.

#[test]
fn a_rule_is_explained_and_a_misspelt_one_has_the_nearest() {
    let page = run(&["check", "--explain", "missing-alt"]).ends(0);
    assert_eq!(page.out, fs::read_to_string("src/lint/rules/missing-alt.md").unwrap());
    let list = run(&["check", "--explain"]).ends(0);
    assert!(list.out.contains("\nmissing-alt\twarning\tAn image has no `alt`, or an empty one"));
    assert_eq!(list.out.lines().count(), mailmethod::lint::Rule::all().count());
    let misspelt = run(&["check", "--explain", "mising-alt"]).ends(66);
    assert!(misspelt.err.contains("did you mean `missing-alt`?"), "{}", misspelt.err);
    run(&["check", "--explain", "missing-alt", "--strict"]).ends(2);
    let rule = run(&["check", "--explain", "no-text", "--json"]).ends(0).json();
    assert_eq!(keys(&rule), ["v", "name", "severity", "can_be_allowed", "summary", "page"]);
    let rules = run(&["check", "--explain", "--json"]).ends(0).json();
    assert_eq!(keys(&rules), ["v", "rules"]);
    assert_eq!(keys(&rules["rules"][0]), ["name", "severity", "can_be_allowed", "summary"]);
}

#[test]
fn check_mends_what_it_may_and_says_so_once() {
    let project = Project::of(&[(
        "templates/a.yaml",
        "# mailmethod: allow(no-text)\narguments: {name: string}\n# Mine.\nheaders: {from: Shop <a@x.test>, to: b@x.test, subject: Hello}\ntext: Hi {{ name }}\n",
    )]);
    let before = project.run(&["check", "--strict"]).ends(1);
    assert!(
        before.out.contains("warning[unused-allow]") && before.out.contains("warning[no-sample]")
    );
    let fixed = project.run(&["check", "--strict", "--fix"]).ends(0);
    assert!(fixed.out.starts_with(
        "fixed templates/a.yaml: adds the sample `first`\nfixed templates/a.yaml: removes allow(no-text) from line 1\n\n1 method, 1 preview"
    ), "{}", fixed.out);
    let text = fs::read_to_string(project.path().join("templates/a.yaml")).unwrap();
    assert_eq!(
        text,
        "arguments: {name: string}\n# Mine.\nheaders: {from: Shop <a@x.test>, to: b@x.test, subject: Hello}\ntext: Hi {{ name }}\nsamples:\n  first:\n    name: \"Ada Lovelace\"\n"
    );
    let again = project.run(&["check", "--fix", "--json"]).ends(0).json();
    assert_eq!(again, json!({"v": 1, "findings": [], "methods": 1, "previews": 1, "fixed": []}));
    assert_eq!(fs::read_to_string(project.path().join("templates/a.yaml")).unwrap(), text);
    assert_eq!(fs::read_dir(project.path().join("templates")).unwrap().count(), 1);
}
