//! A world with exports, and helpers that create them.

use provost_domain::ExportId;
use provost_local::Function;
use provost_store::item::Key;
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

pub async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("exports", fn_exports::routes().router(app.clone())),
            Function::http("accounts", fn_accounts::routes().router(app.clone())),
            Function::worker_over("outbox", app, fn_outbox::handle),
            Function::worker_over("export-worker", app, fn_export_worker::handle),
        ]
    })
    .await
}

/// Requests an export of a user; returns the job's id.
pub async fn asked(staff: &Someone<'_>, person: &Someone<'_>) -> String {
    staff.post(&format!("/api/admin/users/{}/export-job", person.id), json!({})).await.status(202)["id"].as_str().unwrap().to_owned()
}

/// Requests an export and has it written; returns the job's id.
pub async fn finished(world: &World, staff: &Someone<'_>, person: &Someone<'_>) -> String {
    let id = asked(staff, person).await;
    world.settle().await;
    assert_eq!(
        staff.get(&format!("/api/admin/export-jobs/{id}")).await.status(200)["status"],
        "completed"
    );
    id
}

/// The entries of the audit log, oldest first, as action and success.
pub async fn audited(world: &World) -> Vec<(String, bool)> {
    let table = &world.app.store().names().audit;
    let (keys, _) = world
        .app
        .store()
        .keys_of(table, &provost_store::audit::partition(&world.app.now().month()), None)
        .await
        .unwrap();
    let items = world.app.store().batch_get(table, keys, true).await.unwrap();
    let mut entries: Vec<_> = items
        .into_iter()
        .map(|item| {
            let text = |name: &str| item[name].as_s().unwrap().clone();
            (text("sk"), text("action"), *item["success"].as_bool().unwrap())
        })
        .collect();
    entries.sort();
    entries.into_iter().map(|(_, action, success)| (action, success)).collect()
}

/// The successful actions only.
pub async fn actions(world: &World) -> Vec<String> {
    audited(world)
        .await
        .into_iter()
        .filter(|(_, success)| *success)
        .map(|(action, _)| action)
        .collect()
}

pub fn job(path: &str) -> String {
    format!("/api/admin/export-jobs/{path}")
}

pub fn id(text: &str) -> ExportId {
    text.parse().unwrap()
}

/// Whether any item with this key in a table of the world contains a text.
pub async fn holds(world: &World, table: &str, key: Key, text: &str) -> bool {
    let items = world.app.store().batch_get(table, vec![key], true).await.unwrap();
    items.iter().any(|item| format!("{item:?}").contains(text))
}

pub fn code_of(body: &Value) -> &str {
    body["errors"][0]["field"].as_str().unwrap_or_default()
}
