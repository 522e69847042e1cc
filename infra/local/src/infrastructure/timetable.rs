//! When a schedule is due: at a rate, by a cron expression, or once.

use crate::{Error, Result};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

/// An EventBridge schedule expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Timetable {
    /// `rate(5 minutes)`.
    Every(TimeDelta),
    /// `cron(0 3 * * ? *)`, in a time zone.
    Cron(Box<Cron>, Tz),
    /// `at(2026-01-01T00:00:00)`, in UTC.
    Once(DateTime<Utc>),
}

impl Timetable {
    /// Parses an expression; `zone` is an IANA name, UTC by default.
    ///
    /// # Errors
    /// [`Error::Template`] when EventBridge would reject it, such as a cron expression with five
    /// fields.
    pub fn parse(expression: &str, zone: Option<&str>) -> Result<Self> {
        let wrong = |cause: &str| {
            Error::Template(format!("the schedule {expression:?} is not valid: {cause}"))
        };
        let zone: Tz =
            zone.unwrap_or("UTC").parse().map_err(|_| wrong("the time zone is not known"))?;
        let (kind, inner) = expression
            .trim()
            .strip_suffix(')')
            .and_then(|text| text.split_once('('))
            .ok_or_else(|| wrong("write rate(…), cron(…) or at(…)"))?;
        match kind {
            "rate" => every(inner)
                .map(Self::Every)
                .ok_or_else(|| wrong("write rate(5 minutes) or rate(1 hour)")),
            "cron" => {
                if inner.split_whitespace().count() != 6 {
                    return Err(wrong(
                        "a cron has six fields: minute, hour, day, month, weekday, year",
                    ));
                }
                let parser = CronParser::builder()
                    .seconds(Seconds::Required)
                    .year(Year::Required)
                    .alternative_weekdays(true)
                    .sloppy_ranges(true)
                    .build();
                let cron = parser
                    .parse(&format!("0 {inner}"))
                    .map_err(|cause| wrong(&cause.to_string()))?;
                Ok(Self::Cron(Box::new(cron), zone))
            }
            "at" => {
                let local = NaiveDateTime::parse_from_str(inner, "%Y-%m-%dT%H:%M:%S")
                    .map_err(|cause| wrong(&cause.to_string()))?;
                let time = local
                    .and_local_timezone(zone)
                    .earliest()
                    .ok_or_else(|| wrong("that hour doesn't exist there"))?;
                Ok(Self::Once(time.with_timezone(&Utc)))
            }
            _ => Err(wrong("write rate(…), cron(…) or at(…)")),
        }
    }

    /// The same in milliseconds since 1970.
    #[must_use]
    pub fn next_after_millis(&self, time: i64) -> Option<i64> {
        Some(self.next_after(DateTime::from_timestamp_millis(time)?)?.timestamp_millis())
    }

    /// The first due time after `time`, if any. A rate counts from `time`.
    #[must_use]
    pub fn next_after(&self, time: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Every(interval) => time.checked_add_signed(*interval),
            Self::Cron(cron, zone) => {
                let next = cron.find_next_occurrence(&time.with_timezone(zone), false).ok()?;
                Some(next.with_timezone(&Utc))
            }
            Self::Once(at) => (*at > time).then_some(*at),
        }
    }
}

/// EventBridge requires the singular for one and the plural for more.
fn every(text: &str) -> Option<TimeDelta> {
    let (count, unit) = text.trim().split_once(' ')?;
    let count: i64 = count.parse().ok().filter(|count| *count > 0)?;
    match (unit.trim(), count) {
        ("minute", 1) | ("minutes", 2..) => TimeDelta::try_minutes(count),
        ("hour", 1) | ("hours", 2..) => TimeDelta::try_hours(count),
        ("day", 1) | ("days", 2..) => TimeDelta::try_days(count),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(expression: &str, zone: Option<&str>, after: &str) -> String {
        let after = DateTime::parse_from_rfc3339(after).unwrap().with_timezone(&Utc);
        let next = Timetable::parse(expression, zone).unwrap().next_after(after).unwrap();
        next.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    }

    #[test]
    fn a_rate_counts_from_now() {
        assert_eq!(next("rate(5 minutes)", None, "2026-11-20T10:00:30Z"), "2026-11-20T10:05:30Z");
        assert_eq!(next("rate(1 day)", None, "2026-11-20T10:00:00Z"), "2026-11-21T10:00:00Z");
    }

    #[test]
    fn a_cron_follows_daylight_saving_time_of_its_zone() {
        assert_eq!(next("cron(0 3 * * ? *)", None, "2026-11-20T10:00:00Z"), "2026-11-21T03:00:00Z");
        let oslo = Some("Europe/Oslo");
        assert_eq!(next("cron(0 3 * * ? *)", oslo, "2026-03-28T12:00:00Z"), "2026-03-29T01:00:00Z");
        assert_eq!(next("cron(0 3 * * ? *)", oslo, "2026-11-20T10:00:00Z"), "2026-11-21T02:00:00Z");
    }

    #[test]
    fn expressions_that_eventbridge_rejects_are_rejected() {
        for wrong in [
            "rate(1 minutes)",
            "rate(5 minute)",
            "rate(0 minutes)",
            "cron(0 3 * * ?)",
            "5 minutes",
            "at(soon)",
        ] {
            assert!(Timetable::parse(wrong, None).is_err(), "{wrong} should be rejected");
        }
        assert!(Timetable::parse("rate(5 minutes)", Some("Europe/Nowhere")).is_err());
    }
}
