//! Tables that are read, as people and spreadsheets save them.

use provost_search::query::csv::{
    Cell, CellValue, Column, ColumnKind, DateOrder, Encoding, FileError, Options, Reader, Row,
    RowError, Writer,
};

/// The columns of an import of users.
pub fn columns() -> Vec<Column> {
    let column = |name: &str, kind, required, unique| Column {
        name: name.to_owned(),
        kind,
        required,
        unique,
    };
    vec![
        column("name", ColumnKind::Text, true, false),
        column("email", ColumnKind::Text, false, true),
        column("phone", ColumnKind::Digits, false, false),
        column("unique_id", ColumnKind::Digits, false, false),
        column("bio", ColumnKind::Text, false, false),
        column("date_of_birth", ColumnKind::Date, false, false),
        column("expertise", ColumnKind::List, false, false),
    ]
}

/// A file that was read.
#[derive(Debug)]
struct Import {
    rows: Vec<Row>,
    errors: Vec<RowError>,
    reader: Reader,
}

/// Reads a file in pieces of a size.
fn read_in(
    bytes: &[u8],
    size: usize,
    options: &Options,
) -> Result<(Vec<Result<Row, RowError>>, Reader), FileError> {
    let mut reader = Reader::new(columns(), options.clone());
    let mut rows = Vec::new();
    for piece in bytes.chunks(size) {
        rows.extend(reader.push(piece)?);
    }
    rows.extend(reader.finish()?);
    Ok((rows, reader))
}

/// Reads a file, which gives the same in pieces of any size.
fn read_with(bytes: &[u8], options: &Options) -> Result<Import, FileError> {
    let whole = read_in(bytes, bytes.len().max(1), options);
    for size in [1, 2, 3, 7] {
        let (pieces, whole) = (read_in(bytes, size, options), &whole);
        match (pieces, whole) {
            (Ok((pieces, _)), Ok((rows, _))) => assert_eq!(&pieces, rows, "pieces of {size}"),
            (Err(pieces), Err(error)) => assert_eq!(&pieces, error, "pieces of {size}"),
            other => panic!("pieces of {size}: {other:?}"),
        }
    }
    let (all, reader) = whole?;
    let (mut rows, mut errors) = (Vec::new(), Vec::new());
    for one in all {
        match one {
            Ok(row) => rows.push(row),
            Err(error) => errors.push(error),
        }
    }
    Ok(Import { rows, errors, reader })
}

fn read(file: impl AsRef<[u8]>) -> Import {
    read_with(file.as_ref(), &Options::default()).unwrap()
}

fn refused(file: impl AsRef<[u8]>) -> FileError {
    read_with(file.as_ref(), &Options::default()).expect_err("must be refused")
}

impl Import {
    fn texts(&self, column: &str) -> Vec<&str> {
        let text = |row: &'_ Row| match row.cells.get(column) {
            Some(Cell::Text(_)) | None => {}
            other => panic!("{other:?}"),
        };
        self.rows.iter().for_each(text);
        let cells = self.rows.iter().map(|row| match row.cells.get(column) {
            Some(Cell::Text(text)) => text.as_str(),
            _ => "",
        });
        cells.collect()
    }

    /// Line, column and code of every problem.
    fn problems(&self) -> Vec<(u64, &str, &str)> {
        let all = self.errors.iter().flat_map(|error| &error.0);
        all.map(|one| (one.line, one.column.as_deref().unwrap_or_default(), one.code)).collect()
    }
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(unit).collect()
}

#[test]
fn a_byte_order_mark_is_not_part_of_the_first_header() {
    for (file, encoding) in [
        ("\u{feff}name,email\nMüller 🎧,a@x.example\n".as_bytes().to_vec(), Encoding::Utf8),
        ("\u{feff}\"name\",email\nMüller 🎧,a@x.example".as_bytes().to_vec(), Encoding::Utf8),
        (utf16("name\temail\r\nMüller 🎧\ta@x.example\r\n", u16::to_le_bytes), Encoding::Utf16Le),
        (utf16("\"name\"\temail\r\nMüller 🎧\ta@x.example", u16::to_be_bytes), Encoding::Utf16Be),
    ] {
        let import = read(file);
        assert_eq!(import.texts("name"), ["Müller 🎧"]);
        assert_eq!(import.texts("email"), ["a@x.example"]);
        assert_eq!(import.reader.encoding(), encoding);
    }
}

#[test]
fn a_file_in_windows_1252_is_read_as_such_and_shows_a_sample() {
    let import = read(b"name,bio\nAda,\nM\xfcller,\x80 5\n");
    assert_eq!(import.texts("name"), ["Ada", "Müller"]);
    assert_eq!(import.texts("bio"), ["", "€ 5"]);
    assert_eq!(import.reader.encoding(), Encoding::Windows1252);
    let sample = import.reader.sample().unwrap();
    assert_eq!((sample.line, sample.text.as_str()), (3, "Müller"));
    assert_eq!(read("name\nMüller\n").reader.sample(), None);
}

#[test]
fn a_damaged_character_is_named_by_line_and_byte() {
    let place = |file: &[u8]| {
        let FileError(problems) = refused(file);
        (problems[0].line, problems[0].byte, problems[0].code)
    };
    // After letters of UTF-8, a letter of another encoding.
    let mut mixed = "name\r\nRené\r\nM".as_bytes().to_vec();
    let at = u64::try_from(mixed.len()).unwrap() + 1;
    mixed.extend(b"\xfcller\r\n");
    assert_eq!(place(&mixed), (3, Some(at), "encoding"));
    // Before letters of UTF-8, too.
    assert_eq!(place(b"name\nM\xfcller\nRen\xc3\xa9"), (3, Some(16), "encoding"));
    assert_eq!(place(b"\xef\xbb\xbfname\nM\xfcller"), (2, Some(10), "encoding"));
    assert_eq!(place(b"name\nM\x81ller"), (2, Some(7), "encoding"));
    assert_eq!(place(b"n\0a\0m\0e\0"), (1, Some(2), "encoding"));
    assert_eq!(place(b"\xff\xfen\0a\0m\0e\0\n\0\x00\xd8x\0"), (2, Some(13), "encoding"));
    assert_eq!(place(b"\xff\xfen\0a\0m\0e\0\n\0x"), (2, Some(13), "encoding"));
    // A letter that was lost before the file was saved.
    let import = read("name,bio\nM\u{fffd}ller,x\nAda,y\n");
    assert_eq!(import.problems(), [(2, "name", "damaged_letter")]);
    assert_eq!(import.texts("name"), ["Ada"]);
}

#[test]
fn an_encoding_that_the_caller_names_is_used() {
    let options = Options { encoding: Some(Encoding::Utf8), ..Options::default() };
    assert_eq!(read_with(b"name\nM\xfcller", &options).unwrap_err().0[0].byte, Some(7));
    let options = Options { encoding: Some(Encoding::Windows1252), ..Options::default() };
    let import = read_with("name\nMüller".as_bytes(), &options).unwrap();
    assert_eq!(import.texts("name"), ["MÃ¼ller"]);
}

#[test]
fn the_delimiter_is_recognised() {
    for file in [
        "name;email\nAda, L;a@x.example\n",
        "sep=;\nname;email\nAda, L;a@x.example\n",
        "sep=;\r\nname;email\r\nAda, L;a@x.example\r\n",
        "\u{feff}\"SEP=^\"\rname^email\rAda, L^a@x.example",
        "name\temail\nAda, L\ta@x.example",
        "name|email\nAda, L|a@x.example",
        "name,email\n\"Ada, L\",a@x.example",
        "\n\r\nname,email\n\n\"Ada, L\",a@x.example\n\n",
    ] {
        let import = read(file);
        assert_eq!(import.texts("name"), ["Ada, L"], "{file:?}");
        assert_eq!(import.texts("email"), ["a@x.example"], "{file:?}");
    }
    let import = read("name,bio,email\nAda,\"a;b;c;d\",a@x.example\nBela,\"x;y\",\n");
    assert_eq!(import.texts("bio"), ["a;b;c;d", "x;y"]);
}

#[test]
fn lines_are_those_of_the_file() {
    let file = "sep=;\r\nname;bio\r\nAda;\"one\r\ntwo\nthree\rfour\"\r\n\r\nBela;x;y\r\nCleo;z\r\n";
    let import = read(file);
    assert_eq!(import.texts("bio"), ["one\r\ntwo\nthree\rfour", "z"]);
    assert_eq!(import.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [3, 9]);
    assert_eq!(import.problems(), [(8, "", "wrong_width")]);
    assert!(import.errors[0].to_string().starts_with("Line 8: This row has 3 cells"));
    assert_eq!(import.reader.header().unwrap().line, 2);
}

#[test]
fn a_header_is_matched_by_name_or_refused_by_name() {
    let problems = |file: &str| {
        let FileError(problems) = refused(file);
        let named = problems.into_iter().map(|one| (one.column.unwrap_or_default(), one.code));
        named.collect::<Vec<_>>()
    };
    let one = |column: &str, code: &'static str| (column.to_owned(), code);
    assert_eq!(problems("name,email,Email\n"), [one("Email", "repeated_column")]);
    assert_eq!(problems("name,emial\n"), [one("emial", "unknown_column")]);
    assert_eq!(problems("name,,email\n"), [one("", "unnamed_column")]);
    assert_eq!(problems("email\n"), [one("name", "missing_column")]);
    assert_eq!(
        problems("x,y\n"),
        [one("x", "unknown_column"), one("y", "unknown_column"), one("name", "missing_column")]
    );
    assert_eq!(problems(""), [one("", "empty_file")]);
    assert_eq!(problems("sep=;\n"), [one("", "empty_file")]);
    assert!(refused("name,emial\n").to_string().contains("email"));
    // In any order, and in another spelling, which the header names.
    let import = read(" E-Mail \u{a0},bio,Name\na@x.example,x,Ada\n");
    assert_eq!(import.texts("name"), ["Ada"]);
    let header = import.reader.header().unwrap();
    assert_eq!(header.columns, ["email", "bio", "name"]);
    let renamed: Vec<_> =
        header.renamed.iter().map(|one| (one.found.as_str(), one.column.as_str())).collect();
    assert_eq!(renamed, [(" E-Mail \u{a0}", "email"), ("Name", "name")]);
}

#[test]
fn a_row_with_a_cell_too_many_or_too_few_is_named() {
    let import = read("name,email\nAda\nBela,b@x.example,x\nCleo,c@x.example\n,\n");
    assert_eq!(import.problems(), [(2, "", "wrong_width"), (3, "", "wrong_width")]);
    assert_eq!(import.texts("name"), ["Cleo"]);
}

#[test]
fn a_value_that_must_be_unique_is_named_with_the_line_of_the_first() {
    let import = read("name,email\nAda,A@x.example\nBela,\"a@x.example \"\nCleo,\nDora,\n");
    assert_eq!(import.problems(), [(3, "email", "repeated_value")]);
    assert!(import.errors[0].to_string().contains("Line 2"));
    assert_eq!(import.texts("name"), ["Ada", "Cleo", "Dora"]);
}

#[test]
fn what_a_spreadsheet_changed_is_refused_in_its_row() {
    for (column, cell, code) in [
        ("phone", "8.80171E+12", "spreadsheet_number"),
        ("phone", "\"8,80171E+12\"", "spreadsheet_number"),
        ("unique_id", "1.23457E+17", "spreadsheet_number"),
        ("unique_id", "1E-07", "spreadsheet_number"),
        ("unique_id", "########", "spreadsheet_error"),
        ("bio", "#NAME?", "spreadsheet_error"),
        ("date_of_birth", "05/06/1990", "date_order"),
        ("date_of_birth", "31.12.1990", "date_order"),
        ("date_of_birth", "33024", "invalid"),
        ("date_of_birth", "5/6/90", "invalid"),
        ("date_of_birth", "1990-02-30", "invalid"),
    ] {
        let import = read(format!("name,{column}\nAda,{cell}\n"));
        assert_eq!(import.problems(), [(2, column, code)], "{cell}");
    }
    let import = read("name,unique_id,phone\nAda,12E5,+8801712345678\nBela,000123,'+49 30\n");
    assert_eq!(import.texts("unique_id"), ["12E5", "000123"]);
    assert_eq!(import.texts("phone"), ["+8801712345678", "+49 30"]);
}

#[test]
fn the_order_of_day_and_month_is_that_of_the_whole_file() {
    let file = "name,date_of_birth\nAda,05/06/1990\nBela,1990-06-05\nCleo,5.13.1990\n";
    let born = |order| {
        let options = Options { date_order: Some(order), ..Options::default() };
        let import = read_with(file.as_bytes(), &options).unwrap();
        let dates = import.rows.iter().map(|row| match row.cells["date_of_birth"] {
            Cell::Date(date) => date.to_string(),
            _ => panic!(),
        });
        (dates.collect::<Vec<_>>(), import.errors.len())
    };
    assert_eq!(born(DateOrder::DayMonthYear), (vec!["1990-06-05".into(), "1990-06-05".into()], 1));
    assert_eq!(
        born(DateOrder::MonthDayYear),
        (vec!["1990-05-06".into(), "1990-06-05".into(), "1990-05-13".into()], 0)
    );
}

#[test]
fn a_quote_in_the_wrong_place_stops_the_import() {
    for (file, line) in [
        ("name,bio\nAda,x\nBela,\"open\nand more\n", 3),
        ("name,bio\nAda,5\" disk\n", 2),
        ("name,bio\nAda,\"x\"y\n", 2),
        ("name,bio\nAda, \"x\"\n", 2),
    ] {
        let FileError(problems) = refused(file);
        assert_eq!((problems[0].line, problems[0].code), (line, "quote"), "{file:?}");
    }
    let mut reader = Reader::new(columns(), Options::default());
    assert!(reader.push(b"name\n\"x\"y\nAda\n").is_err());
    assert!(reader.push(b"Bela\n").is_err(), "nothing is read after it");
    assert!(reader.finish().is_err());
}

#[test]
fn a_file_is_bounded() {
    let options = Options { max_rows: 2, ..Options::default() };
    assert!(read_with(b"name\nAda\nBela\n", &options).is_ok());
    let error = read_with(b"name\nAda\nBela\nCleo\n", &options).unwrap_err();
    assert_eq!((error.0[0].line, error.0[0].code), (4, "too_many_rows"));
    let mut reader = Reader::new(columns(), Options::default());
    reader.push(b"name\n\"").unwrap();
    let endless = std::iter::repeat_with(|| reader.push(&[b'x'; 4096])).take(300);
    let error = endless.filter_map(Result::err).next().unwrap();
    assert_eq!((error.0[0].line, error.0[0].code), (2, "too_long"));
}

#[test]
fn an_export_is_read_back_exactly() {
    let texts = ["=1+1", "'=1+1", "'+1", " x ", "a\r\n\"b\"", "ID", "'", "   ", "\u{feff}=1"];
    let list = ["C; C++".to_owned(), "+a\\".to_owned()];
    for bom in [false, true] {
        let mut writer = Writer::new(&["name", "bio", "expertise"], bom, true);
        for text in texts {
            let cells = [CellValue::Text(text), CellValue::Text(text), CellValue::List(&list)];
            writer.row(&cells).unwrap();
        }
        let import = read(writer.take());
        assert_eq!(import.texts("name"), texts);
        assert_eq!(import.texts("bio"), texts);
        for row in &import.rows {
            assert_eq!(row.cells["expertise"], Cell::List(list.to_vec()));
        }
    }
    // Without guards, nothing is taken off.
    let options = Options { guarded: false, ..Options::default() };
    let import = read_with(b"name\n'=1+1\n", &options).unwrap();
    assert_eq!(import.texts("name"), ["'=1+1"]);
}
