//! The undo of a bulk action: everybody is as before, unless others have changed the same since.

use provost_domain::{BuiltInRole, Status, User, bulk::Recorded, time::DAY};
use provost_testkit::{Someone, World};
use serde_json::json;

use crate::{
    stage::*,
    updating::{role, update},
};

/// What an undo must restore, and the history of suspensions.
async fn state(world: &World, user: &Someone<'_>) -> (Recorded, usize, Option<String>) {
    let user: User = world.user(user.id).await.expect("the user");
    let reason = user.suspension.as_ref().map(|suspension| suspension.reason.clone());
    (Recorded::of(&user, world.app.now()), user.past_suspensions.len(), reason)
}

#[tokio::test]
async fn an_undone_deletion_restores_status_roles_and_verification_as_they_were() {
    let world = world().await;
    let root = root(&world).await;
    let (ada, bob, sam) = (
        world.person("ada").await,
        world.person("bob").await,
        world.staff("sam", BuiltInRole::Admin).await,
    );
    let reader = role(&root, "reader", &["user.view"]).await;
    update(&world, &root, &[&ada], json!({ "roles": { "add": [reader] } })).await;
    let ban = json!({ "status": "suspended", "suspension_kind": "ban" });
    update(&world, &root, &[&bob], ban).await;
    let before = [state(&world, &ada).await, state(&world, &bob).await, state(&world, &sam).await];
    let plan = plan_deletion(&root, json!({ "user_ids": ids(&[&ada, &bob, &sam]) })).await;
    let done = carry_out(&world, &root, &plan).await;
    assert_eq!(done["outcomes"]["done"], 3);
    assert!(done["undo_until"].is_string());
    let undone = undo(&world, &root, &done).await;
    assert_eq!((&undone["type"], &undone["status"]), (&json!("bulk_undo"), &json!("completed")));
    assert_eq!(undone["outcomes"]["done"], 3);
    let after = [state(&world, &ada).await, state(&world, &bob).await, state(&world, &sam).await];
    assert_eq!(before, after);
    assert!(world.user(ada.id).await.expect("ada").email_verified);
    let shown = job(&root, &done).await;
    assert_eq!(shown["undone_by"], undone["id"]);
    let path = format!("/v1/jobs/{}/undo", job_id(&done));
    root.post(&path, json!({})).await.is(409, "INVALID_ACTION");
    let path = format!("/v1/jobs/{}/undo", job_id(&undone));
    root.post(&path, json!({})).await.is(409, "INVALID_ACTION");
}

#[tokio::test]
async fn an_undone_change_of_status_leaves_no_trace_of_the_one_in_between() {
    let world = world().await;
    let root = root(&world).await;
    let ada = world.person("ada").await;
    let new = json!({ "email": "new@user.example", "first_name": "New", "last_name": "User", "status": "pending_verification" });
    let made = root.post("/v1/users", new).await.status(201);
    assert_eq!(made["status"], "pending_verification");
    for change in [
        json!({ "status": "inactive" }),
        json!({ "status": "suspended" }),
        json!({ "status": "suspended", "suspension_kind": "ban", "suspended_until": "2026-12-24T00:00:00Z" }),
        json!({ "status": "pending_verification" }),
    ] {
        let before = state(&world, &ada).await;
        let done = update(&world, &root, &[&ada], change.clone()).await;
        assert_ne!(state(&world, &ada).await.0, before.0, "{change}");
        assert_eq!(undo(&world, &root, &done).await["outcomes"]["done"], 1, "{change}");
        assert_eq!(state(&world, &ada).await, before, "{change}");
    }
    assert_eq!(audited(&root, ada.id, "user.change_undone").await, 4);
}

#[tokio::test]
async fn an_undone_lift_suspends_again_with_the_same_reason_and_end() {
    let world = world().await;
    let root = root(&world).await;
    let ada = world.person("ada").await;
    let until = world.app.now().plus(3 * DAY);
    let ban = json!({ "status": "suspended", "suspension_kind": "ban", "suspended_until": until });
    update(&world, &root, &[&ada], ban).await;
    let before = state(&world, &ada).await;
    let record = world.user(ada.id).await.expect("ada").suspension;
    let done = update(&world, &root, &[&ada], json!({ "status": "active" })).await;
    assert_eq!(status(&world, ada.id).await, "active");
    undo(&world, &root, &done).await;
    assert_eq!(state(&world, &ada).await, before);
    let after = world.user(ada.id).await.expect("ada");
    assert_eq!(after.suspension, record);
    assert!(after.sessions.is_empty());
    assert_eq!(world.emulators.items_beginning("operations", "SUSPENSION#"), 1);
}

#[tokio::test]
async fn undone_roles_are_exactly_as_before_and_others_stay() {
    let world = world().await;
    let root = root(&world).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (reader, helper, other) = (
        role(&root, "reader", &["user.view"]).await,
        role(&root, "helper", &["user.list"]).await,
        role(&root, "other", &["audit.read"]).await,
    );
    update(&world, &root, &[&ada], json!({ "roles": { "add": [reader] } })).await;
    let change = json!({ "roles": { "add": [helper], "remove": [reader] } });
    let done = update(&world, &root, &[&ada, &bob], change).await;
    // Others give a role that the job did not change.
    update(&world, &root, &[&bob], json!({ "roles": { "add": [other] } })).await;
    assert_eq!(undo(&world, &root, &done).await["outcomes"]["done"], 2);
    let names = async |user: &Someone<'_>| {
        let user = world.user(user.id).await.expect("the user");
        user.roles.names().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(names(&ada).await, [reader.to_string()]);
    assert_eq!(names(&bob).await, [other.to_string()]);
    for (role, holders) in [(reader, 1), (helper, 0), (other, 1)] {
        let shown = root.get(&format!("/v1/rbac/roles/{role}")).await.ok();
        assert_eq!(shown["holders"], holders);
    }

    let done = update(&world, &root, &[&ada], json!({ "roles": { "add": ["admin"] } })).await;
    undo(&world, &root, &done).await;
    let user = world.user(ada.id).await.expect("ada");
    assert_eq!(user.role, BuiltInRole::User);
    assert_eq!(names(&ada).await, [reader.to_string()]);
}

#[tokio::test]
async fn what_others_changed_since_is_reported_and_never_overwritten() {
    let world = world().await;
    let root = root(&world).await;
    let (ada, bob, cleo, dora) = (
        world.person("ada").await,
        world.person("bob").await,
        world.person("cleo").await,
        world.person("dora").await,
    );
    let users = [&ada, &bob, &cleo, &dora];
    let done = update(&world, &root, &users, json!({ "status": "inactive" })).await;
    let path = |user: &Someone<'_>| format!("/v1/users/{}", user.id);
    let ban = json!({ "status": "suspended", "reason": "abuse" });
    root.put(&path(&ada), ban).await.ok();
    root.put(&path(&bob), json!({ "status": "active" })).await.ok();
    root.put(&path(&cleo), json!({ "first_name": "Cleopatra" })).await.ok();
    root.delete_with(&path(&dora), json!({})).await.ok();
    let undone = undo(&world, &root, &done).await;
    assert_eq!(undone["outcomes"], json!({ "done": 1, "unchanged": 1, "blocked": 2, "failed": 0 }));
    let items = items(&root, &undone).await;
    assert_eq!(items[&ada.id.to_string()], "blocked CHANGED_SINCE");
    assert_eq!(items[&bob.id.to_string()], "unchanged");
    assert_eq!(items[&cleo.id.to_string()], "done");
    assert_eq!(items[&dora.id.to_string()], "blocked CHANGED_SINCE");
    for (user, now) in
        [(&ada, "suspended"), (&bob, "active"), (&cleo, "active"), (&dora, "deleted")]
    {
        assert_eq!(status(&world, user.id).await, now);
    }
    assert_eq!(world.user(cleo.id).await.expect("cleo").first_name, "Cleopatra");
}

#[tokio::test]
async fn a_deletion_that_was_cancelled_and_requested_again_is_not_undone() {
    let world = world().await;
    let root = root(&world).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let done =
        root.delete_with(DELETE, json!({ "user_ids": ids(&[&ada, &bob]) })).await.status(202);
    settle(&world).await;
    let path = format!("/v1/users/{}", ada.id);
    root.post(&format!("{path}/restore"), json!({ "reason": REASON })).await.ok();
    root.delete_with(&path, json!({})).await.ok();
    let pending = world.user(ada.id).await.expect("ada").deletion;
    // Somebody bans an account that is to be erased: the ban stays.
    world
        .edit(bob.id, |user| {
            user.deletion.as_mut().expect("it is pending").before = Status::Inactive
        })
        .await;
    let undone = undo(&world, &root, &done).await;
    let items = items(&root, &undone).await;
    assert_eq!(items[&ada.id.to_string()], "blocked CHANGED_SINCE");
    assert_eq!(items[&bob.id.to_string()], "done");
    assert_eq!(world.user(ada.id).await.expect("ada").deletion, pending);
    assert_eq!(status(&world, bob.id).await, "inactive");
}

#[tokio::test]
async fn a_job_can_be_undone_for_a_day() {
    let world = world().await;
    let mut root = root(&world).await;
    let ada = world.person("ada").await;
    let done = update(&world, &root, &[&ada], json!({ "status": "inactive" })).await;
    let path = format!("/v1/jobs/{}/undo", job_id(&done));
    world.advance(DAY);
    root.renew().await;
    root.post(&path, json!({})).await.is(409, "INVALID_ACTION");
    assert_eq!(status(&world, ada.id).await, "inactive");
    let nobody = world.app.id(provost_domain::BulkJobId::new);
    root.post(&format!("/v1/jobs/{nobody}/undo"), json!({})).await.is(404, "NOT_FOUND");
}
