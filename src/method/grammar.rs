//! The grammar of types: `string?`, `enum(free|team) = free`, and the one-line argument list of
//! SQL Methods.

use std::collections::HashSet;

use super::input::Input;
use super::parameter::{Bounds, Parameter, SIMPLE, Type};
use crate::source::nearest;

/// What is wrong in a type or an argument list, and where in its text (in octets).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct GrammarError {
    pub(super) start: usize,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

fn wrong(start: usize, message: impl Into<String>) -> GrammarError {
    GrammarError { start, code: "argument-type", message: message.into(), help: None }
}

/// Reads `TYPE`, `TYPE?` or `TYPE = default` as the parameter of a name.
pub(super) fn parameter(name: &str, text: &str) -> Result<Parameter, GrammarError> {
    let (kind, rest, at) = kind(text)?;
    let mut parameter = Parameter::new(name, kind);
    let mut rest = rest;
    let mut at = at;
    if let Some(after) = rest.strip_prefix('?') {
        parameter.optional = true;
        at += 1;
        rest = after;
    }
    let blank = rest.len() - rest.trim_start().len();
    let tail = rest.trim();
    if tail.is_empty() {
        return Ok(parameter);
    }
    let Some(default) = tail.strip_prefix('=') else {
        return Err(GrammarError {
            help: Some("a type is `string`, `string?` or `string = default`".to_owned()),
            ..wrong(at + blank, format!("{tail:?} stands behind the type"))
        });
    };
    if parameter.optional {
        return Err(wrong(
            at + blank,
            "an argument with a default is never absent: remove the `?`",
        ));
    }
    parameter.default = Some(Input::Text(unquoted(default.trim()).to_owned().into()));
    Ok(parameter)
}

/// Where the default of `TYPE = default` begins, in octets; 0 if there is none.
pub(super) fn default_start(text: &str) -> usize {
    let Ok((_, rest, at)) = kind(text) else { return 0 };
    let Some(sign) = rest.find('=') else { return 0 };
    let behind = rest.get(sign + 1..).unwrap_or_default();
    at + sign + 1 + behind.len() - behind.trim_start().len()
}

fn unquoted(text: &str) -> &str {
    ['"', '\'']
        .iter()
        .find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(text)
}

/// Reads a type at the start of a text; gives what follows it, and where that begins.
fn kind(text: &str) -> Result<(Type, &str, usize), GrammarError> {
    let indent = text.len() - text.trim_start().len();
    let body = text.trim_start();
    let length = body.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(body.len());
    let (word, rest) = body.split_at_checked(length).unwrap_or((body, ""));
    if word == "enum" {
        return words(rest, indent + length);
    }
    if word == "list" {
        return Ok((Type::List(Box::new(Parameter::new("", Type::Any))), rest, indent + length));
    }
    match SIMPLE.iter().find(|(name, _)| *name == word) {
        Some((_, kind)) => Ok((kind.clone(), rest, indent + length)),
        None => Err(unknown(word, text, indent)),
    }
}

fn unknown(word: &str, text: &str, start: usize) -> GrammarError {
    let known = SIMPLE.iter().map(|(name, _)| *name).chain(["enum", "list", "record"]);
    let shown = if word.is_empty() { text.trim() } else { word };
    let synonym = match word.to_ascii_lowercase().as_str() {
        "int" | "i64" | "u32" | "int64" => Some("integer"),
        "bool" => Some("boolean"),
        "str" | "nb" => Some("string"),
        "email" | "mailbox" => Some("address"),
        "number" | "money" => Some("decimal"),
        "object" | "map" | "dict" | "struct" => Some("record"),
        "array" | "tokens" => Some("list"),
        "timestamp" => Some("datetime"),
        _ => None,
    };
    let help = match synonym.or_else(|| nearest(word, known)) {
        Some("record") => "a record is a map of its fields: { name: string }".to_owned(),
        Some(near) => format!("did you mean `{near}`?"),
        None if text.trim_end().ends_with(')') => "quote it, or write enum(a|b)".to_owned(),
        None => "types: string, text, integer, decimal, float, boolean, date, time, datetime, \
                 address, addresses, url, enum(a|b), list, file, any"
            .to_owned(),
    };
    GrammarError {
        start,
        code: "unknown-type",
        message: format!("unknown type `{shown}`"),
        help: Some(help),
    }
}

/// The words of an enum, between parentheses.
fn words(rest: &str, at: usize) -> Result<(Type, &str, usize), GrammarError> {
    let inside = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
    let Some((inside, behind)) = inside else {
        return Err(GrammarError {
            help: Some("quote it, or write enum(a|b)".to_owned()),
            ..wrong(at, "an enum needs its words: enum(a|b)")
        });
    };
    let words: Vec<String> =
        inside.split(['|', ',']).map(|word| unquoted(word.trim()).to_owned()).collect();
    if words.iter().any(|word| word.is_empty() || word.chars().any(char::is_control)) {
        return Err(wrong(at + 1, "an enum's word is blank"));
    }
    let mut known = HashSet::new();
    if let Some((i, word)) = words.iter().enumerate().find(|(_, word)| !known.insert(*word)) {
        return Err(wrong(
            at + 1,
            format!("the enum has the word {word:?} twice (again as word {})", i + 1),
        ));
    }
    Ok((Type::Enum(words), behind, at + inside.len() + 2))
}

/// Reads the one-line argument list of SQL Methods: `order_no:string due:date plan="free"`.
pub(super) fn argument_list(text: &str) -> Result<Vec<Parameter>, GrammarError> {
    let mut parameters: Vec<Parameter> = Vec::new();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find(|c: char| c > ' ')) {
        let start = at + found;
        let rest = text.get(start..).unwrap_or_default();
        let end = item_end(rest, start)?;
        let item = rest.get(..end).unwrap_or_default();
        let parameter = list_item(item, start)?;
        if parameters.iter().any(|known| known.name == parameter.name) {
            return Err(GrammarError {
                code: "duplicate-key",
                ..wrong(start, format!("the argument `{}` stands twice", parameter.name))
            });
        }
        parameters.push(parameter);
        at = start + end;
    }
    Ok(parameters)
}

/// The length of the item at the start of a text: up to white space outside of quotes.
fn item_end(rest: &str, start: usize) -> Result<usize, GrammarError> {
    let mut quoted = false;
    for (i, c) in rest.char_indices() {
        match c {
            '"' => quoted = !quoted,
            c if c <= ' ' && !quoted => return Ok(i),
            _ => {}
        }
    }
    if quoted { Err(wrong(start, "the quote never ends")) } else { Ok(rest.len()) }
}

fn list_item(item: &str, start: usize) -> Result<Parameter, GrammarError> {
    let (declared, default) = match item.split_once('=') {
        Some((declared, default)) => (declared, Some(default)),
        None => (item, None),
    };
    let (name, word) = match declared.split_once(':') {
        Some((name, word)) => (name, Some(word)),
        None => (declared, None),
    };
    if !super::name::is_identifier(name) {
        let help = "write name, name:type, name=default or name:type=\"default\", without spaces \
                    around `:` and `=` and without commas";
        return Err(GrammarError {
            help: Some(help.to_owned()),
            ..wrong(start, format!("{item:?} is no argument"))
        });
    }
    let at = start + name.len() + 1;
    let kind = match word {
        None | Some("string" | "nb") => Type::String,
        Some("int") => Type::Integer,
        Some("tokens") => Type::List(Box::new(Parameter::new("", Type::String))),
        Some("") => {
            return Err(wrong(at, format!("the argument `{name}` has no type behind its colon")));
        }
        Some(word) => match kind(word) {
            Ok((kind, "", _)) => kind,
            Ok(_) => return Err(unknown("", word, at)),
            Err(error) => return Err(GrammarError { start: at + error.start, ..error }),
        },
    };
    let mut parameter = Parameter::new(name, kind);
    if word == Some("nb") {
        parameter.bounds = Bounds { min: Some(Input::Integer(1)), ..Bounds::default() };
    }
    if let Some(default) = default {
        let plain = default.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        if default.is_empty() || (plain.is_none() && default.contains(['"', '\'', '='])) {
            let at = start + declared.len() + 1;
            return Err(wrong(at, format!("the argument `{name}` has no default behind its `=`")));
        }
        parameter.default = Some(Input::Text(plain.unwrap_or(default).to_owned().into()));
    }
    Ok(parameter)
}

#[cfg(test)]
mod tests {
    use super::{Input, Type, argument_list, parameter};

    #[test]
    fn a_type_may_be_optional_or_have_a_default() {
        let note = parameter("note", "string?").unwrap();
        assert!(note.optional && note.kind == Type::String);
        let plan = parameter("plan", "enum(free|team) = free").unwrap();
        assert_eq!(plan.kind, Type::Enum(vec!["free".into(), "team".into()]));
        assert_eq!(plan.default, Some(Input::Text("free".into())));
        let same = parameter("plan", "enum(free, team) = \"free\"").unwrap();
        assert_eq!(same.default, plan.default);
    }

    #[track_caller]
    fn refused(text: &str, start: usize, message: &str, help: &str) {
        let error = parameter("x", text).expect_err("it is no type");
        assert_eq!((error.start, error.message.as_str()), (start, message));
        assert!(error.help.unwrap_or_default().contains(help));
    }

    #[test]
    fn what_is_no_type_is_refused_with_the_nearest_one() {
        refused("strin", 0, "unknown type `strin`", "did you mean `string`?");
        refused(" int", 1, "unknown type `int`", "did you mean `integer`?");
        refused("team)", 0, "unknown type `team`", "quote it, or write enum(a|b)");
        refused("enum", 4, "an enum needs its words: enum(a|b)", "quote it");
        refused("enum(a", 4, "an enum needs its words: enum(a|b)", "quote it, or write enum(a|b)");
        refused("enum(a||b)", 5, "an enum's word is blank", "");
        refused("string x", 7, "\"x\" stands behind the type", "");
        refused("string? = a", 8, "an argument with a default is never absent: remove the `?`", "");
    }

    #[test]
    fn t01_a_one_line_list_keeps_order_types_and_defaults() {
        let list = argument_list("arg1:string=\"n/a\"  b:int c:nb\nd:tokens e=5 f").unwrap();
        let names: Vec<&str> = list.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names, ["arg1", "b", "c", "d", "e", "f"]);
        assert_eq!(list[0].default, Some(Input::Text("n/a".into())));
        assert_eq!(list[1].kind, Type::Integer);
        assert_eq!(list[2].bounds.min, Some(Input::Integer(1)));
        assert!(matches!(&list[3].kind, Type::List(item) if item.kind == Type::String));
        assert_eq!(list[4].default, Some(Input::Text("5".into())));
    }

    #[test]
    fn t02_an_empty_list_has_no_arguments() {
        assert!(argument_list("").unwrap().is_empty());
        assert!(argument_list(" \n\t").unwrap().is_empty());
    }

    #[test]
    fn t03_what_is_no_argument_is_refused_with_its_place() {
        for (text, start) in [
            ("x a = 5", 4),
            ("a=", 2),
            ("\"x\"", 0),
            ("a, b", 0),
            ("a: b", 2),
            (":int", 0),
            ("a:list:int", 2),
            ("a=b=c", 2),
            ("a='x y'", 2),
            ("a:int a:float", 6),
            ("a=\"x", 0),
            ("a:strin", 2),
        ] {
            assert_eq!(argument_list(text).expect_err(text).start, start, "{text}");
        }
        assert!(argument_list(&"a ".repeat(5_000)).is_err());
        let many: String = (0..2_000).map(|i| format!("a{i} ")).collect();
        assert_eq!(argument_list(&many).unwrap().len(), 2_000);
    }
}
