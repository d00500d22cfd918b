//! The run of a mailer: what it does when, and how it ends.

use std::collections::HashMap;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use uuid::Uuid;

use super::breaker::{Trip, Watch};
use super::clock::ClockWatch;
use super::feed::Feed;
use super::judge::micros;
use super::metrics::{Count, Metrics};
use super::way::Way;
use super::work::{Ended, Task, work};
use super::{Event, MailerSettings, Watcher, Ways};
use crate::adapter::Adapter;
use crate::queue::{Agenda, Breaker, Intake, MailerLock, QueueError, Store};

/// How often a mailer tells that it lives, and looks for others that do not, on PostgreSQL.
const BEAT: Duration = Duration::from_secs(5);
/// How long a probe has the right to be the only one.
const PROBE: Duration = Duration::from_secs(90);
/// How long a mail that took mailers down waits until the others are out of the way, how long they
/// are then waited for, and how long they wait for it.
const PATIENCE: Duration = Duration::from_secs(30);
/// When it tries again to be alone.
const LATER: Duration = Duration::from_secs(300);
/// How long we wait for a store that does not answer, and before we look again at due mail that
/// somebody else has locked.
const BREATH: Duration = Duration::from_secs(1);
/// How often time is looked at.
const SWEEP: Duration = Duration::from_secs(60);
/// How often old contents are wiped and old entries forgotten.
const RETAIN: Duration = Duration::from_secs(600);
/// How long the last words may take.
const GOODBYE: Duration = Duration::from_secs(10);

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
        let _watching = watch(&self.store, &wake);
        let mut run = loop {
            match Run::begin(&self).await {
                Ok(run) => break run,
                Err(error) => tracing::error!(%error, "the mailer waits for its store"),
            }
            tokio::select! {
                () = sleep(BREATH) => {}
                () = &mut shutdown => return,
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
            let pass = match run.try_pass().await {
                Ok(pass) => pass,
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            };
            if (run.workers.is_empty() && !pass.more_calls) || run.failed.is_some() {
                break;
            }
            tokio::select! {
                () = &mut shutdown => break,
                () = sleep_until(pass.next) => {}
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

/// Wakes a mailer when others commit something, for as long as what this gives is there.
fn watch(store: &Store, wake: &Arc<Notify>) -> JoinSet<()> {
    let (mut changes, wake) = (store.changes(), Arc::clone(wake));
    let mut watching = JoinSet::new();
    watching.spawn(async move {
        loop {
            changes.next().await;
            wake.notify_one();
        }
    });
    watching
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
    /// Routes on which entries may be in our hands of which we know nothing, and whether something
    /// broke there.
    untidy: HashMap<String, bool>,
    /// Routes whose due mail could not be had, and until when nobody asks again.
    resting: HashMap<String, Instant>,
    /// When each thing is due.
    beat_at: Instant,
    sweep_at: Instant,
    retain_at: Instant,
    suspect: Suspect,
    clock: ClockWatch,
    /// What people were told.
    told: Option<&'static str>,
    failed: Option<QueueError>,
    /// Until when nothing is begun, because the store has just failed.
    rest_until: Instant,
}

/// What is done about mail that took mailers down.
#[derive(Debug, Default)]
struct Suspect {
    /// Since when such a mail waits for the others to get out of the way.
    waits_since: Option<Instant>,
    /// Before which time it does not try that again.
    not_before: Option<Instant>,
    /// On which route one is alone, and since when.
    alone: Option<(String, Instant)>,
}

/// What came of a look at all that may be due.
struct Pass {
    /// When to look again.
    next: Instant,
    /// Whether calls of other programs may be left.
    more_calls: bool,
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
            untidy: HashMap::new(),
            resting: HashMap::new(),
            rest_until: now,
            beat_at: now,
            sweep_at: now,
            retain_at: now,
            suspect: Suspect::default(),
            clock: ClockWatch::default(),
            told: None,
            failed: None,
        })
    }

    /// Looks at all that may be due; gives when to look again.
    async fn pass(&mut self) -> Instant {
        if Instant::now() < self.rest_until {
            return self.rest_until;
        }
        match self.try_pass().await {
            Ok(pass) => pass.next,
            Err(error) => {
                tracing::error!(%error, "the mailer cannot read its store");
                Instant::now() + BREATH
            }
        }
    }

    /// Each look is short, however much there is to do: a mailer that is not heard of is taken for
    /// dead.
    async fn try_pass(&mut self) -> Result<Pass, QueueError> {
        let more = self.maintain().await;
        let more_calls = self.take_calls().await;
        self.tidy().await;
        let agenda = self.mailer.store.agenda().await?;
        let alone = self.suspects(&agenda).await?;
        let now = Instant::now();
        let mut next = self.beat_at.min(self.sweep_at).min(self.retain_at);
        next = next.min(now + self.mailer.settings.every);
        for one in &agenda {
            if let Some(soon) = self.consider(one, alone).await? {
                next = next.min(soon);
            }
        }
        Ok(Pass { next: if more || more_calls { now } else { next }, more_calls })
    }

    /// Turns some calls of other programs into mails; gives whether there may be more.
    async fn take_calls(&self) -> bool {
        let Some(intake) = &self.mailer.intake else { return false };
        match self.mailer.store.take_calls(Arc::clone(intake)).await {
            Ok(taken) => {
                self.mailer.metrics.count(Count::Call, taken);
                taken > 0
            }
            Err(error) => {
                tracing::error!(%error, "calls of other programs wait");
                false
            }
        }
    }

    /// What time alone brings, a step of each; gives whether there is more to do. None of it keeps
    /// mail from being sent.
    async fn maintain(&mut self) -> bool {
        let now = Instant::now();
        let mut more = false;
        if now >= self.sweep_at || now >= self.beat_at {
            let looked = self.look().await;
            let trusted = self.done(looked, "look at its clock").flatten();
            if self.clock.note(now) != self.told {
                self.beat_at = now;
            }
            if now >= self.sweep_at {
                self.sweep_at = now + self.mailer.settings.every.min(SWEEP);
                let swept = self.sweep(trusted).await;
                if self.done(swept, "look for what time brings").unwrap_or(false) {
                    (self.sweep_at, more) = (now, true);
                }
            }
        }
        if now >= self.beat_at {
            // On SQLite the lock tells that we live: nothing is written while nothing happens.
            let every = if self.mailer.store.sqlite_file().is_some() { SWEEP } else { BEAT };
            self.beat_at = now + every;
            let beaten = self.beat().await;
            if self.done(beaten, "tell that it lives").is_none() {
                self.beat_at = now + BREATH;
            }
        }
        if now >= self.retain_at {
            self.retain_at = now + RETAIN;
            let settings = &self.mailer.settings;
            let (wipe, purge) = (micros(settings.wipe_after), micros(settings.purge_after));
            let retained = self.mailer.store.retain(wipe, purge).await;
            if self.done(retained, "forget what is old").is_some_and(|done| done != (0, 0, 0)) {
                (self.retain_at, more) = (now, true);
            }
        }
        more
    }

    /// What came of upkeep; a failure is told, and mended by the next round.
    fn done<T>(&self, outcome: Result<T, QueueError>, what: &str) -> Option<T> {
        match outcome {
            Ok(done) => Some(done),
            Err(error) => {
                tracing::warn!(%error, mailer = %self.id, "the mailer cannot {what}");
                None
            }
        }
    }

    /// Looks at the clock; gives what it says, if that can be trusted.
    async fn look(&mut self) -> Result<Option<Timestamp>, QueueError> {
        let wall = self.mailer.store.time().await?;
        Ok(self.clock.look(wall, Instant::now()).then_some(wall))
    }

    /// One step of what time alone does to entries; gives whether there is more.
    async fn sweep(&self, trusted: Option<Timestamp>) -> Result<bool, QueueError> {
        let resolved = self.mailer.store.resolve_doubts().await?;
        let expired = match trusted {
            Some(time) => self.expire(time).await?,
            None => 0,
        };
        Ok(resolved + expired > 0)
    }

    /// Tells that we live, and takes over from those who do not.
    async fn beat(&mut self) -> Result<(), QueueError> {
        let store = &self.mailer.store;
        let note = self.clock.note(Instant::now());
        let silent = store.sqlite_file().is_some();
        if silent && note == self.told {
            return Ok(());
        }
        let known = store.beat(self.id, note.map(str::to_owned)).await?;
        self.told = note;
        if silent {
            return Ok(());
        }
        if !known {
            // We were taken for dead: what we hold is lost, and all writes of ours fail.
            self.stop();
            self.id = store.register(&host_name(), std::process::id()).await?;
        }
        self.mailer.metrics.count(Count::Recovered, store.recover().await?);
        Ok(())
    }

    /// Lets go what may be in our hands without our knowledge: claims whose answer was lost, mails on
    /// which a lane broke off.
    async fn tidy(&mut self) {
        let idle = |route: &&String| !self.active.contains_key(*route);
        let routes: Vec<String> = self.untidy.keys().filter(idle).cloned().collect();
        for route in routes {
            let broke = self.untidy.get(&route).copied().unwrap_or_default();
            let given = self.mailer.store.relinquish(self.id, Some(&route), broke).await;
            if self.done(given, "let go what it lost hold of").is_some() {
                self.untidy.remove(&route);
            }
        }
    }

    /// Offers mails that took mailers down: alone, once nothing else goes on. Gives whether others
    /// must wait for that.
    async fn suspects(&mut self, agenda: &[Agenda]) -> Result<bool, QueueError> {
        let now = Instant::now();
        if let Some((route, since)) = &self.suspect.alone {
            if self.active.contains_key(route) && now < *since + PATIENCE {
                return Ok(true);
            }
            if self.active.contains_key(route) {
                // It takes long, and has broken nothing so far: whatever breaks now may be another's.
                self.mailer.store.accompany(self.id).await?;
            }
            self.suspect.alone = None;
        }
        let Some(one) = agenda.iter().find(|one| one.suspect && one.open) else {
            self.suspect.waits_since = None;
            return Ok(false);
        };
        if self.workers.is_empty() {
            (self.suspect.waits_since, self.suspect.not_before) = (None, None);
            self.untidy.insert(one.route.clone(), false);
            let claims = self.mailer.store.claim_suspect(self.id, &one.route).await?;
            self.untidy.remove(&one.route);
            if claims.is_empty() {
                return Ok(false);
            }
            self.start(&one.route, Task::Claimed(claims));
            self.suspect.alone = Some((one.route.clone(), now));
            return Ok(true);
        }
        if self.suspect.not_before.is_some_and(|time| now < time) {
            return Ok(false);
        }
        let waits = now.duration_since(*self.suspect.waits_since.get_or_insert(now));
        if waits < PATIENCE {
            return Ok(false);
        }
        if waits > PATIENCE * 2 {
            // Some mail takes its time: the others do not wait for both.
            self.suspect.waits_since = None;
            self.suspect.not_before = Some(now + LATER);
            return Ok(false);
        }
        self.stop();
        Ok(true)
    }

    /// Begins to work on a route if there is something to do; gives when to look again.
    async fn consider(&mut self, one: &Agenda, alone: bool) -> Result<Option<Instant>, QueueError> {
        let now = Instant::now();
        let in_micros = |wait: i64| {
            let wait = Duration::from_micros(u64::try_from(wait.max(0)).unwrap_or(0));
            // A little later than due, so that it is due when we look.
            now + wait + Duration::from_millis(1)
        };
        if alone {
            return Ok(Some(now + BREATH));
        }
        if let Some(until) = self.resting.get(&one.route).filter(|until| now < **until) {
            return Ok(Some(*until));
        }
        self.resting.remove(&one.route);
        let due = one.due_in.is_some_and(|due| due <= 0);
        if let Some(way) = self.active.get(&one.route) {
            if due && way.feed.is_dry() {
                way.more.notify_one();
            }
            return Ok(one.due_in.filter(|due| *due > 0).map(in_micros));
        }
        if one.open {
            if due {
                self.start(&one.route, Task::Drain);
            }
            return Ok(if due { None } else { one.due_in.map(in_micros) });
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

    /// Ends mail that was not delivered in its time, and tells whoever watches. The clock may jump
    /// after the look at it.
    async fn expire(&self, time: Timestamp) -> Result<u64, QueueError> {
        let expired = self.mailer.store.expire_until(time).await?;
        for id in &expired {
            tracing::info!(entry = %id, "expired");
            if let Some(watcher) = &self.mailer.watcher {
                watcher(Event::Expired(*id));
            }
        }
        Ok(expired.len() as u64)
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
            more: Notify::new(),
        });
        self.used.insert(route.to_owned(), Arc::clone(&way.adapter));
        self.active.insert(route.to_owned(), Arc::clone(&way));
        let lanes = if matches!(task, Task::Drain) { lanes } else { 1 };
        self.workers.spawn(work(way, route.to_owned(), task, lanes));
    }

    fn ended(&mut self, ended: Result<Ended, tokio::task::JoinError>) {
        let ended = match ended {
            Ok(ended) => ended,
            Err(error) => {
                // Code of ours has panicked; nobody says on which route, but nobody works there now.
                tracing::error!(%error, "the work on a route has broken off");
                let lost = self.active.extract_if(|_, way| Arc::strong_count(way) == 1);
                self.untidy.extend(lost.map(|(route, _)| (route, true)));
                return;
            }
        };
        self.active.remove(&ended.route);
        if ended.broke || ended.outcome.is_err() {
            let broke = self.untidy.entry(ended.route.clone()).or_default();
            *broke |= ended.broke;
        }
        match ended.outcome {
            Err(error) => {
                tracing::error!(%error, route = ended.route, "the work on a route has ended");
                self.failed = Some(error);
                self.rest_until = Instant::now() + BREATH;
            }
            // What is due and cannot be had is locked by somebody else, or has expired.
            Ok(()) if ended.claimed == 0 || ended.broke => {
                let now = Instant::now();
                self.sweep_at = now;
                self.resting.insert(ended.route, now + BREATH);
            }
            Ok(()) => {}
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
        let goodbye = timeout(GOODBYE, async {
            for adapter in self.used.values() {
                adapter.close().await;
            }
        });
        let closed = goodbye.await.is_ok();
        let store = &self.mailer.store;
        let ended = timeout(GOODBYE, async {
            store.relinquish(self.id, None, false).await?;
            store.unregister(self.id).await
        });
        let heard = ended.await.is_ok_and(|ended| ended.is_ok());
        if !closed || !heard {
            tracing::warn!(closed, heard, "the mailer ends without all of its goodbyes");
        }
    }
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
