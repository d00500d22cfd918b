//! The two traits of the room: the adapter, and the offer that it makes.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;

use crate::message::{Address, Message};

use super::{DeliveryError, Probe, Receipt, RecipientOutcome};

/// How far an offer goes before it waits for its acceptance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Depth {
    /// Sender and recipients: it may wait for seconds, and withdrawing it keeps the connection.
    Envelope,
    /// Everything but the body: acceptance follows at once, one round trip cheaper.
    Data,
}

/// Names one way out, so that an offer can tell whether the next mail goes the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AdapterId(u64);

impl AdapterId {
    /// A name that no other adapter of this process has.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "two new ids are never equal")]
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// A way out for sealed messages.
///
/// An adapter is shared between tasks. It keeps what makes the next mail cheap
/// (connections), and never what makes it wrong: an offer that is dropped,
/// cancelled or withdrawn delivers nothing and leaves the adapter usable.
///
/// # Examples
///
/// ```
/// use mailmethod::adapter::{Adapter, Depth, MemoryAdapter, Outcome};
/// use mailmethod::message::{Envelope, Field, Message, Recipient};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let to = Recipient { address: "ada@example.test".parse()?, field: Field::To };
/// let envelope = Envelope::new(None, vec![to])?;
/// let message = Message::from_parts("<1@x.test>".into(), envelope, b"Subject: Hi\r\n\r\n".into());
///
/// let adapter = MemoryAdapter::new();
/// let recipients: Vec<_> = message.envelope().addresses().cloned().collect();
/// let offer = adapter.offer(&message, &recipients, Depth::Envelope).await?;
/// assert!(adapter.messages().is_empty());
/// let receipt = offer.accept().await;
/// assert_eq!(receipt.recipients[0].outcome, Outcome::Accepted);
/// assert_eq!(adapter.messages().len(), 1);
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait Adapter: Send + Sync + Debug {
    /// Offers a message to some of its recipients (one or more), in order.
    ///
    /// # Errors
    ///
    /// [`DeliveryError`] if the offer as a whole failed: the way out is down, or
    /// the sender or the message was refused. A refused recipient is no error.
    async fn offer(
        &self,
        message: &Message,
        recipients: &[Address],
        depth: Depth,
    ) -> Result<Box<dyn Offer>, DeliveryError>;

    /// The name of this way out; `None` if its offers gain nothing from knowing the next mail.
    fn id(&self) -> Option<AdapterId> {
        None
    }

    /// How many offers can be open at once; a further one waits for one of these to end.
    fn max_offers(&self) -> usize {
        usize::MAX
    }

    /// Tries the way out as far as that goes without a mail, and tells what it saw.
    async fn probe(&self) -> Probe {
        Probe::default()
    }

    /// Says goodbye on connections that are kept open; the next offer opens new ones.
    async fn close(&self) {}
}

/// A mail that waits to be accepted or withdrawn. Dropping it withdraws it.
#[async_trait]
pub trait Offer: Send {
    /// What is known of each recipient so far, in the order of the offer.
    ///
    /// `Accepted` means that the mail will be handed over for this recipient.
    fn replies(&self) -> &[RecipientOutcome];

    /// Hands the mail over for the recipients that were accepted.
    ///
    /// If nobody was accepted, nothing is sent and the receipt says why.
    async fn accept(self: Box<Self>) -> Receipt;

    /// Accepts this mail and offers the next one (depth [`Depth::Data`]), in one go where possible.
    ///
    /// `adapter` is where the next mail goes; usually the one that made this offer.
    async fn accept_and_offer(
        self: Box<Self>,
        adapter: &dyn Adapter,
        next: &Message,
        recipients: &[Address],
    ) -> (Receipt, Result<Box<dyn Offer>, DeliveryError>) {
        let receipt = self.accept().await;
        (receipt, adapter.offer(next, recipients, Depth::Data).await)
    }

    /// Takes the offer back: nothing is delivered.
    async fn withdraw(self: Box<Self>);
}
