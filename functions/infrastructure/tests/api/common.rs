//! The organisation that the tests use, and its members.

use http::Method;
use provost_domain::{
    OrganisationId, UserId,
    organisation::{Member, MemberRole, Organisation},
    user::PortalTier,
};
use provost_local::Function;
use provost_testkit::{Reply, Someone, World};
use serde_json::{Value, json};

pub async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("infrastructure", fn_infrastructure::routes().router(app.clone())),
            Function::http("organisations", fn_organisations::routes().router(app.clone())),
        ]
    })
    .await
}

/// Creates an organisation for a user. Returns its id and its path.
pub async fn found(
    world: &World,
    owner: &Someone<'_>,
    handle: &str,
    tier: PortalTier,
) -> (OrganisationId, String) {
    let id = world.app.id(OrganisationId::new);
    let organisation = Organisation {
        portal_tier: tier,
        ..Organisation::found(id, handle.to_owned(), handle.to_owned(), owner.id, world.app.now())
    };
    let mut tx = world.app.transaction();
    tx.create_organisation(&organisation).expect("an organisation");
    tx.commit().await.expect("the handle is free");
    (id, format!("/api/organisations/{id}"))
}

pub async fn join(
    world: &World,
    organisation_id: OrganisationId,
    member_id: UserId,
    role: MemberRole,
) {
    let mut tx = world.app.transaction();
    tx.add_member(&Member { organisation_id, member_id, role, joined_at: world.app.now() })
        .expect("a member");
    tx.commit().await.expect("no concurrent write");
}

/// Changes an organisation's tier directly in the table.
pub async fn set_tier(world: &World, id: OrganisationId, tier: PortalTier) {
    let organisation = world
        .app
        .store()
        .organisation(id)
        .await
        .expect("the table responds")
        .expect("an organisation");
    let mut tx = world.app.transaction();
    tx.save_organisation(&Organisation { portal_tier: tier, ..organisation })
        .expect("an organisation");
    tx.commit().await.expect("no concurrent write");
}

/// The actions of an organisation's activity, sorted alphabetically: the clock does not advance, so
/// the entries have no order of their own.
pub async fn activity(world: &World, id: OrganisationId) -> Vec<String> {
    let request = provost_domain::page::PageRequest {
        from: provost_domain::page::PageFrom::Page(1),
        limit: 200,
    };
    let mut actions: Vec<_> = world
        .app
        .store()
        .activity(id, &request)
        .await
        .expect("the table responds")
        .rows
        .into_iter()
        .map(|entry| entry.action)
        .collect();
    actions.sort();
    actions
}

/// Every item of a table, as JSON.
// Only tests scan whole tables.
#[allow(
    clippy::disallowed_methods,
    reason = "a test looks into whole tables, which no function may"
)]
pub async fn rows(world: &World, table: &str) -> Vec<Value> {
    let scan = world
        .app
        .store()
        .dynamo()
        .scan()
        .table_name(table)
        .send()
        .await
        .expect("the table responds");
    scan.items()
        .iter()
        .map(|item| {
            provost_store::item::decode("anything", item.clone()).expect("the item can be decoded")
        })
        .collect()
}

/// The entries of the audit log.
pub async fn entries(world: &World) -> Vec<Value> {
    rows(world, &world.app.store().names().audit).await
}

/// The number of audit entries with this action.
pub async fn audited(world: &World, action: &str) -> usize {
    entries(world).await.iter().filter(|entry| entry["action"] == action).count()
}

/// The number of items in the organisations table whose partition key starts with this prefix.
pub async fn items(world: &World, partition: &str) -> usize {
    let rows = rows(world, &world.app.store().names().organisations).await;
    rows.iter()
        .filter(|item| item["pk"].as_str().is_some_and(|pk| pk.starts_with(partition)))
        .count()
}

pub fn id(body: &Value) -> String {
    body["id"].as_str().expect("an id").to_owned()
}

/// Everything in the organisations table, and the number of audit entries about changes: a refused
/// request must not change either.
pub async fn everything(world: &World) -> (Vec<String>, usize) {
    let mut items: Vec<String> = rows(world, &world.app.store().names().organisations)
        .await
        .iter()
        .map(ToString::to_string)
        .collect();
    items.sort();
    (items, entries(world).await.iter().filter(|entry| entry["success"] == true).count())
}

/// Adds a zone and publishes its challenge, so that the verification succeeds.
pub async fn add_zone(world: &World, owner: &Someone<'_>, org: &str, name: &str) -> Value {
    let zone = owner.post(&format!("{org}/dns/zones"), json!({"name": name})).await.status(201);
    let text = |field: &str| zone["challenge"][field].as_str().expect("a challenge").to_owned();
    world.resolver.set_txt(&text("name"), &[&text("value")]);
    zone
}

/// An organisation with one resource of every kind, and their paths.
pub struct Estate {
    pub id: OrganisationId,
    pub org: String,
    pub server: String,
    pub node: String,
    pub zone: String,
    pub record: String,
}

impl Estate {
    /// Creates an enterprise organisation with a dedicated node, a server on it, and a zone with a
    /// record.
    pub async fn of(world: &World, owner: &Someone<'_>, staff: &Someone<'_>, handle: &str) -> Self {
        let (id_, org) = found(world, owner, handle, PortalTier::Enterprise).await;
        let node = id(&staff
            .post("/api/nodes", json!({"name": handle, "fqdn": format!("{handle}.nodes.example")}))
            .await
            .status(201));
        staff
            .post(&format!("/api/nodes/{node}/assign-org"), json!({"organisationId": id_}))
            .await
            .status(200);
        let server = id(&owner
            .post(&format!("{org}/servers"), json!({"name": "game", "nodeId": node}))
            .await
            .status(201));
        let zone = id(&add_zone(world, owner, &org, &format!("{handle}.example")).await);
        let write = json!({"name": "www", "type": "A", "content": "192.0.2.1"});
        let record =
            id(&owner.post(&format!("{org}/dns/zones/{zone}/records"), write).await.status(201));
        Self { id: id_, org, server, node, zone, record }
    }

    /// Each route of this organisation with a valid body: method, path, body, whether it changes
    /// something.
    pub fn routes(&self) -> Vec<(Method, String, Value, bool)> {
        let Self { org, server, zone, record, .. } = self;
        let write = json!({"name": "shop", "type": "A", "content": "192.0.2.2"});
        let zones = format!("{org}/dns/zones");
        let records = format!("{zones}/{zone}/records");
        vec![
            (Method::GET, format!("{org}/servers"), Value::Null, false),
            (Method::POST, format!("{org}/servers"), json!({"name": "another"}), true),
            (Method::DELETE, format!("{org}/servers/{server}"), Value::Null, true),
            (Method::GET, format!("{org}/nodes"), Value::Null, false),
            (Method::GET, zones.clone(), Value::Null, false),
            (Method::POST, zones.clone(), json!({"name": "another.example"}), true),
            (Method::GET, format!("{zones}/{zone}"), Value::Null, false),
            (Method::DELETE, format!("{zones}/{zone}"), Value::Null, true),
            (Method::POST, format!("{zones}/{zone}/verify"), Value::Null, true),
            (Method::GET, format!("{zones}/{zone}/zone-file"), Value::Null, false),
            (Method::GET, records.clone(), Value::Null, false),
            (Method::POST, records.clone(), write, true),
            (
                Method::PUT,
                format!("{records}/{record}"),
                json!({"name": "shop", "type": "A", "content": "192.0.2.3"}),
                true,
            ),
            (Method::DELETE, format!("{records}/{record}"), Value::Null, true),
        ]
    }

    /// The staff routes for its node.
    pub fn staff_routes(&self) -> Vec<(Method, String, Value)> {
        vec![
            (Method::GET, "/api/nodes".to_owned(), Value::Null),
            (
                Method::POST,
                "/api/nodes".to_owned(),
                json!({"name": "n", "fqdn": "another.nodes.example"}),
            ),
            (
                Method::POST,
                format!("/api/nodes/{}/assign-org", self.node),
                json!({"organisationId": null}),
            ),
        ]
    }
}

/// Sends a request with a body, or without one if the body is null.
pub async fn ask(by: &Someone<'_>, method: &Method, path: &str, body: &Value) -> Reply {
    if body.is_null() {
        return by.ask(method.clone(), path, "", bytes::Bytes::new()).await;
    }
    by.ask(method.clone(), path, "application/json", bytes::Bytes::from(body.to_string())).await
}
