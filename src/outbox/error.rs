//! Why mail keeps a transaction from committing, or tears it.

use crate::adapter::{DeliveryError, Receipt, RecipientOutcome};
use crate::message::Message;

/// The mail is not staged in this transaction, or not any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this mail is not staged (any more)")]
pub struct UnknownMail;

/// Mails that their way out would not take: the transaction is refused before anything happened.
#[derive(Clone, Debug)]
pub struct NotOffered {
    /// The mails that were not taken, one or more, in call order.
    pub mails: Vec<(Message, OfferProblem)>,
}

/// Why a mail could not be offered to all of its recipients.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum OfferProblem {
    /// These recipients were not accepted, for now or for good; one or more.
    Recipients(Vec<RecipientOutcome>),
    /// The way out is down, or the sender or the message was refused.
    Failed(DeliveryError),
}

/// Mails that were not, or perhaps not, handed over for every recipient after the commit began.
#[derive(Clone, Debug)]
pub struct Undelivered {
    /// Those mails, one or more, in call order, with each recipient's outcome.
    pub mails: Vec<(Message, Receipt)>,
}

impl std::fmt::Display for NotOffered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not taken: ")?;
        for (number, (message, problem)) in self.mails.iter().enumerate() {
            let separator = if number == 0 { "" } else { "; " };
            write!(f, "{separator}mail {} ", message.id())?;
            match problem {
                OfferProblem::Failed(error) => write!(f, "({error})")?,
                OfferProblem::Recipients(outcomes) => write!(f, "({})", shown(outcomes))?,
            }
            if let OfferProblem::Failed(DeliveryError { help: Some(help), .. }) = problem {
                write!(f, " ({help})")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for NotOffered {}

impl std::fmt::Display for Undelivered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not delivered: ")?;
        for (number, (message, receipt)) in self.mails.iter().enumerate() {
            let separator = if number == 0 { "" } else { "; " };
            write!(f, "{separator}mail {} ", message.id())?;
            match &receipt.error {
                Some(error) => write!(f, "({error})")?,
                None => write!(f, "({})", shown(&receipt.recipients))?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for Undelivered {}

/// The recipients who were not accepted, each with the reply.
fn shown(outcomes: &[RecipientOutcome]) -> String {
    use crate::adapter::Outcome;
    let not_accepted = outcomes.iter().filter(|recipient| recipient.outcome != Outcome::Accepted);
    let texts = not_accepted.map(|recipient| {
        let reply = recipient.reply.as_ref().map(|reply| format!(": {reply}"));
        let reply = reply.unwrap_or_else(|| format!(" ({})", recipient.phase));
        format!("{} {}{reply}", recipient.address, recipient.outcome)
    });
    texts.collect::<Vec<_>>().join(", ")
}
