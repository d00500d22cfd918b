//! Identifiers as Rust takes them.

use std::collections::BTreeMap;

use crate::codegen::names::{Scope, not_a_digit};
use crate::method::{Fields, Parameter};

/// The words that are no identifiers unless they are written raw.
const KEYWORDS: [&str; 48] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

/// The words that cannot even be raw identifiers.
const NEVER: [&str; 5] = ["_", "self", "Self", "super", "crate"];

/// Makes a name an identifier: keywords become raw.
pub(super) fn allowed(name: String) -> String {
    if NEVER.contains(&name.as_str()) {
        format!("{name}_")
    } else if KEYWORDS.contains(&name.as_str()) {
        format!("r#{name}")
    } else {
        name
    }
}

/// The name of a module: that of its folder or method, which is no name of a type.
pub(super) fn module(part: &str) -> String {
    not_a_digit(part.replace('-', "_"), "_")
}

/// The identifier of each field: its own name wherever that is one.
pub(super) fn fields(fields: &Fields) -> BTreeMap<&str, String> {
    let mut scope = Scope::default();
    let names = fields.all().iter().map(Parameter::name);
    let (own, others): (Vec<&str>, Vec<&str>) = names.partition(|name| !NEVER.contains(name));
    own.into_iter()
        .chain(others)
        .map(|name| (name, scope.claim(allowed(name.to_owned()))))
        .collect()
}

/// The identifier of a function's parameter for a field: what looks like a pattern of the
/// standard library is none.
pub(super) fn parameter(field: &str) -> String {
    if field.starts_with(|c: char| c.is_ascii_uppercase()) {
        return format!("given_{field}");
    }
    field.to_owned()
}
