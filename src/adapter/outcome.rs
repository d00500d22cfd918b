//! The receipt: what the other side said to each recipient, and what that means.
//!
//! A reply is judged by its code and the phase in which it came, never by its text.
//!
//! RFC 5321 §4.2 (replies), RFC 3463 (enhanced codes), RFC 1047 (unknown).

use std::fmt;

use crate::message::{Address, Message};

use super::DeliveryError;

/// Where in a delivery something happened, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Phase {
    /// Our own rules, before anything was contacted.
    Policy,
    /// Finding the address of the server.
    Dns,
    /// Opening the connection, or starting the program.
    Connect,
    /// The server's first line.
    Greeting,
    /// EHLO and its keywords.
    Ehlo,
    /// STARTTLS and the TLS handshake.
    Tls,
    /// Login.
    Auth,
    /// The sender: MAIL FROM.
    Mail,
    /// A recipient: RCPT TO.
    Rcpt,
    /// The permission to send the body: DATA, and the body itself.
    Data,
    /// The end of the body: from here on the other side may have the mail.
    Dot,
}

impl Phase {
    /// The phase in one lower-case word: `policy`, `dns`, `connect`, …, `dot`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Greeting => "greeting",
            Self::Ehlo => "ehlo",
            Self::Tls => "tls",
            Self::Auth => "auth",
            Self::Mail => "mail",
            Self::Rcpt => "rcpt",
            Self::Data => "data",
            Self::Dot => "dot",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A reply of an SMTP server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The three digits, 200 to 599.
    pub code: u16,
    /// The enhanced code, such as `5.1.1`, if there is one of the same class.
    pub enhanced: Option<String>,
    /// The text without the codes, its lines joined by a space, without control characters.
    pub text: String,
}

impl Reply {
    /// The longest text that is kept, in characters.
    const TEXT_LIMIT: usize = 2_000;

    /// Reads the text of a reply: an enhanced code is taken off the front of each line.
    ///
    /// # Examples
    ///
    /// ```
    /// use mailmethod::adapter::Reply;
    ///
    /// let reply = Reply::new(550, "5.1.1 no such user\n5.1.1 here");
    /// assert_eq!(reply.enhanced.as_deref(), Some("5.1.1"));
    /// assert_eq!(reply.to_string(), "550 5.1.1 no such user here");
    /// ```
    #[must_use]
    pub fn new(code: u16, text: &str) -> Self {
        let mut enhanced = None;
        let mut kept = String::with_capacity(text.len().min(Self::TEXT_LIMIT));
        for line in text.lines() {
            let (found, rest) = split_enhanced(code, line);
            enhanced = enhanced.or(found);
            let rest = rest.trim();
            if !kept.is_empty() && !rest.is_empty() {
                kept.push(' ');
            }
            kept.extend(rest.chars().map(|c| if c.is_control() { ' ' } else { c }));
        }
        if let Some((end, _)) = kept.char_indices().nth(Self::TEXT_LIMIT) {
            kept.truncate(end);
            kept.push('…');
        }
        Self { code, enhanced: enhanced.map(str::to_owned), text: kept }
    }

    /// The same of a text that is kept where it is, if it is one plain line, as most are.
    #[cfg(feature = "smtp")]
    pub(crate) fn of(code: u16, mut text: String) -> Self {
        let plain = text.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
        if !plain || text.len() > Self::TEXT_LIMIT {
            return Self::new(code, &text);
        }
        let (enhanced, rest) = split_enhanced(code, &text);
        let enhanced = enhanced.map(str::to_owned);
        let begin = text.len() - rest.trim_start().len();
        text.drain(..begin);
        text.truncate(text.trim_end().len());
        Self { code, enhanced, text }
    }

    /// What the code alone means: 2yz accepted, 5yz refused, everything else deferred.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        match self.code {
            200..=299 => Outcome::Accepted,
            500..=599 => Outcome::Refused,
            _ => Outcome::Deferred,
        }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(enhanced) = &self.enhanced {
            write!(f, " {enhanced}")?;
        }
        if !self.text.is_empty() {
            write!(f, " {}", self.text)?;
        }
        Ok(())
    }
}

/// Takes `X.Y.Z` off the front of a line if X is the class of the code (RFC 2034 §4).
fn split_enhanced(code: u16, line: &str) -> (Option<&str>, &str) {
    let line = line.trim_start();
    let end = line.bytes().position(|b| b == b' ').unwrap_or(line.len());
    let (word, rest) = line.split_at_checked(end).unwrap_or((line, ""));
    let mut numbers = word.as_bytes().split(|&b| b == b'.');
    let class = matches!(numbers.next(), Some(&[digit]) if u16::from(digit) == u16::from(b'0') + code / 100);
    let digits = |part: Option<&[u8]>| {
        part.is_some_and(|part| {
            (1..=3).contains(&part.len()) && part.iter().all(u8::is_ascii_digit)
        })
    };
    let whole = class && digits(numbers.next()) && digits(numbers.next());
    if whole && numbers.next().is_none() { (Some(word), rest) } else { (None, line) }
}

/// What became of a mail for one recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The other side has taken it.
    Accepted,
    /// It was refused for good: 5yz, or by our own policy.
    Refused,
    /// It was not taken, and a later try may go better: 4yz, or a lost connection.
    Deferred,
    /// The link was lost after the end of the body: nobody can tell.
    Unknown,
}

impl Outcome {
    /// The outcome in one lower-case word: `accepted`, `refused`, `deferred`, `unknown`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Deferred => "deferred",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One recipient, what became of the mail for it, and the reply that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientOutcome {
    /// The recipient.
    pub address: Address,
    /// What became of the mail.
    pub outcome: Outcome,
    /// The phase in which that was decided.
    pub phase: Phase,
    /// The server's words; `None` where no server spoke.
    pub reply: Option<Reply>,
}

impl RecipientOutcome {
    /// Whether the server took other recipients and wants this one in a further transaction.
    ///
    /// 452 or 552 to RCPT, with the enhanced code X.5.3 or none (RFC 5321 §4.5.3.1.10). It counts
    /// only beside a recipient that was accepted.
    #[must_use]
    pub fn wants_next_transaction(&self) -> bool {
        self.phase == Phase::Rcpt
            && self.reply.as_ref().is_some_and(|reply| {
                matches!(reply.code, 452 | 552)
                    && reply.enhanced.as_ref().is_none_or(|code| code.ends_with(".5.3"))
            })
    }
}

/// What became of a whole mail, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Every recipient was accepted.
    Sent,
    /// Some were.
    Partial,
    /// None was accepted and at least one was refused for good.
    Refused,
    /// None was accepted and none was refused for good.
    Deferred,
    /// The reply to the end of the body was lost.
    Unknown,
}

impl Verdict {
    /// The verdict in one lower-case word: `sent`, `partial`, `refused`, `deferred`, `unknown`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Partial => "partial",
            Self::Refused => "refused",
            Self::Deferred => "deferred",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What became of an accepted offer.
#[derive(Clone, Debug, Default)]
pub struct Receipt {
    /// Each recipient of the offer, in its order.
    pub recipients: Vec<RecipientOutcome>,
    /// What broke on our way, if something did: the reason for `Unknown`, or for a `Deferred`
    /// without a reply.
    pub error: Option<DeliveryError>,
}

impl Receipt {
    /// The receipt of a message that could not be offered at all: the failure is an outcome of
    /// each recipient of its envelope.
    #[must_use]
    pub fn failed(error: DeliveryError, message: &Message) -> Self {
        let recipients = message.envelope().addresses().map(|one| error.outcome_for(one)).collect();
        Self { recipients, error: Some(error) }
    }

    /// The whole in one word.
    #[must_use]
    pub fn summary(&self) -> Verdict {
        let any = |wanted| self.recipients.iter().any(|recipient| recipient.outcome == wanted);
        if any(Outcome::Unknown) {
            Verdict::Unknown
        } else if any(Outcome::Accepted) {
            let all = !any(Outcome::Refused) && !any(Outcome::Deferred);
            if all { Verdict::Sent } else { Verdict::Partial }
        } else if any(Outcome::Refused) {
            Verdict::Refused
        } else {
            Verdict::Deferred
        }
    }

    /// The recipients that the server wants in a further transaction, in order.
    ///
    /// Empty if nobody was accepted: a further transaction would go no better.
    #[must_use]
    pub fn for_next_transaction(&self) -> Vec<Address> {
        if !self.recipients.iter().any(|recipient| recipient.outcome == Outcome::Accepted) {
            return Vec::new();
        }
        self.recipients
            .iter()
            .filter(|recipient| recipient.wants_next_transaction())
            .map(|recipient| recipient.address.clone())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{DeliveryError, Outcome, Phase, Receipt, RecipientOutcome, Reply, Verdict};
    use crate::adapter::Class;
    use crate::message::{Envelope, Field, Message, Recipient};

    fn receipt(outcomes: &[Outcome]) -> Receipt {
        let recipients = outcomes.iter().map(|&outcome| RecipientOutcome {
            address: "ada@example.test".parse().unwrap(),
            outcome,
            phase: Phase::Dot,
            reply: None,
        });
        Receipt { recipients: recipients.collect(), error: None }
    }

    #[cfg(feature = "smtp")]
    #[test]
    fn a_text_that_is_kept_reads_as_one_that_is_copied() {
        let long = "x".repeat(3_000);
        for text in [
            "",
            " ",
            "ok",
            " ok ",
            "2.1.5 ok",
            "2.1.5",
            " 2.1.5  Recipient ok ",
            "5.1.1 other class",
            "2.1 no code",
            "2.1.5\tok",
            "a\nb",
            "2.0.0 a\n2.0.0 b",
            "für",
            &long,
        ] {
            assert_eq!(Reply::of(250, text.to_owned()), Reply::new(250, text), "{text:?}");
        }
    }

    #[test]
    fn a_summary_is_one_word_for_all_recipients() {
        use Outcome::{Accepted, Deferred, Refused, Unknown};
        for (outcomes, verdict) in [
            (&[Accepted, Accepted][..], Verdict::Sent),
            (&[Accepted, Refused], Verdict::Partial),
            (&[Accepted, Deferred], Verdict::Partial),
            (&[Refused, Deferred], Verdict::Refused),
            (&[Deferred, Deferred], Verdict::Deferred),
            (&[], Verdict::Deferred),
            (&[Accepted, Unknown], Verdict::Unknown),
        ] {
            assert_eq!(receipt(outcomes).summary(), verdict, "{outcomes:?}");
        }
    }

    #[test]
    fn a_failure_before_any_reply_is_an_outcome_of_each_recipient() {
        let recipients = ["a@example.test", "b@example.test"]
            .map(|to| Recipient { address: to.parse().unwrap(), field: Field::To });
        let envelope = Envelope::new(None, recipients.to_vec()).unwrap();
        let message = Message::from_parts("<1@x.test>".to_owned(), envelope, Vec::new());
        let receipt = Receipt::failed(DeliveryError::new(Phase::Dns, Class::Transient), &message);
        assert_eq!(receipt.summary(), Verdict::Deferred);
        assert_eq!(receipt.recipients.len(), 2);
        assert!(receipt.error.is_some());
    }

    #[test]
    fn an_enhanced_code_is_taken_off_only_if_it_is_one_of_the_same_class() {
        for (text, enhanced, rest) in [
            ("5.1.1 unknown", Some("5.1.1"), "unknown"),
            ("4.1.1 unknown", None, "4.1.1 unknown"),
            ("5.1 unknown", None, "5.1 unknown"),
            ("5.1.1.1 unknown", None, "5.1.1.1 unknown"),
            ("5.1.1", Some("5.1.1"), ""),
            ("5.1.1234 x", None, "5.1.1234 x"),
            ("", None, ""),
        ] {
            let reply = Reply::new(550, text);
            assert_eq!((reply.enhanced.as_deref(), reply.text.as_str()), (enhanced, rest));
        }
    }

    #[test]
    fn a_text_holds_no_control_character_and_has_an_end() {
        let reply = Reply::new(250, &format!("a\u{1b}[31mb\u{7f}\n{}", "é".repeat(5_000)));
        assert!(reply.text.starts_with("a [31mb "));
        assert!(!reply.text.chars().any(char::is_control));
        assert_eq!(reply.text.chars().count(), 2_001);
    }

    #[test]
    fn only_too_many_recipients_asks_for_a_further_transaction() {
        let mut receipt = receipt(&[Outcome::Accepted, Outcome::Deferred]);
        for (code, text, wanted) in [
            (452, "4.5.3 too many", true),
            (452, "too many", true),
            (452, "4.2.2 mailbox full", false),
            (552, "5.5.3 too many", true),
            (450, "4.5.3 too many", false),
        ] {
            receipt.recipients[1].phase = Phase::Rcpt;
            receipt.recipients[1].reply = Some(Reply::new(code, text));
            assert_eq!(!receipt.for_next_transaction().is_empty(), wanted, "{code} {text}");
        }
        receipt.recipients.remove(0);
        assert!(receipt.for_next_transaction().is_empty());
    }
}
