//! The timeline: what has happened to a mail, in order, and what is planned.

use serde::Serialize;

use crate::manage::views::in_templates;
use crate::manage::when::{Clock, When, span};
use crate::queue::{AttemptRecord, Detail, Event, Explanation, State};

/// How many steps a page shows at most: the first two, and the last ones.
const STEPS: usize = 16;
/// How many octets of dialogues a page shows, those of the last tries.
const TALK: usize = 4_000;

/// One thing that has happened, or will.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Step {
    at: Option<When>,
    /// The word that names its icon and colour.
    look: &'static str,
    title: String,
    detail: String,
    /// The lines of the dialogue, each with who speaks: `us`, `them`, `note`.
    dialogue: Vec<(&'static str, String)>,
    /// Whether it is still to come.
    planned: bool,
}

in_templates!(Step);

impl Step {
    fn new(at: Option<When>, look: &'static str, title: impl Into<String>) -> Self {
        Self {
            at,
            look,
            title: title.into(),
            detail: String::new(),
            dialogue: Vec::new(),
            planned: false,
        }
    }

    fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }
}

/// The steps of a mail, the first one first.
pub(super) fn steps(detail: &Detail, explanation: &Explanation, clock: &Clock) -> Vec<Step> {
    let summary = &detail.summary;
    let mut steps = vec![queued(detail, clock)];
    steps.extend(detail.events.iter().map(|event| step(event, clock)));
    let over = summary.done_at.filter(|_| {
        let known = steps.last().is_some_and(|last| last.look == summary.state.as_str());
        summary.state.is_final() && !known
    });
    if let Some(at) = over {
        let reason = summary.reason.clone().unwrap_or_default();
        let title = summary.state.as_str();
        steps.push(Step::new(Some(clock.when(at)), title, title).detail(reason));
    }
    steps.extend(planned(detail, explanation, clock));
    shortened(steps, &summary.id.to_string())
}

/// The steps that a page has room for.
fn shortened(mut steps: Vec<Step>, id: &str) -> Vec<Step> {
    let more = steps.len().saturating_sub(STEPS);
    if more > 0 {
        let all = format!("All of them: mailmethod queue show {id}");
        let title = format!("{} more steps", more + 1);
        steps.splice(2..3 + more, [Step::new(None, "planned", title).detail(all)]);
    }
    let mut left = TALK;
    for step in steps.iter_mut().rev().filter(|step| !step.dialogue.is_empty()) {
        let octets: usize = step.dialogue.iter().map(|(_, line)| line.len()).sum();
        if octets > left {
            step.dialogue.clear();
        }
        left = left.saturating_sub(octets);
    }
    steps
}

fn queued(detail: &Detail, clock: &Clock) -> Step {
    let summary = &detail.summary;
    let mut words = Vec::new();
    if let Some(key) = &summary.key {
        words.push(format!("key {key}"));
    }
    if let Some(due) =
        summary.due_at.filter(|due| *due > summary.created_at && summary.attempts == 0)
    {
        words.push(format!("for {}", clock.when(due).exact()));
    }
    if let Some(origin) = detail.origin {
        words.push(format!("made from {origin}"));
    }
    Step::new(Some(clock.when(summary.created_at)), "outgoing", "queued and committed")
        .detail(words.join(" · "))
}

fn step(event: &Event, clock: &Clock) -> Step {
    let at = Some(clock.when(event.at));
    if let Some(attempt) = event.attempt() {
        return tried(at, attempt);
    }
    let by = event.actor.as_deref().map(|actor| format!("by {actor}")).unwrap_or_default();
    let named = |name: &str| event.particular(name).unwrap_or_default();
    let (look, title) = match event.kind.as_str() {
        "crash" => ("uncertain", "the mailer died with it in its hands".to_owned()),
        "retry" => ("outgoing", "to be tried again".to_owned()),
        "hold" => ("held", "held".to_owned()),
        "release" => ("outgoing", "released".to_owned()),
        "cancel" => ("cancelled", "cancelled".to_owned()),
        "mark-sent" => ("sent", "counted as sent".to_owned()),
        "resend" => ("outgoing", format!("sent once more as {}", named("as"))),
        "redirect" => ("outgoing", format!("redirected as {}", named("as"))),
        other => ("outgoing", other.replace('-', " ")),
    };
    let detail = if event.kind == "crash" { named("what") } else { by };
    Step::new(at, look, title).detail(detail)
}

fn tried(at: Option<When>, attempt: AttemptRecord) -> Step {
    let look = match attempt.next.as_str() {
        "again" => "deferred",
        "sent" => "sent",
        "partial" => "partial",
        "dead" | "deleted" => "dead",
        "uncertain" => "uncertain",
        "held" => "held",
        _ => "outgoing",
    };
    let words = [attempt.code.map(|code| code.to_string()), attempt.enhanced, attempt.text];
    let said: Vec<String> = words.into_iter().flatten().filter(|word| !word.is_empty()).collect();
    let place = match attempt.phase.as_deref() {
        Some("connect") => "connecting".to_owned(),
        Some("dot") => "after the body".to_owned(),
        Some(phase) => format!("after {}", phase.to_ascii_uppercase()),
        None => String::new(),
    };
    let mut detail = said.join(" ");
    if let Some(wait) = attempt.wait_s {
        let wait = i64::try_from(wait).unwrap_or(i64::MAX);
        detail.push_str(&format!(" — tried again {} later", span(wait)));
    }
    let title = format!("try {} {place}, {} ms", attempt.number, attempt.took_ms);
    let dialogue = attempt.dialogue.into_iter().map(|line| (speaker(&line), line)).collect();
    Step { dialogue, ..Step::new(at, look, title.replace("  ", " ")).detail(detail) }
}

/// Who speaks in a line of a dialogue.
fn speaker(line: &str) -> &'static str {
    match line.get(..2) {
        Some("->" | "~>") => "us",
        Some("<-" | "<~") => "them",
        Some("**") => "wrong",
        _ => "note",
    }
}

/// What happens next by itself.
fn planned(detail: &Detail, explanation: &Explanation, clock: &Clock) -> Option<Step> {
    let summary = &detail.summary;
    if summary.state.is_final() || summary.state == State::Held {
        return None;
    }
    let at = explanation.at.or(summary.due_at).map(|at| clock.when(at));
    let title = match summary.state {
        State::Queued => format!("try {} planned", summary.attempts + 1),
        State::Sending => "being sent".to_owned(),
        _ => "to be decided".to_owned(),
    };
    let rule = "The waits grow with the age of the mail, a little more or less for each one.";
    let gives_up = format!("Given up {}.", clock.when(summary.expires_at).exact());
    let detail = match (summary.state, summary.attempts) {
        (State::Queued, 0) => gives_up,
        (State::Queued, _) => format!("{rule} {gives_up}"),
        _ => String::new(),
    };
    Some(Step { planned: true, ..Step::new(at, "planned", title).detail(detail) })
}

#[cfg(test)]
mod tests {
    use super::{STEPS, Step, shortened};

    #[test]
    fn a_long_story_keeps_its_beginning_its_end_and_its_last_dialogues() {
        let step = |number: usize| Step {
            dialogue: vec![("us", "x".repeat(1_500))],
            ..Step::new(None, "deferred", format!("try {number}"))
        };
        let steps = shortened((0..100).map(step).collect(), "ID");
        let titles: Vec<&str> = steps.iter().map(|step| step.title.as_str()).collect();
        assert_eq!(steps.len(), STEPS);
        assert_eq!(titles[..4], ["try 0", "try 1", "85 more steps", "try 87"]);
        assert_eq!(titles.last(), Some(&"try 99"));
        let talks = steps.iter().filter(|step| !step.dialogue.is_empty()).count();
        assert!(talks == 2 && !steps[STEPS - 1].dialogue.is_empty(), "{talks}");

        let few = shortened((0..3).map(step).collect(), "ID");
        assert_eq!(few.len(), 3);
    }
}
