//! The JSON of the program: stable, with its version in each document.

use mailmethod::MailMethod;
use mailmethod::adapter::{Receipt, RecipientOutcome};
use mailmethod::lint::Fix;
use mailmethod::message::{Attachment, Mail, Message, Stamp};
use mailmethod::method::Parameter;
use mailmethod::source::Finding;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

/// An error or finding, without its severity.
pub(crate) fn error(finding: &Finding) -> Value {
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

/// All errors of a command that failed.
pub(crate) fn errors(findings: &[Finding]) -> Value {
    json!({ "v": 1, "errors": findings.iter().map(error).collect::<Value>() })
}

/// What a check found.
pub(crate) fn findings(findings: &[Finding], methods: usize, previews: usize) -> Value {
    let findings: Vec<Value> = findings
        .iter()
        .map(|finding| {
            let mut entry = Map::new();
            entry.insert("severity".to_owned(), finding.severity.as_str().into());
            if let Value::Object(fields) = error(finding) {
                entry.extend(fields);
            }
            Value::Object(entry)
        })
        .collect();
    json!({ "v": 1, "findings": findings, "methods": methods, "previews": previews })
}

/// What was mended in a file.
pub(crate) fn fix(fix: &Fix) -> Value {
    json!({ "code": fix.code(), "file": fix.file(), "what": fix.what() })
}

/// One entry of a list of methods.
pub(crate) fn method(method: &MailMethod) -> Value {
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

/// A rendered mail with its sealed message.
pub(crate) fn mail(mail: &Mail, message: &Message, stamp: &Stamp) -> Value {
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
pub(crate) fn sent(
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

fn recipient_outcome(recipient: &RecipientOutcome, sent: bool) -> Value {
    let accepted = recipient.outcome == mailmethod::adapter::Outcome::Accepted;
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
