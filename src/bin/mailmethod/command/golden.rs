//! `golden`: compares every sample in every locale with the file that people reviewed.

use mailmethod::testing::{Golden as Goldens, GoldenReport};
use serde_json::Value;

use super::check::counted;
use crate::args::Golden;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::json;
use crate::output::Output;

pub(super) fn run(context: &Context, args: &Golden, output: &mut Output) -> Result<Exit, Failure> {
    let goldens = Goldens::new(context.folder()?, &args.dir);
    if args.accept { accept(args, &goldens, output) } else { check(&goldens.check(), output) }
}

fn check(report: &GoldenReport, output: &mut Output) -> Result<Exit, Failure> {
    if output.json {
        output.json(&json::findings(&report.findings, report.methods, report.previews))?;
    } else {
        for finding in &report.findings {
            let shown = output.paint().finding(finding);
            output.line(&format!("{shown}\n"))?;
        }
        let methods = counted(report.methods, "method");
        let previews = counted(report.previews, "preview");
        let found = counted(report.findings.len(), "finding");
        output.line(&format!("{methods}, {previews} (samples × locales): {found}"))?;
        if !report.findings.is_empty() {
            output.note("help: `mailmethod golden --accept` writes the mails as they are now");
        }
    }
    Ok(if report.findings.is_empty() { Exit::Done } else { Exit::Findings })
}

fn accept(args: &Golden, goldens: &Goldens, output: &mut Output) -> Result<Exit, Failure> {
    let accepted = goldens
        .accept()
        .map_err(|error| Failure::io("written", &args.dir.display().to_string(), &error))?;
    if output.json {
        let now = goldens.check();
        let mut document = json::findings(&accepted.findings, now.methods, now.previews);
        let paths = |files: &[std::path::PathBuf]| -> Value {
            files.iter().map(|file| file.display().to_string()).collect()
        };
        if let Value::Object(fields) = &mut document {
            fields.insert("written".to_owned(), paths(&accepted.written));
            fields.insert("removed".to_owned(), paths(&accepted.removed));
        }
        output.json(&document)?;
    } else {
        for finding in &accepted.findings {
            let shown = output.paint().finding(finding);
            output.line(&format!("{shown}\n"))?;
        }
        for (what, files) in [("wrote", &accepted.written), ("removed", &accepted.removed)] {
            for file in files {
                output.line(&format!("{what} {}", file.display()))?;
            }
        }
        let (written, removed) = (accepted.written.len(), accepted.removed.len());
        let unchanged = accepted.unchanged;
        output.line(&format!("{written} written, {removed} removed, {unchanged} unchanged"))?;
    }
    Ok(if accepted.findings.is_empty() { Exit::Done } else { Exit::Findings })
}
