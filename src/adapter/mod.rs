//! The adapter: a way out for sealed messages, in two phases.
//!
//! An [`Adapter`] makes an [`Offer`]: the other side has seen sender and
//! recipients, and nothing has left. Accepting the offer hands the mail over and
//! gives a [`Receipt`] with an outcome for each recipient; withdrawing it leaves
//! no trace. What to do about a failure is not decided here.
//!
//! RFC 5321 (SMTP), RFC 1047 (what is unknown after a lost reply).

mod error;
mod failover;
mod file;
mod log;
mod memory;
mod null;
mod offer;
mod outcome;
mod policy;
mod probe;
mod send;
mod sendmail;
#[cfg(feature = "smtp")]
pub mod smtp;
mod trace;
mod url;

pub use error::{Class, DeliveryError};
pub use failover::Failover;
pub use file::FileAdapter;
pub use log::LogAdapter;
pub use memory::MemoryAdapter;
pub use null::NullAdapter;
pub use offer::{Adapter, AdapterId, Depth, Offer};
pub use outcome::{Outcome, Phase, Receipt, RecipientOutcome, Reply, Verdict};
pub use policy::{AllowRule, Guarded, Policy};
pub use probe::{Probe, ProbeStep};
pub use send::{send, send_rest};
pub use sendmail::SendmailAdapter;
#[cfg(feature = "smtp")]
pub use smtp::{SmtpAdapter, SmtpSettings};
pub use trace::{Trace, captured};
pub use url::{AdapterUrlError, Opener, open, open_traced};
