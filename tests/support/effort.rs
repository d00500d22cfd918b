//! The effort: how long something takes in processor time.

use std::fs;
use std::time::{Duration, Instant};

/// Measures what this thread has done: processor time where the system tells it, so that a busy
/// machine is no fault of ours.
pub(crate) struct Effort(Instant, Option<Duration>);

impl Effort {
    pub(crate) fn begin() -> Self {
        Self(Instant::now(), Self::processor())
    }

    fn processor() -> Option<Duration> {
        let statistics = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        statistics.split(' ').next()?.parse().ok().map(Duration::from_nanos)
    }

    pub(crate) fn spent(&self) -> Duration {
        match (self.1, Self::processor()) {
            (Some(begin), Some(end)) => end.saturating_sub(begin),
            _ => self.0.elapsed(),
        }
    }
}

/// Runs something that must not take long.
#[track_caller]
pub(crate) fn soon<T>(run: impl FnOnce() -> T) -> T {
    let effort = Effort::begin();
    let result = run();
    assert!(effort.spent() < Duration::from_secs(20), "it took {:?}", effort.spent());
    result
}
