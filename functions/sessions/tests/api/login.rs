//! `POST /api/sessions/login`.

use provost_auth::password::is_outdated;
use provost_domain::{
    SessionId, Status,
    message::Message,
    session::MAX_SESSIONS,
    time::{DAY, MINUTE},
    user::{Suspension, SuspensionKind},
};
use provost_store::credentials::Credential;
use provost_testkit::people::PASSWORD;
use serde_json::json;

use super::support::{sign_in, signed_in, text, world};

#[tokio::test]
async fn the_correct_password_returns_valid_tokens() {
    let world = world().await;
    let ada = world.person("ada").await;
    let tokens = signed_in(&world, " ADA@User.Example ").await;
    assert_eq!(
        (&tokens["tokenType"], &tokens["expiresIn"], &tokens["reverifyRequired"]),
        (&json!("Bearer"), &json!(600), &json!(false))
    );
    let session: SessionId = text(&tokens, "sessionId").parse().unwrap();
    let listed = ada
        .with_token(&text(&tokens, "accessToken"))
        .get(&format!("/api/sessions/{}", ada.id))
        .await
        .ok();
    assert_eq!(listed["pagination"]["total"], 2);
    let row = &listed["data"][0];
    assert_eq!(
        (row["id"].as_str().unwrap().to_owned(), &row["current"], &row["ip"], &row["userAgent"]),
        (session.to_string(), &json!(true), &json!("127.0.0.1"), &json!("testkit"))
    );
    let user = world.user(ada.id).await.unwrap();
    assert_eq!(user.last_login_at, Some(world.app.now()));
    // Signing in does not change the account's version.
    assert_eq!(user.version, 1);
}

/// The password of all test users, hashed with fewer iterations and less memory.
const EARLIER_HASH: &str = "$argon2id$v=19$m=1024,t=1,p=1$cHJvdm9zdC1zYWx0LTE2Yg$pzPB3XeiT6rw3V8/tM+TVU7eezaC7l5tS+RJ7YWhpIE";

#[tokio::test]
async fn a_hash_with_older_parameters_is_replaced_at_the_next_sign_in() {
    let world = world().await;
    let ada = world.person("ada").await;
    let stored = async || world.app.store().credential(ada.id).await.unwrap().unwrap();
    let mut tx = world.app.transaction();
    let before = Credential { password_hash: EARLIER_HASH.to_owned(), resets: 3, ..stored().await };
    tx.save_credential(ada.id, &before).unwrap();
    tx.commit().await.unwrap();

    sign_in(&world.anyone(), &ada.email, "Another-Password-7").await.is(401, "UNAUTHENTICATED");
    assert_eq!(stored().await.password_hash, EARLIER_HASH, "a wrong password replaces nothing");
    signed_in(&world, &ada.email).await;
    let after = stored().await;
    assert!(!is_outdated(&after.password_hash), "{}", after.password_hash);
    assert_eq!(
        (after.resets, after.set_at, after.must_reset),
        (3, before.set_at, false),
        "nothing else changes"
    );
    signed_in(&world, &ada.email).await;
    assert_eq!(stored().await.password_hash, after.password_hash, "a current hash is kept");
}

#[tokio::test]
async fn every_sign_in_creates_new_secrets_and_none_is_stored_in_plain_text() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (one, two) = (signed_in(&world, &ada.email).await, signed_in(&world, &ada.email).await);
    for name in ["accessToken", "refreshToken", "sessionId"] {
        assert_ne!(one[name], two[name], "{name}");
    }
    let kept = format!("{:?}", serde_json::to_value(world.user(ada.id).await.unwrap()).unwrap());
    for tokens in [&one, &two] {
        for part in text(tokens, "refreshToken").trim_start_matches("prr_").split('.').take(2) {
            assert!(!kept.contains(part));
        }
    }
}

#[tokio::test]
async fn a_wrong_password_is_rejected_and_counted() {
    let world = world().await;
    let ada = world.person("ada").await;
    sign_in(&world.anyone(), &ada.email, "Wintry-Harbour-8").await.is(401, "UNAUTHENTICATED");
    let user = world.user(ada.id).await.unwrap();
    assert_eq!((user.failures.count, user.sessions.len()), (1, 1));
    signed_in(&world, &ada.email).await;
    assert_eq!(world.user(ada.id).await.unwrap().failures.count, 0, "a success resets the count");
}

#[tokio::test]
async fn no_cookie_is_set_and_none_is_a_credential() {
    let world = world().await;
    let ada = world.person("ada").await;
    let reply = sign_in(&world.anyone(), &ada.email, PASSWORD).await;
    assert_eq!(reply.header("set-cookie"), "");
    let token = text(&reply.ok(), "accessToken");
    for name in ["__Host-provost", "__Host-provost-portal-access", "Authorization"] {
        let browser = world.anyone().with_header("cookie", &format!("{name}={token}"));
        browser.get(&format!("/api/sessions/{}", ada.id)).await.is(401, "UNAUTHENTICATED");
    }
}

#[tokio::test]
async fn the_status_of_a_blocked_account_is_revealed_only_to_its_owner() {
    let world = world().await;
    let ada = world.person("ada").await;
    let now = world.app.now();
    let end = now.plus(DAY);
    world
        .edit(ada.id, |ada| {
            ada.suspension = Some(Suspension {
                id: None,
                kind: SuspensionKind::Ban,
                reason: "spam".to_owned(),
                by: ada.pseudonym,
                at: now,
                expires_at: Some(end),
                before: Status::Active,
            });
            ada.status = Status::Suspended;
            ada.sessions.clear();
        })
        .await;
    let refused = sign_in(&world.anyone(), &ada.email, PASSWORD).await.is(403, "ACCOUNT_SUSPENDED");
    assert_eq!(refused["until"], end.to_string());
    sign_in(&world.anyone(), &ada.email, "Wintry-Harbour-8").await.is(401, "UNAUTHENTICATED");
    world.advance(DAY);
    signed_in(&world, &ada.email).await;

    let bob = world.person("bob").await;
    world.edit(bob.id, |bob| bob.status = Status::Inactive).await;
    sign_in(&world.anyone(), &bob.email, PASSWORD).await.is(403, "ACCOUNT_INACTIVE");
    assert_eq!(
        world.user(bob.id).await.unwrap().failures.count,
        0,
        "the correct password does not count as a failure"
    );
}

#[tokio::test]
async fn with_two_factor_authentication_the_password_is_not_sufficient() {
    let world = world().await;
    let ada = world.person("ada").await;
    world.edit(ada.id, |ada| ada.two_factor_enabled = true).await;
    sign_in(&world.anyone(), &ada.email, PASSWORD).await.is(401, "SECOND_FACTOR_REQUIRED");
    sign_in(&world.anyone(), &ada.email, "Wintry-Harbour-8").await.is(401, "UNAUTHENTICATED");
    world
        .anyone()
        .post(
            "/api/sessions/login",
            json!({"email": ada.email, "password": PASSWORD, "code": "000000"}),
        )
        .await
        .is(401, "SECOND_FACTOR_REQUIRED");
    assert_eq!(
        world.user(ada.id).await.unwrap().failures.count,
        2,
        "a wrong code counts like a wrong password"
    );
}

#[tokio::test]
async fn at_the_session_limit_the_session_idle_for_longest_ends() {
    let world = world().await;
    let ada = world.person("ada").await;
    for _ in 0..MAX_SESSIONS {
        world.advance(MINUTE);
        signed_in(&world, &ada.email).await;
    }
    let user = world.user(ada.id).await.unwrap();
    assert_eq!(user.sessions.len(), MAX_SESSIONS);
    assert!(!user.sessions.contains_key(&ada.session.unwrap()));
}

#[tokio::test]
async fn a_sign_in_from_a_new_device_is_emailed_except_the_first() {
    let world = world().await;
    let ada = world.person("ada").await;
    let waiting = async || {
        let waiting =
            world.app.store().overdue_messages(world.app.now().plus(DAY), 10).await.unwrap();
        waiting.iter().filter(|waiting| matches!(waiting.message, Message::Mail { .. })).count()
    };
    let phone = world
        .anyone()
        .with_header("user-agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19 Mobile Safari/604");
    signed_in(&world, &ada.email).await;
    assert_eq!(waiting().await, 0);
    sign_in(&phone, &ada.email, PASSWORD).await.ok();
    assert_eq!(waiting().await, 1);
    sign_in(&phone, &ada.email, PASSWORD).await.ok();
    signed_in(&world, &ada.email).await;
    assert_eq!(waiting().await, 1, "both devices are known now");
}

#[tokio::test]
async fn the_same_request_with_an_idempotency_key_signs_in_once() {
    let world = world().await;
    let ada = world.person("ada").await;
    let caller = world.anyone().with_header("idempotency-key", "sign-in-0000-0001");
    let first = sign_in(&caller, &ada.email, PASSWORD).await;
    let again = sign_in(&caller, &ada.email, PASSWORD).await;
    assert_eq!((first.ok(), again.header("idempotent-replayed")), (again.ok(), "true".to_owned()));
    assert_eq!(world.user(ada.id).await.unwrap().sessions.len(), 2);
    sign_in(&caller, &ada.email, "Wintry-Harbour-8").await.is(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn an_idempotency_key_does_not_allow_password_guessing() {
    let world = world().await;
    let ada = world.person("ada").await;
    // A client behind the same address guesses the key as well.
    let caller = world.anyone().with_header("idempotency-key", "login");
    sign_in(&caller, &ada.email, PASSWORD).await.ok();
    for _ in 0..5 {
        sign_in(&caller, &ada.email, "Wintry-Harbour-8").await.is(401, "UNAUTHENTICATED");
    }
    let wrong = sign_in(&caller, &ada.email, "Wintry-Harbour-9").await;
    let right = sign_in(&caller, &ada.email, PASSWORD).await;
    assert_eq!(
        (
            wrong.is(429, "RATE_LIMITED")["code"].clone(),
            right.is(429, "RATE_LIMITED")["code"].clone()
        ),
        (json!("RATE_LIMITED"), json!("RATE_LIMITED"))
    );
}
