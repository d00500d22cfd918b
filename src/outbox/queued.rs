//! The queued outbox: the mails of a transaction go into the queue as it finishes.
//!
//! Prepare inserts them in a database transaction that stays open; finish commits
//! that and rings the bell. Between the two, a crash of this process takes the
//! mails back, although others may have finished: where mail and data share a
//! database, `queue_in` has no such gap.

use async_trait::async_trait;
use tokio::sync::oneshot;

use crate::queue::{EntryId, NewEntry, Prepared, QueueError, Store};
use crate::transaction::{BoxError, FinishError, Participant};

/// Mails that are queued when the transaction finishes.
#[derive(Debug)]
pub struct QueuedOutbox {
    store: Store,
    /// The database of the store.
    database: String,
    entries: Vec<NewEntry>,
    prepared: Option<Prepared>,
    report: oneshot::Sender<Vec<EntryId>>,
}

/// A participant works in the database of the queue itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the database of the queue takes part as well, and would wait for itself: \
     queue the mail in that participant's own transaction, by `queue_in`"
)]
pub struct SharedDatabase;

impl QueuedOutbox {
    /// An outbox of these mails, in call order, and where their ids come out once they are queued.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn new(
        store: Store,
        entries: Vec<NewEntry>,
    ) -> Result<(Self, oneshot::Receiver<Vec<EntryId>>), QueueError> {
        let (report, ids) = oneshot::channel();
        let database = store.database_name().await?;
        Ok((Self { store, database, entries, prepared: None, report }, ids))
    }
}

#[async_trait]
impl Participant for QueuedOutbox {
    fn name(&self) -> &'static str {
        "mail"
    }

    fn excludes(&self, resource: &str) -> Option<BoxError> {
        (resource == self.database).then(|| SharedDatabase.into())
    }

    async fn prepare(&mut self) -> Result<(), BoxError> {
        self.prepared = Some(self.store.prepare(&self.entries).await?);
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<(), FinishError> {
        let Some(prepared) = self.prepared else { return Ok(()) };
        match prepared.commit().await {
            Ok(ids) => {
                // Whoever waits for the ids may have gone.
                drop(self.report.send(ids));
                Ok(())
            }
            Err(error @ QueueError::Unreachable(_)) => Err(FinishError::uncertain(error)),
            Err(error) => Err(FinishError::undone(error)),
        }
    }

    async fn abort(mut self: Box<Self>) -> Result<(), BoxError> {
        match self.prepared.take() {
            Some(prepared) => Ok(prepared.rollback().await?),
            None => Ok(()),
        }
    }
}
