//! The frontier: before which time of each priority a route has nothing left to claim.
//!
//! Claims go through an index from its oldest end. While a transaction elsewhere
//! is open, PostgreSQL keeps what was there before: each claim would walk over
//! all mails that have been sent since. Now and then, and whenever leases come
//! back, a claim looks from the very beginning all the same.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::lease::PRIORITIES;

/// How long claims may rely on what earlier ones have seen: others may give leases back meanwhile.
const TRUST: Duration = Duration::from_secs(1);
/// Before all times.
const EVER: i64 = -1_000_000_000_000_000_000;

/// From which due time on each priority is looked at, the first priority first.
pub(super) type Since = [i64; PRIORITIES];

/// From the very beginning.
pub(super) const BEGINNING: Since = [EVER; PRIORITIES];

/// What the claims of one connection know of each route.
#[derive(Debug, Default)]
pub(super) struct Frontiers(HashMap<String, (Instant, Since)>);

impl Frontiers {
    /// From where the next claim of a route looks.
    pub(super) fn of(&self, route: &str) -> Since {
        let known = self.0.get(route).filter(|(until, _)| Instant::now() < *until);
        known.map_or(BEGINNING, |(_, since)| *since)
    }

    /// Notes what a claim from there has taken, by priority and due time: of each priority the first
    /// ones that there were.
    pub(super) fn note(
        &mut self,
        route: &str,
        from: Since,
        taken: impl Iterator<Item = (usize, i64)>,
    ) {
        let now = Instant::now();
        let known = self.0.entry(route.to_owned()).or_insert((now, BEGINNING));
        if from == BEGINNING {
            *known = (now + TRUST, BEGINNING);
        }
        for (priority, due_at) in taken {
            if let Some(since) = known.1.get_mut(priority) {
                *since = due_at.max(*since);
            }
        }
    }

    /// Forgets all: leases have come back, or nobody knows.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_claim_looks_behind_the_one_before_for_a_second() {
        let mut frontiers = Frontiers::default();
        assert_eq!(frontiers.of("a"), BEGINNING);
        frontiers.note("a", BEGINNING, [(2, 5), (2, 7), (0, 9)].into_iter());
        let since = [9, EVER, 7, EVER, EVER];
        assert_eq!(frontiers.of("a"), since);
        assert_eq!(frontiers.of("b"), BEGINNING);
        // What relies on an earlier look makes it last no longer.
        tokio::time::advance(TRUST / 2).await;
        frontiers.note("a", since, [(2, 8)].into_iter());
        assert_eq!(frontiers.of("a"), [9, EVER, 8, EVER, EVER]);
        tokio::time::advance(TRUST / 2).await;
        assert_eq!(frontiers.of("a"), BEGINNING);
        frontiers.note("a", BEGINNING, [(4, 1)].into_iter());
        assert_eq!(frontiers.of("a"), [EVER, EVER, EVER, EVER, 1]);
        frontiers.forget();
        assert_eq!(frontiers.of("a"), BEGINNING);
    }
}
