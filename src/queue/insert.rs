//! Queueing: new entries in, all of a batch by a few statements, in a transaction that is open.
//!
//! The mail itself is inserted first, so that its key decides before anything
//! else is written. What several mails share is a row of its own.

use std::borrow::Cow;
use std::collections::HashMap;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::database::{Arg, Column, Query, Session};
use super::entry::{Due, EntryId, Key, NewEntry, RecipientKind, State};
use super::pack::packed;
use super::recovery::wipe_secret;
use super::schema::Identity;
use super::{QueueError, hex};
use crate::message::{Address, OnConflict};

/// Several entries that are queued together or not at all, and what each stores of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group<'a> {
    pub(super) entries: &'a [NewEntry],
    pub(super) own: &'a [Own],
}

/// What an entry stores of its message: all but the shared parts, packed.
pub(crate) type Own = Vec<u8>;

/// What entries store of their own. It takes a while: it is for before a transaction.
pub(super) fn own(entries: &[NewEntry]) -> Vec<Own> {
    entries.iter().map(own_of).collect()
}

/// Queues groups as if one after the other; a group fails if the key of one of its entries is taken.
///
/// If it fails as a whole, the transaction must be rolled back; after [`QueueError::KeyRace`] another
/// try sees who has won.
pub(super) async fn insert(
    session: &mut Session<'_>,
    identity: &Identity,
    groups: &[Group<'_>],
    whose: Whose,
) -> Result<Vec<Result<Vec<EntryId>, QueueError>>, QueueError> {
    let mut results = Vec::with_capacity(groups.len());
    let mut rest = groups;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(independent(rest));
        let mut round = Round::new(identity, taken(session, now, whose).await?, whose);
        results.extend(now.iter().map(|group| round.add(*group)));
        round.write(session).await?;
        rest = later;
    }
    Ok(results)
}

/// Whose transaction it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// Ours: it ends at once.
    Ours,
    /// One that stays open for as long as somebody else wants: nothing that others need is written
    /// in it, neither shared parts nor a mail that a mailer is at work on.
    Open,
}

/// How many groups have no key in common, so that they can be judged at once; at least one.
fn independent(groups: &[Group<'_>]) -> usize {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (number, group) in groups.iter().enumerate() {
        for key in group.entries.iter().filter_map(|entry| entry.key.as_ref()) {
            if *seen.entry(&key.key).or_insert(number) != number {
                return number.max(1);
            }
        }
    }
    groups.len()
}

/// Who holds a key.
#[derive(Clone, Debug)]
struct Holder {
    id: Uuid,
    content: Option<String>,
    /// Whether it can still be replaced.
    waits: bool,
}

/// Who holds the keys of these entries now.
async fn taken(
    session: &mut Session<'_>,
    groups: &[Group<'_>],
    whose: Whose,
) -> Result<HashMap<String, Holder>, QueueError> {
    let keys: Vec<&str> = groups
        .iter()
        .flat_map(|group| group.entries)
        .filter_map(|entry| entry.key.as_ref().map(|key| key.key.as_str()))
        .collect();
    let mut taken = HashMap::new();
    if keys.is_empty() {
        return Ok(taken);
    }
    let query = Query::new(
        "WITH v(wanted) AS ({rows}) \
         SELECT m.key, m.id, m.content_key, e.state, e.gated_at IS NULL \
         FROM v JOIN {mail} m ON m.key = v.wanted JOIN {entry} e ON e.id = m.id",
    );
    for row in session.rows(query.batch(vec![Column::texts(keys)])).await? {
        let mut row = row.read();
        let (key, id, content) = (row.text()?, row.id()?, row.maybe_text()?);
        let state = row.word(State::from_word)?;
        let ungated = row.bool()?;
        let waits = match state {
            State::Queued | State::Held => true,
            State::Sending => ungated && whose == Whose::Ours,
            _ => false,
        };
        taken.insert(key, Holder { id, content, waits });
    }
    Ok(taken)
}

/// Entries on their way in, once it is clear which are.
struct Round<'a> {
    identity: &'a Identity,
    whose: Whose,
    taken: HashMap<String, Holder>,
    /// Entries whose place new ones take.
    replaced: Vec<Uuid>,
    /// New entries whose place later ones of their own group took, and those.
    superseded: HashMap<EntryId, EntryId>,
    entries: Vec<One<'a>>,
}

/// An entry on its way in.
struct One<'a> {
    entry: &'a NewEntry,
    own: &'a Own,
    /// What tells its content from others, if it has a key.
    content: Option<String>,
}

impl<'a> Round<'a> {
    fn new(identity: &'a Identity, taken: HashMap<String, Holder>, whose: Whose) -> Self {
        let superseded = HashMap::new();
        Self { identity, whose, taken, replaced: Vec::new(), superseded, entries: Vec::new() }
    }

    /// Judges a group; gives the id of each of its entries, old or new.
    fn add(&mut self, group: Group<'a>) -> Result<Vec<EntryId>, QueueError> {
        let (entries, replaced) = (self.entries.len(), self.replaced.len());
        let mut ids = Vec::with_capacity(group.entries.len());
        for (entry, own) in group.entries.iter().zip(group.own) {
            match self.judge(entry, own) {
                Ok(id) => ids.push(id),
                Err(error) => {
                    // The keys of a failed group stay noted: no other group of the round has them.
                    self.entries.truncate(entries);
                    self.replaced.truncate(replaced);
                    return Err(error);
                }
            }
        }
        for id in &mut ids {
            while let Some(later) = self.superseded.get(id) {
                *id = *later;
            }
        }
        Ok(ids)
    }

    fn judge(&mut self, entry: &'a NewEntry, own: &'a Own) -> Result<EntryId, QueueError> {
        let Some(key) = &entry.key else {
            self.entries.push(One { entry, own, content: None });
            return Ok(entry.id);
        };
        let content = content_key(self.identity, key);
        if let Some(holder) = self.taken.get(&key.key) {
            if let Some(id) = settled(holder, key, &content)? {
                return Ok(id);
            }
            let holder = holder.id;
            if let Some(new) = self.entries.iter().position(|one| one.entry.id.0 == holder) {
                self.entries.remove(new);
                self.superseded.insert(EntryId(holder), entry.id);
            } else {
                self.replaced.push(holder);
            }
        }
        let holder = Holder { id: entry.id.0, content: Some(content.clone()), waits: true };
        self.taken.insert(key.key.clone(), holder);
        self.entries.push(One { entry, own, content: Some(content) });
        Ok(entry.id)
    }

    /// The entries themselves come last: what breaks off before has queued nothing.
    async fn write(&self, session: &mut Session<'_>) -> Result<(), QueueError> {
        self.release(session).await?;
        mails(session, &self.entries).await?;
        let written: Vec<&NewEntry> = self.entries.iter().map(|one| one.entry).collect();
        recipients(session, &written).await?;
        pieces(session, &written, self.whose).await?;
        entries(session, &written).await
    }

    /// Takes the keys of replaced entries away, and cancels them.
    async fn release(&self, session: &mut Session<'_>) -> Result<(), QueueError> {
        if self.replaced.is_empty() {
            return Ok(());
        }
        let ids = || vec![Column::ids(self.replaced.iter().copied())];
        let keys = "WITH v(old) AS ({rows}) UPDATE {mail} SET key = NULL FROM v WHERE id = v.old";
        session.run(Query::new(keys).batch(ids())).await?;
        let query = Query::new(match self.whose {
            Whose::Ours => CANCEL,
            Whose::Open => CANCEL_WAITING,
        });
        let cancelled = session.run(query.batch(ids())).await?;
        // Only one that a mailer has taken on, or sent, at the same moment is not there.
        if cancelled < self.replaced.len() as u64 {
            return Err(QueueError::KeyRace);
        }
        wipe_secret(session, &self.replaced).await
    }
}

macro_rules! cancel {
    ($which:literal) => {
        concat!(
            "WITH v(old) AS ({rows}) UPDATE {entry} SET \
               wanted = CASE WHEN state = 'sending' THEN 'cancel' END, \
               reason = 'replaced by a later mail with the same key', \
               done_at = CASE WHEN state = 'sending' THEN NULL ELSE {now} END, \
               state = CASE WHEN state = 'sending' THEN state ELSE 'cancelled' END \
             FROM v WHERE id = v.old AND ",
            $which
        )
    };
}

const CANCEL: &str =
    cancel!("(state IN ('queued', 'held') OR (state = 'sending' AND gated_at IS NULL))");
const CANCEL_WAITING: &str = cancel!("state IN ('queued', 'held')");

/// What the holder of a key means for a new entry: its id if it stays, nothing if it is replaced.
fn settled(holder: &Holder, key: &Key, content: &str) -> Result<Option<EntryId>, QueueError> {
    if holder.content.as_deref() == Some(content) {
        return Ok(Some(EntryId(holder.id)));
    }
    match key.on_conflict {
        OnConflict::Skip => Ok(Some(EntryId(holder.id))),
        OnConflict::Replace if holder.waits => Ok(None),
        OnConflict::Replace | OnConflict::Error => {
            Err(QueueError::KeyConflict { key: key.key.clone(), id: holder.id })
        }
    }
}

/// Names a content without telling anything about it.
fn content_key(identity: &Identity, key: &Key) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(identity.secret.as_bytes()) else {
        return String::new();
    };
    mac.update(&key.content);
    hex(&mac.finalize().into_bytes())
}

/// Inserts the mails; nothing of theirs is copied on the way.
async fn mails(session: &mut Session<'_>, all: &[One<'_>]) -> Result<(), QueueError> {
    let text =
        |f: for<'e> fn(&'e NewEntry) -> &'e str| Column::texts(all.iter().map(|one| f(one.entry)));
    let maybe = |f: for<'e> fn(&'e NewEntry) -> Option<&'e str>| {
        Column::Text(all.iter().map(|one| f(one.entry).map(Cow::Borrowed)).collect())
    };
    let int = |f: fn(&NewEntry) -> i64| Column::ints(all.iter().map(|one| f(one.entry)));
    let columns = vec![
        Column::ids(all.iter().map(|one| one.entry.id.0)),
        text(|entry| &entry.method),
        text(|entry| &entry.locale),
        maybe(|entry| entry.revision.as_deref()),
        maybe(|entry| entry.key.as_ref().map(|key| key.key.as_str())),
        Column::Text(all.iter().map(|one| one.content.as_deref().map(Cow::Borrowed)).collect()),
        maybe(|entry| entry.message.envelope().sender().map(Address::as_str)),
        text(|entry| entry.message.id()),
        text(|entry| &entry.subject),
        int(|entry| len(entry.attachments)),
        int(|entry| i64::from(entry.secret.is_some())),
        maybe(|entry| entry.secret.as_deref()),
        maybe(|entry| entry.arguments.as_deref()),
        Column::Text(
            all.iter()
                .map(|one| one.entry.origin.map(|origin| origin.to_string().into()))
                .collect(),
        ),
        Column::Bytes(all.iter().map(|one| Some(one.own.into())).collect()),
    ];
    let keyed = all.iter().any(|one| one.entry.key.is_some());
    let query = Query::new(if keyed { KEYED_MAILS } else { MAILS }).batch(columns);
    let inserted = session.run(query).await?;
    // Only a key that somebody else took at the same moment keeps a row out.
    if inserted < all.len() as u64 {
        return Err(QueueError::KeyRace);
    }
    Ok(())
}

macro_rules! insert_mails {
    ($end:literal) => {
        concat!(
            "INSERT INTO {mail} (id, method, locale, revision, key, content_key, sender, \
               message_id, subject, attachments, secret, shown, arguments, origin, \
               content, created_at) \
             {values} {1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, {9}, {10}, {11}, {12}, {13}, {14}, \
               {15}, {now} {end}",
            $end
        )
    };
}

const MAILS: &str = insert_mails!("");
const KEYED_MAILS: &str = insert_mails!(" ON CONFLICT (key) WHERE key IS NOT NULL DO NOTHING");

/// What an entry stores of its own.
pub(crate) fn own_of(entry: &NewEntry) -> Own {
    let bytes = entry.message.as_bytes();
    let shared = shared(entry);
    let mut own = Vec::with_capacity(bytes.len());
    let mut from = 0;
    for range in shared {
        own.extend_from_slice(bytes.get(from..range.start).unwrap_or_default());
        from = range.end;
    }
    own.extend_from_slice(bytes.get(from..).unwrap_or_default());
    if entry.secret.is_some() { own } else { packed(own) }
}

/// The parts of a message that are stored apart: none of a secret one, which is wiped exactly.
fn shared(entry: &NewEntry) -> &[std::ops::Range<usize>] {
    if entry.secret.is_some() { &[] } else { entry.message.shared() }
}

async fn entries(session: &mut Session<'_>, all: &[&NewEntry]) -> Result<(), QueueError> {
    let due = |due: Due| match due {
        Due::At(time) => (Some(time.as_microsecond()), 0),
        Due::In(micros) => (None, micros),
    };
    let columns = vec![
        Column::ids(all.iter().map(|entry| entry.id.0)),
        Column::texts(all.iter().map(|entry| entry.route.as_str())),
        Column::ints(all.iter().map(|entry| i64::from(entry.bulk))),
        Column::ints(all.iter().map(|entry| i64::from(entry.priority))),
        Column::ints(all.iter().map(|entry| len(entry.message.as_bytes().len()))),
        Column::Int(all.iter().map(|entry| due(entry.due).0).collect()),
        Column::ints(all.iter().map(|entry| due(entry.due).1)),
        Column::ints(all.iter().map(|entry| entry.expires_in)),
        Column::texts(all.iter().map(|entry| entry.on_uncertain.as_str())),
    ];
    let query = "INSERT INTO {entry} (id, route, bulk, priority, size, state, due_at, expires_at, on_uncertain) \
         {values} {1}, {2}, {3}, {4}, {5}, 'queued', coalesce({6}, {now} + {7}), \
           coalesce({6}, {now} + {7}) + {8}, {9} {end}";
    session.run(Query::new(query).batch(columns)).await.map(drop)
}

async fn recipients(session: &mut Session<'_>, all: &[&NewEntry]) -> Result<(), QueueError> {
    let each = || {
        all.iter().flat_map(|entry| {
            let recipients = entry.message.envelope().recipients().iter().enumerate();
            recipients.map(move |(place, recipient)| (entry.id.0, place, recipient))
        })
    };
    let columns = vec![
        Column::ids(each().map(|(id, _, _)| id)),
        Column::ints(each().map(|(_, place, _)| len(place))),
        Column::texts(each().map(|(_, _, one)| RecipientKind::from(one.field).as_str())),
        Column::texts(each().map(|(_, _, one)| one.address.as_str())),
    ];
    let query =
        "INSERT INTO {recipient} (entry, place, kind, address) {values} {1}, {2}, {3}, {4} {end}";
    session.run(Query::new(query).batch(columns)).await.map(drop)
}

async fn pieces(
    session: &mut Session<'_>,
    all: &[&NewEntry],
    whose: Whose,
) -> Result<(), QueueError> {
    let mut hashes: Vec<(Uuid, usize, usize, String)> = Vec::new();
    for entry in all {
        let mut cut = 0;
        for (place, range) in shared(entry).iter().enumerate() {
            let part = entry.message.as_bytes().get(range.clone()).unwrap_or_default();
            hashes.push((entry.id.0, place, range.start - cut, hash(part)));
            cut += range.len();
        }
    }
    if hashes.is_empty() {
        return Ok(());
    }
    if whose == Whose::Ours {
        write_blobs(session, all).await?;
    }
    let columns = vec![
        Column::ids(hashes.iter().map(|(id, ..)| *id)),
        Column::ints(hashes.iter().map(|(_, place, ..)| len(*place))),
        Column::ints(hashes.iter().map(|(_, _, start, _)| len(*start))),
        Column::texts(hashes.iter().map(|(.., hash)| hash.as_str())),
    ];
    let query = "INSERT INTO {piece} (entry, place, start, hash) {values} {1}, {2}, {3}, {4} {end}";
    session.run(Query::new(query).batch(columns)).await.map(drop)
}

/// Whether any of these mails has a part that is stored apart.
pub(super) fn has_blobs(all: &[NewEntry]) -> bool {
    all.iter().any(|entry| !shared(entry).is_empty())
}

/// Writes the shared parts that are not there yet, in the order of their hashes.
pub(super) async fn write_blobs(
    session: &mut Session<'_>,
    all: &[&NewEntry],
) -> Result<(), QueueError> {
    let mut parts: Vec<(String, &[u8])> = Vec::new();
    for entry in all {
        for range in shared(entry) {
            let part = entry.message.as_bytes().get(range.clone()).unwrap_or_default();
            parts.push((hash(part), part));
        }
    }
    parts.sort();
    parts.dedup_by(|one, other| one.0 == other.0);
    let hashes = || vec![Column::texts(parts.iter().map(|(hash, _)| hash.as_str()))];
    // A use that was noted within the hour is not noted again: that would write the row anew.
    let touch = "WITH v(digest) AS ({rows}) UPDATE {blob} SET used_at = {now} FROM v \
         WHERE hash = v.digest AND used_at < {now} - 3600000000";
    session.run(Query::new(touch).batch(hashes())).await?;
    let known =
        "WITH v(digest) AS ({rows}) SELECT b.hash FROM v JOIN {blob} b ON b.hash = v.digest";
    let known: Vec<String> = session
        .rows(Query::new(known).batch(hashes()))
        .await?
        .into_iter()
        .map(|row| row.read().text())
        .collect::<Result<_, _>>()?;
    for (hash, part) in parts.into_iter().filter(|(hash, _)| !known.contains(hash)) {
        let insert = "INSERT INTO {blob} (hash, used_at, data) VALUES ($1, {now}, $2) \
             ON CONFLICT (hash) DO NOTHING";
        let insert = Query::new(insert).bind(hash).bind(Arg::Bytes(Some(part.into())));
        session.run(insert).await?;
    }
    Ok(())
}

fn hash(part: &[u8]) -> String {
    hex(&Sha256::digest(part))
}

fn len(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
