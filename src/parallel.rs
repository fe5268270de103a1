//! Work on many items with all cores, with the results in the items' order.
//!
//! For work on processor and disk; what waits for a network is a stream of futures.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Asking costs a dozen reads of the system's files, so it is done once.
static CORES: LazyLock<usize> = LazyLock::new(|| thread::available_parallelism().map_or(1, usize::from));

/// The number of cores that this process may use.
#[must_use]
pub fn cores() -> usize {
    *CORES
}

/// `work` of every item. One item is worked on right here.
///
/// # Panics
/// When `work` does.
#[must_use]
pub fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let take = || {
            let index = next.fetch_add(1, Ordering::Relaxed);
            Some((index, work(items.get(index)?)))
        };
        std::iter::from_fn(take).collect::<Vec<_>>()
    };
    let threads = if items.len() > 1 { cores().min(items.len()) } else { 1 };
    if threads == 1 {
        return worker().into_iter().map(|(_, result)| result).collect();
    }
    let mut done: Vec<(usize, R)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("the work does not panic")).collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn results_stand_in_the_order_of_the_items() {
        for count in [0, 1, 2, 1000] {
            let items: Vec<usize> = (0..count).collect();
            assert_eq!(map(&items, |item| item * 2), items.iter().map(|item| item * 2).collect::<Vec<_>>());
        }
    }
}
