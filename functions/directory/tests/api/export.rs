//! `GET /v1/users/bulk/export`.

use provost_domain::{BuiltInRole, Permission};
use provost_local::Function;
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

use super::users::functions;

const EXPORT: &str = "/v1/users/bulk/export";

async fn world() -> World {
    World::of(|app| {
        let mut all = functions(app);
        all.push(Function::http("users", fn_users::routes().router(app.clone())));
        all.push(Function::http("audit", fn_audit::routes().router(app.clone())));
        all
    })
    .await
}

/// Lets the index see every change.
async fn indexed(world: &World) {
    world.settle().await;
    world.pass(2_000).await;
}

async fn create(root: &Someone<'_>, body: Value) -> String {
    root.post("/v1/users", body).await.status(201)["id"].as_str().expect("an id").to_owned()
}

/// The records of a table, by a strict reader that is not ours.
fn records(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let record = |record: Result<csv::StringRecord, csv::Error>| {
        record.expect("RFC 4180").iter().map(str::to_owned).collect()
    };
    reader.records().map(record).collect()
}

/// The numbers of users that the list, the facet of the status and the export count.
async fn counts(root: &Someone<'_>, filter: &str) -> (u64, u64, u64) {
    let list = root.get(&format!("/v1/users?{filter}")).await.ok();
    let values = root.get(&format!("/v1/users/filter-values?{filter}")).await.ok();
    let facet = values["data"]["email_verified"].as_array().expect("values").iter();
    let facet = facet.map(|value| value["count"].as_u64().expect("a count")).sum();
    let file = root.get(&format!("{EXPORT}?{filter}")).await;
    file.ok();
    let lines = records(&file.text()).len() as u64 - 1;
    assert_eq!(file.header("x-total-count"), lines.to_string());
    (list["pagination"]["total"].as_u64().expect("a total"), facet, lines)
}

#[tokio::test]
async fn an_export_has_as_many_lines_as_the_list_counts() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    for number in 0..7 {
        let email = format!("user{number}@export.example");
        let status = if number < 3 { "active" } else { "inactive" };
        let body = json!({ "name": "Rana", "email": email, "status": status });
        create(&root, body).await;
    }
    let gone = world.person("gone").await;
    root.delete(&format!("/v1/users/{}", gone.id)).await.ok();
    indexed(&world).await;
    for (filter, total) in [
        ("sort=created_at", 8),
        ("status=all", 9),
        ("status=deleted", 1),
        ("status=inactive", 4),
        ("status.not=inactive", 5),
        ("search=rana", 7),
        ("search=nobody-has-this", 0),
        ("filter=userName%20pr", 0),
    ] {
        assert_eq!(counts(&root, filter).await, (total, total, total), "{filter}");
        let stats = root.get(&format!("/v1/users/stats?{filter}")).await.ok();
        assert_eq!(stats["total"], total, "{filter}");
    }
    // At a token of a change that the stream has not brought yet.
    let created = json!({ "name": "Late", "email": "late@export.example" });
    let created = root.post("/v1/users", created).await;
    let token = created.header("x-consistency-token");
    let with_token = root.with_header("x-consistency-token", &token);
    assert_eq!(counts(&with_token, "status=all").await, (10, 10, 10));
    for (filter, total) in [("status=active", 4), ("status=all", 10), ("status=deleted", 1)] {
        let stats = with_token.get(&format!("/v1/users/stats?{filter}")).await.ok();
        assert_eq!(stats["total"], total, "{filter}");
        assert_eq!(counts(&with_token, filter).await.0, total, "{filter}");
    }
    world.settle().await;
}

#[tokio::test]
async fn cells_are_harmless_and_keep_their_text() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let names = ["=1+1", "+1", "-1", "@sum", "'=1+1", "'+1", "Ada \"L\", Byron", "\u{ff1d}1"];
    let mut ids = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let email = format!("user{number}@export.example");
        let mut body = json!({ "name": name, "email": email, "profile": {} });
        if number == 0 {
            body["phone"] = json!("+8801712345678");
            body["unique_id"] = json!("370911202104140038");
            body["profile"] = json!({
                "bio": "one\r\ntwo; \"three\"",
                "expertise": ["C; C++", "a\\b"],
            });
        }
        ids.push(create(&root, body).await);
    }
    indexed(&world).await;
    let path = format!(
        "{EXPORT}?sort=created_at&filter=email%20co%20%22%40export.example%22\
         &columns=name,phone,unique_id,bio,expertise"
    );
    let text = root.get(&path).await.text();
    assert!(text.starts_with("name,phone,unique_id,bio,expertise\r\n"), "{text}");
    let rows = records(&text);
    assert_eq!(rows.len(), names.len() + 1);
    for (row, name) in rows[1..].iter().zip(names) {
        let guard = if name.starts_with("Ada") { "" } else { "'" };
        assert_eq!(row[0], format!("{guard}{name}"));
    }
    let bio = "one\r\ntwo; \"three\"".replace("\r\n", "\n");
    assert_eq!(rows[1][1..3], ["'+8801712345678".to_owned(), "370911202104140038".to_owned()]);
    assert_eq!(rows[1][3].replace("\r\n", "\n"), bio);
    assert_eq!(rows[1][4], "C\\; C++; a\\\\b");
    let plain = root.get(&format!("{path}&csv_escape=none")).await.text();
    assert_eq!(records(&plain)[1][1], "+8801712345678");
}

#[tokio::test]
async fn a_table_begins_as_it_is_asked_to() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    indexed(&world).await;
    let with = root.get(&format!("{EXPORT}?columns=id,name&bom=true")).await;
    assert!(with.body.starts_with(b"\xef\xbb\xbfid,name\r\n"), "{}", with.text());
    assert_eq!(with.text().matches('\u{feff}').count(), 1);
    let encoded = root.get(&format!("{EXPORT}?columns=id%2Cname")).await;
    assert!(encoded.body.starts_with(b"id,name\r\n"), "{}", encoded.text());
    let without = root.get(EXPORT).await;
    assert!(without.body.starts_with(b"unique_id,id,name,email,"), "{}", without.text());
    assert_eq!(without.header("content-disposition"), "attachment; filename=\"users.csv\"");
    assert!(without.header("content-type").starts_with("text/csv"));
    let lines = root.get(&format!("{EXPORT}?format=ndjson&columns=name,is_admin,roles,age")).await;
    assert_eq!(lines.header("content-type"), "application/x-ndjson");
    let text = lines.text();
    assert!(text.starts_with("{\"name\":"), "columns keep their order: {text}");
    let row: Value = serde_json::from_str(text.trim()).expect("one line of JSON");
    let expected = json!({
        "name": row["name"], "is_admin": true, "roles": ["rootAdmin"], "age": null
    });
    assert_eq!(row, expected);
}

#[tokio::test]
async fn personal_columns_are_empty_for_who_may_not_see_them() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let clerk = world.staff("clerk", BuiltInRole::Staff).await;
    world
        .edit(clerk.id, |user| {
            user.grants.extend([Permission::UserExport]);
            user.denials.extend([Permission::UserView, Permission::SessionRead]);
        })
        .await;
    let body = json!({
        "name": "Ada", "email": "ada@export.example", "phone": "+8801712345678",
        "profile": { "date_of_birth": "2008-11-29", "address": "1 Street" },
    });
    create(&root, body).await;
    indexed(&world).await;
    let reply = clerk.get(EXPORT).await;
    reply.ok();
    let text = reply.text();
    for secret in ["@export.example", "8801712345678", "2008-11-29", "1 Street"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    assert!(records(&text).iter().all(|row| row.len() == records(&text)[0].len()));
    let redacted = reply.header("x-redacted-columns");
    assert!(redacted.starts_with("email, phone, ") && redacted.contains("age"), "{redacted}");
    let line = clerk.get(&format!("{EXPORT}?format=ndjson&columns=name,email")).await.text();
    let row: Value = serde_json::from_str(line.lines().next().expect("a line")).expect("JSON");
    assert_eq!((row.get("email"), &row["redacted"]), (None, &json!(["email"])));
    // A filter by what they may not see would tell it letter by letter.
    clerk.get(&format!("{EXPORT}?search=x&sort=email")).await.is(403, "PERMISSION_DENIED");
    let all = root.get(EXPORT).await;
    assert_eq!(all.header("x-redacted-columns"), "");
    assert!(all.text().contains("'+8801712345678"));
}

#[tokio::test]
async fn an_age_is_that_of_the_date_in_the_time_zone() {
    let world = world().await;
    let now: provost_domain::Timestamp = "2026-11-28T18:30:00Z".parse().expect("a time");
    world.advance(now.since(world.app.now()));
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let body = json!({
        "name": "Ada", "email": "ada@export.example", "profile": { "date_of_birth": "2008-11-29" },
    });
    create(&root, body).await;
    indexed(&world).await;
    let ages = async |query: &str| {
        let text = root.get(&format!("{EXPORT}?columns=age&search=ada&{query}")).await.text();
        records(&text)[1..].iter().map(|row| row[0].clone()).collect::<Vec<_>>()
    };
    assert_eq!(ages("tz=Asia/Dhaka").await, ["18"]);
    assert_eq!(ages("tz=UTC").await, ["17"]);
    assert_eq!(ages("tz=Asia/Dhaka&age_min=18").await, ["18"]);
    assert!(ages("tz=UTC&age_min=18").await.is_empty());
}

#[tokio::test]
async fn wrong_parameters_are_named_and_nothing_is_exported() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    root.get(EXPORT).await.is(503, "UNAVAILABLE");
    indexed(&world).await;
    for (query, field) in [
        ("page=1", "page"),
        ("limit=10", "limit"),
        ("cursor=x", "cursor"),
        ("explain=true", "explain"),
        ("columns=nmae", "columns"),
        ("columns=", "columns"),
        ("columns=id,", "columns"),
        ("columns=id%2Cid", "columns"),
        ("format=xlsx", "format"),
        ("format=csv,ndjson", "format"),
        ("bom=yes", "bom"),
        ("format=ndjson&bom=true", "bom"),
        ("csv_escape=off", "csv_escape"),
        ("async=1", "async"),
        ("recipients=age1x", "recipients[0]"),
        ("on_unavailable=skip", "on_unavailable"),
        ("status=", "status"),
        ("role=no-such-role", "role"),
    ] {
        let refused = root.get(&format!("{EXPORT}?{query}")).await;
        assert_eq!(refused.status(422)["errors"][0]["field"], field, "{query}");
    }
    let unknown = root.get(&format!("{EXPORT}?statuss=active")).await;
    assert_eq!(unknown.is(400, "UNKNOWN_PARAMETER")["suggestion"], "status");
    let entries = root.get("/api/admin/audit/logs?action=user.exported").await.ok();
    assert_eq!(entries["pagination"]["total"], 0);
}

#[tokio::test]
async fn only_who_may_export_does_and_each_export_is_an_entry() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let clerk = world.staff("clerk", BuiltInRole::Staff).await;
    let ada = world.person("ada").await;
    indexed(&world).await;
    world.anyone().get(EXPORT).await.is(401, "UNAUTHENTICATED");
    ada.get(EXPORT).await.is(403, "ADMIN_REQUIRED");
    clerk.get(EXPORT).await.is(403, "PERMISSION_DENIED");
    let with_reason = root.with_header("x-reason", "Asked by the board.");
    with_reason.get(&format!("{EXPORT}?search=ada")).await.ok();
    let entries = root.get("/api/admin/audit/logs?action=user.exported").await.ok();
    let entry = &entries["data"][0];
    assert_eq!(
        (
            &entry["reason"],
            &entry["changes"]["users"]["after"],
            &entry["changes"]["filter"]["after"]
        ),
        (&json!("Asked by the board."), &json!(1), &json!("search=ada"))
    );
    let job = root.get(&format!("{EXPORT}?async=true&format=ndjson")).await;
    assert_eq!(job.header("location"), "/api/users/me/export-jobs");
    let job = job.status(202);
    assert_eq!(
        (&job["user_id"], &job["status"], &job["categories"]),
        (&json!(root.id), &json!("queued"), &json!(["directory"]))
    );
    assert!(job["identity"].as_str().expect("a key").starts_with("AGE-SECRET-KEY-"));
    root.get(&format!("{EXPORT}?async=true")).await.is(409, "IN_PROGRESS");
    world.settle().await;
}
