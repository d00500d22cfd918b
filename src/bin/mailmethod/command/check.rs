//! `check`: reads templates, renders every sample in every locale, and says what is wrong.

use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

use mailmethod::MailMethod;
use mailmethod::lint::Fix;
use mailmethod::source::{Finding, Location, Severity};

use crate::args::Check;
use crate::context::{Context, called};
use crate::exit::{Exit, Failure};
use crate::json;
use crate::output::{Output, counted};

pub(super) fn run(context: &Context, args: &Check, output: &mut Output) -> Result<Exit, Failure> {
    let begun = Instant::now();
    let names: Vec<&str> = args.methods.iter().map(String::as_str).collect();
    let mut report = context.folder()?.check(&names).map_err(|error| called(&error))?;
    let mut mended = Vec::new();
    let again;
    let mut methods = context.folder()?;
    if args.fix && !report.fixes.is_empty() {
        mended = std::mem::take(&mut report.fixes);
        mend(&mended)?;
        again = context.load();
        methods = &again;
        report = methods.check(&names).map_err(|error| called(&error))?;
    }
    let mut findings = report.findings;
    let chosen = methods.iter().filter(|method| {
        names.is_empty() || names.iter().any(|name| name.replace('.', "/") == method.name())
    });
    findings.extend(undefined_adapters(context, chosen));
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    if output.json {
        let mut document = json::findings(&findings, report.methods, report.previews);
        if let Some(fields) = document.as_object_mut().filter(|_| args.fix) {
            fields.insert("fixed".to_owned(), mended.iter().map(json::fix).collect());
        }
        output.json(&document)?;
    } else {
        for fix in &mended {
            output.line(&format!("fixed {}: {}", fix.file(), fix.what()))?;
        }
        if !mended.is_empty() {
            output.line("")?;
        }
        output.findings(&findings)?;
        output.line(&format!(
            "{}, {} (samples × locales): {}, {} in {:.2}s",
            counted(report.methods, "method"),
            counted(report.previews, "preview"),
            counted(errors, "error"),
            counted(warnings, "warning"),
            begun.elapsed().as_secs_f64()
        ))?;
    }
    let fails = errors > 0 || (args.strict && warnings > 0);
    Ok(if fails { Exit::Findings } else { Exit::Done })
}

/// Writes the files that fixes change, each at once: the new text takes the old one's place.
fn mend(fixes: &[Fix]) -> Result<(), Failure> {
    let mut files: BTreeMap<&str, Vec<Fix>> = BTreeMap::new();
    for fix in fixes {
        files.entry(fix.file()).or_default().push(fix.clone());
    }
    for (file, fixes) in files {
        let text = fs::read_to_string(file).map_err(|error| Failure::io("read", file, &error))?;
        let mended = Fix::apply(&fixes, &text);
        let beside = format!("{file}.mending");
        fs::write(&beside, mended)
            .and_then(|()| fs::set_permissions(&beside, fs::metadata(file)?.permissions()))
            .and_then(|()| fs::rename(&beside, fs::canonicalize(file)?))
            .map_err(|error| Failure::io("written", file, &error))?;
    }
    Ok(())
}

/// A warning for each adapter that methods name and the settings do not define.
///
/// A project without any adapter is being written still: its `default` is not missed yet.
fn undefined_adapters<'a>(
    context: &Context,
    methods: impl Iterator<Item = &'a MailMethod>,
) -> Vec<Finding> {
    let defined: Vec<&str> = context.settings.adapters().collect();
    let mut users: BTreeMap<(&str, Option<String>), Vec<&str>> = BTreeMap::new();
    for method in methods {
        let name = method.adapter();
        if defined.contains(&name) || (defined.is_empty() && name == "default") {
            continue;
        }
        let origin = method.origins().find(|(key, _)| *key == "adapter").map(|(_, place)| place);
        users.entry((name, origin)).or_default().push(method.name());
    }
    users
        .into_iter()
        .map(|((name, origin), methods)| {
            let what = match methods.as_slice() {
                [only] => format!("the method {only} uses"),
                all => format!("{} methods use", all.len()),
            };
            let message = format!("no adapter `{name}` is defined, which {what}");
            let mut finding =
                Finding::warning("no-adapter", message).did_you_mean(name, defined.iter().copied());
            finding.location = origin.as_deref().and_then(place);
            finding.help.get_or_insert_with(|| {
                format!("write `adapters: {{ {name}: URL }}` in mailmethod.yaml")
            });
            finding
        })
        .collect()
}

/// The place that an origin names: `file:line`.
fn place(origin: &str) -> Option<Location> {
    let (file, line) = origin.rsplit_once(':')?;
    Some(Location { file: file.to_owned(), line: line.parse().ok()?, column: 0 })
}
