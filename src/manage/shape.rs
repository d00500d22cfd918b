//! The shapes: the JSON documents of the API, which are those of the program's `--json` as well.
//!
//! Names are a promise; what is added later is added behind. Mails of the queue
//! serialise themselves.

use std::error::Error as _;

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::adapter::{DeliveryError, Outcome, Phase, Receipt, RecipientOutcome};
use crate::message::{Attachment, Mail, Message, Stamp};
use crate::method::{Explained, MailMethod, Parameter, ValueOrigin};
use crate::queue::{Detail, Explanation};
use crate::source::Finding;

/// An error or finding, without its severity.
#[must_use]
pub fn error(finding: &Finding) -> Value {
    let place = finding.location.as_ref();
    json!({
        "code": finding.code,
        "message": finding.message,
        "file": place.map(|place| &place.file),
        "line": place.map(|place| place.line).filter(|line| *line > 0),
        "column": place.map(|place| place.column).filter(|column| *column > 0),
        "path": finding.path,
        "help": finding.help,
    })
}

/// One entry of a list of methods.
#[must_use]
pub fn method(method: &MailMethod) -> Value {
    json!({
        "name": method.name(),
        "description": method.description(),
        "kind": method.kind().as_str(),
        "adapter": method.adapter(),
        "arguments": method.parameters().all().iter().map(parameter).collect::<Value>(),
        "locales": method.locales().iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
        "samples": method.samples().collect::<Vec<_>>(),
    })
}

fn parameter(parameter: &Parameter) -> Value {
    json!({
        "name": parameter.name(),
        "type": parameter.kind().name(),
        "optional": parameter.is_optional(),
        "secret": parameter.is_secret(),
        "default": parameter.default(),
    })
}

/// What a list says of a mail, its history, and why it is where it is.
#[must_use]
pub fn why(detail: &Detail, explanation: &Explanation) -> Value {
    const LISTED: [&str; 14] = [
        "id",
        "state",
        "view",
        "method",
        "to",
        "subject",
        "attempts",
        "due",
        "last",
        "recipients",
        "message_id",
        "key",
        "reason",
        "events",
    ];
    let mut document = Map::from_iter([("v".to_owned(), json!(1))]);
    if let Value::Object(mut all) = json!(detail) {
        for name in LISTED {
            document.insert(name.to_owned(), all.remove(name).unwrap_or_default());
        }
    }
    document.insert("explanation".to_owned(), json!(explanation));
    Value::Object(document)
}

/// A rendered mail with its sealed message.
#[must_use]
pub fn mail(mail: &Mail, message: &Message, stamp: &Stamp) -> Value {
    let envelope = message.envelope();
    json!({
        "v": 1,
        "method": mail.method(),
        "locale": mail.locale(),
        "envelope": {
            "from": envelope.sender().map(|sender| sender.as_str()),
            "to": envelope.addresses().map(|address| address.as_str()).collect::<Vec<_>>(),
        },
        "headers": mail.sealed_headers(stamp),
        "subject": mail.header("subject"),
        "text": mail.text(),
        "html": mail.html(),
        "attachments": mail.attachments().iter().map(attachment).collect::<Value>(),
        "message_id": message.id(),
        "raw": String::from_utf8_lossy(message.as_bytes()),
        "preheader": mail.preheader(),
    })
}

/// Where each value of a mail comes from.
#[must_use]
pub fn explained(explained: &Explained) -> Value {
    let headers = explained.headers.iter().map(|header| {
        let translations = header
            .translations
            .iter()
            .map(|(key, place)| json!({ "key": key, "file": place.file, "line": place.line }));
        json!({
            "name": header.name,
            "value": header.value,
            "origin": origin(&header.origin),
            "translations": translations.collect::<Value>(),
        })
    });
    let bodies = explained.bodies.iter();
    let bodies = bodies.map(|(part, from)| json!({ "part": part, "origin": origin(from) }));
    let recipients = explained.recipients.iter().map(|one| {
        json!({
            "address": one.address.as_str(),
            "origin": origin(&one.origin),
            "blocked": one.is_blocked,
        })
    });
    let (sender, why) = &explained.sender;
    json!({
        "v": 1,
        "method": explained.mail.method(),
        "locale": explained.mail.locale(),
        "sender": {
            "address": sender.as_ref().map(|sender| sender.as_str()),
            "origin": origin(why),
        },
        "recipients": recipients.collect::<Value>(),
        "headers": headers.collect::<Value>(),
        "bodies": bodies.collect::<Value>(),
    })
}

fn origin(origin: &ValueOrigin) -> Value {
    let place = origin.location();
    let name = match origin {
        ValueOrigin::Interceptor(name) => Some(name.as_ref()),
        ValueOrigin::Derived(from) => Some(*from),
        _ => None,
    };
    json!({
        "kind": origin.kind(),
        "file": place.map(|place| &place.file),
        "line": place.map(|place| place.line).filter(|line| *line > 0),
        "name": name,
    })
}

fn attachment(attachment: &Attachment) -> Value {
    let digest = Sha256::digest(attachment.content());
    let sha256: String = digest.iter().map(|octet| format!("{octet:02x}")).collect();
    json!({
        "filename": attachment.filename(),
        "content_type": attachment.content_type().to_string(),
        "disposition": attachment.disposition().as_str(),
        "content_id": attachment.content_id(),
        "size": attachment.content().len(),
        "sha256": sha256,
    })
}

/// What became of a mail; `outcome` is null where nothing was sent.
#[must_use]
pub fn sent(
    id: &str,
    outcome: Option<&str>,
    receipt: &Receipt,
    error: Option<(&str, String)>,
) -> Value {
    let recipients: Vec<Value> = receipt
        .recipients
        .iter()
        .map(|recipient| recipient_outcome(recipient, outcome.is_some()))
        .collect();
    json!({
        "v": 1,
        "outcome": outcome,
        "message_id": id,
        "recipients": recipients,
        "error": error.map(|(phase, message)| json!({ "phase": phase, "message": message })),
    })
}

/// What broke, or whom our own rules block: the phase, and a sentence.
#[must_use]
pub fn reason(receipt: &Receipt) -> Option<(&'static str, String)> {
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

fn recipient_outcome(recipient: &RecipientOutcome, sent: bool) -> Value {
    let accepted = recipient.outcome == Outcome::Accepted;
    let outcome = (sent || !accepted).then(|| recipient.outcome.as_str());
    let reply = recipient.reply.as_ref().filter(|_| sent);
    json!({
        "address": recipient.address.as_str(),
        "outcome": outcome,
        "code": reply.map(|reply| reply.code),
        "enhanced": reply.and_then(|reply| reply.enhanced.as_deref()),
        "text": reply.map(|reply| &reply.text),
    })
}
