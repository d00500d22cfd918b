//! The outcome of a mail that was sent: in words, and as an exit code.

use std::error::Error as _;

use mailmethod::adapter::{DeliveryError, Outcome, Phase, Receipt, Verdict};
use mailmethod::message::Message;

use crate::exit::{Exit, Failure};
use crate::output::Output;

/// What broke, or whom our own rules block: the phase, and a sentence.
pub(crate) fn reason(receipt: &Receipt) -> Option<(&'static str, String)> {
    if let Some(error) = &receipt.error {
        return Some((error.phase.as_str(), sentence(error)));
    }
    let blocked: Vec<&str> = receipt
        .recipients
        .iter()
        .filter(|recipient| recipient.phase == Phase::Policy)
        .map(|recipient| recipient.address.as_str())
        .collect();
    let message = format!("`allow` in the settings does not let mail go to {}", blocked.join(", "));
    (!blocked.is_empty()).then(|| (Phase::Policy.as_str(), message))
}

/// The error with its causes and what to change; the phase stands beside it.
fn sentence(error: &DeliveryError) -> String {
    let text = error.to_string();
    let phase = format!("{}: ", error.phase);
    let mut sentence = text.strip_prefix(&phase).unwrap_or(&text).to_owned();
    let mut cause = error.source();
    while let Some(error) = cause {
        sentence.push_str(": ");
        sentence.push_str(&error.to_string());
        cause = error.source();
    }
    match error.help {
        Some(help) => format!("{sentence} ({help})"),
        None => sentence,
    }
}

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
