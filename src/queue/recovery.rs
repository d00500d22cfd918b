//! Recovery: what becomes of entries whose mailer has died, or of which nobody knows.
//!
//! A mailer that died before an entry's gate has sent nothing of it: the entry
//! is due at once. After the gate nobody knows, and the policy of the entry
//! decides. An entry that takes its mailer down with it is found by being
//! offered alone.

use uuid::Uuid;

use super::QueueError;
use super::database::{Column, Query, Session};
use super::entry::{EntryId, State};
use super::lease::wipe;

/// After which time without a sign of life a mailer is dead, in microseconds.
const DEAD: i64 = 30_000_000;
/// After which time an entry of which nobody knows is sent once more, in microseconds.
pub(super) const DOUBTED: i64 = 15 * 60 * 1_000_000;
/// How many entries one statement changes.
const AT_ONCE: i64 = 1_000;

/// Takes entries out of the hands of dead mailers: of all that are not known any more, or, where a
/// lock proves that no other lives, of all.
pub(super) async fn recover(session: &mut Session<'_>) -> Result<Vec<EntryId>, QueueError> {
    let query = if session.dialect.is_postgres() {
        let dead = Query::new("DELETE FROM {mailer} WHERE seen_at < {now} - $1").bind(DEAD);
        session.run(dead).await?;
        RECOVER_UNKNOWN
    } else {
        RECOVER_ALL
    };
    recovered(session, Query::new(query).bind(1), "the mailer died").await
}

/// Takes entries out of the hands of a mailer that lives and knows nothing of them any more: all, or
/// those of one route. If something `broke`, they count as in a crash.
pub(super) async fn relinquish(
    session: &mut Session<'_>,
    mailer: Uuid,
    route: Option<&str>,
    broke: bool,
) -> Result<Vec<EntryId>, QueueError> {
    let crash = i64::from(broke);
    let (query, what) = match route {
        Some(route) => {
            let query = Query::new(RELINQUISH_ROUTE).bind(crash).bind(mailer).bind(route);
            (query, "the mailer lost hold of it")
        }
        None => (Query::new(RELINQUISH).bind(crash).bind(mailer), "the mailer had to end"),
    };
    recovered(session, query, what).await
}

/// Runs one of the statements that take entries out of hands, and draws the conclusions.
async fn recovered(
    session: &mut Session<'_>,
    query: Query<'_>,
    what: &str,
) -> Result<Vec<EntryId>, QueueError> {
    let (mut recovered, mut doubted, mut ended) = (Vec::new(), Vec::new(), Vec::new());
    for row in session.rows(query).await? {
        let mut row = row.read();
        let id = row.id()?;
        match row.word(State::from_word)? {
            State::Uncertain => doubted.push(id),
            state if state.is_final() => ended.push(id),
            _ => {}
        }
        recovered.push(EntryId(id));
    }
    let query = "WITH v(doubted) AS ({rows}) UPDATE {recipient} SET outcome = 'unknown' FROM v \
         WHERE entry = v.doubted AND outcome IN ('pending', 'deferred')";
    session.run(Query::new(query).batch(vec![Column::ids(doubted.iter().copied())])).await?;
    let events = vec![
        Column::ids(recovered.iter().map(|id| id.0)),
        Column::texts(recovered.iter().map(|id| {
            let side = if doubted.contains(&id.0) { "after" } else { "before" };
            format!("{{\"what\":\"{what} {side} the gate\"}}")
        })),
    ];
    let query =
        "INSERT INTO {event} (entry, at, kind, detail) {values} {1}, {now}, 'crash', {2} {end}";
    session.run(Query::new(query).batch(events)).await?;
    wipe_secret(session, &ended).await?;
    Ok(recovered)
}

macro_rules! recover {
    ($with:literal, $whose:literal) => {
        concat!(
            $with,
            "UPDATE {entry} SET \
               state = CASE WHEN gated_at IS NOT NULL THEN 'uncertain' \
                 WHEN wanted = 'cancel' THEN 'cancelled' \
                 WHEN wanted = 'hold' OR (alone = 1 AND $1 = 1) THEN 'held' ELSE 'queued' END, \
               done_at = CASE WHEN gated_at IS NULL AND wanted = 'cancel' THEN {now} END, \
               reason = CASE WHEN gated_at IS NULL AND wanted IS NULL AND alone = 1 AND $1 = 1 THEN 'poison' \
                 ELSE reason END, \
               crashes = crashes + CASE WHEN gated_at IS NULL THEN $1 ELSE 0 END, \
               attempts = attempts + CASE WHEN gated_at IS NULL THEN 0 ELSE 1 END, \
               tried_at = CASE WHEN gated_at IS NULL THEN tried_at ELSE coalesce(tried_at, gated_at) END, \
               mailer = NULL, wanted = NULL, alone = 0 \
             WHERE state = 'sending' AND state <> 'queued' ",
            $whose,
            " RETURNING id, state"
        )
    };
}

const RECOVER_ALL: &str = recover!("", "");
/// What somebody else is at work on at this moment is found the next time.
const RECOVER_UNKNOWN: &str = recover!(
    "WITH c AS (SELECT id FROM {entry} e WHERE state = 'sending' AND state <> 'queued' \
       AND NOT EXISTS (SELECT 1 FROM {mailer} m WHERE m.id = e.mailer) {lock}) ",
    "AND id IN (SELECT id FROM c)"
);
const RELINQUISH: &str = recover!("", "AND mailer = $2");
const RELINQUISH_ROUTE: &str = recover!("", "AND mailer = $2 AND route = $3");

/// Sends entries of which nobody knows once more, or counts them as sent, as their policy says.
pub(super) async fn resolve_doubts(session: &mut Session<'_>) -> Result<u64, QueueError> {
    let again = "WITH c AS (SELECT id FROM {entry} \
           WHERE state = 'uncertain' AND state <> 'queued' AND on_uncertain = 'retry' AND doubts < 1 AND gated_at <= {now} - $1 LIMIT $2 {lock}) \
         UPDATE {entry} SET state = 'queued', due_at = {now}, doubts = doubts + 1, gated_at = NULL \
         WHERE id IN (SELECT id FROM c) RETURNING id";
    let again = ids(session, Query::new(again).bind(DOUBTED).bind(AT_ONCE)).await?;
    reopen(session, &again).await?;
    let assumed = "SELECT id FROM {entry} \
         WHERE state = 'uncertain' AND state <> 'queued' AND on_uncertain = 'assume_sent' LIMIT $1 {lock}";
    let assumed = ids(session, Query::new(assumed).bind(AT_ONCE)).await?;
    let ended = assume_sent(session, &assumed).await?;
    Ok((again.len() + ended) as u64)
}

/// Makes recipients of whom nobody knows recipients that are still to be offered.
pub(super) async fn reopen(session: &mut Session<'_>, entries: &[Uuid]) -> Result<(), QueueError> {
    let query = "WITH v(again) AS ({rows}) UPDATE {recipient} SET outcome = 'pending' FROM v \
         WHERE entry = v.again AND outcome = 'unknown'";
    let batch = vec![Column::ids(entries.iter().copied())];
    session.run(Query::new(query).batch(batch)).await.map(drop)
}

/// Counts entries of which nobody knows as sent to those recipients; gives how many are uncertain no
/// more.
pub(super) async fn assume_sent(
    session: &mut Session<'_>,
    entries: &[Uuid],
) -> Result<usize, QueueError> {
    let batch = || vec![Column::ids(entries.iter().copied())];
    let query = "WITH v(assumed) AS ({rows}) UPDATE {recipient} SET outcome = 'accepted', at = {now} \
         FROM v WHERE entry = v.assumed AND outcome = 'unknown'";
    session.run(Query::new(query).batch(batch())).await?;
    let query = Query::new(CONCLUDE).batch(batch());
    let ended = ids(session, query).await?;
    wipe_secret(session, &ended).await?;
    Ok(ended.len())
}

/// What an uncertain entry becomes once each of its recipients is known.
const CONCLUDE: &str = "WITH v(known) AS ({rows}), \
       r AS (SELECT entry, sum(CASE WHEN outcome IN ('pending', 'deferred') THEN 1 ELSE 0 END) AS open, \
           sum(CASE WHEN outcome = 'refused' THEN 1 ELSE 0 END) AS refused, \
           sum(CASE WHEN outcome = 'accepted' THEN 1 ELSE 0 END) AS accepted \
         FROM {recipient} WHERE entry IN (SELECT known FROM v) GROUP BY entry) \
     UPDATE {entry} SET \
       state = CASE WHEN r.open > 0 THEN 'queued' WHEN r.refused = 0 THEN 'sent' \
         WHEN r.accepted = 0 THEN 'dead' ELSE 'partial' END, \
       done_at = CASE WHEN r.open > 0 THEN NULL ELSE {now} END, gated_at = NULL \
     FROM r WHERE id = r.entry AND state IN ('uncertain', 'held') RETURNING id";

/// Wipes those of the entries whose content is secret and to which nothing more will happen.
pub(super) async fn wipe_secret(
    session: &mut Session<'_>,
    entries: &[Uuid],
) -> Result<(), QueueError> {
    let query = "WITH v(ended) AS ({rows}) SELECT m.id FROM v JOIN {mail} m ON m.id = v.ended \
         JOIN {entry} e ON e.id = m.id WHERE m.secret = 1 AND e.done_at IS NOT NULL";
    let batch = vec![Column::ids(entries.iter().copied())];
    let secret = ids(session, Query::new(query).batch(batch)).await?;
    wipe(session, secret.into_iter()).await
}

/// The ids that a statement gives, as its first column.
pub(super) async fn ids(
    session: &mut Session<'_>,
    query: Query<'_>,
) -> Result<Vec<Uuid>, QueueError> {
    session.rows(query).await?.into_iter().map(|row| row.read().id()).collect()
}
