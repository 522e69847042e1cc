//! Time and randomness, behind a trait so that tests can control both.

use std::{
    fmt,
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
    time::SystemTime,
};

use provost_domain::Timestamp;

/// Provides the time and random bits for identifiers.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;
    /// 80 random bits for an identifier. Identifiers are not secret; secrets come only from the
    /// operating system.
    fn random(&self) -> u128;
}

/// The system clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    #[expect(clippy::disallowed_methods, reason = "this is the source of identifiers")]
    fn random(&self) -> u128 {
        let mut bytes = [0; 16];
        if aws_lc_rs::rand::fill(&mut bytes).is_err() {
            // Without randomness an identifier may collide; the condition of its write then fails,
            // and nothing is overwritten.
            return u128::from(
                SystemTime::now()
                    .duration_since(SystemTime::UNIX_EPOCH)
                    .unwrap_or_default()
                    .subsec_nanos(),
            );
        }
        u128::from_le_bytes(bytes) & ((1 << 80) - 1)
    }
}

/// A clock that moves only when it is advanced.
#[derive(Debug)]
pub struct ManualClock {
    millis: AtomicI64,
    ids: AtomicU64,
}

impl ManualClock {
    /// A clock set to this time.
    pub fn at(time: Timestamp) -> Self {
        Self { millis: AtomicI64::new(time.millis()), ids: AtomicU64::new(1) }
    }

    /// Advances the clock, in milliseconds.
    pub fn advance(&self, millis: i64) {
        self.millis.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.millis.load(Ordering::SeqCst))
    }

    fn random(&self) -> u128 {
        u128::from(self.ids.fetch_add(1, Ordering::SeqCst))
    }
}
