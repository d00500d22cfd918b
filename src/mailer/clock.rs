//! The clock watch: whether the store's clock goes as time does. Pure: it is told both.
//!
//! A clock that jumps by hours would end, in one moment, mail that has hours
//! left. So nothing expires for a while after a jump, and people are told.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// By how much the clock may run away from time itself before we stop to trust it.
const JUMP: Duration = Duration::from_secs(60);
/// How long nothing expires after the clock has jumped.
const DISTRUST: Duration = Duration::from_secs(600);

/// Watches a clock.
#[derive(Debug, Default)]
pub(super) struct ClockWatch {
    /// What the clock said last, and when.
    last: Option<(Timestamp, Instant)>,
    distrusted_until: Option<Instant>,
}

impl ClockWatch {
    /// The clock says `wall` at the time `now`; gives whether it can be trusted.
    pub(super) fn look(&mut self, wall: Timestamp, now: Instant) -> bool {
        if let Some((before, at)) = self.last {
            let (went, passed) = (wall.duration_since(before), now.duration_since(at));
            let passed = jiff::SignedDuration::try_from(passed).unwrap_or(went);
            if (went - passed).unsigned_abs() > JUMP {
                tracing::warn!(%before, %wall, "the clock has jumped: nothing expires for ten minutes");
                self.distrusted_until = Some(now + DISTRUST);
            }
        }
        self.last = Some((wall, now));
        self.distrusted_until.is_none_or(|until| now >= until)
    }

    /// What people should know.
    pub(super) fn note(&self, now: Instant) -> Option<&'static str> {
        let distrusted = self.distrusted_until.is_some_and(|until| now < until);
        distrusted.then_some("the clock has jumped: nothing expires for ten minutes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_of_the_clock_is_distrusted_for_ten_minutes() {
        let (wall, now) = (Timestamp::UNIX_EPOCH, Instant::now());
        let seconds = Duration::from_secs;
        for jump in [-86_400, -61, 61, 86_400_i64] {
            let mut watch = ClockWatch::default();
            assert!(watch.look(wall, now));
            assert!(
                watch.look(wall + seconds(3_600), now + seconds(3_590)),
                "as time goes, nearly"
            );
            assert_eq!(watch.note(now + seconds(3_590)), None);
            let jumped = wall + seconds(3_600) + jiff::SignedDuration::from_secs(jump);
            assert!(!watch.look(jumped, now + seconds(3_590)), "{jump}");
            assert!(!watch.look(jumped + seconds(599), now + seconds(4_189)), "{jump}");
            assert!(watch.note(now + seconds(4_189)).is_some());
            assert!(watch.look(jumped + seconds(600), now + seconds(4_190)), "{jump}");
            assert_eq!(watch.note(now + seconds(4_190)), None);
        }
    }
}
