//! Times for people: how far away, and what the clock says.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// How times are written.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    pub(crate) now: Timestamp,
    zone: TimeZone,
    /// Whether a person reads it; a pipe gets RFC 3339 in UTC.
    people: bool,
}

impl Clock {
    pub(crate) fn new(zone: TimeZone, people: bool) -> Self {
        // What people and logs read need not be finer.
        let now = mailmethod::Stamp::now().date();
        let now = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
        Self { now, zone, people }
    }

    /// The time alone if it is today, with the date if it is not.
    pub(crate) fn time(&self, at: Timestamp) -> String {
        if !self.people {
            return at.to_string();
        }
        let (at, now) = (at.to_zoned(self.zone.clone()), self.now.to_zoned(self.zone.clone()));
        let form = if at.date() == now.date() { "%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" };
        at.strftime(form).to_string()
    }

    /// `in 4m`, `3m ago`; the whole time in a pipe.
    pub(crate) fn distance(&self, at: Timestamp) -> String {
        if !self.people {
            return at.to_string();
        }
        let away = at.duration_since(self.now);
        let short = short(away);
        if away.is_negative() { format!("{short} ago") } else { format!("in {short}") }
    }

    /// How far away it is that something is due.
    pub(crate) fn due(&self, at: Timestamp) -> String {
        if self.people && at <= self.now { "now".to_owned() } else { self.distance(at) }
    }

    /// The time, and how far away it is.
    pub(crate) fn both(&self, at: Timestamp) -> String {
        if self.people {
            format!("{} ({})", self.time(at), self.distance(at))
        } else {
            self.time(at)
        }
    }
}

/// A duration by its largest unit.
pub(crate) fn short(duration: SignedDuration) -> String {
    match duration.unsigned_abs().as_secs() {
        seconds @ 0..60 => format!("{seconds}s"),
        seconds @ 60..3_600 => format!("{}m", seconds / 60),
        seconds @ 3_600..172_800 => format!("{}h", seconds / 3_600),
        seconds => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_how_far_away_and_pipes_the_whole_time() {
        let now: Timestamp = "2026-11-26T12:00:00Z".parse().unwrap();
        let clock = |people| Clock { now, zone: TimeZone::fixed(jiff::tz::offset(1)), people };
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(clock(true).distance(at("2026-11-26T12:04:10Z")), "in 4m");
        assert_eq!(clock(true).distance(at("2026-11-26T09:00:00Z")), "3h ago");
        assert_eq!(clock(true).distance(at("2026-12-26T12:00:00Z")), "in 30d");
        assert_eq!(clock(true).both(at("2026-11-26T12:00:09Z")), "13:00:09 (in 9s)");
        assert_eq!(clock(true).time(at("2026-11-26T23:30:00Z")), "2026-11-27 00:30:00");
        assert_eq!(clock(true).due(at("2026-11-26T09:00:00Z")), "now");
        assert_eq!(clock(false).due(at("2026-11-26T09:00:00Z")), "2026-11-26T09:00:00Z");
        assert_eq!(clock(false).both(at("2026-11-26T12:00:09Z")), "2026-11-26T12:00:09Z");
    }
}
