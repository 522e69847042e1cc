//! What is remembered of requests: answers under idempotency keys, and counts for limits.

pub mod idempotency;
pub mod throttle;
