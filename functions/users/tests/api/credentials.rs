//! `PUT /v1/users/{user_id}`: contacts and the password of another user.

use provost_domain::{BuiltInRole, Permission, Status};
use provost_testkit::people::PASSWORD;
use serde_json::json;

use crate::support::{emails, entries, of, sign_in, with, world};

#[tokio::test]
async fn a_new_password_ends_every_session_and_key_at_once() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let changed = grace.put(&of(ada.id), json!({ "password": "Harbour-Wintry-7" })).await.ok();
    assert_eq!(
        (&changed["changed"], &changed["sessions_revoked"], &changed["api_keys_revoked"]),
        (&json!(["password"]), &json!(1), &json!(0))
    );
    ada.get("/api/users/me").await.is(401, "SESSION_ENDED");
    sign_in(&world, &ada.email, PASSWORD).await.is(401, "UNAUTHENTICATED");
    sign_in(&world, &ada.email, "Harbour-Wintry-7").await.ok();
    assert_eq!(emails(&world, ada.id).await, ["password-changed"]);
    let log = entries(&world, ada.id).await;
    assert!(log.iter().any(|entry| entry.action == "user.password_changed"));
    assert!(!serde_json::to_string(&log).expect("JSON").contains("Harbour"));
    let refused =
        grace.put(&of(ada.id), json!({ "password": "short" })).await.is(422, "VALIDATION_FAILED");
    assert_eq!(refused["errors"][0]["field"], "password");
}

#[tokio::test]
async fn a_new_address_counts_as_confirmed_unless_the_caller_says_otherwise() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let body = json!({ "email": "ada@new.example", "phone": "+47 22 22 55 55" });
    let changed = grace.put(&of(ada.id), body).await.ok();
    assert_eq!(
        (
            &changed["email"],
            &changed["email_verified"],
            &changed["phone"],
            &changed["phone_verified"]
        ),
        (&json!("ada@new.example"), &json!(true), &json!("+4722225555"), &json!(true))
    );
    assert_eq!(changed["sessions_revoked"], 1);
    // The former address gets an email too.
    assert_eq!(emails(&world, ada.id).await, ["address-changed"]);
    let body =
        json!({ "email": "ada@third.example", "mark_verified": false, "revoke_sessions": false });
    let changed = grace.put(&of(ada.id), body).await.ok();
    assert_eq!(
        (&changed["email_verified"], &changed["sessions_revoked"]),
        (&json!(false), &json!(0))
    );
    assert!(emails(&world, ada.id).await.contains(&"verify-email"));
}

#[tokio::test]
async fn a_user_who_waits_becomes_active_with_an_address_confirmed_by_staff() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    world
        .edit(ada.id, |ada| {
            (ada.status, ada.email_verified) = (Status::PendingVerification, false);
        })
        .await;
    let changed = grace.put(&of(ada.id), json!({ "email": "ada@new.example" })).await.ok();
    assert_eq!((&changed["status"], &changed["email_verified"]), (&json!("active"), &json!(true)));
}

#[tokio::test]
async fn a_username_ends_no_session_unless_asked() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let changed = grace.put(&of(ada.id), json!({ "username": "ada.l" })).await.ok();
    assert_eq!(changed["sessions_revoked"], 0);
    ada.get("/api/users/me").await.ok();
    let body = json!({ "username": "ada.b", "revoke_sessions": true });
    assert_eq!(grace.put(&of(ada.id), body).await.ok()["sessions_revoked"], 1);
    ada.get("/api/users/me").await.is(401, "SESSION_ENDED");
    // Sessions alone can be revoked too.
    let bob = world.person("bob").await;
    let only = json!({ "revoke_sessions": true });
    let changed = grace.put(&of(bob.id), only.clone()).await.ok();
    assert_eq!((&changed["changed"], &changed["sessions_revoked"]), (&json!([]), &json!(1)));
    bob.get("/api/users/me").await.is(401, "SESSION_ENDED");
    assert_eq!(grace.put(&of(bob.id), only).await.ok()["sessions_revoked"], 0);
}

#[tokio::test]
async fn contacts_need_their_own_permission_and_silence_another() {
    let world = world().await;
    let ada = world.person("ada").await;
    let sam = with(&world, "sam", &[Permission::UserUpdate]).await;
    sam.put(&of(ada.id), json!({ "first_name": "Augusta" })).await.ok();
    for body in [
        json!({ "email": "ada@new.example" }),
        json!({ "phone": "+4722225555" }),
        json!({ "username": "ada.l" }),
        json!({ "password": "Harbour-Wintry-7" }),
    ] {
        let refused = sam.put(&of(ada.id), body).await.is(403, "PERMISSION_DENIED");
        assert_eq!(refused["missing"], json!(["user.credentials"]));
    }
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let body = json!({ "password": "Harbour-Wintry-7", "notify_user": false });
    let refused = grace.put(&of(ada.id), body.clone()).await.is(403, "SUPERADMIN_REQUIRED");
    assert_eq!(refused["missing"], json!(["user.purge"]));
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    root.put(&of(ada.id), body).await.ok();
    assert!(emails(&world, ada.id).await.is_empty());
}

#[tokio::test]
async fn a_contact_of_another_user_is_refused_by_its_field() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    grace.put(&of(bob.id), json!({ "username": "bob.l", "phone": "+4722225555" })).await.ok();
    for (field, body) in [
        ("email", json!({ "email": bob.email.to_uppercase() })),
        ("phone", json!({ "phone": "+4722225555" })),
        ("username", json!({ "username": "bob.l" })),
    ] {
        let refused = grace.put(&of(ada.id), body).await.is(409, "ALREADY_EXISTS");
        assert_eq!(refused["field"], field);
    }
    let after = world.user(ada.id).await.expect("ada");
    assert_eq!((after.version, after.phone, after.username), (1, None, None));
}
