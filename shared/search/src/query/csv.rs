//! Tables of users for spreadsheets (RFC 4180): what an export writes, and what an import reads.
//!
//! Reading an export gives back exactly what was written: cells that a spreadsheet would take for a
//! formula are guarded by an apostrophe, which reading removes, and lists are joined so that they
//! can be split again. Neither direction does input or output: the writer hands out bytes, and the
//! reader is given them in pieces of any size.

mod cells;
mod columns;
mod decoder;
mod header;
mod lists;
mod problem;
mod reader;
mod records;
mod writer;

pub use cells::DateOrder;
pub use columns::{EXPORT_COLUMNS, PERSONAL_COLUMNS, choose};
pub use decoder::Encoding;
pub use header::{Column, ColumnKind, Header, RenamedHeader};
pub use lists::{join, split};
pub use problem::{FileError, Problem, RowError};
pub use provost_domain::text::{guarded, unguarded};
pub use reader::{Cell, Options, Reader, Row, Sample};
pub use writer::{CellValue, LongCell, Manifest, Writer, WrongWidth};
