//! The host: mail methods paired with adapters, and the settings of both.

mod error;
mod mail_host;
mod settings;
mod transaction;

pub use error::{AdapterError, OpenError, SendError, Sent};
pub use mail_host::{MailHost, MailHostBuilder};
pub use settings::{DEFAULT_FILE, Settings, Variables};
pub use transaction::{
    Attempts, CommitError, Committed, RetryError, Savepoint, StageError, Transaction,
};
