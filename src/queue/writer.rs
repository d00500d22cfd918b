//! The writer: one connection that writes, and many who ask for it at the same time.
//!
//! For SQLite it has a thread of its own, because each statement there takes its thread until it is
//! done; for PostgreSQL it is a task.
//!
//! Whatever waits when a commit begins goes into that commit (group commit): a
//! disk makes so many writes durable a second, whoever they are for. If a commit
//! fails, each of those in it is tried alone, so that one cannot hurt another;
//! unless the store is away, which all are told at once. Nobody waits much longer
//! than he would if he were alone.

use std::collections::HashSet;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use super::QueueError;
use super::clock::Clock;
use super::database::{Dialect, Query, Session};
use super::entry::{EntryId, NewEntry};
use super::frontier::{BEGINNING, Frontiers};
use super::insert::{self, Group, Own, Whose};
use super::lease::{self, Claim, Next, Settlement, Ticket};
use super::open::{self, Options, Owned};
use super::schema::Identity;

/// How many requests wait at most before those who ask have to.
const WAITING: usize = 1_024;
/// How many requests one commit takes.
const AT_ONCE: usize = 256;
/// How long the writer looks whether as many ask as were answered just before: less than a commit.
const GLANCE: Duration = Duration::from_micros(100);
/// How long a transaction may take before the connection is given up.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often work that met that of others is done again.
const ROUNDS: usize = 5;
/// How many connections wait at most for the keys of transactions that others have open.
const ASIDE: usize = 4;

/// Work that has a transaction of its own.
pub(super) type Work = Box<
    dyn for<'a, 'c> FnOnce(
            &'a mut Session<'c>,
        )
            -> Pin<Box<dyn Future<Output = Result<(), QueueError>> + Send + 'a>>
        + Send,
>;

pub(super) type Reply<T> = oneshot::Sender<Result<T, QueueError>>;

/// What is asked of the writer.
pub(super) enum Request {
    /// What shares its commit with others.
    Grouped(Grouped),
    /// Anything else.
    Alone { work: Work, reply: Reply<()> },
}

/// A request, and since when it waits.
pub(super) struct Asked {
    pub(super) since: Instant,
    pub(super) request: Request,
}

/// What shares its commit with others.
pub(super) enum Grouped {
    /// Entries that are queued together or not at all.
    Insert { entries: Vec<NewEntry>, own: Vec<Own>, reply: Reply<Vec<EntryId>> },
    /// Outcomes of a mailer, and its next gates.
    Round { mailer: Uuid, settle: Arc<[Settlement]>, gate: Vec<Ticket>, reply: Reply<Passed> },
    /// More work for a mailer.
    Claim { mailer: Uuid, route: String, limit: usize, reply: Reply<Vec<Claim>> },
}

impl Grouped {
    /// Whether it may have to wait for the end of a transaction that somebody else has open.
    fn may_wait(&self) -> bool {
        matches!(self, Self::Insert { entries, .. } if entries.iter().any(|one| one.key.is_some()))
    }
}

/// What came of a mailer's round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// The entries whose outcome was written; for the others the lease was lost.
    pub settled: HashSet<EntryId>,
    /// The entries that passed the gate.
    pub gated: HashSet<EntryId>,
}

/// What a writer works with.
pub(super) struct Writer {
    pub(super) options: Options,
    pub(super) dialect: Dialect,
    pub(super) identity: Identity,
    pub(super) clock: Clock,
    /// The right to wait aside.
    aside: Semaphore,
    /// When the store last could not be reached, and why.
    away: Mutex<Option<(Instant, String)>>,
    /// From where claims look.
    frontiers: Mutex<Frontiers>,
}

/// How PostgreSQL is told how long to wait for the locks of others, unless it knows.
type Locks = Option<&'static str>;
const SHORT: Locks = Some("SELECT set_config('lock_timeout', '100ms', true)");
const LONG: Locks = None;

/// Requests of one group, each with the time since which it waits.
type Waiting = Vec<(Instant, Grouped)>;

impl Writer {
    pub(super) fn new(
        options: Options,
        dialect: Dialect,
        identity: Identity,
        clock: Clock,
    ) -> Self {
        let (aside, away) = (Semaphore::new(ASIDE), Mutex::default());
        Self { options, dialect, identity, clock, aside, away, frontiers: Mutex::default() }
    }

    /// Begins to write; ends when nobody can ask any more.
    pub(super) fn start(self, connection: Owned) -> Result<mpsc::Sender<Asked>, QueueError> {
        let (ask, asked) = mpsc::channel(WAITING);
        let writer = Arc::new(self);
        if writer.dialect.is_postgres() {
            drop(tokio::spawn(writer.run(connection, asked)));
            return Ok(ask);
        }
        let runtime = Handle::current();
        let work = move || {
            runtime.block_on(async move {
                let direct = writer.options.connect_writer().await;
                writer.run(direct.unwrap_or(connection), asked).await;
            });
        };
        let thread = std::thread::Builder::new().name("mailmethod-write".to_owned());
        let started = thread.spawn(work).map_err(|error| QueueError::Unreachable(error.into()));
        started.map(|_thread| ask)
    }

    async fn run(self: Arc<Self>, connection: Owned, mut asked: mpsc::Receiver<Asked>) {
        let mut connection = Some(connection);
        let (mut requests, mut before) = (Vec::new(), 0);
        while asked.recv_many(&mut requests, AT_ONCE).await > 0 {
            if !self.dialect.is_postgres() {
                gather(&mut asked, &mut requests, before);
            }
            before = requests.len();
            let mut group = Vec::new();
            for Asked { since, request } in requests.drain(..) {
                match request {
                    Request::Alone { work, reply } => {
                        self.commit_group(&mut connection, std::mem::take(&mut group)).await;
                        let done = self.alone(&mut connection, since, work).await;
                        // Whoever asked may have gone.
                        drop(reply.send(done));
                    }
                    Request::Grouped(request) => group.push((since, request)),
                }
            }
            self.commit_group(&mut connection, group).await;
        }
    }

    fn session<'c>(&self, connection: &'c mut Owned) -> Session<'c> {
        Session::new(connection.connection(), self.dialect.clone(), self.clock.now())
    }

    /// A transaction that has begun, on the connection or, if that was lost, on a new one.
    async fn begun<'o>(
        &self,
        slot: &'o mut Option<Owned>,
        since: Instant,
    ) -> Result<Session<'o>, QueueError> {
        let until = since + open::PATIENCE;
        if let Some(owned) = slot {
            match begin(&mut self.session(owned), until).await {
                Err(QueueError::Unreachable(_)) => *slot = None,
                Err(error) => return Err(error),
                Ok(()) => {}
            }
        }
        if slot.is_none() {
            let owned = slot.insert(self.connect(since).await?);
            begin(&mut self.session(owned), until).await?;
        }
        slot.as_mut().map_or(Err(QueueError::Closed), |owned| Ok(self.session(owned)))
    }

    /// A new connection. Who has waited while the last one could not be had has waited enough.
    async fn connect(&self, since: Instant) -> Result<Owned, QueueError> {
        let away = || self.away.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, why)) = &*away()
            && since <= *at
        {
            return Err(QueueError::Unreachable(why.clone().into()));
        }
        let connected = self.options.connect_writer().await;
        *away() = match &connected {
            Err(QueueError::Unreachable(why)) => Some((Instant::now(), why.to_string())),
            _ => None,
        };
        connected
    }

    async fn alone(
        &self,
        slot: &mut Option<Owned>,
        since: Instant,
        work: Work,
    ) -> Result<(), QueueError> {
        let done = within(&self.dialect, PATIENCE, async {
            let mut session = self.begun(slot, since).await?;
            let done = work(&mut session).await;
            end(&mut session, done).await
        });
        let done = done.await;
        self.frontiers().forget();
        forget_if_lost(slot, done.as_ref().err());
        done
    }

    /// One transaction for a whole group, but for those that may have to wait for others.
    async fn commit_group(self: &Arc<Self>, slot: &mut Option<Owned>, group: Waiting) {
        let apart =
            |(_, one): &mut (Instant, Grouped)| self.dialect.is_postgres() && one.may_wait();
        let mut group = group;
        let keyed: Waiting = group.extract_if(.., apart).collect();
        self.commit(slot, group).await;
        self.commit(slot, keyed).await;
    }

    /// One transaction for a whole group; if it fails, one for each of them.
    async fn commit(self: &Arc<Self>, slot: &mut Option<Owned>, mut group: Waiting) {
        while !group.is_empty() {
            let apart = self.dialect.is_postgres() && group.iter().all(|(_, one)| one.may_wait());
            let locks = if apart { SHORT } else { LONG };
            let error = match self.transaction(slot, &group, locks).await {
                Ok(answers) => return answer(group, answers),
                Err(error) => error,
            };
            if matches!(error, QueueError::Locked) && self.dialect.is_postgres() {
                return self.wait_aside(group);
            }
            if let Some(shared) = error.shared() {
                let late = |since: Instant| {
                    !matches!(shared, QueueError::Locked) || since.elapsed() >= open::PATIENCE
                };
                for (_, request) in group.extract_if(.., |(since, _)| late(*since)) {
                    refuse(request, error.shared().unwrap_or(QueueError::Closed));
                }
                continue;
            }
            if group.len() > 1 {
                for request in group {
                    Box::pin(self.commit(slot, vec![request])).await;
                }
                return;
            }
            return self.again(slot, group, error).await;
        }
    }

    /// Does one piece of work again that met the work of others.
    async fn again(&self, slot: &mut Option<Owned>, group: Waiting, mut error: QueueError) {
        for _round in 0..ROUNDS {
            if !matches!(error, QueueError::KeyRace | QueueError::Conflict(_)) {
                break;
            }
            match self.transaction(slot, &group, LONG).await {
                Ok(answers) => return answer(group, answers),
                Err(again) => error = again,
            }
        }
        for (_, request) in group.into_iter().take(1) {
            refuse(request, std::mem::replace(&mut error, QueueError::KeyRace));
        }
    }

    /// Lets requests that meet somebody else's open transaction wait on connections of their own, so
    /// that nobody waits for them.
    fn wait_aside(self: &Arc<Self>, group: Waiting) {
        for request in group {
            let writer = Arc::clone(self);
            drop(tokio::spawn(async move {
                let Ok(_right) = writer.aside.acquire().await else { return };
                let (until, mut slot) = (Instant::now() + PATIENCE, None);
                let group = vec![request];
                let error = loop {
                    match writer.transaction(&mut slot, &group, LONG).await {
                        Ok(answers) => return answer(group, answers),
                        Err(QueueError::Locked | QueueError::KeyRace | QueueError::Conflict(_))
                            if Instant::now() < until => {}
                        Err(error) => break error,
                    }
                };
                let mut error = Some(error);
                for (_, request) in group {
                    refuse(request, error.take().unwrap_or(QueueError::Closed));
                }
            }));
        }
    }

    async fn transaction(
        &self,
        slot: &mut Option<Owned>,
        group: &[(Instant, Grouped)],
        locks: Locks,
    ) -> Result<Vec<Answer>, QueueError> {
        let now = Instant::now();
        let since = group.iter().map(|(since, _)| *since).min().unwrap_or(now);
        let done = within(&self.dialect, PATIENCE, async {
            let mut session = self.begun(slot, since).await?;
            let done = async {
                if let Some(wait) = locks {
                    session.run(Query::new(wait)).await?;
                }
                self.write(&mut session, group).await
            };
            let done = done.await;
            end(&mut session, done).await
        });
        let done = done.await;
        if done.is_err() {
            self.frontiers().forget();
        }
        forget_if_lost(slot, done.as_ref().err());
        done
    }

    /// New entries first, then outcomes, then gates, each kind set by set; then claims.
    async fn write(
        &self,
        session: &mut Session<'_>,
        group: &[(Instant, Grouped)],
    ) -> Result<Vec<Answer>, QueueError> {
        let inserts: Vec<Group<'_>> = group
            .iter()
            .filter_map(|(_, request)| match request {
                Grouped::Insert { entries, own, .. } => Some(Group { entries, own }),
                _ => None,
            })
            .collect();
        let inserted = insert::insert(session, &self.identity, &inserts, Whose::Ours).await?;
        let mut inserted = inserted.into_iter();
        let mut answers = Vec::with_capacity(group.len());
        let mut rounds = self.rounds(session, group).await?.into_iter();
        for (_, request) in group {
            answers.push(match request {
                Grouped::Insert { .. } => {
                    Answer::Inserted(inserted.next().unwrap_or(Err(QueueError::Closed)))
                }
                Grouped::Round { .. } => Answer::Passed(rounds.next().unwrap_or_default()),
                Grouped::Claim { mailer, route, limit, .. } => {
                    Answer::Claimed(self.claim(session, *mailer, route, *limit).await?)
                }
            });
        }
        wake(session, group).await?;
        Ok(answers)
    }

    /// Claims what is due since the last claim, and if that is too little, whatever is due.
    async fn claim(
        &self,
        session: &mut Session<'_>,
        mailer: Uuid,
        route: &str,
        limit: usize,
    ) -> Result<Vec<Claim>, QueueError> {
        if !session.dialect.is_postgres() {
            return lease::claim(session, mailer, route, limit, BEGINNING).await;
        }
        let since = self.frontiers().of(route);
        let mut claims = lease::claim(session, mailer, route, limit, since).await?;
        self.frontiers().note(route, since, claims.iter().map(Claim::place));
        if claims.len() < limit && since != BEGINNING {
            let left = limit - claims.len();
            let more = lease::claim(session, mailer, route, left, BEGINNING).await?;
            self.frontiers().note(route, BEGINNING, more.iter().map(Claim::place));
            claims.extend(more);
            lease::put_in_order(&mut claims);
        }
        Ok(claims)
    }

    fn frontiers(&self) -> MutexGuard<'_, Frontiers> {
        self.frontiers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rounds of each mailer are written together.
    async fn rounds(
        &self,
        session: &mut Session<'_>,
        group: &[(Instant, Grouped)],
    ) -> Result<Vec<Passed>, QueueError> {
        let mut mailers: Vec<Uuid> = Vec::new();
        for (_, request) in group {
            if let Grouped::Round { mailer, .. } = request
                && !mailers.contains(mailer)
            {
                mailers.push(*mailer);
            }
        }
        let mut all = Passed::default();
        for mailer in mailers {
            let (mut settle, mut gate) = (Vec::new(), Vec::new());
            for (_, request) in group {
                if let Grouped::Round { mailer: of, settle: outcomes, gate: tickets, .. } = request
                    && *of == mailer
                {
                    settle.extend(outcomes.iter());
                    gate.extend(tickets.iter().copied());
                }
            }
            if settle.iter().any(|one| one.next == Next::Again(None)) {
                self.frontiers().forget();
            }
            all.settled.extend(lease::settle(session, mailer, &settle).await?);
            if !gate.is_empty() {
                all.gated.extend(lease::gate(session, mailer, &gate).await?);
            }
        }
        let rounds = group.iter().filter_map(|(_, request)| match request {
            Grouped::Round { settle, gate, .. } => Some(Passed {
                settled: only(settle.iter().map(|one| one.ticket.id), &all.settled),
                gated: only(gate.iter().map(|ticket| ticket.id), &all.gated),
            }),
            _ => None,
        });
        Ok(rounds.collect())
    }
}

/// Takes in what is about to be asked. Those whom the last commit has answered come back within a
/// moment; whoever is first of them would else have a commit of his own, and the others wait for it.
fn gather(asked: &mut mpsc::Receiver<Asked>, requests: &mut Vec<Asked>, before: usize) {
    let begun = std::time::Instant::now();
    loop {
        while requests.len() < AT_ONCE
            && let Ok(request) = asked.try_recv()
        {
            requests.push(request);
        }
        if requests.len() >= before || begun.elapsed() >= GLANCE {
            return;
        }
        // To sleep would take longer than that, and whoever is about to ask may need this core.
        std::thread::yield_now();
    }
}

fn only(ids: impl Iterator<Item = EntryId>, of: &HashSet<EntryId>) -> HashSet<EntryId> {
    ids.filter(|id| of.contains(id)).collect()
}

/// Tells mailers on other machines, where the database can.
async fn wake(session: &mut Session<'_>, group: &[(Instant, Grouped)]) -> Result<(), QueueError> {
    let immediate = group.iter().any(
        |(_, request)| matches!(request, Grouped::Insert { entries, .. } if entries.iter().any(|one| one.wake)),
    );
    if immediate { ring(session).await } else { Ok(()) }
}

/// Tells mailers on other machines when the transaction commits.
pub(super) async fn ring(session: &mut Session<'_>) -> Result<(), QueueError> {
    if session.dialect.is_postgres() {
        session.run(Query::new("SELECT pg_notify('{channel}', '')")).await?;
    }
    Ok(())
}

/// Begins a transaction that writes; another writer of an SQLite file is waited for `until` then.
pub(super) async fn begin(session: &mut Session<'_>, until: Instant) -> Result<(), QueueError> {
    // A lock that is taken at once cannot be refused later, when two would both want it.
    let begin = if session.dialect.is_postgres() { "BEGIN" } else { "BEGIN IMMEDIATE" };
    let dialect = session.dialect.clone();
    loop {
        match within(&dialect, open::PATIENCE, session.run(Query::new(begin))).await {
            Err(QueueError::Locked) if Instant::now() < until => {}
            done => return done.map(drop),
        }
    }
}

/// Limits how long work takes, where it can be: SQLite waits by itself for others, and for no longer
/// than it is told.
async fn within<T>(
    dialect: &Dialect,
    limit: Duration,
    work: impl Future<Output = Result<T, QueueError>>,
) -> Result<T, QueueError> {
    if !dialect.is_postgres() {
        return work.await;
    }
    timeout(limit, work).await.unwrap_or_else(|late| Err(QueueError::Unreachable(late.into())))
}

/// Commits if the work was done, else takes everything back.
async fn end<T>(session: &mut Session<'_>, done: Result<T, QueueError>) -> Result<T, QueueError> {
    match done {
        Ok(done) => {
            if let Err(error) = session.run(Query::new("COMMIT")).await {
                // SQLite leaves the transaction open where a commit failed.
                drop(session.run(Query::new("ROLLBACK")).await);
                return Err(error);
            }
            Ok(done)
        }
        Err(error) => {
            drop(session.run(Query::new("ROLLBACK")).await);
            Err(error)
        }
    }
}

/// After a failure of the connection itself, the next transaction has a new one.
fn forget_if_lost(slot: &mut Option<Owned>, error: Option<&QueueError>) {
    if matches!(error, Some(QueueError::Unreachable(_) | QueueError::Damaged { .. })) {
        *slot = None;
    }
}

/// What a request has come to.
enum Answer {
    Inserted(Result<Vec<EntryId>, QueueError>),
    Passed(Passed),
    Claimed(Vec<Claim>),
}

fn answer(group: Waiting, answers: Vec<Answer>) {
    for ((_, request), answer) in group.into_iter().zip(answers) {
        // Whoever asked may have gone.
        match (request, answer) {
            (Grouped::Insert { reply, .. }, Answer::Inserted(ids)) => drop(reply.send(ids)),
            (Grouped::Round { reply, .. }, Answer::Passed(passed)) => drop(reply.send(Ok(passed))),
            (Grouped::Claim { reply, .. }, Answer::Claimed(claims)) => drop(reply.send(Ok(claims))),
            _ => {}
        }
    }
}

fn refuse(request: Grouped, error: QueueError) {
    match request {
        Grouped::Insert { reply, .. } => drop(reply.send(Err(error))),
        Grouped::Round { reply, .. } => drop(reply.send(Err(error))),
        Grouped::Claim { reply, .. } => drop(reply.send(Err(error))),
    }
}
