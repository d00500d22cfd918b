//! The answer that tells of a problem: a page, words in a frame, or problem+json for the API.

use axum::Json;
use axum::body::to_bytes;
use axum::http::header::{
    ALLOW, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use minijinja::context;
use serde_json::{Value, json};

use super::Problem;
use crate::manage::app::App;
use crate::manage::body;
use crate::manage::shape;
use crate::manage::visit::Visit;

impl Problem {
    /// The answer of the API.
    fn json(&self) -> Response {
        let document = json!({
            "type": "about:blank",
            "title": self.told.title,
            "status": self.status.as_u16(),
            "detail": if self.told.detail.is_empty() { &self.told.title } else { &self.told.detail },
            "errors": self.told.findings.iter().map(shape::error).collect::<Vec<Value>>(),
        });
        let mut document = document;
        if let (Some(sent), Some(fields)) = (&self.told.sent, document.as_object_mut()) {
            fields.insert("sent".to_owned(), sent.clone());
        }
        let mut answer = (self.status, Json(document)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        answer.headers_mut().insert(CONTENT_TYPE, kind);
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            answer.headers_mut().insert(WWW_AUTHENTICATE, scheme);
        }
        answer
    }

    /// The problem in words alone, where no page can be shown.
    fn text(&self) -> Response {
        let mut text = format!("{}\n\n{}\n", self.told.title, self.told.detail);
        for finding in &self.told.findings {
            text.push_str(&format!("\n{finding}\n"));
        }
        (self.status, text).into_response()
    }
}

impl IntoResponse for Problem {
    /// An answer without a body: [`shaped`] gives it the one that fits the request.
    fn into_response(self) -> Response {
        let mut answer = self.status.into_response();
        answer.extensions_mut().insert(self);
        answer
    }
}

/// Headers that say more about a problem, and stay.
const KEPT: [HeaderName; 2] = [ALLOW, RETRY_AFTER];

/// The answer in the form that belongs to its path; only problems change.
pub(in crate::manage) async fn shaped(
    app: &App,
    visit: &Visit,
    api: bool,
    answer: Response,
) -> Response {
    if !answer.status().is_client_error() && !answer.status().is_server_error() {
        return answer;
    }
    if answer.extensions().get::<Shaped>().is_some() {
        return answer;
    }
    let (parts, body) = answer.into_parts();
    let problem = match parts.extensions.get::<Problem>() {
        Some(problem) => problem.clone(),
        None => {
            let mut problem = Problem::of_status(parts.status);
            let said = to_bytes(body, 2_000).await.unwrap_or_default();
            let said = String::from_utf8_lossy(&said);
            if problem.told.detail.is_empty() && !said.trim().is_empty() {
                problem.told.detail = said.trim().to_owned();
            }
            problem
        }
    };
    let mut answer = if api {
        problem.json()
    } else if is_frame(&visit.path) {
        sealed(&problem)
    } else if visit.path == "events" {
        problem.text()
    } else {
        page(app, visit, &problem).await
    };
    for name in KEPT {
        if let Some(value) = parts.headers.get(&name) {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    answer.headers_mut().remove(CONTENT_LENGTH);
    answer
}

/// Marks an answer that is a whole page already, although its status tells of a problem.
#[derive(Clone, Copy, Debug)]
pub(in crate::manage) struct Shaped;

/// Words for a frame, under the policy of everything that frames show.
fn sealed(problem: &Problem) -> Response {
    let mut answer = problem.text();
    let policy = HeaderValue::from_static(body::SEALED);
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    answer
}

/// Whether a path is what a frame shows.
fn is_frame(path: &str) -> bool {
    path.ends_with("/body")
}

async fn page(app: &App, visit: &Visit, problem: &Problem) -> Response {
    let findings: Vec<String> = problem.told.findings.iter().map(ToString::to_string).collect();
    let shown = context! {
        title => &problem.told.title,
        status => problem.status.as_u16(),
        detail => &problem.told.detail,
        findings,
        back => problem.told.back.as_ref().map(|(to, label)| context! { to, label }),
        stranger => !visit.visitor().may_look(),
        token => problem.status == StatusCode::UNAUTHORIZED && app.takes_token(),
    };
    match app.render(visit, "problem.html", shown).await {
        Ok(page) => {
            let mut answer = (problem.status, page).into_response();
            if problem.status == StatusCode::UNAUTHORIZED {
                let scheme = HeaderValue::from_static("Link realm=\"mailmethod\"");
                answer.headers_mut().insert(WWW_AUTHENTICATE, scheme);
            }
            answer
        }
        Err(_unshown) => problem.text(),
    }
}
