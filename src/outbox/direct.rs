//! The direct outbox: hands the mails of a transaction to their adapters, as its last participant.
//!
//! Prepare offers every mail (MAIL and RCPT) and takes the offer back, but for
//! the first mail's, which is held. So at most one connection is held for a
//! transaction, and none is waited for meanwhile: transactions cannot lock each
//! other out of a pool, however small. Finish accepts the held offer and sends
//! the others behind it, in call order, on the same connection where it can.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::oneshot;

use crate::adapter::{
    self, Adapter, DeliveryError, Depth, Offer, Outcome, Phase, Receipt, RecipientOutcome,
};
use crate::message::{Address, Message};
use crate::transaction::{BoxError, BoxFuture, FinishError, Participant};

use super::{NotOffered, OfferProblem, StagedMail, Undelivered};

/// Mails that leave when the transaction finishes.
///
/// A recipient who is not accepted when the mail is offered, be it for good
/// (5yz, or by our policy) or for now (4yz), refuses the whole transaction: once
/// the others have finished, nobody is left who could try again. A mail that
/// fails later does not keep the others from being sent.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use mailmethod::adapter::{MemoryAdapter, Outcome};
/// use mailmethod::message::{Draft, Header, Limits, Mail, Stamp};
/// use mailmethod::outbox::{DirectOutbox, StagedMail};
/// use mailmethod::transaction::Transaction;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let headers = vec![Header::parse("from", "shop@example.test")?, Header::parse("to", "ada@example.test")?];
/// let draft = Draft { headers, text: Some("Hi".into()), ..Draft::default() };
/// let (mail, stamp) = (Mail::new(draft, &Limits::default())?, Stamp::now());
/// let message = mail.seal(&stamp, &Limits::default())?;
///
/// let memory = MemoryAdapter::new();
/// let mail = StagedMail::new(mail, message, stamp, Arc::new(memory.clone()));
/// let (outbox, receipts) = DirectOutbox::new(&[mail]);
/// Transaction::new().commit_with_last(outbox).await?;
/// assert_eq!(receipts.await?[0].recipients[0].outcome, Outcome::Accepted);
/// assert_eq!(memory.messages().len(), 1);
/// # Ok(())
/// # }
/// ```
pub struct DirectOutbox {
    mails: Vec<Outgoing>,
    /// The offer of the first mail.
    held: Option<Box<dyn Offer>>,
    report: oneshot::Sender<Vec<Receipt>>,
    fallback: Option<Fallback>,
}

/// Takes over a mail that was not delivered to everybody after the others had finished: the number
/// of the mail, and what came of it.
pub type Fallback =
    Box<dyn Fn(usize, Receipt) -> BoxFuture<'static, Result<(), BoxError>> + Send + Sync>;

/// A message and its way out.
#[derive(Debug)]
struct Outgoing {
    message: Message,
    adapter: Arc<dyn Adapter>,
}

impl DirectOutbox {
    /// An outbox of these mails, in call order, and where their receipts come out, in the same
    /// order, once it has tried to finish. Mails that are staged for a queue are none of it.
    #[must_use]
    pub fn new(mails: &[StagedMail]) -> (Self, oneshot::Receiver<Vec<Receipt>>) {
        let (report, receipts) = oneshot::channel();
        let mails = mails.iter().filter_map(|mail| {
            Some(Outgoing { message: mail.message().clone(), adapter: Arc::clone(mail.adapter()?) })
        });
        (Self { mails: mails.collect(), held: None, report, fallback: None }, receipts)
    }

    /// Hands what could not be delivered in the end to somebody who goes on with it; then the
    /// transaction has committed.
    #[must_use]
    pub fn with_fallback(mut self, fallback: Fallback) -> Self {
        self.fallback = Some(fallback);
        self
    }
}

impl std::fmt::Debug for DirectOutbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DirectOutbox")
            .field("mails", &self.mails)
            .field("held", &self.held.is_some())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Participant for DirectOutbox {
    fn name(&self) -> &'static str {
        "mail"
    }

    /// Offers every mail to all of its recipients, the first one last.
    ///
    /// All that is wrong with any mail is reported at once; only where a way out is down, its
    /// further mails are not tried.
    async fn prepare(&mut self) -> Result<(), BoxError> {
        let mut problems = Vec::new();
        let mut down: HashSet<usize> = HashSet::new();
        for (index, mail) in self.mails.iter().enumerate().rev() {
            if down.contains(&route(&mail.adapter)) {
                continue;
            }
            match offered(mail).await {
                Ok(offer) if index == 0 => self.held = offer,
                Ok(offer) => give_back(offer).await,
                Err(problem) => {
                    if matches!(&problem, OfferProblem::Failed(error) if error.blames_route()) {
                        down.insert(route(&mail.adapter));
                    }
                    problems.push((mail.message.clone(), problem));
                }
            }
        }
        if problems.is_empty() {
            return Ok(());
        }
        problems.reverse();
        Err(NotOffered { mails: problems }.into())
    }

    async fn finish(self: Box<Self>) -> Result<(), FinishError> {
        let Self { mails, held, report, fallback } = *self;
        let mut handover = Handover { held, down: Vec::new() };
        let mut receipts: Vec<Receipt> = Vec::with_capacity(mails.len());
        for (index, mail) in mails.iter().enumerate() {
            let next = mails.get(index + 1).filter(|next| same_route(mail, next));
            receipts.push(handover.mail(mail, next).await);
        }
        let outcome = match &fallback {
            Some(fallback) => handed_on(fallback, &receipts).await,
            None => verdict(&mails, &receipts),
        };
        // Whoever waits for the receipts may have gone; the error still tells what was not sent.
        drop(report.send(receipts));
        outcome
    }

    async fn abort(mut self: Box<Self>) -> Result<(), BoxError> {
        if let Some(offer) = self.held.take() {
            offer.withdraw().await;
        }
        Ok(())
    }
}

/// Offers a mail to all of its recipients, in as many transactions as the server wants.
///
/// The offer stays open if it is one to all of them.
async fn offered(mail: &Outgoing) -> Result<Option<Box<dyn Offer>>, OfferProblem> {
    let mut rest: Vec<Address> = mail.message.envelope().addresses().cloned().collect();
    let mut whole = true;
    loop {
        let offer = mail.adapter.offer(&mail.message, &rest, Depth::Envelope).await;
        let offer = offer.map_err(OfferProblem::Failed)?;
        rest = wanted_later(&*offer);
        let refused: Vec<RecipientOutcome> = offer
            .replies()
            .iter()
            .filter(|reply| reply.outcome != Outcome::Accepted && !rest.contains(&reply.address))
            .cloned()
            .collect();
        if !refused.is_empty() {
            offer.withdraw().await;
            return Err(OfferProblem::Recipients(refused));
        }
        if rest.is_empty() && whole {
            return Ok(Some(offer));
        }
        offer.withdraw().await;
        if rest.is_empty() {
            return Ok(None);
        }
        whole = false;
    }
}

async fn give_back(offer: Option<Box<dyn Offer>>) {
    if let Some(offer) = offer {
        offer.withdraw().await;
    }
}

/// Whom the server wants in a further transaction ("too many recipients").
fn wanted_later(offer: &dyn Offer) -> Vec<Address> {
    Receipt { recipients: offer.replies().to_vec(), error: None }.for_next_transaction()
}

/// Handing mails over, one after the other.
struct Handover {
    /// An open offer of the mail whose turn is next.
    held: Option<Box<dyn Offer>>,
    /// Ways out that were found down, and why: their further mails are not tried.
    down: Vec<(usize, DeliveryError)>,
}

impl Handover {
    /// Hands a mail over, and offers the next one behind it if that goes the same way.
    async fn mail(&mut self, mail: &Outgoing, next: Option<&Outgoing>) -> Receipt {
        let offer = match self.held.take() {
            Some(offer) => offer,
            None => match self.offer(mail).await {
                Ok(offer) => offer,
                Err(error) => return Receipt::failed(error, &mail.message),
            },
        };
        let later = wanted_later(&*offer);
        let receipt = match next {
            // An offer behind this mail would keep the connection that the rest of it may need.
            Some(next) if later.is_empty() => {
                let to: Vec<Address> = next.message.envelope().addresses().cloned().collect();
                let adapter = &*next.adapter;
                let (receipt, behind) = offer.accept_and_offer(adapter, &next.message, &to).await;
                // If it failed, it is tried once more when its turn has come.
                self.held = behind.ok();
                receipt
            }
            _ => offer.accept().await,
        };
        if never_left(&receipt) {
            // The offer had waited for too long: nothing was sent, so it may be sent again.
            give_back(self.held.take()).await;
            return anew(mail).await;
        }
        adapter::send_rest(&*mail.adapter, &mail.message, receipt).await
    }

    async fn offer(&mut self, mail: &Outgoing) -> Result<Box<dyn Offer>, DeliveryError> {
        let route = route(&mail.adapter);
        if let Some((_, error)) = self.down.iter().find(|(down, _)| *down == route) {
            return Err(error.clone());
        }
        let to: Vec<Address> = mail.message.envelope().addresses().cloned().collect();
        let offered = mail.adapter.offer(&mail.message, &to, Depth::Data).await;
        if let Err(error) = &offered
            && error.blames_route()
            && error.phase <= Phase::Auth
        {
            self.down.push((route, error.clone()));
        }
        offered
    }
}

/// Sends a mail without an offer, in as many transactions as the server wants.
async fn anew(mail: &Outgoing) -> Receipt {
    let sent = adapter::send(&*mail.adapter, &mail.message).await;
    sent.unwrap_or_else(|error| Receipt::failed(error, &mail.message))
}

/// Whether the connection ended, or the server closed it, before any of the mail was sent.
fn never_left(receipt: &Receipt) -> bool {
    let nobody = |outcome| receipt.recipients.iter().all(|r| r.outcome != outcome);
    let closing = |r: &RecipientOutcome| {
        r.phase == Phase::Data && r.reply.as_ref().is_some_and(|reply| reply.code == 421)
    };
    let lost = receipt
        .error
        .as_ref()
        .is_some_and(|error| error.blames_route() && error.phase < Phase::Dot);
    nobody(Outcome::Accepted)
        && nobody(Outcome::Unknown)
        && (lost || receipt.recipients.iter().any(closing))
}

/// Hands on what was not delivered to everybody; what cannot be handed on is lost sight of.
async fn handed_on(fallback: &Fallback, receipts: &[Receipt]) -> Result<(), FinishError> {
    let mut failed = None;
    for (number, receipt) in receipts.iter().enumerate() {
        if !is_whole(receipt) {
            failed = fallback(number, receipt.clone()).await.err().or(failed);
        }
    }
    failed.map_or(Ok(()), |error| Err(FinishError::Uncertain(error)))
}

fn is_whole(receipt: &Receipt) -> bool {
    receipt.recipients.iter().all(|recipient| recipient.outcome == Outcome::Accepted)
}

/// Well if every recipient of every mail was accepted; undone if nobody has got anything.
fn verdict(mails: &[Outgoing], receipts: &[Receipt]) -> Result<(), FinishError> {
    let failed: Vec<(Message, Receipt)> = mails
        .iter()
        .zip(receipts)
        .filter(|(_, receipt)| !is_whole(receipt))
        .map(|(mail, receipt)| (mail.message.clone(), receipt.clone()))
        .collect();
    if failed.is_empty() {
        return Ok(());
    }
    let left = receipts
        .iter()
        .flat_map(|receipt| &receipt.recipients)
        .any(|recipient| matches!(recipient.outcome, Outcome::Accepted | Outcome::Unknown));
    let error = Undelivered { mails: failed };
    Err(if left { FinishError::uncertain(error) } else { FinishError::undone(error) })
}

fn same_route(one: &Outgoing, other: &Outgoing) -> bool {
    Arc::ptr_eq(&one.adapter, &other.adapter)
}

/// Names a way out; adapters live as long as their mails, so no two have the same address.
fn route(adapter: &Arc<dyn Adapter>) -> usize {
    Arc::as_ptr(adapter).cast::<()>().addr()
}
