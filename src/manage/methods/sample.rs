//! Saving a form as a sample of its method, in the method's own file; in development.
//!
//! The file is written by people: one block is added to it, and nothing else in it
//! is touched. If it does not read as meant afterwards, it is as it was before.

use std::path::Path as FilePath;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use super::sheet::Sheet;
use super::test::{blocking, see_other, sent};
use super::{Shown, dotted};
use crate::manage::access::Permission;
use crate::manage::app::App;
use crate::manage::problem::Problem;
use crate::manage::visit::Visit;
use crate::method::MailMethods;

/// `POST /methods/NAME/samples`.
pub(in crate::manage) async fn save_sample(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    visit.must(Permission::SaveSample)?;
    if !app.options().development {
        return Err(Problem::new(StatusCode::FORBIDDEN, "Samples are saved in development only"));
    }
    let shown = Shown::find(&app, &name).await?;
    let given = sent(request).await?;
    let dotted = dotted(shown.method.name());
    let sample = given.text("-name").unwrap_or_default().trim().to_owned();
    let sheet = Sheet::read(&app, &visit, shown, given, true)?;
    let back = format!("methods/{dotted}/test?{}", sheet.query());
    let saved = save(&app, sheet, sample.clone()).await;
    saved.map_err(|problem| problem.back(back, "Back to the form"))?;
    app.workshop().written();
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("sample", &sample).append_pair("-saved", &sample);
    see_other(&format!("{}methods/{dotted}/test?{}", visit.root, query.finish()))
}

async fn save(app: &App, sheet: Sheet, sample: String) -> Result<(), Problem> {
    let method = sheet.shown.method.clone();
    check_name(&sample)?;
    if method.samples().any(|known| known.eq_ignore_ascii_case(&sample)) {
        let problem = Problem::new(StatusCode::CONFLICT, "The sample is there already");
        return Err(problem
            .detail(format!("{} has a sample {sample:?}: take another name.", method.name())));
    }
    let (arguments, files) = sheet.tree.plain(method.parameters());
    if let Some(path) = files.first() {
        let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "A sample names its files");
        return Err(problem.detail(format!(
            "`{path}` holds a file. Put it below the templates folder, and add the sample by hand with \
             `{path}: {{ file: PATH }}`."
        )));
    }
    let settings = app.host().settings().clone();
    let file = settings.templates.join(format!("{}.yaml", method.name()));
    let name = method.name().to_owned();
    blocking(move || {
        let before = std::fs::read_to_string(&file).map_err(|error| unwritten(&file, &error))?;
        let after = with_sample(&before, &sample, &arguments)
            .ok_or_else(|| by_hand(&sample, &arguments))?;
        std::fs::write(&file, &after).map_err(|error| unwritten(&file, &error))?;
        let methods =
            MailMethods::inspect(&settings.templates, settings.rendering, settings.limits);
        let there = methods.get(&name).and_then(|method| method.sample(&sample));
        if there.is_none() {
            std::fs::write(&file, &before).map_err(|error| unwritten(&file, &error))?;
            return Err(by_hand(&sample, &arguments));
        }
        Ok(())
    })
    .await?
}

fn check_name(name: &str) -> Result<(), Problem> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.is_empty() && name.len() <= 60 && name.chars().all(plain) {
        return Ok(());
    }
    let detail =
        "The name of a sample is of letters, digits, `-` and `_`, 60 at most: first-order.";
    Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "That is no name of a sample")
        .detail(detail))
}

fn unwritten(file: &FilePath, error: &std::io::Error) -> Problem {
    let problem = Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "The file cannot be written");
    problem.detail(format!("{}: {error}", file.display()))
}

fn by_hand(sample: &str, arguments: &Value) -> Problem {
    let problem =
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "The sample must be added by hand");
    problem.detail(format!(
        "The samples of this file are not written as a block that can be added to. Add:\n\n{}",
        block(sample, arguments, "  ")
    ))
}

/// The file with one more sample; none if its samples are no block.
fn with_sample(text: &str, name: &str, arguments: &Value) -> Option<String> {
    let is_key = |line: &str| line.starts_with("samples:");
    let lines: Vec<&str> = text.lines().collect();
    let Some(at) = lines.iter().position(|line| is_key(line)) else {
        let line = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        return Some(format!("{text}{line}samples:\n{}", block(name, arguments, "  ")));
    };
    let key = lines.get(at)?.strip_prefix("samples:")?;
    if !key.trim().is_empty() && !key.trim().starts_with('#') {
        return None;
    }
    let rest = lines.get(at + 1..)?;
    let inside = |line: &str| line.trim().is_empty() || line.starts_with([' ', '#']);
    let length = rest.iter().position(|line| !inside(line)).unwrap_or(rest.len());
    let own = rest.get(..length)?;
    let length = own.iter().rposition(|line| line.starts_with(' ')).map_or(0, |last| last + 1);
    let first = own.iter().find(|line| !line.trim().is_empty() && !line.trim().starts_with('#'));
    let indent = first.map_or(2, |line| line.len() - line.trim_start().len());
    let (before, after) = lines.split_at_checked(at + 1 + length)?;
    let mut out = before.join("\n");
    out.push('\n');
    out.push_str(&block(name, arguments, &" ".repeat(indent)));
    for line in after {
        out.push_str(line);
        out.push('\n');
    }
    Some(out)
}

/// A sample as YAML.
fn block(name: &str, arguments: &Value, indent: &str) -> String {
    let mut out = format!("{indent}{name}:");
    write(arguments, indent, 1, &mut out);
    out.push('\n');
    out
}

/// Writes a value behind its key. Scalars are JSON, which is YAML, so that none of them means
/// something else.
fn write(value: &Value, indent: &str, depth: usize, out: &mut String) {
    let deeper = format!("\n{}", indent.repeat(depth + 1));
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                out.push_str(&deeper);
                out.push_str(&key_text(key));
                out.push(':');
                write(value, indent, depth + 1, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                out.push_str(&deeper);
                out.push_str("- ");
                out.push_str(&item.to_string());
            }
        }
        other => {
            out.push(' ');
            out.push_str(&other.to_string());
        }
    }
}

fn key_text(key: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if key.chars().all(plain) { key.to_owned() } else { Value::from(key).to_string() }
}

#[cfg(test)]
mod tests {
    use super::with_sample;
    use serde_json::json;

    #[test]
    fn a_sample_is_added_behind_the_others_and_nothing_else_changes() {
        let text =
            "a: 1\nsamples:\n  # the first\n  one:\n    name: Ada\n\n# the end\nheaders: {}\n";
        let arguments = json!({"name": "true", "lines": [{"n": 1}], "none": {}});
        assert_eq!(
            with_sample(text, "two", &arguments).unwrap(),
            "a: 1\nsamples:\n  # the first\n  one:\n    name: Ada\n  two:\n    name: \"true\"\n    lines:\n      - {\"n\":1}\n    none: {}\n\n# the end\nheaders: {}\n"
        );
        assert_eq!(
            with_sample("a: 1", "x", &json!({"n": 1})).unwrap(),
            "a: 1\nsamples:\n  x:\n    n: 1\n"
        );
        assert!(with_sample("samples: {one: {}}\n", "x", &json!({})).is_none());
    }
}
