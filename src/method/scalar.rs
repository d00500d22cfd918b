//! The scalars: one value of a simple type, from what a caller gave.

use std::borrow::Cow;
use std::str::FromStr as _;

use jiff::civil;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::file_input;
use super::input::Input;
use super::misfit::Misfit;
use super::parameter::{Parameter, Type};
use crate::message::Mailbox;
use crate::render::{Value, is_plain};

/// Reads a value of a simple type other than a file; `lenient` is how a command line is read.
pub(super) fn read(
    parameter: &Parameter,
    input: &Input,
    lenient: bool,
    timezone: &TimeZone,
) -> Result<Value, Misfit> {
    let secret = parameter.secret;
    let misfit = |expected: &str| Misfit::expected(input, expected, secret);
    match &parameter.kind {
        Type::String | Type::Text => text(parameter, input, lenient),
        Type::Integer => integer(input).map(Value::integer).ok_or_else(|| misfit("an integer")),
        Type::Decimal => decimal_value(input).ok_or_else(|| {
            misfit("a decimal number")
                .help("write it with a point and no sign for thousands: \"1234.50\"")
        }),
        Type::Float => float(input).map(Value::float).ok_or_else(|| misfit("a number")),
        Type::Boolean => {
            boolean(input, lenient).map(Value::boolean).ok_or_else(|| misfit("true or false"))
        }
        Type::Date => {
            date_value(input).ok_or_else(|| misfit("a date").help("write it as YYYY-MM-DD"))
        }
        Type::Time => plain(input)
            .and_then(|text| text.parse::<civil::Time>().ok())
            .map(Value::time)
            .ok_or_else(|| misfit("a time").help("write it as HH:MM")),
        Type::DateTime => {
            plain(input).and_then(|text| datetime(text, timezone)).map(Value::datetime).ok_or_else(
                || misfit("a date with time").help("write it as 2026-12-07T14:30:00+01:00"),
            )
        }
        Type::Address => address(input, secret),
        Type::Addresses => addresses(input, secret),
        Type::Url => url(input, secret),
        Type::Enum(words) => enumerated(words, input, secret),
        Type::Any => any(input),
        Type::File | Type::List(_) | Type::Record(_) => Err(misfit("a scalar")),
    }
}

/// The characters that no text may hold: controls other than tab and line breaks.
fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}')
}

fn checked(text: &str) -> Result<&str, Misfit> {
    match text.chars().find(|c| is_control(*c)) {
        Some(c) => Err(Misfit::new(format!("holds the control character U+{:04X}", u32::from(c)))),
        None => Ok(text),
    }
}

/// Refuses line breaks and control characters; `what` is said before `holds …`.
pub(super) fn one_line(text: &str, what: &str) -> Result<(), Misfit> {
    match text.chars().find(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        Some(c) => {
            Err(Misfit::new(format!("has {what}holds the character U+{:04X}", u32::from(c))))
        }
        None => Ok(()),
    }
}

fn text(parameter: &Parameter, input: &Input, lenient: bool) -> Result<Value, Misfit> {
    let text = match input {
        Input::Text(text) if is_plain(text) => return Ok(text.clone().into_value()),
        Input::Text(text) => text.clone(),
        Input::Integer(number) if lenient => number.get().to_string().into(),
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
    let breaks = ['\r', '\n', '\u{85}', '\u{2028}', '\u{2029}'];
    if parameter.kind == Type::String && text.contains(breaks) {
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
        Input::Integer(number) => i64::try_from(number.get()).ok(),
        Input::Float(number) if number.fract() == 0.0 => Decimal::try_from(*number)
            .ok()
            .and_then(|number| i64::from_str(&number.trunc().normalize().to_string()).ok()),
        Input::Text(_) => plain(input).and_then(|text| text.parse().ok()),
        _ => None,
    }
}

pub(super) fn decimal(input: &Input) -> Option<Decimal> {
    let text = match input {
        Input::Integer(number) => number.get().to_string().into(),
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
fn decimal_value(input: &Input) -> Option<Value> {
    if let Input::Text(text) = input
        && let Some(number) = usual(text)
    {
        return Some(Value::decimal_text(number, text));
    }
    decimal(input).map(Value::decimal)
}

/// A decimal as most are written: `0.5`, `12`, `12.50`, of at most 18 digits.
fn usual(text: &str) -> Option<Decimal> {
    let (mut number, mut digits, mut scale) = (0, 0, None);
    for octet in text.bytes() {
        match octet {
            b'0'..=b'9' if digits < 18 => {
                number = number * 10 + i64::from(octet - b'0');
                digits += 1;
                scale = scale.map(|scale| scale + 1);
            }
            b'.' if digits > 0 && scale.is_none() => scale = Some(0),
            _ => return None,
        }
    }
    let zeros = text.starts_with('0') && text != "0" && !text.starts_with("0.");
    let whole = digits > 0 && scale != Some(0) && !zeros;
    whole.then(|| Decimal::new(number, scale.unwrap_or_default()))
}

/// A date as a value; its text is kept if it is what would be written.
fn date_value(input: &Input) -> Option<Value> {
    let text = plain(input)?;
    let date = text.parse::<civil::Date>().ok()?;
    let mut places = text.bytes().enumerate();
    let as_written = text.len() == "2026-12-07".len()
        && places.all(|(at, b)| if matches!(at, 4 | 7) { b == b'-' } else { b.is_ascii_digit() });
    Some(if as_written { Value::date_text(date, text) } else { Value::date(date) })
}

pub(super) fn float(input: &Input) -> Option<f64> {
    let number = match input {
        Input::Float(number) => *number,
        Input::Integer(number) => number.get().to_string().parse().ok()?,
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
    Value::address(named, mailbox.address().shared())
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
        Input::Integer(number) => match i64::try_from(number.get()) {
            Ok(number) => Value::integer(number),
            Err(_large) => Value::text(&number.get().to_string()),
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
    use super::{date_value, decimal, usual};
    use crate::method::input::Input;

    #[test]
    fn a_date_is_printed_in_one_way_however_it_is_written() {
        let shown = |text: &str| date_value(&Input::Text(text.into())).map(|d| format!("{d:?}"));
        let usual = shown("2026-12-07").unwrap();
        assert!(usual.contains("2026-12-07"), "{usual}");
        for text in ["20261207", " 2026-12-07 ", "2026-12-07T14:30:00"] {
            assert_eq!(shown(text), Some(usual.clone()), "{text}");
        }
        assert!(shown("+002026-12-07").is_some_and(|date| date == usual));
        assert_eq!(shown("2026-13-07"), None);
    }

    #[test]
    fn a_usual_decimal_is_printed_as_it_is_written() {
        for text in ["0", "0.5", "0.00", "12", "12.50", "1234567890.00000001"] {
            let number = usual(text).unwrap();
            let careful = decimal(&Input::Text(text.into())).unwrap();
            assert_eq!((number, number.scale()), (careful, careful.scale()));
            assert_eq!(number.to_string(), text);
        }
        let long = "1".repeat(19);
        for text in
            ["", ".5", "5.", ".", "-1", "+1", "007", "00.1", "1e3", "1_0", "1.2.3", "٣", &long]
        {
            assert_eq!(usual(text), None, "{text}");
        }
    }
}
