//! The null adapter: takes every mail and keeps none.

use async_trait::async_trait;

use crate::message::{Address, Message};

use super::{Adapter, DeliveryError, Depth, Offer, Outcome, Phase, Receipt, RecipientOutcome};

/// Takes every mail and keeps none: `null:`.
#[derive(Clone, Copy, Debug, Default)]
pub struct NullAdapter;

#[async_trait]
impl Adapter for NullAdapter {
    async fn offer(
        &self,
        _message: &Message,
        recipients: &[Address],
        _depth: Depth,
    ) -> Result<Box<dyn Offer>, DeliveryError> {
        Ok(Box::new(NullOffer { replies: all_accepted(recipients) }))
    }
}

#[derive(Debug)]
struct NullOffer {
    replies: Vec<RecipientOutcome>,
}

#[async_trait]
impl Offer for NullOffer {
    fn replies(&self) -> &[RecipientOutcome] {
        &self.replies
    }

    async fn accept(self: Box<Self>) -> Receipt {
        Receipt { recipients: handed_over(self.replies), error: None }
    }

    async fn withdraw(self: Box<Self>) {}
}

/// The replies of an adapter that has nobody to ask.
pub(super) fn all_accepted(recipients: &[Address]) -> Vec<RecipientOutcome> {
    recipients
        .iter()
        .map(|address| RecipientOutcome {
            address: address.clone(),
            outcome: Outcome::Accepted,
            phase: Phase::Rcpt,
            reply: None,
        })
        .collect()
}

/// The same recipients once the mail is handed over: what was accepted has reached the dot.
pub(super) fn handed_over(mut replies: Vec<RecipientOutcome>) -> Vec<RecipientOutcome> {
    for recipient in &mut replies {
        if recipient.outcome == Outcome::Accepted {
            recipient.phase = Phase::Dot;
        }
    }
    replies
}
