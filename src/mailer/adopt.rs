//! Adopting: a mail that was handed over outside of the queue, and not to everybody.

use jiff::Timestamp;

use super::Retry;
use super::judge::judge;
use crate::adapter::Receipt;
use crate::message::Stamp;
use crate::queue::{EntryId, Lease, NewEntry, QueueError, Settlement, Store, Ticket};

/// Queues a mail that was tried, with what came of it: the queue goes on with those of its
/// recipients who may still get it, and shows the others.
///
/// # Errors
///
/// As the database fails.
pub async fn adopt(
    store: &Store,
    entry: NewEntry,
    receipt: &Receipt,
    retry: &Retry,
) -> Result<EntryId, QueueError> {
    let now = Stamp::time();
    let lease = Lease {
        ticket: Ticket { id: entry.id, lease: 1 },
        route: entry.route.clone(),
        method: entry.method.clone(),
        bulk: entry.bulk,
        attempts: 0,
        tried_at: None,
        due_at: now,
        expires_at: Timestamp::MAX,
        claimed_at: now,
        done: (0, 0),
        secret: entry.secret.is_some(),
        message: Ok(entry.message.clone()),
    };
    let settlement = judge(&lease, receipt, retry, now).settlement;
    store.adopt(entry, move |ticket| Settlement { ticket, ..settlement }).await
}
