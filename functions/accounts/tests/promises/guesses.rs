//! Guesses of the current password: each is counted before it is checked. Also: passwords in every
//! Unicode form that keyboards send.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use provost_domain::time::{MINUTE, SECOND};
use provost_testkit::World;
use serde_json::json;

use super::support::{GOOD, emails, registration, sign_in, together, with, world};

#[tokio::test]
async fn of_many_concurrent_password_guesses_five_are_checked() {
    // The position of the correct password must not affect the responses.
    for right in [0, 7, 23] {
        let world = world().await;
        let ada = world.person("ada").await;
        let replies = together((0..24).map(|n| {
            let guess = if n == right { GOOD.to_owned() } else { format!("Wintry-Harbour-{n}x") };
            let ada = ada.clone();
            async move {
                ada.put("/api/users/me", json!({"password": guess, "currentPassword": guess})).await
            }
        }))
        .await;
        let looked_at = replies.iter().filter(|reply| reply.status != 429).count();
        assert_eq!(
            looked_at,
            5,
            "{:?}",
            replies.iter().map(|reply| reply.status.as_u16()).collect::<Vec<_>>()
        );
        assert!(replies.iter().all(|reply| [422, 429].contains(&reply.status.as_u16())));
        assert_eq!(world.user(ada.id).await.unwrap().failures.count, 5);
        sign_in(&world, &ada.email, GOOD).await.is(429, "RATE_LIMITED");
    }
}

#[tokio::test]
async fn of_many_concurrent_guesses_with_a_new_address_five_are_checked() {
    let world = world().await;
    let ada = world.person("ada").await;
    let replies = together((0..24).map(|n| {
        let ada = ada.clone();
        let body = json!({"email": format!("eve{n}@user.example"), "currentPassword": format!("Guess-{n}")});
        async move { ada.put("/api/users/me", body).await.status.as_u16() }
    }))
    .await;
    assert_eq!(replies.iter().filter(|status| **status == 422).count(), 5, "{replies:?}");
    assert_eq!(replies.iter().filter(|status| **status == 429).count(), 19, "{replies:?}");
}

#[tokio::test]
async fn the_correct_password_does_not_count_as_a_guess_if_the_request_fails() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    for _ in 0..3 {
        ada.put("/api/users/me", json!({"email": bob.email, "currentPassword": GOOD}))
            .await
            .is(409, "ALREADY_EXISTS");
    }
    let failures = world.user(ada.id).await.unwrap().failures;
    assert_eq!(failures.count, 0);
    for _ in 0..5 {
        sign_in(&world, &ada.email, "Wintry-Harbour-8").await.is(401, "UNAUTHENTICATED");
    }
}

const COMPOSED: &str = "Schl\u{fc}ssel-Gr\u{f6}\u{df}e-9";
const DECOMPOSED: &str = "Schlu\u{308}ssel-Gro\u{308}\u{df}e-9";

#[tokio::test]
async fn a_password_matches_in_every_unicode_form() {
    let pairs =
        [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED), ("Wide\u{a0}Harbour-9", "Wide Harbour-9")];
    for (chosen, typed) in pairs {
        let world = world().await;
        let body = with(registration("ada@user.example"), "password", json!(chosen));
        world.anyone().post("/api/users/register", body).await.status(201);
        for password in [chosen, typed] {
            sign_in(&world, "ada@user.example", password).await.ok();
        }
        sign_in(&world, "ada@user.example", "Schlussel-Grosse-9").await.is(401, "UNAUTHENTICATED");
    }
}

#[tokio::test]
async fn passwords_hashed_by_earlier_releases_still_sign_in() {
    for chosen in [COMPOSED, DECOMPOSED, "Wide\u{a0}Harbour-Gr\u{f6}\u{df}e-9"] {
        let world = world().await;
        let ada = world.person("ada").await;
        set_hash(&world, ada.id, &earlier_hash(chosen)).await;
        sign_in(&world, &ada.email, chosen).await.ok();
        if !chosen.starts_with("Schl") {
            continue;
        }
        for typed in [COMPOSED, DECOMPOSED] {
            sign_in(&world, &ada.email, typed).await.ok();
        }
    }
}

/// The password hash of an earlier release: over the raw bytes, without normalization.
fn earlier_hash(password: &str) -> String {
    let mut out = [0; 32];
    let params = argon2::Params::new(19 * 1024, 2, 1, Some(out.len())).unwrap();
    let argon2 = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    argon2.hash_password_into(password.as_bytes(), b"0123456789abcdef", &mut out).unwrap();
    format!(
        "$argon2id$v=19$m=19456,t=2,p=1${}${}",
        STANDARD_NO_PAD.encode("0123456789abcdef"),
        STANDARD_NO_PAD.encode(out)
    )
}

async fn set_hash(world: &World, user: provost_domain::UserId, hash: &str) {
    let credential = world.app.store().credential(user).await.unwrap().unwrap();
    let mut tx = world.app.transaction();
    tx.save_credential(
        user,
        &provost_store::credentials::Credential { password_hash: hash.to_owned(), ..credential },
    )
    .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn an_account_gets_three_reset_emails_an_hour_from_all_callers_together() {
    let world = world().await;
    let ada = world.person("ada").await;
    let ask = async |n: u8, email: &str| {
        world
            .anyone()
            .from(&format!("198.51.100.{n}"))
            .post("/api/users/forgot-password", json!({"email": email}))
            .await
    };
    let resets = async || {
        emails(&world)
            .await
            .iter()
            .filter(|(user, template)| *user == ada.id && template == "password-reset")
            .count()
    };
    let replies = together((0..9).map(|n| ask(n, &ada.email))).await;
    assert!(replies.iter().all(|reply| reply.status == 204 && reply.body.is_empty()));
    assert_eq!(resets().await, 3);
    // A changed address of the same account does not reset the limit.
    ada.put("/api/users/me", json!({"email": "countess@user.example", "currentPassword": GOOD}))
        .await
        .ok();
    ask(20, "countess@user.example").await.status(204);
    assert_eq!(resets().await, 3);
    world.interceptor.reset();
    ask(21, "countess@user.example").await.status(204);
    let (over, spent) = (world.interceptor.log(), world.interceptor.spent());
    world.interceptor.reset();
    ask(22, "nobody@user.example").await.status(204);
    assert_eq!(
        (over, spent.writes, spent.reads),
        (
            world.interceptor.log(),
            world.interceptor.spent().writes,
            world.interceptor.spent().reads
        )
    );
    world.advance(60 * 60_000);
    ask(23, "countess@user.example").await.status(204);
    assert_eq!(resets().await, 4);
}

#[tokio::test]
async fn the_limit_of_three_reset_emails_slides_across_the_full_hour() {
    let world = world().await;
    let ada = world.person("ada").await;
    let ask = async |n: u8| {
        world
            .anyone()
            .from(&format!("198.51.100.{n}"))
            .post("/api/users/forgot-password", json!({"email": ada.email}))
            .await
            .status(204);
    };
    let resets = async || {
        emails(&world)
            .await
            .iter()
            .filter(|(user, template)| *user == ada.id && template == "password-reset")
            .count()
    };
    // The test clock starts at a full hour.
    world.advance(57 * MINUTE);
    for n in 0..3 {
        ask(n).await;
        world.advance(MINUTE);
    }
    for n in 10..13 {
        ask(n).await;
        world.advance(MINUTE);
    }
    assert_eq!(resets().await, 3, "at five minutes past");
    world.advance(54 * MINUTE - 1);
    ask(20).await;
    assert_eq!(resets().await, 3, "the first email is one millisecond short of an hour old");
    world.advance(1);
    for n in 21..24 {
        ask(n).await;
    }
    assert_eq!(resets().await, 4, "one slot is free, not three");
}

#[tokio::test]
async fn retry_after_is_when_the_oldest_attempt_is_an_hour_old() {
    let world = world().await;
    world.advance(58 * MINUTE);
    let register = async |n: u8| {
        world
            .anyone()
            .post("/api/users/register", registration(&format!("new{n}@user.example")))
            .await
    };
    for n in 0..5 {
        register(n).await.status(201);
    }
    world.advance(4 * MINUTE);
    let refused = register(5).await;
    refused.is(429, "RATE_LIMITED");
    assert_eq!(refused.header("retry-after"), "3360");
    world.advance(3360 * SECOND);
    register(6).await.status(201);
}
