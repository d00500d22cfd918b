//! The time of `--at`: when a mail is due, as people write it.

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use mailmethod::source::Finding;

use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::pairs;

/// The time that a text means: with an offset, with the name of a zone, or in the zone of the
/// settings; a day alone begins at midnight.
pub(crate) fn time(context: &Context, text: &str) -> Result<Timestamp, Failure> {
    let zone = context.settings.rendering.timezone.clone();
    read(text.trim(), &zone, &|word| pairs::day(context, word)).ok_or_else(|| {
        let name = zone.iana_name().unwrap_or("the time zone of the settings").to_owned();
        let finding =
            Finding::error("time", format!("{text:?} is no time for --at")).help(format!(
                "write 2026-12-07T08:00 (in {name}), 2026-12-07T08:00+01:00, \
             2026-12-07T08:00[Europe/Berlin], 2026-12-07, `today`, `tomorrow` or `+7d`, the last \
             four with or without a time behind: `tomorrow 08:00`"
            ));
        Failure::one(Exit::Usage, finding)
    })
}

type Day<'a> = &'a dyn Fn(&str) -> Option<jiff::civil::Date>;

fn read(text: &str, zone: &TimeZone, day: Day<'_>) -> Option<Timestamp> {
    if let Ok(zoned) = text.parse::<Zoned>() {
        return Some(zoned.timestamp());
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let local = |text: &str| local(text, day);
    if let Some(at) = local(text) {
        return Some(at.to_zoned(zone.clone()).ok()?.timestamp());
    }
    let (before, name) = text.rsplit_once(' ')?;
    let zone = TimeZone::get(name).ok()?;
    Some(local(before.trim())?.to_zoned(zone).ok()?.timestamp())
}

/// A day, with or without a time behind.
fn local(text: &str, day: Day<'_>) -> Option<DateTime> {
    let date = |word: &str| day(word).or_else(|| word.parse().ok());
    let Some((first, second)) = text.split_once(['T', ' ']) else {
        return Some(date(text)?.to_datetime(Time::midnight()));
    };
    let time = second.trim().parse::<Time>().ok()?;
    Some(date(first)?.to_datetime(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let day = |word: &str| (word == "tomorrow").then(|| jiff::civil::date(2026, 11, 27));
        let found = read(text, &zone, &day).map(|at| at.to_string());
        assert_eq!(found.as_deref(), expected, "{text}");
    }

    #[test]
    fn a_time_has_an_offset_a_zone_or_that_of_the_settings() {
        check("2026-12-07T08:00:00+05:00", Some("2026-12-07T03:00:00Z"));
        check("2026-12-07T08:00Z", Some("2026-12-07T08:00:00Z"));
        check("2026-12-07T08:00", Some("2026-12-07T07:00:00Z"));
        check("2026-07-07 08:00:30", Some("2026-07-07T06:00:30Z"));
        check("2026-12-07T08:00[America/New_York]", Some("2026-12-07T13:00:00Z"));
        check("2026-12-07 08:00 America/New_York", Some("2026-12-07T13:00:00Z"));
        check("2026-12-07", Some("2026-12-06T23:00:00Z"));
        check("tomorrow", Some("2026-11-26T23:00:00Z"));
        check("tomorrow 08:00", Some("2026-11-27T07:00:00Z"));
        // An hour that the clock leaves out is read as the one after it.
        check("2026-03-29T02:30", Some("2026-03-29T01:30:00Z"));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "soon",
            "2026-13-01",
            "25:00",
            "2026-12-07T25:00",
            "tomorrow 8",
            "2026-12-07 08:00 Mars/Base",
            "tomorow 08:00",
        ] {
            check(text, None);
        }
    }
}
