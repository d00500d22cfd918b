//! `queue stats`: how many mails each view has, and what is wrong with routes.

use mailmethod::queue::{Breaker, Route, Store, View};
use serde_json::{Map, Value, json};

use crate::ago::Clock;
use crate::context::Context;
use crate::entries;
use crate::exit::{Exit, Failure};
use crate::output::{Output, Paint};
use crate::store;

pub(super) async fn run(context: &Context, output: &mut Output) -> Result<Exit, Failure> {
    let store = store::existing(context).await?;
    let views = views(store.as_ref()).await?;
    if output.json {
        output.json(&json!({ "v": 1, "views": views_document(&views) }))?;
        return Ok(Exit::Done);
    }
    let paint = output.paint();
    for (view, count) in &views {
        let line = line(*view, *count, output.terminal, paint);
        output.line(&line)?;
    }
    match &store {
        Some(store) => troubles(context, store, output).await?,
        None => output.note(&super::list::missing(context)?),
    }
    Ok(Exit::Done)
}

/// How many mails each view has; none, where there is no store.
pub(super) async fn views(store: Option<&Store>) -> Result<Vec<(View, u64)>, Failure> {
    match store {
        Some(store) => store.views(u64::MAX).await.map_err(|error| store::failed(&error)),
        None => Ok(View::ALL.iter().map(|view| (*view, 0)).collect()),
    }
}

/// The counts as JSON, each by the name of its view.
pub(super) fn views_document(views: &[(View, u64)]) -> Value {
    let counts = views.iter().map(|(view, count)| (view.to_string(), (*count).into()));
    Value::Object(counts.collect::<Map<_, _>>())
}

/// One count: for people in columns, for a pipe with a tab.
pub(super) fn line(view: View, count: u64, people: bool, paint: Paint) -> String {
    if !people {
        return format!("{view}\t{count}");
    }
    let word = format!("{:10}", view.as_str());
    let word = if count > 0 { paint.outcome(&word, entries::good(view)) } else { paint.dim(&word) };
    format!("{word} {count:>9}")
}

/// Says which routes send nothing, and what mailers want people to know.
async fn troubles(context: &Context, store: &Store, output: &mut Output) -> Result<(), Failure> {
    let clock = super::list::clock(context, output);
    let routes = store.routes().await.map_err(|error| store::failed(&error))?;
    for route in &routes {
        if let Some(trouble) = trouble(route, &clock) {
            output.note(&trouble);
        }
    }
    for mailer in store.mailers().await.map_err(|error| store::failed(&error))? {
        if let Some(note) = &mailer.note {
            let (host, process) = (entries::plain(&mailer.host), mailer.process);
            output.note(&format!("mailer {process} on {host}: {}", entries::plain(note)));
        }
    }
    Ok(())
}

/// What keeps a route from sending.
pub(super) fn trouble(route: &Route, clock: &Clock) -> Option<String> {
    let name = &route.name;
    if let Some(at) = route.paused_at {
        let since = clock.both(at);
        return Some(format!(
            "route {name}: paused since {since}; `mailmethod queue resume {name}`"
        ));
    }
    if route.breaker == Breaker::Closed {
        return None;
    }
    let error = entries::plain(route.error.as_deref().unwrap_or("it does not work"));
    let probe = route.probe_at.map(|at| format!("; asked again {}", clock.both(at)));
    Some(format!("route {name}: given up for now: {error}{}", probe.unwrap_or_default()))
}
