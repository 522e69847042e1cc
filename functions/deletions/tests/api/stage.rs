//! Shared test setup: the functions involved, and helpers that read the stored data directly.

use provost_app::App;
use provost_local::Function;
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

/// The functions that a deletion needs to complete.
pub fn functions(app: &App) -> Vec<Function> {
    vec![
        Function::http("deletions", fn_deletions::routes().router(app.clone())),
        Function::http("accounts", fn_accounts::routes().router(app.clone())),
        Function::worker_over("outbox", app, fn_outbox::handle),
        Function::worker_over("deletion-worker", app, fn_deletion_worker::handle),
    ]
}

/// A world with these functions.
pub async fn world() -> World {
    World::of(functions).await
}

/// Requests the deletion of the user's own account and returns the response.
pub async fn asked(person: &Someone<'_>) -> Value {
    person
        .post("/api/users/me/deletion-request", json!({ "reason": "I have had enough" }))
        .await
        .status(202)
}

/// The id in a response.
pub fn id(answer: &Value) -> String {
    answer["id"].as_str().expect("an id").to_owned()
}

/// The number of audit entries of this action.
pub async fn audited(world: &World, action: &str) -> usize {
    let entries = world
        .emulators
        .dynamodb()
        .scan()
        .table_name(&world.app.store().names().audit)
        .send()
        .await
        .expect("the table responds");
    entries
        .items()
        .iter()
        .filter(|item| {
            item.get("action")
                .and_then(|value| value.as_s().ok())
                .is_some_and(|found| found == action)
        })
        .count()
}

/// Every item of every table, and every object with its body, as one string.
pub async fn everything(world: &World) -> String {
    let (dynamo, s3, names) =
        (world.emulators.dynamodb(), world.emulators.s3(), world.app.store().names());
    let mut text = String::new();
    for table in
        [&names.accounts, &names.organisations, &names.operations, &names.catalogue, &names.audit]
    {
        let found = dynamo.scan().table_name(table).send().await.expect("the table responds");
        assert!(found.last_evaluated_key().is_none(), "the search sees only a page of {table}");
        text.push_str(&format!("{:?}", found.items()));
    }
    for bucket in [&names.files, &names.exports] {
        for object in s3
            .list_objects_v2()
            .bucket(bucket)
            .send()
            .await
            .expect("the bucket responds")
            .contents()
        {
            let key = object.key().unwrap_or_default();
            let body = s3
                .get_object()
                .bucket(bucket)
                .key(key)
                .send()
                .await
                .expect("the object exists")
                .body
                .collect()
                .await
                .expect("its bytes")
                .into_bytes();
            text.push_str(&format!("{key} {}", String::from_utf8_lossy(&body)));
        }
    }
    text.to_lowercase()
}
