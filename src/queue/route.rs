//! The route: the way to one adapter, and whether it is open.
//!
//! An outage belongs to the route and not to the mails that wait for it: nothing
//! is written to them. Only changes are written here.

use jiff::Timestamp;

use super::QueueError;
use super::database::{Query, Session};

/// How a route is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Breaker {
    /// Mail goes out.
    #[default]
    Closed,
    /// The relay is down, or does not let us in: one mailer asks now and then.
    Open,
    /// The relay refuses everything in the same words: one mail is tried now and then.
    Suspect,
}

impl Breaker {
    /// The one word that it is written as: `closed`, `open`, `suspect`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::Suspect => "suspect",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "closed" => Self::Closed,
            "open" => Self::Open,
            "suspect" => Self::Suspect,
            _ => return None,
        })
    }
}

/// What is known of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The name of its adapter.
    pub name: String,
    /// Since when it is paused, if it is.
    pub paused_at: Option<Timestamp>,
    /// Whether mail goes out.
    pub breaker: Breaker,
    /// How often the relay has failed in a row.
    pub failures: u64,
    /// Since when mail does not go out.
    pub opened_at: Option<Timestamp>,
    /// When the relay is asked again.
    pub probe_at: Option<Timestamp>,
    /// What happened.
    pub error: Option<String>,
}

/// What waits for a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agenda {
    /// The name of its adapter.
    pub route: String,
    /// In how many microseconds the first entry is due; 0 or less is now.
    pub due_in: Option<i64>,
    /// Whether an entry is due that has been in a mailer's hands at two crashes.
    pub suspect: bool,
    /// Whether mail may go out: not paused, and the breaker is closed.
    pub open: bool,
    /// In how many microseconds a route that is not open may be probed; `None` if it is paused.
    pub probe_in: Option<i64>,
}

const COLUMNS: &str = "name, paused_at, breaker, failures, opened_at, probe_at, error";

/// The routes that there is something to say about, ordered by name.
pub(super) async fn routes(session: &mut Session<'_>) -> Result<Vec<Route>, QueueError> {
    let query = format!("SELECT {COLUMNS} FROM {{route}} ORDER BY name");
    let rows = session.rows(Query::new(query)).await?;
    let time = |micros: Option<i64>| micros.and_then(|at| Timestamp::from_microsecond(at).ok());
    rows.into_iter()
        .map(|row| {
            let mut row = row.read();
            Ok(Route {
                name: row.text()?,
                paused_at: time(row.maybe_int()?),
                breaker: row.word(Breaker::from_word)?,
                failures: row.count()?,
                opened_at: time(row.maybe_int()?),
                probe_at: time(row.maybe_int()?),
                error: row.maybe_text()?,
            })
        })
        .collect()
}

/// What waits for each route; a few looks into an index, however many entries wait.
pub(super) async fn agenda(session: &mut Session<'_>) -> Result<Vec<Agenda>, QueueError> {
    let rows = session.rows(Query::new(AGENDA)).await?;
    rows.into_iter()
        .map(|row| {
            let mut row = row.read();
            let route = row.text()?;
            let due_in = row.maybe_int()?;
            let suspect = row.maybe_int()?.is_some_and(|due| due <= 0);
            let paused = row.maybe_int()?.is_some();
            let breaker = row.maybe_text()?;
            let open = breaker.is_none_or(|word| word == Breaker::Closed.as_str());
            let probe_in = row.maybe_int()?.filter(|_| !paused);
            Ok(Agenda { route, due_in, suspect, open: open && !paused, probe_in })
        })
        .collect()
}

const AGENDA: &str = "WITH RECURSIVE w(route) AS ( \
       SELECT min(route) FROM {entry} WHERE state = 'queued' AND crashes < 2 \
       UNION ALL \
       SELECT (SELECT min(e.route) FROM {entry} e WHERE e.state = 'queued' AND e.crashes < 2 AND e.route > w.route) \
       FROM w WHERE w.route IS NOT NULL), \
     s(route) AS ( \
       SELECT min(route) FROM {entry} WHERE state = 'queued' AND crashes >= 2 \
       UNION ALL \
       SELECT (SELECT min(e.route) FROM {entry} e WHERE e.state = 'queued' AND e.crashes >= 2 AND e.route > s.route) \
       FROM s WHERE s.route IS NOT NULL), \
     p(priority) AS (SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5), \
     waiting(route) AS (SELECT route FROM w UNION SELECT route FROM s) \
     SELECT q.route, \
       (SELECT min((SELECT min(e.due_at) FROM {entry} e WHERE e.route = q.route AND e.priority = p.priority \
         AND e.state = 'queued' AND e.crashes < 2)) FROM p) - {now}, \
       (SELECT min(e.due_at) FROM {entry} e WHERE e.route = q.route AND e.state = 'queued' AND e.crashes >= 2) - {now}, \
       r.paused_at, r.breaker, r.probe_at - {now} \
     FROM waiting q LEFT JOIN {route} r ON r.name = q.route WHERE q.route IS NOT NULL ORDER BY q.route";

/// Notes that a route does not work: until `probe_in` microseconds from now nobody tries.
pub(super) async fn trip(
    session: &mut Session<'_>,
    name: &str,
    breaker: Breaker,
    probe_in: i64,
    error: &str,
) -> Result<(), QueueError> {
    let query = "INSERT INTO {route} (name, breaker, failures, opened_at, probe_at, error) \
         VALUES ($1, $2, 1, {now}, {now} + $3, $4) \
         ON CONFLICT (name) DO UPDATE SET breaker = excluded.breaker, \
           failures = {route}.failures + 1, \
           opened_at = coalesce({route}.opened_at, excluded.opened_at), \
           probe_at = excluded.probe_at, error = excluded.error";
    let query = Query::new(query).bind(name).bind(breaker.as_str()).bind(probe_in).bind(error);
    session.run(query).await.map(drop)
}

/// Notes that a route works again.
pub(super) async fn close(session: &mut Session<'_>, name: &str) -> Result<(), QueueError> {
    let query = "UPDATE {route} SET breaker = 'closed', failures = 0, opened_at = NULL, \
           probe_at = NULL, error = NULL WHERE name = $1 AND breaker <> 'closed'";
    session.run(Query::new(query).bind(name)).await.map(drop)
}

/// Takes the right to probe a route, for `patience` microseconds; only one mailer gets it. Gives how
/// often it has failed, and how it is.
pub(super) async fn take_probe(
    session: &mut Session<'_>,
    name: &str,
    patience: i64,
) -> Result<Option<(u64, Breaker)>, QueueError> {
    let query = "UPDATE {route} SET probe_at = {now} + $2 \
         WHERE name = $1 AND breaker <> 'closed' AND paused_at IS NULL AND probe_at <= {now} \
         RETURNING failures, breaker";
    let row = session.row(Query::new(query).bind(name).bind(patience)).await?;
    row.map(|row| {
        let mut row = row.read();
        Ok((row.count()?, row.word(Breaker::from_word)?))
    })
    .transpose()
}

/// Pauses a route, or lets it go on.
pub(super) async fn pause(
    session: &mut Session<'_>,
    name: &str,
    paused: bool,
) -> Result<(), QueueError> {
    let query = if paused {
        "INSERT INTO {route} (name, paused_at) VALUES ($1, {now}) ON CONFLICT (name) \
         DO UPDATE SET paused_at = coalesce({route}.paused_at, excluded.paused_at)"
    } else {
        // Whoever lets a route go on wants to see now whether it works.
        "UPDATE {route} SET paused_at = NULL, \
           probe_at = CASE WHEN breaker = 'closed' THEN NULL ELSE {now} END WHERE name = $1"
    };
    session.run(Query::new(query).bind(name)).await.map(drop)
}

/// Lets every route that does not work be probed at once.
pub(super) async fn probe_now(session: &mut Session<'_>) -> Result<(), QueueError> {
    let query =
        "UPDATE {route} SET probe_at = {now} WHERE breaker <> 'closed' AND probe_at > {now}";
    session.run(Query::new(query)).await.map(drop)
}
