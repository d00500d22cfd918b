//! The declaration of arguments: the key `arguments` of a definition.

use super::bind::{Reading, bind};
use super::grammar::{self, GrammarError};
use super::input::Input;
use super::name::{is_identifier, is_reserved};
use super::parameter::{Bounds, Fields, Parameter, Pattern, Type};
use crate::source::{Finding, Node, Part, Path};
use crate::source::{Reader, kind};

/// How deep lists and records may be nested.
const DEPTH_LIMIT: usize = 16;

/// The keys of the long form of a type.
const LONG_FORM: [&str; 11] = [
    "type",
    "of",
    "fields",
    "default",
    "optional",
    "secret",
    "description",
    "min",
    "max",
    "max_length",
    "pattern",
];

/// Reads the key `arguments`: a map, or the one-line list of SQL Methods.
pub(super) fn arguments<'a>(reader: &mut Reader<'a>, node: &'a Node, path: &Path) -> Fields {
    let parameters = match node {
        Node::Text(text) => match grammar::argument_list(text) {
            Ok(parameters) => {
                for parameter in &parameters {
                    check_name(reader, &parameter.name, path, Part::Value);
                    check_default(reader, parameter, |reader, finding| {
                        reader.document.place(finding, path, Part::Value)
                    });
                }
                parameters
            }
            Err(error) => {
                grammar_finding(reader, path, text, error);
                Vec::new()
            }
        },
        Node::Null => Vec::new(),
        node => fields(reader, node, path, DEPTH_LIMIT, "`arguments`"),
    };
    Fields::new(parameters)
}

fn fields<'a>(
    reader: &mut Reader<'a>,
    node: &'a Node,
    path: &Path,
    depth: usize,
    what: &str,
) -> Vec<Parameter> {
    let mut parameters = Vec::new();
    for (name, node) in reader.map(node, path, what) {
        let path = path.key(name);
        if name.ends_with(')') {
            let help = Some("quote it, or write enum(a|b)".to_owned());
            let message = format!("`{name}` is the rest of a type that the comma has cut");
            reader.wrong_key(&path, "argument-name", message, help);
        } else if check_name(reader, name, &path, Part::Key) {
            parameters.extend(parameter(reader, name, node, &path, depth));
        }
    }
    parameters
}

/// Checks the name of an argument or a field.
fn check_name(reader: &mut Reader<'_>, name: &str, path: &Path, part: Part) -> bool {
    let (code, message) = if !is_identifier(name) {
        ("argument-name", format!("`{name}` cannot be the name of an argument"))
    } else if is_reserved(name) {
        ("reserved-name", format!("`{name}` is reserved: templates give it another meaning"))
    } else {
        return true;
    };
    let help = if code == "reserved-name" {
        format!("rename it, for example to `{name}_value`")
    } else {
        "a name is letters, digits and `_`, and begins with a letter".to_owned()
    };
    let finding = reader.document.error(path, part, code, message).help(help);
    reader.findings.push(finding);
    false
}

/// Reads one parameter from its type: a text, a list, a record or the long form.
fn parameter<'a>(
    reader: &mut Reader<'a>,
    name: &str,
    node: &'a Node,
    path: &Path,
    depth: usize,
) -> Option<Parameter> {
    if depth == 0 {
        reader.wrong(path, "argument-type", "lists and records are nested too deeply");
        return None;
    }
    match node {
        Node::Text(text) => match grammar::parameter(name, text) {
            Ok(parameter) => {
                check_default(reader, &parameter, |reader, finding| {
                    place_in_text(reader, finding, path, text, grammar::default_start(text))
                });
                Some(parameter)
            }
            Err(error) => {
                grammar_finding(reader, path, text, error);
                None
            }
        },
        Node::Map(entries) if entries.iter().any(|(key, _)| key == "type") => {
            long_form(reader, name, entries, path, depth)
        }
        Node::Map(entries) => match entries.as_slice() {
            [(key, of)] if key == "list" => {
                let item = parameter(reader, "", of, &path.key("list"), depth - 1)?;
                Some(Parameter::new(name, Type::List(Box::new(item))))
            }
            [] => {
                reader.wrong(path, "argument-type", "a record needs at least one field");
                None
            }
            _ => {
                let fields = fields(reader, node, path, depth - 1, "the record");
                Some(Parameter::new(name, Type::Record(Fields::new(fields))))
            }
        },
        other => {
            let message = format!("the type is {}, not text or a map", kind(other));
            reader.wrong_with(path, "argument-type", message, "write a type, such as string");
            None
        }
    }
}

fn grammar_finding(reader: &mut Reader<'_>, path: &Path, text: &str, error: GrammarError) {
    let finding = Finding::error(error.code, error.message);
    let finding = place_in_text(reader, finding, path, text, error.start);
    reader.findings.push(match error.help {
        Some(help) => finding.help(help),
        None => finding,
    });
}

/// Places a finding at the word that begins at an octet of a scalar's text.
fn place_in_text(
    reader: &Reader<'_>,
    finding: Finding,
    path: &Path,
    text: &str,
    start: usize,
) -> Finding {
    let (line, column) = crate::source::position(text, start);
    let location = reader.document.locate_in_scalar(path, line, column);
    let word = text.get(start..).and_then(|rest| rest.split_whitespace().next());
    let width = word.map_or(1, |word| word.chars().count());
    finding.at(location, reader.document.text(), width).path(path.to_string())
}

/// Reads `{type, of, fields, default, optional, secret, description, min, max, …}`.
fn long_form<'a>(
    reader: &mut Reader<'a>,
    name: &str,
    entries: &'a [(String, Node)],
    path: &Path,
    depth: usize,
) -> Option<Parameter> {
    reader.check_keys(entries, path, &LONG_FORM);
    let get = |key: &str| entries.iter().find(|(name, _)| name == key).map(|(_, node)| node);
    let type_path = path.key("type");
    let word = match get("type") {
        Some(Node::Text(word)) => word.trim(),
        other => {
            let found = other.map_or("missing", kind);
            reader.wrong(&type_path, "argument-type", format!("`type` is {found}, not text"));
            return None;
        }
    };
    let mut parameter = match word {
        "record" => {
            let Some(node) = get("fields") else {
                reader.wrong_with(
                    path,
                    "argument-type",
                    "a record needs `fields`",
                    "write { type: record, fields: { name: string } }",
                );
                return None;
            };
            let fields = fields(reader, node, &path.key("fields"), depth - 1, "`fields`");
            Parameter::new(name, Type::Record(Fields::new(fields)))
        }
        "list" | "list?" => {
            let item = match get("of") {
                Some(node) => parameter(reader, "", node, &path.key("of"), depth - 1)?,
                None => Parameter::new("", Type::Any),
            };
            let mut list = Parameter::new(name, Type::List(Box::new(item)));
            list.optional = word == "list?";
            list
        }
        word => match grammar::parameter(name, word) {
            Ok(parameter) => parameter,
            Err(error) => {
                grammar_finding(reader, &type_path, word, error);
                return None;
            }
        },
    };
    for (key, needs) in [("of", "list"), ("fields", "record")] {
        if get(key).is_some() && !word.starts_with(needs) {
            let message = format!("`{key}` is for the type {needs}");
            reader.wrong_key(&path.key(key), "argument-type", message, None);
        }
    }
    options(reader, &mut parameter, entries, path);
    check_default(reader, &parameter, |reader, finding| {
        let default = path.key("default");
        let at = if get("default").is_some() { &default } else { &type_path };
        reader.document.place(finding, at, Part::Value)
    });
    Some(parameter)
}

/// Reads the keys of the long form beside the type.
fn options<'a>(
    reader: &mut Reader<'a>,
    parameter: &mut Parameter,
    entries: &'a [(String, Node)],
    path: &Path,
) {
    let mut bounds = Bounds::default();
    for (key, node) in entries {
        let here = path.key(key);
        match key.as_str() {
            "default" => parameter.default = Some(Input::from(node)),
            "optional" => parameter.optional = reader.boolean(node, &here, "`optional`"),
            "secret" => parameter.secret = reader.boolean(node, &here, "`secret`"),
            "description" => {
                parameter.description =
                    reader.text(node, &here, "`description`").map(str::to_owned);
            }
            "min" => bounds.min = bound(reader, parameter, node, &here),
            "max" => bounds.max = bound(reader, parameter, node, &here),
            "max_length" => match node {
                Node::Integer(length) if (1..=100_000_000).contains(length) => {
                    bounds.max_length = usize::try_from(*length).ok();
                }
                _ => reader.wrong(&here, "wrong-value", "`max_length` is a number of characters"),
            },
            "pattern" => match reader.text(node, &here, "`pattern`").map(Pattern::new) {
                Some(Ok(pattern)) => bounds.pattern = Some(pattern),
                Some(Err(message)) => {
                    reader.wrong(
                        &here,
                        "wrong-value",
                        format!("the pattern does not parse: {message}"),
                    );
                }
                None => {}
            },
            _ => {}
        }
    }
    if parameter.optional && parameter.default.is_some() {
        let message = "an argument with a default is never absent: remove `optional`";
        reader.wrong_key(&path.key("default"), "argument-type", message, None);
    }
    parameter.bounds = bounds;
}

fn bound(
    reader: &mut Reader<'_>,
    parameter: &Parameter,
    node: &Node,
    path: &Path,
) -> Option<Input> {
    let fits = match parameter.kind {
        Type::String | Type::Text | Type::List(_) | Type::File | Type::Integer => {
            matches!(node, Node::Integer(_))
        }
        Type::Decimal | Type::Float => super::scalar::decimal(&Input::from(node)).is_some(),
        Type::Date | Type::Time | Type::DateTime => matches!(node, Node::Text(_)),
        _ => {
            let message =
                format!("the type {} has no least and no greatest value", parameter.kind.name());
            reader.wrong(path, "wrong-value", message);
            return None;
        }
    };
    if !fits {
        let message = format!("this is no bound for the type {}", parameter.kind.name());
        reader.wrong(path, "wrong-value", message);
        return None;
    }
    Some(Input::from(node))
}

/// A default must be a value that a call could give.
fn check_default(
    reader: &mut Reader<'_>,
    parameter: &Parameter,
    place: impl Fn(&Reader<'_>, Finding) -> Finding,
) {
    let Some(default) = &parameter.default else { return };
    let mut plain = parameter.clone();
    plain.default = None;
    let fields = Fields::new(vec![plain]);
    let input = Input::Map(vec![(parameter.name.clone().into(), default.clone())]);
    let reading = Reading { lenient: true, timezone: jiff::tz::TimeZone::UTC };
    let Err(problems) = bind(&fields, &input, &reading) else { return };
    for problem in problems {
        let message = format!("the default does not fit: {}", problem.message);
        let finding = place(reader, Finding::error("wrong-default", message));
        reader.findings.push(match problem.help {
            Some(help) => finding.help(help),
            None => finding,
        });
    }
}
