//! The transaction: several participants that finish all or not at all. It knows no mail.
//!
//! It is a value, begun and ended by its owner; there is no current one, neither
//! of a thread nor of the process. It needs no storage of its own, and so it
//! cannot survive a crash.
//!
//! # What is promised, and what is not
//!
//! - **Nothing escapes an abort.** Until every participant has prepared, none
//!   has finished. If one refuses, all are aborted and
//!   [`CommitError::Refused`] says why.
//! - **Finishing can fail all the same**, because a database or a relay may say
//!   no, or vanish, after another has finished. Then the rest is aborted and
//!   [`CommitError::Torn`] says who finished, who did not, and who was aborted.
//!   Nothing is repaired in silence.
//! - **A crash between two finishes tears the transaction**, and nobody is left
//!   to tell: there is no log from which it could be completed. What must
//!   survive that belongs in one database transaction.
//! - **A caller who goes away does not tear it.** From the first finish on, the
//!   commit runs in a task of its own.
//! - **Order**: participants prepare and finish in the order in which they
//!   joined; the one given to [`Transaction::commit_with_last`] comes last.

mod apart;
mod commit;
mod error;
mod hook;
mod key;
mod open;
mod participant;
mod savepoint;

pub use error::{
    AbortError, Cause, CommitError, Committed, Failure, Refused, Torn, TransactionError,
};
pub use hook::{BoxFuture, Status};
pub use key::Key;
pub use open::{State, Transaction};
pub use participant::{BoxError, Conflict, FinishError, Participant};
pub use savepoint::Savepoint;
