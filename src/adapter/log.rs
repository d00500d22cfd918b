//! The log adapter: one line a mail, without anything private.

use async_trait::async_trait;

use crate::message::{Address, Message};

use super::null::{all_accepted, handed_over};
use super::{Adapter, DeliveryError, Depth, Offer, Receipt, RecipientOutcome};

/// Writes one `tracing` line at info for each mail, and keeps none: `log:`.
///
/// The line has the Message-ID, the number of recipients and the size: no body,
/// no subject, no address.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogAdapter;

#[async_trait]
impl Adapter for LogAdapter {
    async fn offer(
        &self,
        message: &Message,
        recipients: &[Address],
        _depth: Depth,
    ) -> Result<Box<dyn Offer>, DeliveryError> {
        Ok(Box::new(LogOffer { message: message.clone(), replies: all_accepted(recipients) }))
    }
}

#[derive(Debug)]
struct LogOffer {
    message: Message,
    replies: Vec<RecipientOutcome>,
}

#[async_trait]
impl Offer for LogOffer {
    fn replies(&self) -> &[RecipientOutcome] {
        &self.replies
    }

    async fn accept(self: Box<Self>) -> Receipt {
        tracing::info!(
            message_id = self.message.id(),
            recipients = self.replies.len(),
            octets = self.message.as_bytes().len(),
            "mail logged, not sent"
        );
        Receipt { recipients: handed_over(self.replies), error: None }
    }

    async fn withdraw(self: Box<Self>) {}
}
