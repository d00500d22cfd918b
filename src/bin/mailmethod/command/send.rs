//! `send`: renders a mail and hands it to an adapter, now.

use std::sync::Arc;

use mailmethod::adapter::{self, Adapter, Guarded, NullAdapter, Receipt, Trace, Verdict};
use mailmethod::host::AdapterError;
use mailmethod::message::{Address, Envelope, Field, Message, Recipient, Stamp};
use mailmethod::source::{Finding, Findings};

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
    let adapter = open(context, name, args.trace)?;
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
fn deliver(adapter: &Guarded, message: &Message) -> Result<Receipt, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::io("started", "the runtime", &error))?;
    Ok(runtime.block_on(async {
        let receipt = match adapter::send(adapter, message).await {
            Ok(receipt) => receipt,
            Err(error) => Receipt::failed(error, message),
        };
        adapter.close().await;
        receipt
    }))
}
