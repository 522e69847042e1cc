//! The characters of a file: UTF-8, UTF-16 with a byte order mark, or Windows-1252.

use serde::Serialize;

use super::problem::Problem;

/// How characters are written as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16, little-endian: what Excel calls Unicode text.
    Utf16Le,
    /// UTF-16, big-endian.
    Utf16Be,
    /// Windows-1252: what older programs of Western Europe write.
    Windows1252,
}

/// Decodes a file piece by piece.
///
/// Without a byte order mark, a file is UTF-8 until its first byte that UTF-8 cannot have. If all
/// bytes before it are ASCII, it is Windows-1252; with other characters of UTF-8 before or after it,
/// the file is damaged.
#[derive(Debug)]
pub(super) struct Decoder {
    encoding: Option<Encoding>,
    /// Whether the caller or a byte order mark says the encoding, so that it cannot be another.
    certain: bool,
    /// Whether a character outside ASCII was read as UTF-8.
    beyond_ascii: bool,
    /// The last byte, if the file was recognised as Windows-1252 by its bytes alone.
    last_byte: Option<u8>,
    /// Bytes that are not decoded yet.
    pending: Vec<u8>,
    /// Number of bytes that are decoded.
    offset: u64,
    /// The current line.
    line: u64,
    after_cr: bool,
}

const UTF8_BOM: &[u8] = &[0xef, 0xbb, 0xbf];
const UTF16_LE_BOM: &[u8] = &[0xff, 0xfe];
const UTF16_BE_BOM: &[u8] = &[0xfe, 0xff];

/// The characters of Windows-1252 from 0x80 to 0x9f; the byte means nothing where there is none.
const WINDOWS_1252: [Option<char>; 32] = [
    Some('€'),
    None,
    Some('‚'),
    Some('ƒ'),
    Some('„'),
    Some('…'),
    Some('†'),
    Some('‡'),
    Some('ˆ'),
    Some('‰'),
    Some('Š'),
    Some('‹'),
    Some('Œ'),
    None,
    Some('Ž'),
    None,
    None,
    Some('‘'),
    Some('’'),
    Some('“'),
    Some('”'),
    Some('•'),
    Some('–'),
    Some('—'),
    Some('˜'),
    Some('™'),
    Some('š'),
    Some('›'),
    Some('œ'),
    None,
    Some('ž'),
    Some('Ÿ'),
];

impl Decoder {
    /// A decoder of a file in this encoding, or in one that it recognises.
    pub(super) const fn new(encoding: Option<Encoding>) -> Self {
        Self {
            encoding: None,
            certain: encoding.is_some(),
            beyond_ascii: false,
            last_byte: None,
            pending: Vec::new(),
            offset: 0,
            line: 1,
            after_cr: false,
        }
        .in_encoding(encoding)
    }

    const fn in_encoding(mut self, encoding: Option<Encoding>) -> Self {
        self.encoding = encoding;
        self
    }

    /// The encoding, as far as it is known: UTF-8 until something else is found.
    pub(super) fn encoding(&self) -> Encoding {
        self.encoding.unwrap_or(Encoding::Utf8)
    }

    /// Decodes a piece, the last one if `end`, and appends its characters to `text`.
    pub(super) fn decode(
        &mut self,
        bytes: &[u8],
        end: bool,
        text: &mut String,
    ) -> Result<(), Problem> {
        self.pending.extend_from_slice(bytes);
        if self.offset == 0 {
            if self.pending.len() < 3 && !end {
                return Ok(());
            }
            self.take_byte_order_mark();
        }
        let pending = std::mem::take(&mut self.pending);
        let used = match self.encoding() {
            Encoding::Utf8 => self.utf8(&pending, end, text)?,
            Encoding::Windows1252 => self.windows_1252(&pending, text)?,
            Encoding::Utf16Le => self.utf16(&pending, end, u16::from_le_bytes, text)?,
            Encoding::Utf16Be => self.utf16(&pending, end, u16::from_be_bytes, text)?,
        };
        self.pending = pending.get(used..).unwrap_or_default().to_vec();
        Ok(())
    }

    fn take_byte_order_mark(&mut self) {
        let marks = [
            (UTF8_BOM, Encoding::Utf8),
            (UTF16_LE_BOM, Encoding::Utf16Le),
            (UTF16_BE_BOM, Encoding::Utf16Be),
        ];
        for (mark, encoding) in marks {
            let fits = self.encoding.is_none() || self.encoding == Some(encoding);
            if fits && self.pending.starts_with(mark) {
                self.pending.drain(..mark.len());
                self.offset = mark.len() as u64;
                self.encoding = Some(encoding);
                self.certain = true;
                return;
            }
        }
    }

    /// Decodes UTF-8 and returns how many bytes are used.
    fn utf8(&mut self, bytes: &[u8], end: bool, text: &mut String) -> Result<usize, Problem> {
        let (valid, invalid) = match std::str::from_utf8(bytes) {
            Ok(valid) => (valid, false),
            Err(error) => {
                let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
                let valid = std::str::from_utf8(valid).unwrap_or_default();
                (valid, end || error.error_len().is_some())
            }
        };
        self.beyond_ascii |= !valid.is_ascii();
        for c in valid.chars() {
            self.push(c, c.len_utf8(), text)?;
        }
        if !invalid {
            return Ok(valid.len());
        }
        if self.certain || self.beyond_ascii {
            return Err(self.problem(
                "encoding",
                "This byte is not UTF-8, in which the file is written before it. Save the whole \
                 file as UTF-8.",
            ));
        }
        self.encoding = Some(Encoding::Windows1252);
        self.certain = true;
        self.last_byte = Some(0);
        let rest = bytes.get(valid.len()..).unwrap_or_default();
        self.windows_1252(rest, text).map(|used| valid.len() + used)
    }

    fn windows_1252(&mut self, bytes: &[u8], text: &mut String) -> Result<usize, Problem> {
        for byte in bytes {
            // The two bytes of an accented letter of UTF-8, which make no sense as two letters.
            if matches!((self.last_byte, byte), (Some(0xc2 | 0xc3), 0x80..=0xbf)) {
                return Err(Problem::new(
                    self.line,
                    "encoding",
                    "This byte begins a letter of UTF-8, and earlier bytes are not UTF-8. Save the \
                     whole file as UTF-8, or say its encoding.",
                )
                .at_byte(self.offset));
            }
            self.last_byte = self.last_byte.and(Some(*byte));
            let c = match byte {
                0x80..=0x9f => WINDOWS_1252[usize::from(byte - 0x80)],
                byte => Some(char::from(*byte)),
            };
            let Some(c) = c else {
                return Err(self.problem(
                    "encoding",
                    "This byte is no character of UTF-8 and none of Windows-1252. Save the file as \
                     UTF-8.",
                ));
            };
            self.push(c, 1, text)?;
        }
        Ok(bytes.len())
    }

    fn utf16(
        &mut self,
        bytes: &[u8],
        end: bool,
        unit: fn([u8; 2]) -> u16,
        text: &mut String,
    ) -> Result<usize, Problem> {
        let mut used = 0;
        while let Some([a, b]) = bytes.get(used..used + 2) {
            let first = unit([*a, *b]);
            let second = match (0xd800..0xdc00).contains(&first) {
                true => match bytes.get(used + 2..used + 4) {
                    Some([a, b]) => Some(unit([*a, *b])),
                    _ if end => None,
                    _ => return Ok(used),
                },
                false => None,
            };
            let units: Vec<u16> = std::iter::once(first).chain(second).collect();
            let Some(Ok(c)) = char::decode_utf16(units).next() else {
                return Err(self.problem("encoding", DAMAGED_UTF16));
            };
            let length = c.len_utf16() * 2;
            self.push(c, length, text)?;
            used += length;
        }
        if end && used < bytes.len() {
            return Err(self.problem("encoding", DAMAGED_UTF16));
        }
        Ok(used)
    }

    fn push(&mut self, c: char, length: usize, text: &mut String) -> Result<(), Problem> {
        if c == '\0' {
            return Err(self.problem(
                "encoding",
                "The file has a character without meaning (U+0000). If it is UTF-16, it lacks the \
                 byte order mark. Save it as UTF-8.",
            ));
        }
        if c == '\r' || (c == '\n' && !self.after_cr) {
            self.line += 1;
        }
        self.after_cr = c == '\r';
        self.offset += length as u64;
        text.push(c);
        Ok(())
    }

    fn problem(&self, code: &'static str, message: &str) -> Problem {
        Problem::new(self.line, code, message).at_byte(self.offset + 1)
    }
}

const DAMAGED_UTF16: &str =
    "The file ends or breaks within a character of UTF-16. Save the file as UTF-8.";
