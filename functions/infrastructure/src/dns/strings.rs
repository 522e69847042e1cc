//! Character strings (RFC 1035, 5.1), in the form of zone files and `dig`: `\\X` is the character
//! X, `\\DDD` the byte of that number.
//!
//! `hickory-proto` has a parser for zone files, but its lexer (0.26) computes `\\DDD` as another
//! number, so the few rules are here.

use provost_domain::ApiError;

use super::content_error::refuse;

/// Maximum size of one string in bytes (RFC 1035, 3.3).
pub const MAX_STRING: usize = 255;

/// Parses a text. In zone-file form it is quoted strings, optionally within parentheses over
/// several lines and with comments. Anything else is one plain string, in which only the backslash
/// is special.
///
/// # Errors
/// `VALIDATION_FAILED` on `content`.
pub fn read(text: &str) -> Result<Vec<Vec<u8>>, ApiError> {
    let trimmed = text.trim_matches([' ', '\t', '\r', '\n']);
    let opened =
        trimmed.strip_prefix('(').map(|rest| rest.trim_start_matches([' ', '\t', '\r', '\n']));
    if opened.unwrap_or(trimmed).starts_with('"') {
        return Reader { rest: trimmed }.zone_form();
    }
    let (mut reader, mut bytes) = (Reader { rest: text }, Vec::new());
    while let Some(letter) = reader.next() {
        bytes.push(reader.byte(letter)?);
    }
    Ok(vec![bytes])
}

/// Writes a string in zone-file form, in ASCII.
pub fn quote(string: &[u8]) -> String {
    let mut quoted = String::with_capacity(string.len() + 2);
    quoted.push('"');
    for byte in string {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(*byte)]),
            0x20..0x7f => quoted.push(char::from(*byte)),
            other => quoted.push_str(&format!("\\{other:03}")),
        }
    }
    quoted.push('"');
    quoted
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let letter = self.rest.chars().next()?;
        self.rest = &self.rest[letter.len_utf8()..];
        Some(letter)
    }

    fn zone_form(mut self) -> Result<Vec<Vec<u8>>, ApiError> {
        let (mut strings, mut open) = (Vec::new(), false);
        while let Some(letter) = self.next() {
            match letter {
                ' ' | '\t' => {}
                '\r' | '\n' if open => {}
                '(' if !open => open = true,
                ')' if open => open = false,
                ';' => self.rest = self.rest.find('\n').map_or("", |end| &self.rest[end..]),
                '"' => strings.push(self.string()?),
                _ => return Err(wrong()),
            }
        }
        if open || strings.is_empty() { Err(wrong()) } else { Ok(strings) }
    }

    fn string(&mut self) -> Result<Vec<u8>, ApiError> {
        let mut bytes = Vec::new();
        loop {
            match self.next().ok_or_else(wrong)? {
                '"' => return Ok(bytes),
                letter => bytes.push(self.byte(letter)?),
            }
        }
    }

    /// The byte of a character, or of the escape sequence that a backslash starts.
    fn byte(&mut self, letter: char) -> Result<u8, ApiError> {
        if letter != '\\' {
            return printable(letter);
        }
        let next = self.next().ok_or_else(wrong)?;
        if !next.is_ascii_digit() {
            return printable(next);
        }
        let digits: String = [Some(next), self.next(), self.next()]
            .into_iter()
            .flatten()
            .filter(char::is_ascii_digit)
            .collect();
        digits.parse().ok().filter(|_| digits.len() == 3).ok_or_else(|| {
            refuse(
                "invalid",
                "The backslash is not followed by a valid escape. Give three digits from 000 to 255, or the character itself.",
            )
        })
    }
}

fn printable(letter: char) -> Result<u8, ApiError> {
    u8::try_from(letter).ok().filter(|byte| (0x20..0x7f).contains(byte)).ok_or_else(|| {
        refuse("invalid_character", "The text contains other characters. Use printable ASCII, and write any other byte as a backslash and three digits, such as \\195.")
    })
}

fn wrong() -> ApiError {
    refuse(
        "invalid",
        "The quoted strings are not valid. Quote each string, escape quotes and backslashes in it with a backslash, and close every quote and parenthesis.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presentation_form_is_parsed_as_in_rfc_1035() {
        for (text, expected) in [
            (r"v=DKIM1\; k=rsa\; p=MIIB", vec!["v=DKIM1; k=rsa; p=MIIB"]),
            (r"v=DMARC1; p=none", vec!["v=DMARC1; p=none"]),
            (
                r#"( "v=DKIM1; k=rsa; " "p=MIIB..." ) ; ----- DKIM key mail for example.org"#,
                vec!["v=DKIM1; k=rsa; ", "p=MIIB..."],
            ),
            ("( \"v=DKIM1; \"\n\t  \"p=MIIB\" )  ; a comment\n", vec!["v=DKIM1; ", "p=MIIB"]),
            ("(\"a\" ; first\r\n \"b\") ; second", vec!["a", "b"]),
            (r#""caf\195\169""#, vec!["caf\u{e9}"]),
            (r#""a""b""#, vec!["a", "b"]),
            (r#""\065\"\\""#, vec!["A\"\\"]),
            (r#""""#, vec![""]),
            ("(not strings)", vec!["(not strings)"]),
            (r#"say "hello""#, vec![r#"say "hello""#]),
            ("  spaces stay ", vec!["  spaces stay "]),
        ] {
            let expected: Vec<Vec<u8>> =
                expected.into_iter().map(|text| text.as_bytes().to_vec()).collect();
            assert_eq!(read(text), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn invalid_texts_are_refused() {
        for text in [
            "\"open",
            "\"a\" b",
            "\"a\"b",
            "(\"a\"",
            "(\"a\"))",
            "\"a\")",
            "\"a\"\n\"b\"",
            "a\nb",
            "a\tb",
            "\"a\tb\"",
            "gr\u{fc}\u{df}e",
            r"\256",
            r"\99",
            r"\9x9",
            r"a\",
            r#""\1""#,
            "\"a\\",
            "\u{202e}",
        ] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn written_strings_are_read_back_unchanged() {
        let every_byte: Vec<u8> = (0..=255).collect();
        assert_eq!(read(&quote(&every_byte)), Ok(vec![every_byte]));
        assert_eq!(quote(b"a\"b\\c\x00\xff"), r#""a\"b\\c\000\255""#);
    }
}
