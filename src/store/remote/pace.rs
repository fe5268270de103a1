//! Time limits that follow progress: a request may last as long as bytes move, and no longer.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::options::Limits;

/// Too slow: nothing moved for the idle limit, or too little on average.
#[derive(Debug)]
pub(super) struct Stalled;

/// The progress of one request; clones share it.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    limits: Limits,
    started: Instant,
    moved: Arc<AtomicU64>,
}

impl Pace {
    /// The pace of a request that starts now.
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, started: Instant::now(), moved: Arc::default() }
    }

    /// Notes that `bytes` were sent or received.
    pub(super) fn add(&self, bytes: usize) {
        self.moved.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Waits for `future` while bytes move.
    pub(super) async fn keep<T>(&self, future: impl Future<Output = T>) -> Result<T, Stalled> {
        let mut future = pin!(future);
        loop {
            let before = self.moved();
            let waited = tokio::time::timeout(self.limits.idle, future.as_mut()).await;
            match waited {
                Ok(_) | Err(_) if self.is_slow() => return Err(Stalled),
                Ok(done) => return Ok(done),
                Err(_) if self.moved() == before => return Err(Stalled),
                Err(_) => {}
            }
        }
    }

    fn moved(&self) -> u64 {
        self.moved.load(Ordering::Relaxed)
    }

    fn is_slow(&self) -> bool {
        let earned = Duration::from_secs(self.moved() / self.limits.least_rate.max(1));
        self.started.elapsed() > self.limits.idle + earned
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits =
        Limits { connect: Duration::from_secs(1), idle: Duration::from_millis(300), least_rate: 1000 };

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
    }

    #[test]
    fn silence_ends_a_request() {
        assert!(run(Pace::new(LIMITS).keep(std::future::pending::<()>())).is_err());
        assert_eq!(run(Pace::new(LIMITS).keep(async { 7 })).unwrap(), 7);
    }

    #[test]
    fn progress_keeps_it_alive() {
        let pace = Pace::new(LIMITS);
        let steady = async {
            for _ in 0..8 {
                tokio::time::sleep(Duration::from_millis(50)).await;
                pace.add(10_000);
            }
        };
        assert!(run(pace.keep(steady)).is_ok());
    }

    #[test]
    fn dripping_does_not() {
        let pace = Pace::new(LIMITS);
        let dripping = async {
            for _ in 0..1000 {
                tokio::time::sleep(Duration::from_millis(10)).await;
                pace.add(1);
            }
        };
        assert!(run(pace.keep(dripping)).is_err());
    }
}
