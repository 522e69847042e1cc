//! What holds for every input: nothing panics, and what is written is read back.

use proptest::{
    prelude::*,
    sample::{select, subsequence},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use provost_domain::TimeZone;
use provost_search::{
    Field, Filter,
    query::{
        csv::{CellValue, Options, Reader, Writer, guarded, join, split, unguarded},
        parameters, scim,
    },
};

use crate::{import::columns, world::*};

/// Runs a property with a fixed seed, so that a failure repeats.
fn for_each<S: Strategy>(cases: u32, strategy: &S, property: impl Fn(S::Value)) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let run = runner.run(strategy, |value| {
        property(value);
        Ok(())
    });
    if let Err(error) = run {
        panic!("{error}");
    }
}

/// Parameters with values that are valid for each.
const PARAMETERS: &[(&str, &[&str])] = &[
    ("status", &["active", "suspended", "deleted"]),
    ("statuses.not", &["active", "inactive"]),
    ("role", &["editor", "staff", "SUPERADMIN"]),
    ("country", &["BD", "no", "DE"]),
    ("country.not", &["BD", "fr"]),
    ("city", &["Dhaka", "a,b", "c&d=e", "50%", "x+y", "São Paulo", "\"", "#", "ẞ"]),
    ("city.prefix", &["a b", "é"]),
    ("designation.contains.not", &["+", ","]),
    ("expertise", &["C; C++", "algebra"]),
    ("locale", &["en", "bn-BD"]),
    ("ids", &["usr_01ARZ3NDEKTSV4RRFFQ69G5FAV"]),
    ("enrolled_program_ids", &["A", "B,C"]),
    ("enrollment_status.not", &["completed", "active"]),
    ("permission", &["course.update", "user.list"]),
    ("sort", &["-name", "created_at", "status"]),
];

/// Parameters with one value each.
const SINGLE: &[(&str, &[&str])] = &[
    ("is_admin", &["true", "false"]),
    ("has_bio.not", &["true"]),
    ("age_min", &["18"]),
    ("created_after", &["2026-11-01T00:00:00+06:00", "2026-11-01"]),
    ("tz", &["Asia/Dhaka", "UTC"]),
    ("search", &["a,b & c", "rana+lms@example.org", "=\u{a0}x"]),
    ("filter", &["city eq \"a, b\" or not (name pr)", "age gt 5"]),
    ("limit", &["1", "200"]),
    ("progress_min", &["12.5"]),
    ("inactive_for_days", &["90"]),
    ("explain", &["true"]),
];

/// A value as a client may encode it.
fn encoded(value: &str, everything: bool) -> String {
    let plain = |b: u8| !everything && (b.is_ascii_alphanumeric() || b"-._~/:@".contains(&b));
    value
        .bytes()
        .map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02x}") })
        .collect()
}

/// A query string with several parameters, each in one of the spellings that mean the same.
fn query() -> impl Strategy<Value = String> {
    let many = subsequence(PARAMETERS, 0..8).prop_flat_map(|chosen| {
        let one = |(name, values): &(&'static str, &'static [&'static str])| {
            let name = *name;
            let most = values.len();
            (subsequence(*values, 1..=most), any::<bool>(), any::<bool>()).prop_map(
                move |(values, commas, everything)| {
                    let values: Vec<_> = values.iter().map(|v| encoded(v, everything)).collect();
                    if commas {
                        format!("{name}={}", values.join(","))
                    } else {
                        let pairs = values.iter().map(|value| format!("{name}={value}"));
                        pairs.collect::<Vec<_>>().join("&")
                    }
                },
            )
        };
        chosen.iter().map(one).collect::<Vec<_>>()
    });
    let single = subsequence(SINGLE, 0..6).prop_flat_map(|chosen| {
        let one = |(name, values): &(&'static str, &'static [&'static str])| {
            let name = *name;
            (select(*values), any::<bool>())
                .prop_map(move |(value, all)| format!("{name}={}", encoded(value, all)))
        };
        chosen.iter().map(one).collect::<Vec<_>>()
    });
    (many, single).prop_map(|(many, single)| [many, single].concat().join("&"))
}

#[test]
fn a_query_that_is_printed_and_read_again_is_the_same() {
    for_each(2000, &query(), |query| {
        let list = read(&query).unwrap_or_else(|error| panic!("{query}: {error:?}"));
        let printed = list.query_string(&list.start);
        assert_eq!(read(&printed).unwrap(), list, "{query}\n{printed}");
        assert!(printed.is_ascii() && !printed.contains(' '));
    });
}

#[test]
fn the_order_of_parameters_does_not_matter() {
    for_each(1000, &query(), |query| {
        let reversed: Vec<_> = query.split('&').rev().collect();
        let fingerprint = |query: &str| read(query).unwrap().selection.fingerprint();
        assert_eq!(fingerprint(&query), fingerprint(&reversed.join("&")), "{query}");
    });
}

/// An expression and the filter that it means.
fn condition() -> impl Strategy<Value = (String, Filter)> {
    let leaf = (any::<String>(), 0..4usize).prop_map(|(text, kind)| {
        let text: String = format!("{text}x").chars().take(20).collect();
        let json = serde_json::to_string(&text).unwrap();
        match kind {
            0 => (format!("name eq {json}"), Filter::any_of(Field::Name, [text])),
            1 => (format!("CITY ne {json}"), Filter::any_of(Field::City, [text]).not()),
            2 => ("has_bio EQ true".to_owned(), Filter::flag(Field::HasBio, true)),
            _ => {
                ("profileScore le 5".to_owned(), Filter::number(Field::ProfileScore, None, Some(5)))
            }
        }
    });
    leaf.prop_recursive(5, 24, 3, |inner| {
        let several = proptest::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            (several, any::<bool>()).prop_map(|(inner, all)| {
                let (texts, filters): (Vec<_>, Vec<_>) = inner.into_iter().unzip();
                let word = if all { " and " } else { " Or " };
                let text = texts.iter().map(|t| format!("({t})")).collect::<Vec<_>>().join(word);
                (text, if all { Filter::And(filters) } else { Filter::Or(filters) })
            }),
            inner.prop_map(|(text, filter)| (format!("NOT({text})"), filter.not())),
        ]
    })
}

#[test]
fn an_expression_means_what_it_says() {
    for_each(1000, &condition(), |(text, filter)| {
        if text.len() <= scim::MAX_LENGTH {
            assert_eq!(expression(&text).as_ref(), Ok(&filter), "{text}");
        }
    });
}

#[test]
fn no_text_makes_a_parser_panic() {
    let pieces: &[&str] = &[
        "city",
        "eq",
        "pr",
        "and",
        "or",
        "not",
        "(",
        ")",
        "[",
        "]",
        "\"a\"",
        "\"",
        "\\",
        "null",
        "true",
        "-1.5",
        " ",
        "emails",
        "enrollments",
        "status",
        "é",
        "🎧",
        "created_at",
        "age",
        "\"2026-11-26T00:00:00.1234Z\"",
        "=",
        "&",
        ",",
        "%",
        "%ff",
        "+",
        "filter=",
        "search=",
        ".not",
        "limit=",
        "sort=",
        "created_after=",
        "9999-12-31T23:59:59.9999Z",
        "\u{0}",
    ];
    let text = prop_oneof![
        proptest::collection::vec(select(pieces), 0..30).prop_map(|pieces| pieces.concat()),
        proptest::collection::vec(select(pieces), 0..30).prop_map(|pieces| pieces.join(" ")),
        any::<String>(),
    ];
    for_each(5000, &text, |text| {
        with_vocabulary(true, |vocabulary| {
            if let Ok(filter) = scim::parse(&text, &TimeZone::UTC, vocabulary) {
                assert_eq!(filter.validate(), Ok(()));
            }
            if let Ok(list) = parameters::parse(&text, &["format"], vocabulary) {
                assert_eq!(list.selection.validate(), Ok(()));
            }
        });
    });
}

#[test]
fn every_cell_is_read_back_as_it_was() {
    let piece =
        select(&["'", "=", " ", "\t", "a", ";", "\\", "\"", ",", "\r\n", "é", "\u{feff}"][..]);
    let text = proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat());
    let rows =
        proptest::collection::vec((text.clone(), proptest::collection::vec(text, 0..4)), 1..6);
    for_each(2000, &rows, |rows| {
        let mut writer = Writer::new(&["name", "bio", "expertise"], false, true);
        for (text, list) in &rows {
            assert_eq!(unguarded(&guarded(text)), text);
            let present: Vec<_> = list
                .iter()
                .filter(|value| provost_search::record::is_present(value))
                .cloned()
                .collect();
            assert_eq!(split(&join(list)), present);
            let cells = [CellValue::Text("x"), CellValue::Text(text), CellValue::List(list)];
            writer.row(&cells).unwrap();
        }
        let bytes = writer.take();
        let mut reader = csv::ReaderBuilder::new().from_reader(bytes.as_slice());
        for record in reader.records() {
            let harmless = |cell: &str| !cell.trim_start().starts_with(['=', '\t', '\r', '\n']);
            assert!(record.unwrap().iter().all(harmless));
        }
        let mut reader = Reader::new(columns(), Options::default());
        let mut read = reader.push(&bytes).unwrap();
        read.extend(reader.finish().unwrap());
        assert_eq!(read.len(), rows.len());
        for (row, (text, list)) in read.into_iter().zip(rows) {
            let cells = row.unwrap().cells;
            use provost_search::query::csv::Cell;
            let bio = (!text.is_empty()).then_some(Cell::Text(text));
            assert_eq!(cells.get("bio"), bio.as_ref());
            let list = split(&join(&list));
            let expertise = (!list.is_empty()).then_some(Cell::List(list));
            assert_eq!(cells.get("expertise"), expertise.as_ref());
        }
    });
}

/// What files are made of.
const BYTES: &[&[u8]] = &[
    b"name",
    b"email",
    b",",
    b";",
    b"\t",
    b"\"",
    b"\n",
    b"\r",
    b"\r\n",
    b"sep=;",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\0",
    b"\xfc",
    b"\xc3\xbc",
    b"=",
    b"'",
];

#[test]
fn no_file_makes_the_reader_panic_and_its_pieces_do_not_matter() {
    let piece = prop_oneof![
        select(BYTES).prop_map(<[u8]>::to_vec),
        proptest::collection::vec(any::<u8>(), 0..4),
    ];
    let file = proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat());
    let read = |bytes: &[u8], size: usize| {
        let mut reader = Reader::new(columns(), Options::default());
        let mut rows = Vec::new();
        for piece in bytes.chunks(size) {
            rows.extend(reader.push(piece)?);
        }
        rows.extend(reader.finish()?);
        Ok::<_, provost_search::query::csv::FileError>(rows)
    };
    for_each(5000, &(file, 1..5usize), |(file, size)| {
        assert_eq!(read(&file, size), read(&file, file.len().max(1)));
    });
}
