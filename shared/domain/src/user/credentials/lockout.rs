//! Protection against guessing: wrong passwords lock an account for a time, and many failures from
//! one IP address block the address.

use serde::{Deserialize, Serialize};

use crate::{
    ApiError, Code, Timestamp,
    time::{DAY, MINUTE, SECOND},
};

/// How long failures are remembered after the last one, in milliseconds: the same for accounts and
/// for unknown addresses, so responses do not reveal which accounts exist.
pub const REMEMBERED: i64 = 7 * DAY;

/// An account is locked each time the failures reach a multiple of this number.
const LOCK_EVERY: u32 = 5;
/// How long an attempt may stay without an outcome, in milliseconds. After that the request is
/// lost, and the attempt counts as a failure.
const PENDING_FOR: i64 = 30 * SECOND;

/// Failed sign-ins of one account since its last success, and the pending attempts.
///
/// An attempt is counted before the password or code is compared, and gets its outcome afterwards.
/// No more attempts can be pending than are left before the next lock, so parallel guesses have no
/// advantage over sequential ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Failures {
    /// Number of failures since the last success.
    pub count: u32,
    /// Time until which the account rejects every password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locked_until: Option<Timestamp>,
    /// Time of the last failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_at: Option<Timestamp>,
    /// Number of counted attempts without an outcome yet.
    #[serde(skip_serializing_if = "is_zero")]
    pub pending: u32,
    /// Time of the latest pending attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending_at: Option<Timestamp>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The result of a request to attempt a password or code.
#[derive(Debug, Clone, Copy)]
pub enum Try {
    /// The attempt is allowed, and counts once this is written.
    Counted(Failures),
    /// All remaining attempts are pending. Their outcomes decide whether another is allowed.
    Wait,
}

impl Failures {
    /// The failures that still count: none after seven days without a failure.
    #[must_use]
    pub fn remembered(self, now: Timestamp) -> Self {
        if self.last_at.is_some_and(|last| last.plus(REMEMBERED) <= now) {
            Self { pending: self.pending, pending_at: self.pending_at, ..Self::default() }
        } else {
            self
        }
    }

    /// Counts an attempt before anything is compared.
    ///
    /// # Errors
    /// `RATE_LIMITED` while the account is locked.
    pub fn begin(self, now: Timestamp) -> Result<Try, ApiError> {
        let known = self.without_lost(now);
        known.check(now)?;
        let known = known.remembered(now);
        let left = LOCK_EVERY - known.count % LOCK_EVERY;
        Ok(if known.pending < left {
            Try::Counted(Self { pending: known.pending + 1, pending_at: Some(now), ..known })
        } else {
            Try::Wait
        })
    }

    /// Counts the attempts of lost requests as failures, at the time when the last of them was
    /// counted.
    fn without_lost(self, now: Timestamp) -> Self {
        match self.pending_at {
            Some(at) if at.plus(PENDING_FOR) <= now => {
                (0..self.pending).fold(self, |known, _| known.one_more(at))
            }
            _ => self,
        }
    }

    /// Withdraws an attempt that was not a guess: it does not count.
    #[must_use]
    pub fn withdrawn(self) -> Self {
        let pending = self.pending.saturating_sub(1);
        Self { pending, pending_at: self.pending_at.filter(|_| pending > 0), ..self }
    }

    /// Records a successful attempt and clears the earlier failures. Other pending attempts stay
    /// counted.
    #[must_use]
    pub fn forgiven(self) -> Self {
        let Self { pending, pending_at, .. } = self.withdrawn();
        Self { pending, pending_at, ..Self::default() }
    }

    /// Records a failed attempt: the 5th, 10th, 15th and 20th failure lock the account for 1, 5, 30
    /// and 120 minutes, every further fifth for 120.
    #[must_use]
    pub fn one_more(self, now: Timestamp) -> Self {
        let before = self.withdrawn().remembered(now);
        let count = before.count.saturating_add(1);
        let minutes = match count {
            5 => Some(1),
            10 => Some(5),
            15 => Some(30),
            n if n >= 20 && n % 5 == 0 => Some(120),
            _ => None,
        };
        Self {
            count,
            locked_until: minutes.map(|m| now.plus(m * MINUTE)).or(before.locked_until),
            last_at: Some(now),
            ..before
        }
    }

    /// Checks that the account is not locked; a lock no longer holds at the instant of its end.
    ///
    /// # Errors
    /// `RATE_LIMITED` with `retryAfter` in seconds.
    pub fn check(self, now: Timestamp) -> Result<(), ApiError> {
        match self.locked_until {
            Some(until) if now < until => Err(too_many(until.since(now))),
            _ => Ok(()),
        }
    }
}

/// The error for too many attempts; `millis` is the time until the next one is allowed.
pub fn too_many(millis: i64) -> ApiError {
    let seconds = (millis + 999) / 1000;
    ApiError::new(Code::RateLimited, format!("Too many attempts. Try again in {seconds} seconds."))
        .with("retryAfter", seconds)
}

/// A rate limit per IP address or account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressLimit {
    /// Name of the limit, part of the key.
    pub name: &'static str,
    /// Maximum number of attempts in one window.
    pub most: u32,
    /// The window, in milliseconds.
    pub window: i64,
    /// How long the address is blocked once it reaches the limit, in milliseconds.
    pub block: i64,
    /// Whether the limit holds for every interval as long as the window. Otherwise windows follow
    /// each other, and twice the limit fits across the edge of two. Limits of emails slide, since
    /// that is what their recipients are promised.
    pub sliding: bool,
}

impl AddressLimit {
    /// The attempts that still count against a sliding limit.
    pub fn counting(&self, attempts: &[Timestamp], now: Timestamp) -> Vec<Timestamp> {
        attempts.iter().copied().filter(|at| now < at.plus(self.window)).collect()
    }

    /// Time at which a sliding limit allows another attempt, given the attempts that count: once
    /// enough of them are older than the window.
    pub fn next_attempt(&self, counting: &[Timestamp]) -> Option<Timestamp> {
        let mut sorted = counting.to_vec();
        sorted.sort_unstable();
        let most = usize::try_from(self.most).unwrap_or(usize::MAX);
        let gives_way = sorted.len().checked_sub(most)?;
        sorted.get(gives_way).map(|at| at.plus(self.window))
    }
}

/// Sign-ins, failed or not: 10 a minute.
pub const SIGN_INS: AddressLimit =
    AddressLimit { name: "sign-in", most: 10, window: MINUTE, block: 0, sliding: false };
/// Failed sign-ins: 20 in 10 minutes block the address for 30.
pub const FAILED_SIGN_INS: AddressLimit = AddressLimit {
    name: "failed-sign-in",
    most: 20,
    window: 10 * MINUTE,
    block: 30 * MINUTE,
    sliding: false,
};
/// Recipients of emails of one member of staff to individual users: 500 a day.
pub const MAIL_RECIPIENTS: AddressLimit =
    AddressLimit { name: "mail-recipient", most: 500, window: DAY, block: 0, sliding: false };
/// Registrations: 5 an hour.
pub const REGISTRATIONS: AddressLimit =
    AddressLimit { name: "registration", most: 5, window: 60 * MINUTE, block: 0, sliding: true };
/// Password resets: 3 in 5 minutes.
pub const PASSWORD_RESETS: AddressLimit =
    AddressLimit { name: "password-reset", most: 3, window: 5 * MINUTE, block: 0, sliding: true };

/// Password reset emails per account, from any requester: 3 an hour.
pub const RESET_MAILS: AddressLimit =
    AddressLimit { name: "reset-mail", most: 3, window: 60 * MINUTE, block: 0, sliding: true };
/// Changes of email address, phone number and username per account, counted before the new value is
/// checked for conflicts: 5 an hour.
pub const CONTACT_CHANGES: AddressLimit =
    AddressLimit { name: "contact-change", most: 5, window: 60 * MINUTE, block: 0, sliding: true };
/// Changes of password per account, each of which sends an email: 5 an hour.
pub const PASSWORD_CHANGES: AddressLimit =
    AddressLimit { name: "password-change", most: 5, window: 60 * MINUTE, block: 0, sliding: true };
/// Emails to confirm an address again, per account: 3 an hour.
pub const CONFIRMATIONS: AddressLimit =
    AddressLimit { name: "confirmation", most: 3, window: 60 * MINUTE, block: 0, sliding: true };
/// Checkouts and customer portals per account, each of which calls Stripe: 20 an hour.
pub const BILLING_PAGES: AddressLimit =
    AddressLimit { name: "billing-page", most: 20, window: 60 * MINUTE, block: 0, sliding: true };
/// Reports per account, each of which may copy a file as evidence: 30 an hour.
pub const REPORTS: AddressLimit =
    AddressLimit { name: "report", most: 30, window: 60 * MINUTE, block: 0, sliding: false };
/// Applications and appeals per account: 10 an hour.
pub const APPLICATIONS: AddressLimit =
    AddressLimit { name: "application", most: 10, window: 60 * MINUTE, block: 0, sliding: false };
/// Replies to applications per account: 60 an hour.
pub const APPLICATION_REPLIES: AddressLimit = AddressLimit {
    name: "application-reply",
    most: 60,
    window: 60 * MINUTE,
    block: 0,
    sliding: false,
};

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
            if next.locked_until != failures.locked_until || [10, 15, 20, 25].contains(&next.count)
            {
                locks.push((next.count, next.locked_until.unwrap().since(now) / MINUTE));
            }
            failures = next;
        }
        assert_eq!(locks, [(5, 1), (10, 5), (15, 30), (20, 120), (25, 120)]);
        let until = failures.locked_until.unwrap();
        assert_eq!(failures.check(until.plus(-1)).unwrap_err().code, Code::RateLimited);
        assert!(failures.check(until).is_ok());
    }

    /// The failures after an attempt was counted.
    fn tried(failures: Failures, now: Timestamp) -> Failures {
        match failures.begin(now) {
            Ok(Try::Counted(failures)) => failures,
            other => panic!("no attempt is left: {other:?}"),
        }
    }

    #[test]
    fn pending_attempts_never_exceed_those_left_before_the_next_lock() {
        let now = Timestamp::from_millis(1_000_000);
        let five = (0..5).fold(Failures::default(), |failures, _| tried(failures, now));
        assert!(matches!(five.begin(now), Ok(Try::Wait)));
        // A failure frees no attempt, since the lock is one failure nearer; an attempt that was not
        // a guess does.
        assert!(matches!(five.one_more(now).begin(now), Ok(Try::Wait)));
        assert_eq!(tried(five.withdrawn(), now).pending, 5);
        let locked = (0..5).fold(five, |failures, _| failures.one_more(now));
        assert_eq!((locked.count, locked.pending), (5, 0));
        assert!(locked.begin(now).is_err());
        // Success clears the failures and leaves other pending attempts counted.
        let forgiven = five.one_more(now).forgiven();
        assert_eq!((forgiven.count, forgiven.pending, forgiven.last_at), (0, 3, None));
    }

    #[test]
    fn an_attempt_of_a_lost_request_counts_as_a_failure() {
        let now = Timestamp::from_millis(1_000_000);
        let five = (0..5).fold(Failures::default(), |failures, _| tried(failures, now));
        assert!(matches!(five.begin(now.plus(PENDING_FOR - 1)), Ok(Try::Wait)));
        assert!(five.begin(now.plus(PENDING_FOR)).is_err(), "five failures lock for a minute");
        let later = tried(five, now.plus(MINUTE));
        assert_eq!((later.count, later.pending), (5, 1));
    }

    #[test]
    fn seven_days_without_a_failure_reset_the_count() {
        let now = Timestamp::from_millis(1_000_000);
        let failures = (0..19).fold(Failures::default(), |failures, _| failures.one_more(now));
        assert_eq!(failures.one_more(now.plus(REMEMBERED - 1)).count, 20);
        let later = failures.one_more(now.plus(REMEMBERED));
        assert_eq!((later.count, later.locked_until), (1, None));
        // Failures counted before `last_at` was stored stay until the next success.
        assert_eq!(Failures { last_at: None, ..failures }.one_more(now.plus(REMEMBERED)).count, 20);
    }

    #[test]
    fn a_sliding_limit_holds_for_any_hour_and_gives_the_next_attempt_time() {
        let at = |minutes: i64| Timestamp::from_millis(minutes * MINUTE);
        let late = [at(58), at(59), at(59)];
        assert_eq!(RESET_MAILS.counting(&late, at(61)), late, "a full hour does not matter");
        assert_eq!(RESET_MAILS.next_attempt(&late), Some(at(118)));
        assert_eq!(RESET_MAILS.counting(&late, at(118).plus(-1)).len(), 3);
        let fewer = RESET_MAILS.counting(&late, at(118));
        assert_eq!((fewer.len(), RESET_MAILS.next_attempt(&fewer)), (2, None));
        // After the limit is lowered, more attempts than the limit may be stored, in any order.
        assert_eq!(RESET_MAILS.next_attempt(&[at(9), at(5), at(7), at(6)]), Some(at(66)));
    }
}
