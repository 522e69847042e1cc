//! Writes tables row by row, and hands out their bytes in pieces.

use std::borrow::Cow;

use provost_domain::text::guarded;

use super::lists;

/// Longest cell that spreadsheets keep, in UTF-16 units.
const MAX_SPREADSHEET_CELL: usize = 32_767;
/// Maximum number of long cells that the manifest names.
const MAX_NAMED: usize = 1000;

/// Writes a table with a header line. Lines end with CRLF.
#[derive(Debug)]
pub struct Writer {
    bytes: Vec<u8>,
    columns: Vec<String>,
    guard: bool,
    manifest: Manifest,
}

/// A value of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellValue<'a> {
    /// No value.
    Empty,
    /// A text, or anything else that is written as one.
    Text(&'a str),
    /// A list of texts.
    List(&'a [String]),
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// Number of rows, without the header.
    pub rows: u64,
    /// Number of cells that a spreadsheet would cut: longer than 32,767 UTF-16 units.
    pub long_cells: u64,
    /// The first of these cells, at most 1,000.
    pub named_long_cells: Vec<LongCell>,
}

/// A cell that a spreadsheet would cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LongCell {
    /// The row, from 1, without the header.
    pub row: u64,
    /// The column.
    pub column: String,
    /// Length in UTF-16 units.
    pub length: usize,
}

/// A row has another number of cells than the table has columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the row has {cells} cells and the table has {columns} columns")]
pub struct WrongWidth {
    /// Number of cells of the row.
    pub cells: usize,
    /// Number of columns of the table.
    pub columns: usize,
}

impl Writer {
    /// A table with these columns. `bom` begins it with a byte order mark, by which spreadsheets
    /// recognise UTF-8. `guard` protects cells that would be formulas; see [`guarded`].
    pub fn new<T: AsRef<str>>(columns: &[T], bom: bool, guard: bool) -> Self {
        let columns: Vec<String> = columns.iter().map(|name| name.as_ref().to_owned()).collect();
        let mut writer = Self {
            bytes: if bom { "\u{feff}".into() } else { Vec::new() },
            columns: Vec::new(),
            guard,
            manifest: Manifest::default(),
        };
        for (at, name) in columns.iter().enumerate() {
            // Spreadsheets take a file that begins with ID for one of another format (SYLK).
            let quoted = at == 0 && name.starts_with("ID");
            writer.cell(at, name, quoted);
        }
        writer.end_line(columns.len());
        writer.columns = columns;
        writer
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`WrongWidth`] unless there are as many cells as columns; nothing is written then.
    pub fn row(&mut self, cells: &[CellValue<'_>]) -> Result<(), WrongWidth> {
        if cells.len() != self.columns.len() {
            return Err(WrongWidth { cells: cells.len(), columns: self.columns.len() });
        }
        self.manifest.rows += 1;
        for (at, cell) in cells.iter().enumerate() {
            let text: Cow<'_, str> = match cell {
                CellValue::Empty => "".into(),
                CellValue::Text(text) => (*text).into(),
                CellValue::List(values) => lists::join(values).into(),
            };
            // A line with nothing on it would be no record.
            self.cell(at, &text, cells.len() == 1 && text.is_empty());
        }
        self.end_line(cells.len());
        Ok(())
    }

    /// Takes the bytes that were written since the last call.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// What was written.
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Writes a cell, in quotes where they are needed or asked for.
    fn cell(&mut self, at: usize, text: &str, quoted: bool) {
        let cell = if self.guard { guarded(text) } else { text.into() };
        let length = cell.encode_utf16().count();
        if length > MAX_SPREADSHEET_CELL {
            self.name_long_cell(at, length);
        }
        if at > 0 {
            self.bytes.push(b',');
        }
        let special = cell.contains(['"', ',', '\r', '\n']) || cell.trim() != cell;
        if quoted || special {
            self.bytes.push(b'"');
            self.bytes.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
            self.bytes.push(b'"');
        } else {
            self.bytes.extend_from_slice(cell.as_bytes());
        }
    }

    fn end_line(&mut self, cells: usize) {
        if cells > 0 {
            self.bytes.extend_from_slice(b"\r\n");
        }
    }

    fn name_long_cell(&mut self, at: usize, length: usize) {
        self.manifest.long_cells += 1;
        if self.manifest.named_long_cells.len() < MAX_NAMED {
            let column = self.columns.get(at).cloned().unwrap_or_default();
            let row = self.manifest.rows;
            self.manifest.named_long_cells.push(LongCell { row, column, length });
        }
    }
}
