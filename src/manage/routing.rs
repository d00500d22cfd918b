//! The routing: which path is which page.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use super::app::App;
use super::{api, assets, guard, live, mail, mails, methods, pages};
use crate::manage::problem::Problem;

/// How much a form may have beside its files, in octets.
const FORM: usize = 2 * 1_024 * 1_024;

/// All pages and the API, behind the guard.
pub(super) fn routes(app: App) -> Router {
    let files = app.host().settings().limits.attachments.saturating_add(FORM);
    let guarded = from_fn_with_state(app.clone(), guard::guard);
    Router::new()
        .merge(about())
        .merge(queue())
        .merge(methods_of(files))
        .nest("/api/v1", api::routes(files))
        .fallback(async || Problem::not_found("There is no page at this address."))
        .layer(guarded)
        .with_state(app)
}

fn about() -> Router<App> {
    Router::new()
        .route("/", get(pages::root))
        .route("/overview", get(pages::overview))
        .route("/routes", get(pages::routes))
        .route("/routes/{name}/{action}", post(pages::route))
        .route("/log", get(pages::log))
        .route("/health", get(pages::health))
        .route("/healthz", get(pages::healthz))
        .route("/readyz", get(pages::readyz))
        .route("/metrics", get(pages::metrics))
        .route("/events", get(live::events))
        .route("/login", get(pages::login).post(pages::login_by_token))
        .route("/logout", post(pages::logout))
        .route("/link", post(pages::link))
        .route("/theme", post(pages::theme))
        .route("/assets/{name}", get(assets::asset))
        .layer(DefaultBodyLimit::max(FORM))
}

fn queue() -> Router<App> {
    Router::new()
        .route("/queue", get(mails::to_first))
        .route("/queue/{view}", get(mails::list))
        .route("/queue/rows", get(mails::rows))
        .route("/queue/bulk", post(mails::bulk))
        .route("/mail/{id}", get(mail::mail))
        .route("/mail/{id}/{tab}", get(mail::tab).post(mail::act))
        .route("/mail/{id}/part/{number}", get(mail::part))
        .layer(DefaultBodyLimit::max(FORM))
}

fn methods_of(files: usize) -> Router<App> {
    Router::new()
        .route("/methods", get(methods::list))
        .route("/methods/{name}", get(methods::to_test))
        .route("/methods/{name}/test", get(methods::test).post(methods::keep))
        .route("/methods/{name}/body", get(methods::body))
        .route("/methods/{name}/part/{number}", get(methods::part))
        .route("/methods/{name}/previews", get(methods::previews))
        .route("/methods/{name}/source", get(methods::source))
        .route("/methods/{name}/golden", get(methods::golden))
        .route("/methods/{name}/send-test", post(methods::send_test))
        .route("/methods/{name}/samples", post(methods::save_sample))
        .layer(DefaultBodyLimit::max(files))
}
