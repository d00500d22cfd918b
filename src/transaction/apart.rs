//! A task apart: what runs in it ends whether anyone waits or not, and its panic stays in it.

use tokio::runtime::Handle;

use super::BoxError;

/// Runs a future in a task of its own; in place where there is no Tokio runtime.
///
/// The error is a panic, or the end of the runtime.
pub(super) async fn apart<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> Result<T, BoxError> {
    match Handle::try_current() {
        Ok(runtime) => Ok(runtime.spawn(future).await?),
        Err(_no_runtime) => Ok(future.await),
    }
}
