//! The phrase: a header's template that is text and names alone, as most are.
//!
//! `Order {{ order_no }}` needs no engine: it is printed piece by piece, by the
//! same formatter. What is more than that is no phrase, and whatever goes wrong
//! in one is left to the engine, which says where.

use minijinja::value::Value as Raw;

use super::place::{self, Place};
use super::scope::Root;

/// Text and names, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Phrase {
    place: Place,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(Box<str>),
    /// An argument and the fields on the way down from it.
    Name(Box<str>, Vec<Box<str>>),
}

impl Phrase {
    /// Reads a template of a header; none if it is more than text and names.
    pub(super) fn read(place: Place, text: &str) -> Option<Self> {
        if text.contains("{%") || text.contains("{#") {
            return None;
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((literal, behind)) = rest.split_once("{{") {
            let (expression, behind) = behind.split_once("}}")?;
            if !literal.is_empty() {
                pieces.push(Piece::Text(literal.into()));
            }
            let mut names = expression.trim().split('.').map(identifier);
            let argument = names.next()??;
            pieces.push(Piece::Name(argument, names.collect::<Option<_>>()?));
            rest = behind;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.into()));
        }
        Some(Self { place, pieces })
    }

    /// Prints the phrase; none if a name is undefined or a value may not stand here.
    pub(super) fn render(&self, root: &Root) -> Option<String> {
        let mut out = String::with_capacity(64);
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Name(argument, fields) => {
                    let mut value = defined(&root.value, argument)?;
                    for field in fields {
                        value = defined(&value, field)?;
                    }
                    place::print(&mut out, self.place, &value).ok()?;
                }
            }
        }
        Some(out)
    }
}

fn identifier(name: &str) -> Option<Box<str>> {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let word = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    (starts && word).then(|| name.into())
}

fn defined(value: &Raw, name: &str) -> Option<Raw> {
    value.get_attr(name).ok().filter(|value| !value.is_undefined())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Phrase, Place};
    use crate::render::{Root, Scope, Settings, Value};

    fn root() -> Root {
        let shape = |names: &[&str]| names.iter().map(|name| Arc::from(*name)).collect();
        let ada = vec![Value::text("Ada, B"), Value::address(None, "ada@x.test".into())];
        let ada = Value::record(shape(&["name", "email"]), ada);
        let values = vec![ada, Value::text("a\r\nb"), Value::absent()];
        let scope =
            Scope::new(Arc::default(), Arc::default(), Arc::default(), &Settings::default());
        Root::new(shape(&["customer", "evil", "note"]), values, scope)
    }

    #[track_caller]
    fn check(place: Place, text: &str, expected: Option<&str>) {
        let phrase = Phrase::read(place, text).expect("it is a phrase");
        assert_eq!(phrase.render(&root()).as_deref(), expected, "{text}");
    }

    #[test]
    fn a_phrase_prints_text_and_names_as_their_place_wants_them() {
        check(Place::Header, "Hi {{ customer.name }}!", Some("Hi Ada, B!"));
        check(Place::Header, "{{customer.email}}{{ note }}\n", Some("ada@x.test\n"));
        let to = "{{ customer.name }} <{{ customer.email }}>";
        check(Place::Mailboxes, to, Some("\u{2}Ada, B\u{3} <\u{2}ada@x.test\u{3}>"));
    }

    #[test]
    fn what_goes_wrong_is_left_to_the_engine() {
        for text in ["{{ custmer }}", "{{ customer.nam }}", "{{ note.x }}", "{{ evil }}"] {
            check(Place::Header, text, None);
        }
    }

    #[test]
    fn what_is_more_than_text_and_names_is_no_phrase() {
        for text in [
            "{{ a | upper }}",
            "{{ a() }}",
            "{{ a[0] }}",
            "{{ 'a' }}",
            "{{ 1 }}",
            "{{ a.0 }}",
            "{{- a }}",
            "{{ a -}}",
            "{{ a b }}",
            "{{ }}",
            "{{ a",
            "{{ a. }}",
            "{{ a + b }}",
            "{% if a %}b{% endif %}",
            "{# a #}",
            "{{ '{{' }}",
            "{{ ä }}",
        ] {
            assert_eq!(Phrase::read(Place::Header, text), None, "{text}");
        }
    }
}
