//! Why a mail is not staged, and how a commit with mail ends.

use std::error::Error;

use crate::host::{AdapterError, Sent};
use crate::message::MessageError;
use crate::method::CallError;
use crate::outbox::{NotOffered, Undelivered, UnknownMail};
use crate::transaction::{self, AbortError, BoxError, Cause, Refused, Torn};

/// Why a mail was not staged, amended or dropped; the transaction is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StageError {
    /// The call gives no mail.
    #[error("{0}")]
    Call(CallError),
    /// The mail gives no message.
    #[error("the mail cannot be sealed")]
    Message(#[source] MessageError),
    /// The method's adapter cannot be had.
    #[error("{0}")]
    Adapter(AdapterError),
    /// The mail is not staged (any more).
    #[error("{0}")]
    Unknown(UnknownMail),
    /// The queue cannot take it.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    #[error("the queue cannot take the mail")]
    Queue(#[source] crate::queue::QueueError),
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
impl From<crate::host::EnqueueError> for StageError {
    /// What a queue says of a call before it is asked to take it.
    fn from(error: crate::host::EnqueueError) -> Self {
        match error {
            crate::host::EnqueueError::Message(error) => Self::Message(error),
            crate::host::EnqueueError::Call(error) => Self::Call(error),
            crate::host::EnqueueError::Queue(error) => Self::Queue(error),
        }
    }
}

/// All is committed: every mail is queued, or every recipient of every mail was accepted.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Committed {
    /// The mails that were queued, in call order.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub queued: Vec<crate::queue::EntryId>,
    /// The mails that were handed over, in call order.
    pub sent: Vec<Sent>,
    /// The errors of after-commit hooks; most often empty.
    pub hook_errors: Vec<BoxError>,
}

/// Why a commit did not succeed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// Nothing has happened: no mail has left, and every participant was aborted.
    #[error("the transaction was refused, and nothing of it has happened")]
    Refused(#[source] Box<Refused>),
    /// Some of it has happened and some has not.
    #[error("the transaction is torn: a part of it has happened")]
    Torn {
        /// Who finished and who did not.
        #[source]
        torn: Box<Torn>,
        /// Every mail with each recipient's outcome, in call order; empty if mail had no turn.
        mails: Vec<Sent>,
    },
    /// The runtime ended before the commit did: what has finished is unknown.
    #[error("the runtime ended before the commit did; it may be torn: {}", participants.join(", "))]
    Interrupted {
        /// Those that may have finished, in order.
        participants: Vec<String>,
    },
}

impl CommitError {
    pub(super) fn new(error: transaction::CommitError, mails: Vec<Sent>) -> Self {
        match error {
            transaction::CommitError::Refused(refused) => Self::Refused(refused),
            transaction::CommitError::Torn(torn) => Self::Torn { torn, mails },
            transaction::CommitError::Interrupted { participants } => {
                Self::Interrupted { participants }
            }
        }
    }

    /// Whether nothing has happened and the same work may well succeed in another transaction.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Refused(refused) if refused.retry)
    }

    /// The mails that kept the transaction from beginning to finish, if it was they.
    #[must_use]
    pub fn not_offered(&self) -> Option<&NotOffered> {
        self.failure()?.downcast_ref()
    }

    /// The mails that failed after the transaction had begun to finish, if there are any.
    #[must_use]
    pub fn undelivered(&self) -> Option<&Undelivered> {
        self.failure()?.downcast_ref()
    }

    /// The error of the participant that failed.
    fn failure(&self) -> Option<&(dyn Error + 'static)> {
        let failure = match self {
            Self::Refused(refused) => match &refused.cause {
                Cause::Prepare(failure) | Cause::Finish(failure) => failure,
                _ => return None,
            },
            Self::Torn { torn, .. } => &torn.failed,
            Self::Interrupted { .. } => return None,
        };
        Some(failure.error.as_ref())
    }
}

/// Why work was given up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RetryError {
    /// No attempt is left, or there was none from the beginning.
    #[error("there is no attempt left")]
    NoAttempts,
    /// The work failed, and its transaction was aborted.
    #[error("the work failed")]
    Work {
        /// What the work gave.
        source: BoxError,
        /// What failed while it was aborted; most often `None`.
        abort: Option<AbortError>,
    },
    /// The last commit failed.
    #[error(transparent)]
    Commit(CommitError),
}
