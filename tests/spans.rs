//! What is logged: spans that one follows a mail by.
//!
//! A binary of its own: subscribers of parallel tests disturb each other.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::io;
use std::sync::{Arc, Mutex};

use mailmethod::queue::Location;
use mailmethod::{Call, MailHost, MailMethods};

/// What a subscriber of `tracing` wrote.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn spans_carry_method_entry_and_message_id_from_the_call_to_the_outcome() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mail.db");
    let location: Location = format!("sqlite:{}", file.display()).parse().unwrap();
    let methods = MailMethods::from_embedded([(
        "hello.yaml",
        "headers: { from: shop@example.test, to: ada@example.test }\ntext: Hello!",
    )]);
    let builder = MailHost::builder().methods(methods.unwrap()).store(location);
    let host = builder.adapter_url("default", "null:").build().unwrap();
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .with_max_level(tracing::Level::DEBUG)
        .finish();
    // The tasks of the mailer run on the thread of the test.
    let subscribed = tracing::subscriber::set_default(subscriber);
    let id = host.queue(&Call::new("hello")).await.unwrap();
    host.mailer().drain(std::future::pending()).await.unwrap();
    drop(subscribed);
    let message_id = host.store().await.unwrap().detail(id).await.unwrap().summary.message_id;
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let line = |what: &str| log.lines().find(|line| line.contains(what)).unwrap_or_default();
    for line in [line(" queued "), line(" attempted ")] {
        for part in [
            format!("entry={id}"),
            "method=\"hello\"".to_owned(),
            format!("message_id={message_id:?}"),
        ] {
            assert!(line.contains(&part), "no {part} in {line:?} of\n{log}");
        }
    }
    assert!(line(" attempted ").contains("attempt=1 verdict=sent state=sent"), "{log}");
}
