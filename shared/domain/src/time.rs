//! Points in time, to the millisecond, always UTC.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A point in time in UTC with millisecond precision, written as RFC 3339: `2026-11-20T16:00:00.000Z`. The text sorts as the time does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(with = "String", extend("format" = "date-time"))]
pub struct Timestamp(i64);

/// One second in milliseconds.
pub const SECOND: i64 = 1000;
/// One minute in milliseconds.
pub const MINUTE: i64 = 60 * SECOND;
/// One hour in milliseconds.
pub const HOUR: i64 = 60 * MINUTE;
/// One day in milliseconds.
pub const DAY: i64 = 24 * HOUR;

/// The text is no RFC 3339 time between the years 1970 and 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a time of the form 2026-11-20T16:00:00Z")]
pub struct NotATime;

// The last that the calendar library can write; a later one would be written as 1970.
const LAST: i64 = 253_402_207_200_000;

impl Timestamp {
    /// The time that many milliseconds after the start of 1970; times outside 1970–9999 are clamped to it.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(0, LAST))
    }

    /// Milliseconds since the start of 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the start of 1970, as TTL attributes and tokens want it.
    pub const fn seconds(self) -> i64 {
        self.0 / 1000
    }

    /// This much later (or earlier, when negative), in milliseconds.
    #[must_use]
    pub fn plus(self, millis: i64) -> Self {
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to this time.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// The year and month, `2026-11`.
    pub fn month(self) -> String {
        self.to_string()[..7].to_owned()
    }

    /// The day, `2026-11-20`.
    pub fn date(self) -> String {
        self.to_string()[..10].to_owned()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(instant) = jiff::Timestamp::from_millisecond(self.0) else { return f.write_str("1970-01-01T00:00:00.000Z") };
        write!(f, "{instant:.3}")
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = NotATime;

    /// Reads RFC 3339; a bare date means its first moment in UTC.
    fn from_str(text: &str) -> Result<Self, NotATime> {
        if text.len() == 10 {
            let date: jiff::civil::Date = text.parse().map_err(|_| NotATime)?;
            let zoned = date.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| NotATime)?;
            return within(zoned.timestamp().as_millisecond());
        }
        let instant: jiff::Timestamp = text.parse().map_err(|_| NotATime)?;
        within(instant.as_millisecond())
    }
}

fn within(millis: i64) -> Result<Timestamp, NotATime> {
    if (0..=LAST).contains(&millis) { Ok(Timestamp(millis)) } else { Err(NotATime) }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_with_milliseconds_and_reads_back() {
        let time = Timestamp::from_millis(1_795_190_400_007);
        assert_eq!(time.to_string(), "2026-11-20T16:00:00.007Z");
        assert_eq!("2026-11-20T16:00:00.007Z".parse(), Ok(time));
        assert_eq!("2026-11-20T17:00:00.007+01:00".parse(), Ok(time));
        assert_eq!(Timestamp::from_millis(0).to_string(), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn the_last_time_that_there_is_can_be_written() {
        assert_eq!(Timestamp::from_millis(i64::MAX).to_string(), "9999-12-30T22:00:00.000Z");
        assert!("9999-12-31".parse::<Timestamp>().is_err());
    }

    #[test]
    fn a_bare_date_means_its_first_moment() {
        assert_eq!("2026-11-20".parse::<Timestamp>().map(|t| t.to_string()), Ok("2026-11-20T00:00:00.000Z".into()));
        assert!("2026-02-30".parse::<Timestamp>().is_err());
        assert!("1969-12-31".parse::<Timestamp>().is_err());
    }
}
