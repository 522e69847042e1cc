//! Short texts that people type: names, reasons, notes.

use crate::Refused;

/// Trims a text and holds it to a length in characters; control characters and invisible direction marks are refused, since they make one name look like another.
///
/// # Errors
/// `VALIDATION_FAILED` on `field` when it is empty, too long or holds a character that cannot be seen.
pub fn line(field: &str, text: &str, longest: usize) -> Result<String, Refused> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(Refused::field(field, "empty", "Give a text that is not empty."));
    }
    if trimmed.chars().count() > longest {
        return Err(Refused::field(field, "too_long", format!("Use at most {longest} characters.")));
    }
    if trimmed.chars().any(is_hidden) {
        return Err(Refused::field(field, "invalid_character", "Leave out control characters and direction marks."));
    }
    Ok(trimmed.to_owned())
}

/// The reason that staff give for a change: 3 to 500 characters.
///
/// # Errors
/// `VALIDATION_FAILED` on `reason`.
pub fn reason(text: &str) -> Result<String, Refused> {
    let text = line("reason", text, 500)?;
    if text.chars().count() < 3 {
        return Err(Refused::field("reason", "too_short", "Say in a few words why."));
    }
    Ok(text)
}

fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A name folded for prefix search: lower case, inner spaces single.
pub fn fold(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}
