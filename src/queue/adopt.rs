//! Adopting: a mail whose delivery was begun outside of the queue, with what came of it.

use uuid::Uuid;

use super::database::{Query, Session};
use super::entry::{EntryId, NewEntry};
use super::insert::{Group, Whose, insert, own};
use super::lease::{self, Settlement, Ticket};
use super::{QueueError, Store};

impl Store {
    /// Queues a mail that was tried already; `settle` says what came of it, given the lease.
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert).
    pub async fn adopt(
        &self,
        entry: NewEntry,
        settle: impl FnOnce(Ticket) -> Settlement + Send + 'static,
    ) -> Result<EntryId, QueueError> {
        let identity = self.identity().clone();
        let id = self
            .write(move |session| {
                Box::pin(async move {
                    let id = entry.id;
                    let entries = [entry];
                    let group = Group { entries: &entries, own: &own(&entries) };
                    let mut inserted = insert(session, &identity, &[group], Whose::Ours).await?;
                    let ids = inserted.pop().unwrap_or(Err(QueueError::Closed))?;
                    if ids.contains(&id) {
                        settled(session, settle(Ticket { id, lease: 1 })).await?;
                    }
                    Ok(ids.into_iter().next().unwrap_or(id))
                })
            })
            .await?;
        self.ring();
        Ok(id)
    }
}

async fn settled(session: &mut Session<'_>, settlement: Settlement) -> Result<(), QueueError> {
    let mailer = Uuid::now_v7();
    let query = "UPDATE {entry} SET state = 'sending', mailer = $2, lease = 1 WHERE id = $1";
    session.run(Query::new(query).bind(settlement.ticket.id.0).bind(mailer)).await?;
    lease::settle(session, mailer, &[&settlement]).await.map(drop)
}
