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

/// Inherited by every method of a new folder.
const DEFAULTS: &str = "\
# Inherited by every method below; a nearer _defaults.yaml or the method wins.
headers:
  from: My Shop <hello@shop.example>
";

const TEXT: &str = "\
Hello {{ name }},

this is the mail METHOD.
";

const HTML: &str = "\
<!doctype html>
<html lang=\"LANG\">
<head><meta charset=\"utf-8\"><title>METHOD</title></head>
<body>
<p>Hello {{ name }},</p>
<p>this is the mail METHOD.</p>
</body>
</html>
";

pub(super) fn run(context: &Context, args: &New, output: &mut Output) -> Result<Exit, Failure> {
    let folder = &context.settings.templates;
    let mut files = files(args);
    if !folder.join("_defaults.yaml").exists() {
        files.insert(0, ("_defaults.yaml".to_owned(), DEFAULTS.to_owned()));
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
        let own = definition(args, "  from: My Shop <hello@shop.example>\n");
        let file = folder.join(format!("{}.yaml", args.name));
        fs::write(&file, own).map_err(|error| unwritten(&file, &error))?;
    }
    tell(context, args, &files, output)
}

/// The files of the method, by their paths in the folder.
fn files(args: &New) -> Vec<(String, String)> {
    let mut files = vec![(format!("{}.yaml", args.name), definition(args, ""))];
    let locales = std::iter::once("").chain(args.locale.iter().map(String::as_str));
    for locale in locales {
        let (dot, lang) = if locale.is_empty() { ("", "en") } else { (".", locale) };
        let filled = |text: &str| text.replace("METHOD", &args.name).replace("LANG", lang);
        files.push((format!("{}{dot}{locale}.txt.j2", args.name), filled(TEXT)));
        if args.html {
            files.push((format!("{}{dot}{locale}.html.j2", args.name), filled(HTML)));
        }
    }
    files
}

fn definition(args: &New, from: &str) -> String {
    let name = &args.name;
    format!(
        "\
description: Says in one sentence when {name} is sent.
arguments:
  name: string
  email: address
headers:
{from}  to: \"{{{{ name }}}} <{{{{ email }}}}>\"
  subject: \"Hello {{{{ name }}}}\"
samples:
  first:
    name: Ada Lovelace
    email: ada@example.test
"
    )
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
