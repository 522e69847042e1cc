//! The organisation that every story here is about, and its people.

use provost_domain::{
    OrganisationId, UserId,
    organisation::{Member, MemberRole, Organisation},
    principal::PortalTier,
};
use provost_local::Function;
use provost_testkit::{Someone, World};
use serde_json::Value;

pub async fn world() -> World {
    World::of(|app| vec![Function::http("infrastructure", fn_infrastructure::routes().router(app.clone()))]).await
}

/// An organisation that belongs to someone, and where it is.
pub async fn found(world: &World, owner: &Someone<'_>, handle: &str, tier: PortalTier) -> (OrganisationId, String) {
    let id = world.app.id(OrganisationId::new);
    let organisation =
        Organisation { portal_tier: tier, ..Organisation::found(id, handle.to_owned(), handle.to_owned(), owner.id, world.app.now()) };
    let mut tx = world.app.transaction();
    tx.create_organisation(&organisation).expect("an organisation");
    tx.commit().await.expect("the handle is free");
    (id, format!("/api/organisations/{id}"))
}

pub async fn join(world: &World, organisation_id: OrganisationId, member_id: UserId, role: MemberRole) {
    let mut tx = world.app.transaction();
    tx.add_member(&Member { organisation_id, member_id, role, joined_at: world.app.now() }).expect("a member");
    tx.commit().await.expect("nobody else joins");
}

/// Gives an organisation another tier behind the API's back.
pub async fn set_tier(world: &World, id: OrganisationId, tier: PortalTier) {
    let organisation = world.app.store().organisation(id).await.expect("the table answers").expect("an organisation");
    let mut tx = world.app.transaction();
    tx.save_organisation(&Organisation { portal_tier: tier, ..organisation }).expect("an organisation");
    tx.commit().await.expect("nobody else writes");
}

/// The actions of an organisation's activity, in alphabetical order: the clock stands still, so the entries have no order of their own.
pub async fn activity(world: &World, id: OrganisationId) -> Vec<String> {
    let request = provost_domain::page::PageRequest { from: provost_domain::page::PageFrom::Page(1), limit: 200 };
    let mut actions: Vec<_> =
        world.app.store().activity(id, &request).await.expect("the table answers").rows.into_iter().map(|entry| entry.action).collect();
    actions.sort();
    actions
}

/// How many entries of the audit log there are of an action.
pub async fn audited(world: &World, action: &str) -> usize {
    let store = world.app.store();
    let scan = store.dynamo().scan().table_name(&store.names().audit).send().await.expect("the table answers");
    scan.items().iter().filter(|item| item.get("action").and_then(|value| value.as_s().ok()).is_some_and(|found| found == action)).count()
}

/// How many items of the table of organisations have a partition that begins so.
pub async fn items(world: &World, partition: &str) -> usize {
    let store = world.app.store();
    let scan = store.dynamo().scan().table_name(&store.names().organisations).send().await.expect("the table answers");
    scan.items()
        .iter()
        .filter(|item| item.get("pk").and_then(|value| value.as_s().ok()).is_some_and(|found| found.starts_with(partition)))
        .count()
}

pub fn id(body: &Value) -> String {
    body["id"].as_str().expect("an id").to_owned()
}
