//! The testing room: what tests of this crate and of its users need.
//!
//! [`MailHost::for_tests`](crate::MailHost::for_tests) gives a host whose mail
//! lands in an [`Inbox`]; [`golden()`] compares every mail with what was
//! reviewed; [`FaultServer`] is a relay that misbehaves as told; and
//! [`adapter_conforms`] holds an adapter to its promises.

mod conformance;
mod failure;
#[cfg(feature = "sqlite")]
mod folder;
mod form;
mod golden;
mod host;
mod inbox;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod outbox;
mod received;
mod server;

pub use conformance::{Subject, adapter_conforms};
#[cfg(all(feature = "manage", any(feature = "sqlite", feature = "postgres")))]
pub(crate) use golden::difference;
pub use golden::{
    DEFAULT_DIR, Golden, GoldenAccepted, GoldenCell, GoldenReport, GoldenState, golden,
};
pub use host::TestHost;
pub use inbox::Inbox;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use outbox::{Fate, Outbox, Queued};
pub use received::Received;
pub use server::{FaultServer, Rule, Taken, Verb};
