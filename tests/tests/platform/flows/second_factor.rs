//! The owner's second factor survives a restored account and a new password, except if the address
//! was never confirmed.

use provost_domain::{BuiltInRole, time::SECOND};
use provost_testkit::{Someone, World, people::PASSWORD};
use serde_json::json;

use super::{email_text, token};

const NEXT: &str = "Stormy-Meadow-4";

fn shown(world: &World, secret: &str) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).expect("base 32");
    let seconds = u64::try_from(world.app.now().seconds()).expect("after 1970");
    totp_rs::Builder::new()
        .with_secret(secret)
        .build()
        .expect("a secret of 160 bits")
        .generate(seconds)
        .to_string()
}

async fn turn_on(world: &World, person: &Someone<'_>) -> String {
    let started =
        person.post("/api/sessions/two-factor", json!({ "currentPassword": PASSWORD })).await.ok();
    let secret = started["secret"].as_str().expect("a secret").to_owned();
    person
        .post("/api/sessions/two-factor/confirm", json!({ "code": shown(world, &secret) }))
        .await
        .ok();
    world.advance(30 * SECOND);
    secret
}

/// Chooses a new password by email, and signs in: refused without the code, accepted with it.
async fn reset_and_sign_in(world: &World, person: &Someone<'_>, template: &str, secret: &str) {
    let link = token(&email_text(world, &person.id.to_string(), template).await);
    world
        .anyone()
        .post("/api/users/reset-password", json!({ "token": link, "password": NEXT }))
        .await
        .status(204);
    let plain = json!({ "email": person.email, "password": NEXT });
    world.anyone().post("/api/sessions/login", plain).await.is(401, "SECOND_FACTOR_REQUIRED");
    let with_code =
        json!({ "email": person.email, "password": NEXT, "code": shown(world, secret) });
    world.anyone().post("/api/sessions/login", with_code).await.status(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_survives_a_restored_account_and_a_later_reset_by_email() {
    let world = crate::world().await;
    let (ada, root) =
        (world.person("ada").await, world.staff("root", BuiltInRole::RootAdmin).await);
    let secret = turn_on(&world, &ada).await;
    ada.post("/api/users/me/deletion-request", json!({})).await.status(202);
    root.post(&format!("/v1/users/{}/restore", ada.id), json!({})).await.ok();
    assert!(world.user(ada.id).await.expect("ada").two_factor_enabled);
    world
        .anyone()
        .post("/api/users/forgot-password", json!({ "email": ada.email }))
        .await
        .status(204);
    reset_and_sign_in(&world, &ada, "password-reset", &secret).await;
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_survives_the_confirmation_after_a_restored_account() {
    let world = crate::world().await;
    let (ada, root) =
        (world.person("ada").await, world.staff("root", BuiltInRole::RootAdmin).await);
    let secret = turn_on(&world, &ada).await;
    ada.post("/api/users/me/deletion-request", json!({})).await.status(202);
    root.post(&format!("/v1/users/{}/restore", ada.id), json!({})).await.ok();
    let link = token(&email_text(&world, &ada.id.to_string(), "verify-email").await);
    world.anyone().post("/api/users/verify-email", json!({ "token": link })).await.status(204);
    let plain = json!({ "email": ada.email, "password": PASSWORD });
    world.anyone().post("/api/sessions/login", plain).await.is(401, "SECOND_FACTOR_REQUIRED");
    let with_code =
        json!({ "email": ada.email, "password": PASSWORD, "code": shown(&world, &secret) });
    world.anyone().post("/api/sessions/login", with_code).await.status(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_survives_a_reset_forced_by_staff() {
    let world = crate::world().await;
    let (ada, root) =
        (world.person("ada").await, world.staff("root", BuiltInRole::RootAdmin).await);
    let secret = turn_on(&world, &ada).await;
    root.post(
        &format!("/api/admin/users/{}/reset-password", ada.id),
        json!({ "reason": "A leaked password" }),
    )
    .await
    .ok();
    reset_and_sign_in(&world, &ada, "password-reset-forced", &secret).await;
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_survives_restoring_a_banned_account() {
    let world = crate::world().await;
    let (ada, root) =
        (world.person("ada").await, world.staff("root", BuiltInRole::RootAdmin).await);
    let secret = turn_on(&world, &ada).await;
    root.post(
        &format!("/api/admin/users/{}/ban", ada.id),
        json!({ "type": "permanent", "reason": "Selling fakes" }),
    )
    .await
    .ok();
    root.delete_with(
        &format!("/api/admin/users/{}", ada.id),
        json!({ "reason": "A mistake", "confirmDelete": true }),
    )
    .await
    .status(202);
    root.post(&format!("/v1/users/{}/restore", ada.id), json!({})).await.ok();
    root.delete_with(&format!("/api/admin/users/{}/ban", ada.id), json!({})).await.ok();
    world
        .anyone()
        .post("/api/users/forgot-password", json!({ "email": ada.email }))
        .await
        .status(204);
    reset_and_sign_in(&world, &ada, "password-reset", &secret).await;
    world.settle().await;
}
