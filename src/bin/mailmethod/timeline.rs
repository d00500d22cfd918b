//! The timeline: what happened to a mail, in order, one line each.

use jiff::Timestamp;
use mailmethod::queue::{AttemptRecord, Detail, Event, State};

use crate::ago::{self, Clock};
use crate::entries;

/// The lines, each with its time; the kept dialogues below their attempts if they are wanted.
pub(crate) fn lines(detail: &Detail, clock: &Clock, trace: bool) -> Vec<String> {
    let mut lines = vec![line(clock, detail.summary.created_at, &queued(detail))];
    for event in &detail.events {
        match event.attempt() {
            Some(attempt) => {
                lines.push(line(clock, event.at, &tried(&attempt)));
                if trace {
                    let dialogue = attempt.dialogue.iter();
                    lines.extend(dialogue.map(|said| format!("      {}", entries::plain(said))));
                }
            }
            None => lines.push(line(clock, event.at, &happened(event))),
        }
    }
    let ended = matches!(detail.summary.state, State::Expired | State::Cancelled);
    if let Some(at) = detail.summary.done_at.filter(|_| ended) {
        let reason = detail.summary.reason.as_deref().unwrap_or_default();
        lines.push(line(clock, at, &format!("{}  {reason}", detail.summary.state)));
    }
    lines
}

fn line(clock: &Clock, at: Timestamp, what: &str) -> String {
    format!("  {}  {}", clock.time(at), entries::plain(what).trim_end())
}

fn queued(detail: &Detail) -> String {
    match detail.origin {
        Some(origin) => format!("queued  as a copy of {origin}"),
        None => "queued".to_owned(),
    }
}

fn tried(attempt: &AttemptRecord) -> String {
    let said = entries::said(
        attempt.code,
        attempt.enhanced.as_deref(),
        attempt.text.as_deref().unwrap_or_default(),
    );
    let phase = attempt.phase.as_deref().map(entries::phase).unwrap_or_default();
    let next = match (attempt.next.as_str(), attempt.wait_s) {
        ("again", Some(wait)) => {
            let wait = i64::try_from(wait).unwrap_or(i64::MAX);
            format!("again in {}", ago::short(jiff::SignedDuration::from_secs(wait)))
        }
        ("again", None) => "again".to_owned(),
        (next, _) => next.to_owned(),
    };
    let took = attempt.took_ms;
    format!("try {}  {next}  {said}  {phase}, {took} ms", attempt.number)
}

fn happened(event: &Event) -> String {
    if let Some(what) = event.particular("what") {
        return what;
    }
    let by = event.actor.as_ref().map(|actor| format!("  by {actor}")).unwrap_or_default();
    let new = event.particular("as").map(|id| format!("  as {id}")).unwrap_or_default();
    format!("{}{by}{new}", event.kind)
}
