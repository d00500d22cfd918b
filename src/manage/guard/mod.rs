//! The guard: what every request passes before any page sees it, and every answer after.
//!
//! Host, visitor and origin are looked at here, once for all routes, so that a
//! route that forgets to ask cannot be reached by who must not.

mod headers;
mod host;
mod origin;

pub use host::Hosts;

use axum::body::{Body, to_bytes};
use axum::extract::{OriginalUri, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use self::origin::Origin;
use super::access::{Access, Visitor};
use super::app::App;
use super::problem::Problem;
use super::secret;
use super::visit::Visit;

/// The largest form without files, in octets.
const FORM: usize = 2 * 1_024 * 1_024;

/// How much a visitor must be known for a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// Everybody: assets, whether we live, the login itself.
    Nothing,
    /// The token of the API.
    Token,
    /// The token of the API, or a visitor.
    TokenOrVisitor,
    Visitor,
}

fn need(path: &str) -> Need {
    match path {
        "/healthz" | "/readyz" | "/login" => Need::Nothing,
        "/metrics" => Need::TokenOrVisitor,
        _ if path.starts_with("/assets/") => Need::Nothing,
        _ if is_api(path) => Need::Token,
        _ => Need::Visitor,
    }
}

pub(super) fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// Lets a request through, or says why not; and puts every answer into its form.
pub(super) async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let api = is_api(request.uri().path());
    let mut visit = Visit::new(request.uri(), original(&request), request.headers());
    let answer = match pass(&app, request, &mut visit).await {
        Ok(mut request) => {
            request.extensions_mut().insert(visit.clone());
            next.run(*request).await
        }
        Err(problem) => problem.into_response(),
    };
    let mut answer = super::problem::shaped(&app, &visit, api, answer).await;
    headers::protect(answer.headers_mut());
    answer
}

fn original(request: &Request) -> Option<&axum::http::Uri> {
    request.extensions().get::<OriginalUri>().map(|OriginalUri(uri)| uri)
}

/// The request, if it may pass; boxed, because it is large.
async fn pass(app: &App, request: Request, visit: &mut Visit) -> Result<Box<Request>, Problem> {
    let (parts, body) = request.into_parts();
    let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if !app.hosts().allow(host) {
        return Err(Problem::wrong_host(host));
    }
    let need = need(parts.uri.path());
    let mut by_token = false;
    if matches!(need, Need::Token | Need::TokenOrVisitor) {
        match token(app, &parts) {
            Ok(()) => by_token = true,
            Err(problem) if need == Need::Token => return Err(problem),
            Err(_problem) => {}
        }
    }
    let visitor = match need {
        _ if by_token => Visitor::new("api", Access::Full),
        Need::Nothing => Visitor::from(Access::Deny),
        _ => app.visitor(&parts),
    };
    if need != Need::Nothing && !visitor.may_look() {
        return Err(app.stranger());
    }
    visit.enter(visitor, app);
    let body = if by_token || parts.method.is_safe() {
        body
    } else {
        ours(app, &parts, body, visit).await?
    };
    Ok(Box::new(Request::from_parts(parts, body)))
}

/// Whether the request has the token of the API.
fn token(app: &App, parts: &Parts) -> Result<(), Problem> {
    let Some(token) = app.api_token() else { return Err(Problem::api_off()) };
    let given = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    match given {
        Some(given) if secret::equal(given, token) => Ok(()),
        Some(_) => Err(Problem::token("the token is wrong")),
        None => Err(Problem::token("the token is missing: send `Authorization: Bearer TOKEN`")),
    }
}

/// Gives the body back if one of our own pages has sent it.
async fn ours(app: &App, parts: &Parts, body: Body, visit: &Visit) -> Result<Body, Problem> {
    match origin::origin(&parts.headers) {
        Origin::Same => Ok(body),
        // Browsers without graphics say nothing of where they come from, but send what a form holds.
        Origin::Unknown if is_form(&parts.headers) => {
            let bytes = to_bytes(body, FORM).await.map_err(|_too_large| {
                Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "The form is too large")
            })?;
            let expected = app.proof(visit.visitor());
            let proven = url::form_urlencoded::parse(&bytes)
                .any(|(name, value)| name == "proof" && secret::equal(&value, &expected));
            if proven { Ok(Body::from(bytes)) } else { Err(Problem::foreign()) }
        }
        Origin::Foreign | Origin::Unknown => Err(Problem::foreign()),
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.trim_start().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded")
}
