//! `render`: a mail as it would be, without sending it.

use std::fs;
use std::path::Path;

use mailmethod::message::{Mail, Message, MessageError, Stamp};
use mailmethod::source::Finding;

use crate::args::{Part, Render};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::output::{Output, Paint};
use crate::{json, request, summary};

pub(super) fn run(context: &Context, args: &Render, output: &mut Output) -> Result<Exit, Failure> {
    let mail = request::mail(context, &args.call)?;
    let stamp = Stamp::preview();
    let message = sealed(context, &mail, &stamp)?;
    let paint = if args.output.is_some() { Paint::off() } else { output.paint() };
    let bytes = if output.json {
        format!("{}\n", json::mail(&mail, &message, &stamp)).into_bytes()
    } else {
        part(args.part, &mail, &message, paint)?
    };
    match &args.output {
        Some(file) => write(file, &bytes)?,
        None => output.data(&bytes)?,
    }
    Ok(Exit::Done)
}

/// The message of a mail.
pub(super) fn sealed(context: &Context, mail: &Mail, stamp: &Stamp) -> Result<Message, Failure> {
    mail.seal(stamp, &context.settings.limits).map_err(|error| {
        let cause = std::error::Error::source(&error);
        let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
        let message = format!("{}: the mail cannot be sealed: {error}{cause}", mail.method());
        match error {
            MessageError::Unsubscribe { .. } => {
                Failure::one(Exit::Settings, Finding::error("unsubscribe", message))
            }
            _ => Failure::one(Exit::Data, Finding::error("limit", message)),
        }
    })
}

/// One part, exactly as it is.
fn part(part: Part, mail: &Mail, message: &Message, paint: Paint) -> Result<Vec<u8>, Failure> {
    let body = |name: &str, body: Option<&str>, other: &str| {
        body.map(|body| body.as_bytes().to_vec()).ok_or_else(|| {
            let message = format!("{} has no {name} part", mail.method());
            let help = format!("it has --part {other}");
            Failure::one(Exit::NotFound, Finding::error("no-part", message).help(help))
        })
    };
    match part {
        Part::Html => body("HTML", mail.html(), "text"),
        Part::Text => body("text", mail.text(), "html"),
        Part::Headers => Ok(summary::headers(mail).into_bytes()),
        Part::Raw => Ok(message.as_bytes().to_vec()),
        Part::Summary => Ok(summary::of(mail, message, paint).into_bytes()),
    }
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(file, bytes)
        .map_err(|error| Failure::io("written", &file.display().to_string(), &error))
}
