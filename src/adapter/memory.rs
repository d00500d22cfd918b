//! The memory adapter: mail stays in this process, where a test can look at it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use crate::message::{Address, Message};

use super::error::Fault;
use super::null::{all_accepted, handed_over};
use super::{
    Adapter, Class, DeliveryError, Depth, Offer, Outcome, Phase, Receipt, RecipientOutcome, Reply,
};

/// Keeps mail in memory: `memory:`. Clones share one memory.
///
/// # Examples
///
/// ```
/// use mailmethod::adapter::{self, MemoryAdapter, Verdict};
/// # use mailmethod::message::{Envelope, Field, Message, Recipient};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let to = Recipient { address: "ada@example.test".parse()?, field: Field::To };
/// # let envelope = Envelope::new(None, vec![to])?;
/// # let message = Message::from_parts("<1@x.test>".into(), envelope, b"\r\n".into());
/// let adapter = MemoryAdapter::new();
/// adapter.fail_next(451, "4.7.1 come back later");
/// assert_eq!(adapter::send(&adapter, &message).await.unwrap_err().summary(), Verdict::Deferred);
/// assert_eq!(adapter::send(&adapter, &message).await?.summary(), Verdict::Sent);
/// assert_eq!(adapter.messages(), [message]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryAdapter {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    last_key: u64,
    staged: Vec<(u64, Message)>,
    accepted: Vec<(Message, Vec<Address>)>,
    next: Vec<Script>,
    refused: HashMap<Address, Reply>,
}

/// What the next mail meets.
#[derive(Debug)]
enum Script {
    Mail(Reply),
    Dot(Reply),
    LostDot,
}

impl MemoryAdapter {
    /// An empty memory.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The messages that were accepted, in order.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        self.with(|state| state.accepted.iter().map(|(message, _)| message.clone()).collect())
    }

    /// The messages that were accepted, in order, each with the recipients it went to.
    #[must_use]
    pub fn accepted(&self) -> Vec<(Message, Vec<Address>)> {
        self.with(|state| state.accepted.clone())
    }

    /// The messages that are offered and neither accepted nor withdrawn, in order.
    #[must_use]
    pub fn staged(&self) -> Vec<Message> {
        self.with(|state| state.staged.iter().map(|(_, message)| message.clone()).collect())
    }

    /// Forgets every accepted message.
    pub fn clear(&self) {
        self.with(|state| state.accepted.clear());
    }

    /// Answers the next mail's sender with this reply; several calls are several mails.
    pub fn fail_next(&self, code: u16, text: &str) {
        self.with(|state| state.next.push(Script::Mail(Reply::new(code, text))));
    }

    /// Answers the end of the next mail's body with this reply.
    pub fn fail_next_dot(&self, code: u16, text: &str) {
        self.with(|state| state.next.push(Script::Dot(Reply::new(code, text))));
    }

    /// Loses the reply to the end of the next mail's body: the mail is taken, its outcome unknown.
    pub fn lose_next_dot(&self) {
        self.with(|state| state.next.push(Script::LostDot));
    }

    /// Answers this recipient with this reply from now on.
    pub fn refuse(&self, address: &Address, code: u16, text: &str) {
        let reply = Reply::new(code, text);
        self.with(|state| state.refused.insert(address.clone(), reply));
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Adapter for MemoryAdapter {
    async fn offer(
        &self,
        message: &Message,
        recipients: &[Address],
        _depth: Depth,
    ) -> Result<Box<dyn Offer>, DeliveryError> {
        self.with(|state| {
            let script = (!state.next.is_empty()).then(|| state.next.remove(0));
            if let Some(Script::Mail(reply)) = script {
                let class = match reply.outcome() {
                    Outcome::Refused => Class::Permanent,
                    _ => Class::Transient,
                };
                return Err(DeliveryError::new(Phase::Mail, class)
                    .with_host("memory")
                    .with_reply(reply));
            }
            let mut replies = all_accepted(recipients);
            for recipient in &mut replies {
                if let Some(reply) = state.refused.get(&recipient.address) {
                    recipient.outcome = reply.outcome();
                    recipient.reply = Some(reply.clone());
                }
            }
            state.last_key += 1;
            let key = state.last_key;
            state.staged.push((key, message.clone()));
            let offer: Box<dyn Offer> =
                Box::new(MemoryOffer { memory: self.clone(), key, script, replies });
            Ok(offer)
        })
    }
}

/// A staged mail; dropping it takes it off the stage.
#[derive(Debug)]
struct MemoryOffer {
    memory: MemoryAdapter,
    key: u64,
    script: Option<Script>,
    replies: Vec<RecipientOutcome>,
}

impl MemoryOffer {
    fn unstage(&self) -> Option<Message> {
        self.memory.with(|state| {
            let position = state.staged.iter().position(|(key, _)| *key == self.key)?;
            Some(state.staged.remove(position).1)
        })
    }
}

#[async_trait]
impl Offer for MemoryOffer {
    fn replies(&self) -> &[RecipientOutcome] {
        &self.replies
    }

    async fn accept(mut self: Box<Self>) -> Receipt {
        let mut recipients = std::mem::take(&mut self.replies);
        let taken: Vec<Address> = recipients
            .iter()
            .filter(|recipient| recipient.outcome == Outcome::Accepted)
            .map(|recipient| recipient.address.clone())
            .collect();
        recipients = handed_over(recipients);
        let (message, script) = (self.unstage(), self.script.take());
        let (Some(message), false) = (message, taken.is_empty()) else {
            return Receipt { recipients, error: None };
        };
        let mut error = None;
        if let Some(Script::Dot(reply)) = script {
            for recipient in recipients.iter_mut().filter(|r| r.outcome == Outcome::Accepted) {
                recipient.outcome = reply.outcome();
                recipient.reply = Some(reply.clone());
            }
        } else {
            if matches!(script, Some(Script::LostDot)) {
                for recipient in recipients.iter_mut().filter(|r| r.outcome == Outcome::Accepted) {
                    recipient.outcome = Outcome::Unknown;
                }
                let lost = DeliveryError::new(Phase::Dot, Class::Unknown).with_host("memory");
                error = Some(lost.with_fault(Fault::Closed));
            }
            self.memory.with(|state| state.accepted.push((message, taken)));
        }
        Receipt { recipients, error }
    }

    async fn withdraw(self: Box<Self>) {}
}

impl Drop for MemoryOffer {
    fn drop(&mut self) {
        self.unstage();
    }
}
