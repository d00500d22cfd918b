//! The SQL participant: a database transaction of sqlx, on SQLite or PostgreSQL.
//!
//! It opens no connection and begins no transaction itself; the one it is given
//! is committed or rolled back with the others.

use std::error::Error;
use std::fmt;
use std::ops::{Deref, DerefMut};

use async_trait::async_trait;
use sqlx::{AssertSqlSafe, Database, Executor as _};

use crate::queue::database_name;
use crate::transaction::{BoxError, FinishError, Participant};

/// A database whose transactions can take part: `sqlx::Sqlite`, `sqlx::Postgres`.
#[async_trait]
pub trait SqlDatabase: Database + sealed::Sealed {
    /// Runs a statement without results.
    #[doc(hidden)]
    async fn run(connection: &mut Self::Connection, sql: String) -> Result<(), sqlx::Error>;

    /// Makes sure that the transaction is still open and may be committed.
    #[doc(hidden)]
    async fn check(connection: &mut Self::Connection) -> Result<(), BoxError>;

    /// Which database it is.
    #[doc(hidden)]
    async fn database(connection: &mut Self::Connection) -> Result<String, sqlx::Error>;

    /// Begins a transaction if there is none where one should be, and tells whether that was so:
    /// only then does the rollback of sqlx leave the connection fit for its pool.
    #[doc(hidden)]
    async fn reopen(_connection: &mut Self::Connection) -> bool {
        false
    }

    /// Whether a code is a passing conflict with other transactions.
    #[doc(hidden)]
    fn is_conflict(code: &str) -> bool;

    /// Whether a commit that was answered by this code has surely done nothing.
    #[doc(hidden)]
    fn is_undone(code: &str) -> bool;
}

mod sealed {
    pub trait Sealed {}
}

/// A transaction of sqlx as a participant. It dereferences to its connection.
///
/// - Prepare makes sure that the connection lives and that the transaction is
///   still open and not broken: on PostgreSQL it checks deferred constraints
///   now, and refuses a transaction in which a statement has failed, which
///   `COMMIT` would roll back without an error; on SQLite it refuses one that
///   SQLite has rolled back by itself.
/// - Finish commits. A commit that the database refuses (a constraint, a
///   conflict) has done nothing; after a lost connection nobody can tell.
/// - Abort rolls back. Dropping it rolls back when the connection is used next.
/// - Savepoints are those of SQL.
/// - Passing conflicts are `SQLITE_BUSY` and `SQLITE_LOCKED`, and PostgreSQL's
///   40001 (serialisation failure) and 40P01 (deadlock).
///
/// Leave `COMMIT`, `ROLLBACK` and savepoints of your own names to it.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "sqlite")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use mailmethod::outbox::SqlParticipant;
/// use mailmethod::transaction::Transaction;
/// use sqlx::Executor as _;
///
/// let options = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1);
/// let pool = options.connect("sqlite::memory:").await?;
/// pool.execute("CREATE TABLE orders (number TEXT)").await?;
///
/// let mut tx = Transaction::new();
/// let db = tx.join(SqlParticipant::new(pool.begin().await?));
/// let savepoint = tx.savepoint().await?;
/// tx.get(&db)?.execute("INSERT INTO orders VALUES ('2026-041')").await?;
/// tx.rollback_to(savepoint).await?;
/// sqlx::query("INSERT INTO orders VALUES (?)").bind("2026-042").execute(&mut **tx.get(&db)?).await?;
/// tx.commit().await?;
///
/// let numbers: Vec<String> = sqlx::query_scalar("SELECT number FROM orders").fetch_all(&pool).await?;
/// assert_eq!(numbers, ["2026-042"]);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "sqlite"))]
/// # fn main() {}
/// ```
pub struct SqlParticipant<DB: Database> {
    name: String,
    /// Which database it is, once it is prepared.
    database: Option<String>,
    transaction: sqlx::Transaction<'static, DB>,
}

impl<DB: SqlDatabase> SqlParticipant<DB> {
    /// Takes over a transaction that was begun. It is named as its database is: `SQLite`,
    /// `PostgreSQL`.
    #[must_use]
    pub fn new(transaction: sqlx::Transaction<'static, DB>) -> Self {
        Self { name: DB::NAME.to_owned(), database: None, transaction }
    }

    /// Gives it another name for errors, for transactions with several databases.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }
}

impl<DB: Database> Deref for SqlParticipant<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &DB::Connection {
        &self.transaction
    }
}

impl<DB: Database> DerefMut for SqlParticipant<DB> {
    fn deref_mut(&mut self) -> &mut DB::Connection {
        &mut self.transaction
    }
}

impl<DB: Database> fmt::Debug for SqlParticipant<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SqlParticipant").field(&self.name).finish()
    }
}

#[async_trait]
impl<DB: SqlDatabase> Participant for SqlParticipant<DB> {
    fn name(&self) -> &str {
        &self.name
    }

    fn resource(&self) -> Option<&str> {
        self.database.as_deref()
    }

    async fn prepare(&mut self) -> Result<(), BoxError> {
        DB::check(&mut self.transaction).await?;
        self.database = Some(DB::database(&mut self.transaction).await?);
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<(), FinishError> {
        self.transaction.commit().await.map_err(|error| {
            let code = code(&error);
            let is = |judge: fn(&str) -> bool| code.as_deref().is_some_and(judge);
            if is(DB::is_undone) {
                FinishError::Undone { retry: is(DB::is_conflict), error: error.into() }
            } else {
                FinishError::uncertain(error)
            }
        })
    }

    async fn abort(mut self: Box<Self>) -> Result<(), BoxError> {
        DB::reopen(&mut self.transaction).await;
        Ok(self.transaction.rollback().await?)
    }

    fn has_savepoints(&self) -> bool {
        true
    }

    async fn savepoint(&mut self, number: u64) -> Result<(), BoxError> {
        Ok(DB::run(&mut self.transaction, format!("SAVEPOINT mailmethod_{number}")).await?)
    }

    async fn rollback_to(&mut self, number: u64) -> Result<(), BoxError> {
        let sql = format!("ROLLBACK TO SAVEPOINT mailmethod_{number}");
        Ok(DB::run(&mut self.transaction, sql).await?)
    }

    fn should_retry(&self, error: &(dyn Error + 'static)) -> bool {
        let error = error.downcast_ref::<sqlx::Error>();
        error.and_then(code).is_some_and(|code| DB::is_conflict(&code))
    }
}

/// The code that the database gave; `None` if it was not the database that failed.
fn code(error: &sqlx::Error) -> Option<String> {
    error.as_database_error()?.code().map(std::borrow::Cow::into_owned)
}

#[cfg(feature = "sqlite")]
impl sealed::Sealed for sqlx::Sqlite {}

#[cfg(feature = "sqlite")]
#[async_trait]
impl SqlDatabase for sqlx::Sqlite {
    async fn run(connection: &mut Self::Connection, sql: String) -> Result<(), sqlx::Error> {
        connection.execute(AssertSqlSafe(sql)).await.map(drop)
    }

    async fn database(connection: &mut Self::Connection) -> Result<String, sqlx::Error> {
        sqlx::query_scalar(database_name(false)).fetch_one(connection).await
    }

    async fn check(connection: &mut Self::Connection) -> Result<(), BoxError> {
        connection.execute("SELECT 1").await?;
        if Self::reopen(connection).await {
            return Err("SQLite has ended the transaction after an error, or someone has".into());
        }
        Ok(())
    }

    /// SQLite refuses a BEGIN within a transaction, and that leaves the transaction as it is.
    async fn reopen(connection: &mut Self::Connection) -> bool {
        connection.execute("BEGIN").await.is_ok()
    }

    fn is_conflict(code: &str) -> bool {
        matches!(primary(code), Some(5 | 6))
    }

    fn is_undone(code: &str) -> bool {
        matches!(primary(code), Some(5 | 6 | 19))
    }
}

/// The primary result code within an extended one: 5 BUSY, 6 LOCKED, 19 CONSTRAINT.
#[cfg(feature = "sqlite")]
fn primary(code: &str) -> Option<u32> {
    code.parse::<u32>().ok().map(|code| code & 0xff)
}

#[cfg(feature = "postgres")]
impl sealed::Sealed for sqlx::Postgres {}

#[cfg(feature = "postgres")]
#[async_trait]
impl SqlDatabase for sqlx::Postgres {
    async fn run(connection: &mut Self::Connection, sql: String) -> Result<(), sqlx::Error> {
        connection.execute(AssertSqlSafe(sql)).await.map(drop)
    }

    async fn database(connection: &mut Self::Connection) -> Result<String, sqlx::Error> {
        sqlx::query_scalar(database_name(true)).fetch_one(connection).await
    }

    async fn check(connection: &mut Self::Connection) -> Result<(), BoxError> {
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE").await?;
        Ok(())
    }

    fn is_conflict(code: &str) -> bool {
        matches!(code, "40001" | "40P01")
    }

    /// Constraints (23), conflicts (40, but for 40003: completion unknown) and raised errors (P0).
    fn is_undone(code: &str) -> bool {
        code != "40003" && ["23", "40", "P0"].iter().any(|class| code.starts_with(class))
    }
}
