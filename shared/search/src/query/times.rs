//! Dates and times as callers write them. Instants finer than a millisecond keep their order with
//! the stored ones, which are whole milliseconds.

use jiff::civil::Date;
use provost_domain::{TimeZone, Timestamp, time_zone::DateOrTime};

/// A date, or a time with an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// A date, which begins at its first instant in some time zone.
    Date(Date),
    /// A time.
    Time {
        /// The time, rounded down to the millisecond.
        at: Timestamp,
        /// Whether nothing was rounded off.
        exact: bool,
    },
}

/// Why a text is not a date or a time, as a sentence.
type Wrong = &'static str;

impl When {
    /// Reads a date or a time.
    pub(super) fn parse(text: &str) -> Result<Self, Wrong> {
        match text.parse() {
            Ok(DateOrTime::Date(date)) => Ok(Self::Date(date)),
            Ok(DateOrTime::Time(at)) => Ok(Self::Time { at, exact: is_whole(text) }),
            Err(_) => Err(sentence(text)),
        }
    }

    /// The first stored instant that is not before this.
    pub(super) fn first(self, zone: &TimeZone) -> Timestamp {
        match self {
            Self::Date(date) => zone.start_of(date),
            Self::Time { at, exact: true } => at,
            Self::Time { at, exact: false } => at.plus(1),
        }
    }
}

/// Whether the decimals of a second end with the millisecond.
fn is_whole(text: &str) -> bool {
    let decimals = text.split_once('.').map_or("", |(_, decimals)| decimals);
    decimals.bytes().take_while(u8::is_ascii_digit).skip(3).all(|digit| digit == b'0')
}

/// Says what is wrong with a text that is not a date or a time.
pub(super) fn sentence(text: &str) -> Wrong {
    let is_time = |text: String| text.parse::<DateOrTime>().is_ok();
    if text.rsplit_once(' ').is_some_and(|(time, offset)| is_time(format!("{time}+{offset}"))) {
        return "The plus of the offset arrived as a blank. In a URL, write %2B for a plus, such as \
                2026-11-20T16:00:00%2B06:00.";
    }
    if is_time(format!("{text}Z")) || is_time(format!("{text}:00Z")) {
        return "This time has no offset, so it is unclear which time is meant. Add Z for UTC or an \
                offset, such as 2026-11-20T16:00:00Z.";
    }
    "This is not a date or a time of the years 1970 to 9999. Use the form 2026-11-20 or \
     2026-11-20T16:00:00Z."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_between_two_milliseconds_is_the_next_one() {
        let first = |text: &str| {
            When::parse(text).map(|when| when.first(&TimeZone::UTC).to_string()).unwrap()
        };
        assert_eq!(first("2026-11-26T21:38:21.8617979Z"), "2026-11-26T21:38:21.862Z");
        assert_eq!(first("2026-11-26T21:38:21.8610000Z"), "2026-11-26T21:38:21.861Z");
        assert_eq!(first("2026-11-26"), "2026-11-26T00:00:00.000Z");
    }
}
