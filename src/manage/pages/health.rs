//! Health: for machines whether we live, for people what is at work here.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse, Response};
use minijinja::{Value, context};

use crate::manage::app::App;
use crate::manage::problem::Problem;
use crate::manage::visit::Visit;

/// `GET /healthz`: we live.
pub(in crate::manage) async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the queue can be reached, or not.
pub(in crate::manage) async fn readyz(State(app): State<App>) -> (StatusCode, &'static str) {
    let reached = match app.store().await {
        Ok(store) => app.patiently(store.routes()).await.is_ok(),
        Err(_away) => false,
    };
    // Why not is for those who may look.
    if reached {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "unavailable\n")
    }
}

/// `GET /metrics`: for Prometheus.
pub(in crate::manage) async fn metrics(State(app): State<App>) -> Result<Response, Problem> {
    let text = app.patiently(app.host().metrics()).await?;
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

/// `GET /health`.
pub(in crate::manage) async fn health(
    State(app): State<App>,
    visit: Visit,
) -> Result<Html<String>, Problem> {
    let clock = app.clock();
    let store = app.store().await;
    let (mut mailers, mut usage, mut wrong, mut place) = (Vec::new(), None, None, String::new());
    match &store {
        Err(problem) => wrong = Some(problem.told.detail.clone()),
        Ok(store) => {
            place = store.location().to_string();
            match app.patiently(store.mailers()).await {
                Ok(known) => mailers = known,
                Err(problem) => wrong = Some(problem.told.detail),
            }
            usage = app.patiently(store.usage()).await.ok();
        }
    }
    // A mailer on SQLite says nothing while nothing happens: its lock tells that it lives.
    let tells = store.is_ok_and(|store| store.sqlite_file().is_none());
    let mailers: Vec<Value> = mailers
        .iter()
        .map(|one| {
            let silent = tells && clock.now.as_second() - one.seen_at.as_second() > 60;
            context! {
                host => &one.host,
                process => one.process,
                started => clock.when(one.started_at),
                seen => tells.then(|| clock.when(one.seen_at)),
                silent,
                note => &one.note,
            }
        })
        .collect();
    let methods = app.workshop().methods().await;
    let settings = app.host().settings();
    let adapters: Value = settings.adapters().collect();
    let policy = &settings.policy;
    let own = context! {
        store => place,
        wrong,
        mailers,
        blobs => usage.map(|usage| context! { count => usage.blobs, octets => usage.blob_octets }),
        folder => settings.templates.display().to_string(),
        methods => methods.iter().count(),
        broken => methods.broken().collect::<Value>(),
        adapters,
        redirect => policy.redirect.iter().map(ToString::to_string).collect::<Vec<_>>(),
        allow => policy.allow.iter().map(ToString::to_string).collect::<Vec<_>>(),
        api => app.api_token().is_some(),
        wipe => settings.queue.wipe_after.as_secs() / 86_400,
        purge => settings.queue.purge_after.as_secs() / 86_400,
    };
    app.render(&visit, "health.html", own).await
}
