//! The stream: server-sent events for one page.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{self, KeepAlive, Sse};
use tokio::sync::mpsc;

use super::Event;
use crate::manage::app::App;
use crate::manage::problem::Problem;

/// How often a page that hears nothing is told that we live.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// The events for one page.
#[derive(Debug)]
pub(in crate::manage) struct Stream(mpsc::Receiver<Event>);

impl futures_core::Stream for Stream {
    type Item = Result<sse::Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|event| {
            event.map(|Event { id, name, data }| {
                Ok(sse::Event::default().id(id.to_string()).event(name).data(data))
            })
        })
    }
}

/// `GET /events?seen=NUMBER`: what changes from now on, or since the event of `Last-Event-ID`, or
/// since the event that was the last one when the page was made.
pub(in crate::manage) async fn events(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Sse<sse::KeepAliveStream<Stream>>, Problem> {
    let seen = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let seen = seen.or_else(|| query.as_deref()?.strip_prefix("seen="));
    let events = app.live().listen(seen.and_then(|seen| seen.parse().ok())).ok_or_else(|| {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "Too many pages listen")
            .detail("Close some of them.")
    })?;
    Ok(Sse::new(Stream(events)).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}
