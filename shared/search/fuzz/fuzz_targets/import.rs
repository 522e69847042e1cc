//! Files of any bytes: the same rows or the same error, in pieces of any size.

#![no_main]

use libfuzzer_sys::fuzz_target;
use provost_search::query::csv::{Column, ColumnKind, FileError, Options, Reader, Row, RowError};

fn read(bytes: &[u8], size: usize) -> Result<Vec<Result<Row, RowError>>, FileError> {
    let column = |name: &str, kind| Column {
        name: name.to_owned(),
        kind,
        required: false,
        unique: name == "b",
    };
    let columns = vec![
        column("a", ColumnKind::Text),
        column("b", ColumnKind::Digits),
        column("c", ColumnKind::Date),
        column("d", ColumnKind::List),
    ];
    let mut reader = Reader::new(columns, Options::default());
    let mut rows = Vec::new();
    for piece in bytes.chunks(size) {
        rows.extend(reader.push(piece)?);
    }
    rows.extend(reader.finish()?);
    Ok(rows)
}

fuzz_target!(|bytes: &[u8]| {
    let Some((size, file)) = bytes.split_first() else { return };
    let size = usize::from(*size).max(1);
    assert_eq!(read(file, size), read(file, file.len().max(1)));
});
