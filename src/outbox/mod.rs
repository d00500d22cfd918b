//! The outbox: how mail, and the data that it speaks of, take part in a transaction.
//!
//! [`Staging`] holds the mails of a transaction until it ends; as its last
//! participant [`DirectOutbox`] hands them to their adapters, or `QueuedOutbox`
//! queues them; and `SqlParticipant` is a database transaction of sqlx. Nothing is
//! rendered here.

mod direct;
mod error;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod queued;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod sql;
mod staging;

pub use direct::{DirectOutbox, Fallback};
pub use error::{NotOffered, OfferProblem, Undelivered, UnknownMail};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use queued::{QueuedOutbox, SharedDatabase};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use sql::{SqlDatabase, SqlParticipant};
pub use staging::{StagedId, StagedMail, Staging};
