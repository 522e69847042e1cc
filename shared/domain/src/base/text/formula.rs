//! The guard against formulas in tables: an apostrophe before a cell that a spreadsheet would
//! evaluate.

use std::borrow::Cow;

/// A cell that a spreadsheet shows as text: with one more apostrophe if it would be a formula. That
/// is a cell that begins with `=`, `+`, `-`, `@` (also in full width), a tab or a line break, after
/// any number of blanks and apostrophes.
pub fn guarded(text: &str) -> Cow<'_, str> {
    if is_formula(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The text of a cell that may be guarded: without exactly one apostrophe if it is.
pub fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if is_formula(text) => text,
        _ => cell,
    }
}

fn is_formula(text: &str) -> bool {
    for c in text.chars() {
        match c {
            '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' => return true,
            '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}' => return true,
            '\'' | '\u{feff}' => {}
            c if c.is_whitespace() => {}
            _ => return false,
        }
    }
    false
}
