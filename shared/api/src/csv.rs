//! Tables for spreadsheets (RFC 4180), in which no cell is a formula.

use provost_domain::text::guarded;

/// A table with a header line. Lines end with CRLF.
#[derive(Debug)]
pub struct Table(csv::Writer<Vec<u8>>);

impl Table {
    /// A table with these columns.
    pub fn new(columns: &[&str]) -> Self {
        let builder =
            csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        let mut table = Self(builder);
        table.row(columns);
        table
    }

    /// The rest of a table whose header line is written.
    pub fn continued() -> Self {
        Self(csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new()))
    }

    /// Adds a row with as many cells as there are columns.
    pub fn row<T: AsRef<str>>(&mut self, cells: &[T]) {
        // Writing to memory cannot fail, and a row of another length would be a mistake of ours.
        let written =
            self.0.write_record(cells.iter().map(|text| guarded(text.as_ref()).into_owned()));
        debug_assert!(written.is_ok(), "{written:?}");
    }

    /// The text of the table.
    pub fn finish(self) -> String {
        let bytes = self.0.into_inner().unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_is_read_back_as_text_in_its_row_and_column() {
        let given = [
            "=HYPERLINK(\"http://x.example\",\"y\")",
            "-1+1",
            "\t=1",
            "\r\nline",
            "'=1",
            "a \"quoted\" reason\nin two lines, with a comma",
            "",
            "it's plain",
        ];
        let mut table = Table::new(&["a", "b", "c", "d", "e", "f", "g", "h"]);
        table.row(&given);
        let text = table.finish();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 1);
        for (cell, given) in rows[0].iter().zip(given) {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "{cell:?}");
            let dangerous = cell != given;
            assert_eq!(if dangerous { &cell[1..] } else { cell }, given);
        }
        assert_eq!(rows[0].get(7), Some("it's plain"));
        assert!(text.starts_with("a,b,c,d,e,f,g,h\r\n"));
    }
}
