//! The lease: a mailer's right to one entry, from the claim to the outcome.
//!
//! Every write names state, mailer and the number of the lease, and counts: who
//! has lost a lease changes nothing, however late it comes.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use uuid::Uuid;

use super::QueueError;
use super::database::{Arg, Column, Query, Row, Session};
use super::entry::{Delivery, EntryId, RecipientKind, State};
use super::frontier::Since;
use super::pack::unpacked;
use crate::message::{Address, Envelope, Field, Message, Recipient};

/// How many priorities there are.
pub(super) const PRIORITIES: usize = 5;
/// After how many microseconds a due entry is claimed at the next higher priority.
const STARVING: i64 = 15 * 60 * 1_000_000;
/// After which a mailer that does not tell that it lives has no gates, in microseconds.
const STALE: i64 = 20_000_000;
/// How many events of an entry are kept: its first ones, and its last ones.
const EVENTS: i64 = 100;
/// How many of them are the first ones.
const FIRST_EVENTS: i64 = 30;

/// Names one lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket {
    /// The entry.
    pub id: EntryId,
    /// The number of the lease: each claim has a higher one.
    pub lease: i64,
}

/// An entry in the hands of a mailer.
#[derive(Clone, Debug)]
pub struct Lease {
    /// Its name.
    pub ticket: Ticket,
    /// The adapter that it goes to.
    pub route: String,
    /// The mail method.
    pub method: String,
    /// Whether it is one of many.
    pub bulk: bool,
    /// How many counted attempts it has had.
    pub attempts: u64,
    /// When it was first tried.
    pub tried_at: Option<Timestamp>,
    /// When it was due.
    pub due_at: Timestamp,
    /// After which time it is not sent.
    pub expires_at: Timestamp,
    /// When it was claimed, by the clock of the store, as all times of an entry.
    pub claimed_at: Timestamp,
    /// How many recipients were accepted in earlier attempts, and how many refused.
    pub done: (u64, u64),
    /// Whether its content must be wiped once nothing more will happen.
    pub secret: bool,
    /// What is sent, to those who have not been accepted or refused yet; or why it cannot be.
    pub message: Result<Message, Unsendable>,
}

/// Why a claimed entry cannot be sent at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsendable {
    /// A part of its content is not in the store any more.
    MissingPart,
    /// Its content was wiped.
    Wiped,
    /// What is stored is no envelope, or no content.
    Damaged,
}

impl Unsendable {
    /// The reason in a few words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MissingPart => "a part of its content is missing in the store",
            Self::Wiped => "its content was wiped",
            Self::Damaged => "it is damaged in the store",
        }
    }
}

/// What an attempt has come to.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// The lease that ends.
    pub ticket: Ticket,
    /// What becomes of the entry.
    pub next: Next,
    /// Whether it was an attempt that counts.
    pub counted: bool,
    /// What the other side said last.
    pub last: Option<Said>,
    /// Recipients about whom something new is known.
    pub recipients: Vec<(Address, Delivery, Said)>,
    /// What is written into the entry's history: JSON.
    pub event: Option<String>,
    /// Whether its content must be wiped once nothing more will happen.
    pub secret: bool,
}

impl Settlement {
    /// Gives a lease back: the entry waits as it was, and nothing was tried.
    #[must_use]
    pub const fn release(ticket: Ticket) -> Self {
        Self {
            ticket,
            next: Next::Again(None),
            counted: false,
            last: None,
            recipients: Vec::new(),
            event: None,
            secret: false,
        }
    }
}

/// A reply, or what happened instead of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// The phase of the delivery: `rcpt`, `dot` and the like.
    pub phase: &'static str,
    /// The code of the reply.
    pub code: Option<u16>,
    /// The enhanced code.
    pub enhanced: Option<String>,
    /// The text.
    pub text: String,
}

/// Words of the other side as they are kept: 2,000 characters at most, none that controls anything.
pub(crate) fn plain(words: &str) -> Cow<'_, str> {
    const LIMIT: usize = 2_000;
    if words.len() <= LIMIT && !words.chars().any(char::is_control) {
        return words.into();
    }
    let kept = words.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut kept: String = kept.take(LIMIT + 1).collect();
    if let Some((end, _)) = kept.char_indices().nth(LIMIT) {
        kept.truncate(end);
        kept.push('…');
    }
    kept.into()
}

/// What becomes of an entry after an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing more.
    Done(State),
    /// It is tried again after so many microseconds; `None` leaves it due as it was.
    Again(Option<i64>),
    /// Nobody knows whether it was taken.
    Doubt,
    /// It waits for a person.
    Held(String),
    /// It is forgotten.
    Delete,
}

impl Next {
    /// The state that it leads to; `dead` if the entry is forgotten.
    #[must_use]
    pub const fn state(&self) -> State {
        match self {
            Self::Done(state) => *state,
            Self::Again(_) => State::Queued,
            Self::Doubt => State::Uncertain,
            Self::Held(_) => State::Held,
            Self::Delete => State::Dead,
        }
    }
}

/// Claims up to `limit` due entries of a route, the most urgent first; on PostgreSQL those that are due
/// since a time for each priority, where SQLite has nothing to walk over.
pub(super) async fn claim(
    session: &mut Session<'_>,
    mailer: Uuid,
    route: &str,
    limit: usize,
    since: Since,
) -> Result<Vec<Claim>, QueueError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let query = if session.dialect.is_postgres() {
        Query::new(CLAIM_KNOWN.replace("{limit}", &limit.to_string()))
    } else {
        Query::new(CLAIM)
    };
    let query = query.bind(route).bind(mailer).bind(STARVING);
    let query = if session.dialect.is_postgres() {
        query.bind_all(since.map(Arg::from))
    } else {
        query.bind(limit)
    };
    claimed(session.rows(query).await?)
}

/// Claims one entry of a route that was in a mailer's hands at two crashes.
pub(super) async fn claim_suspect(
    session: &mut Session<'_>,
    mailer: Uuid,
    route: &str,
) -> Result<Vec<Claim>, QueueError> {
    let query = Query::new(CLAIM_SUSPECT).bind(route).bind(mailer);
    claimed(session.rows(query).await?)
}

/// A claimed entry whose content is not read yet.
#[derive(Clone, Debug)]
pub struct Claim {
    ticket: Ticket,
    route: String,
    bulk: bool,
    priority: i64,
    order: (i64, i64),
    attempts: u64,
    tried_at: Option<i64>,
    due_at: i64,
    expires_at: i64,
    claimed_at: i64,
    size: usize,
}

impl Claim {
    /// The lease.
    #[must_use]
    pub const fn ticket(&self) -> Ticket {
        self.ticket
    }

    /// Whether the mail is one of many.
    #[must_use]
    pub const fn is_bulk(&self) -> bool {
        self.bulk
    }

    /// Its place among others: its priority, the first being 0, and since when it is due.
    pub(super) fn place(&self) -> (usize, i64) {
        (usize::try_from(self.priority - 1).unwrap_or_default(), self.due_at)
    }

    /// How many octets the message has.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.size
    }
}

/// Reads claimed rows, the most urgent first.
fn claimed(rows: Vec<Row>) -> Result<Vec<Claim>, QueueError> {
    let mut claims = Vec::with_capacity(rows.len());
    for row in rows {
        let mut row = row.read();
        let ticket = Ticket { id: EntryId(row.id()?), lease: row.int()? };
        let (route, bulk, priority) = (row.text()?, row.bool()?, row.int()?);
        let (attempts, tried_at) = (row.count()?, row.maybe_int()?);
        let (due_at, expires_at) = (row.int()?, row.int()?);
        let (claimed_at, starving) = (row.int()?, row.bool()?);
        let size = usize::try_from(row.count()?).unwrap_or(usize::MAX);
        claims.push(Claim {
            ticket,
            route,
            bulk,
            priority,
            order: (priority - i64::from(starving), due_at),
            attempts,
            tried_at,
            due_at,
            expires_at,
            claimed_at,
            size,
        });
    }
    put_in_order(&mut claims);
    Ok(claims)
}

/// The most urgent first.
pub(super) fn put_in_order(claims: &mut [Claim]) {
    claims.sort_by_key(|one| (one.order, one.ticket.id));
}

/// What a claim changes; whose it is follows.
macro_rules! taken {
    ($alone:literal) => {
        concat!(
            " SET state = 'sending', mailer = $2, lease = lease + 1, alone = ",
            $alone,
            ", gated_at = NULL, wanted = NULL "
        )
    };
}

/// What is read of claimed rows, at this time and by whether they starved.
macro_rules! returned {
    ($now:literal, $starving:literal) => {
        concat!(
            " RETURNING id, lease, route, bulk, priority, attempts, tried_at, due_at, expires_at, ",
            $now,
            ", ",
            $starving,
            ", size"
        )
    };
}

/// One scan of the index: a priority, and entries that starve or do not. What has expired is left to
/// the sweep, which knows whether the clock can be trusted.
macro_rules! scan {
    ($priority:literal, $due:literal) => {
        concat!(
            "SELECT place FROM (SELECT rowid AS place FROM {entry} WHERE route = $1 AND priority = ",
            $priority,
            " AND state = 'queued' AND crashes < 2 AND due_at ",
            $due,
            " AND expires_at > {now} ORDER BY due_at, id LIMIT $4) AS s"
        )
    };
}

/// Who waits for too long stands in front of the next higher priority, so that nobody starves.
const CLAIM: &str = concat!(
    "WITH c AS (SELECT place FROM (",
    scan!("1", "<= {now} - $3"),
    " UNION ALL ",
    scan!("2", "<= {now} - $3"),
    " UNION ALL ",
    scan!("1", "BETWEEN {now} - $3 + 1 AND {now}"),
    " UNION ALL ",
    scan!("3", "<= {now} - $3"),
    " UNION ALL ",
    scan!("2", "BETWEEN {now} - $3 + 1 AND {now}"),
    " UNION ALL ",
    scan!("4", "<= {now} - $3"),
    " UNION ALL ",
    scan!("3", "BETWEEN {now} - $3 + 1 AND {now}"),
    " UNION ALL ",
    scan!("5", "<= {now} - $3"),
    " UNION ALL ",
    scan!("4", "BETWEEN {now} - $3 + 1 AND {now}"),
    " UNION ALL ",
    scan!("5", "BETWEEN {now} - $3 + 1 AND {now}"),
    ") AS every LIMIT $4) UPDATE {entry}",
    taken!("0"),
    "WHERE rowid IN (SELECT place FROM c)",
    returned!("{now}", "due_at <= {now} - $3")
);

/// The same scans in the words of PostgreSQL, one after the other by `LATERAL`: ten of them cost more
/// to plan than to run. The limit is written out, because with one that it does not know it would plan
/// anew for every claim. Rows are found again by their places, which cannot change while they are
/// locked: by their ids, all of their old versions would be found with them, of which there are many
/// while a transaction elsewhere is open. Where mailers are on several machines, one that was taken for
/// dead and does not know it yet would claim what others must then take from it.
const CLAIM_KNOWN: &str = concat!(
    "WITH t(now, old) AS MATERIALIZED (SELECT {now}, {now} - $3), \
     c AS MATERIALIZED (SELECT s.place FROM t \
     CROSS JOIN LATERAL (VALUES (1, $4, t.old), (2, $5, t.old), (1, greatest($4, t.old + 1), t.now), \
       (3, $6, t.old), (2, greatest($5, t.old + 1), t.now), (4, $7, t.old), \
       (3, greatest($6, t.old + 1), t.now), (5, $8, t.old), (4, greatest($7, t.old + 1), t.now), \
       (5, greatest($8, t.old + 1), t.now)) AS w(priority, since, until) \
     CROSS JOIN LATERAL (SELECT ctid AS place FROM {entry} WHERE route = $1 \
       AND priority = w.priority AND state = 'queued' AND crashes < 2 \
       AND due_at BETWEEN w.since AND w.until AND expires_at > t.now \
       ORDER BY due_at, id LIMIT {limit} {lock}) AS s LIMIT {limit}) \
     UPDATE {entry}",
    taken!("0"),
    "FROM c, t WHERE {entry}.ctid = c.place AND EXISTS (SELECT 1 FROM {mailer} AS k WHERE k.id = $2)",
    returned!("t.now", "due_at <= t.old")
);

const CLAIM_SUSPECT: &str = concat!(
    "WITH c AS (SELECT id FROM {entry} WHERE route = $1 AND state = 'queued' \
       AND crashes >= 2 AND due_at <= {now} AND expires_at > {now} \
       ORDER BY due_at LIMIT 1 {lock}) UPDATE {entry}",
    taken!("1"),
    "WHERE id IN (SELECT id FROM c)",
    returned!("{now}", "0")
);

/// Lets what a mailer has claimed alone be one of many.
pub(super) async fn accompany(session: &mut Session<'_>, mailer: Uuid) -> Result<(), QueueError> {
    let query = "UPDATE {entry} SET alone = 0 \
         WHERE state = 'sending' AND state <> 'queued' AND mailer = $1 AND alone = 1";
    session.run(Query::new(query).bind(mailer)).await.map(drop)
}

/// Reads what claimed entries send.
pub(super) async fn load(
    session: &mut Session<'_>,
    claimed: Vec<Claim>,
) -> Result<Vec<Lease>, QueueError> {
    let ids: Vec<Uuid> = claimed.iter().map(|one| one.ticket.id.0).collect();
    let mut mails = contents(session, &ids).await?;
    let mut recipients = recipients(session, &ids).await?;
    let time = |micros| Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX);
    let leases = claimed.into_iter().map(|one| {
        let id = one.ticket.id.0;
        let Rest { open, done, damaged } = recipients.remove(&id).unwrap_or_default();
        let mail = mails.remove(&id);
        let (method, secret) =
            mail.as_ref().map_or_else(Default::default, |mail| (mail.method.clone(), mail.secret));
        Lease {
            ticket: one.ticket,
            route: one.route,
            method,
            bulk: one.bulk,
            attempts: one.attempts,
            tried_at: one.tried_at.map(time),
            due_at: time(one.due_at),
            expires_at: time(one.expires_at),
            claimed_at: time(one.claimed_at),
            done,
            secret,
            message: mail
                .filter(|_| !damaged)
                .ok_or(Unsendable::Damaged)
                .and_then(|mail| mail.message(open)),
        }
    });
    Ok(leases.collect())
}

/// The content of an entry, as far as it is there.
#[derive(Debug)]
pub(super) struct Content {
    method: String,
    secret: bool,
    sender: Option<String>,
    message_id: String,
    bytes: Result<Vec<u8>, Unsendable>,
}

impl Content {
    /// The bytes of the message.
    pub(super) fn into_bytes(self) -> Result<Vec<u8>, Unsendable> {
        self.bytes
    }

    /// The message to these recipients.
    pub(super) fn message(self, recipients: Vec<Recipient>) -> Result<Message, Unsendable> {
        let sender = match self.sender.map(|sender| sender.parse::<Address>()).transpose() {
            Ok(sender) => sender,
            Err(_no_address) => return Err(Unsendable::Damaged),
        };
        let envelope = match Envelope::new(sender, recipients) {
            Ok(envelope) => envelope,
            Err(_nobody) => return Err(Unsendable::Damaged),
        };
        Ok(Message::from_parts(self.message_id, envelope, self.bytes?))
    }
}

/// The contents of entries, their shared parts put back in.
pub(super) async fn contents(
    session: &mut Session<'_>,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Content>, QueueError> {
    let batch = || vec![Column::ids(ids.iter().copied())];
    let mut parts: HashMap<Uuid, Vec<Part>> = HashMap::new();
    let query = "WITH v(wanted) AS ({rows}) SELECT p.entry, p.start, b.data FROM v \
         JOIN {piece} p ON p.entry = v.wanted LEFT JOIN {blob} b ON b.hash = p.hash \
         ORDER BY p.entry, p.place";
    for row in session.rows(Query::new(query).batch(batch())).await? {
        let mut row = row.read();
        let (id, start) = (row.id()?, usize::try_from(row.count()?).unwrap_or(usize::MAX));
        parts.entry(id).or_default().push((start, row.maybe_bytes()?));
    }
    let query = "WITH v(wanted) AS ({rows}) \
         SELECT m.id, m.method, m.secret, m.sender, m.message_id, m.content \
         FROM v JOIN {mail} m ON m.id = v.wanted";
    let mut contents = HashMap::new();
    for row in session.rows(Query::new(query).batch(batch())).await? {
        let mut row = row.read();
        let id = row.id()?;
        let (method, secret) = (row.text()?, row.bool()?);
        let (sender, message_id) = (row.maybe_text()?, row.text()?);
        let own = row.maybe_bytes()?;
        let bytes = match own {
            None => Err(Unsendable::Wiped),
            Some(own) => match unpacked(own) {
                Some(own) => joined(own, parts.remove(&id).unwrap_or_default()),
                None => Err(Unsendable::Damaged),
            },
        };
        contents.insert(id, Content { method, secret, sender, message_id, bytes });
    }
    Ok(contents)
}

/// Where a shared part was cut out of the content, and its octets if they are still there.
type Part = (usize, Option<Vec<u8>>);

/// Puts shared parts back where they were cut out.
fn joined(own: Vec<u8>, parts: Vec<Part>) -> Result<Vec<u8>, Unsendable> {
    if parts.is_empty() {
        return Ok(own);
    }
    let size = parts.iter().map(|(_, data)| data.as_ref().map_or(0, Vec::len)).sum::<usize>();
    let mut bytes = Vec::with_capacity(own.len() + size);
    let mut from = 0;
    for (start, data) in parts {
        let (Some(before), Some(data)) = (own.get(from..start), data) else {
            return Err(Unsendable::MissingPart);
        };
        bytes.extend_from_slice(before);
        bytes.extend_from_slice(&data);
        from = start;
    }
    bytes.extend_from_slice(own.get(from..).unwrap_or_default());
    Ok(bytes)
}

/// The recipients of an entry that are still to be offered, and how many are done.
#[derive(Debug, Default)]
struct Rest {
    open: Vec<Recipient>,
    done: (u64, u64),
    /// An address cannot be read: nobody is left out in silence.
    damaged: bool,
}

async fn recipients(
    session: &mut Session<'_>,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Rest>, QueueError> {
    let query = "WITH v(wanted) AS ({rows}) SELECT r.entry, r.kind, r.address, r.outcome \
         FROM v JOIN {recipient} r ON r.entry = v.wanted ORDER BY r.entry, r.place";
    let query = Query::new(query).batch(vec![Column::ids(ids.iter().copied())]);
    let mut all: HashMap<Uuid, Rest> = HashMap::new();
    for row in session.rows(query).await? {
        let mut row = row.read();
        let id = row.id()?;
        let kind = row.word(RecipientKind::from_word)?;
        let address = row.text()?;
        let outcome = row.word(Delivery::from_word)?;
        let rest = all.entry(id).or_default();
        match outcome {
            Delivery::Accepted => rest.done.0 += 1,
            Delivery::Refused => rest.done.1 += 1,
            Delivery::Pending | Delivery::Deferred | Delivery::Unknown => match address.parse() {
                Ok(address) => rest.open.push(Recipient { address, field: Field::from(kind) }),
                Err(_no_address) => rest.damaged = true,
            },
        }
    }
    Ok(all)
}

/// Lets entries pass the gate: from here on their bodies may leave. Gives those that passed.
pub(super) async fn gate(
    session: &mut Session<'_>,
    mailer: Uuid,
    tickets: &[Ticket],
) -> Result<HashSet<EntryId>, QueueError> {
    let columns = vec![
        Column::ids(tickets.iter().map(|ticket| ticket.id.0)),
        Column::ints(tickets.iter().map(|ticket| ticket.lease)),
    ];
    let query = if session.dialect.is_postgres() {
        Query::new(GATE_ALIVE).bind(mailer).bind(STALE)
    } else {
        Query::new(GATE).bind(mailer)
    };
    let passed = session.changed(query.batch(columns)).await?;
    Ok(passed.into_iter().map(EntryId).collect())
}

macro_rules! gate {
    ($alive:literal) => {
        concat!(
            "UPDATE {entry} SET gated_at = {now} {from} WHERE id = {1} AND lease = {2} \
               AND state = 'sending' AND mailer = $1 AND wanted IS NULL AND expires_at > {now}",
            $alive,
            " {changed}"
        )
    };
}

const GATE: &str = gate!("");
/// Where mailers are on several machines, one that is taken for dead must not send.
const GATE_ALIVE: &str =
    gate!(" AND EXISTS (SELECT 1 FROM {mailer} AS m WHERE m.id = $1 AND m.seen_at > {now} - $2)");

/// Writes outcomes down; gives the leases that still held.
pub(super) async fn settle(
    session: &mut Session<'_>,
    mailer: Uuid,
    settlements: &[&Settlement],
) -> Result<HashSet<EntryId>, QueueError> {
    if settlements.is_empty() {
        return Ok(HashSet::new());
    }
    let query = Query::new(SETTLE).bind(mailer).batch(outcome_columns(settlements));
    let held: HashSet<EntryId> = session.changed(query).await?.into_iter().map(EntryId).collect();
    let kept: Vec<&Settlement> =
        settlements.iter().copied().filter(|one| held.contains(&one.ticket.id)).collect();
    write_recipients(session, &kept).await?;
    write_events(session, &kept).await?;
    wipe_ended(session, kept.iter().filter(|one| one.secret).map(|one| one.ticket.id.0)).await?;
    let deleted = kept.iter().filter(|one| one.next == Next::Delete);
    delete(session, deleted.map(|one| one.ticket.id.0)).await?;
    Ok(held)
}

/// Writes an outcome: lease, what is next, after how long, whether it counted, why, and what was said.
/// What a cancelled or held entry becomes when its attempt has come to nothing is decided here.
const SETTLE: &str = "UPDATE {entry} SET \
       state = CASE WHEN {3} IN ('queued', 'held') AND wanted = 'cancel' THEN 'cancelled' \
         WHEN {3} = 'queued' AND wanted = 'hold' THEN 'held' \
         WHEN {3} = 'queued' AND expires_at <= {now} THEN 'expired' ELSE {3} END, \
       done_at = CASE WHEN {3} = 'sent' OR {3} = 'partial' OR {3} = 'dead' \
         OR ({3} IN ('queued', 'held') AND wanted = 'cancel') \
         OR ({3} = 'queued' AND wanted IS NULL AND expires_at <= {now}) THEN {now} END, \
       due_at = CASE WHEN {4} IS NULL THEN due_at ELSE {now} + {4} END, \
       attempts = attempts + {5}, \
       tried_at = CASE WHEN {5} = 1 THEN coalesce(tried_at, {now}) ELSE tried_at END, \
       mailer = NULL, \
       gated_at = CASE WHEN {3} = 'uncertain' THEN coalesce(gated_at, {now}) END, \
       wanted = NULL, \
       crashes = CASE WHEN {5} = 1 THEN 0 ELSE crashes END, \
       reason = CASE WHEN {3} IN ('queued', 'held') AND wanted = 'cancel' THEN coalesce(reason, {6}) \
         WHEN {3} = 'queued' AND wanted = 'hold' THEN reason \
         WHEN {3} = 'queued' AND expires_at <= {now} THEN 'not delivered in its time' ELSE {6} END, \
       last_at = CASE WHEN {7} IS NULL THEN last_at ELSE {now} END, \
       last_phase = coalesce({7}, last_phase), \
       last_code = CASE WHEN {7} IS NULL THEN last_code ELSE {8} END, \
       last_enhanced = CASE WHEN {7} IS NULL THEN last_enhanced ELSE {9} END, \
       last_text = CASE WHEN {7} IS NULL THEN last_text ELSE {10} END \
     {from} WHERE id = {1} AND lease = {2} AND state = 'sending' AND mailer = $1 {changed}";

fn outcome_columns<'a>(settlements: &[&'a Settlement]) -> Vec<Column<'a>> {
    let state = |next: &Next| next.state().as_str();
    let delay = |next: &Next| match next {
        Next::Again(delay) => *delay,
        _ => None,
    };
    let why = |one: &&'a Settlement| match &one.next {
        Next::Held(reason) => Some(reason.into()),
        _ => None,
    };
    let said = |f: fn(&'a Said) -> Option<Cow<'a, str>>| {
        Column::Text(settlements.iter().map(|one| one.last.as_ref().and_then(f)).collect())
    };
    let code = |one: &&Settlement| one.last.as_ref().and_then(|said| said.code).map(i64::from);
    vec![
        Column::ids(settlements.iter().map(|one| one.ticket.id.0)),
        Column::ints(settlements.iter().map(|one| one.ticket.lease)),
        Column::texts(settlements.iter().map(|one| state(&one.next))),
        Column::Int(settlements.iter().map(|one| delay(&one.next)).collect()),
        Column::ints(settlements.iter().map(|one| i64::from(one.counted))),
        Column::Text(settlements.iter().map(why).collect()),
        said(|said| Some(said.phase.into())),
        Column::Int(settlements.iter().map(code).collect()),
        said(|said| said.enhanced.as_deref().map(plain)),
        said(|said| Some(plain(&said.text))),
    ]
}

async fn write_recipients(
    session: &mut Session<'_>,
    kept: &[&Settlement],
) -> Result<(), QueueError> {
    let each =
        || kept.iter().flat_map(|one| one.recipients.iter().map(|known| (one.ticket.id.0, known)));
    let columns = vec![
        Column::ids(each().map(|(id, _)| id)),
        Column::texts(each().map(|(_, (address, ..))| address.as_str())),
        Column::texts(each().map(|(_, (_, outcome, _))| outcome.as_str())),
        Column::texts(each().map(|(_, (.., said))| said.phase)),
        Column::Int(each().map(|(_, (.., said))| said.code.map(i64::from)).collect()),
        Column::Text(each().map(|(_, (.., said))| said.enhanced.as_deref().map(plain)).collect()),
        Column::texts(each().map(|(_, (.., said))| plain(&said.text))),
    ];
    let query = "UPDATE {recipient} SET outcome = {3}, phase = {4}, code = {5}, enhanced = {6}, \
           text = {7}, at = {now} \
         {from} WHERE entry = {1} AND address = {2}";
    session.run(Query::new(query).batch(columns)).await.map(drop)
}

async fn write_events(session: &mut Session<'_>, kept: &[&Settlement]) -> Result<(), QueueError> {
    let told = kept.iter().filter_map(|one| Some((one.ticket, one.event.as_deref()?)));
    let told: Vec<(Ticket, &str)> = told.collect();
    let columns = vec![
        Column::ids(told.iter().map(|(ticket, _)| ticket.id.0)),
        Column::texts(told.iter().map(|(_, event)| *event)),
    ];
    let query =
        "INSERT INTO {event} (entry, at, kind, detail) {values} {1}, {now}, 'attempt', {2} {end}";
    session.run(Query::new(query).batch(columns)).await?;
    // Fewer leases than that, and there is nothing to look for.
    let old = told.iter().filter(|(ticket, _)| ticket.lease > EVENTS / 4);
    trim_events(session, old.map(|(ticket, _)| ticket.id.0)).await
}

/// Forgets events from the middle of histories that have become too long.
pub(super) async fn trim_events(
    session: &mut Session<'_>,
    entries: impl Iterator<Item = Uuid>,
) -> Result<(), QueueError> {
    let query = "WITH v(wanted) AS ({rows}), \
           n AS (SELECT e.id, row_number() OVER (PARTITION BY e.entry ORDER BY e.id) AS place, \
             count(*) OVER (PARTITION BY e.entry) AS every FROM {event} e JOIN v ON e.entry = v.wanted) \
         DELETE FROM {event} WHERE id IN (SELECT id FROM n WHERE place > $1 AND place <= every - $2)";
    let query = Query::new(query).bind(FIRST_EVENTS).bind(EVENTS - FIRST_EVENTS);
    session.run(query.batch(vec![Column::ids(entries)])).await.map(drop)
}

/// Takes the content of those entries away to which nothing more will happen.
async fn wipe_ended(
    session: &mut Session<'_>,
    ids: impl Iterator<Item = Uuid>,
) -> Result<(), QueueError> {
    let query = "WITH v(wanted) AS ({rows}) SELECT e.id FROM v JOIN {entry} AS e ON e.id = v.wanted \
         WHERE e.done_at IS NOT NULL";
    let ended = session.rows(Query::new(query).batch(vec![Column::ids(ids)])).await?;
    let ended: Vec<Uuid> =
        ended.into_iter().map(|row| row.read().id()).collect::<Result<_, _>>()?;
    wipe(session, ended.into_iter()).await
}

/// Takes the content of entries away.
pub(super) async fn wipe(
    session: &mut Session<'_>,
    ids: impl Iterator<Item = Uuid>,
) -> Result<(), QueueError> {
    let ids: Vec<Uuid> = ids.collect();
    let batch = || vec![Column::ids(ids.iter().copied())];
    let query = "WITH v(gone) AS ({rows}) UPDATE {mail} \
         SET content = NULL, arguments = NULL, wiped_at = {now} FROM v \
         WHERE id = v.gone AND wiped_at IS NULL";
    session.run(Query::new(query).batch(batch())).await?;
    let query = "WITH v(gone) AS ({rows}) DELETE FROM {piece} WHERE entry IN (SELECT gone FROM v)";
    session.run(Query::new(query).batch(batch())).await.map(drop)
}

/// Forgets entries with all that hangs on them.
pub(super) async fn delete(
    session: &mut Session<'_>,
    ids: impl Iterator<Item = Uuid>,
) -> Result<u64, QueueError> {
    let batch = vec![Column::ids(ids)];
    let query = "WITH v(gone) AS ({rows}) DELETE FROM {mail} WHERE id IN (SELECT gone FROM v)";
    session.run(Query::new(query).batch(batch)).await
}
