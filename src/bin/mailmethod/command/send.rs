//! `send`: renders a mail and hands it to an adapter, now.

use std::sync::Arc;

use mailmethod::adapter::{self, Adapter as _, Guarded, NullAdapter, Receipt, Verdict};
use mailmethod::message::{Address, Envelope, Field, Message, Recipient, Stamp};

use super::render::sealed;
use crate::args::Send;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::{json, outcome, request};

pub(super) fn run(context: &Context, args: &Send, output: &mut Output) -> Result<Exit, Failure> {
    let method = context.find(&args.call.method)?;
    let mail = request::mail(context, &args.call)?;
    let name = args.adapter.as_deref().unwrap_or(method.adapter());
    let adapter = context.adapter(name, args.trace)?;
    let stamp = if args.dry_run { Stamp::preview() } else { Stamp::now() };
    let message = readdressed(sealed(context, &mail, &stamp)?, &args.to);
    let adapter = if args.dry_run { Arc::new(NullAdapter) } else { adapter };
    let receipt = deliver(&Guarded::new(adapter, context.settings.policy.clone()), &message)?;
    let error = outcome::reason(&receipt);
    let verdict = (!args.dry_run).then(|| receipt.summary());
    if output.json {
        let outcome = verdict.map(Verdict::as_str);
        output.json(&json::sent(message.id(), outcome, &receipt, error))?;
    } else {
        outcome::tell(&message, &receipt, verdict, output)?;
        let redirect = &context.settings.policy.redirect;
        if !redirect.is_empty() {
            let to: Vec<&str> = redirect.iter().map(Address::as_str).collect();
            output.line(&format!("  all of it redirected to {}", to.join(", ")))?;
        }
        if let Some((_, message)) = error {
            output.error(&format!("error[delivery]: {message}"));
        }
    }
    Ok(outcome::exit(&receipt))
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
fn deliver(adapter: &Guarded, message: &Message) -> Result<Receipt, Failure> {
    Ok(super::runtime()?.block_on(async {
        let receipt = match adapter::send(adapter, message).await {
            Ok(receipt) => receipt,
            Err(error) => Receipt::failed(error, message),
        };
        adapter.close().await;
        receipt
    }))
}
