//! The outbox: how mail, and the data that it speaks of, take part in a transaction.
//!
//! [`Staging`] holds the mails of a transaction until it ends, [`DirectOutbox`]
//! hands them to their adapters as the last participant, and [`SqlParticipant`]
//! is a database transaction of sqlx. Nothing is rendered here, and nothing is
//! kept beyond the transaction.

mod direct;
mod error;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod sql;
mod staging;

pub use direct::DirectOutbox;
pub use error::{NotOffered, OfferProblem, Undelivered, UnknownMail};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use sql::{SqlDatabase, SqlParticipant};
pub use staging::{StagedId, StagedMail, Staging};
