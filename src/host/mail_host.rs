//! The host: pairs mail methods with adapters.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::error::{AdapterError, OpenError, SendError, Sent};
use super::settings::Settings;
use crate::adapter::{self, Adapter, Guarded, Receipt, Verdict};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use crate::mailer::{Attempt, Metrics, Watcher};
use crate::message::{Mail, Message, Stamp};
use crate::method::{CallError, LoadError, MailMethods, ToCall};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use crate::queue::{Location, QueueError, Store, StoreSource};

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
pub struct MailHost(Arc<Shared>);

/// What the handles of a host share.
pub(super) struct Shared {
    methods: RwLock<MailMethods>,
    settings: Settings,
    /// Adapters that were given, or opened at their first use.
    adapters: Mutex<BTreeMap<String, Arc<dyn Adapter>>>,
    observer: Option<Observer>,
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    source: Option<StoreSource>,
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    spare: Option<SpareStore>,
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(super) store: tokio::sync::OnceCell<Store>,
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(super) metrics: Arc<Metrics>,
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(super) watcher: Option<Watcher>,
}

/// Where the queue is if nobody says.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
struct SpareStore(Box<dyn Fn() -> Result<Location, QueueError> + Send + Sync>);

#[cfg(any(feature = "sqlite", feature = "postgres"))]
impl fmt::Debug for SpareStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SpareStore")
    }
}

/// What looks at each mail on its way out.
struct Observer(Box<Look>);

type Look = dyn Fn(&Mail, &Message) + Send + Sync;

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
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
        self.0.methods.read().unwrap_or_else(PoisonError::into_inner).call(call)
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
        let message =
            mail.seal(&Stamp::now(), &self.0.settings.limits).map_err(SendError::Message)?;
        let adapter = self.adapter(&adapter).map_err(SendError::Adapter)?;
        self.look(&mail, &message);
        let sent = Sent { receipt: delivered(adapter.as_ref(), &message).await, message };
        match sent.receipt.summary() {
            Verdict::Sent | Verdict::Partial => Ok(sent),
            Verdict::Refused | Verdict::Deferred | Verdict::Unknown => {
                Err(SendError::NotAccepted(Box::new(sent)))
            }
        }
    }

    /// Shows a mail to whoever observes, once it is sealed.
    pub(super) fn look(&self, mail: &Mail, message: &Message) {
        if let Some(Observer(look)) = &self.0.observer {
            look(mail, message);
        }
    }

    #[cfg(any(feature = "sqlite", feature = "postgres"))]
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

    /// Renders a call, and names its adapter.
    pub(super) fn rendered(&self, call: &dyn ToCall) -> Result<(Mail, String), CallError> {
        let call = call.to_call();
        let methods = self.0.methods.read().unwrap_or_else(PoisonError::into_inner);
        let method = methods.find(call.method())?;
        Ok((method.call(&call, methods.limits())?, method.adapter().to_owned()))
    }

    /// The adapter of a name, behind the policy of the settings; opened at its first use.
    ///
    /// # Errors
    ///
    /// [`AdapterError`] if none has that name, or its URL is wrong.
    pub fn adapter(&self, name: &str) -> Result<Arc<dyn Adapter>, AdapterError> {
        let mut adapters = self.0.adapters.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(adapter) = adapters.get(name) {
            return Ok(Arc::clone(adapter));
        }
        let settings = &self.0.settings;
        let url = settings.adapter_url(name).map_err(AdapterError::Variable)?;
        let Some(url) = url else {
            let defined = settings.adapters().chain(adapters.keys().map(String::as_str));
            let mut defined: Vec<String> = defined.map(str::to_owned).collect();
            defined.sort();
            return Err(AdapterError::Undefined { name: name.to_owned(), defined });
        };
        let opened = adapter::open(&url)
            .map_err(|error| AdapterError::Url { name: name.to_owned(), error })?;
        let opened: Arc<dyn Adapter> = Arc::new(Guarded::new(opened, settings.policy.clone()));
        adapters.insert(name.to_owned(), Arc::clone(&opened));
        Ok(opened)
    }

    fn open_adapters(&self) -> Result<(), OpenError> {
        let names: Vec<String> = self.0.settings.adapters().map(str::to_owned).collect();
        for name in names {
            match self.adapter(&name) {
                Ok(_) | Err(AdapterError::Undefined { .. }) => {}
                Err(AdapterError::Variable(findings)) => return Err(OpenError::Settings(findings)),
                Err(AdapterError::Url { name, error }) => {
                    return Err(OpenError::Adapter { name, error });
                }
            }
        }
        Ok(())
    }
}

/// Sends a message; a failure before any reply is an outcome of each recipient.
pub(crate) async fn delivered(adapter: &dyn Adapter, message: &Message) -> Receipt {
    match adapter::send(adapter, message).await {
        Ok(receipt) => receipt,
        Err(error) => Receipt::failed(error, message),
    }
}

impl fmt::Debug for MailHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailHost").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}

/// A host in the making.
#[derive(Debug, Default)]
pub struct MailHostBuilder {
    settings: Settings,
    methods: Option<MailMethods>,
    adapters: BTreeMap<String, Arc<dyn Adapter>>,
    observer: Option<Observer>,
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    source: Option<StoreSource>,
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    spare: Option<SpareStore>,
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    watcher: Option<AttemptWatcher>,
}

/// What watches attempts, in a builder that can be shown.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
struct AttemptWatcher(Watcher);

#[cfg(any(feature = "sqlite", feature = "postgres"))]
impl fmt::Debug for AttemptWatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AttemptWatcher")
    }
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

    /// Shows each mail to this function once it is sealed, before its adapter is asked: the
    /// structured mail beside what is sent. It should not block.
    #[must_use]
    pub fn observer(mut self, look: impl Fn(&Mail, &Message) + Send + Sync + 'static) -> Self {
        self.observer = Some(Observer(Box::new(look)));
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

    /// Tells this function of every attempt of the host's mailers. It should not block.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    #[must_use]
    pub fn watcher(mut self, watch: impl Fn(&Attempt) + Send + Sync + 'static) -> Self {
        self.watcher = Some(AttemptWatcher(Arc::new(watch)));
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
            .map(|(name, adapter)| {
                let guarded: Arc<dyn Adapter> =
                    Arc::new(Guarded::new(adapter, settings.policy.clone()));
                (name, guarded)
            })
            .collect();
        Ok(MailHost(Arc::new(Shared {
            methods: RwLock::new(methods),
            settings,
            adapters: Mutex::new(adapters),
            observer: self.observer,
            #[cfg(any(feature = "sqlite", feature = "postgres"))]
            source: self.source,
            #[cfg(any(feature = "sqlite", feature = "postgres"))]
            spare: self.spare,
            #[cfg(any(feature = "sqlite", feature = "postgres"))]
            store: tokio::sync::OnceCell::new(),
            #[cfg(any(feature = "sqlite", feature = "postgres"))]
            metrics: Arc::default(),
            #[cfg(any(feature = "sqlite", feature = "postgres"))]
            watcher: self.watcher.map(|AttemptWatcher(watcher)| watcher),
        })))
    }
}
