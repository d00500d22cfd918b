//! Mails that are inserted and wait for a commit: the queue's part of a transaction of several.

use tokio::time::Instant;

use super::database::{Query, Session};
use super::entry::{EntryId, NewEntry};
use super::insert::Group;
use super::open::{Owned, PATIENCE};
use super::writer::{begin, ring};
use super::{QueueError, Store, insert};

/// Mails in an open transaction of our own. Dropping it takes them back.
#[derive(Debug)]
pub struct Prepared {
    store: Store,
    owned: Owned,
    ids: Vec<EntryId>,
    wake: bool,
}

impl Store {
    /// Inserts mails in a transaction of our own and leaves it open: [`Prepared::commit`] makes
    /// them durable.
    ///
    /// On SQLite nobody else can write meanwhile: commit soon.
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert).
    pub async fn prepare(&self, entries: &[NewEntry]) -> Result<Prepared, QueueError> {
        self.write_blobs_before(entries).await?;
        let own = insert::own(entries);
        let owned = self.options().connect().await?;
        let wake = entries.iter().any(|entry| entry.wake);
        let mut prepared = Prepared { store: self.clone(), owned, ids: Vec::new(), wake };
        let identity = self.identity();
        let mut session = prepared.session();
        begin(&mut session, Instant::now() + PATIENCE).await?;
        let whose = self.whose_is_open();
        let group = Group { entries, own: &own };
        let mut inserted = insert::insert(&mut session, identity, &[group], whose).await?;
        if wake {
            ring(&mut session).await?;
        }
        drop(session);
        prepared.ids = inserted.pop().unwrap_or(Err(QueueError::Closed))?;
        Ok(prepared)
    }

    /// What tells the database of this store from others, as participants of a transaction tell
    /// theirs; the same as [`SqlParticipant`](crate::outbox::SqlParticipant) does.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn database_name(&self) -> Result<String, QueueError> {
        let mut reader = self.reader().await?;
        let mut session = reader.session()?;
        let name = Query::new(super::database_name(session.dialect.is_postgres()));
        let row = session.row(name).await?;
        row.map_or(Err(QueueError::Closed), |row| row.read().text())
    }
}

impl Prepared {
    fn session(&mut self) -> Session<'_> {
        let now = self.store.clock().now();
        Session::new(self.owned.connection(), self.store.dialect().clone(), now)
    }

    /// The ids of the mails, in order.
    #[must_use]
    pub fn ids(&self) -> &[EntryId] {
        &self.ids
    }

    /// Makes the mails durable and wakes the mailer.
    ///
    /// # Errors
    ///
    /// As the database fails; after [`QueueError::Unreachable`] they may be durable or not.
    pub async fn commit(mut self) -> Result<Vec<EntryId>, QueueError> {
        self.session().run(Query::new("COMMIT")).await?;
        if self.wake {
            self.store.ring();
        }
        Ok(self.ids)
    }

    /// Takes the mails back.
    ///
    /// # Errors
    ///
    /// As the database fails; the mails are not queued all the same.
    pub async fn rollback(mut self) -> Result<(), QueueError> {
        self.session().run(Query::new("ROLLBACK")).await.map(drop)
    }
}
