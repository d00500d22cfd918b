//! The sample: a named argument set; here alone `{file: PATH}` reads a file.

use super::file::File;
use super::input::Input;
use super::parameter::{Fields, Parameter, Type};
use crate::render::Asset;
use crate::source::Path;

/// One step into an argument set.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// A file that a sample names: the way to it, its path as written, and where that stands.
pub(super) type Named = (Vec<Step>, String, Path);

/// Finds each `{file: PATH}` that stands for an argument of type file.
pub(super) fn file_paths(fields: &Fields, input: &Input, path: &Path, found: &mut Vec<Named>) {
    for parameter in fields.all() {
        if let Some(value) = input.get(parameter.name()) {
            let steps = vec![Step::Key(parameter.name().to_owned())];
            search(parameter, value, &path.key(parameter.name()), &steps, found);
        }
    }
}

fn search(
    parameter: &Parameter,
    input: &Input,
    path: &Path,
    steps: &[Step],
    found: &mut Vec<Named>,
) {
    let next = |step: Step| {
        let mut steps = steps.to_vec();
        steps.push(step);
        steps
    };
    match (parameter.kind(), input) {
        (Type::File, Input::Map(entries)) => {
            if let [(key, Input::Text(text))] = entries.as_slice()
                && key == "file"
            {
                found.push((steps.to_vec(), text.to_string(), path.key("file")));
            }
        }
        (Type::List(item), Input::List(items)) => {
            for (i, value) in items.iter().enumerate() {
                search(item, value, &path.index(i), &next(Step::Index(i)), found);
            }
        }
        (Type::Record(fields), value) => {
            for field in fields.all() {
                if let Some(value) = value.get(field.name()) {
                    let steps = next(Step::Key(field.name().to_owned()));
                    search(field, value, &path.key(field.name()), &steps, found);
                }
            }
        }
        _ => {}
    }
}

/// Puts a file in the place that the steps lead to.
pub(super) fn replace(input: &mut Input, steps: &[Step], asset: &Asset) {
    let mut slot = input;
    for step in steps {
        let next = match (step, slot) {
            (Step::Key(key), Input::Map(entries)) => {
                entries.iter_mut().find(|(name, _)| name == key).map(|(_, value)| value)
            }
            (Step::Index(index), Input::List(items)) => items.get_mut(*index),
            _ => None,
        };
        match next {
            Some(value) => slot = value,
            None => return,
        }
    }
    *slot = Input::File(File::new(asset.file_name(), std::sync::Arc::clone(&asset.content)));
}

/// The lines of a first sample, in YAML: a value for each argument that a call must give.
pub(super) fn skeleton(fields: &Fields) -> String {
    let mut lines = String::from("samples:\n  first:");
    if fields.all().iter().all(|parameter| !parameter.is_required()) {
        lines.push_str(" {}\n");
        return lines;
    }
    lines.push('\n');
    for parameter in fields.all().iter().filter(|parameter| parameter.is_required()) {
        lines.push_str(&format!("    {}: {}\n", parameter.name(), value(parameter)));
    }
    lines
}

/// A value that fits a parameter, in YAML on one line.
fn value(parameter: &Parameter) -> String {
    let least = parameter.bounds.min.as_ref().map(|min| min.to_json().to_string());
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    match parameter.kind() {
        Type::String | Type::Text | Type::Any => {
            let mut text = if parameter.name().contains("name") {
                "Ada Lovelace".to_owned()
            } else {
                parameter.name().replace('_', " ")
            };
            if let Some(longest) = parameter.bounds.max_length {
                text = text.chars().take(longest).collect();
            }
            quoted(&text)
        }
        Type::Integer => least.unwrap_or_else(|| "1".to_owned()),
        Type::Decimal => least.map_or_else(|| quoted("12.50"), |min| quoted(min.trim_matches('"'))),
        Type::Float => least.unwrap_or_else(|| "1.5".to_owned()),
        Type::Boolean => "true".to_owned(),
        Type::Date => "2026-01-31".to_owned(),
        Type::Time => quoted("09:30"),
        Type::DateTime => quoted("2026-01-31T09:30:00Z"),
        Type::Address => "ada@example.test".to_owned(),
        Type::Addresses => "[ada@example.test]".to_owned(),
        Type::Url => "https://example.test/".to_owned(),
        Type::Enum(words) => quoted(words.first().map_or("", String::as_str)),
        Type::List(item) => format!("[{}]", value(item)),
        Type::Record(fields) => {
            let required = fields.all().iter().filter(|field| field.is_required());
            let fields = required.map(|field| format!("{}: {}", field.name(), value(field)));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        Type::File => "{ filename: sample.txt, content: U2FtcGxlCg== }".to_owned(),
    }
}

/// The values of the secret arguments in an input, as texts.
pub(super) fn secrets(fields: &Fields, input: &Input, found: &mut Vec<String>) {
    for parameter in fields.all() {
        if let Some(value) = input.get(parameter.name()) {
            secret(parameter, value, found);
        }
    }
}

fn secret(parameter: &Parameter, input: &Input, found: &mut Vec<String>) {
    match (parameter.kind(), input) {
        _ if parameter.is_secret() => texts(input, found),
        (Type::List(item), Input::List(items)) => {
            items.iter().for_each(|value| secret(item, value, found));
        }
        (Type::Record(fields), value) => secrets(fields, value, found),
        _ => {}
    }
}

fn texts(input: &Input, found: &mut Vec<String>) {
    match input {
        Input::Text(text) => found.push(text.to_string()),
        Input::Integer(number) => found.push(number.get().to_string()),
        Input::Float(number) => found.push(number.to_string()),
        Input::List(items) => items.iter().for_each(|value| texts(value, found)),
        Input::Map(pairs) => pairs.iter().for_each(|(_, value)| texts(value, found)),
        Input::Null | Input::Bool(_) | Input::File(_) => {}
    }
}
