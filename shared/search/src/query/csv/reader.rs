//! Reads the file of an import piece by piece, and yields its rows and what is wrong with them.

mod start;

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use provost_domain::text::unguarded;

use super::{
    DateOrder, Encoding,
    cells::{damage, damaged_number, date},
    decoder::Decoder,
    header::{Column, ColumnKind, Header},
    lists,
    problem::{FileError, Problem, RowError},
    records::{Record, Records},
};
use start::Start;

/// How a file is read.
#[derive(Debug, Clone)]
pub struct Options {
    /// The encoding, instead of the one that the reader recognises.
    pub encoding: Option<Encoding>,
    /// The character between cells, instead of the one that the reader recognises.
    pub delimiter: Option<char>,
    /// The order of day and month in dates that are not written as 1990-05-01.
    pub date_order: Option<DateOrder>,
    /// Whether an apostrophe before a formula is a guard, which reading removes. Only an export
    /// without guards has none.
    pub guarded: bool,
    /// Maximum number of rows.
    pub max_rows: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { encoding: None, delimiter: None, date_order: None, guarded: true, max_rows: 100_000 }
    }
}

/// A row without mistakes. Columns whose cell is empty are absent.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The line of the file on which it begins.
    pub line: u64,
    /// The cells by the names of their columns.
    pub cells: BTreeMap<String, Cell>,
}

/// A cell that is not empty.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A text, exactly as it was exported.
    Text(String),
    /// A date.
    Date(Date),
    /// A list of texts.
    List(Vec<String>),
}

/// A cell with letters beyond ASCII, to show how the file was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The line of its row.
    pub line: u64,
    /// At most 60 characters of it.
    pub text: String,
}

/// Reads a file. Lines that are empty or have nothing but delimiters are left out.
#[derive(Debug)]
pub struct Reader {
    columns: Vec<Column>,
    options: Options,
    decoder: Decoder,
    phase: Phase,
    header: Option<Header>,
    /// For each column of the file, its place among the known ones.
    places: Vec<usize>,
    sample: Option<Sample>,
    rows: u64,
    /// The line of each value of a unique column.
    seen: HashMap<(usize, String), u64>,
}

/// Which part of the file is read.
#[derive(Debug)]
enum Phase {
    Start(Start),
    Records(Records),
    Failed(FileError),
}

/// What a piece of a file contains.
type Rows = Vec<Result<Row, RowError>>;

impl Reader {
    /// A reader of a file with some of these columns.
    pub fn new(columns: Vec<Column>, options: Options) -> Self {
        Self {
            decoder: Decoder::new(options.encoding),
            phase: Phase::Start(Start::new(options.delimiter)),
            columns,
            options,
            header: None,
            places: Vec::new(),
            sample: None,
            rows: 0,
            seen: HashMap::new(),
        }
    }

    /// Reads a piece of the file, and returns the rows that end in it.
    ///
    /// # Errors
    /// [`FileError`] if the file cannot be read on. No row of it may be used then, also none that
    /// was returned before, since the file may be another than it seems.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Rows, FileError> {
        self.read(bytes, false)
    }

    /// Reads the end of the file, and returns the last row if no line end follows it.
    ///
    /// # Errors
    /// As [`push`](Self::push); also for a file without a header.
    pub fn finish(&mut self) -> Result<Rows, FileError> {
        let rows = self.read(&[], true)?;
        if self.header.is_none() {
            let sentence = "The file is empty. The first line must name the columns.";
            return self.fail(FileError(vec![Problem::new(1, "empty_file", sentence)]));
        }
        Ok(rows)
    }

    /// The header, as soon as it was read.
    pub const fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// The encoding. It is certain when the whole file was read.
    pub fn encoding(&self) -> Encoding {
        self.decoder.encoding()
    }

    /// The first cell with letters beyond ASCII, if the file is in Windows-1252: a plan shows it,
    /// so that a person can see whether the letters are right.
    pub const fn sample(&self) -> Option<&Sample> {
        self.sample.as_ref()
    }

    fn read(&mut self, bytes: &[u8], end: bool) -> Result<Rows, FileError> {
        if let Phase::Failed(error) = &self.phase {
            return Err(error.clone());
        }
        let mut rows = Vec::new();
        match self.read_into(bytes, end, &mut rows) {
            Ok(()) => Ok(rows),
            Err(error) => self.fail(error),
        }
    }

    fn fail<T>(&mut self, error: FileError) -> Result<T, FileError> {
        self.phase = Phase::Failed(error.clone());
        Err(error)
    }

    fn read_into(&mut self, bytes: &[u8], end: bool, rows: &mut Rows) -> Result<(), FileError> {
        let mut text = String::new();
        let decoded = self.decoder.decode(bytes, end, &mut text);
        if let Phase::Start(start) = &mut self.phase {
            let ready = start.push(&text, end, &self.columns).map_err(one)?;
            let Some((mut records, rest)) = ready else { return decoded.map_err(one) };
            let read = self.records(&mut records, &rest, rows);
            self.phase = Phase::Records(records);
            read?;
        } else if let Phase::Records(records) = &mut self.phase {
            let mut records = std::mem::replace(records, Records::new(',', 0));
            let read = self.records(&mut records, &text, rows);
            self.phase = Phase::Records(records);
            read?;
        }
        decoded.map_err(one)?;
        if end
            && let Phase::Records(records) = &mut self.phase
            && let Some(record) = records.finish().map_err(one)?
        {
            self.record(record, rows)?;
        }
        Ok(())
    }

    fn records(
        &mut self,
        records: &mut Records,
        text: &str,
        rows: &mut Rows,
    ) -> Result<(), FileError> {
        for c in text.chars() {
            if let Some(record) = records.push(c).map_err(one)? {
                self.record(record, rows)?;
            }
        }
        Ok(())
    }

    fn record(&mut self, record: Record, rows: &mut Rows) -> Result<(), FileError> {
        self.take_sample(&record);
        if self.header.is_none() {
            let (header, places) = Header::read(&record, &self.columns)?;
            (self.header, self.places) = (Some(header), places);
            return Ok(());
        }
        // Spreadsheets write rows of nothing but delimiters below a table.
        if record.cells.len() > 1 && record.cells.iter().all(String::is_empty) {
            return Ok(());
        }
        self.rows += 1;
        if self.rows > self.options.max_rows {
            let sentence = format!(
                "The file has more than {} rows. Split it into several files.",
                self.options.max_rows
            );
            return Err(one(Problem::new(record.line, "too_many_rows", sentence)));
        }
        rows.push(self.row(&record));
        Ok(())
    }

    fn take_sample(&mut self, record: &Record) {
        if self.sample.is_none() && self.decoder.encoding() == Encoding::Windows1252 {
            let text = record.cells.iter().find(|cell| !cell.is_ascii());
            self.sample = text
                .map(|text| Sample { line: record.line, text: text.chars().take(60).collect() });
        }
    }

    fn row(&mut self, record: &Record) -> Result<Row, RowError> {
        let (line, expected) = (record.line, self.places.len());
        if record.cells.len() != expected {
            let sentence = format!(
                "This row has {} cells, and the header has {expected}. Check its delimiters and \
                 quotes.",
                record.cells.len()
            );
            return Err(RowError(vec![Problem::new(line, "wrong_width", sentence)]));
        }
        let (mut cells, mut problems, mut unique) = (BTreeMap::new(), Vec::new(), Vec::new());
        for (text, place) in record.cells.iter().zip(&self.places) {
            let column = &self.columns[*place];
            let text = if self.options.guarded { unguarded(text) } else { text };
            let wrong = |(code, message): (&'static str, &'static str)| {
                Problem::new(line, code, message).in_column(&column.name)
            };
            match cell(text, column.kind, self.options.date_order) {
                Ok(None) => {}
                Ok(Some(cell)) => {
                    if column.unique {
                        let key = (*place, text.trim().to_lowercase());
                        if let Some(first) = self.seen.get(&key) {
                            let sentence = format!(
                                "Line {first} has the same {}. Remove one of the two rows.",
                                column.name
                            );
                            let problem = Problem::new(line, "repeated_value", sentence);
                            problems.push(problem.in_column(&column.name));
                        }
                        unique.push(key);
                    }
                    cells.insert(column.name.clone(), cell);
                }
                Err(problem) => problems.push(wrong(problem)),
            }
        }
        if !problems.is_empty() {
            return Err(RowError(problems));
        }
        self.seen.extend(unique.into_iter().map(|key| (key, line)));
        Ok(Row { line, cells })
    }
}

fn one(problem: Problem) -> FileError {
    FileError(vec![problem])
}

/// Reads a cell; none if it is empty.
fn cell(
    text: &str,
    kind: ColumnKind,
    order: Option<DateOrder>,
) -> Result<Option<Cell>, (&'static str, &'static str)> {
    if let Some(wrong) = damage(text) {
        return Err(wrong);
    }
    if text.is_empty() || (kind != ColumnKind::Text && text.trim().is_empty()) {
        return Ok(None);
    }
    let cell = match kind {
        ColumnKind::Text => Cell::Text(text.to_owned()),
        ColumnKind::Digits => match damaged_number(text) {
            Some(wrong) => return Err(wrong),
            None => Cell::Text(text.to_owned()),
        },
        ColumnKind::Date => Cell::Date(date(text, order)?),
        ColumnKind::List => Cell::List(lists::split(text)),
    };
    Ok(Some(cell))
}
