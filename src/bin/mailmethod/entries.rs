//! Entries for people: rows of a list, and the words for what became of them.

use mailmethod::queue::{LastReply, RecipientKind, Route, State, Summary, View};

use crate::ago::Clock;
use crate::output::Paint;

/// The columns of a list; in a pipe they are told by their place.
pub(crate) const COLUMNS: [&str; 7] = ["ID", "METHOD", "TO", "TRIES", "NEXT", "VIEW", "WHY"];

/// The longest address and reason that people see in a list, in characters.
const SHOWN: (usize, usize) = (36, 60);

/// One row of a list.
pub(crate) fn row(entry: &Summary, routes: &[Route], clock: &Clock, people: bool) -> Vec<String> {
    let why = plain(&why(entry, routes, clock));
    vec![
        entry.id.to_string(),
        plain(&entry.method),
        if people { shortened(&to(entry), SHOWN.0) } else { everyone(entry) },
        entry.attempts.to_string(),
        entry.due_at.map(|at| clock.due(at)).unwrap_or_default(),
        view(entry),
        if people { shortened(&why, SHOWN.1) } else { why },
    ]
}

/// Its only recipient, or how many there are.
pub(crate) fn to(entry: &Summary) -> String {
    match entry.recipients.as_slice() {
        [] => String::new(),
        [only] => only.address.clone(),
        several => format!("{} recipients", several.len()),
    }
}

/// All recipients, with commas between them.
fn everyone(entry: &Summary) -> String {
    let all: Vec<&str> = entry.recipients.iter().map(|one| one.address.as_str()).collect();
    all.join(",")
}

/// The view, and the state where it says more.
pub(crate) fn view(entry: &Summary) -> String {
    match entry.view {
        View::Attention | View::Dead if entry.state != State::Dead => entry.state.to_string(),
        view => view.to_string(),
    }
}

/// Whether a view is good, bad, or neither.
pub(crate) const fn good(view: View) -> Option<bool> {
    match view {
        View::Sent => Some(true),
        View::Dead => Some(false),
        _ => None,
    }
}

/// The reason of its state: why it is held, what is wrong with its route, or what was said last.
fn why(entry: &Summary, routes: &[Route], clock: &Clock) -> String {
    let route = routes.iter().find(|route| route.name == entry.route);
    if let Some(route) = route.filter(|_| entry.state == State::Queued) {
        if route.paused_at.is_some() {
            return format!("route {} is paused", route.name);
        }
        let due = entry.due_at.is_some_and(|at| at <= clock.now);
        if let Some(error) = route.error.as_ref().filter(|_| due) {
            return error.clone();
        }
    }
    match (&entry.reason, &entry.last) {
        (Some(reason), Some(last)) if last.phase == "render" => format!("{reason}: {}", last.text),
        (Some(reason), _) => reason.clone(),
        (None, Some(last)) if entry.state != State::Sent => reply(last),
        _ => String::new(),
    }
}

/// A reply in one line: its codes and its text, or its phase where no server spoke.
pub(crate) fn reply(last: &LastReply) -> String {
    said(last.code, last.enhanced.as_deref(), &last.text)
}

/// What was said: codes and text.
pub(crate) fn said(code: Option<u16>, enhanced: Option<&str>, text: &str) -> String {
    let code = code.map(|code| code.to_string());
    let parts = [code.as_deref(), enhanced, Some(text)];
    let parts: Vec<&str> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

/// After which words a phase comes.
pub(crate) fn phase(phase: &str) -> &str {
    match phase {
        "policy" => "by our own policy",
        "dns" => "looking up the relay",
        "connect" => "connecting",
        "greeting" => "at the greeting",
        "ehlo" => "after EHLO",
        "tls" => "at TLS",
        "auth" => "at the login",
        "mail" => "after MAIL FROM",
        "rcpt" => "after RCPT TO",
        "data" => "after DATA",
        "dot" => "after the message",
        "render" => "rendering",
        other => other,
    }
}

/// A recipient with the header that named it, where that is not To.
pub(crate) fn recipient(address: &str, kind: RecipientKind) -> String {
    match kind {
        RecipientKind::To => address.to_owned(),
        kind => format!("{address} ({kind})"),
    }
}

/// The view in its colour.
pub(crate) fn painted(entry: &Summary, paint: Paint) -> String {
    paint.outcome(&view(entry), good(entry.view))
}

/// A text without what a terminal would obey, in one line.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::{plain, said, shortened};

    #[test]
    fn what_was_said_is_one_line() {
        assert_eq!(said(Some(451), Some("4.7.1"), "later"), "451 4.7.1 later");
        assert_eq!(said(None, None, "connect: refused"), "connect: refused");
        assert_eq!(said(Some(250), None, ""), "250");
        assert_eq!(plain("a\tb\x1b[2J"), "a b [2J");
        assert_eq!(shortened("abcdef", 4), "abc…");
        assert_eq!(shortened("abcd", 4), "abcd");
    }
}
