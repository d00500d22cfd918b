//! The way: what the lanes of one route have in common, while there is mail for it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use super::breaker::{Trip, Watch};
use super::feed::Feed;
use super::judge::{Judgement, released};
use super::metrics::{Count, Metrics};
use super::{Attempt, MailerSettings, Watcher};
use crate::adapter::{Adapter, Reply};
use crate::message::Address;
use crate::queue::{
    Breaker, EntryId, Lease, Next, POISON_REASON, Passed, QueueError, Settlement, State, Store,
    Ticket,
};

/// How long the gate may take before the body is not sent.
const GATE: Duration = Duration::from_secs(5);
/// How long an outcome that cannot be written is kept before it is tried again.
const BREATH: Duration = Duration::from_millis(500);
/// The longest dialogue that is kept, in lines.
const LINES: usize = 60;

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
    /// What the lanes are at work on, and whether it has passed the gate.
    pub(super) hands: Mutex<HashMap<EntryId, (Ticket, bool)>>,
}

impl Way {
    /// Notes that a lane is at work on an entry.
    pub(super) fn take(&self, ticket: Ticket) {
        self.hands().insert(ticket.id, (ticket, false));
    }

    fn hands(&self) -> MutexGuard<'_, HashMap<EntryId, (Ticket, bool)>> {
        self.hands.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What lanes have left in the middle that broke off: a mail on which our own code fails waits
    /// for a person, unless it may have left.
    pub(super) fn broken(&self) -> Vec<Settlement> {
        let mut left = Vec::new();
        for (_, (ticket, gated)) in self.hands().drain() {
            let next = if gated { Next::Doubt } else { Next::Held(POISON_REASON.to_owned()) };
            left.push(Settlement { next, ..Settlement::release(ticket) });
        }
        left
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
        let asked = gate.len();
        let deadline = if settle.is_empty() { GATE } else { GATE * 12 };
        let round = self.store.round(self.mailer, settle.clone(), gate);
        match timeout(deadline, round).await {
            Ok(Ok(passed)) => {
                self.note(&settle, &passed);
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
    async fn settle_at_last(&self, settle: Vec<Settlement>) {
        while !settle.is_empty() {
            sleep(BREATH).await;
            match self.store.round(self.mailer, settle.clone(), Vec::new()).await {
                Ok(passed) => {
                    self.note(&settle, &passed);
                    return self.lost(&settle, &passed);
                }
                Err(QueueError::Closed) => return,
                Err(error) => tracing::warn!(%error, "outcomes wait for the store"),
            }
        }
    }

    /// Keeps up with what the lanes are at work on.
    fn note(&self, settle: &[Settlement], passed: &Passed) {
        let mut hands = self.hands();
        for one in settle {
            hands.remove(&one.ticket.id);
        }
        for id in &passed.gated {
            if let Some((_, gated)) = hands.get_mut(id) {
                *gated = true;
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
    pub(super) fn conclude(&self, lease: &Lease, judged: Judgement, record: Record) -> Settlement {
        let Judgement { mut settlement, fault, heard, refused_by, verdict } = judged;
        let took = record.begun.elapsed();
        if let Some(trip) = self.look(lease, fault.as_deref(), (heard, refused_by), &settlement) {
            self.feed.stop();
            self.trip.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(trip);
        }
        if fault.is_some() && !self.is_stopped() && self.is_unlucky(lease.ticket.id) {
            let wait = super::judge::micros(self.settings.retry.first);
            settlement.next = Next::Again(Some(wait));
        }
        if self.settings.undeliverable == super::Undeliverable::Delete
            && settlement.next == Next::Done(State::Dead)
        {
            settlement.next = Next::Delete;
        }
        if settlement.counted {
            settlement.event = Some(record.event(lease, &settlement, took));
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
        tracing::info!(
            entry = %attempt.id,
            method = attempt.method,
            message_id = attempt.message_id,
            route = attempt.route,
            attempt = attempt.attempt,
            verdict = %attempt.verdict,
            "attempt"
        );
        if let Some(watcher) = &self.watcher {
            watcher(&attempt);
        }
        settlement
    }

    /// Whether a mail fails the route again and again while others get through.
    fn is_unlucky(&self, id: EntryId) -> bool {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner).met_failure(id)
    }

    /// Watches the route: it is given up if it fails, or refuses all, in a row.
    fn look(
        &self,
        lease: &Lease,
        fault: Option<&str>,
        (heard, refused_by): (bool, Option<Reply>),
        settlement: &Settlement,
    ) -> Option<Trip> {
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
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

fn shown(said: &crate::queue::Said) -> String {
    let code = said.code.map(|code| format!("{code} ")).unwrap_or_default();
    let enhanced = said.enhanced.as_ref().map(|code| format!("{code} ")).unwrap_or_default();
    format!("{}: {code}{enhanced}{}", said.phase, said.text)
}

/// What an attempt looked like.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) begun: Instant,
    pub(super) dialogue: Vec<String>,
}

impl Record {
    pub(super) fn new() -> Self {
        Self { begun: Instant::now(), dialogue: Vec::new() }
    }

    /// The attempt as JSON, for the history of the entry.
    fn event(mut self, lease: &Lease, settlement: &Settlement, took: Duration) -> String {
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
        self.dialogue.truncate(LINES);
        serde_json::json!({
            "try": lease.attempts + 1,
            "next": next,
            "took_ms": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            "phase": last.map(|said| said.phase),
            "code": last.and_then(|said| said.code),
            "enhanced": last.and_then(|said| said.enhanced.clone()),
            "text": last.map(|said| said.text.clone()),
            "wait_s": wait,
            "dialogue": kept.then_some(self.dialogue),
        })
        .to_string()
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
