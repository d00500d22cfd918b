//! The host: mail methods paired with adapters, and the settings of both.

mod error;
mod mail_host;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod mailer;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod queueing;
mod settings;
mod transaction;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use error::EnqueueError;
pub use error::{AdapterError, OpenError, SendError, Sent};
pub(crate) use mail_host::delivered;
pub use mail_host::{MailHost, MailHostBuilder};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use mailer::HostMailer;
pub use settings::{DEFAULT_FILE, DEFAULT_STORE, QueueSettings, Settings, Variables};
pub use transaction::{
    Attempts, CommitError, Committed, RetryError, Savepoint, StageError, Transaction,
};
