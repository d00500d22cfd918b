//! Listing: what people see of a queue, a page at a time.
//!
//! Pages are by key and not by number, so that a queue that moves shows no entry
//! twice and skips none.

use std::cmp::Ordering;
use std::collections::HashMap;

use jiff::Timestamp;
use uuid::Uuid;

use super::database::{Arg, Column, Query, Row, Session};
use super::entry::{Delivery, EntryId, RecipientKind, State, View};
use super::filter::{Condition, Filter, Ways, id_prefix};
use super::{QueueError, Store};

/// What a list shows of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Its id.
    pub id: EntryId,
    /// What it is doing.
    pub state: State,
    /// Under which heading it stands.
    pub view: View,
    /// The mail method.
    pub method: String,
    /// The locale.
    pub locale: String,
    /// The name of its adapter.
    pub route: String,
    /// The subject.
    pub subject: String,
    /// The Message-ID; empty if the call gave no mail.
    pub message_id: String,
    /// Its key.
    pub key: Option<String>,
    /// From 1 (first) to 5.
    pub priority: u8,
    /// How many octets the message has.
    pub size: u64,
    /// How many attachments it has.
    pub attachments: u64,
    /// Whether its content is not for the eyes of people.
    pub secret: bool,
    /// How many attempts counted.
    pub attempts: u64,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When it is tried next; `None` unless it is queued.
    pub due_at: Option<Timestamp>,
    /// After which time it is not sent.
    pub expires_at: Timestamp,
    /// When it ended, if it did.
    pub done_at: Option<Timestamp>,
    /// Why it is held, or was cancelled.
    pub reason: Option<String>,
    /// What the other side said last.
    pub last: Option<LastReply>,
    /// Everyone whom it goes to, in order.
    pub recipients: Vec<RecipientState>,
    /// Whether its content is still there.
    pub has_content: bool,
}

/// What the other side said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastReply {
    /// The phase of the delivery.
    pub phase: String,
    /// The code of the reply.
    pub code: Option<u16>,
    /// The enhanced code.
    pub enhanced: Option<String>,
    /// The text.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// One recipient, and what has become of the mail for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientState {
    /// The address.
    pub address: String,
    /// The header that named it.
    pub kind: RecipientKind,
    /// What has become of the mail.
    pub outcome: Delivery,
    /// What was said about it.
    pub reply: Option<LastReply>,
}

/// Something that happened to an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What: `attempt`, `crash`, or the name of an action.
    pub kind: String,
    /// Who did it, if a person did.
    pub actor: Option<String>,
    /// The particulars: JSON.
    pub detail: String,
}

/// All that is known of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// What a list shows.
    pub summary: Summary,
    /// What happened to it, in order.
    pub events: Vec<Event>,
    /// What names the state of the templates that it was rendered from.
    pub revision: Option<String>,
    /// The arguments without secrets: JSON.
    pub arguments: Option<String>,
    /// What may be seen of a secret mail: JSON.
    pub shown: Option<String>,
    /// The entry that it was made from.
    pub origin: Option<EntryId>,
    /// The entries that were made from it.
    pub copies: Vec<EntryId>,
    /// The envelope sender; `None` is the null sender.
    pub sender: Option<String>,
    /// When its content was wiped.
    pub wiped_at: Option<Timestamp>,
    /// When it was first tried.
    pub tried_at: Option<Timestamp>,
    /// When it last passed the gate, if nothing is known since.
    pub gated_at: Option<Timestamp>,
    /// What becomes of it if nobody knows whether it was taken: `retry`, `hold`, `assume_sent`.
    pub on_uncertain: String,
    /// In how many crashes it was in a mailer's hands.
    pub crashes: u64,
    /// How often it was sent again although it may have arrived.
    pub doubts: u64,
    /// What a person wants of it while a mailer is at work on it: `cancel`, `hold`.
    pub wanted: Option<String>,
}

/// In which order entries are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Those that were queued first come first.
    #[default]
    Oldest,
    /// Those that were queued last come first.
    Newest,
    /// Those that are due first come first.
    Due,
}

/// Where a page ends and the next one begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The last entry of the page.
    pub id: EntryId,
    /// When it is due.
    pub due_at: Timestamp,
}

impl Summary {
    /// Where the page ends that has this entry as its last.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor { id: self.id, due_at: self.due_at.unwrap_or(self.created_at) }
    }
}

impl Order {
    /// Which of two comes first.
    fn compare(self, one: &Summary, other: &Summary) -> Ordering {
        match self {
            Self::Oldest => one.id.cmp(&other.id),
            Self::Newest => other.id.cmp(&one.id),
            Self::Due => (one.cursor().due_at, one.id).cmp(&(other.cursor().due_at, other.id)),
        }
    }
}

/// The statement that reads a page.
fn page(condition: Condition, order: Order, after: Option<Cursor>, limit: usize) -> Query<'static> {
    let mut args = condition.args;
    let mut behind = String::new();
    if let Some(Cursor { id, due_at }) = after {
        let place = args.len() + 1;
        args.push(id.0.into());
        behind = match order {
            Order::Oldest => format!(" AND e.id > ${place}"),
            Order::Newest => format!(" AND e.id < ${place}"),
            Order::Due => {
                args.push(due_at.as_microsecond().into());
                format!(" AND (e.due_at, e.id) > (${}, ${place})", place + 1)
            }
        };
    }
    let by = match order {
        Order::Oldest => "e.id",
        Order::Newest => "e.id DESC",
        Order::Due => "e.due_at, e.id",
    };
    let limit_at = args.len() + 1;
    args.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
    let sql = format!(
        "SELECT {COLUMNS} FROM {TABLES} WHERE {}{behind} ORDER BY {by} LIMIT ${limit_at}",
        condition.sql
    );
    Query::new(sql).bind_all(args)
}

const COLUMNS: &str = "e.id, e.state, e.route, e.priority, e.attempts, e.due_at, e.expires_at, e.done_at, \
    e.reason, e.last_at, e.last_phase, e.last_code, e.last_enhanced, e.last_text, m.method, m.locale, \
    m.subject, m.message_id, m.key, e.size, m.attachments, m.secret, m.created_at, m.wiped_at, \
    r.breaker, e.due_at <= {now}";
const TABLES: &str =
    "{entry} e JOIN {mail} m ON m.id = e.id LEFT JOIN {route} r ON r.name = e.route";

impl Store {
    /// Lists up to `limit` entries of a filter behind a cursor.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn list(
        &self,
        filter: &Filter,
        order: Order,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Vec<Summary>, QueueError> {
        let mut reader = self.reader().await?;
        let mut session = reader.session()?;
        let ways = ways(&mut session, order == Order::Due).await?;
        let parts = Condition::parts(filter, 1, session.dialect.is_postgres(), &ways);
        let several = parts.len() > 1;
        let mut list = Vec::new();
        for part in parts {
            let query = page(part, order, after, limit);
            let rows = session.rows(query).await?;
            list.extend(rows.into_iter().map(summary).collect::<Result<Vec<_>, _>>()?);
        }
        if several {
            list.sort_by(|one, other| order.compare(one, other));
            list.truncate(limit);
        }
        with_recipients(&mut session, list).await
    }

    /// How many entries a filter takes, counted up to `cap`.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn count(&self, filter: &Filter, cap: u64) -> Result<u64, QueueError> {
        let mut reader = self.reader().await?;
        let mut session = reader.session()?;
        let ways = ways(&mut session, true).await?;
        let mut count = 0;
        for part in Condition::parts(filter, 1, session.dialect.is_postgres(), &ways) {
            if count < cap {
                count += count_where(&mut session, part, "true", cap - count).await?;
            }
        }
        Ok(count)
    }

    /// How many entries each view has, counted up to `cap`; every view, in order.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn views(&self, cap: u64) -> Result<Vec<(View, u64)>, QueueError> {
        let mut reader = self.reader().await?;
        let mut session = reader.session()?;
        let ways = ways(&mut session, true).await?;
        let mut views = Vec::with_capacity(View::ALL.len());
        for view in View::ALL {
            let mut count = 0;
            let parts =
                Condition::parts(&Filter::view(*view), 1, session.dialect.is_postgres(), &ways);
            for part in parts {
                if count < cap {
                    count += count_in("{entry} e", &mut session, part, "true", cap - count).await?;
                }
            }
            views.push((*view, count));
        }
        Ok(views)
    }

    /// The entry that an id, or the beginning of one, means.
    ///
    /// # Errors
    ///
    /// [`QueueError::UnknownEntry`] if there is none, [`QueueError::AmbiguousEntry`] if there are
    /// several; fewer than six digits mean none.
    pub async fn find(&self, id: &str) -> Result<EntryId, QueueError> {
        let unknown = || QueueError::UnknownEntry { id: id.chars().take(60).collect() };
        let prefix = id_prefix(id.trim()).filter(|prefix| prefix.len() >= 6).ok_or_else(unknown)?;
        let filter: Filter = format!("id:{prefix}").parse().map_err(QueueError::Filter)?;
        let mut reader = self.reader().await?;
        let mut session = reader.session()?;
        let condition = Condition::new(&filter, 1, session.dialect.is_postgres());
        let sql = format!("SELECT e.id FROM {{entry}} e WHERE {} LIMIT 1000", condition.sql);
        let found = session.rows(Query::new(sql).bind_all(condition.args)).await?;
        let count = found.len() as u64;
        match (found.into_iter().next(), count) {
            (None, _) => Err(unknown()),
            (Some(row), 1) => Ok(EntryId(row.read().id()?)),
            (Some(_), count) => Err(QueueError::AmbiguousEntry { id: id.to_owned(), count }),
        }
    }

    /// All that is known of an entry.
    ///
    /// # Errors
    ///
    /// [`QueueError::UnknownEntry`] if it is not there (any more).
    pub async fn detail(&self, id: EntryId) -> Result<Detail, QueueError> {
        let mut reader = self.reader().await?;
        let mut session = reader.session()?;
        let unknown = || QueueError::UnknownEntry { id: id.to_string() };
        let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE e.id = $1");
        let rows = session.rows(Query::new(sql).bind(id.0)).await?;
        let list = rows.into_iter().map(summary).collect::<Result<_, _>>()?;
        let summary = with_recipients(&mut session, list).await?.pop().ok_or_else(unknown)?;
        let sql = "SELECT m.revision, m.arguments, m.shown, m.origin, m.sender, m.wiped_at, e.tried_at, \
               e.gated_at, e.on_uncertain, e.crashes, e.doubts, e.wanted \
             FROM {mail} m JOIN {entry} e ON e.id = m.id WHERE m.id = $1";
        let row = session.row(Query::new(sql).bind(id.0)).await?.ok_or_else(unknown)?;
        let mut row = row.read();
        Ok(Detail {
            summary,
            revision: row.maybe_text()?,
            arguments: row.maybe_text()?,
            shown: row.maybe_text()?,
            origin: row.maybe_id()?.map(EntryId),
            sender: row.maybe_text()?,
            wiped_at: row.maybe_int()?.map(time),
            tried_at: row.maybe_int()?.map(time),
            gated_at: row.maybe_int()?.map(time),
            on_uncertain: row.text()?,
            crashes: row.count()?,
            doubts: row.count()?,
            wanted: row.maybe_text()?,
            events: events(&mut session, id).await?,
            copies: copies(&mut session, id).await?,
        })
    }

    /// The bytes of the message of an entry; `None` if they were wiped.
    ///
    /// # Errors
    ///
    /// [`QueueError::UnknownEntry`] if it is not there (any more), [`QueueError::MissingBlob`] if a
    /// part of it is not.
    pub async fn bytes(&self, id: EntryId) -> Result<Option<Vec<u8>>, QueueError> {
        let mut reader = self.reader().await?;
        let content = super::lease::contents(&mut reader.session()?, &[id.0]).await?.remove(&id.0);
        let content = content.ok_or_else(|| QueueError::UnknownEntry { id: id.to_string() })?;
        match content.into_bytes() {
            Ok(bytes) => Ok(Some(bytes)),
            Err(super::Unsendable::Wiped) => Ok(None),
            Err(_missing) => Err(QueueError::MissingBlob { id: id.0 }),
        }
    }

    /// When a mail of each method was last queued, by method.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn last_of_methods(
        &self,
        methods: &[&str],
    ) -> Result<HashMap<String, Timestamp>, QueueError> {
        let mut reader = self.reader().await?;
        let sql = "WITH v(name) AS ({rows}) SELECT v.name, m.created_at FROM v JOIN {mail} m ON m.id = \
             (SELECT l.id FROM {mail} l WHERE l.method = v.name ORDER BY l.id DESC LIMIT 1)";
        let query = Query::new(sql).batch(vec![Column::texts(methods.iter().copied())]);
        let mut last = HashMap::new();
        for row in reader.session()?.rows(query).await? {
            let mut row = row.read();
            last.insert(row.text()?, time(row.int()?));
        }
        Ok(last)
    }

    /// How many entries wait on each route, by how long they have been due; of very many, the
    /// [`AGED`] that are due first: of those that were tried, then of the others.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn ages(&self) -> Result<Vec<RouteAge>, QueueError> {
        let mut reader = self.reader().await?;
        let mut session = reader.session()?;
        let sql = "SELECT route, CASE WHEN due_at > {now} THEN -1 WHEN due_at > {now} - 60000000 THEN 0 \
               WHEN due_at > {now} - 300000000 THEN 1 WHEN due_at > {now} - 900000000 THEN 2 \
               WHEN due_at > {now} - 3600000000 THEN 3 WHEN due_at > {now} - 14400000000 THEN 4 \
               WHEN due_at > {now} - 86400000000 THEN 5 ELSE 6 END AS age, count(*) \
             FROM (SELECT route, due_at FROM (SELECT route, due_at FROM {entry} \
               WHERE state = 'queued' AND attempts > 0 ORDER BY due_at, id LIMIT $1) AS tried \
             UNION ALL SELECT route, due_at FROM (SELECT route, due_at FROM {entry} \
               WHERE state = 'queued' AND attempts = 0 ORDER BY due_at, id LIMIT $1) AS fresh \
             LIMIT $1) AS waiting \
             GROUP BY 1, 2 ORDER BY 1, 2";
        let most = i64::try_from(AGED).unwrap_or(i64::MAX);
        let rows = session.rows(Query::new(sql).bind(most)).await?;
        rows.into_iter()
            .map(|row| {
                let mut row = row.read();
                Ok(RouteAge { route: row.text()?, age: row.int()?, entries: row.count()? })
            })
            .collect()
    }
}

/// How many entries [`Store::ages`] looks at.
pub const AGED: u64 = 200_000;

/// How many entries wait on a route, that have been due for about as long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteAge {
    /// The name of the adapter.
    pub route: String,
    /// -1 for those due later; else 0 to 6 for under 1 min, 5 min, 15 min, 1 h, 4 h, 1 d, and over.
    pub age: i64,
    /// How many there are.
    pub entries: u64,
}

/// Where mail waits, as far as it depends on the routes. While one of them is out, only looking at all
/// that is due would show what waits for it: then each way is looked at alone, unless the order is
/// another one than theirs.
async fn ways(session: &mut Session<'_>, by_due: bool) -> Result<Ways, QueueError> {
    let out = Query::new("SELECT name FROM {route} WHERE breaker <> 'closed'");
    let out = session.rows(out).await?.into_iter().map(|row| row.read().text());
    let out: Vec<String> = out.collect::<Result<_, _>>()?;
    if out.is_empty() {
        return Ok(Ways::AllOpen);
    }
    if !by_due {
        return Ok(Ways::Mixed);
    }
    let waiting = super::route::agenda(session).await?.into_iter().map(|one| one.route);
    let (out, open) = waiting.partition(|route| out.contains(route));
    Ok(Ways::Some { open, out })
}

/// How many entries hold both conditions, counted up to `cap`.
pub(super) async fn count_where(
    session: &mut Session<'_>,
    condition: Condition,
    and: &str,
    cap: u64,
) -> Result<u64, QueueError> {
    count_in(TABLES, session, condition, and, cap).await
}

/// The same, of these tables.
async fn count_in(
    tables: &str,
    session: &mut Session<'_>,
    condition: Condition,
    and: &str,
    cap: u64,
) -> Result<u64, QueueError> {
    let limit_at = condition.args.len() + 1;
    let sql = format!(
        "SELECT count(*) FROM (SELECT 1 FROM {tables} WHERE {} AND {and} LIMIT ${limit_at}) AS found",
        condition.sql
    );
    let cap = Arg::Int(Some(i64::try_from(cap).unwrap_or(i64::MAX)));
    let query = Query::new(sql).bind_all(condition.args).bind_all([cap]);
    let row = session.row(query).await?;
    Ok(row.map(|row| row.read().count()).transpose()?.unwrap_or(0))
}

/// The same list with all recipients.
async fn with_recipients(
    session: &mut Session<'_>,
    mut list: Vec<Summary>,
) -> Result<Vec<Summary>, QueueError> {
    let sql = "WITH v(wanted) AS ({rows}) SELECT x.entry, x.address, x.kind, x.outcome, x.at, x.phase, \
           x.code, x.enhanced, x.text \
         FROM v JOIN {recipient} x ON x.entry = v.wanted ORDER BY x.entry, x.place";
    let query = Query::new(sql).batch(vec![Column::ids(list.iter().map(|one| one.id.0))]);
    let mut recipients: HashMap<Uuid, Vec<RecipientState>> = HashMap::new();
    for row in session.rows(query).await? {
        let mut row = row.read();
        let entry = row.id()?;
        let one = RecipientState {
            address: row.text()?,
            kind: row.word(RecipientKind::from_word)?,
            outcome: row.word(Delivery::from_word)?,
            reply: reply(&mut row)?,
        };
        recipients.entry(entry).or_default().push(one);
    }
    for one in &mut list {
        one.recipients = recipients.remove(&one.id.0).unwrap_or_default();
    }
    Ok(list)
}

fn summary(row: Row) -> Result<Summary, QueueError> {
    let mut row = row.read();
    let id = EntryId(row.id()?);
    let state = row.word(State::from_word)?;
    let (route, priority, attempts) = (row.text()?, row.count()?, row.count()?);
    let (due_at, expires_at) = (time(row.int()?), time(row.int()?));
    let done_at = row.maybe_int()?.map(time);
    let reason = row.maybe_text()?;
    let last = reply(&mut row)?;
    let (method, locale, subject) = (row.text()?, row.text()?, row.text()?);
    let (message_id, key) = (row.text()?, row.maybe_text()?);
    let (size, attachments, secret) = (row.count()?, row.count()?, row.bool()?);
    let (created_at, wiped_at) = (time(row.int()?), row.maybe_int()?);
    let down = row.maybe_text()?.is_some_and(|breaker| breaker != "closed");
    let due = row.bool()?;
    Ok(Summary {
        id,
        state,
        view: view(state, attempts > 0, due, down),
        method,
        locale,
        route,
        subject,
        message_id,
        key,
        priority: u8::try_from(priority).unwrap_or(3),
        size,
        attachments,
        secret,
        attempts,
        created_at,
        due_at: (state == State::Queued).then_some(due_at),
        expires_at,
        done_at,
        reason,
        last,
        recipients: Vec::new(),
        has_content: wiped_at.is_none(),
    })
}

/// Under which heading an entry stands; the same as the conditions of the views.
pub(super) const fn view(state: State, tried: bool, due: bool, down: bool) -> View {
    match state {
        State::Queued if tried || (due && down) => View::Deferred,
        State::Queued if due => View::Outgoing,
        State::Queued => View::Scheduled,
        State::Sending => View::Sending,
        State::Uncertain | State::Held => View::Attention,
        State::Sent => View::Sent,
        State::Partial | State::Dead | State::Expired => View::Dead,
        State::Cancelled => View::Cancelled,
    }
}

/// Reads time, phase, code, enhanced code and text.
fn reply(row: &mut super::database::Reading) -> Result<Option<LastReply>, QueueError> {
    let at = row.maybe_int()?;
    let (phase, code) = (row.maybe_text()?, row.maybe_int()?);
    let (enhanced, text) = (row.maybe_text()?, row.maybe_text()?);
    Ok(at.zip(phase).map(|(at, phase)| LastReply {
        phase,
        code: code.and_then(|code| u16::try_from(code).ok()),
        enhanced,
        text: text.unwrap_or_default(),
        at: time(at),
    }))
}

async fn events(session: &mut Session<'_>, id: EntryId) -> Result<Vec<Event>, QueueError> {
    let sql = "SELECT at, kind, actor, detail FROM {event} WHERE entry = $1 ORDER BY id LIMIT 200";
    let rows = session.rows(Query::new(sql).bind(id.0)).await?;
    rows.into_iter()
        .map(|row| {
            let mut row = row.read();
            let (at, kind) = (time(row.int()?), row.text()?);
            Ok(Event { at, kind, actor: row.maybe_text()?, detail: row.text()? })
        })
        .collect()
}

async fn copies(session: &mut Session<'_>, id: EntryId) -> Result<Vec<EntryId>, QueueError> {
    // A mail that was made from another one has an event that says so: no index is needed for it.
    let sql = "SELECT detail FROM {event} WHERE entry = $1 AND kind IN ('resend', 'redirect') ORDER BY id";
    let rows = session.rows(Query::new(sql).bind(id.0)).await?;
    let mut copies = Vec::new();
    for row in rows {
        let detail = row.read().text()?;
        copies.extend(detail.split('"').filter_map(|word| word.parse::<EntryId>().ok()));
    }
    Ok(copies)
}

fn time(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
}
