//! What an application does to its mails before they are sealed, and sees of them afterwards.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mailmethod::adapter::MemoryAdapter;
use mailmethod::host::{
    EnqueueError, MailHostBuilder, Observer, SendError, Sent, StageError, Veto,
};
use mailmethod::mailer::Attempt;
use mailmethod::message::{Header, Message};
use mailmethod::queue::{EntryId, Location, State};
use mailmethod::{Call, CallError, Mail, MailHost, MailMethods};

fn methods() -> MailMethods {
    MailMethods::from_embedded([(
        "hello.yaml",
        "arguments: { to: address }\n\
         headers: { from: shop@example.test, to: '{{ to }}', subject: Hi }\n\
         text: Hello!",
    )])
    .unwrap()
}

fn hello() -> Call {
    Call::new("hello").arg("to", "ada@example.test").unwrap()
}

/// A host with a queue and a memory, and what both leave behind.
struct Place {
    memory: MemoryAdapter,
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { memory: MemoryAdapter::new(), folder: tempfile::tempdir().unwrap() }
    }

    fn builder(&self) -> MailHostBuilder {
        let file = self.folder.path().join("mail.db");
        let location: Location = format!("sqlite:{}", file.display()).parse().unwrap();
        MailHost::builder()
            .methods(methods())
            .adapter("default", Arc::new(self.memory.clone()))
            .store(location)
    }
}

async fn drain(host: &MailHost) {
    host.mailer().drain(std::future::pending()).await.unwrap();
}

#[tokio::test]
async fn an_interceptor_changes_what_is_previewed_sent_staged_and_queued() {
    let place = Place::new();
    let host = place
        .builder()
        .interceptor("release", |draft| {
            draft.set_header(Header::parse("X-Release", "42").map_err(Veto::new)?);
            draft.text = draft.text.take().map(|text| text.replace("Hello", "Good day"));
            Ok(())
        })
        .build()
        .unwrap();
    let mail = host.render(&hello()).unwrap();
    assert_eq!(mail.header("x-release").as_deref(), Some("42"));

    host.send(&hello()).await.unwrap();
    host.queue(&hello()).await.unwrap();
    for mut transaction in [host.begin(), host.begin_direct()] {
        let id = transaction.stage(&hello()).unwrap();
        assert_eq!(transaction.find(id).unwrap().mail().text(), Some("Good day!\n"));
        transaction.commit().await.unwrap();
    }
    drain(&host).await;
    let sent = place.memory.messages();
    assert_eq!(sent.len(), 4);
    for message in sent {
        let text = String::from_utf8_lossy(message.as_bytes()).into_owned();
        assert!(text.contains("X-Release: 42\r\n") && text.contains("Good day!"), "{text}");
    }
}

#[tokio::test]
async fn a_veto_keeps_every_verb_from_making_a_mail_and_tells_who_and_why() {
    let place = Place::new();
    let host = place
        .builder()
        .interceptor("first", |_draft| Ok(()))
        .interceptor("unsubscribed", |_draft| Err("she wants none".into()))
        .build()
        .unwrap();
    let told = "hello: the interceptor `unsubscribed` refused the mail: she wants none";
    assert_eq!(host.render(&hello()).unwrap_err().to_string(), told);
    let error = host.send(&hello()).await.unwrap_err();
    assert!(matches!(error, SendError::Call(CallError::Intercepted { .. })), "{error}");
    let error = host.queue(&hello()).await.unwrap_err();
    assert!(matches!(error, EnqueueError::Call(CallError::Intercepted { .. })), "{error}");
    assert!(host.queue_many([hello(), hello()]).await.is_err());
    let error = host.begin().stage(&hello()).unwrap_err();
    assert!(matches!(error, StageError::Call(CallError::Intercepted { .. })), "{error}");
    drain(&host).await;
    assert_eq!(place.memory.messages().len(), 0);
}

#[tokio::test]
async fn what_an_interceptor_leaves_is_checked_as_a_whole() {
    let place = Place::new();
    let without = |name: &'static str| {
        let builder = place.builder().interceptor("eraser", move |draft| {
            draft.headers.retain(|header| !header.name().is(name));
            Ok(())
        });
        builder.build().unwrap().render(&hello()).unwrap_err().to_string()
    };
    let told = "hello: the interceptor `eraser` refused the mail: ";
    assert!(without("From").starts_with(told), "{}", without("From"));
    assert!(without("To").starts_with(told), "{}", without("To"));

    let host = place.builder().interceptor("doubler", |draft| {
        let subjects: Vec<Header> =
            draft.headers.iter().filter(|header| header.name().is("Subject")).cloned().collect();
        draft.headers.extend(subjects);
        Ok(())
    });
    let error = host.build().unwrap().render(&hello()).unwrap_err().to_string();
    assert!(error.starts_with("hello: the interceptor `doubler` refused the mail: "), "{error}");
}

#[tokio::test]
async fn an_interceptor_that_panics_is_an_error_of_the_call_alone() {
    let place = Place::new();
    let host = place.builder().interceptor("broken", |_draft| panic!("boom")).build().unwrap();
    let error = host.queue(&hello()).await.unwrap_err();
    assert_eq!(error.to_string(), "hello: the interceptor `broken` refused the mail: it panicked");
}

/// Writes down all that it is told.
#[derive(Default)]
struct Journal(Mutex<Vec<String>>);

impl Journal {
    fn write(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Observer for Journal {
    fn sealed(&self, mail: &Mail, message: &Message) {
        self.write(format!("sealed {} {}", mail.method(), message.id()));
    }

    fn sent(&self, sent: &Sent) {
        self.write(format!("sent {} {}", sent.message.id(), sent.receipt.summary()));
    }

    fn queued(&self, id: EntryId, message: &Message) {
        self.write(format!("queued {id} {}", message.id()));
    }

    fn attempted(&self, attempt: &Attempt) {
        let Attempt { id, message_id, attempt, verdict, next, .. } = attempt;
        let state = next.state();
        self.write(format!("attempted {id} {message_id} {attempt} {verdict} {state}"));
    }

    fn expired(&self, id: EntryId) {
        self.write(format!("expired {id}"));
    }
}

#[tokio::test]
async fn an_observer_is_told_of_every_step_of_a_queued_mail() {
    let place = Place::new();
    let journal = Arc::new(Journal::default());
    let host = place.builder().observer(journal.clone()).build().unwrap();
    let store = host.store().await.unwrap();
    place.memory.fail_next(451, "4.7.1 later");

    let id = host.queue(&hello()).await.unwrap();
    drain(&host).await;
    store.advance(Duration::from_secs(3_600)).await.unwrap();
    drain(&host).await;
    let message_id = store.detail(id).await.unwrap().summary.message_id;
    assert_eq!(
        journal.take(),
        [
            format!("sealed hello {message_id}"),
            format!("queued {id} {message_id}"),
            format!("attempted {id} {message_id} 1 deferred {}", State::Queued),
            format!("attempted {id} {message_id} 2 sent {}", State::Sent),
        ]
    );
}

#[tokio::test]
async fn an_observer_is_told_of_a_key_once_and_of_a_mail_that_expired() {
    let place = Place::new();
    let journal = Arc::new(Journal::default());
    let host = place.builder().observer(journal.clone()).build().unwrap();
    let call = hello().key("hello:ada").after(Duration::from_secs(60));
    let call = call.expires_in(Duration::from_secs(90));
    let id = host.queue(&call).await.unwrap();
    assert_eq!(host.queue(&call).await.unwrap(), id);
    let told = journal.take();
    assert_eq!(told.iter().filter(|line| line.starts_with("queued")).count(), 1, "{told:?}");

    let store = host.store().await.unwrap();
    store.advance(Duration::from_secs(3_600)).await.unwrap();
    drain(&host).await;
    assert_eq!(journal.take(), [format!("expired {id}")]);
}

#[tokio::test]
async fn an_observer_is_told_what_became_of_mails_that_are_handed_over_at_once() {
    let place = Place::new();
    let journal = Arc::new(Journal::default());
    let host = place.builder().observer(journal.clone()).build().unwrap();
    let id = host.send(&hello()).await.unwrap().message.id().to_owned();
    assert_eq!(journal.take(), [format!("sealed hello {id}"), format!("sent {id} sent")]);

    place.memory.fail_next(550, "5.1.1 nobody");
    host.send(&hello()).await.unwrap_err();
    let told = journal.take();
    assert!(told[1].ends_with(" refused"), "{told:?}");

    let mut transaction = host.begin_direct();
    transaction.stage(&hello()).unwrap();
    let id = transaction.commit().await.unwrap().sent[0].message.id().to_owned();
    assert_eq!(journal.take(), [format!("sealed hello {id}"), format!("sent {id} sent")]);
}

#[tokio::test]
async fn an_observer_that_panics_stops_neither_a_caller_nor_a_mailer() {
    struct Broken;
    impl Observer for Broken {
        fn sealed(&self, _mail: &Mail, _message: &Message) {
            panic!("sealed");
        }

        fn attempted(&self, _attempt: &Attempt) {
            panic!("attempted");
        }
    }
    let place = Place::new();
    let journal = Arc::new(Journal::default());
    let host = place.builder().observer(Arc::new(Broken)).observer(journal.clone());
    let host = host.build().unwrap();
    host.queue(&hello()).await.unwrap();
    drain(&host).await;
    assert_eq!(place.memory.messages().len(), 1);
    assert_eq!(journal.take().len(), 3);
}
