//! Calls of other programs: rows that name a method and its arguments, which become entries.
//!
//! What a call means is not known here; whoever runs a mailer renders it.

use uuid::Uuid;

use super::database::{Column, Query, Session};
use super::entry::{EntryId, NewEntry};
use super::insert::insert;
use super::recovery::ids;
use super::schema::Identity;
use super::{QueueError, RENDER_REASON};

/// How many calls are turned into entries at once.
const AT_ONCE: i64 = 50;

/// A call that waits to become an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingCall {
    /// The id that its entry will have.
    pub id: EntryId,
    /// The mail method.
    pub method: String,
    /// The arguments: JSON.
    pub arguments: String,
    /// How it is to be delivered: JSON.
    pub options: String,
}

/// Turns a call into an entry, or says why it cannot.
pub type Intake = dyn Fn(&PendingCall) -> Result<NewEntry, String> + Send + Sync;

/// Turns waiting calls into entries, or into their errors; gives how many it looked at.
pub(super) async fn take_calls(
    session: &mut Session<'_>,
    identity: &Identity,
    intake: &Intake,
) -> Result<usize, QueueError> {
    let query = "SELECT id, method, CAST(arguments AS text), CAST(options AS text) FROM {call} \
         WHERE error IS NULL ORDER BY created_at LIMIT $1 {lock}";
    let mut calls = Vec::new();
    for row in session.rows(Query::new(query).bind(AT_ONCE)).await? {
        let mut row = row.read();
        calls.push(PendingCall {
            id: EntryId(row.id()?),
            method: row.text()?,
            arguments: row.text()?,
            options: row.text()?,
        });
    }
    let query =
        "WITH v(wanted) AS ({rows}) SELECT id FROM {mail} WHERE id IN (SELECT wanted FROM v)";
    let wanted = Column::ids(calls.iter().map(|call| call.id.0));
    let taken = ids(session, Query::new(query).batch(vec![wanted])).await?;

    let (mut made, mut failed) = (Vec::new(), Vec::new());
    for call in &calls {
        if taken.contains(&call.id.0) {
            failed.push((call, "another mail has this id".to_owned()));
            continue;
        }
        match intake(call) {
            Ok(entry) => made.push((call, [NewEntry { id: call.id, ..entry }])),
            Err(error) => failed.push((call, error)),
        }
    }
    let groups: Vec<&[NewEntry]> = made.iter().map(|(_, entry)| entry.as_slice()).collect();
    let inserted = insert(session, identity, &groups, true).await?;
    let mut gone = Vec::new();
    for ((call, _), outcome) in made.iter().zip(inserted) {
        match outcome {
            Ok(_) => gone.push(call.id.0),
            Err(error) => failed.push((call, error.to_string())),
        }
    }
    let query = "WITH v(done) AS ({rows}) DELETE FROM {call} WHERE id IN (SELECT done FROM v)";
    session.run(Query::new(query).batch(vec![Column::ids(gone)])).await?;
    for (call, error) in &failed {
        fail(session, call, error, taken.contains(&call.id.0)).await?;
    }
    Ok(calls.len())
}

/// Notes why a call gives no mail: with the call, and as an entry that waits for a person.
async fn fail(
    session: &mut Session<'_>,
    call: &PendingCall,
    error: &str,
    taken: bool,
) -> Result<(), QueueError> {
    let query = "UPDATE {call} SET error = $2 WHERE id = $1";
    session.run(Query::new(query).bind(call.id.0).bind(error)).await?;
    if taken {
        return Ok(());
    }
    let query = "INSERT INTO {mail} (id, method, locale, message_id, subject, size, attachments, secret, \
           created_at, wiped_at) VALUES ($1, $2, '', '', '', 0, 0, 0, {now}, {now})";
    session.run(Query::new(query).bind(call.id.0).bind(call.method.as_str())).await?;
    let query = "INSERT INTO {entry} (id, route, bulk, priority, state, due_at, expires_at, on_uncertain, \
           reason, last_at, last_phase, last_text) \
         VALUES ($1, '', 0, 3, 'held', {now}, {now} + $2, 'hold', $3, {now}, $3, $4)";
    let query = Query::new(query)
        .bind(call.id.0)
        .bind(365 * 86_400 * 1_000_000_i64)
        .bind(RENDER_REASON)
        .bind(error);
    session.run(query).await.map(drop)
}

/// Lets calls that gave no mail be tried again.
pub(super) async fn retry_calls(
    session: &mut Session<'_>,
    failed: &[Uuid],
) -> Result<(), QueueError> {
    let batch = || vec![Column::ids(failed.iter().copied())];
    let query =
        "WITH v(again) AS ({rows}) UPDATE {call} SET error = NULL FROM v WHERE id = v.again";
    session.run(Query::new(query).batch(batch())).await?;
    super::lease::delete(session, failed.iter().copied()).await.map(drop)
}
