//! `show`: one method, its arguments and headers, and where each value comes from.

use std::collections::BTreeMap;

use mailmethod::MailMethod;
use mailmethod::method::{Fields, Importance, Parameter, Type};
use serde_json::Value;

use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::json;
use crate::output::Output;
use crate::table::Table;

pub(super) fn run(context: &Context, name: &str, output: &mut Output) -> Result<Exit, Failure> {
    let method = context.find(name)?;
    let origins: BTreeMap<&str, String> = method.origins().collect();
    if output.json {
        output.json(&document(method, &origins))?;
    } else {
        write(method, &origins, output)?;
    }
    Ok(Exit::Done)
}

fn document(method: &MailMethod, origins: &BTreeMap<&str, String>) -> Value {
    let headers: Vec<(&str, String)> =
        method.headers().map(|(name, texts)| (name, texts.join(", "))).collect();
    let mut document = serde_json::Map::new();
    document.insert("v".to_owned(), 1.into());
    if let Value::Object(fields) = json::method(method) {
        document.extend(fields);
    }
    document.insert("headers".to_owned(), serde_json::json!(headers));
    document.insert("origins".to_owned(), serde_json::json!(origins));
    for (key, value) in marks(method) {
        document.insert(key.to_owned(), value.into());
    }
    Value::Object(document)
}

/// What the keys of the method beside its headers say, where it has them.
fn marks(method: &MailMethod) -> [(&'static str, Option<String>); 4] {
    let importance = Some(method.importance()).filter(|found| *found != Importance::Normal);
    [
        ("preheader", method.preheader()),
        ("importance", importance.map(|found| found.as_str().to_owned())),
        ("auto_submitted", method.auto_submitted().map(|found| found.as_str().to_owned())),
        ("unsubscribe", method.unsubscribe()),
    ]
}

fn write(
    method: &MailMethod,
    origins: &BTreeMap<&str, String>,
    output: &mut Output,
) -> Result<(), Failure> {
    let paint = output.paint();
    output.line(&paint.bold(method.name()))?;
    if let Some(description) = method.description() {
        output.line(description)?;
    }
    let locales: Vec<&str> = method.locales().iter().map(AsRef::as_ref).collect();
    let samples: Vec<&str> = method.samples().collect();
    let mut facts = vec![
        ("kind", method.kind().as_str().to_owned()),
        ("adapter", method.adapter().to_owned()),
        ("locales", locales.join(", ")),
        ("samples", if samples.is_empty() { "none".to_owned() } else { samples.join(", ") }),
    ];
    facts.extend(marks(method).into_iter().filter_map(|(name, value)| Some((name, value?))));
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    output.line("")?;
    for (name, value) in facts {
        let origin = origins.get(name).map(|origin| format!("   {origin}")).unwrap_or_default();
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        output.line(&format!("{name:width$}  {value}{}", paint.dim(&origin)))?;
    }
    section(output, "Arguments", &arguments(method.parameters()))?;
    section(output, "Headers", &headers(method, origins))
}

fn section(output: &mut Output, title: &str, table: &Table) -> Result<(), Failure> {
    output.line("")?;
    let title = output.paint().bold(title);
    output.line(&title)?;
    if table.rows.is_empty() {
        return output.line("  none");
    }
    let names = table.columns.iter().map(|name| (*name).to_owned()).collect();
    for line in table.aligned(&names, "  ") {
        output.line(&line)?;
    }
    Ok(())
}

fn arguments(fields: &Fields) -> Table {
    let mut rows = Vec::new();
    for parameter in fields.all() {
        add(parameter, parameter.name(), &mut rows);
    }
    Table { columns: vec!["name", "type", "default", "secret", "description"], rows }
}

/// Adds an argument and what is inside of it.
fn add(parameter: &Parameter, path: &str, rows: &mut Vec<Vec<String>>) {
    let optional = if parameter.is_optional() { "?" } else { "" };
    let default = match parameter.default() {
        _ if parameter.is_optional() => "absent".to_owned(),
        Some(Value::String(text)) => text,
        Some(value) => value.to_string(),
        None => "required".to_owned(),
    };
    rows.push(vec![
        path.to_owned(),
        format!("{}{optional}", parameter.kind().name()),
        default,
        if parameter.is_secret() { "secret" } else { "" }.to_owned(),
        parameter.description().unwrap_or_default().to_owned(),
    ]);
    match parameter.kind() {
        Type::Record(fields) => {
            for field in fields.all() {
                add(field, &format!("{path}.{}", field.name()), rows);
            }
        }
        Type::List(item) => match item.kind() {
            Type::Record(fields) => {
                for field in fields.all() {
                    add(field, &format!("{path}.0.{}", field.name()), rows);
                }
            }
            _ => add(item, &format!("{path}.0"), rows),
        },
        _ => {}
    }
}

fn headers(method: &MailMethod, origins: &BTreeMap<&str, String>) -> Table {
    let rows = method.headers().map(|(name, texts)| {
        let origin =
            origins.get(format!("headers.{}", name.to_ascii_lowercase()).as_str()).cloned();
        let text: Vec<&str> = texts.iter().flat_map(|text| text.split_whitespace()).collect();
        vec![name.to_owned(), text.join(" "), origin.unwrap_or_default()]
    });
    Table { columns: vec!["name", "value", "from"], rows: rows.collect() }
}
