//! The explanation: why an entry is where it is, in plain words, and what happens next.
//!
//! The words are for people on the command line, the page and the API alike;
//! what was said to a mail is explained by its [`meaning`].

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::recovery::DOUBTED;
use super::{
    Breaker, Detail, LastReply, Meaning, POISON_REASON, QueueError, RENDER_REASON, Route, State,
    Store, meaning,
};

/// For how long nobody has to have heard of a mailer until it counts as gone.
const SILENT: Duration = Duration::from_secs(180);

/// Why an entry is where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// What the reply means that decided; `None` if none did.
    pub meaning: Option<Meaning>,
    /// What happens next, as a sentence.
    pub next: String,
    /// When.
    pub at: Option<Timestamp>,
    /// What to do, as a sentence.
    pub advice: String,
    /// Commands that do it.
    pub commands: Vec<String>,
}

impl Store {
    /// Explains an entry.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn explain(&self, detail: &Detail) -> Result<Explanation, QueueError> {
        let mut routes = self.routes().await?.into_iter();
        let now = Timestamp::from_microsecond(self.clock().now()).unwrap_or(Timestamp::MAX);
        let heard = now.checked_sub(SILENT).unwrap_or(now);
        // A mailer on SQLite says nothing while nothing happens: its lock tells that it lives.
        let local = self.sqlite_file().is_some();
        let mailer = self.mailers().await?.iter().any(|mailer| local || mailer.seen_at >= heard);
        let route = routes.find(|route| route.name == detail.summary.route);
        Ok(Around { route: route.as_ref(), mailer, now }.explain(detail).explanation)
    }
}

/// What is around an entry.
struct Around<'a> {
    route: Option<&'a Route>,
    /// Whether a mailer is at work.
    mailer: bool,
    now: Timestamp,
}

impl Around<'_> {
    fn explain<'d>(&self, detail: &'d Detail) -> Told<'d> {
        let said = detail.summary.last.as_ref().filter(|last| !accepted(last));
        let meaning = said.map(|last| meaning(last.code, last.enhanced.as_deref(), &last.phase));
        match detail.summary.state {
            State::Queued => self.queued(detail, meaning),
            State::Sending => sending(detail),
            State::Uncertain => uncertain(detail),
            State::Held => held(detail, meaning),
            State::Sent | State::Partial | State::Dead => ended(detail, meaning),
            State::Expired => Told::new(
                detail,
                "Nothing more happens: its time was over before it was delivered.",
            )
            .meaning(meaning)
            .advise("Retry gives it another day, if it is still wanted.")
            .again("retry"),
            State::Cancelled => cancelled(detail),
        }
    }

    fn queued<'d>(&self, detail: &'d Detail, meaning: Option<Meaning>) -> Told<'d> {
        let summary = &detail.summary;
        let due = summary.due_at.unwrap_or(self.now);
        if let Some(route) = self.route {
            if route.paused_at.is_some() {
                let next = format!(
                    "Its route {:?} is paused: nothing goes out until somebody resumes it.",
                    route.name
                );
                let resume = format!("mailmethod queue resume {}", route.name);
                return Told::new(detail, &next)
                    .meaning(meaning)
                    .advise("Resume the route.")
                    .run(resume);
            }
            if route.breaker != Breaker::Closed && due <= self.now {
                return given_up(detail, route);
            }
        }
        if due > self.now {
            let next = match summary.attempts {
                0 => "It is sent when it is due.",
                _ => "It is tried again by itself.",
            };
            let advice = meaning.map_or("Wait.", |meaning| meaning.advice);
            return Told::new(detail, next)
                .at(Some(due))
                .meaning(meaning)
                .advise(advice)
                .act("retry");
        }
        if self.mailer {
            return Told::new(detail, "It is due, and a mailer takes it when it is its turn.")
                .meaning(meaning)
                .advise("Wait.");
        }
        Told::new(detail, "It is due, and no mailer is at work: nothing is sent until one is.")
            .meaning(meaning)
            .advise("Start a mailer.")
            .run("mailmethod queue run".to_owned())
    }
}

fn accepted(last: &LastReply) -> bool {
    last.code.is_some_and(|code| (200..300).contains(&code))
}

/// The route is to blame, and no mail.
fn given_up<'d>(detail: &'d Detail, route: &Route) -> Told<'d> {
    let error = route.error.as_deref().unwrap_or("it does not work");
    let meaning = match route.breaker {
        // An error begins with its phase.
        Breaker::Open => error.split(':').next().map(|phase| meaning(None, None, phase)),
        _ => None,
    };
    let next = format!(
        "Its route {:?} is given up for now, which costs no attempt: {error}. It is asked again.",
        route.name
    );
    let advice = meaning
        .map_or("Many mails were refused in the same words: mend what they name.", |meaning| {
            meaning.advice
        });
    Told::new(detail, &next)
        .at(route.probe_at)
        .meaning(meaning)
        .advise(advice)
        .run("mailmethod doctor".to_owned())
}

fn sending(detail: &Detail) -> Told<'_> {
    let next = match (detail.wanted.as_deref(), detail.gated_at) {
        (Some("cancel"), _) => {
            "A mailer is at work on it; it is cancelled if that comes to nothing."
        }
        (Some(_), _) => "A mailer is at work on it; it is held if that comes to nothing.",
        (None, Some(_)) => "A mailer is handing it over at this moment.",
        (None, None) => "A mailer has it in its hands; nothing of it has left.",
    };
    Told::new(detail, next).advise("Wait for its outcome.")
}

fn uncertain(detail: &Detail) -> Told<'_> {
    let doubt = meaning(None, None, "dot");
    let (next, at) = match (detail.on_uncertain.as_str(), detail.doubts) {
        ("assume_sent", _) => ("It is counted as sent, as its method wants it.", None),
        ("retry", 0) => (
            "It is sent once more by itself, so it may arrive twice, unless somebody decides before.",
            detail
                .gated_at
                .and_then(|at| at.checked_add(Duration::from_micros(DOUBTED.unsigned_abs())).ok()),
        ),
        _ => ("It waits for a person: nothing more happens by itself.", None),
    };
    Told::new(detail, next)
        .at(at)
        .meaning(Some(doubt))
        .advise(doubt.advice)
        .act("mark-sent")
        .act("retry")
}

fn held(detail: &Detail, meaning: Option<Meaning>) -> Told<'_> {
    let reason = detail.summary.reason.as_deref().unwrap_or("held");
    if reason == RENDER_REASON {
        let advice = meaning.map_or("Mend the method.", |meaning| meaning.advice);
        return Told::new(detail, "It waits until it is released.")
            .meaning(meaning)
            .advise(advice)
            .act("release");
    }
    if reason == POISON_REASON {
        return Told::new(detail, "It waits: mailers have died with this mail in their hands, the last one with no other.")
            .advise("Look into the mailer's log and report it; release tries it once more, alone.")
            .act("release")
            .act("delete");
    }
    if detail.summary.has_content && reason == "held by hand" {
        return Told::new(detail, "It waits until it is released.")
            .meaning(meaning)
            .advise("Release it.")
            .act("release");
    }
    Told::new(detail, &format!("It cannot be sent: {reason}."))
        .advise("Send it anew from where it came from, and delete this one.")
        .act("delete")
}

fn ended(detail: &Detail, meaning: Option<Meaning>) -> Told<'_> {
    let next = match detail.summary.state {
        State::Sent => "Nothing more happens: the relay has taken it for every recipient.",
        State::Partial => {
            "Nothing more happens: it was taken for some recipients and refused for the others."
        }
        _ => "Nothing more happens: it was refused for every recipient.",
    };
    let told = Told::new(detail, next).meaning(meaning);
    match (detail.summary.state, meaning) {
        (State::Sent, _) => told.advise("There is nothing to do."),
        (_, Some(meaning)) => told.advise(meaning.advice).again("redirect"),
        (_, None) => told.advise("Correct the address, and redirect the mail.").again("redirect"),
    }
}

fn cancelled(detail: &Detail) -> Told<'_> {
    let reason = detail.summary.reason.as_deref().unwrap_or("cancelled");
    let told = Told::new(detail, &format!("Nothing more happens: {reason}."));
    match detail.copies.last() {
        Some(copy) => told
            .advise("Look at the mail that took its place.")
            .run(format!("mailmethod why {copy}")),
        None => told.advise("Retry, if it is wanted after all.").again("retry"),
    }
}

/// An explanation in the making.
struct Told<'a> {
    detail: &'a Detail,
    explanation: Explanation,
}

impl<'a> Told<'a> {
    fn new(detail: &'a Detail, next: &str) -> Self {
        let explanation = Explanation {
            meaning: None,
            next: next.to_owned(),
            at: None,
            advice: String::new(),
            commands: Vec::new(),
        };
        Self { detail, explanation }
    }

    fn meaning(mut self, meaning: Option<Meaning>) -> Self {
        self.explanation.meaning = meaning;
        self
    }

    fn at(mut self, at: Option<Timestamp>) -> Self {
        self.explanation.at = at;
        self
    }

    fn advise(mut self, advice: &str) -> Self {
        self.explanation.advice = advice.to_owned();
        self
    }

    fn run(mut self, command: String) -> Self {
        self.explanation.commands.push(command);
        self
    }

    fn act(self, action: &str) -> Self {
        let command = format!("mailmethod queue {action} {}", self.detail.summary.id);
        self.run(command)
    }

    /// An action that needs the content, which may be gone.
    fn again(self, action: &str) -> Self {
        if !self.detail.summary.has_content {
            return self.advise("Its content was wiped: send it anew from where it came from.");
        }
        match action {
            "redirect" => self.act("redirect").with("--to ADDRESS"),
            action => self.act(action),
        }
    }

    /// Adds to the last command.
    fn with(mut self, flags: &str) -> Self {
        if let Some(command) = self.explanation.commands.last_mut() {
            command.push(' ');
            command.push_str(flags);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::{EntryId, Summary, View};

    fn detail(state: State) -> Detail {
        let now = Timestamp::UNIX_EPOCH;
        let summary = Summary {
            id: EntryId::from(uuid::Uuid::from_u128(7)),
            state,
            view: View::Attention,
            method: "a".to_owned(),
            locale: String::new(),
            route: "default".to_owned(),
            subject: String::new(),
            message_id: "<1@x.test>".to_owned(),
            key: None,
            priority: 3,
            size: 1,
            attachments: 0,
            secret: false,
            attempts: 0,
            created_at: now,
            due_at: (state == State::Queued).then_some(now),
            expires_at: now,
            done_at: None,
            reason: None,
            last: None,
            recipients: Vec::new(),
            has_content: true,
        };
        Detail {
            summary,
            events: Vec::new(),
            revision: None,
            arguments: None,
            shown: None,
            origin: None,
            copies: Vec::new(),
            sender: None,
            wiped_at: None,
            tried_at: None,
            gated_at: None,
            on_uncertain: "retry".to_owned(),
            crashes: 0,
            doubts: 0,
            wanted: None,
        }
    }

    fn last(code: u16, enhanced: &str) -> Option<LastReply> {
        let (phase, enhanced) = ("rcpt".to_owned(), Some(enhanced.to_owned()));
        let (text, at) = ("no".to_owned(), Timestamp::UNIX_EPOCH);
        Some(LastReply { phase, code: Some(code), enhanced, text, at })
    }

    fn route() -> Route {
        Route {
            name: "default".to_owned(),
            paused_at: None,
            breaker: Breaker::Closed,
            failures: 0,
            opened_at: None,
            probe_at: None,
            error: None,
        }
    }

    fn explained(detail: &Detail, route: Option<&Route>, mailer: bool) -> Explanation {
        Around { route, mailer, now: Timestamp::UNIX_EPOCH }.explain(detail).explanation
    }

    #[test]
    fn every_state_has_a_next_step_and_an_advice() {
        for state in State::ALL {
            for has_content in [true, false] {
                let mut detail = detail(*state);
                detail.summary.has_content = has_content;
                let told = explained(&detail, None, true);
                assert!(told.next.ends_with('.') && told.advice.ends_with('.'), "{told:?}");
                let again = told
                    .commands
                    .iter()
                    .any(|line| line.contains("retry") || line.contains("redirect"));
                assert!(has_content || !again || !state.is_final(), "{state}: {told:?}");
            }
        }
    }

    #[test]
    fn what_waits_says_for_what() {
        let mut detail = detail(State::Queued);
        assert!(explained(&detail, None, false).next.contains("no mailer is at work"));
        assert!(explained(&detail, None, true).next.contains("a mailer takes it"));
        let paused = Route { paused_at: Some(Timestamp::UNIX_EPOCH), ..route() };
        let told = explained(&detail, Some(&paused), true);
        assert_eq!(told.commands, ["mailmethod queue resume default"]);
        let error = Some("connect: relay.test:25 cannot be reached".to_owned());
        let down = Route { breaker: Breaker::Open, error, ..route() };
        let told = explained(&detail, Some(&down), true);
        assert_eq!(told.meaning, Some(meaning(None, None, "connect")));
        assert!(told.next.contains("relay.test:25 cannot be reached"), "{told:?}");

        let later = Timestamp::UNIX_EPOCH + Duration::from_secs(300);
        detail.summary.due_at = Some(later);
        detail.summary.attempts = 1;
        detail.summary.last = last(451, "4.7.1");
        let told = explained(&detail, Some(&down), true);
        assert_eq!((told.at, told.meaning), (Some(later), Some(meaning(None, Some("4.7.1"), ""))));
    }

    #[test]
    fn a_doubt_says_when_it_is_resolved_and_an_acceptance_needs_no_meaning() {
        let mut doubted = detail(State::Uncertain);
        doubted.gated_at = Some(Timestamp::UNIX_EPOCH);
        let told = explained(&doubted, None, true);
        assert_eq!(told.at, Some(Timestamp::UNIX_EPOCH + Duration::from_secs(900)));
        doubted.doubts = 1;
        assert!(explained(&doubted, None, true).next.contains("waits for a person"));

        let mut sent = detail(State::Sent);
        sent.summary.last = last(250, "2.0.0");
        assert_eq!(explained(&sent, None, true).meaning, None);
    }

    #[test]
    fn what_is_held_says_why() {
        let mut held = detail(State::Held);
        for (reason, command) in [
            (RENDER_REASON, "release"),
            (POISON_REASON, "release"),
            ("held by hand", "release"),
            ("a part of its content is missing in the store", "delete"),
        ] {
            held.summary.reason = Some(reason.to_owned());
            let told = explained(&held, None, true);
            assert!(told.commands[0].contains(command), "{reason}: {told:?}");
        }
        let mut gone = detail(State::Cancelled);
        gone.summary.reason = Some("redirected".to_owned());
        gone.copies = vec![EntryId::from(uuid::Uuid::from_u128(8))];
        assert!(explained(&gone, None, true).commands[0].starts_with("mailmethod why 0000"));
    }
}
