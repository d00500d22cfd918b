//! What problems come from: the queue and calls.

use axum::http::StatusCode;

use super::Problem;
use crate::method::CallError;
use crate::queue::QueueError;
use crate::source::Finding;

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
