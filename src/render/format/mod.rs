//! How values are written for people: numbers, money, dates, plurals, wrapped text.
//!
//! Pure functions over decimals, jiff's civil types and text; the template
//! filters wrap them. A locale is BCP 47 text (`de-AT`): the region is looked
//! up first, then the language, then a neutral form (English words, ISO dates).
//! No word of this comes from the clock, the machine's locale or its time zone.

mod date;
mod locale;
mod number;
mod plural;
mod text;

pub(crate) use date::{date, datetime, time};
pub(crate) use number::{money, number, percent};
pub(crate) use plural::{plural_category, pluralize};
pub(crate) use text::{excerpt, nl2br, truncate, wordwrap};

/// Why a value cannot be written as it was asked for.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum FormatError {
    /// Neither one of the four styles nor a pattern.
    #[error(
        "{given:?} is no {what} style: expected short, medium, long, full \
         or a pattern such as {example}{}",
        meant(*nearest)
    )]
    Style {
        /// What was to be written: `date`, `time`, `datetime`.
        what: &'static str,
        /// The style that was given.
        given: String,
        /// A pattern that would do.
        example: &'static str,
        /// The style that was most likely meant.
        nearest: Option<&'static str>,
    },
    /// A pattern with a directive that does not exist, or that asks for what the value has not.
    #[error("the pattern {given:?} cannot write a {what}")]
    Pattern {
        /// What was to be written: `date`, `time`, `datetime`.
        what: &'static str,
        /// The pattern that was given.
        given: String,
        /// The directive that fails, in jiff's words.
        source: jiff::Error,
    },
    /// Not three letters.
    #[error("{given:?} is no currency: expected an ISO 4217 code of three letters, such as EUR")]
    Currency {
        /// The text that was given.
        given: String,
    },
}

fn meant(nearest: Option<&'static str>) -> String {
    nearest.map(|style| format!("; did you mean {style}?")).unwrap_or_default()
}
