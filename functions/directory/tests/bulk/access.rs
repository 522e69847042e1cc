//! Who may start, see, cancel and undo a bulk action.

use provost_domain::{
    BuiltInRole, OrganisationId, Status,
    organisation::{Member, MemberRole, Organisation},
};
use provost_testkit::{Someone, World};
use serde_json::json;

use crate::stage::*;

/// An organisation with another member, which keeps its owner from being deleted.
pub async fn organisation_of(world: &World, owner: &Someone<'_>, member: &Someone<'_>) {
    let id = world.app.id(OrganisationId::new);
    let organisation = Organisation::found(
        id,
        "Analytical Engines".to_owned(),
        "engines".to_owned(),
        owner.id,
        world.app.now(),
    );
    let mut tx = world.app.transaction();
    tx.create_organisation(&organisation).expect("an organisation");
    tx.commit().await.expect("the handle is available");
    let member = Member {
        organisation_id: id,
        member_id: member.id,
        role: MemberRole::Member,
        joined_at: world.app.now(),
    };
    let mut tx = world.app.transaction();
    tx.add_member(&member).expect("a member");
    tx.commit().await.expect("there is room");
}

#[tokio::test]
async fn bulk_actions_need_the_permission_of_their_change() {
    let world = world().await;
    let ada = world.person("ada").await;
    let user_ids = ids(&[&ada]);
    let delete = json!({ "user_ids": user_ids });
    let update = json!({ "user_ids": user_ids, "status": "inactive" });
    let anyone = world.anyone();
    anyone.delete_with(DELETE, delete.clone()).await.is(401, "UNAUTHENTICATED");
    anyone.post(UPDATE, update.clone()).await.is(401, "UNAUTHENTICATED");
    ada.delete_with(DELETE, delete.clone()).await.is(403, "ADMIN_REQUIRED");
    ada.post(UPDATE, update.clone()).await.is(403, "ADMIN_REQUIRED");
    let sam = world.staff("sam", BuiltInRole::Staff).await;
    sam.delete_with(DELETE, delete).await.is(403, "PERMISSION_DENIED");
    sam.post(UPDATE, update).await.is(403, "PERMISSION_DENIED");
    let admin = world.staff("admin", BuiltInRole::Admin).await;
    let roles = json!({ "user_ids": user_ids, "roles": { "add": ["staff"] }, "reason": REASON });
    admin.post(UPDATE, roles).await.is(403, "SUPERADMIN_REQUIRED");
}

#[tokio::test]
async fn a_job_is_seen_cancelled_and_undone_only_by_the_user_who_started_it() {
    let world = world().await;
    let (root, other) = (root(&world).await, world.staff("other", BuiltInRole::RootAdmin).await);
    let ada = world.person("ada").await;
    let started = root.delete_with(DELETE, json!({ "user_ids": ids(&[&ada]) })).await.status(202);
    let path = format!("/v1/jobs/{}", job_id(&started));
    for by in [&other, &ada] {
        by.get(&path).await.is(404, "NOT_FOUND");
        by.get(&format!("{path}/items")).await.is(404, "NOT_FOUND");
        by.post(&format!("{path}/cancel"), json!({})).await.is(404, "NOT_FOUND");
        by.post(&format!("{path}/undo"), json!({})).await.is(404, "NOT_FOUND");
    }
    root.post(&format!("{path}/undo"), json!({})).await.is(409, "IN_PROGRESS");
    world.anyone().get(&path).await.is(401, "UNAUTHENTICATED");
    settle(&world).await;
    assert_eq!(status(&world, ada.id).await, "deleted");
}

#[tokio::test]
async fn a_job_stops_when_its_starter_may_not_do_it_any_more() {
    let world = world().await;
    let admin = world.staff("admin", BuiltInRole::Admin).await;
    let ada = world.person("ada").await;
    let body = json!({ "user_ids": ids(&[&ada]), "status": "inactive" });
    let started = admin.post(UPDATE, body).await.status(202);
    world.edit(admin.id, |user| user.role = BuiltInRole::Staff).await;
    settle(&world).await;
    let shown = job(&admin, &started).await;
    assert_eq!((&shown["status"], &shown["outcomes"]["done"]), (&json!("failed"), &json!(0)));
    assert!(shown["error"].as_str().is_some_and(|error| error.contains("may not")), "{shown}");
    assert_eq!(status(&world, ada.id).await, "active");
}

#[tokio::test]
async fn an_undo_has_the_rights_of_the_caller() {
    let world = world().await;
    let admin = world.staff("admin", BuiltInRole::Admin).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let started = admin
        .post(UPDATE, json!({ "user_ids": ids(&[&ada, &bob]), "status": "inactive" }))
        .await
        .status(202);
    settle(&world).await;
    // One of them is of the same rank by now.
    world.edit(ada.id, |user| user.role = BuiltInRole::Admin).await;
    let undone = undo(&world, &admin, &started).await;
    let items = items(&admin, &undone).await;
    assert_eq!(items[&ada.id.to_string()], "blocked OUTRANKED");
    assert_eq!(items[&bob.id.to_string()], "done");
    assert_eq!(status(&world, ada.id).await, "inactive");
    assert_eq!(world.user(bob.id).await.expect("bob").status, Status::Active);

    let started = admin.delete_with(DELETE, json!({ "user_ids": ids(&[&bob]) })).await.status(202);
    settle(&world).await;
    world.edit(admin.id, |user| user.role = BuiltInRole::Staff).await;
    let path = format!("/v1/jobs/{}/undo", job_id(&started));
    admin.post(&path, json!({})).await.is(403, "PERMISSION_DENIED");
}
