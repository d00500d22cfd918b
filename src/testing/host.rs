//! The host of a test: real methods, real rendering, and mail that stays here.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use super::Inbox;
use crate::host::{DEFAULT_FILE, MailHost, OpenError, Settings};
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
    #[expect(clippy::unused_async, reason = "opening a store will wait")]
    pub async fn for_tests(templates: impl AsRef<Path>) -> Result<TestHost, OpenError> {
        let read = Settings::read(DEFAULT_FILE).map_err(OpenError::Settings)?;
        let mut settings = Settings::default();
        settings.templates = templates.as_ref().to_owned();
        settings.rendering = read.rendering;
        settings.limits = read.limits;
        let (rendering, limits) = (settings.rendering.clone(), settings.limits);
        let methods = MailMethods::load_with(&settings.templates, rendering, limits)
            .map_err(OpenError::Methods)?;

        let mut names: BTreeSet<String> =
            methods.iter().map(MailMethod::adapter).map(str::to_owned).collect();
        names.insert("default".to_owned());
        let inbox = Inbox::new();
        let notes = inbox.clone();
        let mut builder = Self::builder()
            .settings(settings)
            .methods(methods)
            .observer(move |mail, message| notes.note(mail, message));
        for name in names {
            builder = builder.adapter(name, Arc::new(inbox.memory().clone()));
        }
        Ok(TestHost { host: builder.build()?, inbox })
    }
}

impl TestHost {
    /// What this host and its clones sent.
    #[must_use]
    pub const fn inbox(&self) -> &Inbox {
        &self.inbox
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
