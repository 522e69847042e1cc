//! The second factor: time-based codes that change every thirty seconds, and ten recovery codes for
//! a lost device.

use serde::{Deserialize, Serialize};

use crate::{ApiError, Timestamp, secret::Digest};

/// Number of recovery codes.
pub const RECOVERY_CODES: usize = 10;

/// The second factor of a user. It is in effect once it is confirmed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecondFactor {
    /// Secret of the time-based codes, encrypted with the user's key.
    pub sealed_secret: String,
    /// Time at which setup started.
    pub started_at: Timestamp,
    /// Time at which a code confirmed the device.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub confirmed_at: Option<Timestamp>,
    /// The last time step whose code was used; that step and all earlier ones are invalid.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_step: Option<u64>,
    /// Digests of the unused recovery codes.
    #[serde(default)]
    pub recovery: Vec<Digest>,
    /// Digests of the used recovery codes: entering one again does not count as a guess.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub used_recovery: Vec<Digest>,
    /// Counts every write; a write is conditional on it, so that no code works twice.
    pub version: u64,
}

impl SecondFactor {
    /// Creates a second factor that is not confirmed yet.
    pub const fn start(sealed_secret: String, version: u64, now: Timestamp) -> Self {
        Self {
            sealed_secret,
            started_at: now,
            confirmed_at: None,
            last_step: None,
            recovery: Vec::new(),
            used_recovery: Vec::new(),
            version,
        }
    }

    /// Marks a time step as used; `None` if it was used before.
    #[must_use]
    pub fn use_step(mut self, step: u64) -> Option<Self> {
        if self.last_step.is_some_and(|last| step <= last) {
            return None;
        }
        self.last_step = Some(step);
        Some(self)
    }

    /// Marks a recovery code as used; `None` if no code has this digest.
    #[must_use]
    pub fn use_recovery(mut self, code: &Digest) -> Option<Self> {
        let before = self.recovery.len();
        self.recovery.retain(|kept| !kept.matches(code));
        if self.recovery.len() == before {
            return None;
        }
        self.used_recovery.push(*code);
        Some(self)
    }

    /// Whether the recovery code with this digest was used.
    pub fn was_used(&self, code: &Digest) -> bool {
        self.used_recovery.iter().any(|used| used.matches(code))
    }
}

/// The error for a code that was already used.
pub fn used_code() -> ApiError {
    ApiError::field(
        "code",
        "used",
        "This code was already used. Wait for the next code and send that.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn using_a_step_invalidates_it_and_all_earlier_ones() {
        let fresh = SecondFactor::start(String::new(), 1, Timestamp::from_millis(0));
        let used = fresh.use_step(7).unwrap();
        assert!(used.clone().use_step(7).is_none());
        assert!(used.clone().use_step(6).is_none());
        assert!(used.use_step(8).is_some());
    }

    #[test]
    fn a_recovery_code_works_once() {
        let mut factor = SecondFactor::start(String::new(), 1, Timestamp::from_millis(0));
        factor.recovery = vec![Digest([1; 32]), Digest([2; 32])];
        let used = factor.use_recovery(&Digest([1; 32])).unwrap();
        assert!(used.clone().use_recovery(&Digest([1; 32])).is_none());
        assert!(used.was_used(&Digest([1; 32])) && !used.was_used(&Digest([2; 32])));
        assert!(used.use_recovery(&Digest([2; 32])).is_some());
    }
}
