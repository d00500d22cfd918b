//! Calls of other programs: rows that name a method and its arguments, which become entries.
//!
//! What a call means is not known here; whoever runs a mailer renders it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use uuid::Uuid;

use super::database::{Column, Query, Session};
use super::entry::{EntryId, NewEntry};
use super::insert::{Group, Whose, insert, own};
use super::recovery::ids;
use super::schema::Identity;
use super::{QueueError, RENDER_REASON, Store, plain};

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

/// A call, and what it gave.
type Rendered = (PendingCall, Result<NewEntry, String>);

impl Store {
    /// Turns waiting calls of other programs into entries, some at a time; gives how many it turned.
    ///
    /// They are rendered outside of any transaction. One that cannot be rendered or written keeps no
    /// other waiting: it becomes its error.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn take_calls(&self, intake: Arc<Intake>) -> Result<usize, QueueError> {
        let mut rendered = Vec::new();
        for call in self.waiting_calls().await? {
            let entry = entry(&*intake, &call);
            rendered.push((call, entry));
            // Others have work to do in between.
            tokio::task::yield_now().await;
        }
        if rendered.is_empty() {
            return Ok(0);
        }
        match self.turn(rendered.clone()).await {
            Err(error) if !error.is_transient() => {}
            done => return done,
        }
        let mut turned = 0;
        for (call, entry) in rendered {
            turned += match self.turn(vec![(call.clone(), entry)]).await {
                Err(error) if !error.is_transient() => {
                    self.turn(vec![(call, Err(told(&error)))]).await?
                }
                done => done?,
            };
        }
        Ok(turned)
    }

    async fn waiting_calls(&self) -> Result<Vec<PendingCall>, QueueError> {
        let query = "SELECT id, method, CAST(arguments AS text), CAST(options AS text) FROM {call} \
             WHERE error IS NULL ORDER BY created_at LIMIT $1";
        let mut reader = self.reader().await?;
        let rows = reader.session()?.rows(Query::new(query).bind(AT_ONCE)).await?;
        let calls = rows.into_iter().map(|row| {
            let mut row = row.read();
            Ok(PendingCall {
                id: EntryId(row.id()?),
                method: row.text()?,
                arguments: row.text()?,
                options: row.text()?,
            })
        });
        calls.collect()
    }

    async fn turn(&self, rendered: Vec<Rendered>) -> Result<usize, QueueError> {
        let identity = self.identity().clone();
        self.write(move |session| Box::pin(async move { turn(session, &identity, rendered).await }))
            .await
    }
}

/// The entry of a call; code that breaks off gives none.
fn entry(intake: &Intake, call: &PendingCall) -> Result<NewEntry, String> {
    catch_unwind(AssertUnwindSafe(|| intake(call)))
        .unwrap_or_else(|_panic| Err("rendering it broke off".to_owned()))
}

/// An error with its causes.
fn told(error: &QueueError) -> String {
    let mut told = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        told.push_str(&format!(": {next}"));
        cause = next.source();
    }
    plain(&told).into_owned()
}

/// Turns calls into entries, or into their errors; gives how many. What another mailer is at work on,
/// or has turned, is left out.
async fn turn(
    session: &mut Session<'_>,
    identity: &Identity,
    rendered: Vec<Rendered>,
) -> Result<usize, QueueError> {
    let all = || vec![Column::ids(rendered.iter().map(|(call, _)| call.id.0))];
    let query = "WITH v(wanted) AS ({rows}) SELECT id FROM {call} \
         WHERE id IN (SELECT wanted FROM v) AND error IS NULL {lock}";
    let ours = ids(session, Query::new(query).batch(all())).await?;
    let query =
        "WITH v(wanted) AS ({rows}) SELECT id FROM {mail} WHERE id IN (SELECT wanted FROM v)";
    let taken = ids(session, Query::new(query).batch(all())).await?;

    let (mut made, mut failed) = (Vec::new(), Vec::new());
    for (call, entry) in rendered.iter().filter(|(call, _)| ours.contains(&call.id.0)) {
        match entry {
            _ if taken.contains(&call.id.0) => {
                failed.push((call, "another mail has this id".to_owned()));
            }
            Ok(entry) => {
                let entry = [NewEntry { id: call.id, ..entry.clone() }];
                let own = own(&entry);
                made.push((call, entry, own));
            }
            Err(error) => failed.push((call, error.clone())),
        }
    }
    let groups: Vec<Group<'_>> =
        made.iter().map(|(_, entries, own)| Group { entries, own }).collect();
    let inserted = insert(session, identity, &groups, Whose::Ours).await?;
    let mut gone = Vec::new();
    for ((call, ..), outcome) in made.iter().zip(inserted) {
        match outcome {
            Ok(_) => gone.push(call.id.0),
            Err(error) => failed.push((call, error.to_string())),
        }
    }
    let query = "WITH v(done) AS ({rows}) DELETE FROM {call} WHERE id IN (SELECT done FROM v)";
    session.run(Query::new(query).batch(vec![Column::ids(gone)])).await?;
    for (call, error) in &failed {
        fail(session, call, &plain(error), taken.contains(&call.id.0)).await?;
    }
    Ok(ours.len())
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
    let query = "INSERT INTO {mail} (id, method, locale, message_id, subject, attachments, secret, \
           created_at, wiped_at) VALUES ($1, $2, '', '', '', 0, 0, {now}, {now})";
    session.run(Query::new(query).bind(call.id.0).bind(call.method.as_str())).await?;
    let query = "INSERT INTO {entry} (id, route, bulk, priority, size, state, due_at, expires_at, on_uncertain, \
           reason, last_at, last_phase, last_text) \
         VALUES ($1, '', 0, 3, 0, 'held', {now}, {now} + $2, 'hold', $3, {now}, $3, $4)";
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
