//! `PUT /v1/users/{user_id}`: the status of an account.

use provost_domain::{BuiltInRole, Permission, Status, time::DAY, user::SuspensionKind};
use provost_testkit::{Reply, Someone};
use serde_json::{Value, json};

use crate::support::{emails, entries, of, with, world};

async fn set(by: &Someone<'_>, who: &Someone<'_>, body: Value) -> Reply {
    by.put(&of(who.id), body).await
}

#[tokio::test]
async fn every_allowed_change_is_possible_and_every_other_names_the_allowed_ones() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let all = ["pending_verification", "active", "inactive", "suspended", "deleted"];
    let allowed = |from: &str| -> Vec<&str> {
        match from {
            "pending_verification" => vec!["active", "suspended", "deleted"],
            "active" => vec!["pending_verification", "inactive", "suspended", "deleted"],
            "inactive" => vec!["active", "suspended", "deleted"],
            "suspended" => vec!["active", "inactive", "deleted"],
            _ => vec!["pending_verification"],
        }
    };
    for (n, from) in all.into_iter().enumerate() {
        for to in all {
            let ada = world.person(&format!("ada{n}{to}")).await;
            if from != "active" {
                set(&root, &ada, json!({ "status": from, "reason": "a test" })).await.ok();
            }
            let reply = set(&root, &ada, json!({ "status": to, "reason": "a test" })).await;
            if allowed(from).contains(&to) {
                let shown = reply.ok();
                assert_eq!(shown["status"], to, "{from} to {to}");
                assert_eq!(shown["changed"], json!(["status"]));
            } else {
                let refused = reply.is(409, "INVALID_ACTION");
                assert_eq!(refused["allowed"], json!(allowed(from)), "{from} to {to}");
            }
        }
    }
}

#[tokio::test]
async fn a_suspended_user_is_signed_out_and_told_why_until_it_ends() {
    let world = world().await;
    let (mut grace, ada) =
        (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let until = world.app.now().plus(DAY);
    let body = json!({ "status": "suspended", "suspended_until": until, "reason": "under review" });
    let shown = set(&grace, &ada, body).await.ok();
    assert_eq!(
        (&shown["status_reason"], &shown["suspended_until"], &shown["suspension_kind"]),
        (&json!("under review"), &json!(until), &json!("suspension"))
    );
    assert_eq!(shown["sessions_revoked"], 1);
    ada.get("/api/users/me").await.is(403, "ACCOUNT_SUSPENDED");
    assert_eq!(emails(&world, ada.id).await, ["account-suspended"]);
    assert_eq!(entries(&world, ada.id).await[0].action, "user.suspended");
    let stored = world.user(ada.id).await.expect("ada");
    assert_eq!(stored.suspension.map(|s| s.kind), Some(SuspensionKind::Suspension));
    world.advance(DAY);
    grace.renew().await;
    let shown = grace.get(&of(ada.id)).await.ok();
    assert_eq!((&shown["status"], &shown["suspended_until"]), (&json!("active"), &Value::Null));
    // The scheduler has not lifted it yet, but it is over.
    let shown = set(&grace, &ada, json!({ "status": "inactive" })).await.ok();
    assert_eq!(shown["status"], "inactive");
}

#[tokio::test]
async fn an_inactive_user_cannot_be_used_and_a_waiting_one_confirms_again() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    set(&grace, &ada, json!({ "status": "inactive" })).await.ok();
    ada.get("/api/users/me").await.is(403, "ACCOUNT_INACTIVE");
    set(&grace, &ada, json!({ "status": "active" })).await.ok();
    ada.get("/api/users/me").await.is(401, "SESSION_ENDED");
    let waiting = json!({ "status": "pending_verification", "reason": "bounced" });
    let shown = set(&grace, &ada, waiting).await.ok();
    assert_eq!(shown["email_verified"], false);
    assert_eq!(emails(&world, ada.id).await, ["verify-email"]);
    // It is not the first confirmation, so earlier credentials would stay.
    assert!(!world.user(ada.id).await.expect("ada").never_confirmed());
}

#[tokio::test]
async fn changes_that_need_a_reason_or_a_permission_are_refused_without() {
    let world = world().await;
    let ada = world.person("ada").await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    for to in ["suspended", "pending_verification"] {
        let refused = set(&grace, &ada, json!({ "status": to })).await.is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], "reason");
    }
    let sam = with(&world, "sam", &[Permission::UserUpdate]).await;
    for (to, missing) in [("suspended", "user.suspend"), ("deleted", "user.delete")] {
        let body = json!({ "status": to, "reason": "a test" });
        let refused = set(&sam, &ada, body).await.is(403, "PERMISSION_DENIED");
        assert_eq!(refused["missing"], json!([missing]));
    }
    for (field, body) in [
        (
            "suspended_until",
            json!({ "status": "inactive", "suspended_until": "2027-01-01T00:00:00Z" }),
        ),
        (
            "suspended_until",
            json!({ "status": "suspended", "reason": "a test", "suspended_until": "2026-01-01T00:00:00Z" }),
        ),
        ("first_name", json!({ "status": "inactive", "first_name": "Eve" })),
        ("profile", json!({ "status": "inactive", "profile": {} })),
        ("status", json!({ "status": "banned" })),
    ] {
        let refused = set(&grace, &ada, body).await.is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], field);
    }
    assert_eq!(world.user(ada.id).await.expect("ada").version, 1);
}

#[tokio::test]
async fn the_last_root_administrator_stays() {
    let world = world().await;
    let (joan, root) = (
        world.staff("joan", BuiltInRole::RootAdmin).await,
        world.staff("root", BuiltInRole::RootAdmin).await,
    );
    set(&joan, &root, json!({ "status": "inactive" })).await.ok();
    // An actor who is a root administrator only by an API key's owner that cannot stay is no witness.
    world.edit(joan.id, |joan| joan.status = Status::PendingVerification).await;
    set(&joan, &root, json!({ "status": "active" })).await.ok();
    set(&joan, &root, json!({ "status": "inactive" })).await.is(409, "LAST_SUPERADMIN");
}
