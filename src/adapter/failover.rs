//! Failover: several ways out, tried in order; one that is down rests for a while.
//!
//! A mail changes its way only before it was accepted anywhere, so it is never
//! sent twice. A mail that a way refuses is refused: the next way is not asked.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use crate::message::{Address, Message};

use super::{Adapter, AdapterId, DeliveryError, Depth, Offer, Probe, Receipt, RecipientOutcome};

/// Several ways out, tried in order: `failover(smtp://a.test smtp://b.test)?cooldown=60s`.
#[derive(Clone, Debug)]
pub struct Failover {
    id: AdapterId,
    ways: Arc<[Way]>,
    cooldown: Duration,
}

#[derive(Debug)]
struct Way {
    adapter: Arc<dyn Adapter>,
    rests_until: Mutex<Option<Instant>>,
}

impl Failover {
    /// How long a way rests that was found to be down.
    pub const COOLDOWN: Duration = Duration::from_secs(60);

    /// Tries `first`, then each of `others`, in order.
    #[must_use]
    pub fn new(first: Arc<dyn Adapter>, others: Vec<Arc<dyn Adapter>>) -> Self {
        let way = |adapter| Way { adapter, rests_until: Mutex::new(None) };
        let ways = std::iter::once(first).chain(others).map(way).collect();
        Self { id: AdapterId::new(), ways, cooldown: Self::COOLDOWN }
    }

    /// Lets a way that was found to be down rest this long.
    #[must_use]
    pub const fn with_cooldown(mut self, cooldown: Duration) -> Self {
        self.cooldown = cooldown;
        self
    }
}

impl Way {
    fn rests(&self) -> bool {
        let until = *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }

    fn rest(&self, cooldown: Option<Duration>) {
        let until = cooldown.map(|cooldown| Instant::now() + cooldown);
        *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }
}

#[async_trait]
impl Adapter for Failover {
    async fn offer(
        &self,
        message: &Message,
        recipients: &[Address],
        depth: Depth,
    ) -> Result<Box<dyn Offer>, DeliveryError> {
        let awake: Vec<&Way> = self.ways.iter().filter(|way| !way.rests()).collect();
        // When every way rests, asking again is better than failing unasked.
        let asked = if awake.is_empty() { self.ways.iter().collect() } else { awake };
        let mut failed = None;
        for way in asked {
            match way.adapter.offer(message, recipients, depth).await {
                Ok(inner) => {
                    way.rest(None);
                    let adapter = Arc::clone(&way.adapter);
                    return Ok(Box::new(FailoverOffer { id: self.id, adapter, inner }));
                }
                Err(error) if error.blames_route() => {
                    way.rest(Some(self.cooldown));
                    failed = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        Err(failed.unwrap_or_else(|| {
            DeliveryError::new(super::Phase::Connect, super::Class::Transient).with_host("failover")
        }))
    }

    fn id(&self) -> Option<AdapterId> {
        Some(self.id)
    }

    fn max_offers(&self) -> usize {
        self.ways.iter().map(|way| way.adapter.max_offers()).min().unwrap_or(usize::MAX)
    }

    async fn probe(&self) -> Probe {
        let mut probe = Probe::default();
        for way in self.ways.iter() {
            let found = way.adapter.probe().await;
            probe.steps.extend(found.steps);
            probe.error = probe.error.or(found.error);
        }
        probe
    }

    async fn close(&self) {
        for way in self.ways.iter() {
            way.adapter.close().await;
        }
    }
}

/// An offer of one way; the next mail takes the same way as long as it works.
struct FailoverOffer {
    id: AdapterId,
    adapter: Arc<dyn Adapter>,
    inner: Box<dyn Offer>,
}

#[async_trait]
impl Offer for FailoverOffer {
    fn replies(&self) -> &[RecipientOutcome] {
        self.inner.replies()
    }

    async fn accept(self: Box<Self>) -> Receipt {
        self.inner.accept().await
    }

    async fn accept_and_offer(
        self: Box<Self>,
        adapter: &dyn Adapter,
        next: &Message,
        recipients: &[Address],
    ) -> (Receipt, Result<Box<dyn Offer>, DeliveryError>) {
        if adapter.id() != Some(self.id) {
            let receipt = self.inner.accept().await;
            return (receipt, adapter.offer(next, recipients, Depth::Data).await);
        }
        let (receipt, offered) =
            self.inner.accept_and_offer(&*self.adapter, next, recipients).await;
        let offered = match offered {
            Ok(inner) => {
                let same_way: Box<dyn Offer> =
                    Box::new(Self { id: self.id, adapter: self.adapter, inner });
                Ok(same_way)
            }
            Err(error) if error.blames_route() => {
                adapter.offer(next, recipients, Depth::Data).await
            }
            Err(error) => Err(error),
        };
        (receipt, offered)
    }

    async fn withdraw(self: Box<Self>) {
        self.inner.withdraw().await;
    }
}
