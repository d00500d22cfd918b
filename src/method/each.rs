//! Each: the same work for many things, on several threads where there are many.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// How many things a thread takes at a time; fewer are not worth a thread.
const SHARE: usize = 16;

/// Does the same for each of some things, and gives the results in the order of the things.
pub(crate) fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(8);
    let shares: Vec<&[T]> = items.chunks(SHARE).collect();
    if threads == 1 || shares.len() < 2 {
        return items.iter().map(work).collect();
    }
    // Whoever is done takes the next share: no thread waits for one that has more to do.
    let next = AtomicUsize::new(0);
    let run = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(share) = shares.get(number) else { return done };
            done.push((number, share.iter().map(&work).collect::<Vec<R>>()));
        }
    };
    let mut done: Vec<(usize, Vec<R>)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.min(shares.len())).map(|_| scope.spawn(run)).collect();
        let joined = workers.into_iter().map(|worker| match worker.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.flatten().collect()
    });
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().flat_map(|(_, results)| results).collect()
}

#[cfg(test)]
mod tests {
    use super::each;

    #[test]
    fn the_results_are_in_the_order_of_the_things_however_many_there_are() {
        for count in [0, 1, 16, 17, 1_000] {
            let things: Vec<usize> = (0..count).collect();
            let doubled = each(&things, |thing| thing * 2);
            assert_eq!(doubled, things.iter().map(|thing| thing * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_panic_of_the_work_is_a_panic_of_the_whole() {
        let things: Vec<usize> = (0..100).collect();
        let whole = || each(&things, |thing| assert_ne!(*thing, 50));
        assert!(std::panic::catch_unwind(whole).is_err());
    }
}
