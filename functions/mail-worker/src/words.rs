//! Makes text that users typed safe for an email.

use provost_domain::{Timestamp, mail::content::Language};

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

/// The text with its line breaks, each line without other control characters.
pub fn lines(text: &str) -> String {
    text.lines()
        .map(|line| {
            let shown = |c: &char| !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}');
            line.chars().filter(shown).collect::<String>()
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// A readable time: `20 November 2026, 16:00 UTC`.
pub fn moment(time: Timestamp, language: Language) -> String {
    const ENGLISH: [&str; 12] = [
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
    const GERMAN: [&str; 12] = [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ];
    let (months, dot) = match language {
        Language::German => (GERMAN, "."),
        Language::English | Language::Unknown(_) => (ENGLISH, ""),
    };
    let text = time.to_string();
    let month = text[5..7]
        .parse::<usize>()
        .ok()
        .and_then(|number| months.get(number.wrapping_sub(1)))
        .copied()
        .unwrap_or_default();
    let day = text[8..10].trim_start_matches('0');
    format!("{day}{dot} {month} {}, {} UTC", &text[..4], &text[11..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_formatted_as_day_month_year_and_time() {
        let at = |time: &str, language| moment(time.parse().unwrap(), language);
        let english = at("2026-11-05T09:07:00Z", Language::English);
        assert_eq!(english, "5 November 2026, 09:07 UTC");
        let english = at("2026-01-20T16:00:59.999Z", Language::English);
        assert_eq!(english, "20 January 2026, 16:00 UTC");
        let german = at("2026-03-05T09:07:00Z", Language::German);
        assert_eq!(german, "5. März 2026, 09:07 UTC");
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
