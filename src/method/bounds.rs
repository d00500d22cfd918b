//! The bounds: what a value must keep to beside its type.

use std::cmp::Ordering;

use super::input::Input;
use super::misfit::Misfit;
use super::parameter::{Parameter, Type};
use super::scalar::{datetime, decimal, integer};

/// Whether an empty text is as good as none: a string with a least length.
pub(super) fn refuses_empty(parameter: &Parameter) -> bool {
    matches!(parameter.kind, Type::String | Type::Text)
        && parameter.bounds.min.as_ref().and_then(decimal).is_some_and(|min| min >= 1.into())
}

/// Checks a value that fits its type.
pub(super) fn check(parameter: &Parameter, input: &Input) -> Result<(), Misfit> {
    match (&parameter.kind, input) {
        (Type::String | Type::Text | Type::Url, Input::Text(text)) => {
            check_length(parameter, text.chars().count(), "characters")?;
            check_pattern(parameter, text)
        }
        (Type::Integer | Type::Decimal | Type::Float, input) => {
            let compare = |bound: &Input| Some(decimal(input)?.cmp(&decimal(bound)?));
            check_value(parameter, compare)
        }
        (Type::Date | Type::Time | Type::DateTime, Input::Text(text)) => {
            check_value(parameter, |bound| compare_times(text, bound))
        }
        (Type::File, Input::File(file)) => check_length(parameter, file.content().len(), "octets"),
        _ => Ok(()),
    }
}

fn compare_times(text: &str, bound: &Input) -> Option<Ordering> {
    let Input::Text(bound) = bound else { return None };
    let utc = jiff::tz::TimeZone::UTC;
    if let (Some(a), Some(b)) = (datetime(text, &utc), datetime(bound, &utc)) {
        return Some(a.cmp(&b));
    }
    // Dates and times of one form are ordered as their texts are.
    Some(text.trim().cmp(bound.trim()))
}

fn check_value(
    parameter: &Parameter,
    compare: impl Fn(&Input) -> Option<Ordering>,
) -> Result<(), Misfit> {
    let bounds = &parameter.bounds;
    if let Some(min) = bounds.min.as_ref().filter(|min| compare(min) == Some(Ordering::Less)) {
        return Err(Misfit::new(format!("is less than {}", shown(min))));
    }
    if let Some(max) = bounds.max.as_ref().filter(|max| compare(max) == Some(Ordering::Greater)) {
        return Err(Misfit::new(format!("is greater than {}", shown(max))));
    }
    Ok(())
}

/// Checks the length of a text or a list.
pub(super) fn check_length(parameter: &Parameter, length: usize, unit: &str) -> Result<(), Misfit> {
    let bounds = &parameter.bounds;
    let count = |input: &Input| integer(input).and_then(|n| usize::try_from(n).ok());
    let max = bounds.max.as_ref().and_then(count);
    let max = [max, bounds.max_length].into_iter().flatten().min();
    if let Some(min) = bounds.min.as_ref().and_then(count).filter(|min| length < *min) {
        return Err(Misfit::new(format!("has {length} {unit} where at least {min} are needed")));
    }
    if let Some(max) = max.filter(|max| length > *max) {
        return Err(Misfit::new(format!("has {length} {unit} where at most {max} are allowed")));
    }
    Ok(())
}

fn check_pattern(parameter: &Parameter, text: &str) -> Result<(), Misfit> {
    match &parameter.bounds.pattern {
        Some(pattern) if !pattern.matches(text) => {
            Err(Misfit::new(format!("does not match the pattern {}", pattern.source)))
        }
        _ => Ok(()),
    }
}

fn shown(bound: &Input) -> String {
    match bound {
        Input::Text(text) => text.to_string(),
        Input::Integer(number) => number.get().to_string(),
        Input::Float(number) => number.to_string(),
        other => other.kind().to_owned(),
    }
}
