//! What of a call's arguments people may see: JSON, dots in place of secrets.
//!
//! It is written in one go from what was given, and given up once it is too long.

use std::borrow::Cow;
use std::io;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::input::Input;
use super::parameter::{Fields, Parameter, Type};

/// The longest arguments that are kept for people, in octets.
const LIMIT: usize = 16_384;
/// What stands for a secret.
pub(crate) const DOTS: &str = "•••";

/// The arguments as JSON; `None` if they are too long.
pub(super) fn shown(fields: &Fields, arguments: &Input) -> Option<String> {
    let mut out = Limited(Vec::with_capacity(256));
    serde_json::to_writer(&mut out, &Shown::Record(fields, arguments)).ok()?;
    String::from_utf8(out.0).ok()
}

/// A buffer that takes no more than [`LIMIT`].
struct Limited(Vec<u8>);

impl io::Write for Limited {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        if self.0.len() + octets.len() > LIMIT {
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.0.extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An input, with what is declared about it.
enum Shown<'a> {
    Record(&'a Fields, &'a Input),
    Declared(&'a Parameter, &'a Input),
    Plain(&'a Input),
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Record(fields, Input::Map(entries)) => map(serializer, entries, |name, value| {
                fields.get(name).map_or(Shown::Plain(value), |field| Shown::Declared(field, value))
            }),
            Self::Declared(parameter, input) if parameter.is_secret() && *input != Input::Null => {
                serializer.serialize_str(DOTS)
            }
            Self::Declared(parameter, input) => match (parameter.kind(), input) {
                (Type::Record(fields), _) => Shown::Record(fields, input).serialize(serializer),
                (Type::List(item), Input::List(items)) => {
                    serializer.collect_seq(items.iter().map(|one| Shown::Declared(item, one)))
                }
                _ => Shown::Plain(input).serialize(serializer),
            },
            Self::Record(_, input) | Self::Plain(input) => plain(serializer, input),
        }
    }
}

fn plain<S: Serializer>(serializer: S, input: &Input) -> Result<S::Ok, S::Error> {
    match input {
        Input::Null => serializer.serialize_unit(),
        Input::Bool(value) => serializer.serialize_bool(*value),
        Input::Integer(value) => match i64::try_from(value.get()) {
            Ok(value) => serializer.serialize_i64(value),
            Err(_large) => serializer.collect_str(&value.get()),
        },
        Input::Float(value) => serializer.serialize_f64(*value),
        Input::Text(text) => serializer.serialize_str(&without_nul(text)),
        Input::List(items) => serializer.collect_seq(items.iter().map(Shown::Plain)),
        Input::Map(entries) => map(serializer, entries, |_name, value| Shown::Plain(value)),
        Input::File(file) => {
            let mut map = serializer.serialize_map(Some(1))?;
            map.serialize_entry("filename", file.filename())?;
            map.end()
        }
    }
}

fn map<'a, S: Serializer>(
    serializer: S,
    entries: &'a [(Cow<'static, str>, Input)],
    shown: impl Fn(&str, &'a Input) -> Shown<'a>,
) -> Result<S::Ok, S::Error> {
    let entries = entries.iter().map(|(name, value)| (without_nul(name), shown(name, value)));
    serializer.collect_map(entries)
}

/// PostgreSQL reads no NUL in JSON.
fn without_nul(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', " ").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::method::{Call, MailMethods};

    macro_rules! method {
        ($arguments:literal) => {
            concat!(
                "arguments: ",
                $arguments,
                "\nheaders: { from: a@x.test, to: b@x.test, subject: s }\ntext: t"
            )
        };
    }

    fn shown_of(method: &'static str, arguments: &serde_json::Value) -> Option<String> {
        let methods = MailMethods::from_embedded([("m.yaml", method)]).unwrap();
        let call = Call::new("m").args(arguments).unwrap();
        shown(methods.find("m").unwrap().parameters(), &call.arguments)
    }

    #[test]
    fn secrets_at_any_depth_are_dots() {
        let declared = method!(
            "{ lines: { list: { code: { type: string, secret: true }, n: integer } }, \
             pin: { type: string?, secret: true } }"
        );
        let given = serde_json::json!({ "lines": [{ "code": "s3cret", "n": 1 }], "pin": null });
        let shown = shown_of(declared, &given).unwrap();
        assert_eq!(shown, r#"{"lines":[{"code":"•••","n":1}],"pin":null}"#);
    }

    #[test]
    fn nothing_in_it_is_a_nul() {
        let given = serde_json::json!({ "a": { "k\0ey": ["t\0ext", 1.5, true] } });
        let shown = shown_of(method!("{ a: any }"), &given).unwrap();
        assert_eq!(shown, r#"{"a":{"k ey":["t ext",1.5,true]}}"#);
    }

    #[test]
    fn too_much_is_not_shown() {
        let text = |length: usize| serde_json::json!({ "a": "x".repeat(length) });
        let around = r#"{"a":""}"#.len();
        let method = method!("{ a: string }");
        assert_eq!(shown_of(method, &text(LIMIT - around)).map(|s| s.len()), Some(LIMIT));
        assert_eq!(shown_of(method, &text(LIMIT - around + 1)), None);
    }
}
