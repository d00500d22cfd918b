//! The outcome of a mail that was sent: in words, and as an exit code.

use mailmethod::adapter::{Outcome, Phase, Receipt, Verdict};
pub(crate) use mailmethod::manage::shape::reason;
use mailmethod::message::Message;

use crate::exit::{Exit, Failure};
use crate::output::Output;

/// Says what became of the mail for each recipient; without a verdict, what would.
pub(crate) fn tell(
    message: &Message,
    receipt: &Receipt,
    verdict: Option<Verdict>,
    output: &mut Output,
) -> Result<(), Failure> {
    let paint = output.paint();
    match verdict {
        None => output.line("dry run: nothing was sent")?,
        Some(verdict) => {
            let good = match verdict {
                Verdict::Sent => Some(true),
                Verdict::Refused => Some(false),
                Verdict::Partial | Verdict::Deferred | Verdict::Unknown => None,
            };
            let word = paint.outcome(verdict.as_str(), good);
            output.line(&format!("{word} {}", message.id()))?;
        }
    }
    for recipient in &receipt.recipients {
        let good = match recipient.outcome {
            Outcome::Accepted => Some(true),
            Outcome::Refused => Some(false),
            Outcome::Deferred | Outcome::Unknown => None,
        };
        let word = match (verdict, recipient.outcome) {
            (None, Outcome::Accepted) => "would go",
            (_, outcome) => outcome.as_str(),
        };
        let word = paint.outcome(&format!("{word:8}"), good);
        let reply = recipient.reply.as_ref().filter(|_| verdict.is_some());
        let reply = match reply {
            Some(reply) => format!("  {reply}"),
            None if recipient.phase == Phase::Policy => "  by our own policy".to_owned(),
            None => String::new(),
        };
        output.line(&format!("  {word}  {}{reply}", recipient.address))?;
    }
    Ok(())
}

/// The exit code that says it in one number.
pub(crate) fn exit(receipt: &Receipt) -> Exit {
    let any = |wanted| receipt.recipients.iter().any(|recipient| recipient.outcome == wanted);
    if receipt.recipients.iter().all(|recipient| recipient.phase == Phase::Policy) {
        Exit::NotAllowed
    } else if any(Outcome::Unknown) {
        Exit::TryLater
    } else if any(Outcome::Refused) {
        Exit::Refused
    } else if any(Outcome::Deferred) {
        Exit::TryLater
    } else {
        Exit::Done
    }
}
