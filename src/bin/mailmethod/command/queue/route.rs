//! `queue pause` and `resume`: lets nothing out by a route, or lets it go on.

use std::collections::BTreeSet;

use mailmethod::queue::Store;
use mailmethod::source::Finding;
use serde_json::json;

use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::store::{self, actor, failed};

pub(super) async fn run(
    context: &Context,
    route: &str,
    paused: bool,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let store = store::open(context).await?;
    known(context, &store, route).await?;
    store.pause(route, paused, &actor()).await.map_err(|error| failed(&error))?;
    let action = if paused { "pause" } else { "resume" };
    if output.json {
        output.json(&json!({ "v": 1, "action": action, "route": route }))?;
    } else if paused {
        output.line(&format!("{route} is paused: its mails wait"))?;
    } else {
        output.line(&format!("{route} goes on"))?;
    }
    Ok(Exit::Done)
}

/// A route that nobody knows is a slip: pausing it would hold back nothing.
async fn known(context: &Context, store: &Store, route: &str) -> Result<(), Failure> {
    let mut routes: BTreeSet<String> = BTreeSet::from(["default".to_owned()]);
    routes.extend(context.settings.adapters().map(str::to_owned));
    routes.extend(context.methods().iter().map(|method| method.adapter().to_owned()));
    let seen = store.routes().await.map_err(|error| failed(&error))?;
    routes.extend(seen.into_iter().map(|route| route.name));
    let waiting = store.agenda().await.map_err(|error| failed(&error))?;
    routes.extend(waiting.into_iter().map(|waiting| waiting.route));
    if routes.contains(route) {
        return Ok(());
    }
    let names: Vec<&str> = routes.iter().map(String::as_str).collect();
    let mut finding = Finding::error("unknown-route", format!("there is no route {route:?}"))
        .did_you_mean(route, names.iter().copied());
    finding.help.get_or_insert_with(|| format!("the routes are {}", names.join(", ")));
    Err(Failure::one(Exit::NotFound, finding))
}
