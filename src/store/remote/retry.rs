//! When a read is tried again: after a failure that may pass, twice, and after a short wait.
//!
//! Writes are never repeated here: their caller does not know what the first one did.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use super::answer::Answer;
use super::error::{Error, Problem};

/// How often a request is sent at most.
const ATTEMPTS: u32 = 3;
/// The first wait; the second one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// The longest wait that a registry may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// How long to wait before the next attempt after `made` ones, if there is to be one.
pub(super) fn wait(outcome: &Result<Answer, Error>, made: u32) -> Option<Duration> {
    let asked_for = match outcome {
        Ok(answer) if may_pass(answer.status().as_u16()) => answer.retry_after(),
        // The authentication realm's.
        Err(Error::Refused(refusal)) if may_pass(refusal.status) => refusal.retry_after,
        Err(Error::Unreachable { problem: Problem::Broken, .. }) => None,
        _ => return None,
    };
    (made < ATTEMPTS && asked_for.is_none_or(|wait| wait <= LONGEST_WAIT)).then(|| spread(asked_for, made))
}

fn may_pass(status: u16) -> bool {
    matches!(status, 429 | 502 | 503 | 504)
}

/// Up to half as long again, so that runs that failed together do not come back together.
fn spread(asked_for: Option<Duration>, made: u32) -> Duration {
    let wait = asked_for.unwrap_or(FIRST_WAIT * made);
    let percent = RandomState::new().hash_one(made) % 50;
    wait + wait * u32::try_from(percent).unwrap_or_default() / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stay_bounded() {
        for made in 1..ATTEMPTS {
            let wait = spread(None, made);
            assert!(wait >= FIRST_WAIT * made && wait < FIRST_WAIT * made * 3 / 2, "{wait:?}");
        }
        assert!(spread(Some(LONGEST_WAIT), 1) < LONGEST_WAIT * 3 / 2);
    }
}
