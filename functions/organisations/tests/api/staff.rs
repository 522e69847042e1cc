//! Changes by staff in organisations: reasons are recorded, staff act as staff whatever their role
//! in the organisation is, and affected members are notified.

use provost_domain::{
    BuiltInRole, UserId,
    page::{PageFrom, PageRequest},
    time::MINUTE,
};
use provost_testkit::World;
use serde_json::json;

use crate::common::{found, hand_over, join, pixel, world};

/// The reasons in the audit log, each with its action.
async fn reasons(world: &World) -> Vec<(String, String)> {
    let store = world.app.store();
    let scan = store
        .dynamo()
        .scan()
        .table_name(&store.names().audit)
        .send()
        .await
        .expect("the table responds");
    let text = |item: &provost_store::item::Item, name: &str| {
        item.get(name).and_then(|value| value.as_s().ok().cloned())
    };
    let mut all: Vec<_> = scan
        .items()
        .iter()
        .filter_map(|item| Some((text(item, "action")?, text(item, "reason")?)))
        .collect();
    all.sort();
    all
}

/// The titles and bodies of a user's notifications.
async fn notices(world: &World, user: UserId) -> Vec<String> {
    let request = PageRequest { from: PageFrom::Page(1), limit: 200 };
    world
        .app
        .store()
        .notifications(user, &request, world.app.now())
        .await
        .expect("notifications")
        .rows
        .into_iter()
        .map(|notice| notice.body)
        .collect()
}

#[tokio::test]
async fn the_reason_of_every_change_by_staff_is_recorded() {
    let world = world().await;
    let ada = world.person("ada").await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let org = found(&ada, "apex-gaming").await;
    let body = json!({"email": "someone@example.org", "reason": "asked by the owner"});
    let invited = grace.post(&format!("{org}/invite"), body).await.status(201);
    let invite = format!("{org}/invite/{}", invited["id"].as_str().expect("an id"));
    world.advance(MINUTE);
    grace
        .with_header("x-reason", "it was lost")
        .post(&format!("{invite}/resend"), json!({}))
        .await
        .ok();
    grace.with_header("x-reason", "it was a mistake").delete(&invite).await.status(204);
    let avatar = format!("{org}/avatar");
    grace
        .with_header("x-reason", "the old one offends")
        .ask(http::Method::POST, &avatar, "image/png", pixel())
        .await
        .ok();
    let kept = |action: &str, reason: &str| (format!("organisation.{action}"), reason.to_owned());
    assert_eq!(
        reasons(&world).await,
        [
            kept("avatar_changed", "the old one offends"),
            kept("invite_resent", "it was lost"),
            kept("invite_revoked", "it was a mistake"),
            kept("invite_sent", "asked by the owner"),
        ]
    );
    world.settle().await;
}

#[tokio::test]
async fn setting_a_tier_is_a_staff_action() {
    let world = world().await;
    let ada = world.person("ada").await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let org = found(&ada, "apex-gaming").await;
    join(&ada, &org, &grace, "admin").await;
    grace.put(&org, json!({"name": "Apex"})).await.ok();
    grace.put(&org, json!({"portalTier": "paid"})).await.ok();
    let activity = ada.get(&format!("{org}/activity")).await.ok();
    let updates: Vec<_> = activity["data"]
        .as_array()
        .expect("rows")
        .iter()
        .filter(|row| row["action"] == "organisation.updated")
        .collect();
    let actor = |field: &str| {
        updates.iter().find(|row| row["changes"].get(field).is_some()).expect("an entry")["actor"]
            .clone()
    };
    assert_eq!(actor("portalTier"), json!({"type": "staff"}));
    assert_eq!(actor("name"), json!({"type": "user", "id": grace.id.to_string()}));
    world.settle().await;
}

#[tokio::test]
async fn a_replaced_owner_is_notified() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let org = found(&ada, "apex-gaming").await;
    join(&ada, &org, &bob, "member").await;
    hand_over(&grace, &org, &bob).await;
    assert_eq!(
        notices(&world, ada.id).await,
        [
            "bob Lindqvist is now the owner of Apex Gaming (apex-gaming), and you are one of its admins."
        ]
    );
    world.settle().await;
}

#[tokio::test]
async fn a_change_with_a_stale_version_is_rejected() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let made = ada
        .post("/api/organisations", json!({"name": "Apex Gaming", "handle": "apex-gaming"}))
        .await;
    assert_eq!(
        (made.status(201)["version"].clone(), made.header("etag")),
        (json!(1), "\"1\"".to_owned())
    );
    let org = made.header("location");
    join(&ada, &org, &bob, "member").await;
    let stale = ada.with_header("if-match", "\"1\"");
    stale
        .ask(http::Method::POST, &format!("{org}/avatar"), "image/png", pixel())
        .await
        .is(412, "STALE_VERSION");
    stale
        .post(&format!("{org}/users/{}/role", bob.id), json!({"role": "owner"}))
        .await
        .is(412, "STALE_VERSION");
    stale.delete(&org).await.is(412, "STALE_VERSION");
    let current = ada.get(&org).await.header("etag");
    ada.with_header("if-match", &current)
        .post(&format!("{org}/users/{}/role", bob.id), json!({"role": "owner"}))
        .await
        .ok();
    world.settle().await;
}
