//! The way: what the lanes of one route have in common, while there is mail for it.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};
use tracing::Span;
use uuid::Uuid;

use super::breaker::{Trip, Watch};
use super::feed::Feed;
use super::judge::{Judgement, released};
use super::metrics::{Count, Metrics};
use super::{Attempt, Event, MailerSettings, Watcher};
use crate::adapter::{Adapter, Reply};
use crate::message::Address;
use crate::queue::{
    Breaker, EntryId, Lease, Next, Passed, QueueError, Said, Settlement, State, Store, Ticket,
    plain,
};

/// How long the gate may take before the body is not sent.
const GATE: Duration = Duration::from_secs(5);
/// How long an outcome that cannot be written is kept before it is tried again.
const BREATH: Duration = Duration::from_millis(500);
/// How often an outcome is offered to a store that does not take it for what it says.
const REFUSALS: usize = 6;
/// The longest dialogue that is kept, in lines, and the longest line, in characters.
const LINES: usize = 60;
const LINE: usize = 300;

pub(super) struct Way {
    pub(super) store: Store,
    pub(super) mailer: Uuid,
    pub(super) adapter: Arc<dyn Adapter>,
    pub(super) feed: Feed,
    pub(super) settings: Arc<MailerSettings>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) watcher: Option<Watcher>,
    pub(super) watch: Arc<Mutex<Watch>>,
    pub(super) trip: Mutex<Option<Trip>>,
    /// Whether it is to find out if the route works again: then one failure is enough.
    pub(super) probing: bool,
    /// Told when more may be due, so that lanes that have ended begin again.
    pub(super) more: Notify,
}

impl Way {
    fn watch(&self) -> MutexGuard<'_, Watch> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether mails are handed over one by one.
    pub(super) fn is_careful(&self) -> bool {
        self.watch().careful
    }

    /// The adapter has panicked in the middle of two mails.
    pub(super) fn take_care(&self) {
        self.watch().careful = true;
    }

    /// Writes outcomes, for as long as it takes, and asks for gates once.
    ///
    /// An outcome is never given up: what it says has happened. No answer is no gate.
    pub(super) async fn round(
        &self,
        settle: Vec<Settlement>,
        gate: Vec<Ticket>,
    ) -> Result<Passed, QueueError> {
        if settle.is_empty() && gate.is_empty() {
            return Ok(Passed::default());
        }
        let settle: Arc<[Settlement]> = settle.into();
        let asked = gate.len();
        let deadline = if settle.is_empty() { GATE } else { GATE * 12 };
        let round = self.store.kept_round(self.mailer, Arc::clone(&settle), gate);
        match timeout(deadline, round).await {
            Ok(Ok(passed)) => {
                self.metrics.count(Count::Gate, passed.gated.len());
                self.metrics.count(Count::GateRefused, asked - passed.gated.len().min(asked));
                self.lost(&settle, &passed);
                Ok(passed)
            }
            failed => {
                self.feed.stop();
                let error = match failed {
                    Ok(Err(error)) => error,
                    _ => QueueError::Unreachable("the store did not answer in time".into()),
                };
                self.settle_at_last(settle).await;
                Err(error)
            }
        }
    }

    /// Writes outcomes, however long the store is away.
    async fn settle_at_last(&self, mut settle: Arc<[Settlement]>) {
        let mut refusals = 0;
        while !settle.is_empty() {
            sleep(BREATH).await;
            match self.store.kept_round(self.mailer, Arc::clone(&settle), Vec::new()).await {
                Ok(passed) => return self.lost(&settle, &passed),
                Err(QueueError::Closed) => return,
                Err(error) if error.is_transient() => {
                    tracing::warn!(%error, "outcomes wait for the store");
                }
                Err(error) => {
                    refusals += 1;
                    tracing::error!(%error, refusals, "the store does not take an outcome");
                    // What happened matters more than what was said.
                    settle = settle.iter().map(laconic).collect();
                    if refusals >= REFUSALS {
                        return;
                    }
                }
            }
        }
    }

    fn lost(&self, settle: &[Settlement], passed: &Passed) {
        for one in settle.iter().filter(|one| !passed.settled.contains(&one.ticket.id)) {
            self.metrics.count(Count::LeaseLost, 1);
            tracing::warn!(entry = %one.ticket.id, "an outcome came after the lease was lost");
        }
    }

    /// Takes leases back whose mails have not left.
    pub(super) async fn give_back(&self, leases: Vec<Lease>) {
        let settle = leases.iter().map(released).collect();
        // If the store is away, this waits until it is back.
        drop(self.round(settle, Vec::new()).await);
    }

    /// Draws the conclusions from an attempt: for the entry, for the route, for whoever watches.
    pub(super) fn conclude(&self, lease: &Lease, judged: Judgement, record: &Record) -> Settlement {
        let Judgement { mut settlement, fault, fault_said, heard, refused_by, verdict } = judged;
        let took = record.begun.elapsed();
        if let Some(trip) = self.look(lease, fault.as_deref(), (heard, refused_by), &settlement) {
            self.feed.stop();
            self.trip.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(trip);
        }
        let unlucky = fault.is_some() && !self.is_stopped() && self.is_unlucky(lease.ticket.id);
        if unlucky {
            // No attempt, but people see why it waits.
            let wait = super::judge::micros(self.settings.retry.first);
            settlement.next = Next::Again(Some(wait));
            settlement.last = settlement.last.or(fault_said);
            settlement.event = Some(record.event(lease, &settlement, took));
        }
        if self.settings.undeliverable == super::Undeliverable::Delete
            && settlement.next == Next::Done(State::Dead)
        {
            settlement.next = Next::Delete;
        }
        if settlement.counted {
            settlement.event = Some(record.event(lease, &settlement, took));
        }
        if settlement.counted || unlucky {
            let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
            self.metrics.attempt(verdict, micros);
        }
        let (message_id, recipients) = lease.message.as_ref().map_or_else(
            |_unsendable| Default::default(),
            |message| (message.id().to_owned(), message.envelope().recipients().to_vec()),
        );
        let attempt = Attempt {
            id: lease.ticket.id,
            method: lease.method.clone(),
            route: lease.route.clone(),
            message_id,
            recipients,
            attempt: lease.attempts + u64::from(settlement.counted),
            verdict,
            counted: settlement.counted,
            next: settlement.next.clone(),
            error: fault.or_else(|| settlement.last.as_ref().map(shown)),
            took,
        };
        record.span.in_scope(|| {
            tracing::info!(
                attempt = attempt.attempt,
                verdict = %attempt.verdict,
                state = %attempt.next.state(),
                error = attempt.error,
                "attempted"
            );
        });
        if let Some(watcher) = &self.watcher {
            watcher(Event::Attempted(&attempt));
        }
        settlement
    }

    /// Whether a mail fails the route again and again while others get through.
    fn is_unlucky(&self, id: EntryId) -> bool {
        self.watch().met_failure(id)
    }

    /// Watches the route: it is given up if it fails, or refuses all, in a row.
    fn look(
        &self,
        lease: &Lease,
        fault: Option<&str>,
        (heard, refused_by): (bool, Option<Reply>),
        settlement: &Settlement,
    ) -> Option<Trip> {
        let mut watch = self.watch();
        let trip = match (fault, refused_by) {
            (Some(error), _) => watch.failed(error),
            (None, Some(reply)) => {
                let to: Vec<Address> = lease.message.as_ref().map_or_else(
                    |_| Vec::new(),
                    |message| message.envelope().addresses().cloned().collect(),
                );
                watch.heard();
                watch.refused(&reply, &to)
            }
            (None, None) if heard => {
                let taken = settlement
                    .recipients
                    .iter()
                    .any(|(_, delivery, _)| *delivery == crate::queue::Delivery::Accepted);
                if taken {
                    watch.took();
                } else {
                    watch.heard();
                }
                None
            }
            (None, None) => None,
        };
        drop(watch);
        match (trip, fault) {
            // Whoever probes has one try.
            (None, Some(error)) if self.probing => {
                Some(Trip { breaker: Breaker::Open, error: error.to_owned() })
            }
            (trip, _) => trip,
        }
    }

    /// Whether this way is given up, for now or for good.
    pub(super) fn is_stopped(&self) -> bool {
        self.feed.is_stopped()
    }
}

/// Takes the words out of an outcome.
fn laconic(settlement: &Settlement) -> Settlement {
    let mut settlement = Settlement { event: None, last: None, ..settlement.clone() };
    for (_, _, said) in &mut settlement.recipients {
        *said = Said { phase: said.phase, code: said.code, ..Said::default() };
    }
    settlement
}

fn shown(said: &Said) -> String {
    let code = said.code.map(|code| format!("{code} ")).unwrap_or_default();
    let enhanced = said.enhanced.as_ref().map(|code| format!("{code} ")).unwrap_or_default();
    format!("{}: {code}{enhanced}{}", said.phase, said.text)
}

/// An attempt in the history of its entry.
#[derive(Serialize)]
struct Told<'a> {
    code: Option<u16>,
    dialogue: Option<Vec<String>>,
    enhanced: Option<Cow<'a, str>>,
    next: &'a str,
    phase: Option<&'a str>,
    text: Option<Cow<'a, str>>,
    took_ms: u64,
    #[serde(rename = "try")]
    number: u64,
    wait_s: Option<i64>,
}

/// What an attempt looked like.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) begun: Instant,
    pub(super) dialogue: Vec<String>,
    pub(super) span: Span,
}

impl Record {
    pub(super) fn new(lease: &Lease) -> Self {
        let message_id = lease.message.as_ref().map_or("", |message| message.id());
        let span = tracing::info_span!(
            "attempt",
            entry = %lease.ticket.id,
            method = lease.method,
            message_id,
            route = lease.route,
        );
        Self { begun: Instant::now(), dialogue: Vec::new(), span }
    }

    /// The attempt as JSON, for the history of the entry.
    fn event(&self, lease: &Lease, settlement: &Settlement, took: Duration) -> String {
        let last = settlement.last.as_ref();
        let next = match &settlement.next {
            Next::Done(state) => state.as_str(),
            Next::Again(_) => "again",
            Next::Doubt => "uncertain",
            Next::Held(_) => "held",
            Next::Delete => "deleted",
        };
        let wait = match settlement.next {
            Next::Again(wait) => wait.map(|wait| wait / 1_000_000),
            _ => None,
        };
        let kept = settlement.next != Next::Done(State::Sent) && !self.dialogue.is_empty();
        let told = Told {
            code: last.and_then(|said| said.code),
            dialogue: kept.then(|| self.lines()),
            enhanced: last.and_then(|said| said.enhanced.as_deref()).map(plain),
            next,
            phase: last.map(|said| said.phase),
            text: last.map(|said| plain(&said.text)),
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            number: lease.attempts + 1,
            wait_s: wait,
        };
        // Texts and numbers alone can always be written.
        serde_json::to_string(&told).unwrap_or_default()
    }

    /// What was said, as much of it as is kept.
    fn lines(&self) -> Vec<String> {
        let lines = self.dialogue.iter().take(LINES);
        lines.map(|line| line.chars().take(LINE).collect()).collect()
    }
}

/// The ids of leases.
pub(super) fn tickets(leases: &[Lease]) -> Vec<Ticket> {
    leases.iter().map(|lease| lease.ticket).collect()
}

/// Parts leases into those that passed the gate and those that did not.
pub(super) fn parted(leases: Vec<Lease>, gated: &HashSet<EntryId>) -> (Vec<Lease>, Vec<Lease>) {
    leases.into_iter().partition(|lease| gated.contains(&lease.ticket.id))
}
