//! The mailer of a host: its store, its adapters, and the calls of other programs.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::mail_host::MailHost;
use crate::adapter::{Adapter, Guarded};
use crate::mailer::{Drained, Event, Mailer, MailerSettings, Metrics, Retry, Undeliverable, Ways};
use crate::message::OnConflict;
use crate::method::Call;
use crate::queue::{Intake, MailerLock, NewEntry, PendingCall, QueueError};

/// A mailer of a host, before it begins.
///
/// # Examples
///
/// ```no_run
/// # async fn work(host: mailmethod::MailHost) -> Result<(), Box<dyn std::error::Error>> {
/// let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
/// let mailer = tokio::spawn(host.mailer().run(async move { drop(stopped.await) }));
/// // … the application serves …
/// drop(stop); // what is past the gate is finished, the rest stays queued
/// mailer.await??;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct HostMailer {
    host: MailHost,
    settings: MailerSettings,
    instead: Option<Arc<dyn Adapter>>,
    reloads: bool,
}

impl MailHost {
    /// A mailer for the queue of this host; it works once it is [run](HostMailer::run).
    #[must_use]
    pub fn mailer(&self) -> HostMailer {
        let queue = &self.settings().queue;
        let undeliverable = match queue.delete_undeliverable {
            true => Undeliverable::Delete,
            false => Undeliverable::Keep,
        };
        let settings = MailerSettings {
            every: queue.every,
            window: queue.window,
            undeliverable,
            wipe_after: queue.wipe_after,
            purge_after: queue.purge_after,
            ..MailerSettings::default()
        };
        HostMailer { host: self.clone(), settings, instead: None, reloads: false }
    }

    /// What the mailers of this host have counted, and how much is in the queue, in the text format
    /// of Prometheus.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn metrics(&self) -> Result<String, QueueError> {
        let mut text = self.shared().metrics.exposition();
        let name = "mailmethod_entries";
        text.push_str(&format!(
            "# HELP {name} Mails in the queue, by view, up to 10000.\n# TYPE {name} gauge\n"
        ));
        let store = self.store().await?;
        for (view, count) in store.views(10_000).await? {
            text.push_str(&format!("{name}{{view=\"{view}\"}} {count}\n"));
        }
        let name = "mailmethod_oldest_due_seconds";
        text.push_str(&format!("# HELP {name} For how long the oldest due mail of a route waits.\n# TYPE {name} gauge\n"));
        for one in store.agenda().await? {
            let waits = one.due_in.map_or(0, |due| (-due).max(0) / 1_000_000);
            text.push_str(&format!("{name}{{route=\"{}\"}} {waits}\n", label(&one.route)));
        }
        let name = "mailmethod_route_open";
        text.push_str(&format!(
            "# HELP {name} Whether a route is given up for now.\n# TYPE {name} gauge\n"
        ));
        for route in store.routes().await? {
            let down = i32::from(route.breaker != crate::queue::Breaker::Closed);
            text.push_str(&format!("{name}{{route=\"{}\"}} {down}\n", label(&route.name)));
        }
        Ok(text)
    }
}

/// A value of a label, escaped.
fn label(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " ")
}

impl HostMailer {
    /// Sends everything through this adapter, whichever a method names; where mail may go is still
    /// as the settings of the host say.
    #[must_use]
    pub fn through(mut self, adapter: Arc<dyn Adapter>) -> Self {
        let policy = self.host.settings().policy.clone();
        self.instead = Some(Arc::new(Guarded::new(adapter, policy)));
        self
    }

    /// How many mails go out at the same time, 1 or more, on adapters that have no limit of their
    /// own.
    #[must_use]
    pub fn lanes(mut self, lanes: usize) -> Self {
        self.settings.lanes = lanes.max(1);
        self
    }

    /// Loads templates that have changed before it renders calls of other programs.
    #[must_use]
    pub fn reloading(mut self) -> Self {
        self.reloads = true;
        self
    }

    /// How long mail waits between attempts.
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.settings.retry = retry;
        self
    }

    /// How often it looks for due mail by itself.
    #[must_use]
    pub fn every(mut self, every: Duration) -> Self {
        self.settings.every = every;
        self
    }

    /// Works until `shutdown`; then finishes what is past the gate and gives the rest back.
    ///
    /// On SQLite it waits until no other mailer works on the file.
    ///
    /// # Errors
    ///
    /// [`QueueError`] if the store cannot be opened.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), QueueError> {
        Box::pin(self.built().await?.run(shutdown)).await
    }

    /// Works until `shutdown` as [`run`](Self::run) does, by a right that was
    /// [taken](crate::queue::Store::lock_mailer) before: so it is known at once whether somebody
    /// else has it.
    ///
    /// # Errors
    ///
    /// [`QueueError`] if the store cannot be opened.
    pub async fn run_by(
        self,
        lock: MailerLock,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), QueueError> {
        Box::pin(self.built().await?.run_by(lock, shutdown)).await;
        Ok(())
    }

    /// Sends what is due now, and ends; a route that is down is not waited for.
    ///
    /// # Errors
    ///
    /// [`QueueError::MailerRuns`] if another mailer works on this SQLite file; otherwise as the
    /// database fails.
    pub async fn drain(self, shutdown: impl Future<Output = ()>) -> Result<Drained, QueueError> {
        Box::pin(self.built().await?.drain(shutdown)).await
    }

    async fn built(self) -> Result<Mailer, QueueError> {
        let Self { host, settings, instead, reloads } = self;
        let store = host.store().await?;
        let shared = host.shared();
        let metrics: Arc<Metrics> = Arc::clone(&shared.metrics);
        let observers = shared.observers.clone();
        let ways: Arc<Ways> = match instead {
            Some(adapter) => Arc::new(move |_route| Ok(Arc::clone(&adapter))),
            None => {
                let host = host.clone();
                Arc::new(move |route| host.adapter(route).map_err(|error| error.to_string()))
            }
        };
        let looked = Mutex::new(None);
        let intake: Arc<Intake> = Arc::new(move |call| {
            if reloads {
                reload(&host, &looked);
            }
            taken(&host, call)
        });
        let mut mailer =
            Mailer::new(store, ways, settings).with_intake(intake).with_metrics(metrics);
        if !observers.is_empty() {
            mailer = mailer.with_watcher(Arc::new(move |event| {
                observers.each(|observer| match event {
                    Event::Attempted(attempt) => observer.attempted(attempt),
                    Event::Expired(id) => observer.expired(id),
                });
            }));
        }
        Ok(mailer)
    }
}

/// How long the templates are taken for unchanged: many calls come at once.
const GLANCE: Duration = Duration::from_millis(50);

/// Loads templates that have changed, unless somebody has just looked.
fn reload(host: &MailHost, looked: &Mutex<Option<Instant>>) {
    let mut looked = looked.lock().unwrap_or_else(PoisonError::into_inner);
    if looked.is_some_and(|at| at.elapsed() < GLANCE) {
        return;
    }
    if let Err(error) = host.reload_if_changed() {
        tracing::warn!(%error, "the templates have changed and are wrong: the old ones stay");
    }
    *looked = Some(Instant::now());
}

/// What a call of another program may say about its delivery: the column `options`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Options {
    locale: Option<String>,
    to: Option<String>,
    key: Option<String>,
    on_conflict: Option<String>,
    at: Option<jiff::Timestamp>,
    after: Option<String>,
    expires: Option<String>,
    priority: Option<u8>,
    at_next_run: bool,
}

/// The entry of a call of another program, or why there is none.
fn taken(host: &MailHost, pending: &PendingCall) -> Result<NewEntry, String> {
    let arguments: serde_json::Value = serde_json::from_str(&pending.arguments)
        .map_err(|error| format!("the arguments are no JSON: {error}"))?;
    let options: Options = serde_json::from_str(&pending.options)
        .map_err(|error| format!("the options are wrong: {error}"))?;
    let mut call =
        Call::new(&pending.method).args(&arguments).map_err(|error| error.to_string())?;
    call = with(call, options)?;
    host.entry(&call, pending.id.as_uuid()).map_err(|error| error.to_string())
}

fn with(mut call: Call, options: Options) -> Result<Call, String> {
    let duration = |text: &str| {
        crate::method::duration(text)
            .ok_or_else(|| format!("{text:?} is no duration: write a number and s, m, h or d"))
    };
    if let Some(locale) = options.locale {
        call = call.locale(locale);
    }
    if let Some(to) = options.to {
        call = call.to(to);
    }
    if let Some(key) = options.key {
        call = call.key(key);
    }
    if let Some(policy) = options.on_conflict {
        let policy = OnConflict::from_word(&policy)
            .ok_or_else(|| format!("on_conflict is {policy:?}: write error, skip or replace"))?;
        call = call.on_conflict(policy);
    }
    if let Some(at) = options.at {
        call = call.at(at);
    }
    if let Some(after) = options.after {
        call = call.after(duration(&after)?);
    }
    if let Some(expires) = options.expires {
        call = call.expires_in(duration(&expires)?);
    }
    if let Some(priority) = options.priority {
        call = call.priority(priority);
    }
    if options.at_next_run {
        call = call.at_next_run();
    }
    Ok(call)
}
