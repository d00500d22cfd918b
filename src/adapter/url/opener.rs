//! The opener: what is said beside an adapter's URL, by a person who starts a program, say.

use std::sync::Arc;

use super::AdapterUrlError;
use crate::adapter::{Adapter, Trace};

/// Opens adapters, with what is said beside their URLs.
///
/// # Examples
///
/// ```
/// use mailmethod::adapter::Opener;
///
/// let adapter = Opener::new().connections(8).open("null:")?;
/// # drop(adapter);
/// # Ok::<(), mailmethod::adapter::AdapterUrlError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Opener {
    pub(super) trace: Option<Trace>,
    pub(super) connections: Option<u32>,
}

impl Opener {
    /// An opener that says nothing beside the URLs.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Hands each line of the dialogues to a [`Trace`].
    #[must_use]
    pub fn trace(mut self, trace: Trace) -> Self {
        self.trace = Some(trace);
        self
    }

    /// Opens so many SMTP connections at most, 1 or more, whatever a URL says.
    #[must_use]
    pub fn connections(mut self, most: u32) -> Self {
        self.connections = Some(most.max(1));
        self
    }

    /// Opens the adapter that a URL names; nothing is contacted before the first mail.
    ///
    /// # Errors
    ///
    /// The same as [`open`](crate::adapter::open).
    pub fn open(&self, url: &str) -> Result<Arc<dyn Adapter>, AdapterUrlError> {
        super::opened(url, self)
    }
}
