//! The host: methods paired with adapters, and what sending tells.

#![expect(clippy::unwrap_used, reason = "the helpers of the tests unwrap as the tests do")]

use std::sync::Arc;

use mailmethod::adapter::{MemoryAdapter, Outcome, Phase};
use mailmethod::host::{AdapterError, OpenError, SendError, Settings};
use mailmethod::message::Header;
use mailmethod::{Call, CallError, MailHost, MailMethods};

fn methods() -> MailMethods {
    MailMethods::from_embedded([
        (
            "hello.yaml",
            "arguments: { to: addresses, bcc: address? }\n\
             headers: { from: Shop <shop@example.test>, to: '{{ to }}', bcc: '{{ bcc }}', subject: Hi }\n\
             text: Hello!",
        ),
        (
            "news.yaml",
            "adapter: bulk\nheaders: { from: shop@example.test, to: all@example.test, subject: News }\n\
             text: News!",
        ),
    ])
    .unwrap()
}

fn hello(to: &str) -> Call {
    Call::new("hello").arg("to", to).unwrap()
}

#[tokio::test]
async fn a_mail_goes_through_the_adapter_that_its_method_names() {
    let (default, bulk) = (MemoryAdapter::new(), MemoryAdapter::new());
    let host = MailHost::builder()
        .methods(methods())
        .adapter("default", Arc::new(default.clone()))
        .adapter("bulk", Arc::new(bulk.clone()))
        .build()
        .unwrap();
    host.send(&hello("ada@example.test")).await.unwrap();
    let sent = host.send(&Call::new("news")).await.unwrap();
    assert_eq!(default.messages().len(), 1);
    assert_eq!(bulk.messages()[0].id(), sent.message.id());
    assert!(sent.message.id().starts_with('<') && sent.message.id().ends_with("@example.test>"));
}

#[tokio::test]
async fn an_adapter_that_is_not_defined_is_an_error_that_names_those_that_are() {
    let memory = Arc::new(MemoryAdapter::new());
    let host = MailHost::builder().methods(methods()).adapter("default", memory).build().unwrap();
    let error = host.send(&Call::new("news")).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no adapter \"bulk\": defined are default");
    let empty = MailHost::builder().methods(methods()).build().unwrap();
    let error = empty.send(&hello("ada@example.test")).await.unwrap_err();
    assert!(matches!(&error, SendError::Adapter(AdapterError::Undefined { .. })));
    assert!(error.to_string().contains("set MAILMETHOD_SMTP_URL"), "{error}");
}

#[tokio::test]
async fn a_mail_that_nobody_accepted_is_an_error_with_each_outcome() {
    let memory = MemoryAdapter::new();
    memory.refuse(&"bob@example.test".parse().unwrap(), 550, "5.1.1 no such user");
    let host = MailHost::builder()
        .methods(methods())
        .adapter("default", Arc::new(memory.clone()))
        .build()
        .unwrap();
    let sent = host.send(&hello("ada@example.test, bob@example.test")).await.unwrap();
    let outcomes: Vec<Outcome> = sent.receipt.recipients.iter().map(|r| r.outcome).collect();
    assert_eq!(outcomes, [Outcome::Accepted, Outcome::Refused]);
    let error = host.send(&hello("bob@example.test")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the mail was not accepted: bob@example.test refused 550 5.1.1 no such user"
    );
    assert!(matches!(error, SendError::NotAccepted(_)));
}

#[tokio::test]
async fn a_redirect_takes_every_recipient_and_the_allow_list_blocks_the_others() {
    let memory = MemoryAdapter::new();
    let settings = Settings::parse("m.yaml", "redirect: dev@example.test", &|_| None).unwrap();
    let host = MailHost::builder()
        .settings(settings)
        .methods(methods())
        .adapter("default", Arc::new(memory.clone()))
        .build()
        .unwrap();
    host.send(&hello("ada@example.test").arg("bcc", "eve@example.test").unwrap()).await.unwrap();
    let (message, recipients) = memory.accepted().remove(0);
    assert_eq!(recipients, ["dev@example.test".parse().unwrap()]);
    let text = String::from_utf8(message.as_bytes().to_vec()).unwrap();
    assert!(text.starts_with("X-Original-To: ada@example.test\r\n"), "{text}");
    assert!(!text.contains("eve@example.test"));

    let settings = Settings::parse("m.yaml", "allow: ['@shop.test']", &|_| None).unwrap();
    let host = MailHost::builder()
        .settings(settings)
        .methods(methods())
        .adapter("default", Arc::new(MemoryAdapter::new()))
        .build()
        .unwrap();
    let Err(SendError::NotAccepted(sent)) = host.send(&hello("ada@example.test")).await else {
        panic!("the allow-list lets nobody but @shop.test through");
    };
    assert_eq!(sent.receipt.recipients[0].phase, Phase::Policy);
}

#[tokio::test]
async fn opening_reports_all_that_is_wrong_before_the_first_mail() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings.yaml");
    let open = |text: &str| {
        std::fs::write(&file, text).unwrap();
        MailHost::open(file.clone())
    };
    let error = open("adapter: x").await.unwrap_err();
    assert!(error.to_string().contains("did you mean `adapters`?"), "{error}");
    let error = open("templates: /nowhere").await.unwrap_err();
    assert!(matches!(error, OpenError::Methods(_)), "{error}");
    let templates = folder.path().join("templates");
    std::fs::create_dir(&templates).unwrap();
    let text =
        format!("templates: {}\nadapters: {{ default: 'smtp://a:b@x.test' }}", templates.display());
    let error = open(&text).await.unwrap_err();
    assert!(matches!(error, OpenError::Adapter { .. }), "{error}");
    let missing = folder.path().join("other.yaml");
    assert!(matches!(MailHost::open(missing).await, Err(OpenError::Settings(_))));
}

#[test]
fn a_preview_needs_no_adapter_no_clock_and_no_runtime() {
    let host = MailHost::builder().methods(methods()).build().unwrap();
    let mail = host.render(&hello("ada@example.test")).unwrap();
    assert_eq!(mail.subject(), "Hi");
    let error = host.render(&Call::new("helo")).unwrap_err();
    assert_eq!(error.to_string(), "there is no mail method \"helo\"; did you mean \"hello\"?");
    assert!(matches!(error, CallError::UnknownMethod { .. }));
}

#[test]
fn changed_files_are_loaded_again_and_wrong_ones_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hi.yaml");
    let write = |subject: &str| {
        let text =
            format!("headers: {{ from: a@x.test, to: b@x.test, subject: {subject} }}\ntext: Hi");
        std::fs::write(&file, text).unwrap();
    };
    write("First");
    let host = MailHost::builder().templates(folder.path()).build().unwrap();
    let subject = || host.render(&Call::new("hi")).unwrap().subject().to_owned();
    assert!(!host.reload_if_changed().unwrap());
    write("The second");
    assert!(host.reload_if_changed().unwrap());
    assert_eq!(subject(), "The second");
    write("'{{ nobody }}'");
    assert!(host.reload_if_changed().is_err());
    assert_eq!(subject(), "The second");
    assert!(!host.reload_if_changed().unwrap(), "a wrong file is reported once");
}

/// B9 of the cases: a password that changes while the program runs.
#[cfg(all(feature = "smtp", feature = "testing"))]
#[tokio::test]
async fn b9_a_new_password_counts_from_the_next_mail_on() {
    use mailmethod::testing::FaultServer;

    let server = FaultServer::start().await.unwrap();
    let url = |password: &str| server.url_with(&format!("shop:{password}"), "insecure_auth=true");
    server.login("shop", "old");
    let host = MailHost::builder().methods(methods()).adapter_url("default", url("old"));
    let host = host.build().unwrap();
    host.send(&hello("ada@example.test")).await.unwrap();
    let mut tx = host.begin();
    tx.stage(&hello("bob@example.test")).unwrap();

    host.set_adapter_url("default", &url("new")).await.unwrap();
    server.until(|server| server.open() == 0).await;
    assert_eq!(server.commands().last().unwrap(), "QUIT", "the idle connection of the old one");
    let SendError::NotAccepted(sent) = host.send(&hello("cy@example.test")).await.unwrap_err()
    else {
        panic!("the server still knows the old password alone");
    };
    assert_eq!(sent.receipt.error.unwrap().phase, Phase::Auth);
    tx.commit().await.unwrap();

    server.login("shop", "new");
    host.send(&hello("dan@example.test")).await.unwrap();
    let taken: Vec<String> = server.taken().into_iter().flat_map(|mail| mail.recipients).collect();
    assert_eq!(taken, ["ada@example.test", "bob@example.test", "dan@example.test"]);
}

#[tokio::test]
async fn a_wrong_url_changes_no_adapter_and_a_new_one_keeps_the_policy() {
    let settings = Settings::parse("m.yaml", "allow: ['@example.test']", &|_| None).unwrap();
    let (old, new) = (MemoryAdapter::new(), MemoryAdapter::new());
    let host = MailHost::builder().settings(settings).methods(methods());
    let host = host.adapter("default", Arc::new(old.clone())).build().unwrap();
    let error = host.set_adapter_url("default", "smtps://shop:s3cret#@r.test").await.unwrap_err();
    assert!(matches!(&error, AdapterError::Url { name, .. } if name == "default"));
    assert!(!error.to_string().contains("s3cret"), "{error}");
    host.send(&hello("ada@example.test")).await.unwrap();

    host.set_adapter("default", Arc::new(new.clone())).await;
    host.send(&hello("bob@example.test, eve@elsewhere.test")).await.unwrap();
    let to = |memory: &MemoryAdapter| memory.accepted().into_iter().flat_map(|(_, to)| to).count();
    assert_eq!((to(&old), to(&new)), (1, 1), "eve is not on the allow-list");
}

const SEASON: &[(&str, &str)] = &[
    (
        "_defaults.yaml",
        "headers:\n  from: Shop <shop@example.test>\n  reply-to: help@example.test\n",
    ),
    ("_locales/en.yaml", "season:\n  subject: Winter\n"),
    ("_locales/de.yaml", "season:\n  subject: Winterzeit\n"),
    (
        "season.yaml",
        "arguments: { to: address }\nimportance: high\nheaders:\n  to: \"{{ to }}\"\n  bcc: log@example.test\n  \
         subject: \"{{ t('season.subject') }}\"\n",
    ),
    ("season.txt.j2", "Snow!\n"),
    ("season.de.txt.j2", "Schnee!\n"),
];

#[test]
fn an_explained_mail_names_the_place_of_every_value() {
    let host = MailHost::builder()
        .methods(MailMethods::from_embedded(SEASON.iter().copied()).unwrap())
        .interceptor("archive", |draft| {
            draft.set_header(Header::parse("Reply-To", "desk@example.test").unwrap());
            draft.headers.retain(|header| !header.name().is("X-Campaign"));
            draft.headers.push(Header::parse("X-Archive", "yes").unwrap());
            Ok(())
        })
        .build()
        .unwrap();
    let call = Call::new("season").arg("to", "ada@example.test").unwrap().locale("de");
    let call = call.header("X-Campaign", "snow").header("X-Order", "7");
    let explained = host.explain(&call).unwrap();
    let of = |name: &str| {
        let found: Vec<String> = explained
            .headers
            .iter()
            .filter(|header| header.name == name)
            .map(|header| {
                let texts: Vec<String> =
                    header.translations.iter().map(|(key, at)| format!(" {key} {at}")).collect();
                let value = header.value.as_deref().unwrap_or("-");
                format!("{value} | {} {}{}", header.origin.kind(), header.origin, texts.join(""))
            })
            .collect();
        found.join("; ")
    };
    assert_eq!(of("From"), "Shop <shop@example.test> | folder embedded/_defaults.yaml:2");
    assert_eq!(of("To"), "ada@example.test | method embedded/season.yaml:4");
    assert_eq!(of("Bcc"), "log@example.test | method embedded/season.yaml:5");
    assert_eq!(
        of("Subject"),
        "Winterzeit | method embedded/season.yaml:6 season.subject embedded/_locales/de.yaml:2"
    );
    assert_eq!(of("Importance"), "high | method embedded/season.yaml:2");
    assert_eq!(of("X-Order"), "7 | call the call");
    assert_eq!(of("Reply-To"), "desk@example.test | interceptor the interceptor `archive`");
    assert_eq!(of("X-Archive"), "yes | interceptor the interceptor `archive`");
    assert_eq!(of("X-Campaign"), "- | interceptor the interceptor `archive`");
    assert!(of("Message-ID").ends_with(" | default mailmethod"), "{}", of("Message-ID"));
    let bodies: Vec<String> =
        explained.bodies.iter().map(|(part, origin)| format!("{part} {origin}")).collect();
    assert_eq!(bodies, ["text embedded/season.de.txt.j2"]);
    assert_eq!(explained.sender.1.to_string(), "from From");
    let recipients: Vec<String> =
        explained.recipients.iter().map(|one| format!("{} {}", one.address, one.origin)).collect();
    assert_eq!(recipients, ["ada@example.test from To", "log@example.test from Bcc"]);
    assert_eq!(explained.mail.subject(), host.render(&call).unwrap().subject());
}

#[test]
fn an_explained_mail_tells_where_a_redirect_leads_and_whom_the_allow_list_blocks() {
    let methods = || MailMethods::from_embedded(SEASON.iter().copied()).unwrap();
    let explained = |settings: &str| {
        let settings = Settings::parse("mailmethod.yaml", settings, &|_| None).unwrap();
        let host = MailHost::builder().settings(settings).methods(methods()).build().unwrap();
        let call = Call::new("season").arg("to", "ada@example.test").unwrap();
        host.explain(&call).unwrap()
    };
    let redirected = explained("redirect: dev@example.test\n");
    let recipients: Vec<String> = redirected
        .recipients
        .iter()
        .map(|one| format!("{} {} {}", one.address, one.origin.kind(), one.is_blocked))
        .collect();
    assert_eq!(recipients, ["dev@example.test redirect false"]);
    let original = &redirected.headers[0];
    assert_eq!(
        (original.name.as_str(), original.value.as_deref()),
        ("X-Original-To", Some("ada@example.test"))
    );
    assert!(redirected.headers.iter().filter(|one| one.name == "X-Original-To").count() == 1);

    let allowed = explained("allow: [ada@example.test]\n");
    let blocked: Vec<(String, bool)> =
        allowed.recipients.iter().map(|one| (one.address.to_string(), one.is_blocked)).collect();
    assert_eq!(
        blocked,
        [("ada@example.test".to_owned(), false), ("log@example.test".to_owned(), true)]
    );
}

#[test]
fn an_explanation_of_a_mail_that_an_interceptor_refuses_is_its_refusal() {
    let host = MailHost::builder()
        .methods(methods())
        .interceptor("quiet", |_draft| Err("it is night".into()))
        .build()
        .unwrap();
    let error = host.explain(&hello("ada@example.test")).unwrap_err();
    assert_eq!(error.to_string(), host.render(&hello("ada@example.test")).unwrap_err().to_string());
}
