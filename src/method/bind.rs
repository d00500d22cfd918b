//! The binding: arguments as given become values that templates can trust.
//!
//! All that is wrong is reported at once, each with its path. What was declared
//! is enforced: nothing missing, nothing unknown, nothing of another type.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr as _;

use jiff::civil;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::file::File;
use super::input::Input;
use super::parameter::{Fields, Parameter, Type};
use super::{bounds, file_input};
use crate::message::Mailbox;
use crate::render::Value;
use crate::source::Finding;

/// How arguments are read.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// Whether they come from a command line or a form, where everything is text.
    pub(crate) lenient: bool,
    /// The zone of datetimes without an offset.
    pub(crate) timezone: TimeZone,
}

/// Arguments that fit their declaration.
#[derive(Debug)]
pub(crate) struct Bound {
    /// One value for each parameter, in order.
    pub(crate) values: Vec<Value>,
    /// The files of each parameter that has some, by the parameter's index.
    pub(crate) files: Vec<(usize, Vec<File>)>,
}

/// Binds arguments to their parameters.
pub(crate) fn bind(
    fields: &Fields,
    input: &Input,
    reading: &Reading,
) -> Result<Bound, Vec<Finding>> {
    let mut binder = Binder { reading, problems: Vec::new(), files: Vec::new() };
    let mut values = Vec::with_capacity(fields.all().len());
    let mut files = Vec::new();
    match input {
        Input::Map(entries) => {
            binder.unknown(fields, entries, &At::Root);
            for (i, parameter) in fields.all().iter().enumerate() {
                let given = find(entries, parameter.name());
                let at = At::Field(&At::Root, parameter.name());
                values.push(binder.field(parameter, given, &at));
                if !binder.files.is_empty() {
                    files.push((i, std::mem::take(&mut binder.files)));
                }
            }
        }
        other => binder.problem(
            &At::Root,
            "arguments",
            format!("the arguments are {}, not a record of names and values", other.kind()),
            None,
        ),
    }
    if binder.problems.is_empty() { Ok(Bound { values, files }) } else { Err(binder.problems) }
}

fn find<'a, K: AsRef<str>>(entries: &'a [(K, Input)], name: &str) -> Option<&'a Input> {
    entries.iter().rev().find(|(key, _)| key.as_ref() == name).map(|(_, value)| value)
}

/// Where in the arguments the binder stands; on the stack, so that a good call allocates none.
#[derive(Clone, Copy)]
pub(super) enum At<'a> {
    Root,
    Field(&'a Self, &'a str),
    Item(&'a Self, usize),
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(Self::Root, name) => f.write_str(name),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// Why a value does not fit: half a sentence that follows its name, and a hint.
pub(super) struct Misfit {
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Misfit {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    fn expected(input: &Input, expected: &str, secret: bool) -> Self {
        Self::new(format!("is {}, not {expected}", found(input, secret)))
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The beginning of a text that a caller gave, so that an error stays short.
pub(super) fn shortened(text: &str) -> &str {
    text.char_indices().nth(80).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// What was found, for an error: short and never a secret.
pub(super) fn found(input: &Input, secret: bool) -> String {
    match input {
        Input::Text(text) if !secret && !text.is_empty() => {
            let short: String = text.chars().take(40).collect();
            let more = if short.len() < text.len() { "…" } else { "" };
            format!("{short:?}{more}")
        }
        Input::Text(text) if text.is_empty() => "empty".to_owned(),
        Input::Integer(number) if !secret => number.to_string(),
        Input::Float(number) if !secret => number.to_string(),
        Input::Bool(value) if !secret => value.to_string(),
        other => other.kind().to_owned(),
    }
}

struct Binder<'a> {
    reading: &'a Reading,
    problems: Vec<Finding>,
    files: Vec<File>,
}

impl Binder<'_> {
    fn problem(&mut self, at: &At<'_>, code: &'static str, message: String, help: Option<String>) {
        let mut finding = Finding::error(code, message);
        let path = at.to_string();
        if !path.is_empty() {
            finding = finding.path(path);
        }
        if let Some(help) = help {
            finding = finding.help(help);
        }
        self.problems.push(finding);
    }

    fn unknown<K: AsRef<str>>(&mut self, fields: &Fields, entries: &[(K, Input)], at: &At<'_>) {
        for (key, _) in entries {
            if fields.get(key.as_ref()).is_some() {
                continue;
            }
            let names = fields.all().iter().map(Parameter::name);
            let help = match crate::source::nearest(key.as_ref(), names.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("declared are: {}", names.collect::<Vec<_>>().join(", ")),
            };
            let path = At::Field(at, shortened(key.as_ref()));
            self.problem(
                &path,
                "unknown-argument",
                format!("`{path}` is not declared"),
                Some(help),
            );
        }
    }

    fn field(&mut self, parameter: &Parameter, given: Option<&Input>, at: &At<'_>) -> Value {
        let blank = matches!(given, Some(Input::Text(text)) if text.is_empty())
            && (bounds::refuses_empty(parameter)
                || !matches!(parameter.kind, Type::String | Type::Text | Type::Any));
        match given {
            Some(Input::Null) | None if parameter.optional => Value::absent(),
            Some(Input::Text(_))
                if parameter.optional
                    && blank
                    && (self.reading.lenient || bounds::refuses_empty(parameter)) =>
            {
                Value::absent()
            }
            None => match &parameter.default {
                Some(default) => self.value(parameter, default, at, true),
                None => {
                    let help = parameter.description.clone();
                    self.problem(at, "missing-argument", format!("`{at}` is missing"), help);
                    Value::absent()
                }
            },
            Some(given) => self.value(parameter, given, at, self.reading.lenient),
        }
    }

    fn value(&mut self, parameter: &Parameter, input: &Input, at: &At<'_>, lenient: bool) -> Value {
        match &parameter.kind {
            Type::List(item) => self.list(parameter, item, input, at),
            Type::Record(fields) => self.record(parameter.secret, fields, input, at),
            _ => {
                let result = self.scalar(parameter, input, lenient).and_then(|value| {
                    bounds::check(parameter, input, &value)?;
                    Ok(value)
                });
                match result {
                    Ok(value) => value,
                    Err(misfit) => {
                        let message = format!("`{at}` {}", misfit.message);
                        self.problem(at, "wrong-argument", message, misfit.help);
                        Value::absent()
                    }
                }
            }
        }
    }

    fn list(
        &mut self,
        parameter: &Parameter,
        item: &Parameter,
        input: &Input,
        at: &At<'_>,
    ) -> Value {
        let mut item = Cow::Borrowed(item);
        if parameter.secret && !item.secret {
            item.to_mut().secret = true;
        }
        let words: Vec<Input>;
        let items = match input {
            Input::List(items) => items.as_slice(),
            // The words of a default: `tags:tokens="a b"`.
            Input::Text(text) if parameter.default.as_ref() == Some(input) => {
                words = self::words(text);
                &words
            }
            // `tags=a` on a command line is a list of one.
            Input::Text(text) if self.reading.lenient => {
                words = if text.is_empty() { Vec::new() } else { vec![input.clone()] };
                &words
            }
            other => {
                let misfit = Misfit::expected(other, "a list", parameter.secret);
                self.problem(at, "wrong-argument", format!("`{at}` {}", misfit.message), None);
                return Value::absent();
            }
        };
        if let Err(misfit) = bounds::check_length(parameter, items.len(), "items") {
            self.problem(at, "wrong-argument", format!("`{at}` {}", misfit.message), misfit.help);
        }
        let bound = items
            .iter()
            .enumerate()
            .map(|(i, value)| self.field(&item, Some(value), &At::Item(at, i)))
            .collect();
        Value::list(bound)
    }

    fn record(&mut self, secret: bool, fields: &Fields, input: &Input, at: &At<'_>) -> Value {
        let Input::Map(entries) = input else {
            let misfit = Misfit::expected(input, "a record", true);
            let names: Vec<&str> = fields.all().iter().map(Parameter::name).collect();
            let help = format!("its fields are: {}", names.join(", "));
            self.problem(at, "wrong-argument", format!("`{at}` {}", misfit.message), Some(help));
            return Value::absent();
        };
        self.unknown(fields, entries, at);
        let values = fields
            .all()
            .iter()
            .map(|field| {
                let at = At::Field(at, field.name());
                let mut field = Cow::Borrowed(field);
                if secret && !field.secret {
                    field.to_mut().secret = true;
                }
                self.field(&field, find(entries, field.name()), &at)
            })
            .collect();
        Value::record(fields.shape(), values)
    }

    fn scalar(
        &mut self,
        parameter: &Parameter,
        input: &Input,
        lenient: bool,
    ) -> Result<Value, Misfit> {
        let secret = parameter.secret;
        let misfit = |expected: &str| Misfit::expected(input, expected, secret);
        match &parameter.kind {
            Type::String | Type::Text => text(parameter, input, lenient),
            Type::Integer => integer(input).map(Value::integer).ok_or_else(|| misfit("an integer")),
            Type::Decimal => {
                decimal(input).map(|number| decimal_value(number, input)).ok_or_else(|| {
                    misfit("a decimal number")
                        .help("write it with a point and no sign for thousands: \"1234.50\"")
                })
            }
            Type::Float => float(input).map(Value::float).ok_or_else(|| misfit("a number")),
            Type::Boolean => {
                boolean(input, lenient).map(Value::boolean).ok_or_else(|| misfit("true or false"))
            }
            Type::Date => plain(input)
                .and_then(|text| text.parse::<civil::Date>().ok())
                .map(Value::date)
                .ok_or_else(|| misfit("a date").help("write it as YYYY-MM-DD")),
            Type::Time => plain(input)
                .and_then(|text| text.parse::<civil::Time>().ok())
                .map(Value::time)
                .ok_or_else(|| misfit("a time").help("write it as HH:MM")),
            Type::DateTime => plain(input)
                .and_then(|text| datetime(text, &self.reading.timezone))
                .map(Value::datetime)
                .ok_or_else(|| {
                    misfit("a date with time").help("write it as 2026-12-07T14:30:00+01:00")
                }),
            Type::Address => address(input, secret),
            Type::Addresses => addresses(input, secret),
            Type::Url => url(input, secret),
            Type::Enum(words) => enumerated(words, input, secret),
            Type::File => {
                let file = file_input::file(input, secret)?;
                one_line(file.filename(), "a file name that ")?;
                one_line(file.declared_type().unwrap_or_default(), "a content type that ")?;
                let shown = file_input::shown(&file);
                self.files.push(file);
                Ok(shown)
            }
            Type::Any => any(input),
            Type::List(_) | Type::Record(_) => Err(misfit("a scalar")),
        }
    }
}

/// The characters that no text may hold: controls other than tab and line breaks.
fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}')
}

fn checked(text: &str) -> Result<&str, Misfit> {
    if is_harmless(text) {
        return Ok(text);
    }
    match text.chars().find(|c| is_control(*c)) {
        Some(c) => Err(Misfit::new(format!("holds the control character U+{:04X}", u32::from(c)))),
        None => Ok(text),
    }
}

/// Refuses line breaks and control characters; `what` is said before `holds …`.
fn one_line(text: &str, what: &str) -> Result<(), Misfit> {
    match text.chars().find(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        Some(c) => {
            Err(Misfit::new(format!("has {what}holds the character U+{:04X}", u32::from(c))))
        }
        None => Ok(()),
    }
}

/// Whether a text is of visible ASCII and spaces, as most are.
fn is_harmless(text: &str) -> bool {
    text.bytes().all(|b| b == b' ' || b.is_ascii_graphic())
}

fn text(parameter: &Parameter, input: &Input, lenient: bool) -> Result<Value, Misfit> {
    let text = match input {
        Input::Text(text) => text.clone(),
        Input::Integer(number) if lenient => number.to_string().into(),
        Input::Float(number) if lenient => number.to_string().into(),
        Input::Bool(value) if lenient => value.to_string().into(),
        other => {
            let misfit = Misfit::expected(other, "text", parameter.secret);
            return Err(match other {
                Input::Integer(_) | Input::Float(_) | Input::Bool(_) => {
                    misfit.help("put it in quotes")
                }
                _ => misfit,
            });
        }
    };
    checked(&text)?;
    let one_line = parameter.kind == Type::String;
    if one_line
        && !is_harmless(&text)
        && text.contains(['\r', '\n', '\u{85}', '\u{2028}', '\u{2029}'])
    {
        return Err(
            Misfit::new("holds a line break").help("declare it as `text` to allow several lines")
        );
    }
    Ok(text.into_value())
}

/// A text that is not blank, for the types that are read from text.
fn plain(input: &Input) -> Option<&str> {
    match input {
        Input::Text(text) => Some(text.trim()).filter(|text| text.len() <= 200),
        _ => None,
    }
}

/// The items of a list's default that is written as words.
pub(super) fn words(text: &str) -> Vec<Input> {
    let list = text.trim().trim_start_matches('[').trim_end_matches(']');
    list.split_whitespace().map(|word| Input::Text(word.to_owned().into())).collect()
}

pub(super) fn integer(input: &Input) -> Option<i64> {
    match input {
        Input::Integer(number) => i64::try_from(*number).ok(),
        Input::Float(number) if number.fract() == 0.0 => Decimal::try_from(*number)
            .ok()
            .and_then(|number| i64::from_str(&number.trunc().normalize().to_string()).ok()),
        Input::Text(_) => plain(input).and_then(|text| text.parse().ok()),
        _ => None,
    }
}

pub(super) fn decimal(input: &Input) -> Option<Decimal> {
    let text = match input {
        Input::Integer(number) => number.to_string().into(),
        Input::Float(number) if number.is_finite() => number.to_string().into(),
        _ => Cow::Borrowed(plain(input)?),
    };
    // The parser also takes underscores, which no caller means.
    if text.contains('_') || text.starts_with('+') {
        return None;
    }
    Decimal::from_str_exact(&text).or_else(|_| Decimal::from_scientific(&text)).ok()
}

/// A decimal as a value; its text is not written anew where it is what would be written.
fn decimal_value(number: Decimal, input: &Input) -> Value {
    match plain(input).filter(|text| is_usual(text)) {
        Some(text) => Value::decimal_text(number, text),
        None => Value::decimal(number),
    }
}

/// Whether a text is a decimal as it is usually written: `0.5`, `12`, `12.50`.
fn is_usual(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    digits(whole) && digits(fraction) && (whole == "0" || !whole.starts_with('0'))
}

pub(super) fn float(input: &Input) -> Option<f64> {
    let number = match input {
        Input::Float(number) => *number,
        Input::Integer(number) => number.to_string().parse().ok()?,
        _ => plain(input)?.parse().ok()?,
    };
    number.is_finite().then_some(number)
}

pub(super) fn boolean(input: &Input, lenient: bool) -> Option<bool> {
    match input {
        Input::Bool(value) => Some(*value),
        Input::Text(text) if lenient => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Some(true),
            "false" | "no" | "off" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn datetime(text: &str, zone: &TimeZone) -> Option<jiff::Zoned> {
    if let Ok(moment) = text.parse::<jiff::Zoned>() {
        return Some(moment.with_time_zone(zone.clone()));
    }
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Some(moment.to_zoned(zone.clone()));
    }
    let civil = text.parse::<civil::DateTime>().ok().filter(|_| text.len() > "2026-12-07".len())?;
    civil.to_zoned(zone.clone()).ok()
}

fn mailbox_value(mailbox: &Mailbox) -> Value {
    let named = mailbox.name().map(|name| (name, mailbox.to_string()));
    Value::address(named, mailbox.address().as_str())
}

fn address_error(error: &crate::message::AddressError, secret: bool) -> Misfit {
    if secret {
        return Misfit::new(format!("is no address: {}", error.reason));
    }
    Misfit::new(format!("is wrong: {error}"))
}

fn address(input: &Input, secret: bool) -> Result<Value, Misfit> {
    let Input::Text(text) = input else {
        return Err(Misfit::expected(input, "an address", secret));
    };
    text.parse::<Mailbox>()
        .map(|mailbox| mailbox_value(&mailbox))
        .map_err(|error| address_error(&error, secret))
}

fn addresses(input: &Input, secret: bool) -> Result<Value, Misfit> {
    let list = match input {
        Input::Text(text) => Mailbox::parse_list(text),
        Input::List(items) => items
            .iter()
            .map(|item| match item {
                Input::Text(text) => Ok(text.parse::<Mailbox>()),
                other => Err(Misfit::new(format!(
                    "has an item that is {}, not an address",
                    other.kind()
                ))),
            })
            .collect::<Result<Result<Vec<_>, _>, _>>()?,
        other => return Err(Misfit::expected(other, "a list of addresses", secret)),
    };
    let list = list.map_err(|error| address_error(&error, secret))?;
    Ok(Value::addresses(list.iter().map(mailbox_value).collect()))
}

pub(super) fn url(input: &Input, secret: bool) -> Result<Value, Misfit> {
    let refused = || {
        Misfit::expected(input, "an absolute URL", secret)
            .help("it begins with https://, http://, mailto: or tel:")
    };
    let Input::Text(text) = input else { return Err(refused()) };
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Misfit::new("is no URL: it holds white space or a control character"));
    }
    let parsed = url::Url::parse(text).map_err(|_no_url| refused())?;
    let web = matches!(parsed.scheme(), "http" | "https") && parsed.has_host();
    if !web && !matches!(parsed.scheme(), "mailto" | "tel") {
        return Err(refused());
    }
    // The parser adds a slash to a bare host, which nobody wrote.
    let same = parsed.as_str().strip_suffix('/') == Some(text.as_ref());
    Ok(Value::text(if same { text } else { parsed.as_str() }))
}

fn enumerated(words: &[String], input: &Input, secret: bool) -> Result<Value, Misfit> {
    let given = match input {
        Input::Text(text) => text.as_ref(),
        _ => "",
    };
    match words.iter().find(|word| *word == given) {
        Some(word) => Ok(Value::text(word)),
        None => {
            let misfit = Misfit::expected(input, &format!("one of {}", words.join(", ")), secret);
            Err(match crate::source::nearest(given, words.iter().map(String::as_str)) {
                Some(near) => misfit.help(format!("did you mean `{near}`?")),
                None => misfit,
            })
        }
    }
}

fn any(input: &Input) -> Result<Value, Misfit> {
    Ok(match input {
        Input::Null => Value::absent(),
        Input::Bool(value) => Value::boolean(*value),
        Input::Integer(number) => match i64::try_from(*number) {
            Ok(number) => Value::integer(number),
            Err(_large) => Value::text(&number.to_string()),
        },
        Input::Float(number) => Value::float(*number),
        Input::Text(text) => Value::text(checked(text)?),
        Input::List(items) => Value::list(items.iter().map(any).collect::<Result<_, _>>()?),
        Input::Map(entries) => Value::map(
            entries
                .iter()
                .map(|(key, value)| Ok((checked(key)?.to_owned(), any(value)?)))
                .collect::<Result<_, Misfit>>()?,
        ),
        Input::File(file) => {
            one_line(file.filename(), "a file name that ")?;
            file_input::shown(file)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{decimal, is_usual};
    use crate::method::input::Input;

    #[test]
    fn a_usual_decimal_is_printed_as_it_is_written() {
        for text in ["0", "0.5", "12", "12.50", "1234567890.000000001"] {
            assert!(is_usual(text), "{text}");
            let number = decimal(&Input::Text(text.into())).unwrap();
            assert_eq!(number.to_string(), text);
        }
        for text in ["", ".5", "5.", "-1", "+1", "007", "1e3", "1_000", "1.2.3", "٣"] {
            assert!(!is_usual(text), "{text}");
        }
    }
}
