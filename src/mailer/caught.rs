//! Caught: foreign code that may break off or hang, as a value.
//!
//! An adapter is somebody else's code. If it panics, or does not come back for
//! hours, that is a failure of this one mail and not the end of a lane.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::timeout;

/// What became of foreign code that did not come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// It panicked.
    Panicked,
    /// It did not come back in time.
    Hung,
}

/// Runs foreign code; what it leaves behind is dropped if it breaks off.
pub(super) async fn caught<T>(
    patience: Duration,
    foreign: impl Future<Output = T>,
) -> Result<T, Broken> {
    let mut foreign = pin!(foreign);
    let unwinding = poll_fn(|context| {
        match catch_unwind(AssertUnwindSafe(|| foreign.as_mut().poll(context))) {
            Ok(Poll::Ready(done)) => Poll::Ready(Ok(done)),
            Ok(Poll::Pending) => Poll::Pending,
            Err(_panic) => Poll::Ready(Err(Broken::Panicked)),
        }
    });
    timeout(patience, unwinding).await.unwrap_or(Err(Broken::Hung))
}

#[cfg(test)]
mod tests {
    use super::{Broken, caught};
    use std::time::Duration;

    const PATIENCE: Duration = Duration::from_secs(7_200);

    #[tokio::test(start_paused = true)]
    async fn a_panic_and_a_hang_are_values() {
        assert_eq!(caught(PATIENCE, async { 7 }).await, Ok(7));
        assert_eq!(
            caught(PATIENCE, async { panic!("as told") }).await,
            Err::<(), _>(Broken::Panicked)
        );
        assert_eq!(caught(PATIENCE, std::future::pending::<()>()).await, Err(Broken::Hung));
    }
}
