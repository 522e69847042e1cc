//! This release reads the data of earlier ones. A user with one item of every kind was recorded
//! with each release; here that user signs in, is found, exported and erased.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
};

use aws_sdk_dynamodb::types::AttributeValue;
use base64::{Engine, engine::general_purpose::STANDARD};
use provost_domain::{BuiltInRole, ExportId, UserId, export::object_key};
use provost_testkit::{Someone, World, people::PASSWORD};
use serde_json::{Map, Value, json};

type Item = HashMap<String, AttributeValue>;

/// The folder of the recorded releases.
fn releases() -> PathBuf {
    crate::project().join("infra/releases")
}

/// An attribute in DynamoDB's own JSON.
fn to_json(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::Bool(truth) => json!({ "BOOL": truth }),
        AttributeValue::Null(_) => json!({ "NULL": true }),
        AttributeValue::L(list) => json!({ "L": list.iter().map(to_json).collect::<Vec<_>>() }),
        AttributeValue::M(map) => {
            json!({ "M": map.iter().map(|(name, value)| (name.clone(), to_json(value))).collect::<Map<_, _>>() })
        }
        other => panic!("no item has a {other:?} so far: add it here and below"),
    }
}

fn from_json(value: &Value) -> AttributeValue {
    let (kind, content) =
        value.as_object().and_then(|object| object.iter().next()).expect("one type");
    let text = || content.as_str().expect("text").to_owned();
    match kind.as_str() {
        "S" => AttributeValue::S(text()),
        "N" => AttributeValue::N(text()),
        "BOOL" => AttributeValue::Bool(content == true),
        "NULL" => AttributeValue::Null(true),
        "L" => {
            AttributeValue::L(content.as_array().expect("a list").iter().map(from_json).collect())
        }
        "M" => AttributeValue::M(item_from_json(content)),
        other => panic!("no release writes {other}"),
    }
}

fn item_from_json(item: &Value) -> Item {
    item.as_object()
        .expect("a map")
        .iter()
        .map(|(name, value)| (name.clone(), from_json(value)))
        .collect()
}

/// Exports a user and returns the number of records in each file of the archive.
async fn exported(world: &World, root: &Someone<'_>, user: UserId) -> BTreeMap<String, u64> {
    let asked = root
        .post(&format!("/api/admin/users/{user}/export-job"), json!({ "reason": "A copy." }))
        .await;
    let asked = asked.status(202);
    let id: ExportId = asked["id"].as_str().expect("an id").parse().expect("an id");
    let identity = provost_archive::Identity::parse(asked["identity"].as_str().expect("a key"))
        .expect("a key");
    world.settle().await;
    let store = world.app.store();
    let body = store
        .open_object(&store.names().exports, &object_key(id))
        .await
        .expect("the bucket responds")
        .expect("an archive");
    let archive = body.collect().await.expect("its bytes").into_bytes();
    let report = provost_archive::verify(std::io::Cursor::new(archive), &identity)
        .expect("every hash of the manifest matches");
    let flagged = |name: &str| name.ends_with("song.mp3");
    assert!(report.manifest.gaps.iter().all(|gap| flagged(&gap.name)), "nothing is missing");
    report.manifest.members.iter().map(|member| (member.name.clone(), member.records)).collect()
}

/// Writes the items and objects of a world with one user who has items of every kind, and the
/// content of an export of that user, for `infra/releases/record.sh`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes a file; infra/releases/record.sh runs it"]
#[expect(clippy::disallowed_methods, reason = "the caller of this test names a folder")]
async fn record_items() {
    let folder =
        std::env::var("RELEASE_FOLDER").expect("RELEASE_FOLDER names the folder of the release");
    let world = crate::world().await;
    let (ada, eve, root) = (
        world.person("ada").await,
        world.person("eve").await,
        world.staff("grace", BuiltInRole::RootAdmin).await,
    );
    world.give_everything(ada.id).await;
    exported(&world, &root, ada.id).await;
    let jobs = root.get(&format!("/api/admin/export-jobs?userId={}", ada.id)).await.status(200);
    let job = jobs["data"][0]["id"].as_str().expect("an id").to_owned();
    let once = root.with_header("idempotency-key", "recorded-for-a-release");
    once.post(
        &format!("/api/admin/export-jobs/{job}/share-link"),
        json!({ "note": "For the archive." }),
    )
    .await
    .status(201);
    let request = eve.post("/api/users/me/deletion-request", json!({})).await.status(202);
    let held = request["id"].as_str().expect("an id").to_owned();
    root.post(
        &format!("/api/admin/deletions/{held}/hold"),
        json!({ "reason": "A court asked for it." }),
    )
    .await
    .status(200);
    root.post("/api/admin/fraud-scan-all", json!({ "dryRun": true })).await.status(202);
    world.settle().await;
    let mut tables = Map::new();
    let dynamo = world.emulators.dynamodb();
    for table in &world.infrastructure().tables {
        let mut pages = dynamo
            .scan()
            .table_name(world.emulators.name(&table.name))
            .into_paginator()
            .items()
            .send();
        let mut items = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.expect("the table responds");
            items.push(
                item.iter()
                    .map(|(name, value)| (name.clone(), to_json(value)))
                    .collect::<BTreeMap<_, _>>(),
            );
        }
        items.sort_by_key(|item| (item["pk"].to_string(), item["sk"].to_string()));
        tables.insert(table.name.clone(), serde_json::to_value(items).expect("JSON"));
    }
    let s3 = world.emulators.s3();
    let mut objects = Vec::new();
    for bucket in &world.infrastructure().buckets {
        let name = world.emulators.name(&bucket.name);
        for object in
            s3.list_objects_v2().bucket(&name).send().await.expect("the bucket responds").contents()
        {
            let key = object.key().unwrap_or_default();
            let got = s3.get_object().bucket(&name).key(key).send().await.expect("the object");
            let kind = got.content_type().map(str::to_owned);
            let bytes = got.body.collect().await.expect("its bytes").into_bytes();
            objects.push(json!({ "bucket": bucket.name, "key": key, "type": kind, "bytes": STANDARD.encode(bytes) }));
        }
    }
    // Exported last, so that the counts match the recorded items.
    let export = exported(&world, &root, ada.id).await;
    let recorded = json!({ "held": held, "user": ada.id, "email": ada.email, "now": world.app.now(), "export": export, "tables": tables, "objects": objects });
    let text = serde_json::to_string_pretty(&recorded).expect("JSON");
    fs::write(Path::new(&folder).join("items.json"), text + "\n")
        .expect("the folder can be written");
}

/// A world with the data that a release recorded.
async fn restored(recorded: &Value) -> World {
    let world = crate::world().await;
    let dynamo = world.emulators.dynamodb();
    for (table, items) in recorded["tables"].as_object().expect("tables") {
        for item in items.as_array().expect("items") {
            let put = dynamo
                .put_item()
                .table_name(world.emulators.name(table))
                .set_item(Some(item_from_json(item)));
            put.send().await.expect("the item is written");
        }
    }
    let s3 = world.emulators.s3();
    for object in recorded["objects"].as_array().expect("objects") {
        let text = |name: &str| object[name].as_str().expect("text").to_owned();
        let body = STANDARD.decode(text("bytes")).expect("base64");
        let put = s3
            .put_object()
            .bucket(world.emulators.name(&text("bucket")))
            .key(text("key"))
            .body(body.into());
        put.set_content_type(object["type"].as_str().map(str::to_owned))
            .send()
            .await
            .expect("the object is written");
    }
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_of_an_earlier_release_signs_in_is_exported_and_is_erased() {
    let mut read = 0;
    for release in fs::read_dir(releases()).expect("the folder of releases") {
        let file = release.expect("an entry").path().join("items.json");
        if !file.exists() {
            continue;
        }
        read += 1;
        let recorded: Value =
            serde_json::from_slice(&fs::read(&file).expect("a file")).expect("JSON");
        let world = restored(&recorded).await;
        let user: UserId = recorded["user"].as_str().expect("an id").parse().expect("an id");
        let name = file.display();

        let credentials = json!({ "email": recorded["email"], "password": PASSWORD });
        let tokens = world.anyone().post("/api/sessions/login", credentials).await;
        assert!(tokens.status(200)["accessToken"].is_string(), "{name}");

        let root = world.staff("root", BuiltInRole::RootAdmin).await;
        assert_eq!(
            root.get(&format!("/api/admin/users/{user}")).await.status(200)["id"],
            user.to_string(),
            "{name}"
        );
        for list in
            ["users", "fraud-alerts", "verifications", "audit/logs", "deletions", "email/logs"]
        {
            root.get(&format!("/api/admin/{list}?limit=200")).await.status(200);
        }

        let held = format!("/api/admin/deletions/{}", recorded["held"].as_str().expect("an id"));
        assert_eq!(root.get(&held).await.status(200)["status"], "held", "{name}");
        root.post(&format!("{held}/expedite"), json!({ "reason": "Now." }))
            .await
            .is(423, "LEGAL_HOLD");

        let before: BTreeMap<String, u64> =
            serde_json::from_value(recorded["export"].clone()).expect("counts");
        let now = exported(&world, &root, user).await;
        // An object is one member; later releases may give it another name.
        let files = |members: &BTreeMap<String, u64>| {
            members.keys().filter(|name| name.starts_with("files/")).count()
        };
        assert!(
            files(&now) >= files(&before),
            "{name}: {} objects, {} before",
            files(&now),
            files(&before)
        );
        for (member, records) in before.iter().filter(|(member, _)| !member.starts_with("files/")) {
            // Later events, such as the sign-in above, add records; none may be lost.
            assert!(
                now.get(member).is_some_and(|count| count >= records),
                "{name}: {member} had {records} records, and has {:?}",
                now.get(member)
            );
        }

        let purge = json!({ "confirmDelete": true, "reason": "Asked for in writing." });
        root.delete_with(&format!("/api/admin/users/{user}"), purge).await.status(202);
        world.settle().await;
        root.get(&format!("/api/admin/users/{user}")).await.status(404);
    }
    assert!(read > 0, "no release has an items.json; infra/releases/record.sh writes it");
}
