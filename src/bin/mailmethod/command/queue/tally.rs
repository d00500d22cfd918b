//! The tally: a line for each attempt of a mailer, and the sum of them at its end.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use jiff::tz::TimeZone;
use mailmethod::host::Observer;
use mailmethod::mailer::Attempt;
use mailmethod::message::Field;
use mailmethod::queue::{Next, State};
use serde_json::{Map, Value};

use crate::ago::{Clock, short};
use crate::entries;
use crate::output::{Output, Paint};

/// What can come of an attempt, in the order of the sum.
const WORDS: [&str; 8] =
    ["sent", "partial", "deferred", "dead", "uncertain", "held", "waiting", "deleted"];

/// Counts attempts, and tells of each.
pub(crate) struct Tally {
    counts: Mutex<BTreeMap<&'static str, u64>>,
    begun: Instant,
    zone: TimeZone,
    paint: Paint,
    /// Whether a person reads it on a terminal.
    people: bool,
    quiet: bool,
}

impl Tally {
    pub(crate) fn new(zone: TimeZone, output: &Output) -> Self {
        Self {
            counts: Mutex::default(),
            begun: Instant::now(),
            zone,
            paint: output.paint_err(),
            people: std::io::IsTerminal::is_terminal(&std::io::stderr()),
            quiet: output.is_quiet(),
        }
    }

    fn line(&self, word: &str, attempt: &Attempt) -> String {
        let clock = Clock::new(self.zone.clone(), self.people);
        let good = match word {
            "sent" => Some(true),
            "dead" | "deleted" => Some(false),
            _ => None,
        };
        let time = clock.time(clock.now);
        let painted = self.paint.outcome(&format!("{word:9}"), good);
        let mut line = format!("  {time} {painted} {} → {}", attempt.method, to(attempt));
        if word != "sent"
            && let Some(error) = &attempt.error
        {
            line.push_str("   ");
            line.push_str(&entries::plain(&unblinded(attempt, error)));
        }
        if let Next::Again(Some(wait)) = attempt.next {
            let wait = jiff::SignedDuration::from_micros(wait);
            line.push_str(&format!("   again in {}", short(wait)));
        }
        line
    }

    /// The sum in one line.
    pub(super) fn sum(&self) -> String {
        let counts = self.counts();
        let counts: Vec<String> =
            counts.iter().map(|(word, count)| format!("{word} {count}")).collect();
        let counts =
            if counts.is_empty() { "nothing was tried".to_owned() } else { counts.join(", ") };
        format!("{counts} in {:.2}s", self.begun.elapsed().as_secs_f64())
    }

    /// The sum as JSON, every word in it.
    pub(super) fn document(&self) -> Value {
        let counts: BTreeMap<&str, u64> = self.counts().into_iter().collect();
        let all = WORDS
            .iter()
            .map(|word| ((*word).to_owned(), counts.get(word).copied().unwrap_or_default().into()));
        Value::Object(all.collect::<Map<_, _>>())
    }

    fn counts(&self) -> Vec<(&'static str, u64)> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        WORDS.iter().filter_map(|word| Some((*word, *counts.get(word)?))).collect()
    }
}

impl Observer for Tally {
    fn attempted(&self, attempt: &Attempt) {
        let word = word(&attempt.next);
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner).entry(word).or_default() += 1;
        if !self.quiet {
            Output::trace(&self.line(word, attempt));
        }
    }
}

/// What became of the mail, in one word.
const fn word(next: &Next) -> &'static str {
    match next {
        Next::Done(State::Partial) => "partial",
        Next::Done(State::Dead) => "dead",
        Next::Done(_) => "sent",
        Next::Again(Some(_)) => "deferred",
        Next::Again(None) => "waiting",
        Next::Doubt => "uncertain",
        Next::Held(_) => "held",
        Next::Delete => "deleted",
    }
}

/// To whom, but for blind copies: what is told here may be kept in a log.
fn to(attempt: &Attempt) -> String {
    let open = attempt.recipients.iter().find(|one| one.field != Field::Bcc);
    match (open, attempt.recipients.len()) {
        (Some(one), 1) => one.address.to_string(),
        (Some(one), more) => format!("{} and {} more", one.address, more - 1),
        (None, count) => crate::output::counted(count, "blind recipient"),
    }
}

/// What was said, without the addresses of blind copies.
fn unblinded(attempt: &Attempt, error: &str) -> String {
    let blind = attempt.recipients.iter().filter(|one| one.field == Field::Bcc);
    blind.fold(error.to_owned(), |error, one| error.replace(one.address.as_str(), "•••"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mailmethod::adapter::Verdict;
    use mailmethod::message::Recipient;

    #[test]
    fn a_blind_copy_is_in_no_line() {
        let recipient =
            |address: &str, field| Recipient { address: address.parse().unwrap(), field };
        let mut attempt = Attempt {
            id: uuid::Uuid::nil().into(),
            method: "a".to_owned(),
            route: "default".to_owned(),
            message_id: String::new(),
            recipients: vec![
                recipient("eve@x.test", Field::Bcc),
                recipient("ada@x.test", Field::To),
            ],
            attempt: 1,
            verdict: Verdict::Refused,
            counted: true,
            next: Next::Done(State::Dead),
            error: Some("rcpt: 550 <eve@x.test> is unknown".to_owned()),
            took: std::time::Duration::ZERO,
        };
        assert_eq!(to(&attempt), "ada@x.test and 1 more");
        assert_eq!(unblinded(&attempt, "<eve@x.test>"), "<•••>");
        attempt.recipients.pop();
        assert_eq!(to(&attempt), "1 blind recipient");
    }
}
