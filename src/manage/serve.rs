//! Serving the page on a socket, and ending in time.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::timeout;

/// How long answers that have begun may take to end.
const GRACE: Duration = Duration::from_secs(2);

/// Serves a page until `shutdown`; answers that have not ended two seconds later are cut off, as
/// pages that listen for changes would never end.
///
/// # Errors
///
/// The system's error if nothing can be accepted on the socket any more.
///
/// # Examples
///
/// ```no_run
/// use mailmethod::MailHost;
/// use mailmethod::manage::{Access, Manage, serve};
///
/// # async fn show(host: &MailHost) -> std::io::Result<()> {
/// let page = Manage::new(host, |_request: &_| Access::ReadOnly).router();
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:8225").await?;
/// serve(listener, page, async { drop(tokio::signal::ctrl_c().await) }).await
/// # }
/// ```
pub async fn serve(
    listener: TcpListener,
    page: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let stopping = Arc::new(Notify::new());
    let told = Arc::clone(&stopping);
    let shutdown = async move {
        shutdown.await;
        told.notify_one();
    };
    let server = axum::serve(listener, page).with_graceful_shutdown(shutdown).into_future();
    let mut server = std::pin::pin!(server);
    tokio::select! {
        ended = &mut server => return ended,
        () = stopping.notified() => {}
    }
    timeout(GRACE, server).await.unwrap_or(Ok(()))
}
