//! The sweeps: what time alone does to entries.
//!
//! Each statement changes a thousand rows at most, so that nobody waits long.

use uuid::Uuid;

use super::database::{Query, Session};
use super::recovery::{ids, wipe_secret};
use super::{QueueError, Store};

/// How many rows one statement changes.
const AT_ONCE: i64 = 1_000;
/// For how long an unused blob stays, in microseconds: somebody may be about to use it.
const ORPHAN: i64 = 24 * 3_600 * 1_000_000;

impl Store {
    /// How many entries have ended `age` microseconds ago or earlier, counted up to `cap`: those
    /// that [`retain`](Self::retain) forgets.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn count_ended(&self, age: i64, cap: u64) -> Result<u64, QueueError> {
        let query = "SELECT count(*) FROM (SELECT 1 FROM {entry} WHERE done_at <= {now} - $1 LIMIT $2) AS ended";
        let query = Query::new(query).bind(age).bind(i64::try_from(cap).unwrap_or(i64::MAX));
        let row = self.reader().await?.session()?.row(query).await?;
        row.map_or(Ok(0), |row| row.read().count())
    }
}

/// Ends entries whose time is over, and was at `until`; gives them, 1,000 at most.
pub(super) async fn expire(session: &mut Session<'_>, until: i64) -> Result<Vec<Uuid>, QueueError> {
    let query = "WITH c AS (SELECT id FROM {entry} WHERE state IN ('queued', 'held') \
           AND expires_at <= {now} AND expires_at <= $2 LIMIT $1 {lock}) \
         UPDATE {entry} SET state = 'expired', done_at = {now}, \
           reason = coalesce(reason, 'not delivered in its time') \
         WHERE id IN (SELECT id FROM c) RETURNING id";
    let expired = ids(session, Query::new(query).bind(AT_ONCE).bind(until)).await?;
    wipe_secret(session, &expired).await?;
    Ok(expired)
}

/// Wipes contents that are older than `age` microseconds and that nothing more will happen to;
/// gives how many, 1,000 at most.
pub(super) async fn wipe_old(session: &mut Session<'_>, age: i64) -> Result<u64, QueueError> {
    // What is done was made before: the few old ones that are not wiped are found by their age, and
    // not among the many that are.
    let query = "SELECT m.id FROM {mail} m CROSS JOIN {entry} e \
         WHERE m.wiped_at IS NULL AND m.created_at <= {now} - $1 \
           AND e.id = m.id AND e.done_at <= {now} - $1 LIMIT $2";
    let old = ids(session, Query::new(query).bind(age).bind(AT_ONCE)).await?;
    let wiped = old.len() as u64;
    super::lease::wipe(session, old.into_iter()).await?;
    Ok(wiped)
}

/// Forgets entries to which nothing has happened for `age` microseconds; gives how many, 1,000 at
/// most.
pub(super) async fn purge(session: &mut Session<'_>, age: i64) -> Result<u64, QueueError> {
    let query =
        "SELECT id FROM {entry} WHERE done_at <= {now} - $1 ORDER BY done_at LIMIT $2 {lock}";
    let old = ids(session, Query::new(query).bind(age).bind(AT_ONCE)).await?;
    super::lease::delete(session, old.into_iter()).await
}

/// Forgets shared parts that no mail has any more; gives how many, 1,000 at most.
pub(super) async fn collect_blobs(session: &mut Session<'_>) -> Result<u64, QueueError> {
    // The age is asked for twice: somebody may note a use between the look and the deletion.
    let query = "DELETE FROM {blob} WHERE hash IN (SELECT b.hash FROM {blob} b \
         WHERE b.used_at < {now} - $1 \
           AND NOT EXISTS (SELECT 1 FROM {piece} p WHERE p.hash = b.hash) LIMIT $2) \
         AND used_at < {now} - $1";
    session.run(Query::new(query).bind(ORPHAN).bind(AT_ONCE)).await
}
