//! The store: a queue in a database, and the one way in.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use super::bell::Bell;
use super::clock::Clock;
use super::database::{Dialect, Query, Session};
use super::entry::{EntryId, NewEntry};
use super::insert::{self, Own};
use super::lease::{self, Claim, Lease, Settlement, Ticket};
use super::loader::{Loaded, Loader};
use super::location::{Location, Place};
use super::open::{Options, Owned, PATIENCE};
use super::readers::{Reader, Readers};
use super::route::{self, Agenda, Breaker, Route};
use super::schema::{self, Identity};
use super::writer::{Asked, Grouped, Passed, Reply, Request, Work, Writer, begin};
use super::{QueueError, recovery, sweep};

/// How long the writer may take to answer. It gives up sooner by itself, unless a disk never answers.
const ANSWER: Duration = Duration::from_secs(60);

/// A queue of mails in a database. Clones are handles of the same store.
///
/// It is opened inside of a Tokio runtime and works only in that one.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "sqlite")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use mailmethod::queue::Store;
///
/// # let folder = tempfile::tempdir()?;
/// # let file = folder.path().join("mailmethod.db");
/// let store = Store::open(&format!("sqlite:{}", file.display()).parse()?).await?;
/// assert!(store.routes().await?.is_empty());
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "sqlite"))]
/// # fn main() {}
/// ```
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    location: Location,
    dialect: Dialect,
    identity: Identity,
    clock: Clock,
    options: Options,
    readers: Readers,
    loader: Loader,
    writer: mpsc::Sender<Asked>,
    bell: Bell,
}

impl Store {
    /// Opens a store, and makes it if it is not there.
    ///
    /// An SQLite file is made with mode 0600, and brought to the newest schema. PostgreSQL gets
    /// its schema if there is none; an older one is left to [`migrate`](Self::migrate).
    ///
    /// # Errors
    ///
    /// [`QueueError::Location`] if the place is wrong, [`QueueError::Unreachable`] if nobody is
    /// there, [`QueueError::Newer`] and [`QueueError::Older`] for a schema that this program does
    /// not know, [`QueueError::Damaged`] for a file that is no database.
    pub async fn open(location: &Location) -> Result<Self, QueueError> {
        let options = Options::of(location)?;
        Self::start(location.clone(), options).await
    }

    /// Opens a store and brings its tables to the newest version; gives the version that was there
    /// (0 if there was none) and the one that is there now.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), but for [`QueueError::Older`].
    pub async fn migrate(location: &Location) -> Result<(i64, i64), QueueError> {
        let options = Options::of(location)?;
        let mut owned = options.connect().await?;
        let dialect = options.dialect(location, &mut owned).await?;
        let found = migrated(&mut owned, &dialect, true).await?;
        Ok((found, schema::NEWEST))
    }

    /// The store that lies in an application's own SQLite file, in tables that begin with
    /// `mailmethod_`. The pool tells where the file is; connections of our own are opened to it.
    ///
    /// The file is put into WAL mode.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open); [`QueueError::Location`] for a database in memory.
    #[cfg(feature = "sqlite")]
    pub async fn in_sqlite(pool: &sqlx::SqlitePool) -> Result<Self, QueueError> {
        let options = pool.connect_options();
        let file = options.get_filename().to_owned();
        let memory = file.as_os_str().is_empty() || file.to_string_lossy().contains("memory");
        let location = Location::file(file, Some(super::location::SHARED_PREFIX.to_owned()));
        if memory {
            return Err(QueueError::Location {
                location: location.to_string(),
                problem: "is in memory, where only one connection sees it: use a file".to_owned(),
            });
        }
        let options = Options::sqlite((*options).clone());
        Self::start(location, options).await
    }

    /// The store in the schema `mailmethod` of an application's PostgreSQL database. The pool tells
    /// where it is; connections of our own are opened to it.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    #[cfg(feature = "postgres")]
    pub async fn in_postgres(pool: &sqlx::PgPool) -> Result<Self, QueueError> {
        let options = pool.connect_options();
        let shown = format!(
            "postgres://{}@{}/{}",
            options.get_username(),
            options.get_host(),
            options.get_database().unwrap_or_default()
        );
        let location: Location = shown.parse()?;
        Self::start(location, Options::postgres((*options).clone())).await
    }

    async fn start(location: Location, options: Options) -> Result<Self, QueueError> {
        let readers = Readers::new(options.clone());
        let (owned, ()) = tokio::join!(Box::pin(options.connect()), Box::pin(readers.begin()));
        let mut owned = owned?;
        let dialect = options.dialect(&location, &mut owned).await?;
        let upgrade = !dialect.is_postgres();
        migrated(&mut owned, &dialect, upgrade).await?;
        let clock = Clock::default();
        let mut session = Session::new(owned.connection(), dialect.clone(), clock.now());
        let identity = schema::identity(&mut session).await?;
        drop(session);
        let bell = Bell::default();
        let writer = Writer::new(options.clone(), dialect.clone(), identity.clone(), clock.clone());
        let writer = writer.start(owned)?;
        let loader = Loader::default();
        let inner =
            Inner { location, dialect, identity, clock, options, readers, loader, writer, bell };
        Ok(Self(Arc::new(inner)))
    }

    /// Moves the time of the store, for tests: whatever is due within is due now.
    ///
    /// On PostgreSQL this replaces the function `clock()` of the schema, for everybody.
    ///
    /// # Errors
    ///
    /// As the database fails.
    #[cfg(feature = "testing")]
    pub async fn advance(&self, by: Duration) -> Result<(), QueueError> {
        let ahead = self.0.clock.advance(i64::try_from(by.as_micros()).unwrap_or(i64::MAX));
        if !self.0.dialect.is_postgres() {
            return Ok(());
        }
        let clock = format!(
            "CREATE OR REPLACE FUNCTION {{clock}}() RETURNS bigint LANGUAGE sql STABLE AS \
             $$ SELECT (extract(epoch FROM now()) * 1000000)::bigint + {ahead} $$"
        );
        self.write(move |session| Box::pin(async move { session.script(&clock).await })).await
    }

    /// Lets an SQLite file grow to so many pages and no further, for tests: then it is full.
    ///
    /// # Errors
    ///
    /// As the database fails.
    #[cfg(feature = "testing")]
    pub async fn limit_pages(&self, pages: u32) -> Result<(), QueueError> {
        let limit = format!("PRAGMA max_page_count = {pages}");
        self.write(move |session| Box::pin(async move { session.script(&limit).await })).await
    }

    /// Where it is, without a password.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.0.location
    }

    /// The SQLite file, if it is one.
    #[must_use]
    pub fn sqlite_file(&self) -> Option<&std::path::Path> {
        match &self.0.location.place {
            Place::Sqlite { file, .. } => Some(file),
            Place::Postgres { .. } => None,
        }
    }

    /// Wakes the mailer of this process: mail was committed that it cannot have noticed.
    pub fn ring(&self) {
        self.0.bell.ring();
    }

    /// Waits until the bell rings; a ring that came before counts.
    pub async fn rung(&self) {
        self.0.bell.rung().await;
    }

    pub(super) fn options(&self) -> &Options {
        &self.0.options
    }

    pub(super) fn dialect(&self) -> &Dialect {
        &self.0.dialect
    }

    pub(super) fn identity(&self) -> &Identity {
        &self.0.identity
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// A connection that reads, and what its statements need.
    pub(super) async fn reader(&self) -> Result<Reader, QueueError> {
        self.0.readers.reader(&self.0.dialect, &self.0.clock).await
    }

    /// Does work in a transaction of its own, once it is the writer's turn.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, QueueError>
    where
        T: Send + 'static,
        F: for<'a, 'c> FnOnce(
                &'a mut Session<'c>,
            )
                -> Pin<Box<dyn Future<Output = Result<T, QueueError>> + Send + 'a>>
            + Send
            + 'static,
    {
        let result = Arc::new(Mutex::new(None));
        let slot = Arc::clone(&result);
        let work: Work = Box::new(move |session| {
            let doing = work(session);
            Box::pin(async move {
                let done = doing.await?;
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
                Ok(())
            })
        });
        self.ask(|reply| Request::Alone { work, reply }).await?;
        let mut result = result.lock().unwrap_or_else(PoisonError::into_inner);
        result.take().ok_or(QueueError::Closed)
    }

    async fn ask<T>(&self, request: impl FnOnce(Reply<T>) -> Request) -> Result<T, QueueError> {
        let (reply, answer) = oneshot::channel();
        let since = Instant::now();
        let asked = self.0.writer.send(Asked { since, request: request(reply) }).await;
        if asked.is_err() {
            return Err(QueueError::Closed);
        }
        match timeout(ANSWER, answer).await {
            Ok(answer) => answer.unwrap_or(Err(QueueError::Closed)),
            Err(late) => Err(QueueError::Unreachable(late.into())),
        }
    }

    /// Queues mails, all or none, in one commit; gives their ids, in order.
    ///
    /// A mail whose key and content are in the queue already is not queued again: its id is that of
    /// the first.
    ///
    /// # Errors
    ///
    /// [`QueueError::KeyConflict`] if a key belongs to another content; [`QueueError::Locked`] if
    /// another connection did not end its transaction; otherwise as the database fails.
    ///
    /// # Cancel safety
    ///
    /// A cancelled call may or may not have queued the mails.
    pub async fn insert(&self, entries: Vec<NewEntry>) -> Result<Vec<EntryId>, QueueError> {
        let own = insert::own(&entries);
        self.insert_packed(entries, own).await
    }

    /// The same, if what each of them stores of its own is known already.
    pub(crate) async fn insert_packed(
        &self,
        entries: Vec<NewEntry>,
        own: Vec<Own>,
    ) -> Result<Vec<EntryId>, QueueError> {
        let wake = entries.iter().any(|entry| entry.wake);
        let insert = |reply| Grouped::Insert { entries, own, reply };
        let ids = self.ask(|reply| Request::Grouped(insert(reply))).await?;
        if wake {
            self.0.bell.ring();
        }
        Ok(ids)
    }

    /// Writes a mailer's outcomes and lets its next entries pass the gate, in one commit.
    ///
    /// # Errors
    ///
    /// As the database fails; then no entry has passed for all that the mailer knows.
    pub async fn round(
        &self,
        mailer: Uuid,
        settle: Vec<Settlement>,
        gate: Vec<Ticket>,
    ) -> Result<Passed, QueueError> {
        self.kept_round(mailer, settle.into(), gate).await
    }

    /// The same for outcomes that the mailer keeps until they are written.
    pub(crate) async fn kept_round(
        &self,
        mailer: Uuid,
        settle: Arc<[Settlement]>,
        gate: Vec<Ticket>,
    ) -> Result<Passed, QueueError> {
        if settle.is_empty() && gate.is_empty() {
            return Ok(Passed::default());
        }
        let round = |reply| Grouped::Round { mailer, settle, gate, reply };
        self.ask(|reply| Request::Grouped(round(reply))).await
    }

    /// Claims up to `limit` due entries of a route, the most urgent first.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn claim(
        &self,
        mailer: Uuid,
        route: &str,
        limit: usize,
    ) -> Result<Vec<Claim>, QueueError> {
        let route = route.to_owned();
        let claim = |reply| Grouped::Claim { mailer, route, limit, reply };
        self.ask(|reply| Request::Grouped(claim(reply))).await
    }

    /// Claims one entry that was in a mailer's hands at two crashes, to be offered alone.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn claim_suspect(&self, mailer: Uuid, route: &str) -> Result<Vec<Claim>, QueueError> {
        let route = route.to_owned();
        self.write(move |session| {
            Box::pin(async move { lease::claim_suspect(session, mailer, &route).await })
        })
        .await
    }

    /// Reads what claimed entries send.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn load(&self, claims: Vec<Claim>) -> Result<Vec<Lease>, QueueError> {
        let Inner { options, dialect, clock, loader, .. } = &*self.0;
        match loader.load(options, dialect, clock, claims).await {
            Loaded::Done(loaded) => loaded,
            Loaded::NotSo(claims) => {
                let mut reader = self.reader().await?;
                lease::load(&mut reader.session()?, claims).await
            }
        }
    }

    /// What waits for each route.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn agenda(&self) -> Result<Vec<Agenda>, QueueError> {
        let mut reader = self.reader().await?;
        route::agenda(&mut reader.session()?).await
    }

    /// The routes that there is something to say about.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn routes(&self) -> Result<Vec<Route>, QueueError> {
        let mut reader = self.reader().await?;
        route::routes(&mut reader.session()?).await
    }

    /// Notes that a route does not work, and why; nobody tries it for `probe_in` microseconds.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn trip(
        &self,
        name: &str,
        breaker: Breaker,
        probe_in: i64,
        error: &str,
    ) -> Result<(), QueueError> {
        let (name, error) = (name.to_owned(), error.to_owned());
        self.write(move |session| {
            Box::pin(async move { route::trip(session, &name, breaker, probe_in, &error).await })
        })
        .await
    }

    /// Notes that a route works again.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn close_breaker(&self, name: &str) -> Result<(), QueueError> {
        let name = name.to_owned();
        self.write(move |session| Box::pin(async move { route::close(session, &name).await })).await
    }

    /// Takes the right to probe a route, for `patience` microseconds; gives how often it has failed
    /// and how it is, or `None` if it is not our turn.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn take_probe(
        &self,
        name: &str,
        patience: i64,
    ) -> Result<Option<(u64, Breaker)>, QueueError> {
        let name = name.to_owned();
        self.write(move |session| {
            Box::pin(async move { route::take_probe(session, &name, patience).await })
        })
        .await
    }

    /// Lets every route that does not work be probed at once.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn probe_now(&self) -> Result<(), QueueError> {
        self.write(|session| Box::pin(route::probe_now(session))).await
    }

    /// What time it is for the store.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn time(&self) -> Result<Timestamp, QueueError> {
        let micros = if self.0.dialect.is_postgres() {
            let mut reader = self.reader().await?;
            let row = reader.session()?.row(Query::new("SELECT {now}")).await?;
            row.map_or(Err(QueueError::Closed), |row| row.read().int())?
        } else {
            // SQLite is told the time.
            self.0.clock.now()
        };
        Ok(Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX))
    }

    /// Takes entries out of the hands of mailers that are dead; gives how many.
    ///
    /// On SQLite all mailers but the one that asks are, for it holds the file's lock. On
    /// PostgreSQL those are that have not told for 30 s that they live.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn recover(&self) -> Result<usize, QueueError> {
        self.write(|session| Box::pin(async move { Ok(recovery::recover(session).await?.len()) }))
            .await
    }

    /// Takes entries out of the hands of a mailer that lives and knows nothing of them: all, or those
    /// of one route; gives how many. Those that have not passed the gate wait as they were; if
    /// something `broke` while it had them, that counts as a crash.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn relinquish(
        &self,
        mailer: Uuid,
        route: Option<&str>,
        broke: bool,
    ) -> Result<usize, QueueError> {
        let route = route.map(str::to_owned);
        self.write(move |session| {
            Box::pin(async move {
                let given = recovery::relinquish(session, mailer, route.as_deref(), broke).await?;
                Ok(given.len())
            })
        })
        .await
    }

    /// Lets a mail that was offered alone be one of many: whatever breaks now may be another's.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn accompany(&self, mailer: Uuid) -> Result<(), QueueError> {
        self.write(move |session| Box::pin(async move { lease::accompany(session, mailer).await }))
            .await
    }

    /// Sends uncertain entries once more, or counts them as sent, as their policy says; gives how
    /// many.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn resolve_doubts(&self) -> Result<u64, QueueError> {
        self.write(|session| Box::pin(recovery::resolve_doubts(session))).await
    }

    /// Ends entries that were not delivered in their time; gives them, 1,000 at most.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn expire(&self) -> Result<Vec<EntryId>, QueueError> {
        self.expire_until(Timestamp::MAX).await
    }

    /// Ends entries whose time was over at `time`, and is over now; gives them, 1,000 at most.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn expire_until(&self, time: Timestamp) -> Result<Vec<EntryId>, QueueError> {
        let until = time.as_microsecond();
        let expired = self.write(move |session| Box::pin(sweep::expire(session, until))).await?;
        Ok(expired.into_iter().map(EntryId).collect())
    }

    /// Wipes contents that have been done with for `wipe` microseconds, forgets entries that have
    /// been for `purge`, and shared parts that nobody uses; gives how many, of each 1,000 at most.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn retain(&self, wipe: i64, purge: i64) -> Result<(u64, u64, u64), QueueError> {
        self.write(move |session| {
            Box::pin(async move {
                let wiped = sweep::wipe_old(session, wipe).await?;
                let purged = sweep::purge(session, purge).await?;
                Ok((wiped, purged, sweep::collect_blobs(session).await?))
            })
        })
        .await
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&self.0.location).finish()
    }
}

/// Brings the tables up to date if they may be; gives the version that was there.
async fn migrated(owned: &mut Owned, dialect: &Dialect, upgrade: bool) -> Result<i64, QueueError> {
    let now = Clock::default().now();
    let mut session = Session::new(owned.connection(), dialect.clone(), now);
    let found = schema::version(&mut session).await?;
    if found == 0 || (upgrade && found < schema::NEWEST) {
        let begun = begin(&mut session, Instant::now() + PATIENCE).await;
        begun.map_err(|error| match error {
            QueueError::Locked if found == 0 => QueueError::NoTables,
            error => error,
        })?;
        match schema::migrate(&mut session).await {
            Ok(found) => {
                session.run(Query::new("COMMIT")).await?;
                return Ok(found);
            }
            Err(error) => {
                drop(session.run(Query::new("ROLLBACK")).await);
                return Err(error);
            }
        }
    }
    schema::check(found)?;
    Ok(found)
}
