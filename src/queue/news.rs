//! News: which entries have changed since somebody last looked, for pages that stay open.
//!
//! It costs next to nothing while nothing happens, and never holds a mailer up. It
//! is for eyes: what is missed between two looks is seen at the next one.

use std::collections::HashSet;

use uuid::Uuid;

use super::database::{Column, Query, Session};
use super::entry::{EntryId, State, View};
use super::listing::view;
use super::readers::Reader;
use super::recovery::ids;
use super::{QueueError, Store};

/// How many changed entries one look names.
const AT_ONCE: usize = 300;

/// Watches a store for changes.
pub struct News {
    store: Store,
    /// The connection on which SQLite counts what all others commit.
    counter: Option<(Reader, i64)>,
    marks: Option<Marks>,
}

/// How far somebody has looked.
struct Marks {
    event: i64,
    newest: Uuid,
    sending: HashSet<Uuid>,
}

/// An entry that has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The entry.
    pub id: EntryId,
    /// What it is doing now.
    pub state: State,
    /// Under which heading it stands now.
    pub view: View,
    /// Whether it was queued since the last look.
    pub is_new: bool,
}

/// What a look found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Entries that have changed, 300 at most; none on the first look.
    pub entries: Vec<Changed>,
    /// Whether more have changed than are named.
    pub more: bool,
}

impl Store {
    /// Begins to watch for changes: what [`News::look`] finds from now on.
    #[must_use]
    pub fn news(&self) -> News {
        News { store: self.clone(), counter: None, marks: None }
    }
}

impl News {
    /// What has changed since the last look; `None` if surely nothing was committed.
    ///
    /// # Errors
    ///
    /// As the database fails; the next look tells what this one did not.
    pub async fn look(&mut self) -> Result<Option<Look>, QueueError> {
        if !self.stirred().await? {
            return Ok(None);
        }
        let mut reader = self.store.reader().await?;
        let mut session = reader.session()?;
        let Some(marks) = &mut self.marks else {
            self.marks = Some(Marks::now(&mut session).await?);
            return Ok(Some(Look::default()));
        };
        marks.look(&mut session).await.map(Some)
    }

    /// Whether anything was committed since the last look. PostgreSQL does not tell.
    async fn stirred(&mut self) -> Result<bool, QueueError> {
        if self.store.sqlite_file().is_none() {
            return Ok(true);
        }
        let (mut reader, before) = match self.counter.take() {
            Some((reader, before)) => (reader, Some(before)),
            None => (self.store.reader().await?, None),
        };
        let row = reader.session()?.row(Query::new("PRAGMA data_version")).await?;
        let now = row.map_or(Err(QueueError::Closed), |row| row.read().int())?;
        self.counter = Some((reader, now));
        Ok(before != Some(now) || self.marks.is_none())
    }
}

impl Marks {
    async fn now(session: &mut Session<'_>) -> Result<Self, QueueError> {
        let event = session.row(Query::new("SELECT max(id) FROM {event}")).await?;
        let event = event.map(|row| row.read().maybe_int()).transpose()?.flatten().unwrap_or(0);
        Ok(Self { event, newest: newest(session).await?, sending: sending(session).await? })
    }

    async fn look(&mut self, session: &mut Session<'_>) -> Result<Look, QueueError> {
        let limit = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
        let query = "SELECT id, entry FROM {event} WHERE id > $1 ORDER BY id LIMIT $2";
        let rows = session.rows(Query::new(query).bind(self.event).bind(limit)).await?;
        let mut more = rows.len() >= AT_ONCE;
        let mut changed = HashSet::new();
        for row in rows {
            let mut row = row.read();
            self.event = row.int()?;
            changed.insert(row.id()?);
        }
        let query = "SELECT id FROM {entry} WHERE id > $1 ORDER BY id LIMIT $2";
        let new = ids(session, Query::new(query).bind(self.newest).bind(limit)).await?;
        more |= new.len() >= AT_ONCE;
        let before = self.newest;
        self.newest = new.last().copied().unwrap_or(before);
        changed.extend(new);
        if more {
            let now = Self::now(session).await?;
            (self.event, self.newest) = (now.event, now.newest);
        }
        let sending = sending(session).await?;
        changed.extend(sending.symmetric_difference(&self.sending).copied());
        self.sending = sending;
        let mut entries = states(session, changed.into_iter().take(AT_ONCE), before).await?;
        entries.sort_by_key(|one| one.id);
        Ok(Look { entries, more })
    }
}

async fn newest(session: &mut Session<'_>) -> Result<Uuid, QueueError> {
    let query = Query::new("SELECT id FROM {entry} ORDER BY id DESC LIMIT 1");
    Ok(ids(session, query).await?.pop().unwrap_or_default())
}

/// The entries in the hands of mailers, as far as anybody can watch them.
async fn sending(session: &mut Session<'_>) -> Result<HashSet<Uuid>, QueueError> {
    let query = Query::new("SELECT id FROM {entry} WHERE state = 'sending' LIMIT 100");
    Ok(ids(session, query).await?.into_iter().collect())
}

async fn states(
    session: &mut Session<'_>,
    changed: impl Iterator<Item = Uuid>,
    before: Uuid,
) -> Result<Vec<Changed>, QueueError> {
    let query = "WITH v(wanted) AS ({rows}) \
         SELECT e.id, e.state, e.attempts, e.due_at <= {now}, r.breaker \
         FROM v JOIN {entry} e ON e.id = v.wanted LEFT JOIN {route} r ON r.name = e.route";
    let rows = session.rows(Query::new(query).batch(vec![Column::ids(changed)])).await?;
    rows.into_iter()
        .map(|row| {
            let mut row = row.read();
            let (id, state) = (row.id()?, row.word(State::from_word)?);
            let (tried, due) = (row.count()? > 0, row.bool()?);
            let down = row.maybe_text()?.is_some_and(|breaker| breaker != "closed");
            let view = view(state, tried, due, down);
            Ok(Changed { id: EntryId(id), state, view, is_new: id > before })
        })
        .collect()
}

impl std::fmt::Debug for News {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("News").field(self.store.location()).finish()
    }
}
