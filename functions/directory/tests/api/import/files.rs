//! `POST /v1/users/bulk/import`: files as people and spreadsheets save them.

use provost_domain::BuiltInRole;
use serde_json::json;

use super::{IMPORT, import, numbers, owner, plan, problems, send, world};

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(unit).collect()
}

fn named(line: u64, column: &str, code: &str) -> (u64, String, String) {
    (line, column.to_owned(), code.to_owned())
}

#[tokio::test]
async fn every_encoding_maps_the_first_column() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let text = "name\temail\r\nMüller\tm@import.example\r\n";
    for (file, encoding) in [
        ("\u{feff}name,email\nMüller,m@import.example\n".as_bytes().to_vec(), "utf-8"),
        ("\u{feff}\"name\",email\nMüller,m@import.example\n".as_bytes().to_vec(), "utf-8"),
        (utf16(text, u16::to_le_bytes), "utf-16-le"),
        (utf16(text, u16::to_be_bytes), "utf-16-be"),
    ] {
        let report = plan(&root, file).await;
        assert_eq!((numbers(&report), &report["encoding"]), ((1, 0, 0), &json!(encoding)));
    }
    let report = plan(&root, b"name,email\nM\xfcller,m@import.example\n").await;
    assert_eq!(report["encoding"], "windows-1252");
    assert_eq!(report["sample"], json!({ "line": 2, "text": "Müller" }));
    import(&root, b"name,email\nM\xfcller,m@import.example\n").await;
    let user = owner(&world, "m@import.example").await.expect("the user");
    assert_eq!(world.user(user).await.expect("the user").first_name, "Müller");
    let mixed = "name,email\nRené,r@import.example\nM".bytes().chain(*b"\xfcller,x\n");
    let refused = send(&root, "dry_run=true", mixed.collect::<Vec<_>>()).await.status(422);
    assert_eq!(refused["errors"][0]["field"], "file.lines[3]");
    let report = plan(&root, "name,email\nM\u{fffd}ller,x@import.example\n").await;
    assert_eq!(problems(&report), [named(2, "name", "damaged_letter")]);
    world.settle().await;
}

#[tokio::test]
async fn delimiters_are_recognised_and_lines_are_those_of_the_file() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    for file in [
        "name;email\nA;a@import.example\n",
        "sep=;\nname;email\nA;a@import.example\n",
        "name,bio,email\nA,\"x;y;z\",a@import.example\n",
        "email|name\na@import.example|A",
    ] {
        assert_eq!(numbers(&plan(&root, file).await), (1, 0, 0), "{file}");
    }
    let file = "sep=;\r\nname;bio;email\r\nA;\"one\r\ntwo\nthree\nfour\";a@import.example\r\n\
                B;x;not-an-address\r\nC;y;z;c@import.example\r\nD;x\r\n";
    let report = plan(&root, file).await;
    assert_eq!(numbers(&report), (1, 0, 3));
    assert_eq!(
        problems(&report),
        [named(7, "email", "invalid"), named(8, "", "wrong_width"), named(9, "", "wrong_width")]
    );
}

#[tokio::test]
async fn a_header_is_named_before_anybody_is_created() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    for (header, field) in [
        ("email,Email,name", "file.lines[1].Email"),
        ("email,nmae", "file.lines[1].nmae"),
        ("name", "file.lines[1].email"),
        ("", "file.lines[1]"),
    ] {
        let file = format!("{header}\na@import.example,A\n");
        let file = if header.is_empty() { String::new() } else { file };
        let path = format!("{IMPORT}?dry_run=true");
        let refused = root.ask(http::Method::POST, &path, "text/csv", file.into()).await;
        assert_eq!(refused.status(422)["errors"][0]["field"], field, "{header}");
    }
    let report = plan(&root, " Name ,E-Mail,created_at\nA,a@import.example,2020-01-01\n").await;
    assert_eq!(numbers(&report), (1, 0, 0));
    assert_eq!(report["renamed_columns"].as_array().map(Vec::len), Some(2));
    assert_eq!(report["ignored_columns"], json!(["created_at"]));
}

#[tokio::test]
async fn an_address_that_is_twice_in_the_file_is_created_once() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let file = "email,name\nA@x.example,A\n\"a@x.example \",B\n";
    let done = import(&root, file).await;
    assert_eq!(numbers(&done), (1, 0, 1));
    assert_eq!(problems(&done), [named(3, "email", "repeated_value")]);
    assert!(done["problems"][0]["message"].as_str().expect("text").contains("Line 2"));
    let again = import(&root, file).await;
    assert_eq!((numbers(&again), again["problems"] == done["problems"]), ((0, 1, 1), true));
    world.settle().await;
}

#[tokio::test]
async fn what_a_spreadsheet_changed_is_refused_in_its_row() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    for (column, cell, code) in [
        ("phone", "8.80171E+12", "spreadsheet_number"),
        ("unique_id", "1.23457E+17", "spreadsheet_number"),
        ("date_of_birth", "05/06/1990", "date_order"),
        ("phone", "12", "invalid"),
        ("country", "Bangladesh", "invalid"),
        ("gender", "unknown-word", "invalid"),
        ("status", "deleted", "invalid"),
        ("is_learner", "yes", "invalid"),
        ("username", "No Spaces", "invalid"),
        ("website", "ftp://x.example", "invalid"),
        ("date_of_birth", "2999-01-01", "future"),
    ] {
        let report = plan(&root, format!("email,name,{column}\na@x.example,A,{cell}\n")).await;
        let found = problems(&report);
        assert_eq!(found.len(), 1, "{column} {cell} {found:?}");
        assert_eq!((found[0].0, found[0].1.as_str()), (2, column), "{cell}");
        if code != "future" {
            assert_eq!(found[0].2, code, "{column} {cell}");
        }
    }
    let file = "email,name,date_of_birth\na@x.example,A,05/06/1990\nb@x.example,B,31/12/1990\n";
    let day_first = send(&root, "dry_run=true&date_order=day_month_year", file).await.status(200);
    assert_eq!(numbers(&day_first), (2, 0, 0));
    let month_first = send(&root, "dry_run=true&date_order=month_day_year", file).await.status(200);
    assert_eq!(problems(&month_first), [named(3, "date_of_birth", "date_order")]);
}

#[tokio::test]
async fn lines_of_json_are_read_like_a_table() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let file = "{\"email\":\"a@x.example\",\"name\":\"A\",\"expertise\":[\"C; C++\"],\"unique_id\":370911202104140038,\"redacted\":[\"age\"],\"created_at\":\"x\"}\n\
        {\"email\":\"b@x.example\",\"name\":\"B\",\"nmae\":1}\n\
        {\"email\":\"c@x.example\",\"name\":\"C\",\"phone\":8.80171E+12}\n\
        {\"email\":\"d@x.example\"\n\n\
        {\"name\":\"E\",\"email\":\" \"}\n{\"email\":\"f@x.example\"}\n";
    let done = import(&root, file).await;
    assert_eq!(numbers(&done), (1, 0, 5));
    assert_eq!(
        problems(&done),
        [
            named(2, "nmae", "unknown_column"),
            named(3, "phone", "invalid"),
            named(4, "", "malformed"),
            named(6, "email", "required"),
            named(7, "name", "required"),
        ]
    );
    let user = owner(&world, "a@x.example").await.expect("the user");
    let shown = root.get(&format!("/v1/users/{user}")).await.ok();
    assert_eq!(shown["unique_id"], "370911202104140038");
    assert_eq!(shown["profile"]["expertise"], json!(["C; C++"]));
    let table = send(&root, "dry_run=true&delimiter=tab", file).await.status(422);
    assert_eq!(table["errors"][0]["field"], "delimiter");
    world.settle().await;
}

#[tokio::test]
async fn an_export_is_imported_as_it_was() {
    let (here, there) = (world().await, world().await);
    let root = here.staff("root", BuiltInRole::RootAdmin).await;
    let texts = ["=1+1", "'=1+1", "'+1", "Ada; \"L\", B"];
    for (number, text) in texts.iter().enumerate() {
        let body = json!({
            "name": text, "email": format!("u{number}@x.example"), "unique_id": format!("00012{number}"),
            "profile": { "bio": text, "designation": text, "expertise": [text, "C; C++"] },
        });
        root.post("/v1/users", body).await.status(201);
    }
    here.settle().await;
    here.pass(2_000).await;
    let other = there.staff("other", BuiltInRole::RootAdmin).await;
    for format in ["csv", "csv&bom=true", "ndjson"] {
        let path = format!("/v1/users/bulk/export?search=x.example&format={format}");
        let file = root.get(&path).await.body;
        let report = import(&other, &file).await;
        let (created, existing, refused) = numbers(&report);
        assert_eq!((created + existing, refused), (4, 0), "{report}");
    }
    for (number, text) in texts.iter().enumerate() {
        let user = owner(&there, &format!("u{number}@x.example")).await.expect("the user");
        let shown = other.get(&format!("/v1/users/{user}")).await.ok();
        assert_eq!(shown["name"], *text);
        assert_eq!(shown["unique_id"], format!("00012{number}"));
        assert_eq!(shown["profile"]["bio"], *text);
        assert_eq!(shown["profile"]["expertise"], json!([text, "C; C++"]));
    }
    there.settle().await;
}
