//! The start of a file: a line `sep=`, if there is one, and which character is between the cells.

use super::super::{
    header::{Column, position},
    problem::Problem,
    records::Records,
};

/// Maximum length of the first lines, in bytes.
const MAX_HEADER: usize = 1 << 16;
/// The characters that can be between cells without a line that says so.
const DELIMITERS: [char; 4] = [',', ';', '\t', '|'];

/// Collects the first lines until the delimiter is known.
#[derive(Debug)]
pub(super) struct Start {
    delimiter: Option<char>,
    text: String,
    /// The line on which the text begins.
    line: u64,
    /// Whether the text comes after a carriage return that was dropped.
    after_cr: bool,
    /// How far the text was examined, in bytes, and whether that is between quotes.
    examined: (usize, bool),
}

impl Start {
    pub(super) const fn new(delimiter: Option<char>) -> Self {
        Self { delimiter, text: String::new(), line: 1, after_cr: false, examined: (0, false) }
    }

    /// Adds text. As soon as the header is complete, returns what reads the records, and the text
    /// that it has to read first.
    pub(super) fn push(
        &mut self,
        text: &str,
        end: bool,
        known: &[Column],
    ) -> Result<Option<(Records, String)>, Problem> {
        // A line feed after a carriage return that was dropped belongs to the same line.
        let rest = text.strip_prefix('\n').filter(|_| self.after_cr).unwrap_or(text);
        self.after_cr &= text.is_empty();
        self.text.push_str(rest);
        loop {
            let Some(length) = self.first_line(end) else {
                return if self.text.len() > MAX_HEADER {
                    let sentence = "The header is longer than 64 KiB. Is a quote not closed?";
                    Err(Problem::new(self.line, "too_long", sentence))
                } else {
                    Ok(None)
                };
            };
            let line = &self.text[..length];
            if line.trim().is_empty() {
                if length == self.text.len() {
                    return Ok(None);
                }
                self.drop_line(length);
            } else if let Some(delimiter) = said(line).filter(|_| self.line == 1) {
                self.delimiter = Some(self.delimiter.unwrap_or(delimiter));
                if length == self.text.len() {
                    return Ok(None);
                }
                self.drop_line(length);
            } else {
                let delimiter = self.delimiter.unwrap_or_else(|| recognised(line, known));
                let rest = std::mem::take(&mut self.text);
                return Ok(Some((Records::new(delimiter, self.line), rest)));
            }
        }
    }

    /// The length of the first line without its end, once it is known that it ends.
    fn first_line(&mut self, end: bool) -> Option<usize> {
        let (examined, mut quoted) = self.examined;
        for (at, c) in self.text[examined..].char_indices() {
            match c {
                '"' => quoted = !quoted,
                '\r' | '\n' if !quoted => {
                    self.examined = (examined + at, false);
                    return Some(examined + at);
                }
                _ => {}
            }
        }
        self.examined = (self.text.len(), quoted);
        (end && !self.text.is_empty()).then_some(self.text.len())
    }

    /// Drops the first line with its end, of which the second half may not be there yet.
    fn drop_line(&mut self, length: usize) {
        let rest = &self.text[length..];
        let end = if rest.starts_with("\r\n") { 2 } else { 1 };
        self.after_cr = rest == "\r";
        self.text.drain(..length + end);
        self.line += 1;
        self.examined = (0, false);
    }
}

/// The delimiter that a line `sep=;` says.
fn said(line: &str) -> Option<char> {
    let line = line.strip_prefix('"').and_then(|line| line.strip_suffix('"')).unwrap_or(line);
    let (name, value) = line.split_at_checked(4)?;
    let mut chars = value.chars();
    match (name.eq_ignore_ascii_case("sep="), chars.next(), chars.next()) {
        (true, Some(c), None) if !c.is_alphanumeric() && c != '"' => Some(c),
        _ => None,
    }
}

/// The delimiter by which most names of the header are known.
fn recognised(line: &str, known: &[Column]) -> char {
    let names = |delimiter: char| {
        let names = line.split(delimiter).map(|name| name.trim().trim_matches('"'));
        let count = names.clone().count();
        (names.filter(|name| position(name, known).is_some()).count(), count)
    };
    DELIMITERS.into_iter().rev().max_by_key(|delimiter| names(*delimiter)).unwrap_or(',')
}
