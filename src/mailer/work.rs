//! The work on one route, from its first lane to the conclusions about the route.

use std::sync::{Arc, PoisonError};

use tokio::task::JoinSet;

use super::breaker::{Trip, probe_after};
use super::caught::caught;
use super::judge::micros;
use super::lane;
use super::metrics::Count;
use super::way::Way;
use crate::adapter::DeliveryError;
use crate::queue::{Breaker, Claim, QueueError, Settlement, Ticket};

/// What is to be done on a route.
#[derive(Clone, Debug)]
pub(super) enum Task {
    /// Send all that is due.
    Drain,
    /// Find out whether it works again.
    Probe { failures: u64, breaker: Breaker },
    /// Send what is claimed already.
    Claimed(Vec<Claim>),
}

/// What came of the work on a route.
pub(super) struct Ended {
    pub(super) route: String,
    pub(super) outcome: Result<(), QueueError>,
    /// How many entries were claimed.
    pub(super) claimed: usize,
    /// Whether a lane broke off.
    pub(super) broke: bool,
}

/// Works on a route until nothing is due, or it is given up.
pub(super) async fn work(way: Arc<Way>, route: String, task: Task, lanes: usize) -> Ended {
    let mut broke = false;
    let outcome = through(&way, &route, task, lanes, &mut broke).await;
    Ended { route, outcome, claimed: way.feed.claimed(), broke }
}

async fn through(
    way: &Arc<Way>,
    route: &str,
    task: Task,
    lanes: usize,
    broke: &mut bool,
) -> Result<(), QueueError> {
    let (failures, was_asked) = match &task {
        Task::Probe { failures, breaker } => (*failures, *breaker == Breaker::Open),
        _ => (0, false),
    };
    let mut outcome = Ok(());
    if !has_trip(way) {
        if was_asked && let Some(error) = asked(way).await {
            return tripped(way, route, failures, Trip { breaker: Breaker::Open, error }).await;
        }
        let lanes = async {
            let outcome = in_lanes(way, lanes, matches!(task, Task::Drain), broke).await;
            way.feed.close();
            outcome
        };
        (outcome, ()) = tokio::join!(lanes, way.feed.supply());
        if let Some(error) = way.feed.failure() {
            // Claims whose answer was lost are in our hands all the same.
            outcome = Err(error);
        }
    }
    give_back(way).await;
    let trip = way.trip.lock().unwrap_or_else(PoisonError::into_inner).take();
    match trip {
        Some(trip) => tripped(way, route, failures, trip).await?,
        // A probe for which no mail was to be had, and that asked nobody, has found out nothing.
        None if way.probing
            && outcome.is_ok()
            && !*broke
            && (was_asked || way.feed.claimed() > 0) =>
        {
            way.store.close_breaker(route).await?;
        }
        None => {}
    }
    outcome
}

fn has_trip(way: &Way) -> bool {
    way.trip.lock().unwrap_or_else(PoisonError::into_inner).is_some()
}

/// Asks the adapter whether it works; gives why not.
async fn asked(way: &Way) -> Option<String> {
    match caught(way.settings.patience, way.adapter.probe()).await {
        Ok(probe) => probe.error.as_ref().map(told),
        Err(_broken) => Some("connect: the adapter broke off when it was asked".to_owned()),
    }
}

fn told(error: &DeliveryError) -> String {
    match error.help {
        Some(help) => format!("{error} ({help})"),
        None => error.to_string(),
    }
}

/// Runs lanes until all have ended. One that is slow keeps no mail waiting: where `more` may come,
/// others begin again beside it.
async fn in_lanes(
    way: &Arc<Way>,
    lanes: usize,
    more: bool,
    broke: &mut bool,
) -> Result<(), QueueError> {
    let mut running = JoinSet::new();
    let begin = |running: &mut JoinSet<_>| {
        while running.len() < lanes {
            let way = Arc::clone(way);
            running.spawn(async move { lane::run(&way).await });
        }
    };
    begin(&mut running);
    let mut outcome = Ok(());
    loop {
        tokio::select! {
            ended = running.join_next() => match ended {
                None => return outcome,
                Some(Ok(Ok(()))) => {}
                Some(Ok(Err(error))) => outcome = Err(error),
                Some(Err(error)) => {
                    tracing::error!(%error, "a lane has broken off");
                    way.feed.stop();
                    *broke = true;
                }
            },
            () = way.more.notified(), if more && !way.is_stopped() => {
                way.feed.refill();
                begin(&mut running);
            }
        }
    }
}

async fn tripped(way: &Way, route: &str, failures: u64, trip: Trip) -> Result<(), QueueError> {
    way.metrics.count(Count::Trip, 1);
    tracing::warn!(
        route,
        error = trip.error,
        breaker = trip.breaker.as_str(),
        "a route is given up"
    );
    let probe = micros(probe_after(failures, &trip.error));
    way.store.trip(route, trip.breaker, probe, &trip.error).await
}

/// Gives back what was claimed and not handed to a lane.
async fn give_back(way: &Way) {
    let left: Vec<Ticket> = way.feed.leftovers();
    let settle: Vec<Settlement> = left.into_iter().map(Settlement::release).collect();
    drop(way.round(settle, Vec::new()).await);
}
