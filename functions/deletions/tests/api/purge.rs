//! Erasing an account without a grace period.

use provost_domain::{
    BuiltInRole, OrganisationId, Status,
    organisation::{Member, MemberRole, Organisation},
    subscription::Subscription,
};
use provost_testkit::World;
use serde_json::json;

use crate::stage::{asked, audited, functions, id, world};

#[tokio::test]
async fn a_confirmed_purge_is_executed_immediately() {
    let world = world().await;
    let (ada, root) =
        (world.person("ada").await, world.staff("root", BuiltInRole::RootAdmin).await);
    let reply = root
        .delete_with(
            &format!("/api/admin/users/{}", ada.id),
            json!({ "reason": "a spam account", "confirmDelete": true }),
        )
        .await;
    let answer = reply.status(202);
    assert_eq!(reply.header("location"), format!("/api/admin/deletions/{}", id(&answer)));
    assert_eq!(
        (answer["status"].as_str(), &answer["requestedBy"], &answer["dueAt"]),
        (Some("scheduled"), &json!(root.id), &json!(world.app.now()))
    );
    assert_eq!(
        world.user(ada.id).await.expect("the user still exists").sessions.len(),
        0,
        "all sessions are revoked"
    );
    world.settle().await;
    assert!(world.user(ada.id).await.is_none());
    let receipt = root.get(&format!("/api/admin/deletions/{}/receipt", id(&answer))).await.ok();
    assert!(receipt["decoded"]["authority"].as_str().expect("a text").starts_with("psn_"));
    assert_eq!(
        (audited(&world, "deletion.requested").await, audited(&world, "user.erased").await),
        (1, 1)
    );
    assert!(
        world
            .app
            .store()
            .owner_of_email(&ada.email.parse().expect("an address"))
            .await
            .expect("the table responds")
            .is_none(),
        "the address is available again"
    );
}

#[tokio::test]
async fn the_parameters_may_be_in_the_query_or_the_body_but_not_in_both() {
    let world = world().await;
    let (ada, root) =
        (world.person("ada").await, world.staff("root", BuiltInRole::RootAdmin).await);
    let path = format!("/api/admin/users/{}", ada.id);
    root.delete_with(&format!("{path}?confirmDelete=true"), json!({ "reason": "a spam account" }))
        .await
        .is(400, "UNKNOWN_PARAMETER");
    root.delete(&format!("{path}?reason=a%20spam%20account&confirmDelete=true")).await.status(202);
    world.settle().await;
}

#[tokio::test]
async fn without_reason_or_confirmation_nothing_happens() {
    let world = world().await;
    let (ada, root) =
        (world.person("ada").await, world.staff("root", BuiltInRole::RootAdmin).await);
    let path = format!("/api/admin/users/{}", ada.id);
    for body in [
        json!({}),
        json!({ "reason": "a spam account" }),
        json!({ "reason": "a spam account", "confirmDelete": false }),
        json!({ "confirmDelete": true }),
        json!({ "reason": "a spam account", "confirmDelete": "yes" }),
        json!({ "reason": "a spam account", "confirmDelete": true, "force": true }),
    ] {
        root.delete_with(&path, body).await.is(422, "VALIDATION_FAILED");
    }
    assert_eq!(world.user(ada.id).await.expect("the user exists").status, Status::Active);
    assert_eq!(audited(&world, "deletion.requested").await, 0);
}

#[tokio::test]
async fn only_root_administrators_may_purge_and_not_their_own_account() {
    let world = world().await;
    let (ada, grace, root) = (
        world.person("ada").await,
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("root", BuiltInRole::RootAdmin).await,
    );
    let body = json!({ "reason": "a spam account", "confirmDelete": true });
    let path = format!("/api/admin/users/{}", ada.id);
    world.anyone().delete_with(&path, body.clone()).await.is(401, "UNAUTHENTICATED");
    ada.delete_with(&path, body.clone()).await.is(403, "ADMIN_REQUIRED");
    grace.delete_with(&path, body.clone()).await.is(403, "SUPERADMIN_REQUIRED");
    root.delete_with(&format!("/api/admin/users/{}", root.id), body.clone())
        .await
        .is(409, "CANNOT_MODIFY_SELF");
    root.delete_with("/api/admin/users/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV", body.clone())
        .await
        .is(404, "INVALID_USER_ID");
    root.delete_with(&format!("/api/admin/users/email:{}", ada.email), body).await.status(202);
    world.settle().await;
}

#[tokio::test]
async fn the_last_active_root_administrator_is_not_purged() {
    let world = world().await;
    let (root, other) = (
        world.staff("root", BuiltInRole::RootAdmin).await,
        world.staff("other", BuiltInRole::RootAdmin).await,
    );
    // A root administrator who is not active yet does not count as a remaining administrator.
    world.edit(other.id, |user| user.status = Status::PendingVerification).await;
    let body = json!({ "reason": "they left us", "confirmDelete": true });
    other
        .delete_with(&format!("/api/admin/users/{}", root.id), body)
        .await
        .is(409, "LAST_SUPERADMIN");
    assert_eq!(world.user(root.id).await.expect("root").status, Status::Active);
}

#[tokio::test]
async fn an_account_whose_deletion_is_pending_is_expedited_instead() {
    let world = world().await;
    let (ada, root) =
        (world.person("ada").await, world.staff("root", BuiltInRole::RootAdmin).await);
    asked(&ada).await;
    let refused = root
        .delete_with(
            &format!("/api/admin/users/{}", ada.id),
            json!({ "reason": "a spam account", "confirmDelete": true }),
        )
        .await
        .is(409, "INVALID_ACTION");
    assert_eq!(refused["allowed"], json!(["cancel", "expedite"]));
    world.settle().await;
}

#[tokio::test]
async fn the_owner_of_a_shared_organisation_is_not_purged_until_the_members_leave() {
    let world = world().await;
    let (ada, ben, root) = (
        world.person("ada").await,
        world.person("ben").await,
        world.staff("root", BuiltInRole::RootAdmin).await,
    );
    let now = world.app.now();
    let lab = Organisation::found(
        world.app.id(OrganisationId::new),
        "Lab".to_owned(),
        "lab".to_owned(),
        ada.id,
        now,
    );
    let mut tx = world.app.transaction();
    tx.create_organisation(&lab).expect("an organisation");
    tx.commit().await.expect("it is new");
    let mut tx = world.app.transaction();
    tx.add_member(&Member {
        organisation_id: lab.id,
        member_id: ben.id,
        role: MemberRole::Member,
        joined_at: now,
    })
    .expect("a member");
    tx.commit().await.expect("the member is new");
    let (path, body) = (
        format!("/api/admin/users/{}", ada.id),
        json!({ "reason": "a spam account", "confirmDelete": true }),
    );
    let refused = root.delete_with(&path, body.clone()).await.is(409, "SOLE_OWNER");
    assert_eq!(refused["organisations"], json!([{ "id": lab.id, "name": "Lab", "handle": "lab" }]));
    assert_eq!(world.user(ada.id).await.expect("the user exists").status, Status::Active);
    let mut tx = world.app.transaction();
    tx.remove_member(lab.id, ben.id).expect("a member");
    tx.commit().await.expect("the member exists");
    root.delete_with(&path, body).await.status(202);
    world.settle().await;
    assert!(world.user(ada.id).await.is_none());
}

#[tokio::test]
async fn a_purge_blocked_by_a_subscription_says_so_in_its_response() {
    let world = World::without_stripe(functions).await;
    let (ada, root) =
        (world.person("ada").await, world.staff("root", BuiltInRole::RootAdmin).await);
    let subscription = Subscription {
        id: "sub_1".parse().expect("an id"),
        customer: "cus_1".parse().expect("an id"),
        bound_at: world.app.now(),
        terms: None,
        counted: None,
    };
    let mut tx = world.app.transaction();
    tx.save_subscription(ada.id, &subscription).expect("a subscription");
    tx.commit().await.expect("no concurrent write");
    let body = json!({ "reason": "a spam account", "confirmDelete": true });
    let answer = root.delete_with(&format!("/api/admin/users/{}", ada.id), body).await.status(202);
    assert_eq!(answer["status"], "blocked");
    assert!(
        answer["blocked"].as_str().expect("it gives a reason").contains("subscription at Stripe")
    );
    world.settle().await;
    assert_eq!(
        root.get(&format!("/api/admin/deletions/{}", id(&answer))).await.ok()["status"],
        "blocked"
    );
    assert!(world.user(ada.id).await.is_some());
}
