//! The judge: what an attempt means for an entry. Pure: no clock, no database.
//!
//! A reply is judged by its code and its phase. What the route is to blame for
//! is no attempt: the mail waits as it was, and its recipients with it.
//!
//! RFC 5321 §4.2.1 (4yz and 5yz), §4.5.4.1 (how long to try).

use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::adapter::{DeliveryError, Outcome, Phase, Receipt, RecipientOutcome, Reply, Verdict};
use crate::message::Address;
use crate::queue::{Delivery, Lease, Next, Said, Settlement, State};

/// How long a mail waits between attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// The shortest wait. Default: 1 minute.
    pub first: Duration,
    /// The longest. Default: 4 hours.
    pub longest: Duration,
    /// The first wait after a reply that asks for a second try (greylisting). Default: 5 minutes.
    pub greylisted: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(60),
            longest: Duration::from_secs(4 * 3_600),
            greylisted: Duration::from_secs(5 * 60),
        }
    }
}

impl Retry {
    /// How long to wait after an attempt that came to nothing, `age` after the first one.
    ///
    /// The wait is as long as the mail has been tried for, so it doubles; it varies by a fifth, from
    /// mail to mail, so that what failed together is not tried together.
    fn wait(&self, lease: &Lease, age: Duration, greylisted: bool) -> Duration {
        let least = if greylisted && lease.attempts == 0 { self.greylisted } else { self.first };
        let wait = age.max(least).min(self.longest.max(least));
        wait.mul_f64(0.8 + 0.4 * chance(lease))
    }
}

/// A number from 0 to 1 that differs from mail to mail and from attempt to attempt.
fn chance(lease: &Lease) -> f64 {
    let mut hash = Sha256::new();
    hash.update(lease.ticket.id.as_uuid().as_bytes());
    hash.update(lease.attempts.to_be_bytes());
    let first: [u8; 4] = hash.finalize().first_chunk().copied().unwrap_or_default();
    f64::from(u32::from_be_bytes(first)) / f64::from(u32::MAX)
}

/// What an attempt has come to.
#[derive(Clone, Debug)]
pub(super) struct Judgement {
    pub(super) settlement: Settlement,
    /// What the route is to blame for.
    pub(super) fault: Option<String>,
    /// The same as it would be written with the entry.
    pub(super) fault_said: Option<Said>,
    /// Whether anybody on the other side has taken or refused the mail.
    pub(super) heard: bool,
    /// The reply that refused every recipient for good, if one did.
    pub(super) refused_by: Option<Reply>,
    /// How the attempt went, for the history.
    pub(super) verdict: Verdict,
}

/// What an attempt means, made at `now`.
pub(super) fn judge(lease: &Lease, receipt: &Receipt, retry: &Retry, now: Timestamp) -> Judgement {
    let route = receipt.error.as_ref().filter(|error| error.blames_route());
    let mut known = Vec::new();
    let mut counts = Counts { accepted: lease.done.0, refused: lease.done.1, ..Counts::default() };
    let (mut fault, mut fault_said) = (None, None);
    for one in &receipt.recipients {
        match fate(one, route.is_some()) {
            Fate::Known(delivery) => {
                counts.add(delivery);
                known.push((one.address.clone(), delivery, said(one, receipt)));
            }
            Fate::Untried => {
                counts.untried += 1;
                fault = fault.or_else(|| Some(described(one, receipt)));
                fault_said = fault_said.or_else(|| Some(said(one, receipt)));
            }
        }
    }
    let next = counts.next(|| {
        let age = lease.tried_at.map_or(Duration::ZERO, |first| {
            Duration::try_from(now.duration_since(first)).unwrap_or(Duration::ZERO)
        });
        micros(retry.wait(lease, age, receipt.recipients.iter().any(is_greylisting)))
    });
    let verdict = receipt.summary();
    let counted = counts.counts();
    let settlement = Settlement {
        ticket: lease.ticket,
        last: counted.then(|| last(receipt)).flatten(),
        counted,
        recipients: known,
        event: None,
        secret: lease.secret,
        next,
    };
    let mut all = receipt.recipients.iter();
    let all_refused = all.len() > 0 && all.all(|one| one.outcome == Outcome::Refused);
    Judgement {
        settlement,
        fault,
        fault_said,
        heard: counted && counts.unknown == 0,
        refused_by: all_refused.then(|| last_reply(receipt)).flatten(),
        verdict,
    }
}

/// What a failed offer means: the error is an outcome of every recipient.
pub(super) fn judge_failure(
    lease: &Lease,
    error: DeliveryError,
    recipients: &[Address],
    retry: &Retry,
    now: Timestamp,
) -> Judgement {
    let recipients = recipients.iter().map(|address| error.outcome_for(address)).collect();
    judge(lease, &Receipt { recipients, error: Some(error) }, retry, now)
}

/// The attempt that was none: the entry waits as it was.
pub(super) fn released(lease: &Lease) -> Settlement {
    Settlement { secret: lease.secret, ..Settlement::release(lease.ticket) }
}

/// How many recipients have which fate.
#[derive(Debug, Default)]
struct Counts {
    accepted: u64,
    refused: u64,
    deferred: u64,
    unknown: u64,
    untried: u64,
    tried: bool,
}

impl Counts {
    fn add(&mut self, delivery: Delivery) {
        self.tried = true;
        match delivery {
            Delivery::Accepted => self.accepted += 1,
            Delivery::Refused => self.refused += 1,
            Delivery::Unknown => self.unknown += 1,
            Delivery::Deferred | Delivery::Pending => self.deferred += 1,
        }
    }

    /// Whether the attempt counts: somebody judged the mail, or may have taken it.
    const fn counts(&self) -> bool {
        self.tried
    }

    fn next(&self, wait: impl FnOnce() -> i64) -> Next {
        if self.unknown > 0 {
            return Next::Doubt;
        }
        if self.deferred > 0 {
            return Next::Again(Some(wait()));
        }
        if self.untried > 0 {
            return Next::Again(None);
        }
        Next::Done(match (self.accepted, self.refused) {
            (_, 0) => State::Sent,
            (0, _) => State::Dead,
            (_, _) => State::Partial,
        })
    }
}

/// What is known of a recipient after an attempt.
enum Fate {
    Known(Delivery),
    /// The route failed before anybody judged the mail.
    Untried,
}

fn fate(one: &RecipientOutcome, route_failed: bool) -> Fate {
    match one.outcome {
        Outcome::Accepted => Fate::Known(Delivery::Accepted),
        Outcome::Refused => Fate::Known(Delivery::Refused),
        Outcome::Unknown => Fate::Known(Delivery::Unknown),
        Outcome::Deferred => match &one.reply {
            Some(reply) if reply.code != 421 && one.phase > Phase::Auth => {
                Fate::Known(Delivery::Deferred)
            }
            Some(_) => Fate::Untried,
            None if route_failed => Fate::Untried,
            None => Fate::Known(Delivery::Deferred),
        },
    }
}

/// A reply that means: come again, and I shall know you.
fn is_greylisting(one: &RecipientOutcome) -> bool {
    one.outcome == Outcome::Deferred
        && one.reply.as_ref().is_some_and(|reply| match reply.enhanced.as_deref() {
            Some(code) => code == "4.7.1" || code == "4.7.0",
            None => matches!(reply.code, 450 | 451) && one.phase == Phase::Rcpt,
        })
}

fn said(one: &RecipientOutcome, receipt: &Receipt) -> Said {
    match &one.reply {
        Some(reply) => Said {
            phase: one.phase.as_str(),
            code: Some(reply.code),
            enhanced: reply.enhanced.clone(),
            text: reply.text.clone(),
        },
        None => Said {
            phase: one.phase.as_str(),
            text: receipt.error.as_ref().map(ToString::to_string).unwrap_or_default(),
            ..Said::default()
        },
    }
}

/// What was said that matters most: the reply to who was not accepted, else the last one.
fn last(receipt: &Receipt) -> Option<Said> {
    let mut all = receipt.recipients.iter();
    let worst = all.clone().find(|one| one.outcome != Outcome::Accepted);
    worst.or_else(|| all.next()).map(|one| said(one, receipt))
}

fn last_reply(receipt: &Receipt) -> Option<Reply> {
    receipt.recipients.first().and_then(|one| one.reply.clone())
}

/// What the route is to blame for, in words.
fn described(one: &RecipientOutcome, receipt: &Receipt) -> String {
    match (&receipt.error, &one.reply) {
        (Some(error), _) => match error.help {
            Some(help) => format!("{error} ({help})"),
            None => error.to_string(),
        },
        (None, Some(reply)) => format!("{}: {reply}", one.phase),
        (None, None) => one.phase.to_string(),
    }
}

pub(super) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::Class;
    use crate::message::{Envelope, Field, Message, Recipient};
    use crate::queue::{EntryId, Ticket};

    const MINUTE: i64 = 60_000_000;

    fn lease(attempts: u64) -> Lease {
        let now = Timestamp::UNIX_EPOCH;
        let to = Recipient { address: "a@x.test".parse().unwrap(), field: Field::To };
        let envelope = Envelope::new(None, vec![to]).unwrap();
        Lease {
            ticket: Ticket { id: EntryId::from(uuid::Uuid::from_u128(7)), lease: 1 },
            route: "default".to_owned(),
            method: "test".to_owned(),
            bulk: false,
            attempts,
            tried_at: (attempts > 0).then_some(now),
            due_at: now,
            expires_at: now + Duration::from_secs(86_400),
            claimed_at: now,
            done: (0, 0),
            secret: false,
            message: Ok(Message::from_parts("<1@x>".to_owned(), envelope, Vec::new())),
        }
    }

    fn one(
        address: &str,
        outcome: Outcome,
        phase: Phase,
        reply: Option<(u16, &str)>,
    ) -> RecipientOutcome {
        let reply = reply.map(|(code, text)| Reply::new(code, text));
        RecipientOutcome { address: address.parse().unwrap(), outcome, phase, reply }
    }

    fn receipt(recipients: Vec<RecipientOutcome>) -> Receipt {
        Receipt { recipients, error: None }
    }

    fn judged(receipt: &Receipt) -> Judgement {
        judge(&lease(0), receipt, &Retry::default(), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn each_recipient_has_a_fate_of_its_own() {
        let all = receipt(vec![
            one("a@x.test", Outcome::Accepted, Phase::Dot, Some((250, "ok"))),
            one("b@x.test", Outcome::Refused, Phase::Rcpt, Some((550, "5.1.1 no"))),
            one("c@x.test", Outcome::Deferred, Phase::Rcpt, Some((452, "4.2.2 full"))),
        ]);
        let judged = judged(&all);
        assert!(matches!(judged.settlement.next, Next::Again(Some(_))));
        let fates: Vec<_> = judged.settlement.recipients.iter().map(|(_, fate, _)| *fate).collect();
        assert_eq!(fates, [Delivery::Accepted, Delivery::Refused, Delivery::Deferred]);
        assert_eq!(judged.settlement.last.unwrap().code, Some(550));
        assert!(judged.settlement.counted && judged.heard);
    }

    #[test]
    fn accepted_refused_and_both_are_sent_dead_and_partial() {
        let accepted = || one("a@x.test", Outcome::Accepted, Phase::Dot, Some((250, "ok")));
        let refused = || one("b@x.test", Outcome::Refused, Phase::Rcpt, Some((550, "no")));
        for (recipients, state) in [
            (vec![accepted()], State::Sent),
            (vec![refused()], State::Dead),
            (vec![accepted(), refused()], State::Partial),
        ] {
            assert_eq!(judged(&receipt(recipients)).settlement.next, Next::Done(state));
        }
        let earlier = Lease { done: (1, 0), ..lease(1) };
        let late =
            judge(&earlier, &receipt(vec![refused()]), &Retry::default(), Timestamp::UNIX_EPOCH);
        assert_eq!(late.settlement.next, Next::Done(State::Partial));
    }

    #[test]
    fn what_was_refused_earlier_is_no_refusal_now() {
        let earlier = Lease { done: (0, 1), ..lease(1) };
        let accepted = one("a@x.test", Outcome::Accepted, Phase::Dot, Some((250, "ok")));
        let judged =
            judge(&earlier, &receipt(vec![accepted]), &Retry::default(), Timestamp::UNIX_EPOCH);
        assert_eq!(judged.refused_by, None);
    }

    #[test]
    fn an_outage_is_no_attempt_and_belongs_to_the_route() {
        let error = DeliveryError::new(Phase::Connect, Class::Transient).with_host("relay.test:25");
        let to = ["a@x.test".parse().unwrap()];
        let judged = judge_failure(&lease(0), error, &to, &Retry::default(), Timestamp::UNIX_EPOCH);
        assert_eq!(judged.settlement.next, Next::Again(None));
        assert!(!judged.settlement.counted && judged.settlement.recipients.is_empty());
        assert!(judged.fault.unwrap().contains("relay.test:25"));
    }

    #[test]
    fn a_421_anywhere_belongs_to_the_route() {
        let closing = receipt(vec![
            one("a@x.test", Outcome::Deferred, Phase::Rcpt, Some((421, "4.3.2 closing"))),
            one("b@x.test", Outcome::Refused, Phase::Rcpt, Some((550, "no"))),
        ]);
        let judged = judged(&closing);
        assert_eq!(judged.settlement.next, Next::Again(None));
        assert_eq!(judged.settlement.recipients.len(), 1);
        assert!(judged.fault.is_some());
    }

    #[test]
    fn a_lost_reply_is_a_doubt() {
        let error = DeliveryError::new(Phase::Dot, Class::Unknown);
        let recipients = vec![
            one("a@x.test", Outcome::Unknown, Phase::Dot, None),
            one("b@x.test", Outcome::Deferred, Phase::Rcpt, Some((451, "later"))),
        ];
        let judged = judged(&Receipt { recipients, error: Some(error) });
        assert_eq!(judged.settlement.next, Next::Doubt);
        assert!(judged.settlement.counted && !judged.heard);
    }

    #[track_caller]
    fn waits(attempts: u64, minutes: i64, reply: &str, expected: i64) {
        let deferred = one("a@x.test", Outcome::Deferred, Phase::Rcpt, Some((451, reply)));
        let now = Timestamp::UNIX_EPOCH + Duration::from_secs(u64::try_from(minutes * 60).unwrap());
        let lease = lease(attempts);
        let judged = judge(&lease, &receipt(vec![deferred]), &Retry::default(), now);
        let Next::Again(Some(wait)) = judged.settlement.next else { panic!("{judged:?}") };
        let around = expected * MINUTE * 8 / 10..=expected * MINUTE * 12 / 10;
        assert!(around.contains(&wait), "{wait} is not about {expected} minutes");
    }

    #[test]
    fn waits_grow_with_age_up_to_four_hours() {
        waits(0, 0, "4.2.0 busy", 1);
        waits(0, 0, "4.7.1 greylisted", 5);
        waits(1, 5, "4.7.1 greylisted", 5);
        waits(2, 10, "4.2.0 busy", 10);
        waits(5, 90, "4.2.0 busy", 90);
        waits(9, 2_000, "4.2.0 busy", 240);
    }
}
