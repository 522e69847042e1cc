//! Makes text that users typed safe for an email.

use provost_domain::{Principal, Timestamp};

/// The salutation. It uses the name only if it looks like one, so that nobody can register another
/// person's address to send them a text or a link.
pub fn hello(reader: &Principal) -> String {
    let name = reader.first_name.trim();
    let reads_as_a_name = !name.is_empty()
        && name.chars().count() <= 32
        && name.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | '’' | '-'));
    if reads_as_a_name { format!("Hello {name},") } else { "Hello,".to_owned() }
}

/// The text on one line, at most 500 characters, without control characters.
pub fn line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .take(500)
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// A readable time: `20 November 2026, 16:00 UTC`.
pub fn moment(time: Timestamp) -> String {
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
    let text = time.to_string();
    let month = text[5..7]
        .parse::<usize>()
        .ok()
        .and_then(|number| MONTHS.get(number.wrapping_sub(1)))
        .copied()
        .unwrap_or_default();
    format!("{} {month} {}, {} UTC", text[8..10].trim_start_matches('0'), &text[..4], &text[11..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_formatted_as_day_month_year_and_time() {
        assert_eq!(moment("2026-11-05T09:07:00Z".parse().unwrap()), "5 November 2026, 09:07 UTC");
        assert_eq!(
            moment("2026-01-20T16:00:59.999Z".parse().unwrap()),
            "20 January 2026, 16:00 UTC"
        );
    }

    #[test]
    fn a_line_contains_no_line_break() {
        assert_eq!(
            line("spam\r\nBcc: everyone@example.org\u{2028}x\0y"),
            "spam Bcc: everyone@example.org x y"
        );
        assert_eq!(line(&"x".repeat(900)).len(), 500);
    }
}
