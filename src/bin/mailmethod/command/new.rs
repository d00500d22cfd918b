//! `new`: writes the files of a method that renders at once; nothing is overwritten.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use mailmethod::source::{Finding, Severity};
use serde_json::json;

use crate::args::New;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::scaffold;

pub(super) fn run(context: &Context, args: &New, output: &mut Output) -> Result<Exit, Failure> {
    let folder = &context.settings.templates;
    let mut files = scaffold::files(args);
    let empty = fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
    if empty {
        files.insert(0, ("_defaults.yaml".to_owned(), scaffold::DEFAULTS.to_owned()));
    }
    let taken: Vec<PathBuf> =
        files.iter().map(|(name, _)| folder.join(name)).filter(|file| file.exists()).collect();
    if !taken.is_empty() {
        return Err(Failure::new(Exit::Data, taken.iter().map(|file| exists(file)).collect()));
    }
    for (name, text) in &files {
        write(&folder.join(name), text)?;
    }
    if lacks_sender(context, &args.name) {
        let own = scaffold::definition(&args.name, scaffold::FROM);
        let file = folder.join(format!("{}.yaml", args.name));
        fs::write(&file, own).map_err(|error| unwritten(&file, &error))?;
    }
    tell(context, args, &files, output)
}

fn exists(file: &Path) -> Finding {
    Finding::error("exists", "the file is there already, and nothing is overwritten")
        .in_file(file.display().to_string())
}

fn unwritten(file: &Path, error: &std::io::Error) -> Failure {
    Failure::io("written", &file.display().to_string(), error)
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(|error| unwritten(folder, &error))?;
    }
    let opened = OpenOptions::new().write(true).create_new(true).open(file);
    opened
        .and_then(|mut open| open.write_all(text.as_bytes()))
        .map_err(|error| unwritten(file, &error))
}

/// Whether no `_defaults.yaml` above the new method gives it a From.
fn lacks_sender(context: &Context, name: &str) -> bool {
    let report = context.load().check(&[name]);
    report.is_ok_and(|report| report.findings.iter().any(|finding| finding.code == "no-sender"))
}

fn tell(
    context: &Context,
    args: &New,
    files: &[(String, String)],
    output: &mut Output,
) -> Result<Exit, Failure> {
    let folder = &context.settings.templates;
    let written: Vec<String> =
        files.iter().map(|(name, _)| folder.join(name).display().to_string()).collect();
    let report = context.load().check(&[&args.name]);
    let findings = report.map(|report| report.findings).unwrap_or_default();
    if output.json {
        output.json(&json!({ "v": 1, "method": args.name, "files": written }))?;
    } else {
        for file in &written {
            output.line(file)?;
        }
    }
    output.note(&format!(
        "next: edit them, then `mailmethod render {0} --sample first` and `mailmethod check {0}`",
        args.name
    ));
    if findings.is_empty() {
        return Ok(Exit::Done);
    }
    output.complain(&findings);
    let wrong = findings.iter().any(|finding| finding.severity == Severity::Error);
    Ok(if wrong { Exit::Findings } else { Exit::Done })
}
