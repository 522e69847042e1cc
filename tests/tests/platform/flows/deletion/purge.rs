//! A purge by root: nobody below root can cancel it.

use provost_auth::{Purpose, token::LinkClaims};
use provost_domain::{BuiltInRole, DeletionId, Status, time::DAY};
use provost_testkit::{Someone, World};
use serde_json::json;

use super::{shared_organisation, sign_in};

/// Purges an account without delivering the queue, so that there is time to try everything.
async fn purge(root: &Someone<'_>, person: &Someone<'_>) -> String {
    let body = json!({ "reason": "A spam account", "confirmDelete": true });
    super::id(&root.delete_with(&format!("/api/admin/users/{}", person.id), body).await.status(202))
}

async fn is_untouched(world: &World, person: &Someone<'_>, request: &str) {
    let user = world.user(person.id).await.expect("they exist");
    assert_eq!((user.status, user.sessions.len()), (Status::Deleted, 0));
    assert_eq!(user.deletion.expect("pending").id.to_string(), request);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_user_cannot_cancel_a_purge() {
    let world = crate::world().await;
    let (ada, root) =
        (world.person("ada").await, world.staff("root", BuiltInRole::RootAdmin).await);
    let request = purge(&root, &ada).await;
    let refused = sign_in(&world, &ada.email, json!({})).await.is(403, "DELETION_PENDING");
    assert!(refused["cancelHint"].is_null() && refused["wayBack"].is_null(), "{refused}");
    assert!(
        !refused["detail"].as_str().expect("a sentence").contains("cancelDeletion"),
        "{refused}"
    );
    let wanted = json!({ "cancelDeletion": true });
    let five = tokio::join!(
        sign_in(&world, &ada.email, wanted.clone()),
        sign_in(&world, &ada.email, wanted.clone()),
        sign_in(&world, &ada.email, wanted.clone()),
        sign_in(&world, &ada.email, wanted.clone()),
        sign_in(&world, &ada.email, wanted)
    );
    for reply in [five.0, five.1, five.2, five.3, five.4] {
        assert!(
            ["DELETION_PENDING", "IN_PROGRESS"].contains(&reply.code().as_str()),
            "{}",
            reply.text()
        );
    }
    is_untouched(&world, &ada, &request).await;
    ada.delete("/api/users/me/deletion-request").await.is(403, "DELETION_PENDING");
    // No link was sent; a forged one of the right form has no effect either.
    let sub: DeletionId = request.parse().expect("an id");
    let signer =
        world.app.keys().signer(Purpose::Link, world.app.now()).await.expect("the key exists");
    let link = format!(
        "/cancel-deletion/{}",
        signer
            .sign(LinkClaims::CancelDeletion { sub }, world.app.now(), DAY)
            .expect("signing succeeds")
    );
    world.anyone().get(&link).await.status(409);
    world.anyone().post(&link, json!({})).await.status(409);
    is_untouched(&world, &ada, &request).await;
    world.settle().await;
    assert!(world.user(ada.id).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_remaining_session_of_the_user_cannot_cancel_a_purge() {
    let world = crate::world().await;
    let (ada, root) =
        (world.person("ada").await, world.staff("root", BuiltInRole::RootAdmin).await);
    let sessions = world.user(ada.id).await.expect("ada").sessions;
    let request = purge(&root, &ada).await;
    world
        .edit(ada.id, |ada| {
            ada.sessions = sessions
                .into_iter()
                .map(|(id, live)| {
                    (id, provost_domain::session::LiveSession { pending_deletion: true, ..live })
                })
                .collect();
        })
        .await;
    assert_eq!(ada.get("/api/users/me/deletion-request").await.ok()["id"], json!(request));
    ada.delete("/api/users/me/deletion-request").await.is(409, "INVALID_ACTION");
    assert_eq!(world.user(ada.id).await.expect("ada").status, Status::Deleted);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn administrators_below_root_can_neither_cancel_nor_restore() {
    let world = crate::world().await;
    let (ada, grace, root) = (
        world.person("ada").await,
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("root", BuiltInRole::RootAdmin).await,
    );
    let request = purge(&root, &ada).await;
    grace
        .post(&format!("/api/admin/deletions/{request}/cancel"), json!({}))
        .await
        .is(403, "OUTRANKED");
    grace.post(&format!("/v1/users/{}/restore", ada.id), json!({})).await.is(403, "OUTRANKED");
    is_untouched(&world, &ada, &request).await;
    assert_eq!(root.get(&format!("/api/admin/deletions/{request}")).await.ok()["purge"], true);
    root.post(&format!("/api/admin/deletions/{request}/cancel"), json!({})).await.ok();
    world.settle().await;
    assert_eq!(world.user(ada.id).await.expect("ada").status, Status::Active);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purge_of_the_owner_of_a_shared_organisation_is_refused_and_names_it() {
    let world = crate::world().await;
    let (ada, ben, root) = (
        world.person("ada").await,
        world.person("ben").await,
        world.staff("root", BuiltInRole::RootAdmin).await,
    );
    let lab = shared_organisation(&world, &ada, &ben, "lab").await;
    let body = json!({ "reason": "A spam account", "confirmDelete": true });
    let refused = root
        .delete_with(&format!("/api/admin/users/{}", ada.id), body.clone())
        .await
        .is(409, "SOLE_OWNER");
    assert_eq!(refused["organisations"][0]["handle"], "lab");
    ada.get("/api/users/me").await.ok();
    root.delete(&format!("{lab}/users/{}", ben.id)).await.status(204);
    root.delete_with(&format!("/api/admin/users/{}", ada.id), body).await.status(202);
    world.settle().await;
    assert!(world.user(ada.id).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_purge_without_the_mark_is_still_a_purge() {
    let world = crate::world().await;
    let (ada, grace, root) = (
        world.person("ada").await,
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("root", BuiltInRole::RootAdmin).await,
    );
    let request = purge(&root, &ada).await;
    let key = provost_store::deletions::key(request.parse().expect("an id"));
    let names = world.app.store().names();
    world
        .emulators
        .dynamodb()
        .update_item()
        .table_name(&names.operations)
        .key("pk", provost_store::item::s(key.pk))
        .key("sk", provost_store::item::s(key.sk))
        .update_expression("REMOVE purge")
        .send()
        .await
        .expect("the table responds");
    let refused = sign_in(&world, &ada.email, json!({ "cancelDeletion": true }))
        .await
        .is(403, "DELETION_PENDING");
    assert!(refused["cancelHint"].is_null(), "{refused}");
    grace
        .post(&format!("/api/admin/deletions/{request}/cancel"), json!({}))
        .await
        .is(403, "OUTRANKED");
    is_untouched(&world, &ada, &request).await;
    world.settle().await;
}
