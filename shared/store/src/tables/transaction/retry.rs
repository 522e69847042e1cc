//! How often, and after which delay, a write that collided with another is retried.

use std::time::Duration;

/// How often a transaction that collided with another is retried.
pub(super) const COLLISIONS: u32 = 6;

/// The maximum number of times the step of [`jitter`] is doubled.
const DOUBLED: u32 = 4;

/// Full jitter (Brooker, “Exponential Backoff And Jitter”): any delay between zero and the doubled
/// step, so that colliding writers spread.
#[expect(clippy::disallowed_methods, reason = "a delay need not be repeatable")]
pub fn jitter(attempt: u32) -> Duration {
    let mut random = [0; 2];
    // Without randomness the delay is the full step: late, but correct.
    let spread = aws_lc_rs::rand::fill(&mut random)
        .map_or(u64::from(u16::MAX), |()| u64::from(u16::from_le_bytes(random)));
    Duration::from_millis((20 << attempt.min(DOUBLED)) * spread / u64::from(u16::MAX))
}
