//! `queue show`: all that is known of a mail, and its content as far as people may see it.

use mailmethod::message::Reading;
use mailmethod::queue::Detail;
use serde_json::{Map, Value, json};

use crate::ago::Clock;
use crate::command::why::{headline, recipients};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::stored::{Hidden, Stored};
use crate::{entries, store, summary, timeline};

/// How many lines of the text body are shown.
const LINES: usize = 12;

pub(super) async fn run(context: &Context, id: &str, output: &mut Output) -> Result<Exit, Failure> {
    let (store, detail) = store::found(context, id).await?;
    let stored = Stored::of(context, &store, &detail).await?;
    if output.json {
        output.json(&document(&detail, &stored))?;
        return Ok(Exit::Done);
    }
    let clock = super::list::clock(context, output);
    facts(&detail, &clock, output)?;
    section("Recipients", &recipients(&detail), output)?;
    content(&stored, output)?;
    section("History", &timeline::lines(&detail, &clock, false), output)?;
    Ok(Exit::Done)
}

fn document(detail: &Detail, stored: &Stored) -> Value {
    let mut document = Map::from_iter([("v".to_owned(), json!(1))]);
    if let Value::Object(fields) = json!(detail) {
        document.extend(fields);
    }
    document.insert("content".to_owned(), stored.document());
    Value::Object(document)
}

fn facts(detail: &Detail, clock: &Clock, output: &mut Output) -> Result<(), Failure> {
    let (summary, paint) = (&detail.summary, output.paint());
    output.line(&headline(detail, clock, paint))?;
    let time = |at| Some(clock.both(at));
    let rows = [
        ("id", Some(summary.id.to_string())),
        ("message id", Some(summary.message_id.clone())),
        ("key", summary.key.clone()),
        ("reason", summary.reason.clone()),
        ("locale", Some(summary.locale.clone())),
        ("route", Some(summary.route.clone())),
        ("priority", (summary.priority != 3).then(|| summary.priority.to_string())),
        ("queued", time(summary.created_at)),
        ("expires", time(summary.expires_at).filter(|_| summary.done_at.is_none())),
        ("ended", summary.done_at.and_then(time)),
        ("size", Some(summary::size(usize::try_from(summary.size).unwrap_or(usize::MAX)))),
        ("bounces go to", Some(detail.sender.clone().unwrap_or_else(|| "<>".to_owned()))),
        ("made from", detail.origin.map(|id| id.to_string())),
        ("arguments", detail.arguments.clone()),
    ];
    for (name, value) in rows {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            let name = paint.dim(&format!("{name:13}"));
            output.line(&format!("{name}  {}", entries::plain(&value)))?;
        }
    }
    for copy in &detail.copies {
        output.line(&format!("{}  {copy}", paint.dim("copied as    ")))?;
    }
    Ok(())
}

fn section(title: &str, lines: &[String], output: &mut Output) -> Result<(), Failure> {
    let title = output.paint().bold(title);
    output.line(&format!("\n{title}"))?;
    for line in lines {
        output.line(line)?;
    }
    Ok(())
}

fn content(stored: &Stored, output: &mut Output) -> Result<(), Failure> {
    match stored {
        Stored::Whole(bytes) => whole(&Reading::of(bytes), output),
        Stored::Hidden(hidden) => self::hidden(hidden, output),
        Stored::Gone => section("Content", &["  it is not here (any more)".to_owned()], output),
        Stored::Damaged => {
            section("Content", &["  a part of it is missing in the store".to_owned()], output)
        }
    }
}

fn headers(headers: &[(String, String)]) -> Vec<String> {
    headers.iter().map(|(name, value)| format!("  {name}: {}", entries::plain(value))).collect()
}

fn whole(reading: &Reading, output: &mut Output) -> Result<(), Failure> {
    section("Headers", &headers(&reading.headers), output)?;
    let parts = reading.attachments.iter().map(|part| {
        let name = part.filename.as_deref().unwrap_or("without a name");
        let size = summary::size(part.content.len());
        format!("  {}  {}  {size}", entries::plain(name), entries::plain(&part.content_type))
    });
    let parts: Vec<String> = parts.collect();
    if !parts.is_empty() {
        section("Attachments", &parts, output)?;
    }
    text(reading.text.as_deref(), "Text", output)
}

fn hidden(hidden: &Hidden, output: &mut Output) -> Result<(), Failure> {
    section("Headers", &headers(&hidden.headers), output)?;
    let mut lines = vec!["  it used a secret: its content is not shown".to_owned()];
    let parts = hidden.structure.iter();
    lines.extend(parts.map(|(kind, octets)| format!("  {kind}  {octets} octets")));
    section("Content", &lines, output)?;
    match &hidden.sample {
        Some((name, mail)) => text(mail.text(), &format!("Text of the sample {name}"), output),
        None => Ok(()),
    }
}

/// The beginning of a text body.
fn text(text: Option<&str>, title: &str, output: &mut Output) -> Result<(), Failure> {
    let Some(text) = text else { return Ok(()) };
    let all = text.lines().count();
    let mut lines: Vec<String> =
        text.lines().take(LINES).map(|line| format!("  {}", entries::plain(line))).collect();
    if all > LINES {
        lines.push(output.paint().dim(&format!("  … {} more lines", all - LINES)));
    }
    section(title, &lines, output)
}
