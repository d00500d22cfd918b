//! The transaction itself: who has joined, in which state it is, and how it is aborted.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::runtime::Handle;

use super::hook::AfterHooks;
use super::savepoint::Mark;
use super::{AbortError, BoxError, Conflict, Failure, Key, Participant, Status, TransactionError};

/// Numbers are unique in the process, so that a key of another transaction fits nowhere.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// In which state an open transaction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It can be committed.
    Active,
    /// It was doomed: work goes on, but a commit is refused.
    Doomed,
    /// A savepoint or a rollback failed: it can only be aborted.
    Failed,
}

/// Several participants that finish all or not at all, as far as that is possible.
///
/// [`commit`](Self::commit) and [`abort`](Self::abort) consume it. Dropping it
/// aborts it: what is in memory is gone at once; the participants' own `abort`
/// runs in a task if there is a Tokio runtime, and where there is none they are
/// just dropped. What such an abort reports is logged as a warning, since nobody
/// is left to be told; call [`abort`](Self::abort) to be told.
///
/// # Examples
///
/// See [`Participant`]. What has ended cannot be used again:
///
/// ```compile_fail,E0382
/// # use mailmethod::transaction::Transaction;
/// # async fn twice() {
/// let tx = Transaction::new();
/// let _committed = tx.commit().await;
/// let _again = tx.commit().await;
/// # }
/// ```
pub struct Transaction {
    pub(super) state: State,
    /// In the order of joining, which is the order of finishing.
    pub(super) seats: Vec<Seat>,
    pub(super) marks: Vec<Mark>,
    pub(super) after: AfterHooks,
}

/// A participant and the number of its key.
pub(super) struct Seat {
    pub(super) number: u64,
    pub(super) participant: Box<dyn Participant>,
}

impl Seat {
    pub(super) fn name(&self) -> String {
        self.participant.name().to_owned()
    }

    pub(super) fn failure(&self, error: BoxError) -> Failure {
        Failure::new(self.participant.name(), error)
    }
}

impl Transaction {
    /// An active transaction without participants.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "to begin one is an act, not a default")]
    pub fn new() -> Self {
        Self {
            state: State::Active,
            seats: Vec::new(),
            marks: Vec::new(),
            after: AfterHooks::default(),
        }
    }

    /// The state.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// The names of the participants, in the order of joining.
    pub fn participants(&self) -> impl Iterator<Item = &str> {
        self.seats.iter().map(|seat| seat.participant.name())
    }

    /// Takes a participant in; those who join first finish first.
    ///
    /// A transaction that is doomed or failed takes it in too, and will abort it.
    pub fn join<P: Participant>(&mut self, participant: P) -> Key<P> {
        let number = next_number();
        self.seats.push(Seat { number, participant: Box::new(participant) });
        Key::new(number)
    }

    /// The participant of a key.
    ///
    /// # Errors
    ///
    /// [`TransactionError::NotJoined`] if it is not in this transaction (any more).
    pub fn get<P: Participant>(&mut self, key: &Key<P>) -> Result<&mut P, TransactionError> {
        let seat = self.seats.iter_mut().find(|seat| seat.number == key.number);
        let participant: &mut dyn Any =
            seat.ok_or(TransactionError::NotJoined)?.participant.as_mut();
        participant.downcast_mut().ok_or(TransactionError::NotJoined)
    }

    /// Dooms it: work can go on, but a commit will be refused. Twice is as good as once.
    pub fn doom(&mut self) {
        if self.state == State::Active {
            self.state = State::Doomed;
        }
    }

    /// Adds a hook that runs at the end of every commit and is told how that ended.
    ///
    /// Hooks run in the order in which they came, each once, whatever the others do. Their errors
    /// come back in the result of the commit and undo nothing. They do not run when the
    /// transaction is aborted or dropped, nor if the caller goes away while participants still
    /// prepare; from the first finish on they run in any case.
    pub fn after_commit<F, R>(&mut self, hook: F)
    where
        F: FnOnce(Status) -> R + Send + 'static,
        R: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        self.after.push(hook);
    }

    /// Whether an error, or one of its sources, is a passing conflict: a [`Conflict`], or what a
    /// participant takes for one.
    #[must_use]
    pub fn should_retry(&self, error: &(dyn Error + 'static)) -> bool {
        let mut link = Some(error);
        while let Some(error) = link {
            let known = |seat: &Seat| seat.participant.should_retry(error);
            if error.is::<Conflict>() || self.seats.iter().any(known) {
                return true;
            }
            link = error.source();
        }
        false
    }

    /// Aborts every participant, in the order of joining.
    ///
    /// # Errors
    ///
    /// [`AbortError`] with those that failed to abort; the others have aborted all the same.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the rest is aborted as by dropping the transaction.
    pub async fn abort(mut self) -> Result<(), AbortError> {
        let failures = self.abort_all().await;
        if failures.is_empty() { Ok(()) } else { Err(AbortError { failures }) }
    }

    /// Aborts one after the other, so that what a dropped future leaves is still here.
    pub(super) async fn abort_all(&mut self) -> Vec<Failure> {
        let mut failures = Vec::new();
        self.seats.reverse();
        while let Some(Seat { participant, .. }) = self.seats.pop() {
            let name = participant.name().to_owned();
            if let Err(error) = participant.abort().await {
                failures.push(Failure { participant: name, error });
            }
        }
        failures
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let seats = std::mem::take(&mut self.seats);
        if seats.is_empty() {
            return;
        }
        if let Ok(runtime) = Handle::try_current() {
            drop(runtime.spawn(abort_unheard(seats)));
        }
    }
}

async fn abort_unheard(seats: Vec<Seat>) {
    for Seat { participant, .. } in seats {
        let name = participant.name().to_owned();
        if let Err(error) = participant.abort().await {
            tracing::warn!(participant = name, error, "a dropped transaction aborts uncleanly");
        }
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction")
            .field("state", &self.state)
            .field("participants", &self.participants().collect::<Vec<_>>())
            .field("savepoints", &self.marks.len())
            .finish_non_exhaustive()
    }
}

pub(super) fn next_number() -> u64 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}
