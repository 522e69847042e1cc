//! Input of lines, notes and reasons: which characters they may have, and how many.

use super::characters::{ZWJ, is_hidden, is_part_of_emoji, is_visible, joins_letters};
use crate::ApiError;

/// Parses a text of one line: a name, a label, a line of an address. Joiners are accepted where a
/// script spells with them (RFC 5892, appendix A; UAX #31); every other invisible character is
/// rejected, since it makes one name look like another.
///
/// # Errors
/// `VALIDATION_FAILED` on `field` when the text shows nothing, is too long or has an invisible
/// character.
pub fn line(field: &str, text: &str, longest: usize) -> Result<String, ApiError> {
    checked(field, text.trim(), longest, &[])
}

/// Parses a search text: one line, in which emoji are allowed as in the searched texts.
///
/// # Errors
/// `VALIDATION_FAILED` on `field`, as for a line.
pub fn search(field: &str, text: &str, longest: usize) -> Result<String, ApiError> {
    checked(field, text.trim(), longest, &[EMOJI])
}

/// Parses a note of any number of lines; emoji are allowed, and line ends become LF.
///
/// # Errors
/// `VALIDATION_FAILED` on `field`, as for a line.
pub fn note(field: &str, text: &str, longest: usize) -> Result<String, ApiError> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    checked(field, text.trim(), longest, &[EMOJI, &['\n', '\t']])
}

/// Parses the reason that staff give for a change: 3 to 500 characters, otherwise as a note.
///
/// # Errors
/// `VALIDATION_FAILED` on `reason`.
pub fn reason(text: &str) -> Result<String, ApiError> {
    let text = note("reason", text, 500)?;
    if text.chars().count() < 3 {
        return Err(ApiError::field(
            "reason",
            "too_short",
            "This reason is too short. Use at least 3 characters.",
        ));
    }
    Ok(text)
}

/// Allows emoji sequences in a text, in addition to visible characters.
const EMOJI: &[char] = &[ZWJ];

fn checked(
    field: &str,
    text: &str,
    longest: usize,
    besides: &[&[char]],
) -> Result<String, ApiError> {
    if !text.chars().any(is_visible) {
        return Err(ApiError::field(
            field,
            "empty",
            "This text is empty. Enter at least one visible character.",
        ));
    }
    if text.chars().count() > longest {
        return Err(ApiError::field(
            field,
            "too_long",
            format!("This text is too long. Use at most {longest} characters."),
        ));
    }
    let letters: Vec<char> = text.chars().collect();
    let emoji = besides.contains(&EMOJI);
    let allowed = |at: usize, c: char| {
        !is_hidden(c)
            || joins_letters(&letters, at)
            || (emoji && is_part_of_emoji(&letters, at))
            || besides.iter().any(|others| *others != EMOJI && others.contains(&c))
    };
    if letters.iter().enumerate().all(|(at, c)| allowed(at, *c)) {
        return Ok(text.to_owned());
    }
    Err(ApiError::field(
        field,
        "invalid_character",
        "This text has invisible characters, such as control characters or direction marks. Remove them.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code<T>(read: Result<T, ApiError>) -> &'static str {
        read.err().map_or("accepted", |refused| refused.fields[0].code)
    }

    const SINHALA: &str = "ශ්\u{200d}රී";
    const PERSIAN: &str = "نیک\u{200c}خواه";
    const FAMILY: &str = "👨\u{200d}👩\u{200d}👧";

    #[test]
    fn joiners_between_letters_are_part_of_the_spelling_of_a_name() {
        // The last ones: Persian between letters of which the first joins only backwards, Bengali
        // with a joiner before the virama, Kannada likewise, Malayalam after it.
        for name in [
            SINHALA,
            PERSIAN,
            "کار\u{200c}آفرین",
            "র\u{200d}্যাচেল",
            "ಸರ\u{200d}್ವ",
            "ക്\u{200c}ഷ",
            "क्\u{200d}ष",
        ] {
            assert_eq!(line("name", name, 64).as_deref(), Ok(name), "{name}");
            assert_eq!(reason(name).as_deref(), Ok(name), "{name}");
        }
        // Malayalam's chillu letters and Bengali's khanda ta in their older spelling end words.
        for name in ["രാജന്\u{200d}", "രാജന്\u{200d} നായര്\u{200d}", "উত্\u{200d}স"]
        {
            assert_eq!(line("name", name, 64).as_deref(), Ok(name), "{name}");
        }
        for name in [
            "a\u{200d}b",
            "ada\u{200c}",
            "\u{200d}ada",
            "ad\u{200c}a",
            "نیک\u{200c}",
            "نیک\u{200c} خواه",
            "نیک\u{200c}\u{200c}خواه",
            "ශ්\u{200d}",
        ] {
            assert_eq!(code(line("name", name, 64)), "invalid_character", "{name:?}");
        }
    }

    #[test]
    fn a_name_without_visible_characters_is_empty() {
        for name in [
            "",
            "  ",
            "\u{3164}",
            "\u{2800}",
            "\u{2800} \u{2800}",
            "\u{ffa0}",
            "\u{115f}",
            "\u{1160}",
            "\u{ad}",
            "\u{301}",
            "\u{3000}",
            "\u{1d159}",
            "\u{200b}",
        ] {
            assert_eq!(code(line("name", name, 64)), "empty", "{name:?}");
            assert_eq!(code(note("text", name, 64)), "empty", "{name:?}");
        }
    }

    #[test]
    fn invisible_characters_are_rejected_in_a_name() {
        for hidden in [
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{180e}',
            '\u{fe0f}',
            '\u{fe0e}',
            '\u{e0041}',
            '\u{fff9}',
            '\u{fffb}',
            '\u{3164}',
            '\u{115f}',
            '\u{200b}',
            '\u{200e}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{feff}',
            '\u{1d173}',
            '\u{e0100}',
            '\u{206a}',
            '\u{0}',
            '\u{7f}',
            '\u{85}',
            '\u{2028}',
            '\u{ffff}',
            '\u{17b4}',
            '\u{180b}',
        ] {
            for name in [format!("Ada{hidden}Lovelace"), format!("A{hidden}")] {
                assert_eq!(
                    code(line("name", &name, 64)),
                    if hidden.is_whitespace() && name.len() < 6 {
                        "accepted"
                    } else {
                        "invalid_character"
                    },
                    "{hidden:?}"
                );
            }
        }
        assert_eq!(
            line("name", "\u{600}١٢", 64).as_deref(),
            Ok("\u{600}١٢"),
            "the number sign is visible"
        );
    }

    #[test]
    fn emoji_are_allowed_in_notes_and_reasons() {
        let scotland = "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}";
        for emoji in [
            FAMILY,
            "❤\u{fe0f} thanks",
            "👩🏽\u{200d}🚀 up",
            "🏳\u{fe0f}\u{200d}🌈",
            "1\u{fe0f}\u{20e3} first",
            scotland,
        ] {
            let text = format!("so {emoji}");
            assert_eq!(note("text", &text, 64).as_deref(), Ok(text.as_str()), "{emoji}");
            assert_eq!(reason(&text).as_deref(), Ok(text.as_str()), "{emoji}");
            assert_eq!(search("q", &text, 64).as_deref(), Ok(text.as_str()), "{emoji}");
        }
        assert_eq!(note("text", FAMILY, 64).as_deref(), Ok(FAMILY));
        for text in [
            "a\u{fe0f}b",
            "a\u{200d}👧",
            "👧\u{200d}a",
            "🏴\u{e0067}",
            "👧\u{e0067}\u{e007f}",
            "👧\u{202e}",
        ] {
            assert_eq!(code(note("text", text, 64)), "invalid_character", "{text:?}");
        }
    }

    #[test]
    fn line_ends_of_a_note_become_line_feeds() {
        assert_eq!(
            note("text", "line1\r\nline2\r\rline4\n", 64).as_deref(),
            Ok("line1\nline2\n\nline4")
        );
        assert_eq!(code(line("name", "line1\nline2", 64)), "invalid_character");
        assert_eq!(code(search("q", "line1\nline2", 64)), "invalid_character");
    }
}
