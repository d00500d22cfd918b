//! The run of a mailer: what it does when, and how it ends.

use std::collections::HashMap;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use uuid::Uuid;

use super::breaker::{Trip, Watch, probe_after};
use super::feed::Feed;
use super::judge::micros;
use super::metrics::{Count, Metrics};
use super::way::Way;
use super::{MailerSettings, Watcher, Ways, lane};
use crate::adapter::Adapter;
use crate::queue::{
    Agenda, Breaker, Claim, Intake, MailerLock, QueueError, Settlement, Store, Ticket,
};

/// How often a mailer tells that it lives, and looks for others that do not, on PostgreSQL.
const BEAT: Duration = Duration::from_secs(5);
/// How long a probe has the right to be the only one.
const PROBE: Duration = Duration::from_secs(90);
/// How long a mail that took mailers down waits until the others are out of the way.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long we wait for a store that does not answer.
const BREATH: Duration = Duration::from_secs(1);
/// How often old contents are wiped and old entries forgotten.
const RETAIN: Duration = Duration::from_secs(600);
/// By how much the clock may run away from time itself before we stop to trust it.
const JUMP: Duration = Duration::from_secs(60);
/// How long nothing expires after the clock has jumped.
const DISTRUST: Duration = Duration::from_secs(600);

/// Takes mail from a store to its adapters.
pub struct Mailer {
    store: Store,
    ways: Arc<Ways>,
    intake: Option<Arc<Intake>>,
    settings: Arc<MailerSettings>,
    metrics: Arc<Metrics>,
    watcher: Option<Watcher>,
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailer")
            .field("store", &self.store)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// What a mailer leaves that has sent what is due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drained {
    /// The routes that were given up while mail waits for them, and why.
    pub waiting: Vec<(String, String)>,
    /// The routes that a person has paused while mail waits for them.
    pub paused: Vec<String>,
}

impl Mailer {
    /// A mailer of this store; `ways` finds the adapter of each route.
    #[must_use]
    pub fn new(store: Store, ways: Arc<Ways>, settings: MailerSettings) -> Self {
        Self {
            store,
            ways,
            intake: None,
            settings: Arc::new(settings),
            metrics: Arc::default(),
            watcher: None,
        }
    }

    /// Turns calls of other programs into mails.
    #[must_use]
    pub fn with_intake(mut self, intake: Arc<Intake>) -> Self {
        self.intake = Some(intake);
        self
    }

    /// Counts into these metrics.
    #[must_use]
    pub fn with_metrics(mut self, metrics: Arc<Metrics>) -> Self {
        self.metrics = metrics;
        self
    }

    /// Tells of every attempt.
    #[must_use]
    pub fn with_watcher(mut self, watcher: Watcher) -> Self {
        self.watcher = Some(watcher);
        self
    }

    /// Works until `shutdown`; then finishes what is past the gate, and gives the rest back.
    ///
    /// On SQLite it waits until no other mailer works on the file. A store that does not answer is
    /// waited for.
    ///
    /// # Errors
    ///
    /// [`QueueError`] if the file that locks a SQLite store cannot be made.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), QueueError> {
        let mut shutdown = pin!(shutdown);
        let lock = tokio::select! {
            lock = self.store.wait_for_lock() => lock?,
            () = &mut shutdown => return Ok(()),
        };
        self.work(lock, shutdown).await;
        Ok(())
    }

    /// Works until `shutdown` as [`run`](Self::run) does, by a right that was taken before.
    pub async fn run_by(self, lock: MailerLock, shutdown: impl Future<Output = ()>) {
        self.work(lock, pin!(shutdown)).await;
    }

    async fn work(self, lock: MailerLock, mut shutdown: Pin<&mut impl Future<Output = ()>>) {
        let wake = Arc::new(Notify::new());
        let watching = watch(&self.store, &wake);
        let mut run = loop {
            match Run::begin(&self).await {
                Ok(run) => break run,
                Err(error) => tracing::error!(%error, "the mailer waits for its store"),
            }
            tokio::select! {
                () = sleep(BREATH) => {}
                () = &mut shutdown => return watching.abort(),
            }
        };
        loop {
            let next = run.pass().await;
            tokio::select! {
                () = &mut shutdown => break,
                () = wake.notified() => {}
                () = sleep_until(next) => {}
                Some(ended) = run.workers.join_next() => run.ended(ended),
            }
        }
        watching.abort();
        run.end().await;
        drop(lock);
    }

    /// Sends what is due now, and ends; a route that is down is not waited for.
    ///
    /// # Errors
    ///
    /// [`QueueError::MailerRuns`] if another mailer works on this SQLite file; otherwise as the
    /// database fails.
    pub async fn drain(self, shutdown: impl Future<Output = ()>) -> Result<Drained, QueueError> {
        let mut shutdown = pin!(shutdown);
        let lock = self.store.lock_mailer()?;
        let mut run = Run::begin(&self).await?;
        let mut failed = None;
        loop {
            let next = match run.try_pass().await {
                Ok(next) => next,
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            };
            if run.workers.is_empty() || run.failed.is_some() {
                break;
            }
            tokio::select! {
                () = &mut shutdown => break,
                () = sleep_until(next) => {}
                Some(ended) = run.workers.join_next() => run.ended(ended),
            }
        }
        let failed = failed.or_else(|| run.failed.take());
        let agenda = self.store.agenda().await;
        run.end().await;
        drop(lock);
        if let Some(error) = failed {
            return Err(error);
        }
        let routes = self.store.routes().await?;
        let mut drained = Drained::default();
        for one in agenda?.into_iter().filter(|one| !one.open && is_due(one)) {
            let Some(route) = routes.iter().find(|route| route.name == one.route) else { continue };
            match &route.error {
                Some(error) => drained.waiting.push((one.route, error.clone())),
                None => drained.paused.push(one.route),
            }
        }
        Ok(drained)
    }
}

/// Wakes a mailer when others commit something.
fn watch(store: &Store, wake: &Arc<Notify>) -> tokio::task::JoinHandle<()> {
    let (mut changes, wake) = (store.changes(), Arc::clone(wake));
    tokio::spawn(async move {
        loop {
            changes.next().await;
            wake.notify_one();
        }
    })
}

/// A mailer at work.
struct Run<'m> {
    mailer: &'m Mailer,
    id: Uuid,
    workers: JoinSet<Ended>,
    /// The ways that are being used now.
    active: HashMap<String, Arc<Way>>,
    /// What was seen of each route lately.
    watches: HashMap<String, Arc<Mutex<Watch>>>,
    /// The adapters that were used, by route.
    used: HashMap<String, Arc<dyn Adapter>>,
    /// When each thing is due.
    beat_at: Instant,
    sweep_at: Instant,
    retain_at: Instant,
    /// Since when a mail waits that has to be offered alone.
    suspect_since: Option<Instant>,
    clock: ClockWatch,
    failed: Option<QueueError>,
    /// Until when nothing is begun, because the store has just failed.
    rest_until: Instant,
}

/// What came of the work on a route.
struct Ended {
    route: String,
    outcome: Result<(), QueueError>,
}

impl<'m> Run<'m> {
    async fn begin(mailer: &'m Mailer) -> Result<Self, QueueError> {
        let store = &mailer.store;
        let recovered = if store.sqlite_file().is_some() { store.recover().await? } else { 0 };
        mailer.metrics.count(Count::Recovered, recovered);
        let id = store.register(&host_name(), std::process::id()).await?;
        // Whoever starts a mailer may have mended what was broken.
        store.probe_now().await?;
        let now = Instant::now();
        Ok(Self {
            mailer,
            id,
            workers: JoinSet::new(),
            active: HashMap::new(),
            watches: HashMap::new(),
            used: HashMap::new(),
            rest_until: now,
            beat_at: now,
            sweep_at: now,
            retain_at: now,
            suspect_since: None,
            clock: ClockWatch::new(),
            failed: None,
        })
    }

    /// Looks at all that may be due; gives when to look again.
    async fn pass(&mut self) -> Instant {
        if Instant::now() < self.rest_until {
            return self.rest_until;
        }
        match self.try_pass().await {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, "the mailer cannot read its store");
                Instant::now() + BREATH
            }
        }
    }

    async fn try_pass(&mut self) -> Result<Instant, QueueError> {
        self.maintain().await?;
        if let Some(intake) = &self.mailer.intake {
            loop {
                let taken = self.mailer.store.take_calls(Arc::clone(intake)).await?;
                self.mailer.metrics.count(Count::Call, taken);
                if taken == 0 {
                    break;
                }
            }
        }
        let agenda = self.mailer.store.agenda().await?;
        let alone = self.suspects(&agenda).await?;
        let mut next =
            self.beat_at.min(self.sweep_at).min(Instant::now() + self.mailer.settings.every);
        for one in &agenda {
            if let Some(soon) = self.consider(one, alone).await? {
                next = next.min(soon);
            }
        }
        Ok(next)
    }

    /// What time alone brings.
    async fn maintain(&mut self) -> Result<(), QueueError> {
        let store = &self.mailer.store;
        let now = Instant::now();
        if now >= self.beat_at {
            self.beat_at =
                now + if store.sqlite_file().is_some() { self.mailer.settings.every } else { BEAT };
            self.clock.look();
            if !store.beat(self.id, self.clock.note()).await? {
                // We were taken for dead: what we hold is lost, and all writes of ours fail.
                self.stop();
                self.id = store.register(&host_name(), std::process::id()).await?;
            }
            if store.sqlite_file().is_none() {
                self.mailer.metrics.count(Count::Recovered, store.recover().await?);
            }
        }
        if now >= self.sweep_at {
            self.sweep_at = now + self.mailer.settings.every.min(Duration::from_secs(60));
            while store.resolve_doubts().await? > 0 {}
            if self.clock.is_trusted() {
                while store.expire().await? > 0 {}
            }
        }
        if now >= self.retain_at {
            self.retain_at = now + RETAIN;
            let settings = &self.mailer.settings;
            let (wipe, purge) = (micros(settings.wipe_after), micros(settings.purge_after));
            while store.retain(wipe, purge).await? != (0, 0, 0) {}
        }
        Ok(())
    }

    /// Offers mails that took mailers down: alone, once nothing else goes on. Gives whether others
    /// must wait for that.
    async fn suspects(&mut self, agenda: &[Agenda]) -> Result<bool, QueueError> {
        let Some(one) = agenda.iter().find(|one| one.suspect && one.open) else {
            self.suspect_since = None;
            return Ok(false);
        };
        if self.workers.is_empty() {
            self.suspect_since = None;
            let claims = self.mailer.store.claim_suspect(self.id, &one.route).await?;
            if !claims.is_empty() {
                self.start(&one.route, Task::Claimed(claims));
            }
            return Ok(true);
        }
        let since = *self.suspect_since.get_or_insert_with(Instant::now);
        if since.elapsed() >= PATIENCE {
            self.stop();
            return Ok(true);
        }
        Ok(false)
    }

    /// Begins to work on a route if there is something to do; gives when to look again.
    async fn consider(&mut self, one: &Agenda, alone: bool) -> Result<Option<Instant>, QueueError> {
        let in_micros = |wait: i64| {
            let wait = Duration::from_micros(u64::try_from(wait.max(0)).unwrap_or(0));
            // A little later than due, so that it is due when we look.
            Instant::now() + wait + Duration::from_millis(1)
        };
        if alone || self.active.contains_key(&one.route) {
            return Ok(None);
        }
        if one.open {
            if !is_due(one) {
                return Ok(one.due_in.map(in_micros));
            }
            if one.due_in.is_some_and(|due| due <= 0) {
                self.start(&one.route, Task::Drain);
            }
            return Ok(None);
        }
        match one.probe_in {
            Some(wait) if wait > 0 => Ok(Some(in_micros(wait))),
            Some(_) => {
                let store = &self.mailer.store;
                if let Some((failures, breaker)) =
                    store.take_probe(&one.route, micros(PROBE)).await?
                {
                    self.start(&one.route, Task::Probe { failures, breaker });
                }
                Ok(None)
            }
            None => Ok(None),
        }
    }

    fn start(&mut self, route: &str, task: Task) {
        let Mailer { store, settings, metrics, watcher, .. } = self.mailer;
        let adapter = (self.mailer.ways)(route);
        let (adapter, missing): (Arc<dyn Adapter>, _) = match adapter {
            Ok(adapter) => (adapter, None),
            Err(error) => (Arc::new(crate::adapter::NullAdapter), Some(error)),
        };
        let lanes = adapter
            .max_offers()
            .min(if adapter.max_offers() == usize::MAX { settings.lanes } else { 64 })
            .max(1);
        let probing = matches!(task, Task::Probe { .. });
        let feed = match &task {
            Task::Drain => {
                let batch = (lanes * 8).clamp(16, 100);
                Feed::new(store.clone(), self.id, route, batch, usize::MAX)
            }
            Task::Probe { .. } => Feed::new(store.clone(), self.id, route, 1, 1),
            Task::Claimed(claims) => Feed::of(store.clone(), self.id, route, claims.clone()),
        };
        let way = Arc::new(Way {
            store: store.clone(),
            mailer: self.id,
            adapter,
            feed,
            settings: Arc::clone(settings),
            metrics: Arc::clone(metrics),
            watcher: watcher.clone(),
            watch: Arc::clone(self.watches.entry(route.to_owned()).or_default()),
            trip: Mutex::new(missing.map(|error| Trip { breaker: Breaker::Open, error })),
            probing,
            hands: Mutex::default(),
        });
        self.used.insert(route.to_owned(), Arc::clone(&way.adapter));
        self.active.insert(route.to_owned(), Arc::clone(&way));
        let lanes = if matches!(task, Task::Drain) { lanes } else { 1 };
        let route = route.to_owned();
        self.workers.spawn(async move {
            let outcome = work(&way, &route, task, lanes).await;
            Ended { route, outcome }
        });
    }

    fn ended(&mut self, ended: Result<Ended, tokio::task::JoinError>) {
        match ended {
            Ok(Ended { route, outcome }) => {
                self.active.remove(&route);
                if let Err(error) = outcome {
                    tracing::error!(%error, route, "the work on a route has ended");
                    self.failed = Some(error);
                    self.rest_until = Instant::now() + BREATH;
                }
            }
            Err(error) => {
                // A panic of an adapter: its entries are still ours, and are given back at the end.
                tracing::error!(%error, "the work on a route has broken off");
                let lost: Vec<String> = self
                    .active
                    .iter()
                    .filter(|(_, way)| Arc::strong_count(way) == 1)
                    .map(|(route, _)| route.clone())
                    .collect();
                for route in lost {
                    self.active.remove(&route);
                }
            }
        }
    }

    /// Tells every way to end after what has passed the gate.
    fn stop(&self) {
        for way in self.active.values() {
            way.feed.stop();
        }
    }

    /// Ends: what has passed the gate is finished, the rest is given back.
    async fn end(mut self) {
        self.stop();
        let finished = timeout(self.mailer.settings.grace, async {
            while self.workers.join_next().await.is_some() {}
        });
        if finished.await.is_err() {
            tracing::warn!("mail that has passed the gate did not end in time: it is uncertain");
            self.workers.shutdown().await;
        }
        for adapter in self.used.values() {
            adapter.close().await;
        }
        if let Err(error) = self.mailer.store.unregister(self.id).await {
            tracing::warn!(%error, "the mailer ends unheard");
        }
    }
}

/// What is to be done on a route.
#[derive(Clone, Debug)]
enum Task {
    /// Send all that is due.
    Drain,
    /// Find out whether it works again.
    Probe { failures: u64, breaker: Breaker },
    /// Send what is claimed already.
    Claimed(Vec<Claim>),
}

/// Works on a route until nothing is due, or it is given up.
async fn work(way: &Arc<Way>, route: &str, task: Task, lanes: usize) -> Result<(), QueueError> {
    let missing = way.trip.lock().unwrap_or_else(PoisonError::into_inner).is_some();
    let failures = match &task {
        Task::Probe { failures, .. } => *failures,
        _ => 0,
    };
    let mut outcome = Ok(());
    if !missing {
        if let Task::Probe { breaker: Breaker::Open, .. } = task
            && let Some(error) = way.adapter.probe().await.error
        {
            let trip = Trip { breaker: Breaker::Open, error: told(&error) };
            return tripped(way, route, failures, trip).await;
        }
        let mut running = JoinSet::new();
        for _ in 0..lanes {
            let way = Arc::clone(way);
            running.spawn(async move { lane::run(&way).await });
        }
        while let Some(ended) = running.join_next().await {
            match ended {
                Ok(Ok(())) => {}
                Ok(Err(error)) => outcome = Err(error),
                Err(broken) => {
                    way.feed.stop();
                    outcome = Err(QueueError::Unreachable(broken.into()));
                }
            }
        }
    }
    drop(way.round(way.broken(), Vec::new()).await);
    give_back(way).await;
    let trip = way.trip.lock().unwrap_or_else(PoisonError::into_inner).take();
    match trip {
        Some(trip) => tripped(way, route, failures, trip).await?,
        None if way.probing && outcome.is_ok() => way.store.close_breaker(route).await?,
        None => {}
    }
    outcome
}

fn told(error: &crate::adapter::DeliveryError) -> String {
    match error.help {
        Some(help) => format!("{error} ({help})"),
        None => error.to_string(),
    }
}

async fn tripped(way: &Way, route: &str, failures: u64, trip: Trip) -> Result<(), QueueError> {
    way.metrics.count(Count::Trip, 1);
    tracing::warn!(
        route,
        error = trip.error,
        breaker = trip.breaker.as_str(),
        "a route is given up"
    );
    let probe = micros(probe_after(failures, &trip.error));
    way.store.trip(route, trip.breaker, probe, &trip.error).await
}

/// Gives back what was claimed and not handed to a lane.
async fn give_back(way: &Way) {
    let left: Vec<Ticket> = way.feed.leftovers().await;
    let settle: Vec<Settlement> = left.into_iter().map(Settlement::release).collect();
    drop(way.round(settle, Vec::new()).await);
}

fn is_due(one: &Agenda) -> bool {
    one.suspect || one.due_in.is_some_and(|due| due <= 0)
}

fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .or_else(|| std::env::var("HOSTNAME").ok())
        .map_or_else(|| "this machine".to_owned(), |name| name.trim().to_owned())
}

/// Watches whether the clock goes as time does.
struct ClockWatch {
    wall: jiff::Timestamp,
    monotonic: Instant,
    distrusted_until: Option<Instant>,
}

impl ClockWatch {
    fn new() -> Self {
        Self {
            wall: crate::message::Stamp::now().date(),
            monotonic: Instant::now(),
            distrusted_until: None,
        }
    }

    fn look(&mut self) {
        let (wall, monotonic) = (crate::message::Stamp::now().date(), Instant::now());
        let went = wall.duration_since(self.wall).unsigned_abs();
        let passed = monotonic.duration_since(self.monotonic);
        let back = wall < self.wall;
        if back || went.abs_diff(passed) > JUMP {
            tracing::warn!("the clock has jumped: nothing expires for ten minutes");
            self.distrusted_until = Some(monotonic + DISTRUST);
        }
        (self.wall, self.monotonic) = (wall, monotonic);
    }

    fn is_trusted(&self) -> bool {
        self.distrusted_until.is_none_or(|until| Instant::now() >= until)
    }

    /// What people should know.
    fn note(&self) -> Option<String> {
        (!self.is_trusted())
            .then(|| "the clock has jumped: nothing expires for ten minutes".to_owned())
    }
}
