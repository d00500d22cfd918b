//! The row: one mail of a list, with the reason for its state.

use serde::Serialize;

use crate::manage::access::Permission;
use crate::manage::views::in_templates;
use crate::manage::when::{Clock, When};
use crate::queue::{Action, Delivery, LastReply, RecipientKind, State, Summary, View};

/// One mail of a list.
#[derive(Clone, Debug, Serialize)]
pub(in crate::manage) struct Row {
    id: String,
    /// The word that names its icon and colour.
    look: &'static str,
    /// The word that people read.
    state: &'static str,
    method: String,
    dotted: String,
    subject: String,
    secret: bool,
    to: String,
    to_all: String,
    attempts: u64,
    attachments: u64,
    /// When something happens next, or happened last; and which of the two.
    when: Option<When>,
    verb: &'static str,
    reason: String,
    locale: String,
}

in_templates!(Row);

impl Row {
    pub(in crate::manage) fn new(summary: &Summary, clock: &Clock) -> Self {
        let (look, state) = state_label(summary);
        let (verb, when) = match summary.due_at {
            Some(due) if summary.state == State::Queued => match summary.view {
                View::Outgoing => ("due", Some(due)),
                View::Scheduled => ("sends", Some(due)),
                _ => ("next try", Some(due)),
            },
            _ => ("", summary.done_at.or(summary.last.as_ref().map(|last| last.at))),
        };
        let addresses: Vec<String> = summary
            .recipients
            .iter()
            .map(|one| match one.kind {
                RecipientKind::To => one.address.clone(),
                kind => format!("{} ({kind})", one.address),
            })
            .collect();
        let to = match addresses.as_slice() {
            [one] => one.clone(),
            [] => String::new(),
            [first, rest @ ..] => format!("{first} +{}", rest.len()),
        };
        Self {
            id: summary.id.to_string(),
            look,
            state,
            dotted: summary.method.replace('/', "."),
            method: summary.method.clone(),
            subject: summary.subject.clone(),
            secret: summary.secret,
            to,
            to_all: addresses.join(", "),
            attempts: summary.attempts,
            attachments: summary.attachments,
            when: when.or(Some(summary.created_at)).map(|at| clock.when(at)),
            verb,
            reason: reason(summary),
            locale: summary.locale.clone(),
        }
    }
}

/// The icon of a mail's state, and the word for it.
pub(in crate::manage) fn state_label(summary: &Summary) -> (&'static str, &'static str) {
    match (summary.state, summary.view) {
        (State::Queued, View::Deferred) => ("deferred", "deferred"),
        (State::Queued, View::Scheduled) => ("scheduled", "scheduled"),
        (State::Queued, _) => ("outgoing", "outgoing"),
        (state, _) => (state.as_str(), state.as_str()),
    }
}

/// Why the mail is where it is, in a few words; nothing if that needs no words.
fn reason(summary: &Summary) -> String {
    let said = summary.last.as_ref().map(reply).unwrap_or_default();
    match summary.state {
        State::Sent => String::new(),
        State::Queued if summary.attempts == 0 && summary.view == View::Deferred => {
            "its route is down".to_owned()
        }
        State::Queued if summary.attempts == 0 => String::new(),
        State::Partial => {
            let refused = summary.recipients.iter().filter(|one| one.outcome == Delivery::Refused);
            let count = refused.clone().count();
            let said = refused.filter_map(|one| one.reply.as_ref()).map(reply).next();
            format!("{count} of {} refused: {}", summary.recipients.len(), said.unwrap_or_default())
        }
        State::Held | State::Cancelled => match (&summary.reason, said.as_str()) {
            (Some(reason), "") => reason.clone(),
            (Some(reason), said) if reason == crate::queue::RENDER_REASON => {
                format!("the call gave no mail: {said}")
            }
            (Some(reason), _) => reason.clone(),
            (None, said) => said.to_owned(),
        },
        State::Expired => match (&summary.reason, said.as_str()) {
            (Some(reason), "") => reason.clone(),
            (Some(reason), said) => format!("{reason}; last: {said}"),
            (None, said) => said.to_owned(),
        },
        State::Uncertain => "handed over, and nobody knows whether it was taken".to_owned(),
        _ => said,
    }
}

/// What was said, in one line: `550 5.1.1 no such user`.
pub(in crate::manage) fn reply(last: &LastReply) -> String {
    let code = last.code.map(|code| code.to_string());
    let words = [code.as_deref(), last.enhanced.as_deref(), Some(last.text.as_str())];
    let words: Vec<&str> = words.into_iter().flatten().filter(|word| !word.is_empty()).collect();
    let line = words.join(" ");
    if last.code.is_none() && !line.starts_with(&last.phase) {
        return format!("{}: {line}", last.phase);
    }
    line
}

/// What a visitor must be allowed for an action.
pub(in crate::manage) const fn action_permission(action: Action) -> Permission {
    match action {
        Action::Retry => Permission::Retry,
        Action::Hold => Permission::Hold,
        Action::Release => Permission::Release,
        Action::Cancel => Permission::Cancel,
        Action::Delete => Permission::Delete,
        Action::MarkSent => Permission::MarkSent,
    }
}
