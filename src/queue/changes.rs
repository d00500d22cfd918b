//! Changes: how a mailer notices what others have committed.
//!
//! SQLite is asked four times a second whether its file has changed, which costs
//! it a look at one number. PostgreSQL tells by itself; a lost connection counts
//! as a change, since what was told meanwhile is lost, and one that says nothing
//! for a minute is asked whether it is still there.

use std::time::Duration;

#[cfg(feature = "postgres")]
use tokio::time::{Instant, timeout_at};

#[cfg(feature = "sqlite")]
use super::QueueError;
use super::Store;
#[cfg(feature = "sqlite")]
use super::database::Query;
use super::open::Options;
#[cfg(feature = "postgres")]
use super::open::PATIENCE;
#[cfg(feature = "sqlite")]
use super::readers::Reader;

/// How often SQLite is asked.
#[cfg(feature = "sqlite")]
const GLANCE: Duration = Duration::from_millis(250);
/// How long we wait before we listen to PostgreSQL again.
#[cfg(feature = "postgres")]
const BREATH: Duration = Duration::from_secs(2);
/// After which silence a connection to PostgreSQL is asked whether it is still there.
#[cfg(feature = "postgres")]
const SILENCE: Duration = Duration::from_secs(60);

/// Tells of changes of a store.
pub struct Changes {
    store: Store,
    source: Source,
}

enum Source {
    /// The connection on which SQLite counts the changes of all others.
    #[cfg(feature = "sqlite")]
    Sqlite { reader: Option<Reader>, version: Option<i64> },
    #[cfg(feature = "postgres")]
    Postgres { options: Box<sqlx::postgres::PgConnectOptions>, listener: Option<Listener> },
}

#[cfg(feature = "postgres")]
struct Listener {
    listener: Box<sqlx::postgres::PgListener>,
    /// When it is asked whether its connection is still there.
    ask_at: Instant,
}

impl std::fmt::Debug for Changes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Changes").field(self.store.location()).finish()
    }
}

impl Store {
    /// Begins to look for changes.
    #[must_use]
    pub fn changes(&self) -> Changes {
        let source = match self.options() {
            #[cfg(feature = "postgres")]
            Options::Postgres(options) => {
                Source::Postgres { options: options.clone(), listener: None }
            }
            #[cfg(feature = "sqlite")]
            Options::Sqlite(_) => Source::Sqlite { reader: None, version: None },
        };
        Changes { store: self.clone(), source }
    }
}

impl Changes {
    /// Waits until something was committed that may concern a mailer. It may be a false alarm.
    ///
    /// # Cancel safety
    ///
    /// A change that was noticed is not forgotten if the future is dropped: the next call looks
    /// again.
    pub async fn next(&mut self) {
        let Self { store, source } = self;
        tokio::select! {
            () = store.rung() => {}
            () = source.next(store) => {}
        }
    }
}

impl Source {
    async fn next(&mut self, store: &Store) {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite { reader, version } => loop {
                tokio::time::sleep(GLANCE).await;
                match data_version(store, reader).await {
                    Ok(now) if *version == Some(now) => {}
                    // What came before the first look is found by looking once.
                    Ok(now) => {
                        *version = Some(now);
                        return;
                    }
                    // Whoever looks at the store next will meet the error.
                    Err(_error) => *reader = None,
                }
            },
            #[cfg(feature = "postgres")]
            Self::Postgres { options, listener } => match listener {
                Some(open) => {
                    if !open.hears().await {
                        *listener = None;
                    }
                }
                // What was told before we listened is found by looking once.
                None => match Listener::open(options, store.dialect().channel()).await {
                    Ok(opened) => *listener = Some(opened),
                    Err(_error) => tokio::time::sleep(BREATH).await,
                },
            },
        }
    }
}

#[cfg(feature = "postgres")]
impl Listener {
    /// Listens on a connection that is in no pool of others: a dead one would take their place there.
    async fn open(
        options: &sqlx::postgres::PgConnectOptions,
        channel: &str,
    ) -> Result<Self, sqlx::Error> {
        let pool = sqlx::postgres::PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(PATIENCE)
            .connect_lazy_with(options.clone());
        let mut listener = Box::new(sqlx::postgres::PgListener::connect_with(&pool).await?);
        listener.eager_reconnect(false);
        listener.listen(channel).await?;
        Ok(Self { listener, ask_at: Instant::now() + SILENCE })
    }

    /// Waits until something was told; gives whether the connection is still there.
    async fn hears(&mut self) -> bool {
        loop {
            match timeout_at(self.ask_at, self.listener.try_recv()).await {
                Ok(heard) => return matches!(heard, Ok(Some(_told))),
                Err(_silence) => {
                    let asked = sqlx::query("SELECT 1").execute(&mut *self.listener);
                    if !tokio::time::timeout(PATIENCE, asked).await.is_ok_and(|told| told.is_ok()) {
                        return false;
                    }
                    self.ask_at = Instant::now() + SILENCE;
                }
            }
        }
    }
}

#[cfg(feature = "sqlite")]
async fn data_version(store: &Store, slot: &mut Option<Reader>) -> Result<i64, QueueError> {
    let reader = match slot {
        Some(reader) => reader,
        None => slot.insert(store.reader().await?),
    };
    let row = reader.session()?.row(Query::new("PRAGMA data_version")).await?;
    row.map_or(Err(QueueError::Closed), |row| row.read().int())
}
