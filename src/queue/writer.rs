//! The writer: one connection that writes, and many who ask for it at the same time.
//!
//! Whatever waits when a commit begins goes into that commit (group commit): a
//! disk makes so many writes durable a second, whoever they are for. If a commit
//! fails, each of those in it is tried alone, so that one cannot hurt another.

use std::collections::HashSet;
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use uuid::Uuid;

use super::QueueError;
use super::clock::Clock;
use super::database::{Dialect, Query, Session};
use super::entry::{EntryId, NewEntry};
use super::insert::{self, Group};
use super::lease::{self, Settlement, Ticket};
use super::open::{Options, Owned};
use super::schema::Identity;

/// How many requests wait at most before those who ask have to.
const WAITING: usize = 1_024;
/// How many requests one commit takes.
const AT_ONCE: usize = 256;
/// How long a transaction may take before the connection is given up.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a race for a key is run again.
const RACES: usize = 5;

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

/// What shares its commit with others.
pub(super) enum Grouped {
    /// Entries that are queued together or not at all.
    Insert { entries: Vec<NewEntry>, reply: Reply<Vec<EntryId>> },
    /// Outcomes of a mailer, and its next gates.
    Round { mailer: Uuid, settle: Vec<Settlement>, gate: Vec<Ticket>, reply: Reply<Passed> },
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
}

impl Writer {
    /// Begins to write; ends when nobody can ask any more.
    pub(super) fn start(self, connection: Owned) -> mpsc::Sender<Request> {
        let (ask, asked) = mpsc::channel(WAITING);
        drop(tokio::spawn(self.run(connection, asked)));
        ask
    }

    async fn run(self, connection: Owned, mut asked: mpsc::Receiver<Request>) {
        let mut connection = Some(connection);
        let mut requests = Vec::new();
        while asked.recv_many(&mut requests, AT_ONCE).await > 0 {
            let mut group = Vec::new();
            for request in requests.drain(..) {
                match request {
                    Request::Alone { work, reply } => {
                        self.commit_group(&mut connection, std::mem::take(&mut group)).await;
                        let done = self.alone(&mut connection, work).await;
                        // Whoever asked may have gone.
                        drop(reply.send(done));
                    }
                    Request::Grouped(request) => group.push(request),
                }
            }
            self.commit_group(&mut connection, group).await;
        }
    }

    fn session<'c>(&self, connection: &'c mut Owned) -> Session<'c> {
        Session {
            connection: connection.connection(),
            dialect: self.dialect.clone(),
            now: self.clock.now(),
        }
    }

    /// The connection, opened again if it was lost.
    async fn opened<'o>(&self, slot: &'o mut Option<Owned>) -> Result<&'o mut Owned, QueueError> {
        if slot.is_none() {
            *slot = Some(self.options.connect().await?);
        }
        slot.as_mut().ok_or(QueueError::Closed)
    }

    async fn alone(&self, slot: &mut Option<Owned>, work: Work) -> Result<(), QueueError> {
        let mut session = self.session(self.opened(slot).await?);
        let done = timeout(PATIENCE, async {
            begin(&mut session).await?;
            let done = work(&mut session).await;
            end(&mut session, done).await
        });
        let done = done.await.unwrap_or_else(|late| Err(QueueError::Unreachable(late.into())));
        drop(session);
        forget_if_lost(slot, done.as_ref().err());
        done
    }

    /// One transaction for a whole group; if it fails, one for each of them.
    async fn commit_group(&self, slot: &mut Option<Owned>, mut group: Vec<Grouped>) {
        if group.is_empty() {
            return;
        }
        match self.transaction(slot, &group).await {
            Ok(answers) => answer(group, answers),
            Err(error) if group.len() == 1 => {
                let Some(request) = group.pop() else { return };
                if matches!(error, QueueError::KeyRace) {
                    return self.race(slot, request).await;
                }
                refuse(request, error);
            }
            Err(_any) => {
                for request in group {
                    Box::pin(self.commit_group(slot, vec![request])).await;
                }
            }
        }
    }

    /// Tries again what lost a race for a key.
    async fn race(&self, slot: &mut Option<Owned>, request: Grouped) {
        let group = vec![request];
        let mut last = QueueError::KeyRace;
        for _round in 0..RACES {
            match self.transaction(slot, &group).await {
                Ok(answers) => return answer(group, answers),
                Err(error) => last = error,
            }
        }
        for request in group.into_iter().take(1) {
            refuse(request, std::mem::replace(&mut last, QueueError::KeyRace));
        }
    }

    async fn transaction(
        &self,
        slot: &mut Option<Owned>,
        group: &[Grouped],
    ) -> Result<Vec<Answer>, QueueError> {
        let mut session = self.session(self.opened(slot).await?);
        let done = timeout(PATIENCE, async {
            begin(&mut session).await?;
            let done = self.write(&mut session, group).await;
            end(&mut session, done).await
        });
        let done = done.await.unwrap_or_else(|late| Err(QueueError::Unreachable(late.into())));
        drop(session);
        forget_if_lost(slot, done.as_ref().err());
        done
    }

    /// New entries first, then outcomes, then gates: each kind set by set.
    async fn write(
        &self,
        session: &mut Session<'_>,
        group: &[Grouped],
    ) -> Result<Vec<Answer>, QueueError> {
        let inserts: Vec<Group<'_>> = group
            .iter()
            .filter_map(|request| match request {
                Grouped::Insert { entries, .. } => Some(entries.as_slice()),
                _ => None,
            })
            .collect();
        let mut inserted =
            insert::insert(session, &self.identity, &inserts, true).await?.into_iter();
        let mut answers = Vec::with_capacity(group.len());
        let mut rounds = self.rounds(session, group).await?.into_iter();
        for request in group {
            answers.push(match request {
                Grouped::Insert { .. } => {
                    Answer::Inserted(inserted.next().unwrap_or(Err(QueueError::Closed)))
                }
                _ => Answer::Passed(rounds.next().unwrap_or_default()),
            });
        }
        wake(session, group).await?;
        Ok(answers)
    }

    /// The rounds of each mailer are written together.
    async fn rounds(
        &self,
        session: &mut Session<'_>,
        group: &[Grouped],
    ) -> Result<Vec<Passed>, QueueError> {
        let mut mailers: Vec<Uuid> = Vec::new();
        for request in group {
            if let Grouped::Round { mailer, .. } = request
                && !mailers.contains(mailer)
            {
                mailers.push(*mailer);
            }
        }
        let mut all = Passed::default();
        for mailer in mailers {
            let (mut settle, mut gate) = (Vec::new(), Vec::new());
            for request in group {
                if let Grouped::Round { mailer: of, settle: outcomes, gate: tickets, .. } = request
                    && *of == mailer
                {
                    settle.extend(outcomes.iter().cloned());
                    gate.extend(tickets.iter().copied());
                }
            }
            all.settled.extend(lease::settle(session, mailer, &settle).await?);
            if !gate.is_empty() {
                all.gated.extend(lease::gate(session, mailer, &gate).await?);
            }
        }
        let rounds = group.iter().filter_map(|request| match request {
            Grouped::Round { settle, gate, .. } => Some(Passed {
                settled: only(settle.iter().map(|one| one.ticket.id), &all.settled),
                gated: only(gate.iter().map(|ticket| ticket.id), &all.gated),
            }),
            _ => None,
        });
        Ok(rounds.collect())
    }
}

fn only(ids: impl Iterator<Item = EntryId>, of: &HashSet<EntryId>) -> HashSet<EntryId> {
    ids.filter(|id| of.contains(id)).collect()
}

/// Tells mailers on other machines, where the database can.
async fn wake(session: &mut Session<'_>, group: &[Grouped]) -> Result<(), QueueError> {
    let immediate = group.iter().any(
        |request| matches!(request, Grouped::Insert { entries, .. } if entries.iter().any(|one| one.wake)),
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

async fn begin(session: &mut Session<'_>) -> Result<(), QueueError> {
    // A lock that is taken at once cannot be refused later, when two would both want it.
    let begin = if session.dialect.is_postgres() { "BEGIN" } else { "BEGIN IMMEDIATE" };
    session.run(Query::new(begin)).await.map(drop)
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
}

fn answer(group: Vec<Grouped>, answers: Vec<Answer>) {
    for (request, answer) in group.into_iter().zip(answers) {
        // Whoever asked may have gone.
        match (request, answer) {
            (Grouped::Insert { reply, .. }, Answer::Inserted(ids)) => drop(reply.send(ids)),
            (Grouped::Round { reply, .. }, Answer::Passed(passed)) => drop(reply.send(Ok(passed))),
            _ => {}
        }
    }
}

fn refuse(request: Grouped, error: QueueError) {
    match request {
        Grouped::Insert { reply, .. } => drop(reply.send(Err(error))),
        Grouped::Round { reply, .. } => drop(reply.send(Err(error))),
    }
}
