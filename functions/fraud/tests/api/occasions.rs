//! An account is scanned automatically after a change that a rule depends on. An ordinary sign-in
//! triggers no scan.

use provost_domain::{BuiltInRole, message::Message, time::MINUTE};
use provost_testkit::{Someone, World, people::PASSWORD};
use serde_json::{Value, json};

use crate::support::*;

async fn register(world: &World, email: &str) -> Value {
    let body = json!({"email": email, "password": PASSWORD, "firstName": "New", "lastName": "Person", "billingCountry": "SE"});
    world.anyone().post("/api/users/register", body).await.status(201)
}

async fn sign_in(from: &Someone<'_>, email: &str) -> Value {
    from.post("/api/sessions/login", json!({"email": email, "password": PASSWORD})).await.ok()
}

/// The number of pending scans, which are then executed.
async fn scans(world: &World) -> usize {
    let waiting = scans_waiting(world).await;
    world.runner.settle().await;
    assert_eq!(scans_waiting(world).await, 0);
    waiting
}

#[tokio::test]
async fn a_registration_triggers_a_scan() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let mallory = register(&world, "mallory@mailinator.com").await;
    assert_eq!(scans(&world).await, 1);
    register(&world, "ada@example.org").await;
    assert_eq!(scans(&world).await, 1);
    let alerts = grace.get(ALERTS).await.ok();
    assert_eq!(
        (&alerts["pagination"]["total"], &alerts["data"][0]["userId"]),
        (&json!(1), &mallory["id"])
    );
    assert!(alerts["data"][0]["history"][0].get("by").is_none(), "the platform raised it");
    world
        .anyone()
        .post("/api/users/register", json!({"email": "ada@example.org", "password": PASSWORD, "firstName": "A", "lastName": "B"}))
        .await
        .is(409, "ALREADY_EXISTS");
    assert_eq!(scans(&world).await, 0, "the registration failed");
}

#[tokio::test]
async fn a_sign_in_from_a_new_address_or_device_triggers_a_scan() {
    let world = world().await;
    let ada = world.person("ada").await;
    let home = world.anyone();
    for _ in 0..3 {
        sign_in(&home, &ada.email).await;
        assert_eq!(scans(&world).await, 0, "the same device at the same address");
    }
    sign_in(&home.from("203.0.113.9"), &ada.email).await;
    assert_eq!(scans(&world).await, 1, "another address");
    sign_in(
        &home.from("203.0.113.9").with_header(
            "user-agent",
            "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0",
        ),
        &ada.email,
    )
    .await;
    assert_eq!(scans(&world).await, 1, "another device");
    register(&world, "bob@example.org").await;
    scans(&world).await;
    world.runner.settle().await;
    sign_in(&home, "bob@example.org").await;
    assert_eq!(scans(&world).await, 1, "the first sign-in");
}

#[tokio::test]
async fn a_sign_in_after_many_failures_triggers_a_scan() {
    let world = world().await;
    let ada = world.person("ada").await;
    let home = world.anyone();
    sign_in(&home, &ada.email).await;
    scans(&world).await;
    let wrong = async || {
        home.post(
            "/api/sessions/login",
            json!({"email": ada.email, "password": "Wintry-Harbour-8"}),
        )
        .await
        .is(401, "UNAUTHENTICATED")
    };
    for _ in 0..2 {
        wrong().await;
    }
    sign_in(&home, &ada.email).await;
    assert_eq!(scans(&world).await, 0, "two failures are ordinary");
    for _ in 0..5 {
        wrong().await;
    }
    assert_eq!(scans(&world).await, 0, "a failed sign-in triggers no scan by itself");
    world.advance(2 * MINUTE);
    sign_in(&home, &ada.email).await;
    assert_eq!(scans(&world).await, 1);
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let alert = &grace.get(&format!("{ALERTS}?userId={}", ada.id)).await.ok()["data"][0];
    assert_eq!(
        (&alert["signals"][0]["rule"], &alert["signals"][0]["evidence"]["failures"]),
        (&json!("guessed_password"), &json!(5))
    );
}

#[tokio::test]
async fn impossible_travel_is_detected_at_the_second_sign_in() {
    let world = world().await;
    let ada = world.person("ada").await;
    let at = |country: &str, ip: &str| {
        world.anyone().from(ip).with_header("cloudfront-viewer-country", country)
    };
    sign_in(&at("SE", "203.0.113.9"), &ada.email).await;
    world.advance(10 * MINUTE);
    sign_in(&at("NZ", "198.51.100.7"), &ada.email).await;
    scans(&world).await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let scanned = grace.post(&scan_of(ada.id), json!({})).await.ok();
    assert_eq!(scanned["signals"][0]["rule"], "impossible_travel", "{scanned}");
}

#[tokio::test]
async fn a_change_of_address_triggers_a_scan_and_other_changes_do_not() {
    let world = world().await;
    let ada = world.person("ada").await;
    for body in [
        json!({"billingCountry": "SE"}),
        json!({"address": "Storgatan 1"}),
        json!({"billingZip": "111 22"}),
        json!({"email": "ada@mailinator.com", "currentPassword": PASSWORD}),
    ] {
        ada.put("/api/users/me", body.clone()).await.ok();
        assert_eq!(scans(&world).await, 1, "{body}");
        ada.put("/api/users/me", body.clone()).await.ok();
        assert_eq!(scans(&world).await, 0, "{body} again");
    }
    for body in [
        json!({"firstName": "Augusta"}),
        json!({"settings": {"theme": "dark"}}),
        json!({"email": "somebody@example.org", "currentPassword": "wrong"}),
    ] {
        ada.put("/api/users/me", body).await;
        assert_eq!(scans(&world).await, 0);
    }
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let alerts = grace.get(&format!("{ALERTS}?userId={}", ada.id)).await.ok();
    assert_eq!(
        (&alerts["pagination"]["total"], &alerts["data"][0]["signals"][0]["rule"]),
        (&json!(1), &json!("disposable_email"))
    );
    // A change of the address by staff triggers a scan too.
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    root.put(
        &format!("/api/users/{}", ada.id),
        json!({"email": "ada@example.org", "reason": "asked"}),
    )
    .await
    .ok();
    assert_eq!(scans(&world).await, 1);
}

#[tokio::test]
async fn a_late_scan_of_an_erased_account_does_nothing() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let mallory = world.person("mallory").await;
    let message = [Message::FraudScan { user: mallory.id }];
    root.delete_with(
        &format!("/api/admin/users/{}", mallory.id),
        json!({"confirmDelete": true, "reason": "asked"}),
    )
    .await
    .ok();
    world.settle().await;
    assert!(deliver(&world, &message).await.batch_item_failures.is_empty());
    assert!(
        world.app.store().operations_of(mallory.id).await.unwrap().is_empty(),
        "no sighting is written"
    );
}
