//! The mailer: takes what is due from the queue to its adapters, and back comes what became of it.
//!
//! It is the only place where queue and adapter meet. It is woken by a bell when
//! mail was committed, by the clock when mail is due, and by its timer. What a
//! reply means is judged without looking at clock or database; a route
//! that is down is left alone until a probe says otherwise.

mod adopt;
mod breaker;
mod caught;
mod clock;
mod feed;
mod judge;
mod lane;
mod metrics;
mod run;
mod settings;
mod way;
mod work;

use std::sync::Arc;
use std::time::Duration;

pub use adopt::adopt;
pub use judge::Retry;
pub use metrics::Metrics;
pub use run::{Drained, Mailer};
pub use settings::{MailerSettings, Undeliverable};

use crate::adapter::{Adapter, Verdict};
use crate::message::Recipient;
use crate::queue::{EntryId, Next};

/// Finds the adapter of a route, or says why there is none.
pub type Ways = dyn Fn(&str) -> Result<Arc<dyn Adapter>, String> + Send + Sync;

/// Is told what happens, as it happens. It should not block.
pub type Watcher = Arc<dyn Fn(Event<'_>) + Send + Sync>;

/// What a mailer tells.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// An attempt is over, and its outcome is about to be written.
    Attempted(&'a Attempt),
    /// The time of a mail ran out while it waited.
    Expired(EntryId),
}

/// One delivery that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The entry.
    pub id: EntryId,
    /// The mail method.
    pub method: String,
    /// The name of the adapter.
    pub route: String,
    /// The Message-ID.
    pub message_id: String,
    /// To whom it was tried: those who had not been accepted or refused before.
    pub recipients: Vec<Recipient>,
    /// Which attempt it was, from 1; one that does not count has the number of the last that did.
    pub attempt: u64,
    /// What came of it.
    pub verdict: Verdict,
    /// Whether it counts: the route was not to blame.
    pub counted: bool,
    /// What becomes of the entry, unless a person wants something else of it.
    pub next: Next,
    /// What went wrong, or what was said.
    pub error: Option<String>,
    /// How long it took.
    pub took: Duration,
}
