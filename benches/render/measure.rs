//! The measuring: interleaved rounds, threads, and counted allocations.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

/// How much is measured.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) rounds: usize,
    /// How many mails each row makes in a round.
    pub(crate) batch: u32,
}

/// The least, the middle and the greatest of some figures.
#[derive(Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) least: f64,
    pub(crate) median: f64,
    pub(crate) greatest: f64,
}

impl Spread {
    pub(crate) fn of(figures: impl IntoIterator<Item = f64>) -> Self {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_by(f64::total_cmp);
        let at = |index: usize| figures.get(index).copied().unwrap_or(f64::NAN);
        Self {
            least: at(0),
            median: at(figures.len() / 2),
            greatest: at(figures.len().saturating_sub(1)),
        }
    }
}

/// Microseconds a mail of each row in each round: A B C D A B C D …, so that whatever else the
/// machine does hits all rows alike.
pub(crate) fn interleaved<const N: usize>(plan: Plan, rows: [&dyn Fn(); N]) -> Vec<[f64; N]> {
    for row in rows {
        timed(plan.batch, row);
    }
    (0..plan.rounds).map(|_| rows.map(|row| micros(timed(plan.batch, row), plan.batch))).collect()
}

/// How much faster two threads make twice the mails than one makes them, by round.
pub(crate) fn speed_up(plan: Plan, row: &(dyn Fn() + Sync)) -> Vec<f64> {
    let batch = plan.batch * 4;
    (0..plan.rounds)
        .map(|_| {
            let one = timed(batch, row);
            let barrier = Barrier::new(3);
            let two = thread::scope(|scope| {
                let workers: Vec<_> = (0..2)
                    .map(|_| {
                        scope.spawn(|| {
                            barrier.wait();
                            timed(batch, row);
                        })
                    })
                    .collect();
                barrier.wait();
                let start = Instant::now();
                for worker in workers {
                    // A worker that panicked has printed why, and its time counts for nothing.
                    drop(worker.join());
                }
                start.elapsed()
            });
            2.0 * one.as_secs_f64() / two.as_secs_f64()
        })
        .collect()
}

/// How long a batch takes.
pub(crate) fn timed(batch: u32, row: &dyn Fn()) -> Duration {
    let start = Instant::now();
    for _ in 0..batch {
        row();
    }
    start.elapsed()
}

pub(crate) fn micros(elapsed: Duration, batch: u32) -> f64 {
    elapsed.as_secs_f64() * 1e6 / f64::from(batch)
}
