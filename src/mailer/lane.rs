//! The lane: takes the mails of a route through one connection, one after the other.
//!
//! A mail that stands alone passes the gate between offer and acceptance: what
//! the relay refuses at once needs no gate, and a person can cancel it up to
//! then. Of many mails, the gates of the next few are one commit, made while
//! those before them are on their way.

use tracing::Instrument;

use crate::adapter::{
    self, Class, DeliveryError, Depth, Offer, Outcome, Phase, Receipt, RecipientOutcome,
};
use crate::message::{Address, Message};
use crate::queue::{Lease, Next, POISON_REASON, QueueError, Said, Settlement};

use super::caught::{Broken, caught};
use super::feed::size;
use super::judge::{judge, judge_failure, released};
use super::way::{Record, Way, parted, tickets};

/// What a mail is told whose adapter did not come back.
const HUNG: &str = "its adapter did not come back for hours: it should have deadlines of its own";

/// Takes mails through until none is left, or the way is given up.
pub(super) async fn run(way: &Way) -> Result<(), QueueError> {
    let mut lane = Lane { way, unsettled: Vec::new() };
    let mut carried = None;
    loop {
        let next = match carried.take() {
            Some(lease) => Some(lease),
            None => match way.feed.next().await {
                Ok(next) => next,
                Err(error) => {
                    lane.settle().await?;
                    return Err(error);
                }
            },
        };
        let Some(lease) = next else { return lane.settle().await };
        let window = way.settings.window(lease.bulk);
        carried = if lease.bulk && window > 1 {
            lane.many(lease, window).await?;
            None
        } else {
            lane.single(lease).await?
        };
    }
}

struct Lane<'w> {
    way: &'w Way,
    /// Outcomes that are known and not written yet; at most the window's.
    unsettled: Vec<Settlement>,
}

/// A mail whose offer stands.
struct Open {
    lease: Lease,
    message: Message,
    offer: Box<dyn Offer>,
    record: Record,
}

impl Lane<'_> {
    async fn settle(&mut self) -> Result<(), QueueError> {
        self.way.round(std::mem::take(&mut self.unsettled), Vec::new()).await.map(drop)
    }

    /// Takes mails through one by one, each with a gate of its own; gives back a lease that is for
    /// another treatment.
    async fn single(&mut self, first: Lease) -> Result<Option<Lease>, QueueError> {
        let Some(mut open) = self.offer(first).await else {
            return self.settle().await.map(|()| None);
        };
        loop {
            // The next mail is had before the gate: behind it nothing waits for the store.
            let next = if self.can_go_on(&open) { self.way.feed.next().await } else { Ok(None) };
            let next = match next {
                Ok(next) => next,
                Err(error) => {
                    self.take_back(open).await?;
                    return Err(error);
                }
            };
            let nobody = nobody_accepts(&*open.offer);
            match self.pass(&open.lease, nobody).await {
                Ok(true) => {}
                Ok(false) => return self.take_back(open).await.map(|()| next),
                Err(error) => {
                    // No answer is no gate: the connection is closed with no body sent.
                    let both = [Some(open.lease), next].into_iter().flatten().collect();
                    self.way.give_back(both).await;
                    return Err(error);
                }
            }
            match next {
                Some(lease) if !lease.bulk && lease.message.is_ok() => {
                    match self.hand_over_and_offer(open, lease).await {
                        Some(next) => open = next,
                        None => return self.settle().await.map(|()| None),
                    }
                }
                other => {
                    self.hand_over(open).await;
                    self.settle().await?;
                    return Ok(other);
                }
            }
        }
    }

    /// Takes an offer back, and gives its lease back.
    async fn take_back(&mut self, open: Open) -> Result<(), QueueError> {
        let Open { lease, offer, .. } = open;
        // Whatever becomes of the goodbye, nothing has left.
        let withdrawn = caught(self.way.settings.patience, offer.withdraw()).await;
        withdrawn.unwrap_or_default();
        self.unsettled.push(released(&lease));
        self.settle().await
    }

    /// Lets the mail pass the gate, and writes what came before it in the same commit. A mail that
    /// nobody accepts needs no gate.
    async fn pass(&mut self, lease: &Lease, nobody: bool) -> Result<bool, QueueError> {
        let settle = std::mem::take(&mut self.unsettled);
        if nobody || self.way.is_stopped() {
            self.way.round(settle, Vec::new()).await?;
            return Ok(nobody);
        }
        let passed = self.way.round(settle, vec![lease.ticket]).await?;
        Ok(passed.gated.contains(&lease.ticket.id))
    }

    /// Offers a mail; what cannot be offered has its outcome already.
    ///
    /// Nothing has left yet: whoever wants to end does not wait for it.
    async fn offer(&mut self, lease: Lease) -> Option<Open> {
        let message = match &lease.message {
            Ok(message) => message.clone(),
            Err(why) => {
                self.unsettled.push(held(&lease, why.as_str()));
                return None;
            }
        };
        let to: Vec<Address> = message.envelope().addresses().cloned().collect();
        let mut record = Record::new(&lease);
        let offer = self.way.adapter.offer(&message, &to, Depth::Data);
        let offer = adapter::captured(offer.instrument(record.span.clone()));
        let offered = tokio::select! {
            offered = caught(self.way.settings.patience, offer) => offered,
            () = self.way.feed.stopped() => {
                self.unsettled.push(released(&lease));
                return None;
            }
        };
        match offered {
            Ok((offered, dialogue)) => {
                record.dialogue = dialogue;
                self.offered(lease, message, offered, record)
            }
            Err(Broken::Panicked) => {
                self.unsettled.push(poison(&lease));
                None
            }
            Err(Broken::Hung) => self.offered(lease, message, Err(hung()), record),
        }
    }

    fn offered(
        &mut self,
        lease: Lease,
        message: Message,
        offered: Result<Box<dyn Offer>, DeliveryError>,
        record: Record,
    ) -> Option<Open> {
        match offered {
            Ok(offer) => Some(Open { lease, message, offer, record }),
            Err(error) => {
                let to: Vec<Address> = message.envelope().addresses().cloned().collect();
                let (retry, now) = (&self.way.settings.retry, lease.claimed_at);
                let judged = judge_failure(&lease, error, &to, retry, now);
                self.unsettled.push(self.way.conclude(&lease, judged, &record));
                None
            }
        }
    }

    /// Hands a mail over that has passed the gate.
    async fn hand_over(&mut self, open: Open) {
        let Open { lease, message, offer, mut record } = open;
        let replies = offer.replies().to_vec();
        let handed = async {
            let receipt = offer.accept().await;
            adapter::send_rest(&*self.way.adapter, &message, receipt).await
        };
        let handed = caught(
            self.way.settings.patience,
            adapter::captured(handed.instrument(record.span.clone())),
        )
        .await;
        let (receipt, dialogue) =
            handed.unwrap_or_else(|broken| (unknown(replies, broken), Vec::new()));
        record.dialogue.extend(dialogue);
        self.received(&lease, &receipt, &record);
    }

    /// Hands a mail over and offers the next one behind it.
    async fn hand_over_and_offer(&mut self, open: Open, next: Lease) -> Option<Open> {
        if self.way.adapter.id().is_none() {
            // Nothing is gained by doing both at once.
            self.hand_over(open).await;
            return self.offer(next).await;
        }
        let Open { lease, message: _, offer, mut record } = open;
        let Ok(message) = next.message.clone() else { return None };
        let to: Vec<Address> = message.envelope().addresses().cloned().collect();
        let replies = offer.replies().to_vec();
        let both = offer.accept_and_offer(&*self.way.adapter, &message, &to);
        let both = adapter::captured(both.instrument(record.span.clone()));
        match caught(self.way.settings.patience, both).await {
            Ok(((receipt, offered), dialogue)) => {
                let (own, others) = split(dialogue);
                record.dialogue.extend(own);
                self.received(&lease, &receipt, &record);
                let mut record = Record::new(&next);
                record.dialogue = others;
                self.offered(next, message, offered, record)
            }
            Err(broken) => {
                // Which of the two it was nobody knows; of the next one nothing has left.
                self.way.take_care();
                self.received(&lease, &unknown(replies, broken), &record);
                self.unsettled.push(released(&next));
                None
            }
        }
    }

    fn received(&mut self, lease: &Lease, receipt: &Receipt, record: &Record) {
        let judged = judge(lease, receipt, &self.way.settings.retry, lease.claimed_at);
        self.unsettled.push(self.way.conclude(lease, judged, record));
    }

    /// Takes many mails through, half a window at a time: while one half is sent, the outcomes of
    /// the one before are written and the gates of the next one are passed, in one commit.
    async fn many(&mut self, first: Lease, window: usize) -> Result<(), QueueError> {
        let half = (window / 2).max(1);
        let octets = size(&first);
        let mut chunk = vec![first];
        chunk.extend(self.way.feed.more_bulk(half - 1, octets).await);
        let before = std::mem::take(&mut self.unsettled);
        let mut gated = self.gate(before, chunk).await?;
        while !gated.is_empty() {
            let next = self.way.feed.more_bulk(half, 0).await;
            let before = std::mem::take(&mut self.unsettled);
            let way = self.way;
            let mut sender = Lane { way, unsettled: Vec::new() };
            let (passed, ()) = tokio::join!(
                Self { way, unsettled: Vec::new() }.gate_or_give_back(before, next),
                sender.send_all(gated)
            );
            self.unsettled = sender.unsettled;
            match passed {
                Ok(passed) => gated = passed,
                Err(error) => {
                    self.settle().await?;
                    return Err(error);
                }
            }
        }
        self.settle().await
    }

    async fn gate_or_give_back(
        mut self,
        settle: Vec<Settlement>,
        chunk: Vec<Lease>,
    ) -> Result<Vec<Lease>, QueueError> {
        let passed = self.gate(settle, chunk).await?;
        self.settle().await?;
        Ok(passed)
    }

    /// Lets leases pass the gate; those that do not are given back with the next outcomes.
    async fn gate(
        &mut self,
        settle: Vec<Settlement>,
        chunk: Vec<Lease>,
    ) -> Result<Vec<Lease>, QueueError> {
        if self.way.is_stopped() && !chunk.is_empty() {
            self.unsettled.extend(chunk.iter().map(released));
            self.way.round(settle, Vec::new()).await?;
            return Ok(Vec::new());
        }
        match self.way.round(settle, tickets(&chunk)).await {
            Ok(passed) => {
                let (gated, refused) = parted(chunk, &passed.gated);
                self.unsettled.extend(refused.iter().map(released));
                Ok(gated)
            }
            Err(error) => {
                self.way.give_back(chunk).await;
                Err(error)
            }
        }
    }

    /// Whether another mail may be offered behind this one: not where the rest of its recipients may
    /// need the connection.
    fn can_go_on(&self, open: &Open) -> bool {
        let wanting = open.offer.replies().iter().any(RecipientOutcome::wants_next_transaction);
        !wanting && !nobody_accepts(&*open.offer) && !self.way.is_careful()
    }

    /// Sends mails that have passed the gate, each behind the one before where that goes.
    async fn send_all(&mut self, gated: Vec<Lease>) {
        let mut leases = gated.into_iter();
        let mut open: Option<Open> = None;
        while open.is_some() || leases.len() > 0 {
            let current = match open.take() {
                Some(current) => current,
                None => {
                    let Some(lease) = leases.next() else { return };
                    if self.way.is_stopped() {
                        self.unsettled.push(released(&lease));
                        continue;
                    }
                    match self.offer(lease).await {
                        Some(current) => current,
                        None => continue,
                    }
                }
            };
            let sound = leases.as_slice().first().is_some_and(|next| next.message.is_ok());
            match leases.next_if(sound && self.can_go_on(&current) && !self.way.is_stopped()) {
                Some(next) => open = self.hand_over_and_offer(current, next).await,
                None => self.hand_over(current).await,
            }
        }
    }
}

/// Takes the next item only if that is wanted.
trait NextIf: Iterator {
    fn next_if(&mut self, wanted: bool) -> Option<Self::Item> {
        if wanted { self.next() } else { None }
    }
}

impl NextIf for std::vec::IntoIter<Lease> {}

fn nobody_accepts(offer: &dyn Offer) -> bool {
    offer.replies().iter().all(|reply| reply.outcome != Outcome::Accepted)
}

/// An entry that cannot be sent at all waits for a person.
fn held(lease: &Lease, why: &str) -> Settlement {
    Settlement { next: Next::Held(why.to_owned()), ..released(lease) }
}

/// A mail on which the adapter breaks off waits for a person: nothing of it has left.
fn poison(lease: &Lease) -> Settlement {
    tracing::error!(entry = %lease.ticket.id, "the adapter has panicked");
    let said =
        Said { phase: "connect", text: "the adapter broke off".to_owned(), ..Said::default() };
    Settlement { last: Some(said), ..held(lease, POISON_REASON) }
}

/// The adapter did not come back: that is a matter of the route.
fn hung() -> DeliveryError {
    DeliveryError::new(Phase::Connect, Class::Transient).with_help(HUNG)
}

/// Nobody knows what became of a mail: the adapter broke off while it had it.
fn unknown(mut recipients: Vec<RecipientOutcome>, broken: Broken) -> Receipt {
    tracing::error!(?broken, "the adapter broke off with a mail that may have left");
    for one in &mut recipients {
        if one.outcome == Outcome::Accepted {
            (one.outcome, one.phase, one.reply) = (Outcome::Unknown, Phase::Dot, None);
        }
    }
    let help = if broken == Broken::Hung { HUNG } else { "the adapter broke off" };
    let error = DeliveryError::new(Phase::Dot, Class::Unknown).with_help(help);
    Receipt { recipients, error: Some(error) }
}

/// Parts a dialogue into that of the mail that was handed over and that of the next one: the body
/// and the first reply belong to the one, all else to the other.
fn split(dialogue: Vec<String>) -> (Vec<String>, Vec<String>) {
    let (mut own, mut next) = (Vec::new(), Vec::new());
    let (mut replied, mut body) = (false, false);
    for line in dialogue {
        let received = line.starts_with("<-") || line.starts_with("<~");
        let of_own = if received {
            let first = !replied;
            replied |= line.as_bytes().get(6) != Some(&b'-');
            first
        } else {
            let first = !body;
            body |= line.contains("(the message");
            first
        };
        if of_own { own.push(line) } else { next.push(line) }
    }
    (own, next)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn a_dialogue_of_two_mails_is_parted_at_body_and_reply() {
        let lines = [
            "-> (the message, 120 octets)",
            "-> MAIL FROM:<a@x.test>",
            "-> RCPT TO:<b@x.test>",
            "<- 250-queued",
            "<- 250 as 7",
            "<- 250 ok",
            "<- 550 no",
        ];
        let (own, next) = split(lines.iter().map(|line| (*line).to_owned()).collect());
        assert_eq!(own, [lines[0], lines[3], lines[4]]);
        assert_eq!(next, [lines[1], lines[2], lines[5], lines[6]]);
    }
}
