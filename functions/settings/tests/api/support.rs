//! A world with the function, and a bucket at the store that the tests embed.

use provost_app::App;
use provost_domain::{BuiltInRole, OrganisationId, UserId, organisation::Organisation};
use provost_local::Function;
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

pub const BUCKETS: &str = "/api/admin/storage/buckets";

fn functions(app: &App) -> Vec<Function> {
    vec![
        Function::http("settings", fn_settings::routes().router(app.clone())),
        Function::http("accounts", fn_accounts::routes().router(app.clone())),
        Function::http("staff-users", fn_staff_users::routes().router(app.clone())),
        Function::http("sessions", fn_sessions::routes().router(app.clone())),
    ]
}

pub async fn world() -> World {
    World::of(functions).await
}

/// A world in which these origins are served by others.
pub async fn world_with_stand_ins(stand_ins: &str) -> World {
    World::with("OUTBOUND_STAND_INS", stand_ins, functions).await
}

pub async fn root(world: &World) -> Someone<'_> {
    world.staff("root", BuiltInRole::RootAdmin).await
}

/// A valid request for a bucket that exists at the embedded store.
pub async fn bucket_at_store(world: &World, name: &str) -> Value {
    world.app.store().s3().create_bucket().bucket(name).send().await.expect("a bucket");
    let settings = world.emulators.settings();
    json!({
        "name": "Course material",
        "bucket": name,
        "region": settings["AWS_REGION"],
        "endpoint": settings["AWS_ENDPOINT_URL_S3"],
        "accessKeyId": settings["AWS_ACCESS_KEY_ID"],
        "secretAccessKey": settings["AWS_SECRET_ACCESS_KEY"],
    })
}

/// The same request with other values.
pub fn with(mut body: Value, changed: Value) -> Value {
    for (name, value) in changed.as_object().expect("an object") {
        body[name] = value.clone();
    }
    body
}

/// A configuration at a store that nobody reaches.
pub fn elsewhere() -> Value {
    json!({
        "name": "Elsewhere",
        "bucket": "elsewhere",
        "region": "auto",
        "endpoint": "https://objects.example.net",
        "accessKeyId": "AKIAELSEWHERE",
        "secretAccessKey": "a-secret-of-elsewhere",
    })
}

pub fn path(bucket: &Value) -> String {
    format!("{BUCKETS}/{}", bucket["id"].as_str().expect("an id"))
}

pub async fn squad(world: &World, owner: UserId) -> OrganisationId {
    let id = world.app.id(OrganisationId::new);
    let mut tx = world.app.transaction();
    let squad = Organisation::found(id, "Apex".into(), "apex".into(), owner, world.app.now());
    tx.create_organisation(&squad).expect("an organisation");
    tx.commit().await.expect("the handle is free");
    id
}

/// Every item of a table, each as a text.
#[expect(clippy::disallowed_methods, reason = "a test looks into whole tables")]
pub async fn items(world: &World, table: &str) -> Vec<String> {
    let (mut texts, mut after) = (Vec::new(), None);
    loop {
        let scan = world.emulators.dynamodb().scan().table_name(table);
        let found = scan.set_exclusive_start_key(after).send().await.expect("the table responds");
        texts.extend(found.items().iter().map(|item| format!("{item:?}")));
        match found.last_evaluated_key {
            Some(key) => after = Some(key),
            None => return texts,
        }
    }
}

/// Request to assign a bucket to a user, without an email.
pub fn quietly(bucket: &Value) -> Value {
    json!({ "bucketId": bucket, "sendCredentials": false })
}
