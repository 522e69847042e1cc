//! Tables that are written for spreadsheets.

use provost_search::query::csv::{
    CellValue, EXPORT_COLUMNS, PERSONAL_COLUMNS, Writer, choose, guarded, join, split, unguarded,
};

use crate::world::named;

fn table(columns: &[&str], rows: &[Vec<CellValue<'_>>]) -> String {
    let mut writer = Writer::new(columns, false, true);
    for row in rows {
        writer.row(row).unwrap();
    }
    String::from_utf8(writer.take()).unwrap()
}

/// The records of a table, by a strict reader of RFC 4180 that is not ours.
fn records(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn no_cell_is_a_formula_and_each_keeps_its_text() {
    for text in [
        "=1+1",
        "+1",
        "-1",
        "@sum",
        "\t=1",
        "\r=1",
        "\n",
        " =1+1",
        "\u{a0}\u{3000}=1",
        "\u{ff1d}1+1",
        "\u{ff0b}1",
        "+8801712345678",
        "'=1+1",
        "'+1",
        "''-1",
        "' =1",
        "\u{feff}=1",
    ] {
        let written = records(&table(&["name"], &[vec![CellValue::Text(text)]]));
        assert_eq!(written[1], [format!("'{text}")]);
        assert_eq!(unguarded(&written[1][0]), text);
    }
    for text in [
        "plain",
        "",
        "'",
        "it's",
        "O'Connor",
        "O\u{2019}Connor",
        "'quoted'",
        "a=1",
        "1-1",
        "   ",
        "'' a",
    ] {
        assert_eq!(guarded(text), text);
        assert_eq!(unguarded(text), text);
    }
    // A cell that nobody guarded keeps what it has.
    assert_eq!(unguarded("+8801712345678"), "+8801712345678");
    assert_eq!(unguarded("''=1"), "'=1");
}

#[test]
fn a_table_is_written_without_guards_if_asked() {
    let mut writer = Writer::new(&["name"], false, false);
    writer.row(&[CellValue::Text("=1+1")]).unwrap();
    assert_eq!(writer.take(), b"name\r\n=1+1\r\n");
}

#[test]
fn a_file_never_begins_with_the_mark_of_another_format() {
    let text = table(&["id", "name"], &[vec![CellValue::Text("ID"), CellValue::Text("ID")]]);
    assert_eq!(text, "id,name\r\nID,ID\r\n");
    let text = table(&["ID", "ID"], &[]);
    assert_eq!(text, "\"ID\",ID\r\n");
}

#[test]
fn a_byte_order_mark_stands_once_before_the_header() {
    let mut writer = Writer::new(&["id"], true, true);
    let first = writer.take();
    writer.row(&[CellValue::Text("x")]).unwrap();
    let second = writer.take();
    assert_eq!(first, b"\xef\xbb\xbfid\r\n");
    assert_eq!(second, b"x\r\n");
}

#[test]
fn quotes_and_line_breaks_do_not_break_a_record() {
    let bios = ["a \"b\"", "a,b", "a;b", "a\nb", "a\r\nb", "\"", "", " x ", "a\rb"];
    let rows: Vec<_> =
        bios.iter().map(|bio| vec![CellValue::Text(bio), CellValue::Empty]).collect();
    let text = table(&["bio", "x"], &rows);
    let written = records(&text);
    assert_eq!(written.len(), bios.len() + 1);
    for (record, bio) in written[1..].iter().zip(bios) {
        assert_eq!(record, &[bio.to_owned(), String::new()]);
    }
    // A row of one empty cell is not an empty line.
    assert_eq!(table(&["bio"], &[vec![CellValue::Empty]]), "bio\r\n\"\"\r\n");
}

#[test]
fn a_list_value_with_a_separator_is_not_two_values() {
    let lists: [&[&str]; 8] = [
        &[],
        &["algebra"],
        &["C; C++"],
        &["C", " C++"],
        &["a\\"],
        &["\\;", ";"],
        &["a;b", "c\\d"],
        &["; ", "x "],
    ];
    for list in lists {
        let values: Vec<String> = list.iter().map(|value| (*value).to_owned()).collect();
        assert_eq!(split(&join(&values)), values);
        let text = table(&["expertise"], &[vec![CellValue::List(&values)]]);
        assert_eq!(split(unguarded(&records(&text)[1][0])), values);
    }
    assert_eq!(join(&["C; C++", "D"]), "C\\; C++; D");
    assert_eq!(join(&["a", " ", "b"]), "a; b");
    assert_eq!(split("a;b;  c"), ["a", "b", " c"]);
}

#[test]
fn a_cell_that_a_spreadsheet_would_cut_is_whole_and_named() {
    let long = "x".repeat(40_000);
    let limit = "x".repeat(32_767);
    let pairs = "🎧".repeat(16_384);
    let mut writer = Writer::new(&["id", "bio"], false, true);
    for bio in ["short", &long, &limit, &pairs] {
        writer.row(&[CellValue::Text("1"), CellValue::Text(bio)]).unwrap();
    }
    let written = records(&String::from_utf8(writer.take()).unwrap());
    assert_eq!(written[2][1], long);
    let manifest = writer.manifest();
    assert_eq!((manifest.rows, manifest.long_cells), (4, 2));
    let cells = &manifest.named_long_cells;
    assert_eq!((cells[0].row, cells[0].column.as_str(), cells[0].length), (2, "bio", 40_000));
    assert_eq!((cells[1].row, cells[1].length), (4, 32_768));
}

#[test]
fn digits_are_written_as_they_are() {
    let cells = ["370911202104140038", "000123"].map(CellValue::Text);
    let text = table(&["unique_id", "external_id"], &[cells.to_vec()]);
    assert_eq!(text, "unique_id,external_id\r\n370911202104140038,000123\r\n");
}

#[test]
fn a_row_of_another_width_is_not_written() {
    let mut writer = Writer::new(&["a", "b"], false, true);
    assert!(writer.row(&[CellValue::Empty]).is_err());
    assert_eq!((writer.take(), writer.manifest().rows), (b"a,b\r\n".to_vec(), 0));
}

#[test]
fn columns_are_chosen_by_name() {
    assert_eq!(choose::<&str>(&[]).unwrap(), EXPORT_COLUMNS);
    assert_eq!(choose(&["name", "id"]).unwrap(), ["name", "id"]);
    assert_eq!(named(choose(&["nmae"])), ("columns".to_owned(), "unknown_value"));
    assert_eq!(named(choose(&["id", "id"])), ("columns".to_owned(), "repeated"));
    assert!(PERSONAL_COLUMNS.iter().all(|column| EXPORT_COLUMNS.contains(column)));
}
