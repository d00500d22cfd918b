//! The policy: where mail may go outside of production.
//!
//! It acts on the envelope, so it holds for copies and blind copies too. First
//! everything is redirected, if a redirect is set; then the allow-list is asked
//! about every address that would really be used.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use async_trait::async_trait;

use crate::message::{Address, AddressError, Envelope, Field, Message, Recipient};

use super::{
    Adapter, AdapterId, Class, DeliveryError, Depth, Offer, Outcome, Phase, Probe, Receipt,
    RecipientOutcome,
};

/// Where mail may go; the default lets everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Where every mail goes instead of its recipients; empty is no redirect.
    pub redirect: Vec<Address>,
    /// Who may be a recipient; empty is everybody.
    pub allow: Vec<AllowRule>,
}

/// One line of the allow-list: an address, or every address of a domain.
///
/// # Examples
///
/// ```
/// use mailmethod::adapter::AllowRule;
///
/// let rule: AllowRule = "@example.test".parse()?;
/// assert!(rule.allows(&"ada@example.test".parse()?));
/// assert!(!rule.allows(&"ada@sub.example.test".parse()?));
/// # Ok::<(), mailmethod::message::AddressError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowRule {
    /// Exactly this address; letters are compared without case.
    Address(Address),
    /// Every address at exactly this domain, in A-labels.
    Domain(String),
}

impl AllowRule {
    /// Whether the rule allows this recipient.
    #[must_use]
    pub fn allows(&self, recipient: &Address) -> bool {
        match self {
            Self::Address(address) => {
                address.domain() == recipient.domain()
                    && address.local_part().eq_ignore_ascii_case(recipient.local_part())
            }
            Self::Domain(domain) => domain == recipient.domain(),
        }
    }
}

impl FromStr for AllowRule {
    type Err = AddressError;

    /// Reads `ada@example.test` or `@example.test`.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        if !text.starts_with('@') {
            return text.parse().map(Self::Address);
        }
        let any: Address = format!("any{text}")
            .parse()
            .map_err(|error: AddressError| AddressError { text: text.to_owned(), ..error })?;
        Ok(Self::Domain(any.domain().to_owned()))
    }
}

impl fmt::Display for AllowRule {
    /// The rule as it is read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => f.write_str(address.as_str()),
            Self::Domain(domain) => write!(f, "@{domain}"),
        }
    }
}

impl Policy {
    /// Whether an address may get mail.
    #[must_use]
    pub fn allows(&self, address: &Address) -> bool {
        self.allow.is_empty() || self.allow.iter().any(|rule| rule.allows(address))
    }

    /// What is really offered: the message, to whom, and which recipients are blocked.
    fn apply(&self, message: &Message, recipients: &[Address]) -> Applied {
        if self.redirect.is_empty() {
            let to = recipients.iter().filter(|address| self.allows(address)).cloned().collect();
            return Applied { message: message.clone(), to, redirected: false };
        }
        let to = self.redirect.iter().filter(|address| self.allows(address)).cloned().collect();
        Applied { message: self.redirected(message), to, redirected: true }
    }

    /// The message with a new envelope, and the old one as `X-Original-To` (without blind copies).
    fn redirected(&self, message: &Message) -> Message {
        let recipients = self.redirect.iter().cloned();
        let recipients = recipients.map(|address| Recipient { address, field: Field::To });
        let sender = message.envelope().sender().cloned();
        let Ok(envelope) = Envelope::new(sender, recipients.collect()) else {
            return message.clone();
        };
        let mut bytes = Vec::with_capacity(message.as_bytes().len() + 256);
        for recipient in message.envelope().recipients() {
            if recipient.field != Field::Bcc {
                bytes.extend_from_slice(b"X-Original-To: ");
                bytes.extend_from_slice(recipient.address.as_str().as_bytes());
                bytes.extend_from_slice(b"\r\n");
            }
        }
        bytes.extend_from_slice(message.as_bytes());
        Message::from_parts(message.id().to_owned(), envelope, bytes)
    }
}

struct Applied {
    message: Message,
    to: Vec<Address>,
    redirected: bool,
}

/// An adapter behind a policy.
#[derive(Clone, Debug)]
pub struct Guarded {
    id: AdapterId,
    inner: Arc<dyn Adapter>,
    policy: Arc<Policy>,
}

impl Guarded {
    /// Puts a policy in front of an adapter.
    #[must_use]
    pub fn new(inner: Arc<dyn Adapter>, policy: Policy) -> Self {
        Self { id: AdapterId::new(), inner, policy: Arc::new(policy) }
    }

    fn offered(
        &self,
        recipients: &[Address],
        redirected: bool,
        inner: Option<Box<dyn Offer>>,
    ) -> Box<dyn Offer> {
        let replies = inner.as_ref().map_or(&[][..], |inner| inner.replies());
        let replies = for_recipients(recipients, replies, redirected);
        Box::new(GuardedOffer { guarded: self.clone(), inner, redirected, replies })
    }
}

#[async_trait]
impl Adapter for Guarded {
    async fn offer(
        &self,
        message: &Message,
        recipients: &[Address],
        depth: Depth,
    ) -> Result<Box<dyn Offer>, DeliveryError> {
        let Applied { message, to, redirected } = self.policy.apply(message, recipients);
        let inner =
            if to.is_empty() { None } else { Some(self.inner.offer(&message, &to, depth).await?) };
        Ok(self.offered(recipients, redirected, inner))
    }

    fn id(&self) -> Option<AdapterId> {
        Some(self.id)
    }

    fn max_offers(&self) -> usize {
        self.inner.max_offers()
    }

    async fn probe(&self) -> Probe {
        self.inner.probe().await
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}

/// An offer to those whom the policy lets through; `inner` is `None` if that is nobody.
struct GuardedOffer {
    guarded: Guarded,
    inner: Option<Box<dyn Offer>>,
    redirected: bool,
    replies: Vec<RecipientOutcome>,
}

impl GuardedOffer {
    fn receipt(replies: &[RecipientOutcome], redirected: bool, inner: Receipt) -> Receipt {
        let asked: Vec<Address> = replies.iter().map(|reply| reply.address.clone()).collect();
        let recipients = for_recipients(&asked, &inner.recipients, redirected);
        Receipt { recipients, error: inner.error }
    }
}

#[async_trait]
impl Offer for GuardedOffer {
    fn replies(&self) -> &[RecipientOutcome] {
        &self.replies
    }

    async fn accept(self: Box<Self>) -> Receipt {
        match self.inner {
            None => Receipt { recipients: self.replies, error: None },
            Some(inner) => Self::receipt(&self.replies, self.redirected, inner.accept().await),
        }
    }

    async fn accept_and_offer(
        self: Box<Self>,
        adapter: &dyn Adapter,
        next: &Message,
        recipients: &[Address],
    ) -> (Receipt, Result<Box<dyn Offer>, DeliveryError>) {
        let Self { guarded, inner, redirected, replies } = *self;
        let applied = guarded.policy.apply(next, recipients);
        let same = adapter.id() == Some(guarded.id) && !applied.to.is_empty();
        match inner {
            Some(inner) if same => {
                let (receipt, offered) =
                    inner.accept_and_offer(&*guarded.inner, &applied.message, &applied.to).await;
                let offered = offered
                    .map(|inner| guarded.offered(recipients, applied.redirected, Some(inner)));
                (Self::receipt(&replies, redirected, receipt), offered)
            }
            inner => {
                let alone = Box::new(Self { guarded, inner, redirected, replies });
                (alone.accept().await, adapter.offer(next, recipients, Depth::Data).await)
            }
        }
    }

    async fn withdraw(self: Box<Self>) {
        if let Some(inner) = self.inner {
            inner.withdraw().await;
        }
    }
}

/// What the inner replies mean for the recipients that were asked for.
///
/// Redirected, everyone has the worst outcome of the addresses that stand in for them. Otherwise
/// a recipient without a reply was never asked: the policy blocks it.
fn for_recipients(
    recipients: &[Address],
    inner: &[RecipientOutcome],
    redirected: bool,
) -> Vec<RecipientOutcome> {
    let worst = inner.iter().find(|reply| reply.outcome != Outcome::Accepted).or(inner.first());
    let blocked = DeliveryError::new(Phase::Policy, Class::Permanent);
    recipients
        .iter()
        .map(|address| {
            let own = inner.iter().find(|reply| reply.address == *address);
            match if redirected { worst } else { own } {
                Some(reply) => RecipientOutcome { address: address.clone(), ..reply.clone() },
                None => blocked.outcome_for(address),
            }
        })
        .collect()
}
