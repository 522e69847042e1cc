//! Points in time, to the millisecond, always UTC.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A point in time in UTC with millisecond precision, as RFC 3339: `2026-11-20T16:00:00.000Z`. The
/// text sorts by time.
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

/// The text is not an RFC 3339 time between the years 1970 and 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a valid time. Use the form 2026-11-20T16:00:00Z")]
pub struct InvalidTimestamp;

/// The last millisecond of the year 9999, the last that RFC 3339 can write.
const LAST: i64 = 253_402_300_799_999;

impl Timestamp {
    /// The latest time that is stored: the previous release cannot read a later one, and could not
    /// read an item that contains one.
    pub const MAX_STORED: Self = Self(253_402_207_200_000);

    /// This time, or the limit if this is later. Also returns whether it was lowered, so that the
    /// response can say so.
    #[must_use]
    pub fn at_most(self, limit: Self) -> (Self, bool) {
        (self.min(limit), self > limit)
    }

    /// The time that many milliseconds after the start of 1970; times outside 1970–9999 are clamped
    /// to it.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(0, LAST))
    }

    /// Milliseconds since the start of 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the start of 1970, for TTL attributes and tokens.
    pub const fn seconds(self) -> i64 {
        self.0 / 1000
    }

    /// This time plus `millis` milliseconds, which may be negative.
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
        let start = jiff::civil::datetime(1970, 1, 1, 0, 0, 0, 0);
        let Ok(at) = start.checked_add(jiff::SignedDuration::from_millis(self.0)) else {
            return f.write_str("1970-01-01T00:00:00.000Z");
        };
        write!(f, "{at:.3}Z")
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    /// Parses RFC 3339, and a bare date as its first moment in UTC. As the RFC allows, `t` and `z`
    /// may be lower case, a space may replace the `T`, and a second may have any number of
    /// decimals, of which three are kept. A time without an offset is rejected; so are hour 24 and
    /// an offset of a day or more. A leap second, which occurs only at the end of a UTC day, is
    /// read as the last millisecond before the next day.
    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        let date = text.get(..10).ok_or(InvalidTimestamp)?;
        let [year, month, day] =
            numbers(date.as_bytes(), [4, 2, 2], b'-').ok_or(InvalidTimestamp)?;
        let day = first_moment(year, month, day)?;
        let Some((separator, rest)) = text.as_bytes()[10..].split_first() else {
            return within(day);
        };
        let (clock, rest) = rest.split_at_checked(8).ok_or(InvalidTimestamp)?;
        let [hour, minute, second] = numbers(clock, [2, 2, 2], b':').ok_or(InvalidTimestamp)?;
        if !matches!(separator, b'T' | b't' | b' ') || hour > 23 || minute > 59 || second > 60 {
            return Err(InvalidTimestamp);
        }
        let (millis, offset) = decimals_and_offset(rest).ok_or(InvalidTimestamp)?;
        let at = day + hour * HOUR + minute * MINUTE + second * SECOND - offset;
        match second {
            60 if at % DAY == 0 => within(at - 1),
            60 => Err(InvalidTimestamp),
            _ => within(at + millis),
        }
    }
}

/// Digits in groups of these lengths, with one separator between them.
fn numbers(bytes: &[u8], lengths: [usize; 3], separator: u8) -> Option<[i64; 3]> {
    let (mut found, mut rest) = ([0; 3], bytes);
    for (at, length) in lengths.into_iter().enumerate() {
        if at > 0 {
            rest = rest.strip_prefix(&[separator])?;
        }
        let (digits, after) = rest.split_at_checked(length)?;
        found[at] = number(digits)?;
        rest = after;
    }
    rest.is_empty().then_some(found)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits
        .iter()
        .try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
}

/// The first moment of a valid day, in milliseconds since the start of 1970.
fn first_moment(year: i64, month: i64, day: i64) -> Result<i64, InvalidTimestamp> {
    let part = |number: i64| i8::try_from(number).map_err(|_| InvalidTimestamp);
    let year = i16::try_from(year).map_err(|_| InvalidTimestamp)?;
    let date =
        jiff::civil::Date::new(year, part(month)?, part(day)?).map_err(|_| InvalidTimestamp)?;
    Ok(date.duration_since(jiff::civil::date(1970, 1, 1)).as_secs() * SECOND)
}

/// Parses the part after the seconds: decimals, in milliseconds, and the offset from UTC, in
/// milliseconds.
fn decimals_and_offset(rest: &[u8]) -> Option<(i64, i64)> {
    let (millis, zone) = match rest.strip_prefix(b".") {
        None => (0, rest),
        Some(rest) => {
            let (digits, zone) =
                rest.split_at(rest.iter().take_while(|byte| byte.is_ascii_digit()).count());
            let weights = [100, 10, 1]
                .into_iter()
                .zip(digits)
                .map(|(weight, digit)| weight * i64::from(digit - b'0'));
            ((!digits.is_empty()).then(|| weights.sum())?, zone)
        }
    };
    let (sign, hours, minutes) = match zone {
        b"Z" | b"z" => return Some((millis, 0)),
        [b'+', a, b, b':', c, d] => (1, number(&[*a, *b])?, number(&[*c, *d])?),
        [b'-', a, b, b':', c, d] => (-1, number(&[*a, *b])?, number(&[*c, *d])?),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some((millis, sign * (hours * HOUR + minutes * MINUTE)))
}

/// A time in the year 9999 may be later in UTC; it is lowered to the last representable time.
fn within(millis: i64) -> Result<Timestamp, InvalidTimestamp> {
    if millis >= 0 { Ok(Timestamp(millis.min(LAST))) } else { Err(InvalidTimestamp) }
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
    fn a_time_is_written_with_milliseconds_and_parses_back() {
        let time = Timestamp::from_millis(1_795_190_400_007);
        assert_eq!(time.to_string(), "2026-11-20T16:00:00.007Z");
        assert_eq!("2026-11-20T16:00:00.007Z".parse(), Ok(time));
        assert_eq!("2026-11-20T17:00:00.007+01:00".parse(), Ok(time));
        assert_eq!(Timestamp::from_millis(0).to_string(), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn the_last_representable_time_can_be_written() {
        assert_eq!(Timestamp::from_millis(i64::MAX).to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(
            "9999-12-31T23:59:59Z".parse::<Timestamp>().map(|t| t.to_string()),
            Ok("9999-12-31T23:59:59.000Z".into())
        );
        assert_eq!(Timestamp::MAX_STORED.to_string(), "9999-12-30T22:00:00.000Z");
        assert_eq!("9999-12-31T23:59:59-01:00".parse(), Ok(Timestamp::from_millis(i64::MAX)));
    }

    #[test]
    fn every_time_of_rfc_3339_is_parsed_and_nothing_else() {
        let read = |text: &str| text.parse::<Timestamp>().map(|t| t.to_string());
        for (text, time) in [
            ("2026-11-20t16:00:00z", "2026-11-20T16:00:00.000Z"),
            ("2026-11-20 16:00:00Z", "2026-11-20T16:00:00.000Z"),
            ("2026-11-20T16:00:00-00:00", "2026-11-20T16:00:00.000Z"),
            ("2026-11-20T16:00:00+23:59", "2026-11-19T16:01:00.000Z"),
            ("2026-11-20T16:00:00-23:59", "2026-11-21T15:59:00.000Z"),
            ("2026-11-20T16:00:00.5Z", "2026-11-20T16:00:00.500Z"),
            ("2026-11-20T16:00:00.123456789012Z", "2026-11-20T16:00:00.123Z"),
            ("1970-01-01T00:59:00+00:59", "1970-01-01T00:00:00.000Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999Z"),
            ("2017-01-01T00:59:60+01:00", "2016-12-31T23:59:59.999Z"),
            ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"),
        ] {
            assert_eq!(read(text), Ok(time.to_owned()), "{text}");
        }
        for text in [
            "2026-11-20T16:00:00+25:00",
            "2026-11-20T16:00:00+24:00",
            "2026-11-20T16:00:00+01:60",
            "2026-11-20T16:00:00+01",
            "2026-11-20T16:00:00+0100",
            "2026-11-20T16:00:00",
            "2026-11-20T16:00Z",
            "2026-11-20T24:00:00Z",
            "2026-11-20T16:60:00Z",
            "2026-11-20T16:00:61Z",
            "2026-11-20T16:00:60Z",
            "2026-11-20T16:00:00.Z",
            "2026-11-20T16:00:00,5Z",
            "2026-11-20T16:00:00Z[UTC]",
            "2026-11-20T16:00:00 01:00",
            "2026-11-20_16:00:00Z",
            "2026-13-20T16:00:00Z",
            "2026-02-29T16:00:00Z",
            "20261120T160000Z",
            "+2026-11-20T16:00:00Z",
            "2026-11-2",
            "",
            "1969-12-31T23:59:59Z",
            "２026-11-20T16:00:00Z",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_time_beyond_a_limit_is_lowered_and_reported_as_lowered() {
        let limit = Timestamp::from_millis(1000);
        assert_eq!(Timestamp::from_millis(1001).at_most(limit), (limit, true));
        assert_eq!(Timestamp::from_millis(1000).at_most(limit), (limit, false));
    }

    #[test]
    fn a_bare_date_means_its_first_moment_in_utc() {
        assert_eq!(
            "2026-11-20".parse::<Timestamp>().map(|t| t.to_string()),
            Ok("2026-11-20T00:00:00.000Z".into())
        );
        assert!("2026-02-30".parse::<Timestamp>().is_err());
        assert!("1969-12-31".parse::<Timestamp>().is_err());
    }
}
