//! `golden`: compares every sample in every locale with the file that people reviewed.

use mailmethod::testing::{Golden as Goldens, GoldenReport};

use crate::args::Golden;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::json;
use crate::output::{Output, counted};

pub(super) fn run(context: &Context, args: &Golden, output: &mut Output) -> Result<Exit, Failure> {
    let goldens = Goldens::new(context.folder()?, &args.dir);
    if args.accept { accept(args, &goldens, output) } else { check(&goldens.check(), output) }
}

fn check(report: &GoldenReport, output: &mut Output) -> Result<Exit, Failure> {
    if output.json {
        output.json(&json::findings(&report.findings, report.methods, report.previews))?;
    } else {
        output.findings(&report.findings)?;
        let methods = counted(report.methods, "method");
        let previews = counted(report.previews, "preview");
        let found = counted(report.findings.len(), "finding");
        output.line(&format!("{methods}, {previews} (samples × locales): {found}"))?;
    }
    Ok(if report.findings.is_empty() { Exit::Done } else { Exit::Findings })
}

fn accept(args: &Golden, goldens: &Goldens, output: &mut Output) -> Result<Exit, Failure> {
    let accepted = goldens
        .accept()
        .map_err(|error| Failure::io("written", &args.dir.display().to_string(), &error))?;
    if output.json {
        let now = goldens.check();
        output.json(&json::findings(&accepted.findings, now.methods, now.previews))?;
    } else {
        output.findings(&accepted.findings)?;
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
