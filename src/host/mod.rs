//! The host: mail methods paired with adapters, and the settings of both.

mod adapters;
mod builder;
mod error;
mod interceptor;
mod mail_host;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod mailer;
mod observer;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod queueing;
mod settings;
mod transaction;

#[cfg(all(feature = "manage", any(feature = "sqlite", feature = "postgres")))]
pub(crate) use adapters::delivered;
pub use builder::MailHostBuilder;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use error::EnqueueError;
pub use error::{AdapterError, OpenError, SendError, Sent};
pub use interceptor::Veto;
pub use mail_host::MailHost;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use mailer::HostMailer;
pub use observer::Observer;
pub use settings::{DEFAULT_FILE, DEFAULT_STORE, QueueSettings, Settings, Variables};
pub use transaction::{
    Attempts, CommitError, Committed, RetryError, Savepoint, StageError, Transaction,
};
