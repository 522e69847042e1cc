//! The periods that a report of revenue is divided into, and the spans that are counted.

use jiff::{ToSpan, civil::Date, tz::TimeZone};

use crate::{
    ApiError, Timestamp,
    time::{DAY, HOUR, MINUTE},
};

/// The length of time that one stored count is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// A quarter of an hour.
    Quarter,
    /// An hour.
    Hour,
    /// A day of UTC.
    Day,
}

impl Span {
    /// Every length.
    pub const ALL: [Self; 3] = [Self::Quarter, Self::Hour, Self::Day];

    /// The length in milliseconds.
    pub const fn millis(self) -> i64 {
        match self {
            Self::Quarter => 15 * MINUTE,
            Self::Hour => HOUR,
            Self::Day => DAY,
        }
    }

    /// Its name in stored keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Quarter => "QUARTER",
            Self::Hour => "HOUR",
            Self::Day => "DAY",
        }
    }

    /// The start of the span that contains a time.
    pub fn start(self, at: Timestamp) -> Timestamp {
        Timestamp::from_millis(at.millis() - at.millis().rem_euclid(self.millis()))
    }

    /// Whether a time is the start of such a span.
    pub fn begins_at(self, at: Timestamp) -> bool {
        self.start(at) == at
    }
}

/// How a report is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// By day.
    Day,
    /// By month.
    Month,
    /// By year.
    Year,
}

/// A part of a report: whole days of a time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// First day.
    pub first: Date,
    /// Last day.
    pub last: Date,
    /// The moment at which the first day begins.
    pub start: Timestamp,
    /// The moment at which the last day has ended.
    pub end: Timestamp,
}

/// Maximum number of parts of a report.
pub const PARTS: usize = 400;

/// The time zone with this name of the IANA database.
///
/// # Errors
/// `VALIDATION_FAILED` for an unknown name.
pub fn time_zone(name: &str) -> Result<TimeZone, ApiError> {
    TimeZone::get(name).map_err(|_| {
        ApiError::field(
            "tz",
            "invalid",
            "This time zone is not known. Use a name such as `Europe/Berlin` or `UTC`.",
        )
    })
}

/// A day as it is written in a query.
///
/// # Errors
/// `VALIDATION_FAILED` for any other text.
pub fn day(field: &str, text: &str) -> Result<Date, ApiError> {
    let wrong = || ApiError::field(field, "invalid", "This is not a day. Use the form 2026-11-20.");
    if text.len() != 10 {
        return Err(wrong());
    }
    let day: Date = text.parse().map_err(|_| wrong())?;
    if (1971..=9000).contains(&day.year()) { Ok(day) } else { Err(wrong()) }
}

/// The day that it is in a time zone.
pub fn today(now: Timestamp, zone: &TimeZone) -> Date {
    let at = jiff::Timestamp::from_millisecond(now.millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.to_zoned(zone.clone()).date()
}

impl Period {
    /// The first day of the period that contains a day.
    pub fn first_day(self, day: Date) -> Date {
        match self {
            Self::Day => day,
            Self::Month => day.first_of_month(),
            Self::Year => day.first_of_year(),
        }
    }

    /// The parts of a report from one day to another, both included. The first and the last part
    /// are shorter when the report does not begin or end with a period.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` when the days are in the wrong order, or too many parts would result.
    pub fn parts(self, first: Date, last: Date, zone: &TimeZone) -> Result<Vec<Part>, ApiError> {
        if last < first {
            return Err(ApiError::field(
                "endDate",
                "contradiction",
                "The last day is before the first. Give days in their order.",
            ));
        }
        let too_long = || {
            ApiError::field(
                "period",
                "too_many",
                format!(
                    "The report would have more than {PARTS} parts. Choose a longer period or fewer days."
                ),
            )
        };
        let span = match self {
            Self::Day => 1.day(),
            Self::Month => 1.month(),
            Self::Year => 1.year(),
        };
        let begins = |day: Date| {
            let at = day.to_zoned(zone.clone()).map_err(|_| too_long())?;
            Ok::<_, ApiError>(Timestamp::from_millis(at.timestamp().as_millisecond()))
        };
        let (mut parts, mut from) = (Vec::new(), first);
        while from <= last {
            if parts.len() == PARTS {
                return Err(too_long());
            }
            let next = self.first_day(from).checked_add(span).map_err(|_| too_long())?;
            let next = next.min(last.tomorrow().map_err(|_| too_long())?);
            let to = next.yesterday().map_err(|_| too_long())?;
            parts.push(Part { first: from, last: to, start: begins(from)?, end: begins(next)? });
            from = next;
        }
        Ok(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        day("startDate", text).expect("a day")
    }

    fn zone(name: &str) -> TimeZone {
        time_zone(name).expect("a time zone")
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn a_payment_late_in_march_of_utc_is_paid_in_april_in_berlin() {
        let months = Period::Month
            .parts(date("2026-03-01"), date("2026-04-30"), &zone("Europe/Berlin"))
            .expect("two months");
        let paid = at("2026-03-31T22:30:00Z");
        let of: Vec<_> = months.iter().map(|part| (part.start..part.end).contains(&paid)).collect();
        assert_eq!(of, [false, true]);
    }

    #[test]
    fn days_of_23_and_of_25_hours_are_one_day_each() {
        for (first, last, hours) in
            [("2026-03-28", "2026-03-30", [24, 23, 24]), ("2026-10-24", "2026-10-26", [24, 25, 24])]
        {
            let days = Period::Day
                .parts(date(first), date(last), &zone("Europe/Berlin"))
                .expect("three days");
            let lengths: Vec<_> = days.iter().map(|day| day.end.since(day.start) / HOUR).collect();
            assert_eq!(lengths, hours);
        }
    }

    #[test]
    fn parts_follow_each_other_and_begin_with_a_quarter_of_an_hour() {
        for name in ["UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Chatham"] {
            for period in [Period::Day, Period::Month, Period::Year] {
                let parts = period
                    .parts(date("2026-01-15"), date("2026-12-02"), &zone(name))
                    .expect("less than a year");
                for pair in parts.windows(2) {
                    assert_eq!(pair[0].end, pair[1].start);
                    assert_eq!(pair[0].last.tomorrow().ok(), Some(pair[1].first));
                }
                assert!(parts.iter().all(|part| Span::Quarter.begins_at(part.start)));
                assert_eq!(parts[0].first, date("2026-01-15"));
                assert_eq!(parts.last().map(|part| part.last), Some(date("2026-12-02")));
            }
        }
    }

    #[test]
    fn contradictions_and_reports_that_are_too_long_are_refused() {
        let utc = zone("UTC");
        assert!(Period::Day.parts(date("2026-02-02"), date("2026-02-01"), &utc).is_err());
        assert!(Period::Day.parts(date("2020-01-01"), date("2026-02-01"), &utc).is_err());
        assert!(Period::Year.parts(date("2020-01-01"), date("2026-02-01"), &utc).is_ok());
        for wrong in ["2026-02-30", "2026-2-3", "tomorrow", "2026-02-01T00:00:00Z", "0001-01-01"] {
            assert!(day("endDate", wrong).is_err(), "{wrong}");
        }
        assert!(time_zone("Mars/Olympus").is_err());
    }
}
