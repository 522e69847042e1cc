//! Entries as a file.

use provost_domain::{BuiltInRole, Permission, audit::Actor};
use serde_json::{Value, json};

use crate::{LOGS, words::entry, world};

const REASON: &str = "=HYPERLINK(\"http://x.example\",\"y\")\nsecond line, -1+1";

#[tokio::test]
async fn a_file_contains_every_entry_that_matches_and_no_formula() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let joan = joan.with_header("user-agent", "-1+1");
    let mut banned = Vec::new();
    for name in ["ada", "bob", "cyd"] {
        let user = world.person(name).await.id;
        let ban = json!({"type": "permanent", "reason": REASON});
        joan.post(&format!("/api/admin/users/{user}/ban"), ban).await.ok();
        banned.insert(0, user.to_string());
    }
    let table = joan.get(&format!("{LOGS}?format=csv&action=user.banned")).await;
    assert!(table.header("content-type").starts_with("text/csv"));
    assert_eq!(table.header("content-disposition"), "attachment; filename=\"audit-log.csv\"");
    let text = table.text();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let columns = reader.headers().expect("a header line").clone();
    let column = |name: &str| columns.iter().position(|column| column == name).expect("a column");
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    let cells = |name: &str| -> Vec<&str> { rows.iter().map(|row| &row[column(name)]).collect() };
    assert_eq!(cells("target"), banned);
    assert_eq!(cells("reason"), vec![format!("'{REASON}"); 3]);
    assert_eq!(cells("userAgent"), ["'-1+1"; 3]);

    let lines = joan.get(&format!("{LOGS}?format=ndjson&action=user.banned")).await.text();
    let lines: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!((&lines[0]["target"], &lines[0]["reason"]), (&json!(banned[0]), &json!(REASON)));
    let listed = joan.get(&format!("{LOGS}?action=user.banned")).await.ok();
    assert_eq!(listed["data"], json!(lines), "a line is what the list shows");
}

#[tokio::test]
async fn an_export_of_the_log_is_itself_an_entry_with_its_filter() {
    let world = world().await;
    let (joan, ada) =
        (world.staff("joan", BuiltInRole::RootAdmin).await, world.person("ada").await);
    let query = format!("format=csv&target={}&search=spam&from=2026-11-01", ada.id);
    let asked = joan.with_header("x-reason", "Quarterly review");
    let table = asked.get(&format!("{LOGS}?{query}")).await.text();
    assert_eq!(table.lines().count(), 1, "the header line");
    let entry = joan.get(&format!("{LOGS}?action=audit.exported")).await.ok()["data"][0].clone();
    let pseudonym = world.user(ada.id).await.expect("the user exists").pseudonym;
    assert_eq!(
        (&entry["actor"]["id"], &entry["reason"], &entry["success"]),
        (&json!(joan.id), &json!("Quarterly review"), &json!(true))
    );
    assert_eq!(
        entry["changes"]["filter"]["after"],
        json!({"target": pseudonym, "search": "spam", "from": "2026-11-01T00:00:00.000Z"})
    );
    assert_eq!(
        (&entry["changes"]["format"]["after"], &entry["changes"]["entries"]["after"]),
        (&json!("csv"), &json!(0))
    );
    // A page is not an export.
    joan.get(LOGS).await.ok();
    let page = joan.get(&format!("{LOGS}?action=audit.exported")).await.ok();
    assert_eq!(page["pagination"]["total"], 1);
}

#[tokio::test]
async fn a_file_hides_the_addresses_of_others_like_the_list() {
    let world = world().await;
    let (joan, grace) = (
        world.staff("joan", BuiltInRole::RootAdmin).await,
        world.staff("grace", BuiltInRole::Admin).await,
    );
    world
        .edit(grace.id, |grace| {
            grace.denials.insert(Permission::SessionRead);
        })
        .await;
    let ada = world.person("ada").await.id;
    let ban = json!({"type": "permanent", "reason": "Sells spam"});
    joan.post(&format!("/api/admin/users/{ada}/ban"), ban).await.ok();
    for format in ["csv", "ndjson"] {
        let path = format!("{LOGS}?format={format}&action=user.banned");
        assert!(joan.get(&path).await.text().contains("127.0.0.1"), "{format}");
        assert!(!grace.get(&path).await.text().contains("127.0.0.1"), "{format}");
    }
}

#[tokio::test]
async fn a_file_has_no_pages_and_only_known_formats() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    for (query, field) in [
        ("format=csv&limit=10", "limit"),
        ("format=ndjson&page=2", "page"),
        ("format=csv&cursor=AAAA", "cursor"),
        ("format=xlsx", "format"),
    ] {
        let problem = joan.get(&format!("{LOGS}?{query}")).await.is(422, "VALIDATION_FAILED");
        assert_eq!(problem["errors"][0]["field"], field, "{query}");
    }
}

#[tokio::test]
async fn a_selection_that_is_too_large_for_a_file_is_a_job() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let mut left = 5_001;
    while left > 0 {
        let mut tx = world.app.transaction();
        for _ in 0..left.min(100) {
            tx.audit(entry(&world, Actor::Cli, "2026-11-20T10:00:00Z")).expect("an entry");
            left -= 1;
        }
        tx.commit().await.expect("the table responds");
    }
    let query = "action=setting.changed";
    for format in ["csv", "ndjson"] {
        let refused = joan.get(&format!("{LOGS}?format={format}&{query}")).await;
        let refused = refused.is(413, "TOO_LARGE");
        assert_eq!(refused["entries"], 5_001, "{format}");
        assert!(refused["detail"].as_str().is_some_and(|text| text.contains("audit/exports")));
    }
    let body = json!({ "filter": { "action": "setting.changed" }, "format": "csv" });
    joan.post("/api/admin/audit/exports", body).await.status(202);
    let log = joan.get(&format!("{LOGS}?action=audit.exported")).await.ok();
    assert_eq!(log["pagination"]["total"], 1, "the refused files are none");
    let filter = &log["data"][0]["changes"]["filter"]["after"];
    assert_eq!(filter["action"], "setting.changed");
}
