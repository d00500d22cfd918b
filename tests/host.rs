//! The host: methods paired with adapters, and what sending tells.

#![expect(clippy::unwrap_used, reason = "the helpers of the tests unwrap as the tests do")]

use std::sync::Arc;

use mailmethod::adapter::{MemoryAdapter, Outcome, Phase};
use mailmethod::host::{AdapterError, OpenError, SendError, Settings};
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
