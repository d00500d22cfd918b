//! The HTTP API: any language calls mail methods by name, and manages the queue.
//!
//! One [table](table::ENDPOINTS) says what there is; the router and the OpenAPI
//! document are both made from it.

mod call;
mod openapi;
mod queue;
mod schemas;
mod table;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;

use self::table::ENDPOINTS;
use super::app::App;
use super::problem::Problem;
use crate::source::{Finding, Location};

/// All endpoints of the API; `body` is the largest body in octets.
pub(super) fn routes(body: usize) -> Router<App> {
    let mut router = Router::new();
    for endpoint in &ENDPOINTS {
        router = router.route(endpoint.path, (endpoint.handler)());
    }
    router.layer(DefaultBodyLimit::max(body))
}

/// A body that is JSON of a shape; what is wrong with it is told with its place.
struct Json<T>(T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            let title = "The body must be JSON";
            let problem = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, title);
            return Err(problem.detail("Send `Content-Type: application/json`."));
        }
        let text = String::from_request(request, state).await.map_err(|rejection| {
            Problem::new(rejection.status(), "The body cannot be read")
                .detail(rejection.body_text())
        })?;
        // A list of the values of all members would do for the parser.
        if text.trim_start().starts_with('[') {
            let message = "the body must be a JSON object, and is a list";
            let finding = Finding::error("json", message);
            return Err(Problem::bad(message).findings(vec![finding]));
        }
        serde_json::from_str(&text).map(Self).map_err(|error| {
            let place =
                Location { file: "body".to_owned(), line: error.line(), column: error.column() };
            let finding = Finding::error("json", error.to_string()).at(place, "", 1);
            Problem::bad(format!("The body is wrong: {error}")).findings(vec![finding])
        })
    }
}
