//! What every adapter must keep, as one suite: ours and a user's own.
//!
//! Where the suite can look at what arrived it compares octets; where it cannot
//! (a log, a black hole) it holds the adapter to its receipts.

use std::fmt;
use std::sync::Arc;

use crate::adapter::{Adapter, Depth, Outcome, Receipt, Verdict, send};
use crate::message::{Address, Envelope, Field, Message, Recipient};

/// A fresh adapter, and a way to look at what it delivered.
pub struct Subject {
    adapter: Arc<dyn Adapter>,
    delivered: Option<Delivered>,
}

type Delivered = Box<dyn Fn() -> Vec<Vec<u8>> + Send + Sync>;

impl Subject {
    /// An adapter whose deliveries cannot be looked at.
    #[must_use]
    pub fn new(adapter: Arc<dyn Adapter>) -> Self {
        Self { adapter, delivered: None }
    }

    /// Looks at what was delivered: the octets of each mail, in any order.
    #[must_use]
    pub fn delivering(
        mut self,
        delivered: impl Fn() -> Vec<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        self.delivered = Some(Box::new(delivered));
        self
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Subject").field(&self.adapter).finish()
    }
}

/// Runs the suite; `make` gives a fresh adapter for each of its cases.
///
/// # Panics
///
/// If the adapter breaks a promise of [`Adapter`] or [`Offer`](crate::adapter::Offer); the text
/// says which.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use mailmethod::adapter::MemoryAdapter;
/// use mailmethod::testing::{Subject, adapter_conforms};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// adapter_conforms(async || {
///     let memory = MemoryAdapter::new();
///     let seen = memory.clone();
///     Subject::new(Arc::new(memory)).delivering(move || {
///         seen.messages().iter().map(|message| message.as_bytes().to_vec()).collect()
///     })
/// })
/// .await;
/// # }
/// ```
pub async fn adapter_conforms(make: impl AsyncFn() -> Subject) {
    a_sent_mail_arrives_once_with_exactly_its_octets(&make().await).await;
    the_outcomes_are_those_of_the_recipients_that_were_asked(&make().await).await;
    both_depths_deliver_on_acceptance_and_not_before(&make().await).await;
    a_withdrawn_or_dropped_offer_delivers_nothing(&make().await).await;
    accepting_and_offering_delivers_both(&make().await).await;
    odd_bodies_arrive_unchanged(&make().await).await;
    many_tasks_share_one_adapter(&make().await).await;
    a_closed_adapter_opens_again(&make().await).await;
}

async fn a_sent_mail_arrives_once_with_exactly_its_octets(subject: &Subject) {
    let mail = mail(1, "Hello\r\n");
    let receipt = sent(subject, &mail).await;
    assert_eq!(receipt.summary(), Verdict::Sent, "a good mail is sent: {receipt:?}");
    arrived(subject, &[&mail]);
}

async fn the_outcomes_are_those_of_the_recipients_that_were_asked(subject: &Subject) {
    let mail = mail(1, "Hello\r\n");
    let all = recipients(&mail);
    let asked: Vec<Address> = all.iter().rev().take(2).cloned().collect();
    let offer = subject.adapter.offer(&mail, &asked, Depth::Data).await.expect_offer();
    let named: Vec<&Address> = offer.replies().iter().map(|reply| &reply.address).collect();
    assert_eq!(named, asked.iter().collect::<Vec<_>>(), "replies keep the order of the offer");
    let receipt = offer.accept().await;
    let named: Vec<&Address> = receipt.recipients.iter().map(|r| &r.address).collect();
    assert_eq!(named, asked.iter().collect::<Vec<_>>(), "the receipt keeps the order of the offer");
    arrived(subject, &[&mail]);
}

async fn both_depths_deliver_on_acceptance_and_not_before(subject: &Subject) {
    for (number, depth) in [(1, Depth::Envelope), (2, Depth::Data)] {
        let before = count(subject);
        let mail = mail(number, "Hello\r\n");
        let offer = subject.adapter.offer(&mail, &recipients(&mail), depth).await.expect_offer();
        assert!(offer.replies().iter().all(|reply| reply.outcome == Outcome::Accepted));
        assert_eq!(count(subject), before, "{depth:?}: nothing is delivered before acceptance");
        let receipt = offer.accept().await;
        assert_eq!(receipt.summary(), Verdict::Sent, "{depth:?}: {receipt:?}");
        assert_eq!(count(subject), before.map(|before| before + 1), "{depth:?}: once");
    }
}

async fn a_withdrawn_or_dropped_offer_delivers_nothing(subject: &Subject) {
    let unwanted = mail(1, "Never\r\n");
    for depth in [Depth::Envelope, Depth::Data] {
        let to = recipients(&unwanted);
        subject.adapter.offer(&unwanted, &to, depth).await.expect_offer().withdraw().await;
        drop(subject.adapter.offer(&unwanted, &to, depth).await.expect_offer());
    }
    let wanted = mail(2, "After all\r\n");
    let receipt = sent(subject, &wanted).await;
    assert_eq!(receipt.summary(), Verdict::Sent, "the adapter stays usable: {receipt:?}");
    arrived(subject, &[&wanted]);
}

async fn accepting_and_offering_delivers_both(subject: &Subject) {
    let mails: Vec<Message> = (1..=3).map(|number| mail(number, "Hello\r\n")).collect();
    let adapter = &*subject.adapter;
    let mut open = None;
    for mail in &mails {
        let to = recipients(mail);
        open = Some(match open.take() {
            None => adapter.offer(mail, &to, Depth::Data).await.expect_offer(),
            Some(offer) => {
                let offer: Box<dyn crate::adapter::Offer> = offer;
                let (receipt, next) = offer.accept_and_offer(adapter, mail, &to).await;
                assert_eq!(receipt.summary(), Verdict::Sent, "{receipt:?}");
                next.expect_offer()
            }
        });
    }
    if let Some(last) = open {
        assert_eq!(last.accept().await.summary(), Verdict::Sent);
    }
    arrived(subject, &mails.iter().collect::<Vec<_>>());
}

async fn odd_bodies_arrive_unchanged(subject: &Subject) {
    let long = format!("{}\r\n", "x".repeat(5_000));
    let large = "0123456789\r\n.\r\n".repeat(40_000);
    let bodies = [".\r\n", "..\r\n.\r\n", ".hidden\r\n\r\n.\r\nQUIT\r\n", &long, &large, ""];
    let mails: Vec<Message> = (1..).zip(bodies).map(|(number, body)| mail(number, body)).collect();
    for mail in &mails {
        let receipt = sent(subject, mail).await;
        assert_eq!(receipt.summary(), Verdict::Sent, "{receipt:?}");
    }
    arrived(subject, &mails.iter().collect::<Vec<_>>());
}

async fn many_tasks_share_one_adapter(subject: &Subject) {
    let mails: Vec<Message> = (1..=12).map(|number| mail(number, "Hello\r\n")).collect();
    let tasks: Vec<_> = mails
        .iter()
        .map(|mail| {
            let (adapter, mail) = (Arc::clone(&subject.adapter), mail.clone());
            tokio::spawn(async move { send(&*adapter, &mail).await })
        })
        .collect();
    for task in tasks {
        let receipt = task.await;
        let sent = matches!(&receipt, Ok(Ok(receipt)) if receipt.summary() == Verdict::Sent);
        assert!(sent, "every task sends its mail: {receipt:?}");
    }
    arrived(subject, &mails.iter().collect::<Vec<_>>());
}

async fn a_closed_adapter_opens_again(subject: &Subject) {
    let mails = [mail(1, "Before\r\n"), mail(2, "After\r\n")];
    for mail in &mails {
        let receipt = sent(subject, mail).await;
        assert_eq!(receipt.summary(), Verdict::Sent, "{receipt:?}");
        subject.adapter.close().await;
    }
    arrived(subject, &mails.each_ref());
}

async fn sent(subject: &Subject, mail: &Message) -> Receipt {
    let sent = send(&*subject.adapter, mail).await;
    assert!(sent.is_ok(), "a good mail is offered: {sent:?}");
    sent.unwrap_or_default()
}

/// A mail to three people, one of them in a blind copy.
fn mail(number: u32, body: &str) -> Message {
    let to = [("ada", Field::To), ("bob", Field::Cc), ("eve", Field::Bcc)];
    let recipients = to.into_iter().filter_map(|(name, field)| {
        let address = format!("{name}@example.test").parse().ok()?;
        Some(Recipient { address, field })
    });
    let sender = "shop@example.test".parse().ok();
    let head = format!("Message-ID: <{number}@example.test>\r\nSubject: {number}\r\n\r\n");
    let envelope = Envelope::new(sender, recipients.collect());
    assert!(envelope.is_ok(), "the suite's own envelope is good");
    let id = format!("<{number}@example.test>");
    let bytes = [head, body.to_owned()].concat().into_bytes();
    #[expect(clippy::unwrap_used, reason = "it was just looked at")]
    Message::from_parts(id, envelope.unwrap(), bytes)
}

fn recipients(mail: &Message) -> Vec<Address> {
    mail.envelope().addresses().cloned().collect()
}

fn count(subject: &Subject) -> Option<usize> {
    subject.delivered.as_ref().map(|delivered| delivered().len())
}

#[track_caller]
fn arrived(subject: &Subject, mails: &[&Message]) {
    let Some(delivered) = &subject.delivered else { return };
    let shown = |bytes: &[u8]| format!("{:.60} ({} octets)", bytes.escape_ascii(), bytes.len());
    let mut got: Vec<Vec<u8>> = delivered();
    let mut wanted: Vec<Vec<u8>> = mails.iter().map(|mail| mail.as_bytes().to_vec()).collect();
    got.sort();
    wanted.sort();
    let equal = got == wanted;
    let got: Vec<String> = got.iter().map(|bytes| shown(bytes)).collect();
    let wanted: Vec<String> = wanted.iter().map(|bytes| shown(bytes)).collect();
    assert!(equal, "delivered is {got:#?}, and should be {wanted:#?}");
}

trait ExpectOffer {
    fn expect_offer(self) -> Box<dyn crate::adapter::Offer>;
}

impl ExpectOffer for Result<Box<dyn crate::adapter::Offer>, crate::adapter::DeliveryError> {
    #[track_caller]
    fn expect_offer(self) -> Box<dyn crate::adapter::Offer> {
        match self {
            Ok(offer) => offer,
            #[expect(clippy::panic, reason = "a failed promise is how the suite speaks")]
            Err(error) => panic!("a good mail is offered: {error}"),
        }
    }
}
