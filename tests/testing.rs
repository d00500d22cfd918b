//! What tests of users stand on: the inbox, its assertions and the goldens.
//!
//! The failure texts are compared whole: they are what the room is for.
#![cfg(feature = "testing")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use mailmethod::host::SendError;
use mailmethod::source::Severity;
use mailmethod::testing::{Golden, Inbox, Received, TestHost};
use mailmethod::{Call, MailHost, MailMethods};
use tempfile::TempDir;

/// A host of the shop.
async fn shop() -> TestHost {
    MailHost::for_tests("templates").await.unwrap()
}

/// A host of the shop that sent one sample.
async fn sent(method: &str, sample: &str) -> (TestHost, Received) {
    let host = shop().await;
    let call = host.methods().find(method).unwrap().sample(sample).unwrap();
    host.send(&call).await.unwrap();
    let mail = host.inbox().only();
    (host, mail)
}

async fn welcome(host: &MailHost, name: &str, email: &str) {
    let call = Call::new("account/welcome").arg("name", name).unwrap().arg("email", email).unwrap();
    host.send(&call).await.unwrap();
}

/// The text with which something fails.
#[track_caller]
fn failure<T>(work: impl FnOnce() -> T) -> String {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(_) => panic!("it did not fail"),
        Err(payload) => payload.downcast_ref::<String>().unwrap().clone(),
    }
}

#[tokio::test]
async fn a_host_for_tests_keeps_what_it_sends_in_order() {
    let host = shop().await;
    let inbox = host.inbox();
    inbox.assert_empty();
    assert!(inbox.is_empty());
    welcome(&host, "Ada", "ada@example.test").await;
    welcome(&host, "Bob", "bob@example.test").await;

    let subjects: Vec<String> = inbox.all().iter().map(|mail| mail.subject().to_owned()).collect();
    assert_eq!(subjects, ["Welcome, Ada", "Welcome, Bob"]);
    assert_eq!(inbox.len(), 2);
    assert_eq!(inbox.to("bob@example.test").only().subject(), "Welcome, Bob");
    inbox.to("eve@example.test").assert_empty();
    inbox.clear();
    inbox.assert_empty();
}

#[tokio::test]
async fn a_received_mail_is_structured_and_has_the_message_that_was_sent() {
    let (_host, mail) = sent("orders/invoice", "by-card").await;
    assert_eq!(mail.method(), "orders/invoice");
    assert_eq!(mail.locale(), "en");
    assert_eq!(mail.from().to_string(), "Moorhen Outfitters <hello@shop.example.test>");
    assert_eq!(mail.cc().len(), 1);
    assert_eq!(mail.header("x-order").as_deref(), Some("2026-044"));
    assert_eq!(mail.message().envelope(), &mail.envelope());
    assert_eq!(mail.recipients().len(), 2);
    assert!(mail.message().as_bytes().starts_with(b"From: \"Moorhen Outfitters\" <hello"));
    assert!(mail.message().id().ends_with("@shop.example.test>"));
    mail.assert_subject("Invoice for order 2026-044")
        .assert_from("hello@shop.example.test")
        .assert_to("beat@example.test")
        .assert_to("Beat Müller <beat@example.test>")
        .assert_cc("accounts@shop.example.test")
        .assert_header("X-Order", "2026-044")
        .assert_text_contains("CHF\u{a0}1,299.00")
        .assert_html_contains("<h1>Your invoice</h1>")
        .assert_no_text("{{")
        .assert_no_html("{{")
        .assert_attachment("invoice-2026-044.pdf");
}

#[tokio::test]
async fn a_received_mail_prints_as_its_golden() {
    let (_host, mail) = sent("orders/confirmation", "first-order").await;
    let golden = fs::read_to_string("tests/golden/orders/confirmation/first-order.en.txt").unwrap();
    let (_mark, form) = golden.split_once("\n\n").unwrap();
    assert_eq!(mail.to_string(), form);
}

#[tokio::test]
async fn two_hosts_share_nothing_and_clones_share_all() {
    let (one, other) = (shop().await, shop().await);
    let owned: MailHost = MailHost::clone(&one);
    let converted = MailHost::from(one.clone());
    welcome(&owned, "Ada", "ada@example.test").await;
    welcome(&converted, "Bob", "bob@example.test").await;
    assert_eq!(one.inbox().len(), 2);
    other.inbox().assert_empty();
}

#[tokio::test]
async fn every_adapter_that_a_method_names_is_a_memory() {
    let dir = templates(&[("bulk", "adapter: marketing\n"), ("plain", "")]);
    let host = MailHost::for_tests(dir.path()).await.unwrap();
    for method in ["bulk", "plain"] {
        host.send(&Call::new(method)).await.unwrap();
    }
    let methods: Vec<String> =
        host.inbox().all().iter().map(|mail| mail.method().to_owned()).collect();
    assert_eq!(methods, ["bulk", "plain"]);
    assert_eq!(host.settings().adapters().count(), 0);
    assert!(host.settings().policy.redirect.is_empty() && host.settings().policy.allow.is_empty());
}

#[tokio::test]
async fn mails_with_one_fixed_message_id_are_told_apart() {
    let headers = "headers: {message-id: <fixed@example.test>}\n";
    let dir = templates(&[("one", headers), ("two", headers)]);
    let host = MailHost::for_tests(dir.path()).await.unwrap();
    for method in ["one", "two"] {
        host.send(&Call::new(method)).await.unwrap();
    }
    let subjects: Vec<String> =
        host.inbox().all().iter().map(|mail| mail.subject().to_owned()).collect();
    assert_eq!(subjects, ["Hello from one", "Hello from two"]);
}

#[tokio::test]
async fn a_scripted_failure_meets_the_next_mail_only() {
    let host = shop().await;
    host.inbox().fail_next(451, "4.7.1 greylisted");
    let call = Call::new("account/welcome")
        .arg("name", "Ada")
        .unwrap()
        .arg("email", "ada@example.test")
        .unwrap();
    let error = host.send(&call).await.unwrap_err();
    assert!(matches!(&error, SendError::NotAccepted(_)));
    assert!(error.to_string().contains("451 4.7.1 greylisted"), "{error}");
    assert_eq!(
        failure(|| host.inbox().only()),
        "expected exactly one mail; the inbox is empty\n\
         sent, and not accepted:\n  account/welcome (en) → ada@example.test: Welcome, Ada"
    );
    host.send(&call).await.unwrap();
    host.inbox().only().assert_subject("Welcome, Ada");
}

#[tokio::test]
async fn a_refused_recipient_is_none_of_those_that_it_went_to() {
    let host = shop().await;
    host.inbox().memory().refuse(&"accounts@shop.example.test".parse().unwrap(), 550, "5.1.1 gone");
    let call = host.methods().find("orders/invoice").unwrap().sample("by-card").unwrap();
    host.send(&call).await.unwrap();
    host.inbox().to("accounts@shop.example.test").assert_empty();
    let mail = host.inbox().to("beat@example.test").only();
    assert_eq!(mail.recipients().len(), 1);
    mail.assert_cc("accounts@shop.example.test");
}

#[tokio::test]
async fn what_is_in_the_inbox_is_told_where_something_else_was_expected() {
    let host = shop().await;
    let inbox: &Inbox = host.inbox();
    assert_eq!(
        failure(|| inbox.one("account/welcome")),
        "expected exactly one mail of account/welcome; the inbox is empty"
    );
    welcome(&host, "Ada", "ada@example.test").await;
    let one = "\n  account/welcome (en) → ada@example.test: Welcome, Ada";
    let listed = format!("the inbox holds 1 mail:{one}");
    assert_eq!(failure(|| inbox.assert_empty()), format!("expected no mail; {listed}"));
    assert_eq!(
        failure(|| inbox.one("account.welcom")),
        format!(
            "expected exactly one mail of account/welcom; {listed}\n  = help: did you mean account/welcome?"
        )
    );
    assert_eq!(
        failure(|| inbox.to("eve@example.test").only()),
        format!("expected exactly one mail to eve@example.test; {listed}")
    );
    welcome(&host, "Bob", "bob@example.test").await;
    let two = "\n  account/welcome (en) → bob@example.test: Welcome, Bob";
    let listed = format!("the inbox holds 2 mails:{one}{two}");
    assert_eq!(failure(|| inbox.only()), format!("expected exactly one mail; {listed}"));
    assert_eq!(
        failure(|| inbox.one("account/welcome")),
        format!("expected exactly one mail of account/welcome; {listed}")
    );
    assert_eq!(
        failure(|| inbox.to("nobody")),
        "the inbox cannot look for this: \"nobody\" is no address: it has no `@`"
    );
}

#[tokio::test]
async fn an_assertion_that_fails_shows_what_is_there() {
    let (_host, mail) = sent("orders/invoice", "by-card").await;
    let told = |wrong: &str| {
        format!("orders/invoice (en) → beat@example.test, accounts@shop.example.test: {wrong}")
    };
    assert_eq!(
        failure(|| mail.assert_subject("Invoice 2026-044").subject().to_owned()),
        told(
            "the subject is another\n  expected: Invoice 2026-044\n  found:    Invoice for order 2026-044"
        )
    );
    assert_eq!(
        failure(|| mail.assert_to("ada@example.test").subject().to_owned()),
        told("To has no ada@example.test\n  it has: Beat Müller <beat@example.test>")
    );
    assert_eq!(
        failure(|| mail.assert_to("Bea <beat@example.test>").subject().to_owned()),
        told("To has no Bea <beat@example.test>\n  it has: Beat Müller <beat@example.test>")
    );
    assert_eq!(
        failure(|| mail.assert_bcc("ada@example.test").subject().to_owned()),
        told("Bcc has no ada@example.test\n  it has: nothing")
    );
    assert_eq!(
        failure(|| mail.assert_header("X-Order", "1").subject().to_owned()),
        told("the header X-Order is another\n  expected: 1\n  found:    2026-044")
    );
    assert_eq!(
        failure(|| mail.assert_attachment("invoice.pdf").subject().to_owned()),
        told(
            "invoice.pdf is not attached\n  attached is: application/pdf, attachment invoice-2026-044.pdf"
        )
    );
    let missing = failure(|| mail.assert_header("X-Ordre", "1").subject().to_owned());
    assert!(
        missing.starts_with(&told("the header X-Ordre is not there\n  there are: From\n  and: ")),
        "{missing}"
    );
}

#[tokio::test]
async fn a_text_that_is_not_there_is_shown_where_it_nearly_is() {
    let (_host, mail) = sent("orders/invoice", "by-card").await;
    let told = |wrong: &str| {
        format!("orders/invoice (en) → beat@example.test, accounts@shop.example.test: {wrong}")
    };
    assert_eq!(
        failure(|| mail.assert_text_contains("Amount: CHF 1,300.00").subject().to_owned()),
        told(
            "the text body does not contain \"Amount: CHF 1,300.00\"\n  the nearest is\n  line 6:   Amount: CHF\\u{a0}1,299.00"
        )
    );
    assert_eq!(
        failure(|| mail.assert_text_contains("it reaches our accounts team").subject().to_owned()),
        told(
            "the text body does not contain \"it reaches our accounts team\"\n  it is there, but broken over lines"
        )
    );
    assert_eq!(
        failure(|| mail.assert_text_contains("your invoice").subject().to_owned()),
        told("the text body does not contain \"your invoice\"\n  it is there, but in other case")
    );
    assert_eq!(
        failure(|| mail.assert_no_text("Beat").subject().to_owned()),
        told(
            "the text body contains \"Beat\"\n  line 3: Hello Beat Müller, here is the invoice for order 2026-044. You find it"
        )
    );
    let plain_space = failure(|| mail.assert_text_contains("CHF 1,299.00").subject().to_owned());
    assert_eq!(
        plain_space,
        told(
            "the text body does not contain \"CHF 1,299.00\"\n  it is there, but with other white space:\n  line 6:   Amount: CHF\\u{a0}1,299.00"
        )
    );
    let far = failure(|| mail.assert_text_contains("¡¡¡").subject().to_owned());
    assert!(far.contains("\n  it is, in 25 lines,\n  | Your invoice\n  | \n"), "{far}");
    let (_host, mail) = sent("orders/shipped", "at-home").await;
    let escaped = failure(|| mail.assert_html_contains("Post & Parcel").subject().to_owned());
    assert!(escaped.ends_with("\n  it is there, but escaped: \"Post &amp; Parcel\""), "{escaped}");
}

/// A folder of methods: each name with what its file has besides recipient, sender and subject.
fn templates(methods: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(
        dir.path().join("_defaults.yaml"),
        "headers: {from: shop@example.test, to: ada@example.test}\n",
    )
    .unwrap();
    for (name, more) in methods {
        let headers = if more.starts_with("headers: {") {
            more.replacen('{', &format!("{{subject: Hello from {name}, "), 1)
        } else {
            format!("headers: {{subject: Hello from {name}}}\n{more}")
        };
        write(
            dir.path(),
            &format!("{name}.yaml"),
            &format!("{headers}text: Hello\nsamples: {{first: {{}}}}\n"),
        );
    }
    dir
}

fn write(dir: &Path, file: &str, text: &str) {
    let file = dir.join(file);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

fn golden(templates: &TempDir, dir: &TempDir) -> Golden {
    let methods = MailMethods::inspect(templates.path(), Default::default(), Default::default());
    Golden::new(&methods, dir.path())
}

/// The findings of a comparison, the folder's name replaced.
fn found(golden: &Golden, dir: &TempDir) -> Vec<String> {
    let report = golden.check();
    assert!(report.findings.iter().all(|finding| finding.severity == Severity::Error));
    let shown = dir.path().display().to_string();
    report.findings.iter().map(|finding| finding.to_string().replace(&shown, "DIR")).collect()
}

#[test]
fn a_golden_that_is_missing_is_told_with_the_command_that_accepts_it() {
    let (templates, dir) = (templates(&[("a/hello", "")]), tempfile::tempdir().unwrap());
    let golden = golden(&templates, &dir);
    assert_eq!(
        found(&golden, &dir),
        ["error[golden-missing]: a/hello, sample first, locale en: this mail has no golden yet\n \
          --> DIR/a/hello/first.en.txt\n  = help: read it and accept it: mailmethod golden --accept --dir DIR"]
    );
    let accepted = golden.accept().unwrap();
    assert_eq!(accepted.written, [dir.path().join("a/hello/first.en.txt")]);
    assert_eq!((accepted.removed, accepted.unchanged), (Vec::<PathBuf>::new(), 0));
    assert_eq!(
        fs::read_to_string(dir.path().join("a/hello/first.en.txt")).unwrap(),
        "# mailmethod golden: a/hello, sample first, locale en\n\n\
         ~~~ envelope\nfrom shop@example.test\nto   ada@example.test\n\n\
         ~~~ headers\nFrom: shop@example.test\nTo: ada@example.test\nSubject: Hello from a/hello\n\n\
         ~~~ parts\ntext/plain\n\n~~~ text/plain\nHello\n"
    );
    assert_eq!(found(&golden, &dir), Vec::<String>::new());
    assert_eq!(golden.accept().unwrap().unchanged, 1);
}

#[test]
fn a_mail_that_changed_is_told_with_a_diff() {
    let (templates, dir) = (templates(&[("hello", "")]), tempfile::tempdir().unwrap());
    golden(&templates, &dir).accept().unwrap();
    write(
        templates.path(),
        "hello.yaml",
        "headers: {subject: Hello from hello, bcc: eve@example.test}\ntext: Goodbye\nsamples: {first: {}}\n",
    );
    let golden = golden(&templates, &dir);
    assert_eq!(
        found(&golden, &dir),
        [
            "error[golden-changed]: hello, sample first, locale en: the mail differs from its golden\n\
          --- accepted\n+++ rendered\n\
          @@ -3,6 +3,7 @@\n ~~~ envelope\n from shop@example.test\n to   ada@example.test\n+bcc  eve@example.test\n \n ~~~ headers\n From: shop@example.test\n\
          @@ -13,4 +14,4 @@\n text/plain\n \n ~~~ text/plain\n-Hello\n+Goodbye\n \
          --> DIR/hello/first.en.txt:6\n  = help: if it is meant, accept it: mailmethod golden --accept --dir DIR"
        ]
    );
    assert_eq!(golden.accept().unwrap().written.len(), 1);
    assert_eq!(found(&golden, &dir), Vec::<String>::new());
}

#[test]
fn a_stale_golden_is_told_and_removed_and_a_file_of_somebody_else_never() {
    let (old, dir) = (templates(&[("a/old", ""), ("hello", "")]), tempfile::tempdir().unwrap());
    golden(&old, &dir).accept().unwrap();
    write(dir.path(), "a/notes.txt", "mine\n");
    write(dir.path(), "hello/first.xx.txt", "mine\n");
    let new = templates(&[("hello", "")]);
    let golden = golden(&new, &dir);
    assert_eq!(
        found(&golden, &dir),
        ["error[golden-stale]: a/old, sample first, locale en: there is no such mail any more\n \
          --> DIR/a/old/first.en.txt\n  = help: remove the file: mailmethod golden --accept --dir DIR"]
    );
    let accepted = golden.accept().unwrap();
    assert_eq!(accepted.removed, [dir.path().join("a/old/first.en.txt")]);
    assert!(!dir.path().join("a/old").exists(), "a folder that is empty goes too");
    assert!(
        dir.path().join("a/notes.txt").exists() && dir.path().join("hello/first.xx.txt").exists()
    );
}

#[test]
fn a_file_of_somebody_else_is_not_written_over() {
    let (templates, dir) = (templates(&[("hello", "")]), tempfile::tempdir().unwrap());
    write(dir.path(), "hello/first.en.txt", "mine\n");
    let golden = golden(&templates, &dir);
    assert_eq!(golden.check().findings[0].code, "golden-changed");
    let error = golden.accept().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AlreadyExists);
    assert!(error.to_string().ends_with("first.en.txt is no golden of mailmethod: move it away"));
    assert_eq!(fs::read_to_string(dir.path().join("hello/first.en.txt")).unwrap(), "mine\n");
}

#[test]
fn a_golden_with_crlf_line_ends_is_the_same_golden() {
    let (templates, dir) = (templates(&[("hello", "")]), tempfile::tempdir().unwrap());
    let golden = golden(&templates, &dir);
    golden.accept().unwrap();
    let file = dir.path().join("hello/first.en.txt");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace('\n', "\r\n")).unwrap();
    assert_eq!(found(&golden, &dir), Vec::<String>::new());
    assert_eq!(golden.accept().unwrap().unchanged, 1);
}

#[test]
fn a_sample_that_does_not_render_is_a_finding_and_its_golden_stays() {
    let (templates, dir) = (templates(&[("hello", "")]), tempfile::tempdir().unwrap());
    golden(&templates, &dir).accept().unwrap();
    write(
        templates.path(),
        "hello.yaml",
        "arguments: {name: string}\nheaders: {subject: Hi}\ntext: Hello\nsamples: {first: {}}\n",
    );
    let golden = golden(&templates, &dir);
    let found = found(&golden, &dir);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("error[missing-argument]: hello, sample first, locale en: "),
        "{}",
        found[0]
    );
    let accepted = golden.accept().unwrap();
    assert_eq!(
        (accepted.findings.len(), accepted.written.len(), accepted.removed.len()),
        (1, 0, 0)
    );
}

#[test]
fn while_a_method_is_broken_no_golden_is_removed() {
    let (templates, dir) = (templates(&[("hello", ""), ("old", "")]), tempfile::tempdir().unwrap());
    golden(&templates, &dir).accept().unwrap();
    write(templates.path(), "hello.yaml", "headres: {}\n");
    fs::remove_file(templates.path().join("old.yaml")).unwrap();
    let golden = golden(&templates, &dir);
    let report = golden.check();
    let codes: Vec<&str> = report.findings.iter().map(|finding| finding.code).collect();
    assert!(codes.contains(&"unknown-key") && codes.ends_with(&["golden-stale"]), "{codes:?}");
    assert_eq!((report.methods, report.previews), (1, 0));
    assert!(golden.accept().unwrap().removed.is_empty());
    assert!(dir.path().join("hello/first.en.txt").exists());
}

#[test]
fn two_samples_that_differ_in_case_alone_do_not_share_a_golden() {
    let (templates, dir) = (templates(&[]), tempfile::tempdir().unwrap());
    write(
        templates.path(),
        "hello.yaml",
        "headers: {subject: Hi}\ntext: Hello\nsamples: {first: {}, First: {}}\n",
    );
    let golden = golden(&templates, &dir);
    let findings = golden.check().findings;
    let codes: Vec<&str> = findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["golden-clash", "golden-missing"]);
    assert_eq!(
        findings[0].message,
        "hello, sample First, locale en: its golden would be the file of sample first"
    );
}

#[test]
fn a_sample_that_is_renamed_in_case_leaves_no_golden_behind() {
    let (templates, dir) = (templates(&[]), tempfile::tempdir().unwrap());
    for name in ["First", "first"] {
        let text = format!("headers: {{subject: Hi}}\ntext: Hello\nsamples: {{{name}: {{}}}}\n");
        write(templates.path(), "hello.yaml", &text);
        golden(&templates, &dir).accept().unwrap();
    }
    assert_eq!(found(&golden(&templates, &dir), &dir), Vec::<String>::new());
    assert_eq!(fs::read_dir(dir.path().join("hello")).unwrap().count(), 1);
}
