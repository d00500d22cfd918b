//! The pairs: arguments as they stand on the command line, and what they mean.
//!
//! `name=value`, `name:=JSON` and `name=@FILE`. Only here are `today`, `tomorrow`
//! and `+7d` dates, and only here does a path read a file.

use std::fs::File as OpenFile;
use std::io::{self, Read as _};
use std::path::Path;
use std::str::FromStr;

use jiff::civil;
use mailmethod::method::{Fields, Parameter, Type};
use mailmethod::source::Finding;
use mailmethod::{File, Stamp};
use serde::Serialize;
use serde_json::Value;

use crate::context::Context;

/// One argument of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    /// The name or path: `customer.email`, `lines.0.title`.
    pub(crate) key: String,
    /// What stands between name and value: `=`, `:=` or `=@`.
    pub(crate) sign: &'static str,
    pub(crate) value: String,
}

impl FromStr for Pair {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((key, value)) = text.split_once('=') else {
            return Err("an argument is written name=value, name:=JSON or name=@FILE".to_owned());
        };
        let (key, sign, value) = match (key.strip_suffix(':'), value.strip_prefix('@')) {
            (Some(key), _) => (key, ":=", value),
            (None, Some(file)) => (key, "=@", file),
            (None, None) => (key, "=", value),
        };
        if key.is_empty() {
            return Err("there is no name before the `=`".to_owned());
        }
        Ok(Self { key: key.to_owned(), sign, value: value.to_owned() })
    }
}

/// What a pair gives.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Given {
    Json(Value),
    File(File),
    List(Vec<Self>),
}

/// The parameter that a path leads to, and whether it or one on the way is secret.
pub(crate) fn declared<'a>(fields: &'a Fields, path: &str) -> Option<(&'a Parameter, bool)> {
    let mut steps = path.split('.');
    let mut parameter = fields.get(steps.next()?)?;
    let mut secret = parameter.is_secret();
    for step in steps {
        parameter = match parameter.kind() {
            Type::Record(fields) => fields.get(step)?,
            Type::List(item) => item,
            _ => return None,
        };
        secret |= parameter.is_secret();
    }
    Some((parameter, secret))
}

/// Reads what one pair gives to a parameter; `None` is one that nobody declared.
pub(crate) fn given(
    context: &Context,
    pair: &Pair,
    declared: Option<(&Parameter, bool)>,
) -> Result<Given, Box<Finding>> {
    let kind = declared.map(|(parameter, _)| parameter.kind());
    let mut value = match (pair.sign, declared) {
        (":=", _) => serde_json::from_str(&pair.value).map_err(|error| {
            Finding::error("json", format!("`{}` is no JSON: {error}", pair.key))
                .path(&pair.key)
                .help("text in JSON stands in double quotes")
        })?,
        // What is not declared is refused by its name; no file is read for it.
        ("=@", None) => Value::Null,
        ("=@", Some((parameter, secret))) => {
            return match parameter.kind() {
                Type::List(item) => {
                    file(context, pair, item.kind(), secret).map(|one| Given::List(vec![one]))
                }
                kind => file(context, pair, kind, secret),
            };
        }
        _ if matches!(kind, Some(Type::List(_))) => pair.value.split_whitespace().collect(),
        _ => Value::from(pair.value.as_str()),
    };
    resolve(context, kind, &mut value);
    Ok(Given::Json(value))
}

/// Reads a file: the file itself where one is declared, else its text.
fn file(context: &Context, pair: &Pair, kind: &Type, secret: bool) -> Result<Given, Box<Finding>> {
    let wrong = |code, what: String| {
        // What looks like a path may be a secret that begins with `@`.
        let shown = if secret { String::new() } else { format!(" {:?}", pair.value) };
        Finding::error(code, format!("the file{shown} {what}")).path(&pair.key)
    };
    let unreadable = |error: io::Error| {
        let code = if error.kind() == io::ErrorKind::NotFound { NO_FILE } else { "file" };
        wrong(code, format!("cannot be read: {error}"))
            .help(format!("a value that begins with `@` is written {}:='\"@…\"'", pair.key))
    };
    let opened = OpenFile::open(&pair.value).map_err(unreadable)?;
    if opened.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err(Box::new(wrong("file", "is a folder".to_owned())));
    }
    let limit = context.settings.limits.attachments;
    let mut bytes = Vec::new();
    let ceiling = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    opened.take(ceiling).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > limit {
        let finding = wrong("file", format!("is larger than the {limit} octets that are allowed"));
        let help = "`limits: { attachments: … }` in the settings allows more";
        return Err(Box::new(finding.help(help)));
    }
    if *kind == Type::File {
        let name = Path::new(&pair.value).file_name().unwrap_or_default();
        return Ok(Given::File(File::new(name.to_string_lossy(), bytes)));
    }
    let mut text =
        String::from_utf8(bytes).map_err(|error| wrong("file", format!("is no UTF-8: {error}")))?;
    if *kind != Type::Text && text.ends_with('\n') {
        // The end of a one-line file is not part of its line.
        text.pop();
        text.truncate(text.trim_end_matches('\r').len());
    }
    let mut value = Value::from(text);
    resolve(context, Some(kind), &mut value);
    Ok(Given::Json(value))
}

/// The code of a file that is not there.
pub(crate) const NO_FILE: &str = "no-file";

/// Puts a day in the place of `today`, `tomorrow` and `+7d`, wherever a date is declared.
fn resolve(context: &Context, kind: Option<&Type>, value: &mut Value) {
    match (kind, value) {
        (Some(Type::Date), Value::String(text)) => {
            if let Some(day) = day(context, text) {
                *text = day.to_string();
            }
        }
        (Some(Type::DateTime), Value::String(text)) => {
            if let Some(day) = day(context, text) {
                *text = format!("{day}T00:00:00");
            }
        }
        (Some(Type::List(item)), Value::Array(items)) => {
            for value in items {
                resolve(context, Some(item.kind()), value);
            }
        }
        (Some(Type::Record(fields)), Value::Object(entries)) => {
            for (name, value) in entries {
                resolve(context, fields.get(name).map(Parameter::kind), value);
            }
        }
        _ => {}
    }
}

/// The day that a word means, in the time zone of the settings.
pub(crate) fn day(context: &Context, word: &str) -> Option<civil::Date> {
    let days: i32 = match word {
        "today" => 0,
        "tomorrow" => 1,
        _ => word.strip_suffix('d').filter(|days| days.starts_with(['+', '-']))?.parse().ok()?,
    };
    let zone = context.settings.rendering.timezone.clone();
    let today = Stamp::now().date().to_zoned(zone).date();
    today.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::Pair;

    #[track_caller]
    fn check(text: &str, key: &str, sign: &str, value: &str) {
        let pair: Pair = text.parse().unwrap();
        assert_eq!((pair.key.as_str(), pair.sign, pair.value.as_str()), (key, sign, value));
    }

    #[test]
    fn a_pair_is_split_at_its_first_sign() {
        check("a=b=c", "a", "=", "b=c");
        check("a.b=", "a.b", "=", "");
        check("a:={\"x\":\"=@\"}", "a", ":=", "{\"x\":\"=@\"}");
        check("a=@b", "a", "=@", "b");
        check("a:=@b", "a", ":=", "@b");
        check("url=https://x.test/?a=:=", "url", "=", "https://x.test/?a=:=");
    }

    #[test]
    fn what_has_no_name_or_no_sign_is_no_pair() {
        assert!("=a".parse::<Pair>().is_err() && ":=1".parse::<Pair>().is_err());
        assert!("a".parse::<Pair>().is_err() && "".parse::<Pair>().is_err());
    }
}
