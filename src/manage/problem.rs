//! The problem: why a request is not answered, as a page or, for the API, as problem+json.
//!
//! RFC 9457 (problem details).

use axum::Json;
use axum::body::to_bytes;
use axum::http::header::{
    ALLOW, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use minijinja::context;
use serde_json::{Value, json};

use super::access::Permission;
use super::app::App;
use super::shape;
use super::visit::Visit;
use crate::method::CallError;
use crate::queue::QueueError;
use crate::source::Finding;

/// Why a request is not answered.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    pub(super) title: String,
    pub(super) detail: String,
    pub(super) findings: Vec<Finding>,
    /// Where to go from here, from the root of the page, and how that is called.
    pub(super) back: Option<(String, String)>,
    /// What became of a mail that was to be sent.
    pub(super) sent: Option<Value>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, title: impl Into<String>) -> Self {
        Self {
            status,
            title: title.into(),
            detail: String::new(),
            findings: Vec::new(),
            back: None,
            sent: None,
        }
    }

    pub(super) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    pub(super) fn findings(mut self, findings: Vec<Finding>) -> Self {
        self.findings = findings;
        self
    }

    pub(super) fn back(mut self, to: impl Into<String>, label: impl Into<String>) -> Self {
        self.back = Some((to.into(), label.into()));
        self
    }

    pub(super) fn sent(mut self, sent: Value) -> Self {
        self.sent = Some(sent);
        self
    }

    pub(super) fn not_found(what: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not found").detail(what)
    }

    pub(super) fn bad(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "That cannot be read").detail(detail)
    }

    pub(super) fn wrong_host(host: &str) -> Self {
        let shown: String = host.chars().take(80).collect();
        Self::new(StatusCode::MISDIRECTED_REQUEST, "This is another host").detail(format!(
            "The page does not answer to the name {shown:?}. If it is meant, name it: \
             `mailmethod serve --host NAME`, or `Manage::hosts` where an application mounts the page."
        ))
    }

    pub(super) fn foreign() -> Self {
        Self::new(StatusCode::FORBIDDEN, "Another page has sent this").detail(
            "A form changes something only if it comes from this page: the browser must say \
             `Sec-Fetch-Site: same-origin`, or an `Origin` that is the host it asks. Nothing was \
             changed. Behind a proxy that changes the host, let it keep the header `Host`.",
        )
    }

    pub(super) fn stranger() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Nobody has let you in").detail(
            "The program that serves this page prints a link that opens it once. Start it again \
             for a new one, or ask whoever runs it.",
        )
    }

    pub(super) fn denied() -> Self {
        Self::new(StatusCode::FORBIDDEN, "This is not for you")
            .detail("The application that shows this page does not let you see it.")
    }

    pub(super) fn forbidden(permission: Permission) -> Self {
        Self::new(StatusCode::FORBIDDEN, "You may not do that").detail(format!(
            "You may look at this page, but not {permission}. Nothing was changed."
        ))
    }

    pub(super) fn api_off() -> Self {
        Self::new(StatusCode::NOT_FOUND, "The API is off").detail(
            "Set MAILMETHOD_TOKEN, or `Manage::api_token` where an application mounts the page.",
        )
    }

    pub(super) fn token(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "No access").detail(detail)
    }

    pub(super) fn late() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "That took too long")
            .detail("The database did not answer in time. Narrow the filter, or try again.")
    }

    /// Something of ours that cannot fail has failed.
    pub(super) fn ours(what: &str, error: &dyn std::error::Error) -> Self {
        tracing::error!(%error, what, "the page failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "This page has failed")
            .detail(format!("{what}. This is a mistake of mailmethod's; the log has more."))
    }

    fn of_status(status: StatusCode) -> Self {
        let (title, detail) = match status {
            StatusCode::NOT_FOUND => ("Not found", "There is no page at this address."),
            StatusCode::METHOD_NOT_ALLOWED => (
                "Not in this way",
                "What changes something is done by a button of the page (POST), never by a link.",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => (
                "That is too large",
                "Forms take 2 MB, and with files as much as a mail's attachments may have.",
            ),
            StatusCode::URI_TOO_LONG => ("The address is too long", ""),
            _ => (status.canonical_reason().unwrap_or("Something is wrong"), ""),
        };
        Self::new(status, title).detail(detail)
    }

    /// The answer of the API.
    fn json(&self) -> Response {
        let document = json!({
            "type": "about:blank",
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": if self.detail.is_empty() { &self.title } else { &self.detail },
            "errors": self.findings.iter().map(shape::error).collect::<Vec<Value>>(),
        });
        let mut document = document;
        if let (Some(sent), Some(fields)) = (&self.sent, document.as_object_mut()) {
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
        let mut text = format!("{}\n\n{}\n", self.title, self.detail);
        for finding in &self.findings {
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
pub(super) async fn shaped(app: &App, visit: &Visit, api: bool, answer: Response) -> Response {
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
            if problem.detail.is_empty() && !said.trim().is_empty() {
                problem.detail = said.trim().to_owned();
            }
            problem
        }
    };
    let mut answer = if api {
        problem.json()
    } else if is_frame(&visit.path) || visit.path == "events" {
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
pub(super) struct Shaped;

/// Whether a path is what a frame shows.
pub(super) fn is_frame(path: &str) -> bool {
    path.ends_with("/body")
}

async fn page(app: &App, visit: &Visit, problem: &Problem) -> Response {
    let findings: Vec<String> = problem.findings.iter().map(ToString::to_string).collect();
    let shown = context! {
        title => &problem.title,
        status => problem.status.as_u16(),
        detail => &problem.detail,
        findings,
        back => problem.back.as_ref().map(|(to, label)| context! { to, label }),
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

impl From<QueueError> for Problem {
    fn from(error: QueueError) -> Self {
        let mut chain = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            chain.push_str(": ");
            chain.push_str(&error.to_string());
            cause = error.source();
        }
        let queue = |problem: Self| problem.back("queue/all", "All mails");
        match &error {
            QueueError::UnknownEntry { .. } => {
                queue(Self::new(StatusCode::NOT_FOUND, "This mail is not in the queue").detail(
                    format!("{chain}. It may have been deleted, or forgotten after its time."),
                ))
            }
            QueueError::AmbiguousEntry { .. } => {
                queue(Self::new(StatusCode::NOT_FOUND, "Several mails are meant").detail(chain))
            }
            QueueError::NotPossible { .. } | QueueError::Unexpected { .. } => queue(
                Self::new(StatusCode::CONFLICT, "That is not possible now")
                    .detail(format!("{chain}. Nothing was changed.")),
            ),
            QueueError::KeyConflict { .. } => {
                Self::new(StatusCode::CONFLICT, "The key is taken").detail(chain)
            }
            QueueError::Filter(filter) => {
                let finding = Finding::error("filter", filter.message.clone());
                let finding = finding.path("q").help(filter.help.clone());
                Self::bad(filter.to_string()).findings(vec![finding])
            }
            _ => Self::new(StatusCode::SERVICE_UNAVAILABLE, "The queue cannot be reached")
                .detail(format!("{chain}. Mail methods can still be looked at and tested."))
                .back("methods", "Mail methods"),
        }
    }
}

impl From<CallError> for Problem {
    fn from(error: CallError) -> Self {
        let (status, title) = match &error {
            CallError::UnknownMethod { .. } => {
                (StatusCode::NOT_FOUND, "There is no such mail method")
            }
            CallError::Arguments { .. } => {
                (StatusCode::UNPROCESSABLE_ENTITY, "The arguments are wrong")
            }
            CallError::Intercepted { .. } => {
                (StatusCode::UNPROCESSABLE_ENTITY, "The application refuses this mail")
            }
            CallError::Mail { .. } => {
                (StatusCode::INTERNAL_SERVER_ERROR, "The mail method does not render")
            }
        };
        let findings = error.findings();
        let detail: Vec<&str> = findings.iter().map(|one| one.message.as_str()).collect();
        Self::new(status, title)
            .detail(detail.join("; "))
            .findings(findings)
            .back("methods", "Mail methods")
    }
}
