//! The bare call: a short help, and one line about this project.

use clap::CommandFactory as _;
use serde_json::json;

use crate::args::Cli;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::output::Output;

pub(super) fn run(context: &Context, output: &mut Output) -> Result<Exit, Failure> {
    let line = project(context);
    if output.json {
        output.json(&json!({ "v": 1, "project": line }))?;
        return Ok(Exit::Done);
    }
    let help = Cli::command().render_help();
    let help = if output.paint().is_on() { help.ansi().to_string() } else { help.to_string() };
    output.line(help.trim_end())?;
    output.line("")?;
    output.line(&line)?;
    Ok(Exit::Done)
}

/// The project in one line: its methods and its adapters.
fn project(context: &Context) -> String {
    let folder = context.settings.templates.display();
    let Ok(methods) = context.folder() else {
        return format!("{folder}/: no such folder; `mailmethod new account/welcome` begins one");
    };
    let samples: usize = methods.iter().map(|method| method.samples().count()).sum();
    let adapters: Vec<&str> = context.settings.adapters().collect();
    let adapters = match adapters.as_slice() {
        [] => "no adapter".to_owned(),
        names => format!("adapters {}", names.join(", ")),
    };
    let broken = match methods.broken().count() {
        0 => String::new(),
        broken => format!(", {broken} broken (`mailmethod check` says why)"),
    };
    format!("{folder}/: {} methods, {samples} samples, {adapters}{broken}", methods.iter().count())
}
