//! Dates and times of day.
//!
//! A style is `short`, `medium`, `long` or `full` in the locale's own order and
//! names, or a `strftime` pattern in jiff's dialect, with `%A %a %B %b %h` in
//! the locale's language. The time zone is the one that the value has.

use jiff::Zoned;
use jiff::civil::{Date, Time, Weekday};
use jiff::fmt::strtime::BrokenDownTime;

use crate::source::nearest;

use super::FormatError;
use super::locale::{Locale, Names, locale};

const STYLES: [&str; 4] = ["short", "medium", "long", "full"];

/// A date: `3/3/26`, `Mar 3, 2026`, `March 3, 2026`, `Tuesday, March 3, 2026`.
///
/// # Errors
///
/// [`FormatError::Style`] and [`FormatError::Pattern`].
pub(crate) fn date(value: Date, style: &str, tag: &str) -> Result<String, FormatError> {
    let locale = locale(tag);
    let wanted = Wanted { what: "date", example: "%Y-%m-%d", style };
    let pattern = wanted.pattern(|index| pick(&locale.dates.date, index).to_owned())?;
    wanted.written(&pattern, &value.into(), Some(value), locale)
}

/// A time of day: `2:05 PM`; `medium`, `long` and `full` have seconds.
///
/// # Errors
///
/// [`FormatError::Style`] and [`FormatError::Pattern`].
pub(crate) fn time(value: Time, style: &str, tag: &str) -> Result<String, FormatError> {
    let locale = locale(tag);
    let wanted = Wanted { what: "time", example: "%H:%M", style };
    let pattern = wanted.pattern(|index| pick(&locale.dates.time, index.min(1)).to_owned())?;
    wanted.written(&pattern, &value.into(), None, locale)
}

/// A date and a time of day without seconds: `March 3, 2026 at 2:05 PM`.
///
/// `full` ends with the zone's abbreviation, since a reader may live in another.
///
/// # Errors
///
/// [`FormatError::Style`] and [`FormatError::Pattern`].
pub(crate) fn datetime(value: &Zoned, style: &str, tag: &str) -> Result<String, FormatError> {
    let locale = locale(tag);
    let wanted = Wanted { what: "datetime", example: "%Y-%m-%d %H:%M", style };
    let pattern = wanted.pattern(|index| {
        let dates = &locale.dates;
        let zone = if index == 3 { " %Z" } else { "" };
        let (date, glue) = (pick(&dates.date, index), pick(&dates.glue, index));
        format!("{date}{glue}{}{zone}", pick(&dates.time, 0))
    })?;
    wanted.written(&pattern, &value.into(), Some(value.date()), locale)
}

fn pick(list: &[&'static str], index: usize) -> &'static str {
    list.get(index).copied().unwrap_or_default()
}

/// What is asked for, to be named in errors.
struct Wanted<'a> {
    what: &'static str,
    example: &'static str,
    style: &'a str,
}

impl Wanted<'_> {
    /// The pattern itself, or the locale's for the style with this index.
    fn pattern(&self, of_style: impl Fn(usize) -> String) -> Result<String, FormatError> {
        if self.style.contains('%') {
            return Ok(self.style.to_owned());
        }
        let index = STYLES.iter().position(|style| *style == self.style);
        index.map(of_style).ok_or_else(|| FormatError::Style {
            what: self.what,
            given: self.given(),
            example: self.example,
            nearest: STYLES.into_iter().find(|style| nearest(self.style, [*style]).is_some()),
        })
    }

    fn written(
        &self,
        pattern: &str,
        value: &BrokenDownTime,
        date: Option<Date>,
        locale: &Locale,
    ) -> Result<String, FormatError> {
        let pattern = match date {
            Some(date) => localised(pattern, date, &locale.names),
            None => pattern.to_owned(),
        };
        value.to_string(&pattern).map_err(|source| FormatError::Pattern {
            what: self.what,
            given: self.given(),
            source,
        })
    }

    fn given(&self) -> String {
        self.style.chars().take(80).collect()
    }
}

/// The pattern with the names of this date's day and month put in.
fn localised(pattern: &str, date: Date, names: &Names) -> String {
    let with_day = directives(pattern).any(|directive| directive.ends_with(['d', 'e']));
    let mut text = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    while let Some((before, tail)) = rest.split_once('%') {
        text.push_str(before);
        let (directive, after) = tail.split_at(directive_length(tail));
        match name(directive, date, names, with_day) {
            Some(name) => text.push_str(&name),
            None => {
                text.push('%');
                text.push_str(directive);
            }
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

fn name(directive: &str, date: Date, names: &Names, with_day: bool) -> Option<String> {
    let (day, month) = (day_index(date.weekday()), usize::from(date.month().unsigned_abs() - 1));
    let months = names.standalone.as_ref().filter(|_| !with_day).unwrap_or(&names.months);
    let mut flags = directive.chars();
    let name = match flags.next_back()? {
        'A' => pick(&names.days, day),
        'a' => pick(&names.short_days, day),
        'B' => pick(months, month),
        'b' | 'h' => pick(&names.short_months, month),
        _ => return None,
    };
    match flags.as_str() {
        "" | "-" => Some(name.to_owned()),
        "^" | "#" => Some(name.to_uppercase()),
        // Any other flag or width is jiff's to judge.
        _ => None,
    }
}

fn day_index(weekday: Weekday) -> usize {
    usize::from(weekday.to_monday_zero_offset().unsigned_abs())
}

fn directives(pattern: &str) -> impl Iterator<Item = &str> {
    let mut rest = pattern;
    std::iter::from_fn(move || {
        let (_, tail) = rest.split_once('%')?;
        let (directive, after) = tail.split_at(directive_length(tail));
        rest = after;
        Some(directive)
    })
}

/// How many bytes after `%` belong to it: flags, width, and the letter.
fn directive_length(tail: &str) -> usize {
    let flag = |c: char| matches!(c, '-' | '_' | '^' | '#' | '.' | ':') || c.is_ascii_digit();
    let letter = tail.char_indices().find(|(_, c)| !flag(*c));
    letter.map_or(tail.len(), |(at, c)| at + c.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::{date, datetime, time};
    use jiff::civil;

    const DAY: civil::Date = civil::date(2026, 3, 3);
    const NOON: civil::Time = civil::time(14, 5, 9, 0);

    fn moment() -> jiff::Zoned {
        DAY.to_datetime(NOON).in_tz("Europe/Vienna").unwrap()
    }

    #[test]
    fn a_date_has_each_locale_s_order_and_names() {
        for (tag, expected) in [
            ("en", ["3/3/26", "Mar 3, 2026", "March 3, 2026", "Tuesday, March 3, 2026"]),
            ("en-GB", ["03/03/2026", "3 Mar 2026", "3 March 2026", "Tuesday, 3 March 2026"]),
            ("de", ["03.03.26", "03.03.2026", "3. März 2026", "Dienstag, 3. März 2026"]),
            ("fr", ["03/03/2026", "3 mars 2026", "3 mars 2026", "mardi 3 mars 2026"]),
            ("fr-CH", ["03.03.26", "3 mars 2026", "3 mars 2026", "mardi, 3 mars 2026"]),
            ("es", ["3/3/26", "3 mar 2026", "3 de marzo de 2026", "martes, 3 de marzo de 2026"]),
            ("it", ["03/03/26", "3 mar 2026", "3 marzo 2026", "martedì 3 marzo 2026"]),
            ("nl", ["03-03-2026", "3 mrt 2026", "3 maart 2026", "dinsdag 3 maart 2026"]),
            (
                "pt-BR",
                [
                    "03/03/2026",
                    "3 de mar. de 2026",
                    "3 de março de 2026",
                    "terça-feira, 3 de março de 2026",
                ],
            ),
            ("sv", ["2026-03-03", "3 mars 2026", "3 mars 2026", "tisdag 3 mars 2026"]),
            ("da", ["03.03.2026", "3. mar. 2026", "3. marts 2026", "tirsdag den 3. marts 2026"]),
            ("pl", ["3.03.2026", "3 mar 2026", "3 marca 2026", "wtorek, 3 marca 2026"]),
            ("fi", ["2026-03-03", "3 Mar 2026", "3 March 2026", "Tuesday, 3 March 2026"]),
        ] {
            let written =
                ["short", "medium", "long", "full"].map(|style| date(DAY, style, tag).unwrap());
            assert_eq!(written, expected, "{tag}");
        }
    }

    #[test]
    fn a_time_and_a_moment_have_the_locale_s_clock() {
        for (tag, short, medium, long) in [
            ("en", "2:05 PM", "2:05:09 PM", "March 3, 2026 at 2:05 PM"),
            ("de-AT", "14:05", "14:05:09", "3. März 2026 um 14:05"),
            ("fr", "14:05", "14:05:09", "3 mars 2026 à 14:05"),
            ("da", "14.05", "14.05.09", "3. marts 2026 kl. 14.05"),
            ("ja", "14:05", "14:05:09", "3 March 2026, 14:05"),
        ] {
            assert_eq!(time(NOON, "short", tag).unwrap(), short);
            assert_eq!(time(NOON, "medium", tag).unwrap(), medium);
            assert_eq!(time(NOON, "full", tag).unwrap(), medium);
            assert_eq!(datetime(&moment(), "long", tag).unwrap(), long);
        }
        assert_eq!(datetime(&moment(), "short", "de").unwrap(), "03.03.26, 14:05");
        assert_eq!(
            datetime(&moment(), "full", "de").unwrap(),
            "Dienstag, 3. März 2026 um 14:05 CET"
        );
    }

    #[test]
    fn january_is_jaenner_in_austria() {
        let day = civil::date(2026, 1, 6);
        assert_eq!(date(day, "long", "de-AT").unwrap(), "6. Jänner 2026");
        assert_eq!(date(day, "long", "de-DE").unwrap(), "6. Januar 2026");
    }

    #[test]
    fn a_pattern_speaks_the_locale_s_language() {
        assert_eq!(
            date(DAY, "%A, %-d. %B (%a, %b)", "de").unwrap(),
            "Dienstag, 3. März (Di., März)"
        );
        assert_eq!(date(DAY, "%^A %d%%", "fr").unwrap(), "MARDI 03%");
        assert_eq!(date(DAY, "%B %Y", "pl").unwrap(), "marzec 2026");
        assert_eq!(date(DAY, "%d %B", "pl").unwrap(), "03 marca");
        assert_eq!(date(DAY, "%%A %%B", "de").unwrap(), "%A %B");
        assert_eq!(datetime(&moment(), "%H:%M %Z", "de").unwrap(), "14:05 CET");
    }

    #[test]
    fn a_wrong_style_names_the_right_ones_and_the_nearest() {
        assert_eq!(
            date(DAY, "ful", "en").unwrap_err().to_string(),
            "\"ful\" is no date style: expected short, medium, long, full \
             or a pattern such as %Y-%m-%d; did you mean full?"
        );
        assert_eq!(
            time(NOON, "", "en").unwrap_err().to_string(),
            "\"\" is no time style: expected short, medium, long, full \
             or a pattern such as %H:%M"
        );
    }

    #[test]
    fn a_pattern_that_cannot_be_written_is_an_error() {
        for wrong in ["%", "%!", "%H:%M", "%Z", "100%", "%-", "%99999999d", "%:::z", "%\u{e9}"] {
            let error = date(DAY, wrong, "en").unwrap_err();
            assert!(error.to_string().ends_with("cannot write a date"), "{wrong}: {error}");
        }
        assert!(time(NOON, "%Y", "en").is_err());
    }

    #[test]
    fn the_first_and_the_last_day_are_written() {
        for day in [civil::Date::MIN, civil::Date::MAX] {
            for style in ["short", "medium", "long", "full", "%A %B %G-%V %j"] {
                assert!(date(day, style, "de").is_ok());
            }
        }
    }
}
