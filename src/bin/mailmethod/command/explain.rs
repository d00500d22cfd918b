//! `explain`: a mail as it would be, and where each value of it comes from.

use mailmethod::method::{Explained, ExplainedHeader, ValueOrigin};

use crate::args::CallArgs;
use crate::context::{Context, built, called};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::table::Table;
use crate::{json, request};

/// The longest value that a line shows, in characters.
const SHOWN: usize = 60;

pub(super) fn run(
    context: &Context,
    args: &CallArgs,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let (call, _mail) = request::call(context, args, None)?;
    let host = built(context.host())?;
    let explained = host.explain(&call).map_err(|error| called(&error))?;
    if output.json {
        output.json(&json::explained(&explained))?;
    } else {
        write(&explained, output)?;
    }
    Ok(Exit::Done)
}

fn write(explained: &Explained, output: &mut Output) -> Result<(), Failure> {
    let title = output.paint().bold(explained.mail.method());
    let locale = output.paint().dim(&format!("   {}", explained.mail.locale()));
    output.line(&format!("{title}{locale}"))?;
    let (sender, why) = &explained.sender;
    let sender = sender.as_ref().map_or("<>", |sender| sender.as_str());
    let mut envelope = vec![row("sender", sender, why)];
    envelope.extend(explained.recipients.iter().map(|one| {
        let origin = if one.is_blocked {
            format!("{}; kept from it by the setting `allow`", one.origin)
        } else {
            one.origin.to_string()
        };
        vec!["recipient".to_owned(), one.address.to_string(), origin]
    }));
    let three = || vec!["name", "value", "from"];
    section(output, "Envelope", &Table { columns: three(), rows: envelope })?;
    let headers = explained.headers.iter().map(header).collect();
    section(output, "Headers", &Table { columns: three(), rows: headers })?;
    let bodies = explained.bodies.iter();
    let bodies = bodies.map(|(part, origin)| vec![(*part).to_owned(), origin.to_string()]);
    section(output, "Bodies", &Table { columns: vec!["name", "from"], rows: bodies.collect() })
}

fn row(name: &str, value: &str, origin: &ValueOrigin) -> Vec<String> {
    vec![name.to_owned(), value.to_owned(), origin.to_string()]
}

fn header(header: &ExplainedHeader) -> Vec<String> {
    let value = header.value.as_deref().unwrap_or("(taken away)");
    let mut shown: String = value.chars().take(SHOWN).collect();
    if shown.len() < value.len() {
        shown.push('…');
    }
    let mut origin = header.origin.to_string();
    for (key, place) in &header.translations {
        origin.push_str(&format!("; {key}: {place}"));
    }
    vec![header.name.clone(), shown, origin]
}

fn section(output: &mut Output, title: &str, table: &Table) -> Result<(), Failure> {
    output.line("")?;
    let title = output.paint().bold(title);
    output.line(&title)?;
    let names = table.columns.iter().map(|name| (*name).to_owned()).collect();
    for line in table.aligned(&names, "  ") {
        output.line(&line)?;
    }
    Ok(())
}
