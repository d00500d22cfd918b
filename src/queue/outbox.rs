//! The outbox: queueing in a transaction that the caller has opened.
//!
//! On PostgreSQL nothing that others need is written in it: shared parts go
//! first, on a connection of ours, and nobody waits for the caller.

use super::QueueError;
use super::database::{Connection, Query, Session};
use super::entry::{EntryId, NewEntry};
use super::insert::{self, Group, Own, Whose};
use super::store::Store;
use super::writer::ring;

/// How often a race for a key is run again.
const RACES: usize = 5;

/// A connection or a transaction of sqlx, on SQLite or PostgreSQL.
pub trait CallerConnection: Send + sealed::Sealed {}

mod sealed {
    use crate::queue::database::Connection;

    #[expect(private_interfaces, reason = "nobody outside can call what is sealed")]
    pub trait Sealed {
        fn connection(&mut self) -> Connection<'_>;
    }
}

macro_rules! caller_connections {
    ($feature:literal, $kind:ident, $database:ty, $connection:ty) => {
        #[cfg(feature = $feature)]
        impl CallerConnection for $connection {}
        #[cfg(feature = $feature)]
        #[expect(private_interfaces, reason = "nobody outside can call what is sealed")]
        impl sealed::Sealed for $connection {
            fn connection(&mut self) -> Connection<'_> {
                Connection::$kind(self)
            }
        }
        #[cfg(feature = $feature)]
        impl CallerConnection for sqlx::Transaction<'_, $database> {}
        #[cfg(feature = $feature)]
        #[expect(private_interfaces, reason = "nobody outside can call what is sealed")]
        impl sealed::Sealed for sqlx::Transaction<'_, $database> {
            fn connection(&mut self) -> Connection<'_> {
                Connection::$kind(self)
            }
        }
        #[cfg(feature = $feature)]
        impl CallerConnection for sqlx::pool::PoolConnection<$database> {}
        #[cfg(feature = $feature)]
        #[expect(private_interfaces, reason = "nobody outside can call what is sealed")]
        impl sealed::Sealed for sqlx::pool::PoolConnection<$database> {
            fn connection(&mut self) -> Connection<'_> {
                Connection::$kind(self)
            }
        }
    };
}

caller_connections!("sqlite", Sqlite, sqlx::Sqlite, sqlx::SqliteConnection);
caller_connections!("postgres", Postgres, sqlx::Postgres, sqlx::PgConnection);

impl Store {
    /// Queues mails in the caller's own transaction: they are in the queue if and only if it
    /// commits. Gives their ids, in order.
    ///
    /// Whatever fails, the transaction is as it was before and can go on.
    ///
    /// On PostgreSQL a mail that is being sent cannot be replaced so: nobody knows when this
    /// transaction ends, and the mailer does not wait for it. Mailers are told when it commits. On SQLite they notice within 250 ms, or at
    /// once by [`ring`](Self::ring).
    ///
    /// # Errors
    ///
    /// [`QueueError::OtherDatabase`] if the connection is not to this store;
    /// [`QueueError::KeyConflict`] if a key belongs to another content; otherwise as the database
    /// fails.
    ///
    /// # Cancel safety
    ///
    /// After a cancelled call the transaction must be rolled back.
    pub async fn insert_in<C: CallerConnection + ?Sized>(
        &self,
        caller: &mut C,
        entries: &[NewEntry],
    ) -> Result<Vec<EntryId>, QueueError> {
        let now = self.clock().now();
        let mut session = Session::new(caller.connection(), self.dialect().clone(), now);
        if session.connection.is_postgres() != session.dialect.is_postgres() {
            return Err(QueueError::OtherDatabase);
        }
        self.write_blobs_before(entries).await?;
        let own = insert::own(entries);
        let mut round = 0;
        loop {
            session.run(Query::new("SAVEPOINT mailmethod_queue")).await?;
            let done = self.inserted(&mut session, entries, &own).await;
            let end = if done.is_ok() {
                "RELEASE SAVEPOINT mailmethod_queue"
            } else {
                "ROLLBACK TO SAVEPOINT mailmethod_queue"
            };
            session.run(Query::new(end)).await?;
            match done {
                Err(QueueError::KeyRace) if round < RACES => round += 1,
                done => return done,
            }
        }
    }

    /// Writes shared parts, on a connection of ours, before a transaction that stays open uses them.
    pub(super) async fn write_blobs_before(&self, entries: &[NewEntry]) -> Result<(), QueueError> {
        if self.whose_is_open() == Whose::Ours || !insert::has_blobs(entries) {
            return Ok(());
        }
        let entries = entries.to_vec();
        self.write(move |session| {
            Box::pin(async move {
                let entries: Vec<&NewEntry> = entries.iter().collect();
                insert::write_blobs(session, &entries).await
            })
        })
        .await
    }

    /// What a transaction that stays open may write. On SQLite nobody else writes meanwhile anyway.
    pub(super) fn whose_is_open(&self) -> Whose {
        if self.dialect().is_postgres() { Whose::Open } else { Whose::Ours }
    }

    async fn inserted(
        &self,
        session: &mut Session<'_>,
        entries: &[NewEntry],
        own: &[Own],
    ) -> Result<Vec<EntryId>, QueueError> {
        let identity = self.identity();
        let store = Query::new("SELECT value FROM {meta} WHERE name = 'store'");
        let found = match session.row(store).await {
            Ok(row) => row.map(|row| row.read().text()).transpose()?,
            Err(QueueError::Refused(_)) => None,
            Err(error) => return Err(error),
        };
        if found.as_deref() != Some(identity.id.as_str()) {
            return Err(QueueError::OtherDatabase);
        }
        let group = Group { entries, own };
        let mut inserted =
            insert::insert(session, identity, &[group], self.whose_is_open()).await?;
        if entries.iter().any(|entry| entry.wake) {
            ring(session).await?;
        }
        inserted.pop().unwrap_or(Err(QueueError::Closed))
    }
}
