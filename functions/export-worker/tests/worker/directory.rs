//! Exports of the users of the platform: as their requester may see them, whole wherever the worker
//! is killed.

use provost_archive::Identity;
use provost_domain::{BuiltInRole, ExportId, Permission, export::ExportStatus, time::MINUTE};
use provost_local::Function;
use provost_testkit::{KillPoint, Someone, World};
use serde_json::Value;

use crate::support::{deliver, event, job, lines, members, open_uploads};

const EXPORT: &str = "/v1/users/bulk/export";

async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("directory", fn_directory::routes().router(app.clone())),
            Function::worker_over("index-worker", app, fn_index_worker::handle),
            Function::worker_over("outbox", app, fn_outbox::handle),
            Function::worker_over("export-worker", app, fn_export_worker::handle),
        ]
    })
    .await
}

async fn indexed(world: &World) {
    world.settle().await;
    world.pass(2_000).await;
}

async fn request(by: &Someone<'_>, query: &str) -> (ExportId, Identity) {
    let identity = Identity::generate();
    let recipient = identity.recipient().to_string();
    let path = format!("{EXPORT}?{query}&recipients={recipient}");
    let made = by.get(&path).await.status(202);
    (made["id"].as_str().expect("an id").parse().expect("an id"), identity)
}

#[tokio::test]
async fn the_archive_has_the_users_of_the_request() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    for name in ["ada", "bela", "cleo"] {
        world.person(name).await;
    }
    indexed(&world).await;
    let total = root.get("/v1/users?sort=created_at").await.ok()["pagination"]["total"].clone();
    let (id, identity) = request(&root, "sort=created_at&columns=id,email,age").await;
    world.settle().await;
    let members_of = members(&world, id, &identity).await;
    let table = &members_of["users.csv"];
    assert!(table.starts_with("id,email,age\r\n"), "{table}");
    assert_eq!(table.lines().count() as u64 - 1, total.as_u64().expect("a total"));
    let manifest: Value = serde_json::from_str(&members_of["manifest.json"]).expect("JSON");
    assert!(manifest.to_string().contains("users.csv"), "{manifest}");
    assert!(!members_of.contains_key("profile.json"));

    let (id, identity) = request(&root, "search=bela&format=ndjson&columns=email").await;
    world.settle().await;
    let members_of = members(&world, id, &identity).await;
    let rows = lines(&members_of["users.ndjson"]);
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert!(rows[0]["email"].as_str().expect("an address").starts_with("bela@"));
}

#[tokio::test]
async fn the_rights_of_the_requester_count_when_it_is_written() {
    let world = world().await;
    let clerk = world.staff("clerk", BuiltInRole::Staff).await;
    world.edit(clerk.id, |user| user.grants.extend([Permission::UserExport])).await;
    world.person("ada").await;
    indexed(&world).await;
    let (id, identity) = request(&clerk, "columns=name,address").await;
    world.settle().await;
    let first = members(&world, id, &identity).await;
    assert!(first["users.csv"].starts_with("name,address\r\n"));
    assert!(first["manifest.json"].contains("may not see them: address"));
    let (id, identity) = request(&clerk, "columns=name").await;
    world.edit(clerk.id, |user| user.grants.clear()).await;
    world.settle().await;
    let second = members(&world, id, &identity).await;
    assert!(!second.contains_key("users.csv"), "{:?}", second.keys());
    assert!(second["manifest.json"].contains("may not export users any more"));
}

#[tokio::test]
async fn the_query_is_stored_encrypted() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    indexed(&world).await;
    let (id, _) = request(&root, "search=Lovelace").await;
    let stored = serde_json::to_string(&job(&world, id).await).expect("JSON");
    assert!(!stored.contains("Lovelace"), "{stored}");
    world.settle().await;
}

#[tokio::test]
async fn an_export_of_users_killed_at_any_call_ends_complete() {
    let world = world().await;
    let mut root = world.staff("root", BuiltInRole::RootAdmin).await;
    for number in 0..5 {
        world.person(&format!("user{number}")).await;
    }
    indexed(&world).await;
    let (id, _) = request(&root, "columns=id").await;
    world.interceptor.reset();
    assert!(!deliver(&world, id).await);
    let calls = world.interceptor.calls();
    assert!(calls > 8, "{:?}", world.interceptor.log());
    for point in (1..=calls).flat_map(|call| [KillPoint::Before(call), KillPoint::After(call)]) {
        world.advance(MINUTE);
        root.renew().await;
        let (id, identity) = request(&root, "columns=id").await;
        let run = fn_export_worker::handle(
            world.app.clone(),
            event(&[id]),
            provost_jobs::Deadline::within(crate::support::AMPLE),
        );
        world.interceptor.kill_at(point);
        let survived = world.interceptor.until_killed(run).await;
        world.interceptor.reset();
        assert!(survived.is_none(), "{point:?} was reached");
        for _ in 0..3 {
            if !deliver(&world, id).await {
                break;
            }
        }
        assert_eq!(job(&world, id).await.status, ExportStatus::Completed, "{point:?}");
        let members = members(&world, id, &identity).await;
        assert_eq!(members["users.csv"].lines().count(), 7, "{point:?}");
    }
    let later = world.app.now().plus(provost_domain::time::DAY * 3);
    world.app.store().abort_orphaned_uploads(later).await.expect("the bucket responds");
    assert_eq!(open_uploads(&world).await, 0);
    world.settle().await;
}
