//! The host of a test: real methods, real rendering, and mail that stays here.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use super::Inbox;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use super::outbox::{Fate, Outbox, Queued, fate};
use crate::host::{DEFAULT_FILE, MailHost, MailHostBuilder, OpenError, Settings};
use crate::method::{MailMethod, MailMethods};

/// A [`MailHost`] that keeps what it sends, in an [`Inbox`] of its own.
///
/// It is a `MailHost` wherever a reference to one is wanted; `MailHost::from(host)` or
/// `MailHost::clone(&host)` gives one to own, which sends to the same inbox. Only this type has
/// an inbox: a host that was opened in another way has mail to deliver, not to look at.
#[derive(Clone, Debug)]
pub struct TestHost {
    host: MailHost,
    inbox: Inbox,
}

impl MailHost {
    /// A host for one test: the methods of a folder, and a memory in place of every adapter that
    /// they name.
    ///
    /// Nothing is shared, so tests run in parallel. A `mailmethod.yaml` in the current folder,
    /// which is the package's in `cargo test`, sets base URL, time zone, locale and limits; its
    /// adapters, redirect and allow-list are not used.
    ///
    /// # Errors
    ///
    /// [`OpenError`] with all that is wrong in the settings or the methods.
    ///
    /// # Examples
    ///
    /// ```
    /// use mailmethod::{Call, MailHost};
    ///
    /// async fn invite(host: &MailHost) -> Result<(), Box<dyn std::error::Error>> {
    ///     host.send(&Call::new("account/welcome").args(&[("name", "Ada"), ("email", "ada@example.test")])?).await?;
    ///     Ok(())
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let host = MailHost::for_tests("templates").await?;
    /// host.inbox().assert_empty();
    /// invite(&host).await?;
    ///
    /// let mail = host.inbox().only();
    /// assert_eq!(mail.subject(), "Welcome, Ada");
    /// mail.assert_to("ada@example.test").assert_html_contains("Welcome, Ada").assert_no_html("{{");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// What is queued goes into a temporary SQLite file of its own, which is deleted with the host;
    /// [`TestHost::tick`] is a mailer's turn. As elsewhere, [`begin`](MailHost::begin) queues only if
    /// the settings name a store.
    #[expect(clippy::unused_async, reason = "one day a store may be opened here")]
    pub async fn for_tests(templates: impl AsRef<Path>) -> Result<TestHost, OpenError> {
        let builder = Self::builder();
        #[cfg(feature = "sqlite")]
        let builder = builder.temporary_store();
        for_tests(templates.as_ref(), builder)
    }

    /// A host for one test, as [`for_tests`](Self::for_tests) gives it, with its queue in the
    /// test's own database: for [`queue_in`](MailHost::queue_in).
    ///
    /// # Errors
    ///
    /// As [`for_tests`](Self::for_tests).
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub async fn for_tests_on(
        templates: impl AsRef<Path>,
        store: impl Into<crate::queue::StoreSource>,
    ) -> Result<TestHost, OpenError> {
        let host = for_tests(templates.as_ref(), Self::builder().store(store))?;
        // Its tables must be there before the test's own transaction writes.
        host.store().await.map_err(OpenError::Store)?;
        Ok(host)
    }
}

fn for_tests(templates: &Path, builder: MailHostBuilder) -> Result<TestHost, OpenError> {
    let read = Settings::read(DEFAULT_FILE).map_err(OpenError::Settings)?;
    let mut settings = Settings::default();
    settings.templates = templates.to_owned();
    if read.has_store() {
        // Where it is does not matter: a test's store is its own.
        settings.set_store("sqlite:test");
    }
    settings.queue = read.queue;
    settings.rendering = read.rendering;
    settings.limits = read.limits;
    let (rendering, limits) = (settings.rendering.clone(), settings.limits);
    let methods = MailMethods::load_with(&settings.templates, rendering, limits)
        .map_err(OpenError::Methods)?;

    let mut names: BTreeSet<String> =
        methods.iter().map(MailMethod::adapter).map(str::to_owned).collect();
    names.insert("default".to_owned());
    let inbox = Inbox::new();
    let mut builder = builder.settings(settings).methods(methods).observer(Arc::new(inbox.clone()));
    for name in names {
        builder = builder.adapter(name, Arc::new(inbox.memory().clone()));
    }
    Ok(TestHost { host: builder.build()?, inbox })
}

impl TestHost {
    /// What this host and its clones sent.
    #[must_use]
    pub const fn inbox(&self) -> &Inbox {
        &self.inbox
    }
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
impl TestHost {
    /// Moves the time of the queue on and gives a mailer its turn: whatever is due by then is sent
    /// to the inbox, before this returns. [`Duration::ZERO`](std::time::Duration::ZERO) sends what is due now.
    ///
    /// # Errors
    ///
    /// [`QueueError`](crate::queue::QueueError) if the store cannot be used.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    ///
    /// use mailmethod::testing::Fate;
    /// use mailmethod::{Call, MailHost};
    ///
    /// let host = MailHost::for_tests("templates").await?;
    /// let call = Call::new("account/welcome").args(&[("name", "Ada"), ("email", "ada@example.test")])?;
    /// host.queue(&call.after(Duration::from_secs(3_600))).await?;
    /// host.tick(Duration::from_secs(1_800)).await?;
    /// host.outbox().await?.assert_count(Fate::Committed, 1);
    ///
    /// host.inbox().fail_next(451, "4.7.1 greylisted");
    /// host.tick(Duration::from_secs(1_801)).await?;
    /// host.outbox().await?.assert_count(Fate::Deferred, 1);
    /// host.tick(Duration::from_secs(600)).await?;
    /// assert_eq!(host.inbox().only().subject(), "Welcome, Ada");
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "sqlite"))]
    /// # fn main() {}
    /// ```
    pub async fn tick(&self, by: std::time::Duration) -> Result<(), crate::queue::QueueError> {
        self.store().await?.advance(by).await?;
        self.mailer().drain(std::future::pending()).await.map(drop)
    }

    /// What was queued by this host and its clones, and what has become of it.
    ///
    /// A mail that was queued in a transaction which has been rolled back is as one whose
    /// transaction is still open: not committed.
    ///
    /// # Errors
    ///
    /// [`QueueError`](crate::queue::QueueError) if the store cannot be used.
    pub async fn outbox(&self) -> Result<Outbox, crate::queue::QueueError> {
        use crate::queue::{Filter, Order};
        let store = self.store().await?;
        let entries = store.list(&Filter::default(), Order::Oldest, None, usize::MAX).await?;
        let mails = self.inbox.sealed().into_iter().filter_map(|(message, mail, queued)| {
            let entry = entries.iter().find(|entry| entry.message_id == message.id()).cloned();
            let id = entry.as_ref().map_or(queued, |entry| Some(entry.id))?;
            let fate = entry.as_ref().map_or(Fate::Uncommitted, fate);
            Some(Queued { id, fate, mail, entry })
        });
        Ok(Outbox { mails: mails.collect() })
    }
}

impl Deref for TestHost {
    type Target = MailHost;

    fn deref(&self) -> &MailHost {
        &self.host
    }
}

impl From<TestHost> for MailHost {
    fn from(host: TestHost) -> Self {
        host.host
    }
}
