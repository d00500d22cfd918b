//! An adapter that does what the address of a mail says, and remembers what it took.

#![allow(dead_code, reason = "each test binary uses what it needs")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test fails like the test")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use mailmethod::adapter::{
    Adapter, Class, DeliveryError, Depth, Offer, Outcome, Phase, Receipt, RecipientOutcome, Reply,
};
use mailmethod::message::{Address, Message};
use tokio::sync::Semaphore;

/// Takes every mail but for those to the addresses of `act`.
#[derive(Debug)]
pub(crate) struct Puppet {
    lanes: usize,
    /// How long each offer takes.
    pub(crate) pace: Duration,
    taken: Mutex<Vec<(String, String)>>,
    offers: AtomicUsize,
    /// Mails to `wait@…` are taken once this has a permit for them.
    pub(crate) gate: Semaphore,
}

impl Puppet {
    pub(crate) fn new(lanes: usize) -> Arc<Self> {
        Self::paced(lanes, Duration::ZERO)
    }

    pub(crate) fn paced(lanes: usize, pace: Duration) -> Arc<Self> {
        Arc::new(Self {
            lanes,
            pace,
            taken: Mutex::default(),
            offers: AtomicUsize::new(0),
            gate: Semaphore::new(0),
        })
    }

    /// Message-ID and recipient of all that was taken, in order.
    pub(crate) fn taken(&self) -> Vec<(String, String)> {
        self.taken.lock().unwrap().clone()
    }

    /// How many mails to this address were taken.
    pub(crate) fn count(&self, address: &str) -> usize {
        self.taken.lock().unwrap().iter().filter(|(_, to)| to == address).count()
    }

    /// How many offers were asked for.
    pub(crate) fn offers(&self) -> usize {
        self.offers.load(Ordering::Relaxed)
    }
}

fn outcome(address: &Address, outcome: Outcome, phase: Phase, reply: Reply) -> RecipientOutcome {
    RecipientOutcome { address: address.clone(), outcome, phase, reply: Some(reply) }
}

fn does(address: &Address, name: &str) -> bool {
    address.as_str().starts_with(&format!("{name}@"))
}

/// A puppet by a handle, so that offers can hold on to it.
#[derive(Debug)]
pub(crate) struct Strings(pub(crate) Arc<Puppet>);

#[async_trait]
impl Adapter for Strings {
    async fn offer(
        &self,
        message: &Message,
        recipients: &[Address],
        _depth: Depth,
    ) -> Result<Box<dyn Offer>, DeliveryError> {
        self.0.offers.fetch_add(1, Ordering::Relaxed);
        let any = |name: &str| recipients.iter().any(|one| does(one, name));
        if any("hang") {
            std::future::pending::<()>().await;
        }
        assert!(!any("panic"), "as told");
        if any("down") {
            return Err(DeliveryError::new(Phase::Connect, Class::Transient));
        }
        tokio::time::sleep(self.0.pace).await;
        let replies = recipients.iter().map(|one| match () {
            () if does(one, "refuse") => {
                outcome(one, Outcome::Refused, Phase::Rcpt, Reply::new(550, "5.1.1 no such user"))
            }
            () if does(one, "defer") => {
                outcome(one, Outcome::Deferred, Phase::Rcpt, Reply::new(451, "4.3.0 later"))
            }
            () if does(one, "nul") => {
                let reply = Reply { code: 550, enhanced: None, text: "nul\0and\u{7}bell".into() };
                outcome(one, Outcome::Refused, Phase::Rcpt, reply)
            }
            () if does(one, "long") => {
                let reply = Reply { code: 550, enhanced: None, text: "é".repeat(100_000) };
                outcome(one, Outcome::Refused, Phase::Rcpt, reply)
            }
            () => outcome(one, Outcome::Accepted, Phase::Rcpt, Reply::new(250, "ok")),
        });
        let offer = Taking {
            puppet: Arc::clone(&self.0),
            id: message.id().to_owned(),
            replies: replies.collect(),
        };
        Ok(Box::new(offer))
    }

    fn max_offers(&self) -> usize {
        self.0.lanes
    }
}

struct Taking {
    puppet: Arc<Puppet>,
    id: String,
    replies: Vec<RecipientOutcome>,
}

#[async_trait]
impl Offer for Taking {
    fn replies(&self) -> &[RecipientOutcome] {
        &self.replies
    }

    async fn accept(self: Box<Self>) -> Receipt {
        let Self { puppet, id, mut replies } = *self;
        let any = |name: &str| replies.iter().any(|one| does(&one.address, name));
        assert!(!any("panicdot"), "as told");
        if any("hangdot") {
            std::future::pending::<()>().await;
        }
        if any("wait") {
            puppet.gate.acquire().await.unwrap().forget();
        }
        for one in &mut replies {
            if one.outcome == Outcome::Accepted {
                one.phase = Phase::Dot;
                let took = (id.clone(), one.address.as_str().to_owned());
                puppet.taken.lock().unwrap().push(took);
            }
        }
        Receipt { recipients: replies, error: None }
    }

    async fn withdraw(self: Box<Self>) {}
}

/// The adapter of a puppet.
pub(crate) fn adapter(puppet: &Arc<Puppet>) -> Arc<dyn Adapter> {
    Arc::new(Strings(Arc::clone(puppet)))
}
