//! The HTTP API.

use axum::Router;
use axum::routing::get;

use super::app::App;
use super::problem::Problem;

pub(super) fn routes(_body: usize) -> Router<App> {
    Router::new().route("/", get(async || Problem::not_found("There is no such thing.")))
}
