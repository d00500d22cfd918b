//! What goes wrong in a transaction, and what that has left.

use super::BoxError;

/// Why a transaction did not do what was asked of it. Only [`Failed`](Self::Failed),
/// [`Savepoint`](Self::Savepoint) and [`Rollback`](Self::Rollback) leave it unable to commit.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransactionError {
    /// The key is of another transaction, or its participant joined after a savepoint that was
    /// rolled back to.
    #[error("no participant of this transaction has this key")]
    NotJoined,
    /// A participant cannot do savepoints; the transaction goes on without.
    #[error("{participant} cannot do savepoints")]
    NoSavepoints {
        /// The participant.
        participant: String,
    },
    /// The savepoint is of another transaction, or came after one that was rolled back to.
    #[error("this transaction has no such savepoint")]
    UnknownSavepoint,
    /// A participant failed to set a savepoint: the transaction can only be aborted.
    #[error("{participant} did not set a savepoint: the transaction can only be aborted")]
    Savepoint {
        /// The participant.
        participant: String,
        /// What happened.
        source: BoxError,
    },
    /// A participant failed to roll back: the transaction can only be aborted.
    #[error("{participant} did not roll back to a savepoint: the transaction can only be aborted")]
    Rollback {
        /// The participant.
        participant: String,
        /// What happened.
        source: BoxError,
    },
    /// A savepoint or a rollback failed before, or was cancelled.
    #[error("the transaction has failed and can only be aborted")]
    Failed,
}

/// What a participant did not do.
#[derive(Debug, thiserror::Error)]
#[error("{participant} failed")]
pub struct Failure {
    /// The participant.
    pub participant: String,
    /// What happened.
    #[source]
    pub error: BoxError,
}

/// Every participant was told to abort, and these failed to.
#[derive(Debug, thiserror::Error)]
#[error("aborted, but not cleanly: {}", names(failures))]
pub struct AbortError {
    /// Those that failed, one or more, in the order of joining.
    pub failures: Vec<Failure>,
}

/// Why nothing was committed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// The transaction was doomed.
    #[error("the transaction is doomed")]
    Doomed,
    /// A savepoint or a rollback had failed.
    #[error("the transaction has failed before")]
    Failed,
    /// A before-commit hook failed; no participant was touched before that.
    #[error("a hook before the commit failed")]
    Hook(BoxError),
    /// A participant could not prepare.
    #[error("{} cannot prepare", .0.participant)]
    Prepare(Failure),
    /// The first participant to finish could not, and says that nothing of it is there.
    #[error("{} cannot finish", .0.participant)]
    Finish(Failure),
}

/// Nothing has happened: every participant was aborted.
#[derive(Debug)]
pub struct Refused {
    /// Why.
    pub cause: Cause,
    /// Whether it was a passing conflict: the same work may well succeed in another transaction.
    pub retry: bool,
    /// Participants that failed to abort, in the order of joining; most often empty.
    pub abort_failures: Vec<Failure>,
    /// The errors of after-commit hooks; most often empty.
    pub hook_errors: Vec<BoxError>,
}

/// Some of it has happened and some has not; this cannot be undone from here.
#[derive(Debug)]
pub struct Torn {
    /// Those that finished, in order; they stay so.
    pub finished: Vec<String>,
    /// The one that did not finish: some of its part may be there.
    pub failed: Failure,
    /// Those whose turn had not come, in order; they were aborted.
    pub aborted: Vec<String>,
    /// Participants that failed to abort, in the order of joining; most often empty.
    pub abort_failures: Vec<Failure>,
    /// The errors of after-commit hooks; most often empty.
    pub hook_errors: Vec<BoxError>,
}

/// Why a commit did not succeed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// Nothing has happened: every participant was aborted.
    #[error("the transaction was refused, and nothing of it has happened")]
    Refused(#[source] Box<Refused>),
    /// Some of it has happened and some has not.
    #[error("the transaction is torn: a part of it has happened")]
    Torn(#[source] Box<Torn>),
    /// The runtime ended before the commit did: what has finished is unknown.
    #[error("the runtime ended before the commit did; it may be torn: {}", participants.join(", "))]
    Interrupted {
        /// Those that may have finished, in order.
        participants: Vec<String>,
    },
}

/// All is committed.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Committed {
    /// The errors of after-commit hooks; most often empty.
    pub hook_errors: Vec<BoxError>,
}

impl Failure {
    pub(super) fn new(participant: &str, error: BoxError) -> Self {
        Self { participant: participant.to_owned(), error }
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.cause)?;
        if !self.abort_failures.is_empty() {
            write!(f, "; not aborted cleanly: {}", names(&self.abort_failures))?;
        }
        Ok(())
    }
}

impl std::error::Error for Refused {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.cause {
            Cause::Prepare(failure) | Cause::Finish(failure) => Some(failure.error.as_ref()),
            Cause::Hook(error) => Some(error.as_ref()),
            Cause::Doomed | Cause::Failed => None,
        }
    }
}

impl std::fmt::Display for Torn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.finished.as_slice() {
            [] => f.write_str("nobody finished for certain")?,
            finished => write!(f, "finished {}", finished.join(", "))?,
        }
        write!(f, "; did not finish {}", self.failed.participant)?;
        if !self.aborted.is_empty() {
            write!(f, "; aborted {}", self.aborted.join(", "))?;
        }
        if !self.abort_failures.is_empty() {
            write!(f, "; not aborted cleanly: {}", names(&self.abort_failures))?;
        }
        Ok(())
    }
}

impl std::error::Error for Torn {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.failed.error.as_ref())
    }
}

fn names(failures: &[Failure]) -> String {
    let names: Vec<&str> = failures.iter().map(|failure| failure.participant.as_str()).collect();
    names.join(", ")
}
