//! A transaction with mail: what is staged in it leaves if and only if it commits.

mod error;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod queued;
mod retry;

use std::collections::VecDeque;
use std::error::Error;

pub use error::{CommitError, Committed, RetryError, StageError};
pub use retry::Attempts;

use crate::host::{MailHost, Sent};
use crate::message::Stamp;
use crate::method::ToCall;
use crate::outbox::{DirectOutbox, StagedId, StagedMail, Staging, UnknownMail};
use crate::transaction::{
    self, AbortError, BoxError, BoxFuture, Key, Participant, State, Status, TransactionError,
};

type BeforeHook =
    Box<dyn for<'a> FnOnce(&'a mut Transaction) -> BoxFuture<'a, Result<(), BoxError>> + Send>;

/// An open transaction: mails, and other participants that finish or abort with them.
///
/// # What is promised, and what is not
///
/// - **Nothing escapes an abort.** Staged mail is in memory until the commit. If
///   the transaction is aborted, doomed, dropped or refused, none of it has left.
/// - **Where the host has a store, mail is queued.** It is inserted while the
///   others prepare, and committed to the queue as the last one finishes: from
///   then on nothing loses it. A participant on the database of the queue itself
///   is refused: there, queue the mail in its own transaction, by
///   [`queue_in`](MailHost::queue_in). All that follows is about
///   [direct](MailHost::begin_direct) transactions.
/// - **A commit begins with asking.** Each participant prepares; then the mails
///   are offered to their relays, to every recipient. A wrong password, a missing
///   TLS or one recipient of one mail that is not accepted, be it for good or for
///   now, refuses the whole transaction before anything has happened. That holds
///   for a recipient that the allow-list blocks, too.
/// - **Mail finishes last.** First the others finish, in the order of joining,
///   then the mails are handed over, in call order. If another participant
///   fails to finish, no mail leaves.
/// - **A relay can still refuse at the end** what it had accepted at first: the
///   body of a mail, after the others have committed. If the host has a store, the
///   mail goes on in the queue, with what was said; else [`CommitError::Torn`]
///   tells what became of every recipient of every mail. Mail that one relay did
///   not take does not keep the others from leaving.
/// - **A crash between two finishes can lose the mail** of a transaction, queued or
///   direct, whose database has committed: there is no log of it. `queue_in` has
///   no such gap.
///
/// A commit runs to its end in a task of its own as soon as the first participant
/// begins to finish. Do not send mail from within a participant's `finish`: one
/// connection of the pool is held for the staged mail, and it may be the only one.
///
/// # Examples
///
/// ```
/// # use std::sync::Arc;
/// # use mailmethod::adapter::MemoryAdapter;
/// # use mailmethod::{Call, MailHost, MailMethods};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let methods = MailMethods::from_embedded([
/// #     ("hello.yaml", "arguments: {to: address}\nheaders: {to: '{{ to }}', from: shop@example.test, subject: Hi}\ntext: Hello!"),
/// # ])?;
/// # let memory = MemoryAdapter::new();
/// # let host = MailHost::builder().methods(methods).adapter("default", Arc::new(memory.clone())).build()?;
/// let mut tx = host.begin();
/// tx.stage(&Call::new("hello").arg("to", "ada@example.test")?)?;
/// let savepoint = tx.savepoint().await?;
/// tx.stage(&Call::new("hello").arg("to", "bob@example.test")?)?;
/// tx.rollback_to(savepoint).await?;
/// assert_eq!(tx.staged()[0].mail().to()[0].address().as_str(), "ada@example.test");
/// assert!(memory.messages().is_empty());
///
/// let committed = tx.commit().await?;
/// assert_eq!(committed.sent.len(), 1);
/// assert_eq!(memory.messages()[0].id(), committed.sent[0].message.id());
/// # Ok(())
/// # }
/// ```
pub struct Transaction {
    host: MailHost,
    core: transaction::Transaction,
    staging: Staging,
    before: VecDeque<BeforeHook>,
    /// Whether its mail is queued, and not handed over as it commits.
    queued: bool,
}

/// A moment of one transaction, for its mails and its participants. Copies name the same moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Savepoint {
    core: transaction::Savepoint,
    staged: usize,
}

impl MailHost {
    /// Begins a transaction.
    ///
    /// Its mail is queued if somebody has said where the queue of this host is; else it is
    /// [direct](Self::begin_direct).
    #[must_use]
    pub fn begin(&self) -> Transaction {
        #[cfg(any(feature = "sqlite", feature = "postgres"))]
        let queued = self.has_store();
        #[cfg(not(any(feature = "sqlite", feature = "postgres")))]
        let queued = false;
        Transaction { queued, ..self.begin_direct() }
    }

    /// Begins a transaction whose mail is handed to its relay while it commits.
    #[must_use]
    pub fn begin_direct(&self) -> Transaction {
        Transaction {
            host: self.clone(),
            core: transaction::Transaction::new(),
            staging: Staging::default(),
            before: VecDeque::new(),
            queued: false,
        }
    }

    /// Renders and seals a call, with this stamp or one of this moment, to be handed over.
    fn direct(&self, call: &dyn ToCall, stamp: Option<Stamp>) -> Result<StagedMail, StageError> {
        let (mail, adapter) = self.rendered(call).map_err(StageError::Call)?;
        let stamp = stamp.unwrap_or_else(Stamp::now);
        let message = mail.seal(&stamp, &self.settings().limits).map_err(StageError::Message)?;
        let adapter = self.adapter(&adapter).map_err(StageError::Adapter)?;
        self.look(&mail, &message);
        let staged = StagedMail::new(mail, message, stamp, adapter);
        #[cfg(any(feature = "sqlite", feature = "postgres"))]
        if self.has_store() {
            return queued::with_entry(self, call, staged);
        }
        Ok(staged)
    }
}

impl Transaction {
    /// Renders and seals a mail now; it leaves if the transaction commits.
    ///
    /// # Errors
    ///
    /// [`StageError`]; nothing is staged then.
    pub fn stage(&mut self, call: &dyn ToCall) -> Result<StagedId, StageError> {
        let mail = self.prepared(call, None)?;
        Ok(self.staging.stage(mail))
    }

    /// Puts the mail of another call in the place of a staged one, which keeps its Message-ID (in
    /// the domain of its sender), its date and its turn.
    ///
    /// # Errors
    ///
    /// [`StageError`]; the staged mail stays as it was.
    pub fn amend(&mut self, id: StagedId, call: &dyn ToCall) -> Result<(), StageError> {
        let staged = self.staging.find(id).ok_or(StageError::Unknown(UnknownMail))?;
        let mail = self.prepared(call, Some(*staged.stamp()))?;
        self.staging.amend(id, mail).map_err(StageError::Unknown)
    }

    fn prepared(&self, call: &dyn ToCall, stamp: Option<Stamp>) -> Result<StagedMail, StageError> {
        #[cfg(any(feature = "sqlite", feature = "postgres"))]
        if self.queued {
            return queued::staged(&self.host, call, stamp);
        }
        self.host.direct(call, stamp)
    }

    /// Drops a staged mail.
    ///
    /// # Errors
    ///
    /// [`StageError::Unknown`] if it is not staged in this transaction, or not any more.
    pub fn unstage(&mut self, id: StagedId) -> Result<(), StageError> {
        self.staging.unstage(id).map_err(StageError::Unknown)
    }

    /// The mails that would leave now, in the order in which they would.
    #[must_use]
    pub fn staged(&self) -> Vec<&StagedMail> {
        self.staging.mails()
    }

    /// One staged mail; `None` if it is not staged in this transaction, or not any more.
    #[must_use]
    pub fn find(&self, id: StagedId) -> Option<&StagedMail> {
        self.staging.find(id)
    }

    /// Takes a participant in; those who join first finish first, and mail finishes last.
    pub fn join<P: Participant>(&mut self, participant: P) -> Key<P> {
        self.core.join(participant)
    }

    /// The participant of a key.
    ///
    /// # Errors
    ///
    /// [`TransactionError::NotJoined`] if it is not in this transaction (any more).
    pub fn get<P: Participant>(&mut self, key: &Key<P>) -> Result<&mut P, TransactionError> {
        self.core.get(key)
    }

    /// The state.
    #[must_use]
    pub const fn state(&self) -> State {
        self.core.state()
    }

    /// Dooms it: work can go on, but a commit will be refused. Twice is as good as once.
    pub fn doom(&mut self) {
        self.core.doom();
    }

    /// Marks this moment, in every participant too. Savepoints nest.
    ///
    /// # Errors
    ///
    /// As [`transaction::Transaction::savepoint`].
    pub async fn savepoint(&mut self) -> Result<Savepoint, TransactionError> {
        let core = self.core.savepoint().await?;
        Ok(Savepoint { core, staged: self.staging.mark() })
    }

    /// Goes back to a savepoint: mails are staged as they were then, participants roll back.
    ///
    /// The savepoint stays and can be gone back to again; later ones are gone. Participants that
    /// joined after it are aborted.
    ///
    /// # Errors
    ///
    /// As [`transaction::Transaction::rollback_to`].
    pub async fn rollback_to(&mut self, savepoint: Savepoint) -> Result<(), TransactionError> {
        self.core.rollback_to(savepoint.core).await?;
        self.staging.truncate(savepoint.staged);
        Ok(())
    }

    /// Adds a hook that runs when a commit begins, and may still stage, join or refuse.
    ///
    /// Hooks run in the order in which they came, each once; a hook may add further ones. The
    /// first error refuses the transaction, and the others do not run. A doomed transaction runs
    /// none.
    ///
    /// # Examples
    ///
    /// ```
    /// # use mailmethod::{Call, MailHost, MailMethods};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let host = MailHost::builder().methods(MailMethods::from_embedded([("a.yaml", "headers: {to: a@x.test, from: b@x.test}\ntext: Hi")])?).build()?;
    /// let mut tx = host.begin();
    /// tx.before_commit(|tx| {
    ///     Box::pin(async move {
    ///         if tx.staged().is_empty() { Err("there is nothing to say".into()) } else { Ok(()) }
    ///     })
    /// });
    /// assert!(tx.commit().await.is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn before_commit<F>(&mut self, hook: F)
    where
        F: for<'a> FnOnce(&'a mut Self) -> BoxFuture<'a, Result<(), BoxError>> + Send + 'static,
    {
        self.before.push_back(Box::new(hook));
    }

    /// Adds a hook that runs at the end of every commit and is told how that ended; see
    /// [`transaction::Transaction::after_commit`].
    pub fn after_commit<F, R>(&mut self, hook: F)
    where
        F: FnOnce(Status) -> R + Send + 'static,
        R: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        self.core.after_commit(hook);
    }

    /// Whether an error is a passing conflict; see [`transaction::Transaction::should_retry`].
    #[must_use]
    pub fn should_retry(&self, error: &(dyn Error + 'static)) -> bool {
        self.core.should_retry(error)
    }

    /// Commits: asks all, then finishes all, mail last.
    ///
    /// Gives the id of each mail that was queued, or the receipt of each that was handed over, in
    /// call order. A receipt that is not whole belongs to a mail that has gone on in the queue.
    ///
    /// # Errors
    ///
    /// [`CommitError::Refused`] if nothing has happened, [`CommitError::Torn`] if some of it has.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before all have prepared, the transaction is aborted. If it is
    /// dropped later, the commit goes on; how it ends is told to the after-commit hooks, and logged
    /// as an error unless it was committed.
    pub async fn commit(mut self) -> Result<Committed, CommitError> {
        while self.state() == State::Active
            && let Some(hook) = self.before.pop_front()
        {
            if let Err(error) = hook(&mut self).await {
                return Err(CommitError::new(self.core.refuse(error).await, Vec::new()));
            }
        }
        let mails: Vec<StagedMail> = self.staging.mails().into_iter().cloned().collect();
        if mails.is_empty() {
            let committed = self.core.commit().await;
            let committed = committed.map_err(|error| CommitError::new(error, Vec::new()))?;
            return Ok(Committed { hook_errors: committed.hook_errors, ..Committed::default() });
        }
        #[cfg(any(feature = "sqlite", feature = "postgres"))]
        if self.queued {
            return queued::commit(&self.host, self.core, &mails).await;
        }
        self.commit_direct(&mails).await
    }

    async fn commit_direct(self, mails: &[StagedMail]) -> Result<Committed, CommitError> {
        let messages: Vec<_> = mails.iter().map(|staged| staged.message().clone()).collect();
        #[cfg(any(feature = "sqlite", feature = "postgres"))]
        let fallback = queued::fallback(&self.host, mails);
        let (outbox, mut receipts) = DirectOutbox::new(mails);
        #[cfg(any(feature = "sqlite", feature = "postgres"))]
        let outbox = match fallback {
            Some(fallback) => outbox.with_fallback(fallback),
            None => outbox,
        };
        let committed = self.core.commit_with_last(outbox).await;
        let receipts = receipts.try_recv().unwrap_or_default();
        let sent = messages.into_iter().zip(receipts);
        let sent = sent.map(|(message, receipt)| Sent { message, receipt }).collect();
        match committed {
            Ok(committed) => {
                Ok(Committed { sent, hook_errors: committed.hook_errors, ..Committed::default() })
            }
            Err(error) => Err(CommitError::new(error, sent)),
        }
    }

    /// Aborts: no mail leaves, and every participant is undone.
    ///
    /// # Errors
    ///
    /// [`AbortError`] with those that failed to abort; the others have aborted all the same.
    pub async fn abort(self) -> Result<(), AbortError> {
        self.core.abort().await
    }
}

impl std::fmt::Debug for Transaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transaction")
            .field("core", &self.core)
            .field("staged", &self.staging.mails())
            .finish_non_exhaustive()
    }
}
