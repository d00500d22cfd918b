//! The clock of a store: the system's, or one that a test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::message::Stamp;

/// What time it is for a store. Clones tell the same time.
///
/// On PostgreSQL the database tells the time, and this clock is not asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Clock {
    /// How far a test has moved the time, in microseconds.
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// The time in microseconds since 1970.
    pub(super) fn now(&self) -> i64 {
        Stamp::time().as_microsecond() + self.ahead.load(Ordering::Relaxed)
    }

    /// Moves the time; gives by how much it has been moved in all.
    #[cfg(feature = "testing")]
    pub(super) fn advance(&self, micros: i64) -> i64 {
        self.ahead.fetch_add(micros, Ordering::Relaxed).saturating_add(micros)
    }
}
