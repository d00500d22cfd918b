//! `send`: renders a mail and hands it to an adapter, now.

use std::error::Error as _;
use std::sync::Arc;

use mailmethod::adapter::{
    self, Adapter, DeliveryError, Guarded, NullAdapter, Outcome, Phase, Receipt, Trace, Verdict,
};
use mailmethod::host::AdapterError;
use mailmethod::message::{Address, Envelope, Field, Message, Recipient, Stamp};
use mailmethod::source::{Finding, Findings};

use super::render::sealed;
use crate::args::Send;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::{json, request};

pub(super) fn run(context: &Context, args: &Send, output: &mut Output) -> Result<Exit, Failure> {
    let method = context.find(&args.call.method)?;
    let mail = request::mail(context, &args.call)?;
    let name = args.adapter.as_deref().unwrap_or(method.adapter());
    let adapter = open(context, name, args.trace)?;
    let stamp = if args.dry_run { Stamp::preview() } else { Stamp::now() };
    let message = readdressed(sealed(context, &mail, &stamp)?, &args.to);
    let adapter = if args.dry_run { Arc::new(NullAdapter) } else { adapter };
    let receipt = deliver(Guarded::new(adapter, context.settings.policy.clone()), &message)?;
    let error = reason(&receipt);
    let verdict = (!args.dry_run).then(|| receipt.summary());
    if output.json {
        let outcome = verdict.map(Verdict::as_str);
        output.json(&json::sent(message.id(), outcome, &receipt, error))?;
    } else {
        tell(context, &message, &receipt, verdict, output)?;
        if let Some((_, message)) = error {
            output.error(&format!("error[delivery]: {message}"));
        }
    }
    Ok(exit(&receipt))
}

/// The adapter of a URL, or of a name in the settings.
fn open(context: &Context, name: &str, traced: bool) -> Result<Arc<dyn Adapter>, Failure> {
    let wrong = |error: AdapterError| {
        let finding = Finding::error("adapter", error.to_string());
        Failure::one(Exit::Settings, finding)
    };
    let url = if name.contains(':') {
        name.to_owned()
    } else {
        match context.settings.adapter_url(name) {
            Ok(Some(url)) => url,
            Ok(None) => {
                let defined = context.settings.adapters().map(str::to_owned).collect();
                return Err(wrong(AdapterError::Undefined { name: name.to_owned(), defined }));
            }
            Err(Findings(findings)) => return Err(Failure::new(Exit::Settings, findings)),
        }
    };
    let opened = if traced {
        adapter::open_traced(&url, Trace::new(Output::trace))
    } else {
        adapter::open(&url)
    };
    opened.map_err(|error| {
        if name.contains(':') {
            // A URL may hold a password, so it is not shown.
            let finding =
                Finding::error("adapter", format!("the URL of --adapter is wrong: {error}"));
            return Failure::one(Exit::Settings, finding);
        }
        wrong(AdapterError::Url { name: name.to_owned(), error })
    })
}

/// The message to other recipients, if there are any; its bytes stay.
fn readdressed(message: Message, to: &[Address]) -> Message {
    let recipients =
        to.iter().map(|address| Recipient { address: address.clone(), field: Field::To });
    let sender = message.envelope().sender().cloned();
    match Envelope::new(sender, recipients.collect()) {
        Ok(envelope) => {
            Message::from_parts(message.id().to_owned(), envelope, message.as_bytes().to_vec())
        }
        // Nobody else was named.
        Err(_nobody) => message,
    }
}

/// Sends; a failure before any reply is an outcome of each recipient.
fn deliver(adapter: Guarded, message: &Message) -> Result<Receipt, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::io("started", "the runtime", &error))?;
    Ok(runtime.block_on(async {
        let receipt = match adapter::send(&adapter, message).await {
            Ok(receipt) => receipt,
            Err(error) => Receipt {
                recipients: message.envelope().addresses().map(|a| error.outcome_for(a)).collect(),
                error: Some(error),
            },
        };
        adapter.close().await;
        receipt
    }))
}

/// What broke, or whom our own rules block: the phase, and a sentence.
fn reason(receipt: &Receipt) -> Option<(&'static str, String)> {
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

fn tell(
    context: &Context,
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
    let redirect: Vec<&str> =
        context.settings.policy.redirect.iter().map(Address::as_str).collect();
    if !redirect.is_empty() {
        output.line(&format!("  all of it redirected to {}", redirect.join(", ")))?;
    }
    Ok(())
}

fn exit(receipt: &Receipt) -> Exit {
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
