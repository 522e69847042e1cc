//! A world with searchable data.

use provost_domain::{
    OrganisationId, ServerId, infrastructure::Server, organisation::Organisation, user::PortalTier,
};
use provost_local::Function;
use provost_testkit::{Someone, World};
use serde_json::Value;

/// The standard plans of every platform.
pub const PRO: &str = "prd_00000000000000000000000002";
pub const ENTERPRISE: &str = "prd_00000000000000000000000004";

pub async fn world() -> World {
    let world = World::of(|app| {
        vec![
            Function::http("directory", fn_directory::routes().router(app.clone())),
            Function::http("organisations", fn_organisations::routes().router(app.clone())),
            Function::http("infrastructure", fn_infrastructure::routes().router(app.clone())),
            Function::http("billing", fn_billing::routes().router(app.clone())),
            Function::http("deletions", fn_deletions::routes().router(app.clone())),
            Function::worker_over("deletion-worker", app, fn_deletion_worker::handle),
            Function::worker_over("index-worker", app, fn_index_worker::handle),
            Function::worker_over("outbox", app, fn_outbox::handle),
        ]
    })
    .await;
    world.app.store().seed_plans(world.app.now()).await.expect("the table responds");
    world
}

/// Percent-encodes a text for a query.
pub fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

/// The path of a search.
pub fn path(q: &str) -> String {
    format!("/api/admin/search?q={}", encoded(q))
}

/// The search results by kind.
pub async fn found(by: &Someone<'_>, q: &str) -> Value {
    by.get(&path(q)).await.ok()["groups"].clone()
}

/// The ids of a group's rows, in order.
pub fn ids(group: &Value) -> Vec<String> {
    field(group, "id")
}

/// One field of a group's rows, in order.
pub fn field(group: &Value, name: &str) -> Vec<String> {
    group["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| row[name].as_str().expect("a text").to_owned())
        .collect()
}

/// Creates an organisation of a user with a name and handle.
pub async fn organisation(
    world: &World,
    owner: &Someone<'_>,
    name: &str,
    handle: &str,
) -> OrganisationId {
    let id = world.app.id(OrganisationId::new);
    let organisation = Organisation {
        portal_tier: PortalTier::Enterprise,
        ..Organisation::found(id, name.to_owned(), handle.to_owned(), owner.id, world.app.now())
    };
    let mut tx = world.app.transaction();
    tx.create_organisation(&organisation).expect("an organisation");
    tx.commit().await.expect("the handle is available");
    id
}

/// A server of an organisation.
pub async fn server(world: &World, organisation: OrganisationId, name: &str) -> ServerId {
    let organisation = world
        .app
        .store()
        .organisation(organisation)
        .await
        .expect("the table responds")
        .expect("it exists");
    let server = Server {
        id: world.app.id(ServerId::new),
        organisation_id: organisation.id,
        name: name.to_owned(),
        node_id: None,
        created_at: world.app.now(),
    };
    let mut tx = world.app.transaction();
    tx.add_server(&server, &organisation, None).expect("a server");
    tx.commit().await.expect("there is room");
    server.id
}
