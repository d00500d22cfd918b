//! The host: pairs mail methods with adapters.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tracing::{Instrument, info_span};

use super::adapters::delivered;
use super::builder::MailHostBuilder;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use super::builder::SpareStore;
use super::error::{OpenError, SendError, Sent};
use super::interceptor::Interceptors;
use super::observer::Observers;
use super::settings::Settings;
use crate::adapter::{Adapter, Verdict};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use crate::mailer::Metrics;
use crate::message::{Mail, Stamp};
use crate::method::{CallError, LoadError, MailMethods, ToCall};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use crate::queue::{QueueError, Store, StoreSource};
use crate::unsubscribe::{Subscription, TokenError};

/// Mail methods paired with adapters. Cloning it gives another handle of the same host.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use mailmethod::adapter::MemoryAdapter;
/// use mailmethod::{Call, MailHost, MailMethods};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let methods = MailMethods::from_embedded([
///     ("hello.yaml", "arguments: {to: address}\nheaders: {to: '{{ to }}', from: shop@example.test, subject: Hi}\ntext: Hello!"),
/// ])?;
/// let memory = MemoryAdapter::new();
/// let host = MailHost::builder().methods(methods).adapter("default", Arc::new(memory.clone())).build()?;
/// let sent = host.send(&Call::new("hello").arg("to", "ada@example.test")?).await?;
/// assert_eq!(memory.messages()[0].id(), sent.message.id());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MailHost(pub(super) Arc<Shared>);

/// What the handles of a host share.
pub(super) struct Shared {
    pub(super) methods: RwLock<MailMethods>,
    pub(super) settings: Settings,
    /// Adapters that were given, or opened at their first use.
    pub(super) adapters: Mutex<BTreeMap<String, Arc<dyn Adapter>>>,
    pub(super) interceptors: Interceptors,
    pub(super) observers: Observers,
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(super) source: Option<StoreSource>,
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(super) spare: Option<SpareStore>,
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(super) store: tokio::sync::OnceCell<Store>,
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(super) metrics: Arc<Metrics>,
}

impl MailHost {
    /// Opens the host that a settings file describes: loads its mail methods and reads the URLs
    /// of its adapters. Nothing is contacted.
    ///
    /// A missing file named `mailmethod.yaml` is no error: everything has a default.
    ///
    /// # Errors
    ///
    /// [`OpenError`] with all that is wrong in the settings, the methods or an adapter's URL.
    #[expect(clippy::unused_async, reason = "opening a store will wait")]
    pub async fn open(settings: impl AsRef<Path>) -> Result<Self, OpenError> {
        let settings = Settings::read(settings).map_err(OpenError::Settings)?;
        let host = Self::builder().settings(settings).build()?;
        host.open_adapters()?;
        Ok(host)
    }

    /// Begins a host without a settings file.
    #[must_use]
    pub fn builder() -> MailHostBuilder {
        MailHostBuilder::default()
    }

    /// The mail methods, as they are now.
    #[must_use]
    pub fn methods(&self) -> MailMethods {
        self.0.methods.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Loads the methods again if a file changed; for development.
    ///
    /// # Errors
    ///
    /// [`LoadError`] with all that is wrong in the new files; the old methods stay.
    pub fn reload_if_changed(&self) -> Result<bool, LoadError> {
        let mut methods = self.methods();
        let changed = methods.reload_if_changed();
        *self.0.methods.write().unwrap_or_else(PoisonError::into_inner) = methods;
        changed
    }

    /// Renders a call: a preview, without I/O, adapter or clock.
    ///
    /// # Errors
    ///
    /// [`CallError`](crate::CallError) with all arguments that are wrong, or all that did not
    /// render.
    pub fn render(&self, call: &dyn ToCall) -> Result<Mail, CallError> {
        self.rendered(call).map(|(mail, _adapter)| mail)
    }

    /// Renders a call and sends the mail now: waits for the relay.
    ///
    /// Gives each recipient's outcome if the relay accepted at least one. What was not accepted
    /// is not tried again.
    ///
    /// # Errors
    ///
    /// [`SendError`]; where the relay accepted nobody, with each recipient's outcome.
    ///
    /// # Cancel safety
    ///
    /// A cancelled send may or may not have delivered the mail.
    pub async fn send(&self, call: &dyn ToCall) -> Result<Sent, SendError> {
        let (mail, adapter) = self.rendered(call).map_err(SendError::Call)?;
        let stamp = Stamp::now();
        let mail = mail.stamped(&stamp).map_err(SendError::Message)?;
        let message = mail.seal(&stamp, &self.0.settings.limits).map_err(SendError::Message)?;
        let adapter = self.adapter(&adapter).map_err(SendError::Adapter)?;
        self.0.observers.sealed(&mail, &message);
        let span = info_span!("send", method = mail.method(), message_id = message.id());
        let receipt = delivered(adapter.as_ref(), &message).instrument(span).await;
        let sent = Sent { receipt, message };
        self.0.observers.sent(&sent);
        match sent.receipt.summary() {
            Verdict::Sent | Verdict::Partial => Ok(sent),
            Verdict::Refused | Verdict::Deferred | Verdict::Unknown => {
                Err(SendError::NotAccepted(Box::new(sent)))
            }
        }
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.0
    }

    /// Where the store of this host comes from.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(super) fn source(&self) -> Result<StoreSource, QueueError> {
        if let Some(source) = &self.0.source {
            return Ok(source.clone());
        }
        if let Some(SpareStore(spare)) = &self.0.spare {
            return Ok(StoreSource::At(spare()?));
        }
        let wrong = |findings: crate::source::Findings| QueueError::Location {
            location: "store".to_owned(),
            problem: findings.to_string(),
        };
        let location = self.0.settings.store().map_err(wrong)?;
        let location = location.as_deref().unwrap_or(super::settings::DEFAULT_STORE);
        Ok(StoreSource::At(location.parse()?))
    }

    /// Whether somebody has said where the queue of this host is.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    #[must_use]
    pub fn has_store(&self) -> bool {
        self.0.source.is_some() || self.0.settings.has_store()
    }

    /// Checks the token of an unsubscribe link that came back, at this moment: who unsubscribes
    /// from which list. The host keeps no lists; what happens next is the application's.
    ///
    /// # Errors
    ///
    /// [`TokenError`] for one that was forged, cut, or is too old; [`TokenError::NoKey`] if the
    /// settings have no key.
    ///
    /// # Examples
    ///
    /// ```
    /// use mailmethod::host::Settings;
    /// use mailmethod::MailHost;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let file = "unsubscribe: { url: 'https://shop.example.test/u', key: a key of the application }";
    /// let settings = Settings::parse("mailmethod.yaml", file, &|_| None)?;
    /// let host = MailHost::builder().settings(settings).templates("templates").build()?;
    /// // A mail program posted `List-Unsubscribe=One-Click` to https://shop.example.test/u/TOKEN.
    /// let token = "AQ8gBG5ld3M";
    /// assert_eq!(host.subscription(token).unwrap_err().to_string(), "this is no unsubscribe token, or not the whole of one");
    /// # Ok(())
    /// # }
    /// ```
    pub fn subscription(&self, token: &str) -> Result<Subscription, TokenError> {
        match &self.0.settings.rendering.unsubscribe {
            Some(unsubscribe) => unsubscribe.verify(token, Stamp::time()),
            None => {
                Err(TokenError::NoKey { reason: "the settings have no `unsubscribe`".to_owned() })
            }
        }
    }

    /// Renders a call, and names its adapter.
    pub(super) fn rendered(&self, call: &dyn ToCall) -> Result<(Mail, String), CallError> {
        let call = call.to_call();
        let methods = self.0.methods.read().unwrap_or_else(PoisonError::into_inner);
        let method = methods.find(call.method())?;
        let mail = method.call(&call, methods.limits())?;
        Ok((self.0.interceptors.apply(mail, methods.limits())?, method.adapter().to_owned()))
    }
}

impl fmt::Debug for MailHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailHost").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}
