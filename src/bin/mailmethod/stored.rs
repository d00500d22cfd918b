//! The stored content of a mail, as far as people may see it.
//!
//! Of a mail that used a secret only the headers and the structure are shown, and
//! beside them what its method makes of its first sample.

use mailmethod::message::{Limits, Mail, Reading, Stamp};
use mailmethod::queue::{Detail, QueueError, Store};
use serde_json::{Value, json};

use crate::context::Context;
use crate::exit::Failure;
use crate::store::failed;

/// What is there of a mail.
pub(crate) enum Stored {
    /// The message.
    Whole(Vec<u8>),
    /// It used a secret.
    Hidden(Hidden),
    /// Nothing any more, or nothing yet.
    Gone,
    /// A part of it is missing in the store.
    Damaged,
}

/// A mail whose content is not for people.
pub(crate) struct Hidden {
    /// Its headers, those that hold a secret masked.
    pub(crate) headers: Vec<(String, String)>,
    /// Its bodies and attachments with their octets: `text`, 120.
    pub(crate) structure: Vec<(String, u64)>,
    /// What its method makes of its first sample, and the name of that.
    pub(crate) sample: Option<(String, Mail)>,
}

impl Stored {
    /// What people may see of a mail.
    pub(crate) async fn of(
        context: &Context,
        store: &Store,
        detail: &Detail,
    ) -> Result<Self, Failure> {
        if detail.summary.secret {
            return Ok(Self::Hidden(Hidden::of(context, detail)));
        }
        match store.bytes(detail.summary.id).await {
            Ok(Some(bytes)) => Ok(Self::Whole(bytes)),
            Ok(None) => Ok(Self::Gone),
            Err(QueueError::MissingBlob { .. }) => Ok(Self::Damaged),
            Err(error) => Err(failed(&error)),
        }
    }

    /// The content as JSON: `headers`, `text`, `html`, `parts`, and for a hidden one `structure`
    /// and `sample`; null if there is none.
    pub(crate) fn document(&self) -> Value {
        match self {
            Self::Whole(bytes) => {
                let reading = Reading::of(bytes);
                let parts = reading.attachments.iter().map(|part| {
                    json!({
                        "filename": part.filename, "content_type": part.content_type,
                        "inline": part.inline, "size": part.content.len(),
                    })
                });
                json!({
                    "hidden": false, "headers": reading.headers, "text": reading.text,
                    "html": reading.html, "parts": parts.collect::<Value>(),
                })
            }
            Self::Hidden(hidden) => {
                let sample = hidden.sample.as_ref().map(|(name, mail)| {
                    json!({
                        "name": name, "subject": mail.subject(), "text": mail.text(),
                        "html": mail.html(),
                    })
                });
                json!({
                    "hidden": true, "headers": hidden.headers, "structure": hidden.structure,
                    "sample": sample,
                })
            }
            Self::Gone | Self::Damaged => Value::Null,
        }
    }
}

impl Hidden {
    fn of(context: &Context, detail: &Detail) -> Self {
        let shown: Value = detail
            .shown
            .as_deref()
            .and_then(|shown| serde_json::from_str(shown).ok())
            .unwrap_or_default();
        let headers = shown.get("headers").cloned().unwrap_or_default();
        let mut structure = Vec::new();
        for body in ["text", "html"] {
            let octets = shown.get(body).and_then(Value::as_u64);
            structure.extend(octets.map(|octets| (body.to_owned(), octets)));
        }
        for part in shown.get("attachments").and_then(Value::as_array).into_iter().flatten() {
            let kind = part.get("content_type").and_then(Value::as_str).unwrap_or_default();
            let octets = part.get("size").and_then(Value::as_u64).unwrap_or_default();
            structure.push((kind.to_owned(), octets));
        }
        Self {
            headers: serde_json::from_value(headers).unwrap_or_default(),
            structure,
            sample: sample(context, detail),
        }
    }

    /// A message that stands for the hidden one: its headers, and its structure in words.
    pub(crate) fn stand_in(&self) -> Vec<u8> {
        let mut text = String::new();
        for (name, value) in &self.headers {
            let lower = name.to_ascii_lowercase();
            if !lower.starts_with("content-") && lower != "mime-version" {
                text.push_str(&format!("{name}: {}\r\n", crate::entries::plain(value)));
            }
        }
        text.push_str("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n");
        text.push_str("Content-Transfer-Encoding: 8bit\r\n\r\n");
        text.push_str("[This mail used a secret: its content is not shown. It has:\r\n");
        for (kind, octets) in &self.structure {
            text.push_str(&format!(" {kind}, {octets} octets\r\n"));
        }
        text.push_str("]\r\n");
        text.into_bytes()
    }
}

/// What the mail's method makes of its first sample today, if it still does.
fn sample(context: &Context, detail: &Detail) -> Option<(String, Mail)> {
    let summary = &detail.summary;
    let method = context.methods().get(&summary.method)?;
    let name = method.samples().next()?;
    let mut call = method.sample(name)?;
    if !summary.locale.is_empty() {
        call = call.locale(&summary.locale);
    }
    Some((name.to_owned(), method.call(&call, &context.settings.limits).ok()?))
}

/// The message of a sample.
pub(crate) fn sealed(mail: &Mail, limits: &Limits) -> Option<Vec<u8>> {
    mail.seal(&Stamp::preview(), limits).ok().map(|message| message.as_bytes().to_vec())
}
