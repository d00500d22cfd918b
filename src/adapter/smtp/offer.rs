//! The SMTP offer: a session that waits for the word to send a body.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;

use crate::adapter::error::Fault;
use crate::adapter::{
    Adapter, AdapterId, Class, DeliveryError, Depth, Offer, Outcome, Phase, Receipt,
    RecipientOutcome,
};
use crate::message::{Address, Message};

use super::flight::{Flight, Landed, Step, check_step, give_accepted};
use super::link::Unfinished;
use super::pool::{Checkout, Pool};
use super::reply::Answer;
use super::settings::Pipelining;

pub(super) struct SmtpOffer {
    id: AdapterId,
    pool: Arc<Pool>,
    message: Message,
    depth: Depth,
    /// `None` if nobody was accepted: there is nothing to send.
    checkout: Option<Checkout>,
    replies: Vec<RecipientOutcome>,
}

impl SmtpOffer {
    /// Takes a session and asks for this mail; once more if the session turns out closed.
    pub(super) async fn make(
        id: AdapterId,
        pool: &Arc<Pool>,
        message: &Message,
        recipients: &[Address],
        depth: Depth,
    ) -> Result<Box<dyn Offer>, DeliveryError> {
        let mut checkout = pool.checkout().await?;
        let mut flight = match Flight::plan(&checkout.session, message, recipients, depth) {
            Ok(flight) => flight,
            Err(error) => {
                checkout.park();
                return Err(error);
            }
        };
        if !flight.asks_nobody() {
            let ran = run(&mut flight, &mut checkout).await;
            match ran {
                Ok(()) => {}
                Err(error) if checkout.reused && lost_while_idle(&error) => {
                    checkout = checkout.renew().await?;
                    flight = Flight::plan(&checkout.session, message, recipients, depth)?;
                    run(&mut flight, &mut checkout).await?;
                }
                Err(error) => return Err(error),
            }
        }
        Self::landed(id, pool, message, (flight, depth), checkout).await
    }

    /// Makes an offer of a flight whose replies are read.
    async fn landed(
        id: AdapterId,
        pool: &Arc<Pool>,
        message: &Message,
        (mut flight, depth): (Flight, Depth),
        mut checkout: Checkout,
    ) -> Result<Box<dyn Offer>, DeliveryError> {
        let landed = if flight.asks_nobody() {
            Landed::Over { clean: true }
        } else {
            flight.land(&mut checkout.session).await
        };
        let checkout = match landed {
            Landed::Open => Some(checkout),
            Landed::Over { clean } => {
                park_if(clean, checkout);
                None
            }
            Landed::Refused { error, clean } => {
                park_if(clean, checkout);
                return Err(error);
            }
        };
        let (pool, message) = (Arc::clone(pool), message.clone());
        Ok(Box::new(Self { id, pool, message, depth, checkout, replies: flight.into_replies() }))
    }

    /// Asks for the permission to send the body, where that was not part of the offer.
    async fn go_ahead(&mut self) -> Result<(), Receipt> {
        let Some(mut checkout) = self.checkout.take() else {
            return Err(self.receipt(None));
        };
        if self.depth == Depth::Envelope {
            let answer = match checkout.session.data().await {
                Ok(answer) => answer,
                Err(error) => return Err(self.lost(error)),
            };
            if let Err(error) = check_step(&checkout.session, Step::Data, &answer) {
                return Err(self.lost(error));
            }
            if answer.is_negative() {
                give_accepted(&mut self.replies, Phase::Data, answer.into_reply());
                let clean = checkout.session.reset().await;
                park_if(clean, checkout);
                return Err(self.receipt(None));
            }
        }
        self.checkout = Some(checkout);
        self.depth = Depth::Data;
        Ok(())
    }

    /// The receipt for what was said to the dot, and whether the session is still in step.
    fn concluded(&mut self, said: Result<Answer, Unfinished>) -> (Receipt, bool) {
        let answer = match said {
            Ok(answer) => answer,
            Err(Unfinished { mut error, dot_left }) => {
                if dot_left {
                    error.phase = Phase::Dot;
                    error.class = Class::Unknown;
                }
                return (self.lost(error), false);
            }
        };
        let (code, reply) = (answer.code, answer.into_reply());
        let class = match code {
            300..=399 => Class::Unknown,
            503 | 530 | 534 | 535 | 538 => Class::Transient,
            code => {
                give_accepted(&mut self.replies, Phase::Dot, reply);
                return (self.receipt(None), code != 421);
            }
        };
        let out_of_step = DeliveryError::new(Phase::Dot, class)
            .with_host(self.pool.settings().host())
            .with_reply(reply)
            .with_fault(Fault::OutOfStep);
        (self.lost(out_of_step), false)
    }

    fn receipt(&mut self, error: Option<DeliveryError>) -> Receipt {
        Receipt { recipients: std::mem::take(&mut self.replies), error }
    }

    /// Everyone who was accepted so far shares the fate of the link.
    fn lost(&mut self, error: DeliveryError) -> Receipt {
        for recipient in self.replies.iter_mut().filter(|r| r.outcome == Outcome::Accepted) {
            *recipient = error.outcome_for(&recipient.address);
        }
        self.receipt(Some(error))
    }

    /// The next mail's flight, if its commands may follow this body in the same write.
    fn joined(
        &mut self,
        adapter: &dyn Adapter,
        next: &Message,
        recipients: &[Address],
    ) -> Option<(Flight, Range<usize>, Checkout)> {
        let checkout = self.checkout.as_ref()?;
        let session = &checkout.session;
        let may = adapter.id() == Some(self.id)
            && session.settings.pipelining == Pipelining::Next
            && session.keywords.pipelining
            && checkout.may_go_on();
        if !may {
            return None;
        }
        let flight = Flight::plan(session, next, recipients, Depth::Data).ok()?;
        let steps = flight.single().filter(|_| !flight.asks_nobody())?;
        // The turn is taken last: it cannot be given back.
        if !self.pool.turn_is_now() {
            return None;
        }
        Some((flight, steps, self.checkout.take()?))
    }
}

#[async_trait]
impl Offer for SmtpOffer {
    fn replies(&self) -> &[RecipientOutcome] {
        &self.replies
    }

    async fn accept(mut self: Box<Self>) -> Receipt {
        if let Err(receipt) = self.go_ahead().await {
            return receipt;
        }
        let Some(mut checkout) = self.checkout.take() else {
            return self.receipt(None);
        };
        let said = checkout.session.body(self.message.as_bytes(), "").await;
        let (receipt, clean) = self.concluded(said);
        park_if(clean, checkout);
        receipt
    }

    async fn accept_and_offer(
        mut self: Box<Self>,
        adapter: &dyn Adapter,
        next: &Message,
        recipients: &[Address],
    ) -> (Receipt, Result<Box<dyn Offer>, DeliveryError>) {
        if let Err(receipt) = self.go_ahead().await {
            return (receipt, adapter.offer(next, recipients, Depth::Data).await);
        }
        let Some((mut flight, steps, mut checkout)) = self.joined(adapter, next, recipients) else {
            return (self.accept().await, adapter.offer(next, recipients, Depth::Data).await);
        };
        let behind = flight.commands(steps.clone());
        let said = checkout.session.body(self.message.as_bytes(), &behind).await;
        let (receipt, in_step) = self.concluded(said);
        if in_step {
            match flight.read(&mut checkout.session, steps).await {
                Ok(()) => {
                    let (id, pool) = (self.id, &self.pool);
                    let flight = (flight, Depth::Data);
                    return (receipt, Self::landed(id, pool, next, flight, checkout).await);
                }
                Err(error) if lost_while_idle(&error) => {}
                Err(error) => return (receipt, Err(error)),
            }
        }
        // The server closes after a mail, or the link is lost: the next mail begins anew.
        drop(checkout);
        (receipt, adapter.offer(next, recipients, Depth::Data).await)
    }

    async fn withdraw(mut self: Box<Self>) {
        // After DATA only the end of the connection takes the mail back: a dot would send it.
        if let (Depth::Envelope, Some(mut checkout)) = (self.depth, self.checkout.take()) {
            let clean = checkout.session.reset().await;
            park_if(clean, checkout);
        }
    }
}

async fn run(flight: &mut Flight, checkout: &mut Checkout) -> Result<(), DeliveryError> {
    let session = &mut checkout.session;
    let pipelined = session.keywords.pipelining && session.settings.pipelining != Pipelining::Off;
    flight.run(session, pipelined).await
}

fn park_if(clean: bool, checkout: Checkout) {
    if clean {
        checkout.park();
    }
}

/// Whether a server has just ended a connection that had no mail in it.
fn lost_while_idle(error: &DeliveryError) -> bool {
    matches!(error.fault(), Fault::Closed | Fault::Broken)
        || error.reply.as_ref().is_some_and(|reply| reply.code == 421)
}
