//! The result: what a form's mail looks like, as far as it renders.

use minijinja::{Value, context};

use super::sheet::Sheet;
use crate::html::from_html;
use crate::message::{Mail, Stamp};
use crate::method::Rendering;
use crate::source::Finding;

/// The longest text that a page shows of one part, in octets.
const SHOWN: usize = 200_000;

/// What has become of a form's call.
pub(super) enum Outcome {
    /// Nothing was rendered, because of what was given.
    Arguments(Vec<Finding>),
    Rendered(Box<Rendering>),
}

impl Outcome {
    pub(super) fn of(sheet: &Sheet) -> Self {
        match sheet.rendering() {
            Ok(rendering) => Self::Rendered(Box::new(rendering)),
            Err(error) => Self::Arguments(error.findings()),
        }
    }

    /// What is wrong with what was given.
    pub(super) fn arguments(&self) -> &[Finding] {
        match self {
            Self::Arguments(findings) => findings,
            Self::Rendered(_) => &[],
        }
    }

    /// The result as its template needs it, with the part that is looked at.
    pub(super) fn shown(&self, sheet: &Sheet, checks: &[Finding]) -> Value {
        let Self::Rendered(rendering) = self else { return context! { state => "arguments" } };
        let state = if rendering.mail.is_some() { "ok" } else { "failed" };
        let part = part(sheet.look.text("-part"), rendering);
        let head = |name: &str| {
            let mut headers = rendering.headers.iter();
            headers.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
        };
        let mail = rendering.mail.as_ref();
        let findings: Vec<String> = rendering.findings.iter().map(ToString::to_string).collect();
        context! {
            state,
            part,
            findings,
            from => head("From"),
            to => head("To"),
            cc => head("Cc"),
            bcc => head("Bcc"),
            subject => head("Subject").unwrap_or_default(),
            sender => mail.map(|mail| mail.from().name().unwrap_or(mail.from().address().as_str())),
            preheader => rendering.html.as_deref().or(rendering.text.as_deref()).map(preheader),
            has_html => rendering.html.is_some(),
            has_text => rendering.text.is_some(),
            text => (part == "text").then(|| rendering.text.as_deref().map(cut)),
            html => (part == "markup").then(|| rendering.html.as_deref().map(cut)),
            headers => (part == "headers").then(|| headers(rendering, sheet)),
            source => (part == "source").then(|| mail.map(|mail| source(mail, sheet))),
            attachments => mail.map(attachments).unwrap_or_default(),
            checks => checks.iter().map(ToString::to_string).collect::<Vec<_>>(),
            facts => mail.map(|mail| facts(mail, sheet)),
        }
    }
}

/// Which part is looked at: what was asked for, else what there is.
fn part(asked: Option<&str>, rendering: &Rendering) -> &'static str {
    match asked {
        Some("html") => "html",
        Some("text") => "text",
        Some("markup") => "markup",
        Some("headers") => "headers",
        Some("source") => "source",
        Some("attachments") => "attachments",
        Some("checks") => "checks",
        _ if rendering.html.is_some() || rendering.text.is_none() => "html",
        _ => "text",
    }
}

/// The beginning of a text, if it is very long.
pub(in crate::manage) fn cut(text: &str) -> String {
    if text.len() <= SHOWN {
        return text.to_owned();
    }
    let end = (0..=SHOWN).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let shown = text.get(..end).unwrap_or_default();
    format!("{shown}\n\n… and {} octets more: download the message to see them", text.len() - end)
}

/// What a list of mails shows behind the subject: the first words of the body.
fn preheader(body: &str) -> String {
    // Only its beginning is looked at, however long it is.
    let end = (0..=20_000.min(body.len())).rev().find(|at| body.is_char_boundary(*at)).unwrap_or(0);
    let text = from_html(body.get(..end).unwrap_or_default());
    let words: Vec<&str> = text.split_whitespace().take(40).collect();
    words.join(" ").chars().take(160).collect()
}

/// The headers: name, value, and where that comes from if the whole mail has rendered.
fn headers(rendering: &Rendering, sheet: &Sheet) -> Vec<(String, String, Vec<String>)> {
    let Ok(explained) = sheet.explained() else {
        let headers = rendering.headers.iter().cloned();
        return headers.map(|(name, value)| (name, value, Vec::new())).collect();
    };
    let shown = explained.headers.into_iter().map(|header| {
        let mut origins = vec![header.origin.to_string()];
        let texts = header.translations.iter();
        origins.extend(texts.map(|(key, place)| format!("{key}: {place}")));
        (header.name, header.value.unwrap_or_else(|| "(taken away)".to_owned()), origins)
    });
    shown.collect()
}

fn source(mail: &Mail, sheet: &Sheet) -> String {
    match mail.seal(&Stamp::preview(), sheet.shown.methods.limits()) {
        Ok(message) => cut(&String::from_utf8_lossy(message.as_bytes())),
        Err(error) => format!("The mail cannot be sealed: {error}"),
    }
}

fn facts(mail: &Mail, sheet: &Sheet) -> Value {
    let sealed = mail.seal(&Stamp::preview(), sheet.shown.methods.limits());
    let envelope = mail.envelope();
    context! {
        octets => sealed.as_ref().map(|message| message.as_bytes().len()).unwrap_or_default(),
        wrong => sealed.err().map(|error| error.to_string()),
        sender => envelope.sender().map_or("<> (nobody)", |sender| sender.as_str()),
        recipients => envelope.recipients().len(),
        html => mail.html().map(str::len),
        outline => mail.outline(),
    }
}

fn attachments(mail: &Mail) -> Vec<Value> {
    let parts = mail.attachments().iter().enumerate();
    parts
        .map(|(number, part)| {
            context! {
                number,
                filename => part.filename().unwrap_or("without a name"),
                content_type => part.content_type().to_string(),
                disposition => part.disposition().as_str(),
                octets => part.content().len(),
            }
        })
        .collect()
}
