//! The problem: why a request is not answered, as a page or, for the API, as problem+json.
//!
//! RFC 9457 (problem details).

mod answer;
mod cause;

pub(super) use answer::{Shaped, shaped};

use axum::http::StatusCode;
use serde_json::Value;

use super::access::Permission;
use crate::source::Finding;

/// Why a request is not answered. It is small, because every result of a page may hold one.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    pub(super) told: Box<Told>,
}

/// What people and programs are told of a problem.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    pub(super) title: String,
    pub(super) detail: String,
    findings: Vec<Finding>,
    /// Where to go from here, from the root of the page, and how that is called.
    pub(super) back: Option<(String, String)>,
    /// What became of a mail that was to be sent.
    sent: Option<Value>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, title: impl Into<String>) -> Self {
        Self { status, told: Box::new(Told { title: title.into(), ..Told::default() }) }
    }

    pub(super) fn title(mut self, title: impl Into<String>) -> Self {
        self.told.title = title.into();
        self
    }

    pub(super) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.told.detail = detail.into();
        self
    }

    pub(super) fn findings(mut self, findings: Vec<Finding>) -> Self {
        self.told.findings = findings;
        self
    }

    pub(super) fn back(mut self, to: impl Into<String>, label: impl Into<String>) -> Self {
        self.told.back = Some((to.into(), label.into()));
        self
    }

    pub(super) fn sent(mut self, sent: Value) -> Self {
        self.told.sent = Some(sent);
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

    pub(super) fn pending() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "That is not done yet").detail(
            "The database is busy, and did not answer in time. It may still be done in a moment: \
             look before you ask again.",
        )
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
}
