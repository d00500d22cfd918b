//! The usage: a command line that is not understood is explained, as JSON where that was asked.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, Parser as _};
use mailmethod::source::Finding;

use crate::args::Cli;
use crate::exit::Exit;
use crate::json;
use crate::output::Output;

/// Whether `--json` is on the command line, understood or not.
pub(crate) fn wants_json(arguments: &[OsString]) -> bool {
    arguments.iter().take_while(|argument| *argument != "--").any(|argument| argument == "--json")
}

/// Reads the command line.
pub(crate) fn parse(arguments: Vec<OsString>) -> Result<Cli, clap::Error> {
    if let Some(argument) = arguments.iter().skip(1).find(|argument| argument.to_str().is_none()) {
        let message = format!("the argument {argument:?} is no UTF-8");
        return Err(Cli::command().error(ErrorKind::InvalidUtf8, message));
    }
    Cli::try_parse_from(negated(arguments))
}

/// A term of a filter that is negated by `-` would be read as flags: `!` says the same.
fn negated(arguments: Vec<OsString>) -> Vec<OsString> {
    if !arguments.iter().any(|argument| argument == "queue") {
        return arguments;
    }
    let is_term = |text: &str| {
        let key = text.strip_prefix('-').and_then(|text| text.split_once(':')).map(|(key, _)| key);
        key.is_some_and(|key| {
            key.len() > 1
                && key.starts_with(|c: char| c.is_ascii_lowercase())
                && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        })
    };
    let changed = arguments.into_iter().map(|argument| match argument.to_str() {
        Some(text) if is_term(text) => OsString::from(text.replacen('-', "!", 1)),
        _ => argument,
    });
    changed.collect()
}

/// Prints help, version, or what is wrong with the command line.
pub(crate) fn explain(error: &clap::Error, json: bool) -> Exit {
    let mut output = Output::plain(json);
    if !error.use_stderr() {
        let text = error.render();
        let text = if output.terminal { text.ansi().to_string() } else { text.to_string() };
        // Nobody is left to tell if help cannot be written.
        drop(output.data(text.as_bytes()).and_then(|()| output.finish()));
        return Exit::Done;
    }
    let text = error.render();
    if json {
        drop(output.json(&json::errors(&[finding(error)])).and_then(|()| output.finish()));
    }
    let ansi = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let text = if ansi { text.ansi().to_string() } else { text.to_string() };
    output.error(text.trim_end());
    Exit::Usage
}

/// The error as a finding: its first sentence, and what clap advises.
fn finding(error: &clap::Error) -> Finding {
    let text = error.render().to_string();
    let mut paragraphs = text.split("\n\n");
    let first = paragraphs.next().unwrap_or_default();
    let message = first.strip_prefix("error: ").unwrap_or(first);
    let words: Vec<&str> = message.split_whitespace().collect();
    let finding = Finding::error("usage", words.join(" "));
    let suggested =
        [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue]
            .into_iter()
            .find_map(|kind| match error.get(kind)? {
                ContextValue::String(word) => Some(word.clone()),
                ContextValue::Strings(words) => words.first().cloned(),
                _ => None,
            });
    match suggested {
        Some(word) => finding.help(format!("did you mean `{word}`?")),
        None => finding.help("`mailmethod --help` shows how it is written"),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::negated;

    #[test]
    fn only_negated_terms_of_filters_are_changed() {
        let changed = |words: &[&str]| -> Vec<String> {
            let words = words.iter().map(OsString::from).collect();
            negated(words).into_iter().map(|word| word.into_string().unwrap()).collect()
        };
        let all =
            ["queue", "list", "-to:@x.test", "-message-id:a", "-q", "--json", "-C", "-s:", "a-b:c"];
        let expected =
            ["queue", "list", "!to:@x.test", "!message-id:a", "-q", "--json", "-C", "-s:", "a-b:c"];
        assert_eq!(changed(&all), expected);
        assert_eq!(changed(&["list", "-to:x"]), ["list", "-to:x"]);
    }
}
