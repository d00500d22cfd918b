//! The breaker: when a route is not worth trying, as far as one mailer sees it. Pure.
//!
//! A failure of the route counts only in a row; so does a run of refusals in the
//! same words, which says more about us than about the recipients.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::adapter::Reply;
use crate::message::Address;
use crate::queue::{Breaker, EntryId};

/// How often a route may fail in a row.
const FAILURES: u32 = 2;
/// How many different recipients may be refused in the same words in a row.
const REFUSALS: usize = 20;
/// How many recipients of one mail count for that: one mail alone says little about the others.
const OF_ONE_MAIL: usize = 4;
/// How long after each failure in a row the route is probed.
const PROBES: [Duration; 5] = [
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(20),
    Duration::from_secs(40),
    Duration::from_secs(60),
];
/// The same where the login is refused: relays lock out who asks too often.
const LOGIN_PROBES: [Duration; 5] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(120),
    Duration::from_secs(600),
    Duration::from_secs(1_800),
];

/// How often a mail may meet a failure of its route while others get through.
const UNLUCKY: u32 = 3;
/// How many mails that met a failure are remembered.
const REMEMBERED: usize = 10_000;

/// What a mailer has seen of a route lately.
#[derive(Debug, Default)]
pub(super) struct Watch {
    failures: u32,
    /// How often each mail has met a failure.
    unlucky: HashMap<EntryId, u32>,
    refusals: HashSet<Address>,
    words: Option<(u16, Option<String>)>,
    /// The adapter has panicked: mails are handed over one by one, so that it is clear which does it.
    pub(super) careful: bool,
}

/// Why a route is not tried any more for now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trip {
    pub(super) breaker: Breaker,
    pub(super) error: String,
}

impl Watch {
    /// The route failed; gives whether that is enough.
    pub(super) fn failed(&mut self, error: &str) -> Option<Trip> {
        self.failures += 1;
        let login = is_login(error);
        (login || self.failures >= FAILURES)
            .then(|| Trip { breaker: Breaker::Open, error: error.to_owned() })
    }

    /// A mail met a failure of the route; gives whether that happens to it again and again, while
    /// the route works for others: then it is no matter of the route.
    pub(super) fn met_failure(&mut self, id: EntryId) -> bool {
        if self.unlucky.len() >= REMEMBERED {
            self.unlucky.clear();
        }
        let times = self.unlucky.entry(id).or_insert(0);
        *times += 1;
        *times >= UNLUCKY
    }

    /// Somebody on the other side took a mail, or had something of its own to say about it.
    pub(super) fn heard(&mut self) {
        self.failures = 0;
    }

    /// A mail was taken: what was refused before was about those mails.
    pub(super) fn took(&mut self) {
        self.failures = 0;
        self.refusals.clear();
        self.words = None;
    }

    /// All recipients of a mail were refused in these words; gives whether that is too much.
    pub(super) fn refused(&mut self, reply: &Reply, recipients: &[Address]) -> Option<Trip> {
        let words = (reply.code, reply.enhanced.clone());
        if self.words.as_ref() != Some(&words) {
            self.refusals.clear();
            self.words = Some(words);
        }
        self.refusals.extend(recipients.iter().take(OF_ONE_MAIL).cloned());
        (self.refusals.len() >= REFUSALS).then(|| Trip {
            breaker: Breaker::Suspect,
            error: format!(
                "{} recipients in a row were refused by the same reply: {reply}",
                self.refusals.len()
            ),
        })
    }
}

/// How long to wait for the probe after so many failures in a row.
pub(super) fn probe_after(failures: u64, error: &str) -> Duration {
    let steps = if is_login(error) { LOGIN_PROBES } else { PROBES };
    let at = usize::try_from(failures).unwrap_or(usize::MAX).min(steps.len() - 1);
    steps.get(at).copied().unwrap_or(Duration::from_secs(60))
}

/// Whether it was the login that failed: errors begin with their phase.
fn is_login(error: &str) -> bool {
    error.starts_with("auth:")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(number: usize) -> [Address; 1] {
        [format!("a{number}@x.test").parse().unwrap()]
    }

    #[test]
    fn two_failures_in_a_row_trip_and_a_success_between_them_does_not() {
        let mut watch = Watch::default();
        assert_eq!(watch.failed("connect: refused"), None);
        watch.heard();
        assert_eq!(watch.failed("connect: refused"), None);
        assert_eq!(watch.failed("connect: refused").unwrap().breaker, Breaker::Open);
    }

    #[test]
    fn a_refused_login_trips_at_once_and_is_asked_ever_more_rarely() {
        assert!(Watch::default().failed("auth: relay answered 535 5.7.8 no").is_some());
        assert_eq!(probe_after(0, "auth: x"), Duration::from_secs(5));
        assert_eq!(probe_after(9, "auth: x"), Duration::from_secs(1_800));
        assert_eq!(probe_after(1, "connect: x"), Duration::from_secs(10));
        assert_eq!(probe_after(9, "connect: x"), Duration::from_secs(60));
    }

    #[test]
    fn the_same_refusal_of_many_recipients_trips() {
        let reply = Reply::new(550, "5.7.1 relay denied");
        let mut watch = Watch::default();
        for number in 0..19 {
            assert_eq!(watch.refused(&reply, &address(number)), None);
            // One recipient that is refused again and again says nothing about the others.
            assert_eq!(watch.refused(&reply, &address(number)), None);
        }
        assert_eq!(watch.refused(&reply, &address(19)).unwrap().breaker, Breaker::Suspect);
    }

    #[test]
    fn one_mail_to_many_does_not_trip_alone() {
        let many: Vec<Address> = (0..1_000).flat_map(address).collect();
        let (reply, mut watch) = (Reply::new(552, "5.3.4 too big"), Watch::default());
        assert_eq!(watch.refused(&reply, &many), None);
        for more in many[4..19].chunks(1) {
            assert_eq!(watch.refused(&reply, more), None);
        }
        assert!(watch.refused(&reply, &many[19..]).is_some());
    }

    #[test]
    fn other_words_or_an_accepted_mail_begin_anew() {
        let (one, other) = (Reply::new(550, "5.7.1 denied"), Reply::new(550, "5.1.1 unknown"));
        let mut watch = Watch::default();
        for number in 0..19 {
            watch.refused(&one, &address(number));
        }
        assert_eq!(watch.refused(&other, &address(19)), None);
        for number in 0..18 {
            watch.refused(&other, &address(number));
        }
        watch.took();
        assert_eq!(watch.refused(&other, &address(20)), None);
    }
}
