//! The readers: connections that read, kept for whoever reads next.
//!
//! One that is given back can be had again at once: pages and mailers read a few
//! times in a row, and a connection to PostgreSQL takes longer to open than all
//! of that.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout};

use super::QueueError;
use super::clock::Clock;
use super::database::{Dialect, Query, Session};
use super::open::{Options, Owned, PATIENCE};

/// How many connections read at the same time.
pub(super) const READERS: usize = 4;
/// After how long a connection to a server is asked whether it is still there.
const DOUBT: Duration = Duration::from_secs(1);
/// After how long a connection that nobody needs is closed.
const IDLE: Duration = Duration::from_secs(120);

/// The connections that read.
#[derive(Clone, Debug)]
pub(super) struct Readers(Arc<Inner>);

struct Inner {
    options: Options,
    free: Arc<Semaphore>,
    /// Connections that nobody uses, with the time since then; the last one is used next.
    idle: Mutex<Vec<(Instant, Owned)>>,
    /// Whether somebody will close those that are idle for too long.
    watched: AtomicBool,
}

impl Readers {
    pub(super) fn new(options: Options) -> Self {
        let free = Arc::new(Semaphore::new(READERS));
        let (idle, watched) = (Mutex::default(), AtomicBool::new(false));
        Self(Arc::new(Inner { options, free, idle, watched }))
    }

    /// Opens the first connection to a server while its store is being opened: each takes a while.
    pub(super) async fn begin(&self) {
        if self.0.options.is_postgres()
            && let Ok(owned) = self.0.options.connect_reader().await
        {
            self.give_back(owned);
        }
    }

    /// A connection that reads; waits for one if too many are in use.
    pub(super) async fn reader(
        &self,
        dialect: &Dialect,
        clock: &Clock,
    ) -> Result<Reader, QueueError> {
        let right = timeout(PATIENCE * 2, Arc::clone(&self.0.free).acquire_owned()).await;
        let right = right.map_err(|late| QueueError::Unreachable(late.into()))?;
        let right = right.map_err(|_closed| QueueError::Closed)?;
        let connection = self.connection(dialect).await?;
        Ok(Reader {
            connection: Some(connection),
            readers: Self(Arc::clone(&self.0)),
            dialect: dialect.clone(),
            now: clock.now(),
            doubtful: AtomicBool::new(false),
            _right: right,
        })
    }

    async fn connection(&self, dialect: &Dialect) -> Result<Owned, QueueError> {
        loop {
            let Some((since, mut owned)) = self.0.idle().pop() else {
                return self.0.options.connect_reader().await;
            };
            if !dialect.is_postgres() || since.elapsed() < DOUBT {
                return Ok(owned);
            }
            let mut session = Session::new(owned.connection(), dialect.clone(), 0);
            let asked = timeout(PATIENCE, session.row(Query::new("SELECT 1"))).await;
            if matches!(asked, Ok(Ok(_))) {
                return Ok(owned);
            }
        }
    }

    fn give_back(&self, owned: Owned) {
        self.0.idle().push((Instant::now(), owned));
        if self.0.watched.swap(true, Ordering::AcqRel) {
            return;
        }
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(close_idle(Arc::downgrade(&self.0)))),
            Err(_no_runtime) => self.0.watched.store(false, Ordering::Release),
        }
    }
}

impl Inner {
    fn idle(&self) -> MutexGuard<'_, Vec<(Instant, Owned)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers").field("options", &self.options).finish_non_exhaustive()
    }
}

/// Closes connections that were idle for too long, until there is none left.
async fn close_idle(readers: Weak<Inner>) {
    loop {
        sleep(IDLE / 4).await;
        let Some(inner) = readers.upgrade() else { return };
        let old: Vec<(Instant, Owned)> = {
            let mut idle = inner.idle();
            let old = idle.extract_if(.., |(since, _)| since.elapsed() >= IDLE).collect();
            if idle.is_empty() {
                inner.watched.store(false, Ordering::Release);
            }
            old
        };
        let done = !inner.watched.load(Ordering::Acquire);
        drop(inner);
        for (_, owned) in old {
            owned.close().await;
        }
        if done {
            return;
        }
    }
}

/// A connection that reads, for a while, and what its statements need.
pub(super) struct Reader {
    connection: Option<Owned>,
    readers: Readers,
    dialect: Dialect,
    now: i64,
    /// Whether a statement was begun that has not ended well.
    doubtful: AtomicBool,
    _right: OwnedSemaphorePermit,
}

impl Reader {
    pub(super) fn session(&mut self) -> Result<Session<'_>, QueueError> {
        let connection = self.connection.as_mut().ok_or(QueueError::Closed)?;
        let session = Session::new(connection.connection(), self.dialect.clone(), self.now);
        Ok(session.limited(&self.doubtful))
    }
}

impl Drop for Reader {
    /// A connection that has not answered is of no more use.
    fn drop(&mut self) {
        if let Some(owned) = self.connection.take()
            && !self.doubtful.load(Ordering::Acquire)
        {
            self.readers.give_back(owned);
        }
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::Poll;

    use super::*;
    use crate::queue::database::Kind;

    #[tokio::test]
    async fn a_reader_is_used_again_unless_it_has_not_answered() {
        let folder = tempfile::tempdir().unwrap();
        let file = format!("sqlite:{}", folder.path().join("mail.db").display());
        let options = Options::of(&file.parse().unwrap()).unwrap();
        let readers = Readers::new(options);
        let (dialect, clock) = (Dialect::new(Kind::Sqlite, ""), Clock::default());
        let answer = Query::new("SELECT 1");
        for _ in 0..2 {
            let mut reader = readers.reader(&dialect, &clock).await.unwrap();
            assert!(reader.session().unwrap().row(answer.clone()).await.unwrap().is_some());
            drop(reader);
            assert_eq!(readers.0.idle().len(), 1);
        }
        // A wrong statement is an answer, too.
        let mut reader = readers.reader(&dialect, &clock).await.unwrap();
        assert!(reader.session().unwrap().row(Query::new("SELECT nothing")).await.is_err());
        drop(reader);
        assert_eq!(readers.0.idle().len(), 1);
        let mut reader = readers.reader(&dialect, &clock).await.unwrap();
        {
            let mut session = reader.session().unwrap();
            let mut asking = pin!(session.row(answer));
            let pending =
                poll_fn(|context| Poll::Ready(asking.as_mut().poll(context).is_pending()));
            assert!(pending.await);
        }
        drop(reader);
        assert_eq!(readers.0.idle().len(), 0);
    }

    #[tokio::test]
    async fn so_many_read_at_the_same_time() {
        let folder = tempfile::tempdir().unwrap();
        let file = format!("sqlite:{}", folder.path().join("mail.db").display());
        let readers = Readers::new(Options::of(&file.parse().unwrap()).unwrap());
        let (dialect, clock) = (Dialect::new(Kind::Sqlite, ""), Clock::default());
        let mut all = Vec::new();
        for _ in 0..READERS {
            all.push(readers.reader(&dialect, &clock).await.unwrap());
        }
        let one_more = timeout(Duration::from_millis(20), readers.reader(&dialect, &clock)).await;
        assert!(one_more.is_err());
        all.pop();
        readers.reader(&dialect, &clock).await.unwrap();
    }
}
