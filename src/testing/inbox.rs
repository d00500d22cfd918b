//! The inbox: what the host of a test sent.
//!
//! It pairs each message that its memory accepted with the mail that the host
//! sealed; no message is parsed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Received;
use super::failure::fail;
use crate::adapter::MemoryAdapter;
use crate::host::Observer;
use crate::message::{Address, Mail, Message};
use crate::source::nearest;

/// The mails that the [`TestHost`](super::TestHost) sent and that were accepted, in order.
///
/// Clones are handles of the same inbox.
///
/// # Examples
///
/// ```
/// use mailmethod::{Call, MailHost};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let host = MailHost::for_tests("templates").await?;
/// let call = Call::new("account/welcome").arg("name", "Ada")?.arg("email", "ada@example.test")?;
///
/// host.inbox().fail_next(451, "4.7.1 greylisted");
/// assert!(host.send(&call).await.is_err());
/// host.inbox().assert_empty();
///
/// host.send(&call).await?;
/// host.inbox().to("ada@example.test").one("account/welcome").assert_subject("Welcome, Ada");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Inbox {
    memory: MemoryAdapter,
    /// What the host sealed, in order.
    noted: Arc<Mutex<Vec<(Message, Mail)>>>,
    /// Looks at the mails to this address alone.
    to: Option<Address>,
}

/// Keeps the mail beside the message that was made of it.
impl Observer for Inbox {
    fn sealed(&self, mail: &Mail, message: &Message) {
        self.noted(|noted| noted.push((message.clone(), mail.clone())));
    }
}

impl Inbox {
    pub(super) fn new() -> Self {
        Self { memory: MemoryAdapter::new(), noted: Arc::default(), to: None }
    }

    fn noted<T>(&self, work: impl FnOnce(&mut Vec<(Message, Mail)>) -> T) -> T {
        work(&mut self.noted.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What was sealed, in order, with the id under which it was queued if it was.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(super) fn sealed(&self) -> Vec<(Message, Mail, Option<crate::queue::EntryId>)> {
        let id = |message: &Message| {
            let id = message.id().trim_start_matches('<').split('@').next()?;
            id.parse().ok()
        };
        let noted = self.noted(|noted| noted.clone());
        noted.into_iter().map(|(message, mail)| (message.clone(), mail, id(&message))).collect()
    }

    /// The adapter behind the inbox, to script further failures: a refused recipient, a lost
    /// reply. What is sent through it past the host is not in the inbox.
    #[must_use]
    pub const fn memory(&self) -> &MemoryAdapter {
        &self.memory
    }

    /// The mails, in the order in which they were accepted.
    #[must_use]
    pub fn all(&self) -> Vec<Received> {
        let mut all = self.sorted().0;
        all.retain(|mail| self.to.as_ref().is_none_or(|to| mail.recipients().contains(to)));
        all
    }

    /// The mails that were accepted, and those that were sent and not accepted; to anybody.
    fn sorted(&self) -> (Vec<Received>, Vec<Mail>) {
        let noted = self.noted(|noted| noted.clone());
        let mut by_id: HashMap<&str, Vec<usize>> = HashMap::new();
        for (number, (message, _)) in noted.iter().enumerate() {
            by_id.entry(message.id()).or_default().push(number);
        }
        let mut taken = vec![false; noted.len()];
        let mut received = Vec::new();
        for (message, recipients) in self.memory.accepted() {
            // A method may set the same Message-ID on all of its mails.
            let numbers = by_id.get(message.id()).map_or(&[][..], Vec::as_slice);
            let found = numbers.iter().find_map(|&number| {
                let (sealed, mail) = noted.get(number).filter(|(sealed, _)| *sealed == message)?;
                let taken = taken.get_mut(number).filter(|taken| !**taken)?;
                *taken = true;
                Some(Received::new(mail.clone(), sealed.clone(), recipients.clone()))
            });
            received.extend(found);
        }
        let failed = noted.into_iter().zip(taken).filter(|(_, taken)| !taken);
        (received, failed.map(|((_, mail), _)| mail).collect())
    }

    /// The one mail that there is.
    ///
    /// # Panics
    ///
    /// If there is none, or more than one; the text lists what there is.
    #[must_use]
    #[track_caller]
    pub fn only(&self) -> Received {
        let mut all = self.all();
        match (all.pop(), all.is_empty()) {
            (Some(only), true) => only,
            _ => fail(&self.unlike("exactly one mail")),
        }
    }

    /// The one mail of this method; `.` is as good as `/`.
    ///
    /// # Panics
    ///
    /// If there is none of it, or more than one; the text lists what there is.
    #[must_use]
    #[track_caller]
    pub fn one(&self, method: &str) -> Received {
        let method = method.replace('.', "/");
        let all = self.all();
        let mut of_it: Vec<&Received> = all.iter().filter(|mail| mail.method() == method).collect();
        if let (Some(one), true) = (of_it.pop(), of_it.is_empty()) {
            return one.clone();
        }
        let mut text = self.unlike(&format!("exactly one mail of {method}"));
        if let Some(near) = nearest(&method, all.iter().map(|mail| mail.method()))
            && near != method
        {
            text.push_str(&format!("\n  = help: did you mean {near}?"));
        }
        fail(&text)
    }

    /// The same inbox, looking only at mails that went to this address, as To, Cc or Bcc.
    ///
    /// # Panics
    ///
    /// If this is no address.
    #[must_use]
    #[track_caller]
    pub fn to(&self, address: &str) -> Self {
        match address.parse() {
            Ok(address) => Self { to: Some(address), ..self.clone() },
            Err(error) => fail(&format!("the inbox cannot look for this: {error}")),
        }
    }

    /// Whether there is no mail.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all().is_empty()
    }

    /// How many mails there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all().len()
    }

    /// Asserts that there is no mail.
    ///
    /// # Panics
    ///
    /// If there is one; the text lists what there is.
    #[track_caller]
    pub fn assert_empty(&self) {
        if !self.is_empty() {
            fail(&self.unlike("no mail"));
        }
    }

    /// Forgets every mail, whoever it went to.
    pub fn clear(&self) {
        self.noted(Vec::clear);
        self.memory.clear();
    }

    /// Answers the next mail's sender with this reply instead of taking the mail; several calls
    /// are several mails.
    pub fn fail_next(&self, code: u16, text: &str) {
        self.memory.fail_next(code, text);
    }

    /// What was expected, and all that there is instead.
    fn unlike(&self, expected: &str) -> String {
        let (received, failed) = self.sorted();
        let to = self.to.as_ref().map(|to| format!(" to {to}")).unwrap_or_default();
        let mut text = format!("expected {expected}{to}; ");
        text.push_str(&match received.len() {
            0 => "the inbox is empty".to_owned(),
            1 => "the inbox holds 1 mail:".to_owned(),
            count => format!("the inbox holds {count} mails:"),
        });
        text.extend(received.iter().map(|mail| format!("\n  {}", listed(mail))));
        if !failed.is_empty() {
            text.push_str("\nsent, and not accepted:");
            text.extend(failed.iter().map(|mail| format!("\n  {}", listed(mail))));
        }
        text
    }
}

/// A mail in one line: `account/welcome (en) → ada@example.test: Welcome, Ada`.
fn listed(mail: &Mail) -> String {
    let envelope = mail.envelope();
    let to: Vec<&str> = envelope.addresses().map(Address::as_str).collect();
    format!("{} ({}) → {}: {}", mail.method(), mail.locale(), to.join(", "), mail.subject())
}
