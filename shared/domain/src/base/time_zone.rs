//! Time zones of the IANA database, which is compiled in: days begin and end by the calendar of a
//! place, so a day may have 23 or 25 hours.

use std::{fmt, str::FromStr};

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use crate::{Timestamp, time::InvalidTimestamp};

/// A time zone by its IANA name, such as `Europe/Berlin`.
#[derive(Clone, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub struct TimeZone(jiff::tz::TimeZone);

/// The name is not in the IANA database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a time zone. Use a name of the IANA database, such as Europe/Berlin")]
pub struct InvalidTimeZone;

impl TimeZone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self(jiff::tz::TimeZone::UTC);

    /// The date at a time.
    pub fn date(&self, at: Timestamp) -> Date {
        // Every millisecond up to the year 9999 is in the range of the library.
        jiff::Timestamp::from_millisecond(at.millis())
            .map_or(Date::MIN, |at| self.0.to_datetime(at).date())
    }

    /// The first moment of a date. Where the clocks skip midnight, the date begins later.
    pub fn start_of(&self, date: Date) -> Timestamp {
        let start = date.to_zoned(self.0.clone());
        Timestamp::from_millis(start.map_or(0, |start| start.timestamp().as_millisecond()))
    }

    /// The last millisecond of a date.
    pub fn end_of(&self, date: Date) -> Timestamp {
        self.start_of(date.tomorrow().unwrap_or(date)).plus(-1)
    }
}

impl FromStr for TimeZone {
    type Err = InvalidTimeZone;
    fn from_str(text: &str) -> Result<Self, InvalidTimeZone> {
        jiff::tz::TimeZone::get(text).map(Self).map_err(|_| InvalidTimeZone)
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.iana_name().unwrap_or("UTC"))
    }
}

impl fmt::Debug for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Default for TimeZone {
    fn default() -> Self {
        Self::UTC
    }
}

impl<'de> Deserialize<'de> for TimeZone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// An end of a range: a time, or a date that stands for the whole day in some time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub enum DateOrTime {
    /// A date without a time.
    Date(Date),
    /// A time.
    Time(Timestamp),
}

impl DateOrTime {
    /// The earliest moment that it includes.
    pub fn first(self, zone: &TimeZone) -> Timestamp {
        match self {
            Self::Date(date) => zone.start_of(date),
            Self::Time(at) => at,
        }
    }

    /// The latest moment that it includes.
    pub fn last(self, zone: &TimeZone) -> Timestamp {
        match self {
            Self::Date(date) => zone.end_of(date),
            Self::Time(at) => at,
        }
    }
}

impl FromStr for DateOrTime {
    type Err = InvalidTimestamp;
    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        // The form and the years are those of a time.
        let at: Timestamp = text.parse()?;
        if text.len() > 10 {
            return Ok(Self::Time(at));
        }
        Ok(Self::Date(TimeZone::UTC.date(at)))
    }
}

impl<'de> Deserialize<'de> for DateOrTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::time::HOUR;

    fn zone(name: &str) -> TimeZone {
        name.parse().unwrap()
    }

    #[test]
    fn a_day_is_as_long_as_its_calendar_says() {
        let hours =
            |zone: &TimeZone, day: Date| zone.end_of(day).plus(1).since(zone.start_of(day)) / HOUR;
        let berlin = zone("Europe/Berlin");
        assert_eq!(hours(&berlin, date(2026, 3, 28)), 24);
        assert_eq!(hours(&berlin, date(2026, 3, 29)), 23);
        assert_eq!(hours(&berlin, date(2026, 10, 25)), 25);
        assert_eq!(hours(&TimeZone::UTC, date(2026, 3, 29)), 24);
        // The clocks skip midnight, so the date begins at one o'clock.
        let cairo = zone("Africa/Cairo");
        assert_eq!(hours(&cairo, date(2026, 4, 24)), 23);
        assert_eq!(cairo.start_of(date(2026, 4, 24)).to_string(), "2026-04-23T22:00:00.000Z");
    }

    #[test]
    fn a_time_belongs_to_the_date_of_its_place() {
        let at: Timestamp = "2026-07-25T22:30:00Z".parse().unwrap();
        assert_eq!(zone("Europe/Berlin").date(at), date(2026, 7, 26));
        assert_eq!(zone("America/Los_Angeles").date(at), date(2026, 7, 25));
        assert_eq!(TimeZone::UTC.date(at), date(2026, 7, 25));
    }

    #[test]
    fn a_date_includes_its_whole_day_and_a_time_only_itself() {
        let kolkata = zone("Asia/Kolkata");
        let day: DateOrTime = "2026-07-25".parse().unwrap();
        assert_eq!(day.first(&kolkata).to_string(), "2026-07-24T18:30:00.000Z");
        assert_eq!(day.last(&kolkata).to_string(), "2026-07-25T18:29:59.999Z");
        let time: DateOrTime = "2026-07-25T10:00:00+02:00".parse().unwrap();
        assert_eq!(time.first(&kolkata), time.last(&kolkata));
        assert_eq!(time.first(&kolkata).to_string(), "2026-07-25T08:00:00.000Z");
        assert!("2026-02-30".parse::<DateOrTime>().is_err());
    }

    #[test]
    fn only_names_of_the_database_are_time_zones() {
        assert_eq!(zone("europe/berlin").to_string(), "Europe/Berlin");
        assert_eq!(zone("UTC"), TimeZone::UTC);
        for text in ["", "Berlin", "+02:00", "../etc/localtime", "Europe/Nowhere"] {
            assert_eq!(text.parse::<TimeZone>(), Err(InvalidTimeZone), "{text}");
        }
    }
}
