//! Managing: what a person does to entries, one or many, and the record of it.
//!
//! An action changes only entries in a state in which it means something. Many
//! are changed in steps of a thousand, none that came after the person looked.
//! What was done is on record with it: one transaction does and notes.

use std::fmt;

use jiff::Timestamp;
use uuid::Uuid;

use super::database::{Column, Query, Session};
use super::entry::{EntryId, State};
use super::filter::{Condition, Filter};
use super::listing::count_where;
use super::recovery::{assume_sent, ids, reopen, wipe_secret};
use super::{POISON_REASON, QueueError, RENDER_REASON, Store, call, lease};

/// How many entries one step changes.
const AT_ONCE: i64 = 1_000;
/// For how long an entry that is tried again is tried at least, in microseconds.
const ANOTHER_DAY: i64 = 86_400 * 1_000_000;
/// How often a step that met the work of others is done again.
const ROUNDS: usize = 5;

/// What is done to entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Try now: what waits, and what was refused, expired, cancelled, or is uncertain.
    Retry,
    /// Keep back what waits.
    Hold,
    /// Let go what is held.
    Release,
    /// Never send what has not left.
    Cancel,
    /// Forget it.
    Delete,
    /// Count as sent what is uncertain.
    MarkSent,
}

impl Action {
    /// All actions.
    pub const ALL: [Self; 6] =
        [Self::Retry, Self::Hold, Self::Release, Self::Cancel, Self::Delete, Self::MarkSent];

    /// Its name: `retry`, `hold`, `release`, `cancel`, `delete`, `mark-sent`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Hold => "hold",
            Self::Release => "release",
            Self::Cancel => "cancel",
            Self::Delete => "delete",
            Self::MarkSent => "mark-sent",
        }
    }

    /// The action of a name.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == word)
    }

    /// Which entries it can be done to, as a condition on `e` and `m`.
    const fn possible(self) -> &'static str {
        match self {
            Self::Retry => {
                "((e.state = 'queued' AND (e.due_at > {now} OR e.attempts > 0)) \
                  OR (e.state IN ('uncertain', 'dead', 'partial', 'expired', 'cancelled') \
                    AND m.wiped_at IS NULL))"
            }
            Self::Hold => "(e.state = 'queued' OR (e.state = 'sending' AND e.gated_at IS NULL))",
            Self::Release => "(e.state = 'held')",
            Self::Cancel => {
                "(e.state IN ('queued', 'held', 'uncertain') \
                  OR (e.state = 'sending' AND e.gated_at IS NULL))"
            }
            Self::Delete => "(e.state <> 'sending')",
            Self::MarkSent => "(e.state = 'uncertain')",
        }
    }

    /// Why it cannot be done to an entry in this state.
    fn impossible(self, state: State, wiped: bool) -> String {
        match (self, state) {
            (Self::Hold | Self::Cancel, State::Sending) => {
                "being sent and past the gate: it is too late".to_owned()
            }
            (Self::Retry, State::Held) => "held: release it".to_owned(),
            (Self::Retry, State::Sent) => "sent: resend makes a new one of it".to_owned(),
            (Self::Retry, State::Queued) => "queued and due already".to_owned(),
            (Self::Retry, _) if wiped => format!("{state}, and its content was wiped"),
            _ => state.to_string(),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who did something: a name for the record.
pub type Actor = String;

/// A row of the record of actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What: the name of an action.
    pub action: String,
    /// To what: a filter, an id, a route.
    pub target: String,
    /// To how many entries.
    pub entries: u64,
}

impl Store {
    /// How many entries of a filter an action can be done to now, counted up to `cap`.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn count_possible(
        &self,
        action: Action,
        filter: &Filter,
        cap: u64,
    ) -> Result<u64, QueueError> {
        let mut reader = self.reader().await?;
        let mut session = reader.session()?;
        let condition = Condition::new(filter, 1, session.dialect.is_postgres());
        count_where(&mut session, condition, action.possible(), cap).await
    }

    /// Does an action to one entry.
    ///
    /// # Errors
    ///
    /// [`QueueError::UnknownEntry`] if it is not there, [`QueueError::NotPossible`] if it is in no
    /// state for that.
    pub async fn act_on(&self, action: Action, id: EntryId, actor: &str) -> Result<(), QueueError> {
        if self.act(action, &Filter::id(id), None, actor).await? > 0 {
            return Ok(());
        }
        Err(self.refusal(action, id).await?)
    }

    /// Whether an action can be done to an entry now; nothing is done.
    ///
    /// # Errors
    ///
    /// As [`act_on`](Self::act_on).
    pub async fn can_act_on(&self, action: Action, id: EntryId) -> Result<(), QueueError> {
        if self.count_possible(action, &Filter::id(id), 1).await? > 0 {
            return Ok(());
        }
        Err(self.refusal(action, id).await?)
    }

    /// Why an action cannot be done to an entry.
    async fn refusal(&self, action: Action, id: EntryId) -> Result<QueueError, QueueError> {
        let mut reader = self.reader().await?;
        let query = "SELECT e.state, m.wiped_at IS NOT NULL FROM {entry} e \
             JOIN {mail} m ON m.id = e.id WHERE e.id = $1";
        let Some(row) = reader.session()?.row(Query::new(query).bind(id.0)).await? else {
            return Ok(QueueError::UnknownEntry { id: id.to_string() });
        };
        let mut row = row.read();
        let state = row.word(State::from_word)?;
        let state = action.impossible(state, row.bool()?);
        Ok(QueueError::NotPossible { action: action.as_str(), state })
    }

    /// Does an action to all entries of a filter that it can be done to; gives how many those were.
    ///
    /// With `expected`, nothing is done if it would be to another number of entries. Entries that
    /// are queued meanwhile are left alone.
    ///
    /// # Errors
    ///
    /// [`QueueError::Unexpected`] if it would be to another number.
    pub async fn act(
        &self,
        action: Action,
        filter: &Filter,
        expected: Option<u64>,
        actor: &str,
    ) -> Result<u64, QueueError> {
        if let Some(expected) = expected {
            let found = self.count_possible(action, filter, u64::MAX).await?;
            if found != expected {
                return Err(QueueError::Unexpected { expected, found });
            }
        }
        let mut step = Step {
            action,
            filter: filter.clone(),
            behind: Uuid::nil(),
            newest: self.newest().await?,
            actor: actor.to_owned(),
            audit: None,
        };
        let mut changed = 0;
        loop {
            let (done, audit) = self.step(&step).await?;
            let Some(last) = done.iter().max() else { break };
            (step.behind, step.audit) = (*last, audit);
            changed += done.len() as u64;
        }
        if changed > 0 && matches!(action, Action::Retry | Action::Release) {
            self.ring();
        }
        Ok(changed)
    }

    /// The last entry that there is. No clock says it: the ids of other machines may be ahead.
    async fn newest(&self) -> Result<Uuid, QueueError> {
        let mut reader = self.reader().await?;
        let query = Query::new("SELECT id FROM {entry} ORDER BY id DESC LIMIT 1");
        let row = reader.session()?.row(query).await?;
        row.map_or(Ok(Uuid::nil()), |row| row.read().id())
    }

    /// One step, once more if it met the work of others.
    async fn step(&self, step: &Step) -> Result<(Vec<Uuid>, Option<i64>), QueueError> {
        let mut round = 0;
        loop {
            let step = step.clone();
            let done = self.write(move |session| Box::pin(step.run(session))).await;
            match done {
                Err(QueueError::Conflict(_)) if round < ROUNDS => round += 1,
                done => return done,
            }
        }
    }

    /// Pauses a route, or lets it go on.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn pause(&self, route: &str, paused: bool, actor: &str) -> Result<(), QueueError> {
        let (name, actor) = (route.to_owned(), actor.to_owned());
        self.write(move |session| {
            Box::pin(async move {
                super::route::pause(session, &name, paused).await?;
                let action = if paused { "pause" } else { "resume" };
                audited(session, &actor, action, &name, 0).await?;
                super::writer::ring(session).await
            })
        })
        .await?;
        self.ring();
        Ok(())
    }

    /// Notes what was done.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn audit(
        &self,
        actor: &str,
        action: &str,
        target: &str,
        entries: u64,
    ) -> Result<(), QueueError> {
        let (actor, action, target) = (actor.to_owned(), action.to_owned(), target.to_owned());
        self.write(move |session| {
            Box::pin(
                async move { audited(session, &actor, &action, &target, entries).await.map(drop) },
            )
        })
        .await
    }

    /// What was done last, the latest first.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn audits(&self, limit: usize) -> Result<Vec<AuditRow>, QueueError> {
        let mut reader = self.reader().await?;
        let query =
            "SELECT at, actor, action, target, entries FROM {audit} ORDER BY id DESC LIMIT $1";
        let query = Query::new(query).bind(i64::try_from(limit).unwrap_or(i64::MAX));
        let rows = reader.session()?.rows(query).await?;
        rows.into_iter()
            .map(|row| {
                let mut row = row.read();
                Ok(AuditRow {
                    at: Timestamp::from_microsecond(row.int()?).unwrap_or(Timestamp::MAX),
                    actor: row.text()?,
                    action: row.text()?,
                    target: row.text()?,
                    entries: row.count()?,
                })
            })
            .collect()
    }
}

/// Writes a row of the record in the transaction of what was done; gives its number.
pub(super) async fn audited(
    session: &mut Session<'_>,
    actor: &str,
    action: &str,
    target: &str,
    entries: u64,
) -> Result<i64, QueueError> {
    let query = "INSERT INTO {audit} (at, actor, action, target, entries) \
         VALUES ({now}, $1, $2, $3, $4) RETURNING id";
    let entries = i64::try_from(entries).unwrap_or(i64::MAX);
    let query = Query::new(query).bind(actor).bind(action).bind(target).bind(entries);
    let row = session.row(query).await?;
    row.map_or(Err(QueueError::Closed), |row| row.read().int())
}

/// A thousand entries at most, in one transaction.
#[derive(Clone)]
struct Step {
    action: Action,
    filter: Filter,
    /// The last entry of the step before.
    behind: Uuid,
    /// The last entry that the person can have meant.
    newest: Uuid,
    actor: Actor,
    /// The row of the record, once there is one.
    audit: Option<i64>,
}

impl Step {
    /// Changes the next entries; gives which, and the row of the record.
    async fn run(self, session: &mut Session<'_>) -> Result<(Vec<Uuid>, Option<i64>), QueueError> {
        let found = self.find(session).await?;
        if found.is_empty() {
            return Ok((found, self.audit));
        }
        self.change(session, &found).await?;
        let count = found.len() as u64;
        let audit = match self.audit {
            Some(row) => {
                let query = "UPDATE {audit} SET entries = entries + $2 WHERE id = $1";
                let count = i64::try_from(count).unwrap_or(i64::MAX);
                session.run(Query::new(query).bind(row).bind(count)).await?;
                row
            }
            None => {
                let all = self.filter.is_all();
                let target = if all { "all".to_owned() } else { self.filter.to_string() };
                audited(session, &self.actor, self.action.as_str(), &target, count).await?
            }
        };
        Ok((found, Some(audit)))
    }

    /// The next entries that the action can be done to; nobody else changes them meanwhile.
    async fn find(&self, session: &mut Session<'_>) -> Result<Vec<Uuid>, QueueError> {
        let condition = Condition::new(&self.filter, 4, session.dialect.is_postgres());
        let lock = if session.dialect.is_postgres() { " FOR UPDATE OF e" } else { "" };
        let sql = format!(
            "SELECT e.id FROM {{entry}} e JOIN {{mail}} m ON m.id = e.id \
               LEFT JOIN {{route}} r ON r.name = e.route \
             WHERE e.id > $1 AND e.id <= $2 AND {} AND {} ORDER BY e.id LIMIT $3{lock}",
            self.action.possible(),
            condition.sql
        );
        let query = Query::new(sql).bind(self.behind).bind(self.newest).bind(AT_ONCE);
        ids(session, query.bind_all(condition.args)).await
    }

    async fn change(&self, session: &mut Session<'_>, found: &[Uuid]) -> Result<(), QueueError> {
        let batch = || vec![Column::ids(found.iter().copied())];
        match self.action {
            Action::Retry => retry(session, found).await?,
            Action::Hold => {
                session.run(Query::new(HOLD).batch(batch())).await?;
            }
            Action::Release => release(session, found).await?,
            Action::Cancel => {
                session.run(Query::new(CANCEL).batch(batch())).await?;
                wipe_secret(session, found).await?;
            }
            Action::MarkSent => {
                assume_sent(session, found).await?;
            }
            Action::Delete => {
                let calls =
                    "WITH v(gone) AS ({rows}) DELETE FROM {call} WHERE id IN (SELECT gone FROM v)";
                session.run(Query::new(calls).batch(batch())).await?;
                return lease::delete(session, found.iter().copied()).await.map(drop);
            }
        }
        note(session, found, self.action.as_str(), &self.actor, "{}").await?;
        if matches!(self.action, Action::Retry | Action::Release) {
            super::writer::ring(session).await?;
        }
        Ok(())
    }
}

/// Writes into the history of entries that are still there.
pub(super) async fn note(
    session: &mut Session<'_>,
    entries: &[Uuid],
    kind: &str,
    actor: &str,
    detail: &str,
) -> Result<(), QueueError> {
    let query = "WITH v(entry_id) AS ({rows}) INSERT INTO {event} (entry, at, kind, actor, detail) \
         SELECT m.id, {now}, $1, $2, $3 FROM v JOIN {mail} m ON m.id = v.entry_id";
    let query = Query::new(query).bind(kind).bind(actor).bind(detail);
    session.run(query.batch(vec![Column::ids(entries.iter().copied())])).await?;
    lease::trim_events(session, entries.iter().copied()).await
}

async fn retry(session: &mut Session<'_>, found: &[Uuid]) -> Result<(), QueueError> {
    let batch = || vec![Column::ids(found.iter().copied())];
    reopen(session, found).await?;
    let recipients = "WITH v(again) AS ({rows}) UPDATE {recipient} SET outcome = 'pending' FROM v \
         WHERE entry = v.again AND outcome IN ('refused', 'deferred')";
    session.run(Query::new(recipients).batch(batch())).await?;
    let entries = "WITH v(again) AS ({rows}) UPDATE {entry} SET \
           attempts = CASE WHEN state IN ('queued', 'uncertain') THEN attempts ELSE 0 END, \
           doubts = CASE WHEN state = 'uncertain' THEN doubts + 1 ELSE doubts END, \
           expires_at = CASE WHEN expires_at < {now} + $1 AND state <> 'queued' THEN {now} + $1 ELSE expires_at END, \
           state = 'queued', due_at = {now}, done_at = NULL, reason = NULL, gated_at = NULL, crashes = 0 \
         FROM v WHERE id = v.again";
    session.run(Query::new(entries).bind(ANOTHER_DAY).batch(batch())).await.map(drop)
}

const HOLD: &str = "WITH v(held) AS ({rows}) UPDATE {entry} SET \
       wanted = CASE WHEN state = 'sending' THEN 'hold' END, \
       reason = 'held by hand', \
       state = CASE WHEN state = 'sending' THEN state ELSE 'held' END \
     FROM v WHERE id = v.held";

const CANCEL: &str = "WITH v(gone) AS ({rows}) UPDATE {entry} SET \
       wanted = CASE WHEN state = 'sending' THEN 'cancel' END, \
       reason = 'cancelled by hand', \
       done_at = CASE WHEN state = 'sending' THEN NULL ELSE {now} END, \
       state = CASE WHEN state = 'sending' THEN state ELSE 'cancelled' END \
     FROM v WHERE id = v.gone";

async fn release(session: &mut Session<'_>, found: &[Uuid]) -> Result<(), QueueError> {
    let batch = || vec![Column::ids(found.iter().copied())];
    let unrendered = "WITH v(wanted) AS ({rows}) SELECT e.id FROM v JOIN {entry} e ON e.id = v.wanted \
         WHERE e.reason = $1";
    let unrendered =
        ids(session, Query::new(unrendered).bind(RENDER_REASON).batch(batch())).await?;
    call::retry_calls(session, &unrendered).await?;
    // Whoever lets a poisoned mail go on takes the risk once more, alone.
    let query = "WITH v(free) AS ({rows}) UPDATE {entry} SET state = 'queued', reason = NULL, \
           crashes = CASE WHEN reason = $1 THEN 2 ELSE 0 END, gated_at = NULL, \
           expires_at = CASE WHEN expires_at < {now} + $2 THEN {now} + $2 ELSE expires_at END \
         FROM v WHERE id = v.free AND state = 'held'";
    let query = Query::new(query).bind(POISON_REASON).bind(ANOTHER_DAY);
    session.run(query.batch(batch())).await.map(drop)
}
