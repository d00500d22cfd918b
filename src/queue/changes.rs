//! Changes: how a mailer notices what others have committed.
//!
//! SQLite is asked four times a second whether its file has changed, which costs
//! it a look at one number. PostgreSQL tells by itself; a lost connection counts
//! as a change, since what was told meanwhile is lost.

use std::time::Duration;

use super::database::Query;
use super::store::ReadGuard;
use super::{QueueError, Store};

/// How often SQLite is asked.
const GLANCE: Duration = Duration::from_millis(250);
/// How long we wait before we listen to PostgreSQL again.
#[cfg(feature = "postgres")]
const BREATH: Duration = Duration::from_secs(2);

/// Tells of changes of a store.
pub struct Changes {
    store: Store,
    source: Source,
}

enum Source {
    /// The connection on which SQLite counts the changes of all others.
    Sqlite { reader: Option<ReadGuard>, version: Option<i64> },
    #[cfg(feature = "postgres")]
    Postgres { pool: sqlx::PgPool, listener: Option<Box<sqlx::postgres::PgListener>> },
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
        let source = match self.listener_pool() {
            #[cfg(feature = "postgres")]
            Some(pool) => Source::Postgres { pool, listener: None },
            _ => Source::Sqlite { reader: None, version: None },
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
            Self::Postgres { pool, listener } => {
                if let Some(open) = listener {
                    match open.try_recv().await {
                        Ok(Some(_told)) => return,
                        Ok(None) | Err(_) => *listener = None,
                    }
                    return;
                }
                let channel = store.dialect().channel().to_owned();
                let opened = async {
                    let mut opened = sqlx::postgres::PgListener::connect_with(pool).await?;
                    opened.listen(&channel).await?;
                    Ok::<_, sqlx::Error>(opened)
                };
                match opened.await {
                    // What was told before we listened is found by looking once.
                    Ok(opened) => *listener = Some(Box::new(opened)),
                    Err(_error) => tokio::time::sleep(BREATH).await,
                }
            }
        }
    }
}

async fn data_version(store: &Store, slot: &mut Option<ReadGuard>) -> Result<i64, QueueError> {
    let reader = match slot {
        Some(reader) => reader,
        None => slot.insert(store.reader().await?),
    };
    let row = reader.session().row(Query::new("PRAGMA data_version")).await?;
    row.map_or(Err(QueueError::Closed), |row| row.read().int())
}
