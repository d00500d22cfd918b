//! The builder: a host in the making.

use std::collections::BTreeMap;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, RwLock};

use super::adapters::guarded;
use super::error::OpenError;
use super::interceptor::{Interceptors, Veto};
use super::mail_host::{MailHost, Shared};
use super::observer::{Observer, Observers};
use super::settings::Settings;
use crate::adapter::Adapter;
use crate::message::Draft;
use crate::method::MailMethods;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use crate::queue::{Location, QueueError, StoreSource};

/// Where the queue is if nobody says.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(super) struct SpareStore(
    pub(super) Box<dyn Fn() -> Result<Location, QueueError> + Send + Sync>,
);

#[cfg(any(feature = "sqlite", feature = "postgres"))]
impl fmt::Debug for SpareStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SpareStore")
    }
}

/// A host in the making.
#[derive(Debug, Default)]
pub struct MailHostBuilder {
    settings: Settings,
    methods: Option<MailMethods>,
    adapters: BTreeMap<String, Arc<dyn Adapter>>,
    interceptors: Interceptors,
    observers: Observers,
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    source: Option<StoreSource>,
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    spare: Option<SpareStore>,
}

impl MailHostBuilder {
    /// Takes these settings instead of the defaults.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Takes the methods of this folder.
    #[must_use]
    pub fn templates(mut self, folder: impl Into<PathBuf>) -> Self {
        self.settings.templates = folder.into();
        self
    }

    /// Takes these methods instead of loading a folder.
    #[must_use]
    pub fn methods(mut self, methods: MailMethods) -> Self {
        self.methods = Some(methods);
        self
    }

    /// Names an adapter; `default` is the one of methods that name none.
    #[must_use]
    pub fn adapter(mut self, name: impl Into<String>, adapter: Arc<dyn Adapter>) -> Self {
        self.adapters.insert(name.into(), adapter);
        self
    }

    /// Names an adapter by its URL, which is read when the host is built.
    #[must_use]
    pub fn adapter_url(mut self, name: impl Into<String>, url: impl Into<String>) -> Self {
        self.settings.set_adapter(name, url);
        self
    }

    /// Tells this observer of every mail. There may be several.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observers.add(observer);
        self
    }

    /// Lets a function change each mail before it is sealed, or refuse it by a [`Veto`]: previews,
    /// queued and sent mails alike. Several are asked in the order in which they came.
    ///
    /// What it leaves is checked again as a whole, so that it cannot make an unsound mail. Its name
    /// is told where it matters: in errors, and where the origin of a header is explained.
    ///
    /// # Examples
    ///
    /// ```
    /// use mailmethod::host::Veto;
    /// use mailmethod::message::Header;
    /// use mailmethod::{Call, MailHost, MailMethods};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let methods = MailMethods::from_embedded([
    ///     ("hello.yaml", "arguments: {to: address}\nheaders: {to: '{{ to }}', from: shop@example.test}\ntext: Hello!"),
    /// ])?;
    /// let host = MailHost::builder()
    ///     .methods(methods)
    ///     .interceptor("release", |draft| {
    ///         draft.set_header(Header::parse("X-Release", "42").map_err(Veto::new)?);
    ///         Ok(())
    ///     })
    ///     .interceptor("unsubscribed", |draft| match draft.mailboxes("To") {
    ///         [one] if one.address().as_str() == "bob@example.test" => Err("he wants none".into()),
    ///         _ => Ok(()),
    ///     })
    ///     .build()?;
    ///
    /// let mail = host.render(&Call::new("hello").arg("to", "ada@example.test")?)?;
    /// assert_eq!(mail.header("X-Release").as_deref(), Some("42"));
    /// let error = host.render(&Call::new("hello").arg("to", "bob@example.test")?).unwrap_err();
    /// assert_eq!(error.to_string(), "hello: the interceptor `unsubscribed` refused the mail: he wants none");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn interceptor(
        mut self,
        name: impl Into<Arc<str>>,
        intercept: impl Fn(&mut Draft) -> Result<(), Veto> + Send + Sync + 'static,
    ) -> Self {
        self.interceptors.add(name.into(), intercept);
        self
    }

    /// Keeps the queue here: an application's own pool, a [`Location`](crate::queue::Location), or a
    /// store that is open. It is opened when it is first needed.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    #[must_use]
    pub fn store(mut self, source: impl Into<StoreSource>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Where the queue is if nobody says; it does not count as said.
    #[cfg(all(feature = "testing", feature = "sqlite"))]
    pub(crate) fn spare_store(
        mut self,
        place: impl Fn() -> Result<Location, QueueError> + Send + Sync + 'static,
    ) -> Self {
        self.spare = Some(SpareStore(Box::new(place)));
        self
    }

    /// Makes the host: loads the folder if no methods were given.
    ///
    /// # Errors
    ///
    /// [`OpenError::Methods`] with all that is wrong in the folder; [`OpenError::Adapter`] for a
    /// wrong URL.
    pub fn build(self) -> Result<MailHost, OpenError> {
        let settings = self.settings;
        let methods = match self.methods {
            Some(methods) => methods,
            None => MailMethods::load_with(
                &settings.templates,
                settings.rendering.clone(),
                settings.limits,
            )
            .map_err(OpenError::Methods)?,
        };
        let adapters = self
            .adapters
            .into_iter()
            .map(|(name, adapter)| (name, guarded(&settings, adapter)))
            .collect();
        Ok(MailHost(Arc::new(Shared {
            methods: RwLock::new(methods),
            settings,
            adapters: Mutex::new(adapters),
            interceptors: self.interceptors,
            observers: self.observers,
            #[cfg(any(feature = "sqlite", feature = "postgres"))]
            source: self.source,
            #[cfg(any(feature = "sqlite", feature = "postgres"))]
            spare: self.spare,
            #[cfg(any(feature = "sqlite", feature = "postgres"))]
            store: tokio::sync::OnceCell::new(),
            #[cfg(any(feature = "sqlite", feature = "postgres"))]
            metrics: Arc::default(),
        })))
    }
}
