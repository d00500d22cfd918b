//! The pool: at most N connections, kept while they are clean, handed out in turn.
//!
//! A session comes back only by [`Checkout::park`]: whatever else happens to a
//! checkout (an error, a timeout, a cancelled future), its connection is closed.
//! Nothing here needs a runtime to be built or dropped.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::runtime::{Handle, Id};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until, timeout};

use crate::adapter::error::{Fault, millis};
use crate::adapter::{Class, DeliveryError, Phase, Probe, Trace};

use super::helps;
use super::session::Session;
use super::settings::SmtpSettings;

/// How long a mail waits for its turn. Whoever holds a connection has deadlines of its own, so
/// this ends only a wait for someone who holds an offer open.
const TURN: Duration = Duration::from_secs(300);

#[derive(Debug)]
pub(super) struct Pool {
    permits: Arc<Semaphore>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    settings: Arc<SmtpSettings>,
    trace: Option<Trace>,
    parked: Vec<Parked>,
    /// Permits to be withdrawn as they come back, after the limit was lowered.
    debt: u32,
    /// Whether a task watches over idle connections.
    watched: bool,
    next_turn: Option<Instant>,
}

#[derive(Debug)]
struct Parked {
    session: Box<Session>,
    since: Instant,
    /// A socket works only in the runtime in which it was opened.
    runtime: Id,
}

/// A session in use, and the right to have one.
#[derive(Debug)]
pub(super) struct Checkout {
    pool: Arc<Pool>,
    permit: Permit,
    pub(super) session: Box<Session>,
    /// Whether it was idle before, so that the server may have closed it.
    pub(super) reused: bool,
}

impl Pool {
    pub(super) fn new(settings: SmtpSettings) -> Self {
        let permits = usize::try_from(settings.limits.connections).unwrap_or(1);
        Self {
            permits: Arc::new(Semaphore::new(permits)),
            state: Mutex::new(State {
                settings: Arc::new(settings),
                trace: None,
                parked: Vec::new(),
                debt: 0,
                watched: false,
                next_turn: None,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn settings(&self) -> Arc<SmtpSettings> {
        Arc::clone(&self.state().settings)
    }

    pub(super) fn trace(&self, trace: Trace) {
        self.state().trace = Some(trace);
    }

    /// Other settings from the next mail on; mail under way ends under the old ones.
    pub(super) fn replace(&self, settings: SmtpSettings) {
        let mut state = self.state();
        let (old, new) = (state.settings.limits.connections, settings.limits.connections);
        let repaid = state.debt.min(new.saturating_sub(old));
        state.debt -= repaid;
        self.permits.add_permits(to_usize(new.saturating_sub(old) - repaid));
        let fewer = old.saturating_sub(new);
        let gone = self.permits.forget_permits(to_usize(fewer));
        state.debt += fewer - u32::try_from(gone).unwrap_or(fewer);
        state.settings = Arc::new(settings);
        state.parked.clear();
    }

    /// A session that is ready for a mail, in the order of asking.
    pub(super) async fn checkout(self: &Arc<Self>) -> Result<Checkout, DeliveryError> {
        self.wait_turn().await;
        let permit = self.permit().await?;
        while let Some(parked) = self.unpark() {
            let idle = parked.since.elapsed();
            let mut session = parked.session;
            let ask = idle * 2 > session.settings.limits.idle;
            // Closed, or something unread such as a 421: not worth a word.
            if session.link.is_silent().await && (!ask || session.is_alive().await) {
                let pool = Arc::clone(self);
                return Ok(Checkout { pool, permit, session, reused: true });
            }
        }
        self.connect(permit).await
    }

    async fn connect(self: &Arc<Self>, permit: Permit) -> Result<Checkout, DeliveryError> {
        let (settings, trace) = {
            let state = self.state();
            (Arc::clone(&state.settings), state.trace.clone())
        };
        let session = Box::pin(Session::open(&settings, trace, &mut Probe::default())).await?;
        let (pool, session) = (Arc::clone(self), Box::new(session));
        Ok(Checkout { pool, permit, session, reused: false })
    }

    /// Opens a connection of its own, tells each step, and closes it.
    pub(super) async fn probe(self: &Arc<Self>, probe: &mut Probe) -> Result<(), DeliveryError> {
        let _permit = self.permit().await?;
        let (settings, trace) = {
            let state = self.state();
            (Arc::clone(&state.settings), state.trace.clone())
        };
        Box::pin(Session::open(&settings, trace, probe)).await?.quit().await;
        Ok(())
    }

    /// Waits for the right to have a connection.
    async fn permit(self: &Arc<Self>) -> Result<Permit, DeliveryError> {
        let waited = timeout(TURN, Arc::clone(&self.permits).acquire_owned()).await;
        match waited {
            Ok(Ok(permit)) => Ok(Permit { pool: Arc::clone(self), permit: Some(permit) }),
            Ok(Err(_)) | Err(_) => Err(DeliveryError::new(Phase::Connect, Class::Transient)
                .with_host(Arc::clone(&self.state().settings.label))
                .with_fault(Fault::Busy { millis: millis(TURN) })
                .with_help(helps::BUSY)),
        }
    }

    /// The session that was used last and may be used again; what may not is closed.
    fn unpark(&self) -> Option<Parked> {
        let here = Handle::current().id();
        let mut state = self.state();
        while let Some(parked) = state.parked.pop() {
            let limits = &parked.session.settings.limits;
            let fresh =
                parked.since.elapsed() < limits.idle && parked.session.born.elapsed() < limits.age;
            if fresh && parked.runtime == here {
                return Some(parked);
            }
        }
        None
    }

    /// Takes the next slot of the rate, and waits for it.
    async fn wait_turn(&self) {
        let turn = {
            let mut state = self.state();
            let Some(spacing) = state.settings.limits.spacing else { return };
            let turn = state.next_turn.map_or_else(Instant::now, |next| next.max(Instant::now()));
            state.next_turn = Some(turn + spacing);
            turn
        };
        sleep_until(turn).await;
    }

    /// Takes the next slot of the rate if that is now.
    pub(super) fn turn_is_now(&self) -> bool {
        let mut state = self.state();
        let Some(spacing) = state.settings.limits.spacing else { return true };
        let now = Instant::now();
        let free = state.next_turn.is_none_or(|next| next <= now);
        if free {
            state.next_turn = Some(now + spacing);
        }
        free
    }

    /// Says goodbye on every idle connection.
    pub(super) async fn close(&self) {
        let parked = std::mem::take(&mut self.state().parked);
        for parked in parked {
            if parked.runtime == Handle::current().id() {
                parked.session.quit().await;
            }
        }
    }

    fn release(&self, permit: OwnedSemaphorePermit) {
        let mut state = self.state();
        if state.debt > 0 {
            state.debt -= 1;
            permit.forget();
        }
    }

    /// Closes connections that were idle for too long, until none is left.
    async fn watch(mut unwatch: Unwatch) {
        while let Some(next) = unwatch.0.upgrade().and_then(|pool| pool.next_expiry()) {
            sleep_until(next).await;
            let Some(pool) = unwatch.0.upgrade() else { break };
            for parked in pool.expired() {
                // Whoever opens a connection meanwhile must not exceed the limit.
                if let Ok(_permit) = Arc::clone(&pool.permits).try_acquire_owned() {
                    parked.session.quit().await;
                }
            }
        }
        unwatch.0 = Weak::new();
    }

    /// When the next idle connection expires. `None` ends the watch, under the same lock.
    fn next_expiry(&self) -> Option<Instant> {
        let mut state = self.state();
        let next = state.parked.iter().map(Parked::expires).min();
        state.watched = next.is_some();
        next
    }

    fn expired(&self) -> Vec<Parked> {
        let (now, here) = (Instant::now(), Handle::current().id());
        let mut state = self.state();
        let (gone, kept) = std::mem::take(&mut state.parked)
            .into_iter()
            .partition(|parked| parked.expires() <= now);
        state.parked = kept;
        drop(state);
        let gone: Vec<Parked> = gone;
        gone.into_iter().filter(|parked| parked.runtime == here).collect()
    }
}

impl Parked {
    fn expires(&self) -> Instant {
        self.since + self.session.settings.limits.idle
    }
}

/// Marks the pool as unwatched if its task is ended with its runtime.
struct Unwatch(Weak<Pool>);

impl Drop for Unwatch {
    fn drop(&mut self) {
        if let Some(pool) = self.0.upgrade() {
            pool.state().watched = false;
        }
    }
}

/// The right to have a connection.
#[derive(Debug)]
struct Permit {
    pool: Arc<Pool>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take() {
            self.pool.release(permit);
        }
    }
}

impl Checkout {
    /// Gives the session back for the next mail. It must be between two mails and clean.
    pub(super) fn park(self) {
        let limits = self.session.settings.limits;
        let worn =
            self.session.messages >= limits.messages || self.session.born.elapsed() >= limits.age;
        if !self.session.link.is_quiet() {
            return;
        }
        let current = Arc::ptr_eq(&self.session.settings, &self.pool.state().settings);
        let Self { pool, permit, session, .. } = self;
        if worn || !current {
            // The goodbye keeps the permit: until then the connection counts.
            tokio::spawn(async move {
                session.quit().await;
                drop(permit);
            });
            return;
        }
        let parked = Parked { session, since: Instant::now(), runtime: Handle::current().id() };
        let mut state = pool.state();
        state.parked.push(parked);
        if !state.watched {
            state.watched = true;
            let unwatch = Unwatch(Arc::downgrade(&pool));
            tokio::spawn(Pool::watch(unwatch));
        }
    }

    /// Whether a further mail may follow on this session.
    pub(super) fn may_go_on(&self) -> bool {
        let limits = self.session.settings.limits;
        self.session.messages + 1 < limits.messages
            && self.session.born.elapsed() < limits.age
            && Arc::ptr_eq(&self.session.settings, &self.pool.state().settings)
    }

    /// The same right, with a new connection instead of the one that the server closed.
    pub(super) async fn renew(self) -> Result<Self, DeliveryError> {
        let Self { pool, permit, session, .. } = self;
        drop(session);
        pool.connect(permit).await
    }
}

fn to_usize(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::time::Instant;

    use super::{Pool, SmtpSettings, TURN};

    fn pool(keys: &str) -> Arc<Pool> {
        let settings = SmtpSettings::from_url(&format!("smtp://r.test?{keys}")).unwrap();
        Arc::new(Pool::new(settings))
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_that_never_comes_is_an_error_that_says_so() {
        let pool = pool("connections=1&timeout=1s");
        let held = pool.permit().await.unwrap();
        let begun = Instant::now();
        let error = pool.checkout().await.unwrap_err();
        assert_eq!(begun.elapsed(), TURN);
        assert_eq!(
            error.to_string(),
            "connect: no connection to r.test:25 became free within 300 s"
        );
        drop(held);
        assert!(pool.permit().await.is_ok());
    }

    #[tokio::test]
    async fn a_lower_limit_holds_as_soon_as_connections_come_back() {
        let pool = pool("connections=3");
        let settings = |count: u32| {
            SmtpSettings::from_url(&format!("smtp://r.test?connections={count}")).unwrap()
        };
        let held = [pool.permit().await.unwrap(), pool.permit().await.unwrap()];
        pool.replace(settings(1));
        assert_eq!(pool.permits.available_permits(), 0);
        drop(held);
        assert_eq!(pool.permits.available_permits(), 1);

        let held = pool.permit().await.unwrap();
        pool.replace(settings(4));
        assert_eq!(pool.permits.available_permits(), 3);
        drop(held);
        assert_eq!(pool.permits.available_permits(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_gives_each_mail_a_turn_of_its_own() {
        let pool = pool("rate=60/m");
        let begun = Instant::now();
        for second in 0..3 {
            pool.wait_turn().await;
            assert_eq!(begun.elapsed().as_secs(), second);
        }
        assert!(!pool.turn_is_now());
        tokio::time::advance(std::time::Duration::from_secs(1)).await;
        assert!(pool.turn_is_now());
        assert!(!pool.turn_is_now());
    }
}
