//! The overview: what needs somebody, how much waits and how the routes are, at a glance.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use minijinja::{Value, context};

use super::routes::{shown, waiting};
use crate::manage::app::App;
use crate::manage::mails::Row;
use crate::manage::methods::see_other;
use crate::manage::problem::Problem;
use crate::manage::visit::Visit;
use crate::manage::when::Clock;
use crate::queue::{Filter, HourCount, Order, Store, View};

/// How many of the mails that need somebody are shown.
const URGENT: usize = 6;
/// How many hours the picture of the last day has.
const HOURS: usize = 24;
/// How high its bars are.
const HIGH: u64 = 56;

/// `GET /`: the overview, or where it is.
pub(in crate::manage) async fn root(app: State<App>, visit: Visit) -> Result<Response, Problem> {
    match &visit.bare {
        // Without a slash at the end of the address, no link of the page would be right.
        Some(last) => see_other(&format!("{last}/overview")),
        None => overview(app, visit).await,
    }
}

/// `GET /overview`.
pub(in crate::manage) async fn overview(
    State(app): State<App>,
    visit: Visit,
) -> Result<Response, Problem> {
    let store = app.store().await?;
    let counts = app.patiently(app.live().fresh_counts()).await?;
    let clock = app.clock();
    let urgent = app.patiently(urgent(&store)).await?;
    let agenda = app.patiently(store.agenda()).await?;
    let mailers = app.patiently(store.mailers()).await?;
    let hours = app.patiently(store.hours(clock.now, HOURS)).await?;
    let later = Filter::view(View::Scheduled);
    let scheduled = app.patiently(store.list(&later, Order::Due, None, 1)).await?;
    let scheduled = scheduled.into_iter().next();
    let oldest = agenda.iter().filter_map(|one| one.due_in).min();
    let routes = shown(&app, &counts.routes, &agenda, &clock);
    let own = context! {
        urgent => urgent.iter().map(|one| Row::new(one, &clock)).collect::<Vec<_>>(),
        urgent_count => counts.of(View::Attention) + counts.of(View::Dead),
        oldest => oldest.filter(|due| *due < 0).map(|due| crate::manage::when::span(-due / 1_000_000)),
        next => scheduled.and_then(|one| one.due_at).map(|due| clock.when(due)),
        routes,
        waiting => waiting(&agenda),
        mailers => mailers.len(),
        chart => chart(&hours, &clock),
        nothing => counts.views.iter().all(|(_, count)| *count == 0),
    };
    Ok(app.render(&visit, "overview.html", own).await?.into_response())
}

/// The mails that need somebody: those that wait for a person, and the latest that failed.
async fn urgent(store: &Store) -> Result<Vec<crate::queue::Summary>, crate::queue::QueueError> {
    let attention = Filter::view(View::Attention);
    let mut urgent = store.list(&attention, Order::Newest, None, URGENT).await?;
    let dead = store.list(&Filter::view(View::Dead), Order::Newest, None, URGENT).await?;
    urgent.truncate(URGENT.saturating_sub(dead.len().min(URGENT / 2)));
    urgent.extend(dead);
    urgent.truncate(URGENT);
    Ok(urgent)
}

/// The last day as bars: for each hour, what has become of the mails that were queued in it.
fn chart(hours: &[HourCount], clock: &Clock) -> Value {
    let most = hours.iter().map(|hour| hour.sent + hour.failed).max().unwrap_or(0).max(1);
    let high = |count: u64| {
        let high = (count * HIGH).div_ceil(most);
        if count > 0 { high.max(2) } else { 0 }
    };
    let bars: Vec<Value> = hours
        .iter()
        .enumerate()
        .map(|(number, hour)| {
            let (sent, failed) = (high(hour.sent), high(hour.failed));
            context! {
                x => number * 14,
                sent,
                failed,
                sent_y => HIGH.saturating_sub(sent),
                failed_y => HIGH.saturating_sub(sent + failed),
                title => format!("{}: {} sent, {} failed", clock.when(hour.begins).exact(), hour.sent, hour.failed),
            }
        })
        .collect();
    let total = |count: fn(&HourCount) -> u64| hours.iter().map(count).sum::<u64>();
    context! { bars, high => HIGH, width => HOURS * 14, sent => total(|hour| hour.sent), failed => total(|hour| hour.failed) }
}
