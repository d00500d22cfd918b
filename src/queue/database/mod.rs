//! The database: statements in, rows out, on SQLite and PostgreSQL alike.
//!
//! There is one text for each statement. Where the databases differ, a token of
//! the text stands for it: `{entry}` and the like are tables, `{now}` is the
//! time, `{lock}` leaves rows to others that are at work on them, and `{rows}`,
//! `{values}` and `{from}` are a whole batch of rows, so that a batch is one
//! statement and not many. What the statements mean is not known here.

#[cfg(feature = "sqlite")]
mod direct;
#[cfg(feature = "postgres")]
mod postgres;
mod query;
mod row;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "sqlite")]
use query::Piece;
pub(super) use query::{Arg, Column, Query};
pub(super) use row::{Reading, Row};

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::timeout;
use uuid::Uuid;

use super::QueueError;

/// How long a statement of somebody who only reads may take.
const LIMIT: Duration = Duration::from_secs(60);

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    #[cfg(feature = "sqlite")]
    Sqlite,
    #[cfg(feature = "postgres")]
    Postgres,
}

/// A connection that statements run on: one of ours, or one that a caller lends.
pub(super) enum Connection<'c> {
    #[cfg(feature = "sqlite")]
    Sqlite(&'c mut sqlx::SqliteConnection),
    /// On a thread that may wait for the disk.
    #[cfg(feature = "sqlite")]
    Direct(&'c mut rusqlite::Connection),
    #[cfg(feature = "postgres")]
    Postgres(&'c mut sqlx::PgConnection),
}

/// How the tables of one store are written, and what time it is there.
#[derive(Clone)]
pub(super) struct Dialect {
    pub(super) kind: Kind,
    /// What stands before the name of each table: `mailmethod_`, or `"mailmethod".`.
    pub(super) prefix: Arc<str>,
    statements: Arc<query::Cache>,
}

impl Connection<'_> {
    pub(super) const fn is_postgres(&self) -> bool {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) | Self::Direct(_) => false,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => true,
        }
    }
}

impl Dialect {
    pub(super) fn new(kind: Kind, prefix: &str) -> Self {
        Self { kind, prefix: Arc::from(prefix), statements: Arc::default() }
    }

    /// The channel on which PostgreSQL tells of new mail: the name of the schema.
    pub(super) fn channel(&self) -> &str {
        self.prefix.trim_end_matches('.').trim_matches('"')
    }

    pub(super) const fn is_postgres(&self) -> bool {
        match self.kind {
            #[cfg(feature = "sqlite")]
            Kind::Sqlite => false,
            #[cfg(feature = "postgres")]
            Kind::Postgres => true,
        }
    }
}

impl fmt::Debug for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialect").field("kind", &self.kind).field("prefix", &self.prefix).finish()
    }
}

/// A connection together with how its tables are written: what every statement needs.
pub(super) struct Session<'c> {
    pub(super) connection: Connection<'c>,
    pub(super) dialect: Dialect,
    /// The time in microseconds since 1970, where the database does not say it itself.
    pub(super) now: i64,
    /// Where it is noted while a statement runs, if each has a time limit.
    doubtful: Option<&'c AtomicBool>,
}

impl<'c> Session<'c> {
    /// A session whose statements have no time limits of their own.
    pub(super) const fn new(connection: Connection<'c>, dialect: Dialect, now: i64) -> Self {
        Self { connection, dialect, now, doubtful: None }
    }

    /// Gives each statement a time limit. The connection is `doubtful` from a statement's beginning
    /// until its answer is there: who gives up in between leaves it of no more use.
    pub(super) fn limited(self, doubtful: &'c AtomicBool) -> Self {
        Self { doubtful: Some(doubtful), ..self }
    }
}

impl Session<'_> {
    /// Runs a statement and gives all of its rows.
    pub(super) async fn rows(&mut self, query: Query<'_>) -> Result<Vec<Row>, QueueError> {
        let Some(doubtful) = self.doubtful else { return self.all_rows(&query).await };
        doubtful.store(true, Ordering::Release);
        let found = timeout(LIMIT, self.all_rows(&query)).await;
        let found = found.unwrap_or_else(|late| Err(QueueError::Unreachable(late.into())));
        let lost = matches!(found, Err(QueueError::Unreachable(_)));
        doubtful.store(lost, Ordering::Release);
        found
    }

    async fn all_rows(&mut self, query: &Query<'_>) -> Result<Vec<Row>, QueueError> {
        match &mut self.connection {
            #[cfg(feature = "sqlite")]
            Connection::Sqlite(connection) => {
                let mut rows = Vec::new();
                for Piece { sql, rows: of, at_once } in query.pieces(&self.dialect, false) {
                    for row in of.step_by(at_once) {
                        let args = query.values(row..row + at_once, self.now);
                        let found = sqlite::rows(connection, Arc::clone(&sql), args).await;
                        rows.extend(found.map_err(QueueError::from_database)?);
                    }
                }
                Ok(rows)
            }
            #[cfg(feature = "sqlite")]
            Connection::Direct(connection) => {
                direct::rows(connection, query, &self.dialect, self.now)
                    .map_err(QueueError::from_direct)
            }
            #[cfg(feature = "postgres")]
            Connection::Postgres(connection) => match query.whole(&self.dialect) {
                Some((sql, args)) => {
                    postgres::rows(connection, sql, args).await.map_err(QueueError::from_database)
                }
                None => Ok(Vec::new()),
            },
        }
    }

    /// Runs a statement and gives its first row, if there is one.
    pub(super) async fn row(&mut self, query: Query<'_>) -> Result<Option<Row>, QueueError> {
        Ok(self.rows(query).await?.into_iter().next())
    }

    /// Runs a statement and gives how many rows it changed.
    pub(super) async fn run(&mut self, query: Query<'_>) -> Result<u64, QueueError> {
        match &mut self.connection {
            #[cfg(feature = "sqlite")]
            Connection::Sqlite(connection) => {
                let mut changed = 0;
                for Piece { sql, rows, at_once } in query.pieces(&self.dialect, false) {
                    for row in rows.step_by(at_once) {
                        let args = query.values(row..row + at_once, self.now);
                        let done = sqlite::run(connection, Arc::clone(&sql), args).await;
                        changed += done.map_err(QueueError::from_database)?;
                    }
                }
                Ok(changed)
            }
            #[cfg(feature = "sqlite")]
            Connection::Direct(connection) => {
                let mut changed = 0;
                direct::run(connection, &query, &self.dialect, self.now, |_, rows| changed += rows)
                    .map(|()| changed)
                    .map_err(QueueError::from_direct)
            }
            #[cfg(feature = "postgres")]
            Connection::Postgres(connection) => match query.whole(&self.dialect) {
                Some((sql, args)) => {
                    postgres::run(connection, sql, args).await.map_err(QueueError::from_database)
                }
                None => Ok(0),
            },
        }
    }

    /// Runs a statement that changes a row for each of its batch, whose first column is the `id` of that
    /// row; gives the ids of those that were found.
    pub(super) async fn changed(&mut self, query: Query<'_>) -> Result<Vec<Uuid>, QueueError> {
        #[cfg(feature = "sqlite")]
        if let Connection::Direct(connection) = &mut self.connection {
            let mut found = Vec::new();
            let done = direct::run(connection, &query, &self.dialect, self.now, |row, rows| {
                found.extend(query.id(row).filter(|_| rows > 0));
            });
            return done.map(|()| found).map_err(QueueError::from_direct);
        }
        self.rows(query).await?.into_iter().map(|row| row.read().id()).collect()
    }

    /// Runs a script of several statements without arguments.
    pub(super) async fn script(&mut self, script: &str) -> Result<(), QueueError> {
        use sqlx::Executor as _;
        let script = query::expanded(script, &self.dialect);
        let safe = || sqlx::raw_sql(sqlx::AssertSqlSafe(script.clone()));
        let done = match &mut self.connection {
            #[cfg(feature = "sqlite")]
            Connection::Sqlite(connection) => connection.execute(safe()).await.map(drop),
            #[cfg(feature = "sqlite")]
            Connection::Direct(connection) => {
                return connection.execute_batch(&script).map_err(QueueError::from_direct);
            }
            #[cfg(feature = "postgres")]
            Connection::Postgres(connection) => connection.execute(safe()).await.map(drop),
        };
        done.map_err(QueueError::from_database)
    }
}
