//! Moments as people read them: how long ago or ahead, and exactly.

use super::views::in_templates;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

/// A moment, as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct When {
    /// For machines: RFC 3339, UTC.
    iso: String,
    /// Exactly, in the time zone of the settings.
    exact: String,
    /// The time of day, with the day if it is not today.
    clock: String,
    /// `12 s ago`, `in 3 h`.
    relative: String,
}

in_templates!(When);

impl When {
    /// Exactly, in the time zone of the settings.
    pub(super) fn exact(&self) -> &str {
        &self.exact
    }
}

/// Tells times as they are seen at one moment, in one time zone.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    pub(super) now: Timestamp,
    pub(super) zone: TimeZone,
}

impl Clock {
    pub(super) fn when(&self, at: Timestamp) -> When {
        let (local, today) = (at.to_zoned(self.zone.clone()), self.now.to_zoned(self.zone.clone()));
        let time = local.strftime("%H:%M:%S").to_string();
        let clock = match (local.date() == today.date(), local.year() == today.year()) {
            (true, _) => time,
            (false, true) => local.strftime("%-d %b %H:%M").to_string(),
            (false, false) => local.strftime("%-d %b %Y").to_string(),
        };
        When {
            iso: at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            exact: local.strftime("%a %-d %b %Y, %H:%M:%S %Z").to_string(),
            clock,
            relative: relative(at.as_second() - self.now.as_second()),
        }
    }
}

fn relative(seconds: i64) -> String {
    match seconds {
        -1..=1 => "now".to_owned(),
        ahead @ 2.. => format!("in {}", span(ahead)),
        ago => format!("{} ago", span(-ago)),
    }
}

/// A number of seconds in the largest unit of which there are two, or one of the small ones.
pub(super) fn span(seconds: i64) -> String {
    match seconds {
        0..=99 => format!("{seconds} s"),
        100..=5_999 => format!("{} min", (seconds + 30) / 60),
        6_000..=172_799 => format!("{} h", (seconds + 1_800) / 3_600),
        _ => format!("{} d", (seconds + 43_200) / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, relative, span};
    use jiff::Timestamp;
    use jiff::tz::TimeZone;

    #[test]
    fn spans_are_told_in_the_unit_that_fits() {
        for (seconds, shown) in [
            (0, "0 s"),
            (99, "99 s"),
            (120, "2 min"),
            (5_999, "100 min"),
            (7_200, "2 h"),
            (172_800, "2 d"),
        ] {
            assert_eq!(span(seconds), shown);
        }
        assert_eq!(relative(-300), "5 min ago");
        assert_eq!(relative(30), "in 30 s");
        assert_eq!(relative(1), "now");
    }

    #[test]
    fn a_moment_has_its_day_if_it_is_another() {
        let clock = Clock {
            now: "2026-11-23T14:45:00Z".parse::<Timestamp>().unwrap(),
            zone: TimeZone::UTC,
        };
        let when = |text: &str| clock.when(text.parse().unwrap());
        assert_eq!(when("2026-11-23T14:40:02Z").clock, "14:40:02");
        assert_eq!(when("2026-11-20T14:40:02Z").clock, "20 Nov 14:40");
        assert_eq!(when("2025-11-20T14:40:02Z").clock, "20 Nov 2025");
        assert_eq!(when("2026-11-23T14:40:02Z").exact, "Mon 23 Nov 2026, 14:40:02 UTC");
    }
}
