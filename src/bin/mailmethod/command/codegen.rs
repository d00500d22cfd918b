//! `codegen`: writes code for callers, or says whether a file of it is stale.

use std::fs;
use std::path::Path;

use mailmethod::codegen::{Language, generate};
use mailmethod::source::{Finding, Location};
use serde_json::json;

use crate::args::{Codegen, Lang};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::json;
use crate::output::Output;

pub(super) fn run(context: &Context, args: &Codegen, output: &mut Output) -> Result<Exit, Failure> {
    let methods = context.sound()?;
    let language = match args.lang {
        Lang::Rust => Language::Rust,
        Lang::Typescript => Language::TypeScript,
        Lang::Python => Language::Python,
    };
    let code = generate(methods, language);
    match &args.output {
        Some(file) if args.check => check(file, &code, methods.iter().count(), output),
        Some(file) => write(file, &code, output),
        None if output.json => {
            output.json(&json!({ "v": 1, "code": code }))?;
            Ok(Exit::Done)
        }
        None => {
            output.data(code.as_bytes())?;
            Ok(Exit::Done)
        }
    }
}

fn check(file: &Path, code: &str, methods: usize, output: &mut Output) -> Result<Exit, Failure> {
    let finding = stale(file, code);
    let findings: Vec<Finding> = finding.into_iter().collect();
    if output.json {
        output.json(&json::findings(&findings, methods, 0))?;
    } else if findings.is_empty() {
        output.line(&format!("{} is up to date", file.display()))?;
    } else {
        output.findings(&findings)?;
    }
    Ok(if findings.is_empty() { Exit::Done } else { Exit::Findings })
}

/// What is wrong with a file that does not hold this code; other line ends are no difference.
fn stale(file: &Path, code: &str) -> Option<Finding> {
    let shown = file.display().to_string();
    let help = "write it anew: the same command without --check";
    let text = match fs::read_to_string(file) {
        Ok(text) => text.replace("\r\n", "\n"),
        Err(error) => {
            let finding = Finding::error("stale", format!("the file cannot be read: {error}"));
            return Some(finding.in_file(shown).help(help));
        }
    };
    if text == code {
        return None;
    }
    let same = text.lines().zip(code.lines()).take_while(|(is, should)| is == should).count();
    let location = Location { file: shown, line: same + 1, column: 1 };
    let width = text.lines().nth(same).map_or(1, |line| line.chars().count());
    let message = "from here on, this is not what the methods say";
    Some(Finding::error("stale", message).at(location, &text, width).help(help))
}

fn write(file: &Path, code: &str, output: &mut Output) -> Result<Exit, Failure> {
    // A file that is not touched is not compiled again.
    let changed = fs::read_to_string(file).map_or(true, |text| text != code);
    if changed {
        fs::write(file, code)
            .map_err(|error| Failure::io("written", &file.display().to_string(), &error))?;
    }
    if output.json {
        output.json(&json!({ "v": 1, "file": file.display().to_string(), "changed": changed }))?;
    } else {
        let word = if changed { "wrote" } else { "unchanged" };
        output.line(&format!("{word} {}", file.display()))?;
    }
    Ok(Exit::Done)
}
