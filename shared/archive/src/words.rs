//! Numbers, sizes and dates as text for people.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const SMALL: [&str; 13] = [
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// "no records", "one record", "1,234 records".
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    let noun = if number == 1 { one } else { many };
    match usize::try_from(number).ok().and_then(|small| SMALL.get(small)) {
        Some(word) => format!("{word} {noun}"),
        None => format!("{} {noun}", grouped(number)),
    }
}

/// "512 bytes", "3.4 MB": decimal units, with one decimal below ten.
pub(crate) fn size(bytes: u64) -> String {
    if bytes < 1000 {
        return if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") };
    }
    let mut value = bytes as f64;
    let mut unit = "";
    for next in ["kB", "MB", "GB", "TB", "PB", "EB"] {
        value /= 1000.0;
        unit = next;
        if value < 999.5 {
            break;
        }
    }
    if value < 9.95 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

/// "login-history" → "Login history".
pub(crate) fn title(key: &str) -> String {
    let spaced = key.replace(['-', '_'], " ");
    let mut letters = spaced.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => spaced,
    }
}

/// "20 November 2026 at 16:25 UTC".
pub(crate) fn moment(unix_seconds: i64) -> String {
    let at = civil(unix_seconds);
    let month = MONTHS.get(usize::from(at.month().unsigned_abs()) - 1).copied().unwrap_or_default();
    format!("{} {month} {} at {:02}:{:02} UTC", at.day(), at.year(), at.hour(), at.minute())
}

/// "2026-11-20T16:25:33Z".
pub(crate) fn rfc3339(unix_seconds: i64) -> String {
    timestamp(unix_seconds).to_string()
}

/// The date and time fields of a ZIP, in UTC. They cover 1980 to 2107 in steps of two seconds;
/// other times are clamped.
pub(crate) fn dos(unix_seconds: i64) -> (u16, u16) {
    let at = civil(unix_seconds);
    let year = u16::try_from(at.year()).unwrap_or_default();
    if year < 1980 {
        return (1 << 5 | 1, 0);
    }
    if year > 2107 {
        return (127 << 9 | 12 << 5 | 31, 23 << 11 | 59 << 5 | 29);
    }
    let date = (year - 1980) << 9
        | u16::from(at.month().unsigned_abs()) << 5
        | u16::from(at.day().unsigned_abs());
    let [hour, minute, second] =
        [at.hour(), at.minute(), at.second()].map(|field| u16::from(field.unsigned_abs()));
    (date, hour << 11 | minute << 5 | (second / 2))
}

fn timestamp(unix_seconds: i64) -> Timestamp {
    Timestamp::from_second(unix_seconds).unwrap_or(if unix_seconds < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

fn civil(unix_seconds: i64) -> DateTime {
    TimeZone::UTC.to_datetime(timestamp(unix_seconds))
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_numbers_are_written_as_words() {
        assert_eq!(count(0, "file", "files"), "no files");
        assert_eq!(count(1, "file", "files"), "one file");
        assert_eq!(count(12, "file", "files"), "twelve files");
        assert_eq!(count(13, "file", "files"), "13 files");
        assert_eq!(count(1_234_567, "file", "files"), "1,234,567 files");
    }

    #[test]
    fn sizes_have_one_unit() {
        assert_eq!(size(0), "0 bytes");
        assert_eq!(size(1), "1 byte");
        assert_eq!(size(999), "999 bytes");
        assert_eq!(size(3_449), "3.4 kB");
        assert_eq!(size(9_960), "10 kB");
        assert_eq!(size(999_600), "1.0 MB");
        assert_eq!(size(u64::MAX), "18 EB");
    }

    #[test]
    fn times_outside_the_range_of_a_zip_are_clamped() {
        assert_eq!(dos(i64::MIN), (33, 0));
        assert_eq!(dos(0), (33, 0));
        assert_eq!(dos(i64::MAX), (127 << 9 | 12 << 5 | 31, 23 << 11 | 59 << 5 | 29));
        // 2026-11-20 16:25:33
        assert_eq!(dos(1_795_191_933), (46 << 9 | 11 << 5 | 20, 16 << 11 | 25 << 5 | 16));
        assert_eq!(moment(1_795_191_933), "20 November 2026 at 16:25 UTC");
        assert_eq!(rfc3339(1_795_191_933), "2026-11-20T16:25:33Z");
    }

    #[test]
    fn a_key_becomes_a_heading() {
        assert_eq!(title("login-history"), "Login history");
        assert_eq!(title(""), "");
    }
}
