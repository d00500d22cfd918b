//! The filters that templates use beside those of the engine; thin wrappers over `format`.

use std::str::FromStr;

use jiff::Zoned;
use jiff::civil::Date;
use minijinja::value::{Kwargs, Value as Raw};
use minijinja::{Environment, Error, ErrorKind, State};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::format::{self, FormatError};
use super::scope::Scope;
use super::value::{Clock, Day, Moment, Number, is_absent};

/// The names of all filters, for findings.
pub(crate) const NAMES: [&str; 59] = [
    "abs",
    "attr",
    "batch",
    "bool",
    "capitalize",
    "chain",
    "count",
    "d",
    "date",
    "datetime",
    "default",
    "dictsort",
    "e",
    "escape",
    "excerpt",
    "first",
    "float",
    "format",
    "groupby",
    "indent",
    "int",
    "items",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "money",
    "nl2br",
    "number",
    "percent",
    "pluralize",
    "pprint",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "safe",
    "select",
    "selectattr",
    "slice",
    "sort",
    "split",
    "string",
    "sum",
    "time",
    "title",
    "tojson",
    "trim",
    "truncate",
    "unique",
    "upper",
    "urlencode",
    "wordwrap",
];

/// The names of all tests, for findings.
pub(crate) const TESTS: [&str; 36] = [
    "boolean",
    "defined",
    "divisibleby",
    "endingwith",
    "eq",
    "equalto",
    "escaped",
    "even",
    "false",
    "filter",
    "float",
    "ge",
    "greaterthan",
    "gt",
    "in",
    "int",
    "integer",
    "iterable",
    "le",
    "lessthan",
    "lower",
    "lt",
    "mapping",
    "ne",
    "none",
    "number",
    "odd",
    "safe",
    "sameas",
    "sequence",
    "startingwith",
    "string",
    "test",
    "true",
    "undefined",
    "upper",
];

pub(super) fn register(env: &mut Environment<'_>) {
    env.add_filter("date", date);
    env.add_filter("datetime", datetime);
    env.add_filter("time", time);
    env.add_filter("money", money);
    env.add_filter("number", number);
    env.add_filter("percent", percent);
    env.add_filter("pluralize", pluralize);
    env.add_filter("wordwrap", wordwrap);
    env.add_filter("truncate", truncate);
    env.add_filter("excerpt", excerpt);
    env.add_filter("nl2br", nl2br);
    env.add_filter("default", default);
    env.add_filter("d", default);
    env.add_filter("float", float);
    env.add_filter("int", int);
    env.add_test("none", |value: &Raw| value.is_none() || is_absent(value));
}

fn wrong(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

fn misfit(error: &FormatError) -> Error {
    wrong(error.to_string())
}

/// A number of any kind as a decimal.
pub(super) fn decimal(value: &Raw) -> Result<Decimal, Error> {
    if let Some(number) = value.downcast_object_ref::<Number>() {
        return Ok(number.inner);
    }
    let text = value.to_string();
    let kind = value.kind();
    Decimal::from_str(&text)
        .or_else(|_| Decimal::from_scientific(&text))
        .map_err(|_no_number| wrong(format!("this is a {kind}, not a number")))
}

/// `{{ due | date }}`, `date("long")`, `date("%d.%m.%Y")`.
fn date(state: &State<'_, '_>, value: &Raw, style: Option<&str>) -> Result<String, Error> {
    if is_absent(value) {
        return Ok(String::new());
    }
    let scope = Scope::of(state)?;
    let day = if let Some(day) = value.downcast_object_ref::<Day>() {
        day.inner
    } else if let Some(moment) = value.downcast_object_ref::<Moment>() {
        moment.0.with_time_zone(scope.timezone.clone()).date()
    } else {
        let text = value.as_str().unwrap_or_default();
        Date::from_str(text).map_err(|_no_date| {
            wrong("the filter `date` is for arguments of type date or datetime")
        })?
    };
    format::date(day, style.unwrap_or("medium"), scope.locale()).map_err(|error| misfit(&error))
}

#[expect(clippy::needless_pass_by_value, reason = "the engine hands keyword arguments over")]
/// `{{ starts | datetime }}`, `datetime("full", timezone="America/New_York")`.
fn datetime(
    state: &State<'_, '_>,
    value: &Raw,
    style: Option<&str>,
    options: Kwargs,
) -> Result<String, Error> {
    if is_absent(value) {
        return Ok(String::new());
    }
    let scope = Scope::of(state)?;
    let moment = moment(value, "datetime")?;
    let zone: Option<String> = options.get("timezone")?;
    options.assert_all_used()?;
    let moment = match zone {
        Some(name) => moment
            .in_tz(&name)
            .map_err(|_unknown| wrong(format!("there is no time zone {name:?}")))?,
        None => moment.with_time_zone(scope.timezone.clone()),
    };
    format::datetime(&moment, style.unwrap_or("medium"), scope.locale())
        .map_err(|error| misfit(&error))
}

fn moment(value: &Raw, filter: &str) -> Result<Zoned, Error> {
    value
        .downcast_object_ref::<Moment>()
        .map(|moment| moment.0.clone())
        .ok_or_else(|| wrong(format!("the filter `{filter}` is for arguments of type datetime")))
}

/// `{{ opens | time }}`: a time, or the time of a datetime.
fn time(state: &State<'_, '_>, value: &Raw, style: Option<&str>) -> Result<String, Error> {
    if is_absent(value) {
        return Ok(String::new());
    }
    let scope = Scope::of(state)?;
    let clock = match value.downcast_object_ref::<Clock>() {
        Some(clock) => clock.0,
        None => moment(value, "time")?.with_time_zone(scope.timezone.clone()).time(),
    };
    format::time(clock, style.unwrap_or("short"), scope.locale()).map_err(|error| misfit(&error))
}

/// `{{ price | money("EUR") }}`: an amount with its currency, as the locale writes it.
fn money(state: &State<'_, '_>, value: &Raw, currency: &str) -> Result<String, Error> {
    if is_absent(value) {
        return Ok(String::new());
    }
    let scope = Scope::of(state)?;
    format::money(&decimal(value)?, currency, scope.locale()).map_err(|error| misfit(&error))
}

/// `{{ count | number }}`, `number(2)`: grouping and decimal sign of the locale.
fn number(state: &State<'_, '_>, value: &Raw, decimals: Option<u32>) -> Result<String, Error> {
    if is_absent(value) {
        return Ok(String::new());
    }
    let scope = Scope::of(state)?;
    if decimals.is_some_and(|decimals| decimals > 28) {
        return Err(wrong("a number has at most 28 decimals"));
    }
    Ok(format::number(&decimal(value)?, decimals, scope.locale()))
}

/// `{{ 0.19 | percent }}`: 19 %.
fn percent(state: &State<'_, '_>, value: &Raw, decimals: Option<u32>) -> Result<String, Error> {
    if is_absent(value) {
        return Ok(String::new());
    }
    let scope = Scope::of(state)?;
    if decimals.is_some_and(|decimals| decimals > 28) {
        return Err(wrong("a number has at most 28 decimals"));
    }
    Ok(format::percent(&decimal(value)?, decimals, scope.locale()))
}

/// `{{ n }} {{ n | pluralize("mail", "mails") }}`; a list counts its items.
fn pluralize(value: &Raw, singular: Option<&str>, plural: Option<&str>) -> Result<String, Error> {
    let count = match value.len().filter(|_| value.as_str().is_none()) {
        Some(length) => Decimal::from(length),
        None => decimal(value)?,
    };
    Ok(match (singular, plural) {
        (None, None) => format::pluralize(&count, "", "s"),
        (Some(plural), None) => format::pluralize(&count, "", plural),
        (singular, Some(plural)) => format::pluralize(&count, singular.unwrap_or(""), plural),
    }
    .to_owned())
}

/// `{{ note | wordwrap }}`, `wordwrap(60)`: breaks lines at spaces, never inside a word or URL.
fn wordwrap(value: &Raw, width: Option<usize>) -> String {
    format::wordwrap(&value.to_string(), width.unwrap_or(72).clamp(1, 998))
}

/// `{{ text | truncate(80) }}`: the first words, with an ellipsis if some are left out.
fn truncate(value: &Raw, length: Option<usize>) -> String {
    format::truncate(&value.to_string(), length.unwrap_or(255))
}

/// `{{ text | excerpt(80) }}`: the first words on one line, for a preheader.
fn excerpt(value: &Raw, length: Option<usize>) -> String {
    format::excerpt(&value.to_string(), length.unwrap_or(90))
}

/// `{{ note | nl2br }}`: escaped HTML with `<br>` for each line break.
fn nl2br(value: &Raw) -> Raw {
    Raw::from_safe_string(format::nl2br(&value.to_string()))
}

/// `{{ note | default("none") }}`: another value for what is absent or undefined; with `true`
/// also for what is empty or false.
fn default(value: &Raw, other: Option<Raw>, falsy: Option<bool>) -> Raw {
    let missing = value.is_undefined() || value.is_none() || is_absent(value);
    if missing || (falsy == Some(true) && !value.is_true()) {
        return other.unwrap_or_else(|| Raw::from(""));
    }
    value.clone()
}

/// `{{ price | float }}`: a number to count and compare with.
fn float(value: &Raw) -> Result<f64, Error> {
    let text = decimal(value)?.to_string();
    text.parse().map_err(|_no_float| wrong("this is no number"))
}

/// `{{ price | int }}`: the whole part of a number.
fn int(value: &Raw) -> Result<i64, Error> {
    decimal(value)?.trunc().to_i64().ok_or_else(|| wrong("the number is too large"))
}
