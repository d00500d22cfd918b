//! The observer: what an application sees of its mails.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::error::Sent;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use crate::mailer::Attempt;
use crate::message::{Mail, Message};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use crate::queue::EntryId;

/// Is told what happens to the mails of a host.
///
/// Every method has a default that does nothing. They are called where it happens, so they should
/// not block; one that panics is logged and does no harm.
///
/// # Examples
///
/// ```
/// use std::sync::{Arc, Mutex};
///
/// use mailmethod::host::{Observer, Sent};
/// use mailmethod::{Call, MailHost, MailMethods};
///
/// #[derive(Default)]
/// struct Journal(Mutex<Vec<String>>);
///
/// impl Observer for Journal {
///     fn sent(&self, sent: &Sent) {
///         self.0.lock().unwrap().push(format!("{}: {}", sent.message.id(), sent.receipt.summary()));
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let methods = MailMethods::from_embedded([
/// #     ("hello.yaml", "headers: {to: ada@example.test, from: shop@example.test}\ntext: Hello!"),
/// # ])?;
/// let journal = Arc::new(Journal::default());
/// let host = MailHost::builder()
///     .methods(methods)
///     .adapter_url("default", "null:")
///     .observer(journal.clone())
///     .build()?;
/// let sent = host.send(&Call::new("hello")).await?;
/// assert_eq!(*journal.0.lock().unwrap(), [format!("{}: sent", sent.message.id())]);
/// # Ok(())
/// # }
/// ```
pub trait Observer: Send + Sync {
    /// A mail was sealed, and is about to be queued, staged or handed over: the structured mail
    /// beside what will be sent.
    fn sealed(&self, mail: &Mail, message: &Message) {
        let _ = (mail, message);
    }

    /// A mail was handed over while its caller waited, or as a transaction committed: each
    /// recipient's outcome.
    fn sent(&self, sent: &Sent) {
        let _ = sent;
    }

    /// A mail is in the queue; one that was queued in a caller's own transaction is there once that
    /// commits.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    fn queued(&self, id: EntryId, message: &Message) {
        let _ = (id, message);
    }

    /// A mailer of this host has tried to deliver a mail; its outcome is about to be written.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    fn attempted(&self, attempt: &Attempt) {
        let _ = attempt;
    }

    /// A mailer of this host has given up mails whose time ran out while they waited.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    fn expired(&self, id: EntryId) {
        let _ = id;
    }
}

/// The observers of a host, in order.
#[derive(Clone, Default)]
pub(super) struct Observers(Vec<Arc<dyn Observer>>);

impl Observers {
    pub(super) fn add(&mut self, observer: Arc<dyn Observer>) {
        self.0.push(observer);
    }

    pub(super) fn sealed(&self, mail: &Mail, message: &Message) {
        self.each(|observer| observer.sealed(mail, message));
    }

    pub(super) fn sent(&self, sent: &Sent) {
        self.each(|observer| observer.sent(sent));
    }

    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(super) fn queued(&self, id: EntryId, message: &Message) {
        self.each(|observer| observer.queued(id, message));
    }

    /// Tells all of them; what one does wrong must not stop a mailer or undo a commit.
    pub(super) fn each(&self, tell: impl Fn(&dyn Observer)) {
        for observer in &self.0 {
            if catch_unwind(AssertUnwindSafe(|| tell(&**observer))).is_err() {
                tracing::error!("an observer panicked");
            }
        }
    }

    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Observers").field(&self.0.len()).finish()
    }
}
