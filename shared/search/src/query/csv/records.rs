//! The records of a file: cells between delimiters and quotes (RFC 4180), with any line ends.

use super::problem::Problem;

/// Maximum length of a record, in bytes.
const MAX_RECORD: usize = 1 << 20;
/// Maximum number of cells of a record.
const MAX_CELLS: usize = 1000;

/// A record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// The line on which it begins.
    pub line: u64,
    /// Its cells.
    pub cells: Vec<String>,
}

/// Splits characters into records. Lines that are empty are left out.
#[derive(Debug)]
pub(super) struct Records {
    delimiter: char,
    state: State,
    cells: Vec<String>,
    cell: String,
    /// Number of bytes of the record so far.
    length: usize,
    /// The line of the next character.
    line: u64,
    /// The line on which the record begins.
    first_line: u64,
    /// The line of the last opening quote.
    quote_line: u64,
    after_cr: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first character of a cell.
    Start,
    /// In a cell without quotes.
    Plain,
    /// Between quotes.
    Quoted,
    /// After a quote that ends the cell or is the first of two.
    Quote,
}

impl Records {
    /// Records from this line on, with this character between the cells.
    pub(super) const fn new(delimiter: char, line: u64) -> Self {
        Self {
            delimiter,
            state: State::Start,
            cells: Vec::new(),
            cell: String::new(),
            length: 0,
            line,
            first_line: line,
            quote_line: line,
            after_cr: false,
        }
    }

    /// Reads a character, and returns the record that it ends.
    ///
    /// # Errors
    /// A problem after which it is unclear where the next record begins.
    pub(super) fn push(&mut self, c: char) -> Result<Option<Record>, Problem> {
        let ends_line = matches!(c, '\r' | '\n');
        let second_half = c == '\n' && self.after_cr;
        self.after_cr = c == '\r';
        if ends_line && !second_half {
            self.line += 1;
        }
        let record = match self.state {
            State::Start | State::Plain | State::Quote if ends_line => {
                if second_half && self.state == State::Start && self.cells.is_empty() {
                    self.first_line = self.line;
                    return Ok(None);
                }
                self.end_record()
            }
            State::Quoted if c == '"' => {
                self.state = State::Quote;
                None
            }
            State::Quote if c == '"' => {
                self.add(c)?;
                self.state = State::Quoted;
                None
            }
            State::Quoted => {
                self.add(c)?;
                None
            }
            _ if c == self.delimiter => {
                self.end_cell()?;
                None
            }
            State::Quote => {
                return Err(Problem::new(
                    self.line,
                    "quote",
                    "A quote ends the cell, and other characters follow. Write two quotes for one \
                     inside a cell.",
                ));
            }
            State::Start if c == '"' => {
                self.quote_line = self.line;
                self.state = State::Quoted;
                None
            }
            State::Plain if c == '"' => {
                return Err(Problem::new(
                    self.line,
                    "quote",
                    "A quote stands inside a cell that does not begin with one. Put the whole cell \
                     in quotes, and write two for one inside.",
                ));
            }
            State::Start | State::Plain => {
                self.state = State::Plain;
                self.add(c)?;
                None
            }
        };
        Ok(record)
    }

    /// Returns the record that the end of the file ends.
    ///
    /// # Errors
    /// A quote that is not closed.
    pub(super) fn finish(&mut self) -> Result<Option<Record>, Problem> {
        if self.state == State::Quoted {
            return Err(Problem::new(
                self.quote_line,
                "quote",
                "The quote that opens on this line is never closed. Close it.",
            ));
        }
        Ok(self.end_record())
    }

    fn add(&mut self, c: char) -> Result<(), Problem> {
        self.cell.push(c);
        self.grow(c.len_utf8())
    }

    fn grow(&mut self, bytes: usize) -> Result<(), Problem> {
        self.length += bytes;
        if self.length <= MAX_RECORD && self.cells.len() < MAX_CELLS {
            return Ok(());
        }
        Err(Problem::new(
            self.first_line,
            "too_long",
            "The row that begins on this line has more than a mebibyte or more than 1,000 cells. \
             Is a quote not closed?",
        ))
    }

    fn end_cell(&mut self) -> Result<(), Problem> {
        self.cells.push(std::mem::take(&mut self.cell));
        self.state = State::Start;
        self.grow(1)
    }

    fn end_record(&mut self) -> Option<Record> {
        let is_empty = self.state == State::Start && self.cells.is_empty() && self.cell.is_empty();
        let line = std::mem::replace(&mut self.first_line, self.line);
        if is_empty {
            return None;
        }
        self.cells.push(std::mem::take(&mut self.cell));
        (self.state, self.length) = (State::Start, 0);
        Some(Record { line, cells: std::mem::take(&mut self.cells) })
    }
}
