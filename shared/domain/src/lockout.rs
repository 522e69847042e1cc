//! Guessing is slowed down: wrong passwords lock an account for a while, and many from one address block the address.

use serde::{Deserialize, Serialize};

use crate::{
    Code, Refused, Timestamp,
    time::{DAY, MINUTE},
};

/// How long failures are remembered after the last one, in milliseconds: of an account and of an address that nobody has alike, or the answers would tell them apart.
pub const REMEMBERED: i64 = 7 * DAY;

/// Failed sign-ins of one account since its last success.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Failures {
    /// How many since the last success.
    pub count: u32,
    /// Until when the account refuses every password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locked_until: Option<Timestamp>,
    /// When the last one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_at: Option<Timestamp>,
}

impl Failures {
    /// Those that still count: after seven quiet days none does.
    #[must_use]
    pub fn remembered(self, now: Timestamp) -> Self {
        if self.last_at.is_some_and(|last| last.plus(REMEMBERED) <= now) { Self::default() } else { self }
    }

    /// One more wrong password: the 5th, 10th, 15th and 20th lock for 1, 5, 30 and 120 minutes, every further fifth for 120.
    #[must_use]
    pub fn one_more(self, now: Timestamp) -> Self {
        let before = self.remembered(now);
        let count = before.count.saturating_add(1);
        let minutes = match count {
            5 => Some(1),
            10 => Some(5),
            15 => Some(30),
            n if n >= 20 && n % 5 == 0 => Some(120),
            _ => None,
        };
        Self { count, locked_until: minutes.map(|m| now.plus(m * MINUTE)).or(before.locked_until), last_at: Some(now) }
    }

    /// Refuses while the lock holds; at the very instant of its end it no longer does.
    ///
    /// # Errors
    /// `RATE_LIMITED` with `retryAfter` in seconds.
    pub fn check(self, now: Timestamp) -> Result<(), Refused> {
        match self.locked_until {
            Some(until) if now < until => Err(too_many(until.since(now))),
            _ => Ok(()),
        }
    }
}

/// Refuses because of too many attempts, for that many milliseconds more.
pub fn too_many(millis: i64) -> Refused {
    let seconds = (millis + 999) / 1000;
    Refused::new(Code::RateLimited, format!("Too many attempts. Try again in {seconds} seconds.")).with("retryAfter", seconds)
}

/// How often something may be tried from one address, or by one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressLimit {
    /// What is counted, part of the key.
    pub name: &'static str,
    /// This many in one window.
    pub most: u32,
    /// The window, in milliseconds.
    pub window: i64,
    /// How long the address is blocked once it has used them up, in milliseconds.
    pub block: i64,
}

/// Sign-ins, failed or not: 10 a minute.
pub const SIGN_INS: AddressLimit = AddressLimit { name: "sign-in", most: 10, window: MINUTE, block: 0 };
/// Failed sign-ins: 20 in 10 minutes block the address for 30.
pub const FAILED_SIGN_INS: AddressLimit = AddressLimit { name: "failed-sign-in", most: 20, window: 10 * MINUTE, block: 30 * MINUTE };
/// Registrations: 5 an hour.
pub const REGISTRATIONS: AddressLimit = AddressLimit { name: "registration", most: 5, window: 60 * MINUTE, block: 0 };
/// Password resets: 3 in 5 minutes.
pub const PASSWORD_RESETS: AddressLimit = AddressLimit { name: "password-reset", most: 3, window: 5 * MINUTE, block: 0 };

/// Changes of address, phone number and username by one account, counted before it is known whether somebody has the new one: 5 an hour.
pub const CONTACT_CHANGES: AddressLimit = AddressLimit { name: "contact-change", most: 5, window: 60 * MINUTE, block: 0 };
/// Changes of password by one account, each of which writes a letter: 5 an hour.
pub const PASSWORD_CHANGES: AddressLimit = AddressLimit { name: "password-change", most: 5, window: 60 * MINUTE, block: 0 };
/// Mails that ask one account again to confirm its address: 3 an hour.
pub const CONFIRMATIONS: AddressLimit = AddressLimit { name: "confirmation", most: 3, window: 60 * MINUTE, block: 0 };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_grows_with_the_failures_and_ends_at_its_instant() {
        let now = Timestamp::from_millis(1_000_000);
        let mut failures = Failures::default();
        let mut locks = Vec::new();
        for _ in 0..25 {
            let next = failures.one_more(now);
            if next.locked_until != failures.locked_until || [10, 15, 20, 25].contains(&next.count) {
                locks.push((next.count, next.locked_until.unwrap().since(now) / MINUTE));
            }
            failures = next;
        }
        assert_eq!(locks, [(5, 1), (10, 5), (15, 30), (20, 120), (25, 120)]);
        let until = failures.locked_until.unwrap();
        assert_eq!(failures.check(until.plus(-1)).unwrap_err().code, Code::RateLimited);
        assert!(failures.check(until).is_ok());
    }

    #[test]
    fn after_seven_quiet_days_counting_begins_anew() {
        let now = Timestamp::from_millis(1_000_000);
        let failures = (0..19).fold(Failures::default(), |failures, _| failures.one_more(now));
        assert_eq!(failures.one_more(now.plus(REMEMBERED - 1)).count, 20);
        let later = failures.one_more(now.plus(REMEMBERED));
        assert_eq!((later.count, later.locked_until), (1, None));
        // Those that were counted before the time was kept stay until the next success.
        assert_eq!(Failures { last_at: None, ..failures }.one_more(now.plus(REMEMBERED)).count, 20);
    }
}
