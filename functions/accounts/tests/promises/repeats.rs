//! Requests with an `Idempotency-Key`: one effect, one count, and a separate key space for each
//! caller.

use provost_testkit::Someone;
use serde_json::json;

use super::support::{GOOD, emails, register, registration, together, with, world};

#[tokio::test]
async fn forty_concurrent_requests_with_one_key_have_one_effect_and_count_once() {
    let world = world().await;
    let caller = world.anyone().with_header("idempotency-key", "a1");
    let replies = together((0..40).map(|_| {
        let caller = caller.clone();
        async move { register(&caller, "ada@user.example").await }
    }))
    .await;
    let bodies: Vec<_> = replies.iter().map(|reply| reply.status(201)).collect();
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(
        (world.app.store().count_users().await.unwrap(), emails(&world).await.len()),
        (1, 1)
    );
    // Four of the five requests per hour are left.
    for n in 0..4 {
        register(&world.anyone(), &format!("ada{n}@user.example")).await.status(201);
    }
    register(&world.anyone(), "eve@user.example").await.is(429, "RATE_LIMITED");
    register(&caller, "ada@user.example").await.status(201);
}

#[tokio::test]
async fn rejected_requests_count_towards_the_limit_despite_an_idempotency_key() {
    let world = world().await;
    let ada = world.person("ada").await;
    let caller = world.anyone().with_header("idempotency-key", "a1");
    for _ in 0..5 {
        register(&caller, &ada.email).await.is(409, "ALREADY_EXISTS");
    }
    register(&caller, &ada.email).await.is(429, "RATE_LIMITED");
}

fn keyed<'w>(who: &Someone<'w>) -> Someone<'w> {
    who.with_header("idempotency-key", "a1")
}

#[tokio::test]
async fn the_same_key_from_different_callers_never_collides() {
    let world = world().await;
    let (here, there) = (world.anyone().from("192.0.2.1"), world.anyone().from("192.0.2.2"));
    let first = register(&keyed(&here), "ada@user.example").await.status(201);
    // From one IP address.
    let second = register(&keyed(&here), "eve@user.example").await.status(201);
    assert_ne!(first["id"], second["id"]);
    // From another IP address with the same body: handled as a request without a key.
    register(&keyed(&there), "ada@user.example").await.is(409, "ALREADY_EXISTS");
    // A body with a password is a different request if anything in it differs, so its key reveals
    // nothing about the password.
    let other = with(registration("ada@user.example"), "firstName", json!("Augusta"));
    keyed(&here).post("/api/users/register", other).await.is(409, "ALREADY_EXISTS");
    // Using another caller's key first does not suppress the email of that caller.
    for who in [&here, &there] {
        keyed(who)
            .post("/api/users/forgot-password", json!({"email": "ada@user.example"}))
            .await
            .status(204);
    }
    let resets = emails(&world)
        .await
        .into_iter()
        .filter(|(_, template)| template == "password-reset")
        .count();
    assert_eq!(resets, 2);
}

#[tokio::test]
async fn an_idempotency_key_has_1_to_255_visible_characters() {
    let world = world().await;
    let ada = world.person("ada").await;
    for (n, key) in ["a", "a1", "~", &"k".repeat(129), &"k".repeat(255)].into_iter().enumerate() {
        let caller =
            world.anyone().from(&format!("198.51.100.{n}")).with_header("idempotency-key", key);
        let email = format!("person{n}@user.example");
        let first = register(&caller, &email).await.status(201);
        let again = register(&caller, &email).await;
        assert_eq!(
            (again.status(201), again.header("idempotent-replayed")),
            (first, "true".to_owned()),
            "{key}"
        );
    }
    for key in ["", " ", "a b", "\u{7f}x", &"k".repeat(256)] {
        let Ok(_) = http::HeaderValue::from_str(key) else { continue };
        let refused = ada
            .with_header("idempotency-key", key)
            .post("/api/users/me/export-request", json!({}))
            .await;
        assert_eq!(
            refused.is(422, "VALIDATION_FAILED")["errors"][0]["field"],
            "Idempotency-Key",
            "{key}"
        );
    }
    assert!(!format!("{:?}", emails(&world).await).contains(GOOD));
}
