//! Periods of the calendar, what is counted in them, and how a figure compares with the one before.

use std::collections::BTreeMap;

use jiff::{Span, civil::Date};

use crate::{TimeZone, Timestamp, time::MINUTE};

/// The length of the shortest interval that is counted, in milliseconds. The days of every time
/// zone begin at a multiple of it.
pub const INTERVAL: i64 = 15 * MINUTE;
/// The number of intervals in a day of UTC.
pub const INTERVALS: usize = 96;
/// The longest range of an answer, in days.
pub const MAX_DAYS: i64 = 731;

/// A period of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Period {
    /// A day.
    Day,
    /// A week, from Monday to Sunday (ISO 8601).
    Week,
    /// A month.
    Month,
    /// A year.
    Year,
}

impl Period {
    /// Every period, shortest first.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Year];

    /// The period in a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// The first date of the period with this date.
    pub fn first(self, date: Date) -> Date {
        match self {
            Self::Day => date,
            Self::Week => {
                let days = date.weekday().to_monday_zero_offset();
                date.checked_sub(Span::new().days(days)).unwrap_or(date)
            }
            Self::Month => date.first_of_month(),
            Self::Year => date.first_of_year(),
        }
    }

    /// The first date of a later period, or an earlier one.
    pub fn later(self, first: Date, by: i32) -> Date {
        let span = match self {
            Self::Day => Span::new().days(by),
            Self::Week => Span::new().weeks(by),
            Self::Month => Span::new().months(by),
            Self::Year => Span::new().years(by),
        };
        first.checked_add(span).unwrap_or(first)
    }

    /// How many periods a list has when no range is given.
    pub const fn usual(self) -> i32 {
        match self {
            Self::Day => 30,
            Self::Week | Self::Month => 12,
            Self::Year => 2,
        }
    }

    /// The first dates of the periods that two dates and everything between them are in.
    pub fn between(self, from: Date, to: Date) -> Vec<Date> {
        let (mut firsts, mut next) = (Vec::new(), self.first(from));
        while next <= to {
            firsts.push(next);
            let later = self.later(next, 1);
            if later <= next {
                break;
            }
            next = later;
        }
        firsts
    }
}

/// Something that is counted by the time when it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// New accounts.
    NewUsers,
    /// Confirmations of email addresses.
    VerifiedUsers,
    /// Suspensions and bans.
    SuspendedUsers,
    /// Erased accounts.
    ErasedUsers,
    /// Successful sign-ins.
    Logins,
    /// Failed sign-ins.
    FailedLogins,
    /// Deletion requests.
    DeletionRequests,
    /// Requested exports.
    Exports,
    /// Reports.
    Reports,
    /// Registered files and links.
    NewContent,
    /// Plans that were applied, by staff or a subscription.
    PlansApplied,
    /// Plans that ended.
    PlansCancelled,
    /// Files whose bytes have arrived.
    Uploads,
    /// Downloads of files and archives by users and staff.
    Downloads,
    /// Downloads of archives by share links.
    SharedDownloads,
    /// Change of the storage in use, in bytes.
    StorageChange,
    /// Change of the number of files.
    FilesChange,
}

impl Metric {
    /// Everything that is counted.
    pub const ALL: [Self; 17] = [
        Self::NewUsers,
        Self::VerifiedUsers,
        Self::SuspendedUsers,
        Self::ErasedUsers,
        Self::Logins,
        Self::FailedLogins,
        Self::DeletionRequests,
        Self::Exports,
        Self::Reports,
        Self::NewContent,
        Self::PlansApplied,
        Self::PlansCancelled,
        Self::Uploads,
        Self::Downloads,
        Self::SharedDownloads,
        Self::StorageChange,
        Self::FilesChange,
    ];

    /// What the audit log records, so that it can be counted again.
    pub const OF_LOG: [Self; 12] = [
        Self::NewUsers,
        Self::VerifiedUsers,
        Self::SuspendedUsers,
        Self::ErasedUsers,
        Self::DeletionRequests,
        Self::Exports,
        Self::Reports,
        Self::NewContent,
        Self::PlansApplied,
        Self::PlansCancelled,
        Self::Uploads,
        Self::Downloads,
    ];

    /// The name in stored keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NewUsers => "new_users",
            Self::VerifiedUsers => "verified_users",
            Self::SuspendedUsers => "suspended_users",
            Self::ErasedUsers => "erased_users",
            Self::Logins => "logins",
            Self::FailedLogins => "failed_logins",
            Self::DeletionRequests => "deletion_requests",
            Self::Exports => "exports",
            Self::Reports => "reports",
            Self::NewContent => "new_content",
            Self::PlansApplied => "plans_applied",
            Self::PlansCancelled => "plans_cancelled",
            Self::Uploads => "uploads",
            Self::Downloads => "downloads",
            Self::SharedDownloads => "shared_downloads",
            Self::StorageChange => "storage_change",
            Self::FilesChange => "files_change",
        }
    }

    /// What a successful action of the audit log counts as.
    pub fn of_action(action: &str) -> Option<Self> {
        match action {
            "user.registered" | "user.created" => Some(Self::NewUsers),
            "user.email_verified" => Some(Self::VerifiedUsers),
            "user.banned" | "user.suspended" => Some(Self::SuspendedUsers),
            "user.erased" => Some(Self::ErasedUsers),
            "deletion.requested" => Some(Self::DeletionRequests),
            "export.created" => Some(Self::Exports),
            "report.filed" => Some(Self::Reports),
            "content.registered" => Some(Self::NewContent),
            "plan.applied" => Some(Self::PlansApplied),
            "plan.cancelled" => Some(Self::PlansCancelled),
            "content.uploaded" => Some(Self::Uploads),
            "content.downloaded" | "export.downloaded" => Some(Self::Downloads),
            _ => None,
        }
    }
}

/// The date in UTC and the number of the interval of a time.
pub fn interval(at: Timestamp) -> (Date, usize) {
    let of_day = at.millis() / INTERVAL % 96;
    (TimeZone::UTC.date(at), usize::try_from(of_day).unwrap_or(0))
}

/// The sum of counts by day of UTC between two times, to the interval in which each time is.
pub fn sum_between(days: &BTreeMap<Date, [i64; INTERVALS]>, from: Timestamp, to: Timestamp) -> i64 {
    let begin = |at: Timestamp| at.millis() - at.millis().rem_euclid(INTERVAL);
    // The interval of the last moment before the end counts.
    let wanted = begin(from)..begin(to.plus(INTERVAL - 1));
    let mut sum = 0;
    for (day, counts) in days {
        let start = TimeZone::UTC.start_of(*day).millis();
        for (count, at) in counts.iter().zip((start..).step_by(INTERVAL as usize)) {
            if wanted.contains(&at) {
                sum += count;
            }
        }
    }
    sum
}

/// The change from one figure to another, in percent with one decimal; none when there was nothing
/// before, since no percentage describes that.
pub fn change_percent(before: i64, now: i64) -> Option<f64> {
    if before == 0 {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "a percentage with one decimal needs no more")]
    let change = (now - before) as f64 / before.abs() as f64;
    Some((change * 1000.0).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn nothing_before_has_no_percentage() {
        assert_eq!(change_percent(0, 5), None);
        assert_eq!(change_percent(0, 0), None);
        assert_eq!(change_percent(50, 100), Some(100.0));
        assert_eq!(change_percent(3, 2), Some(-33.3));
        assert_eq!(change_percent(-10, 10), Some(200.0));
    }

    #[test]
    fn periods_step_by_the_calendar() {
        assert_eq!(
            Period::Day.between(date(2026, 3, 28), date(2026, 3, 30)),
            [date(2026, 3, 28), date(2026, 3, 29), date(2026, 3, 30)]
        );
        assert_eq!(
            Period::Week.between(date(2026, 10, 24), date(2026, 10, 26)),
            [date(2026, 10, 19), date(2026, 10, 26)]
        );
        assert_eq!(
            Period::Month.between(date(2025, 12, 31), date(2026, 2, 1)),
            [date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]
        );
        assert_eq!(Period::Year.between(date(2026, 6, 1), date(2026, 6, 1)), [date(2026, 1, 1)]);
        assert_eq!(Period::Week.first(date(2026, 11, 29)), date(2026, 11, 23), "a Sunday");
        assert_eq!(Period::Month.later(date(2026, 3, 1), -1), date(2026, 2, 1));
    }

    #[test]
    fn counts_are_added_up_to_the_interval() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let mut counts = [0; INTERVALS];
        (counts[40], counts[41], counts[42]) = (1, 10, 100);
        let days = BTreeMap::from([(date(2026, 11, 20), counts)]);
        let sum = |from: &str, to: &str| {
            let time = |clock: &str| at(&format!("2026-11-20T{clock}Z"));
            sum_between(&days, time(from), time(to))
        };
        assert_eq!(sum("10:00:00", "10:30:00"), 11);
        assert_eq!(sum("10:00:00", "10:30:00.001"), 111);
        assert_eq!(sum("10:14:59.999", "10:15:00"), 1);
        assert_eq!(sum("10:15:00", "10:30:00"), 10);
        assert_eq!(sum_between(&days, at("2026-11-19T00:00:00Z"), at("2026-11-20T00:00:00Z")), 0);
    }

    #[test]
    fn an_interval_is_a_quarter_of_an_hour() {
        let at = |text: &str| text.parse().unwrap();
        assert_eq!(interval(at("2026-11-20T00:14:59.999Z")), (date(2026, 11, 20), 0));
        assert_eq!(interval(at("2026-11-20T23:45:00Z")), (date(2026, 11, 20), 95));
    }
}
