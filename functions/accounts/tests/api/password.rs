//! `POST /api/users/forgot-password` and `POST /api/users/reset-password`.

use provost_domain::{
    ApiKeyId, Status, UserId,
    api_key::LiveKey,
    time::{HOUR, MINUTE},
};
use serde_json::json;

use super::support::{
    GOOD, actions, confirmation, emails, register, reset_link, sign_in, together,
    without_request_id, world,
};

#[tokio::test]
async fn forgot_password_responds_the_same_for_known_and_unknown_addresses() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (here, there) = (world.anyone().from("192.0.2.1"), world.anyone().from("192.0.2.2"));
    for _ in 0..4 {
        world.interceptor.reset();
        let known = here.post("/api/users/forgot-password", json!({"email": ada.email})).await;
        let requests = world.interceptor.log();
        world.interceptor.reset();
        let unknown =
            there.post("/api/users/forgot-password", json!({"email": "eve@user.example"})).await;
        assert_eq!(without_request_id(&known), without_request_id(&unknown));
        assert_eq!(requests, world.interceptor.log(), "and makes the same requests");
    }
    let emails = emails(&world).await;
    assert_eq!(
        emails
            .iter()
            .filter(|(user, template)| *user == ada.id && template == "password-reset")
            .count(),
        3
    );
}

#[tokio::test]
async fn forgot_password_allows_three_requests_in_five_minutes_per_ip_address() {
    let world = world().await;
    let ask = async || {
        world
            .anyone()
            .post("/api/users/forgot-password", json!({"email": "eve@user.example"}))
            .await
    };
    for _ in 0..3 {
        ask().await.status(204);
    }
    ask().await.is(429, "RATE_LIMITED");
    world.advance(5 * MINUTE);
    ask().await.status(204);
}

#[tokio::test]
async fn the_link_sets_a_new_password_ends_every_session_and_notifies_the_user() {
    let world = world().await;
    let ada = world.person("ada").await;
    for _ in 0..6 {
        sign_in(&world, &ada.email, "Wintry-Harbour-8").await;
    }
    let token = reset_link(&world, ada.id, 0).await;
    world
        .anyone()
        .post("/api/users/reset-password", json!({"token": token, "password": "Stormy-Meadow-4"}))
        .await
        .status(204);
    ada.get("/api/users/me").await.is(401, "SESSION_ENDED");
    world
        .anyone()
        .post("/api/sessions/refresh", json!({"refreshToken": ada.refresh}))
        .await
        .is(401, "SESSION_ENDED");
    sign_in(&world, &ada.email, GOOD).await.is(401, "UNAUTHENTICATED");
    // Proof of mailbox access lifts the lockout caused by other people's guesses.
    sign_in(&world, &ada.email, "Stormy-Meadow-4").await.status(200);
    assert_eq!(emails(&world).await, [(ada.id, "password-changed".to_owned())]);
    assert_eq!(actions(&world).await, ["user.password_reset"]);
}

#[tokio::test]
async fn a_link_works_once_and_a_new_password_invalidates_older_links() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (one, two) = (reset_link(&world, ada.id, 0).await, reset_link(&world, ada.id, 0).await);
    let set = async |token: &str, password: &str| {
        world
            .anyone()
            .post("/api/users/reset-password", json!({"token": token, "password": password}))
            .await
    };
    set(&one, "Stormy-Meadow-4").await.status(204);
    set(&one, "Stormy-Meadow-5").await.is(410, "LINK_USED_UP");
    set(&two, "Stormy-Meadow-5").await.is(410, "LINK_USED_UP");
    sign_in(&world, &ada.email, "Stormy-Meadow-4").await.status(200);
}

#[tokio::test]
async fn changing_the_password_invalidates_older_links() {
    let world = world().await;
    let ada = world.person("ada").await;
    let link = reset_link(&world, ada.id, 0).await;
    ada.put("/api/users/me", json!({"password": "Summery-Harbour-9", "currentPassword": GOOD}))
        .await
        .ok();
    world
        .anyone()
        .post("/api/users/reset-password", json!({"token": link, "password": "Stormy-Meadow-4"}))
        .await
        .is(410, "LINK_USED_UP");
    sign_in(&world, &ada.email, "Summery-Harbour-9").await.status(200);
}

#[tokio::test]
async fn of_many_concurrent_uses_of_one_link_exactly_one_sets_the_password() {
    let world = world().await;
    let ada = world.person("ada").await;
    let token = reset_link(&world, ada.id, 0).await;
    let answers = together((0..6).map(|n| {
        let (anyone, body) =
            (world.anyone(), json!({"token": token, "password": format!("Stormy-Meadow-{n}")}));
        async move { anyone.post("/api/users/reset-password", body).await }
    }))
    .await;
    assert_eq!(answers.iter().filter(|reply| reply.status == 204).count(), 1);
    for lost in answers.iter().filter(|reply| reply.status != 204) {
        lost.is(410, "LINK_USED_UP");
    }
}

#[tokio::test]
async fn weak_passwords_do_not_consume_the_link_and_invalid_links_set_nothing() {
    let world = world().await;
    let ada = world.person("ada").await;
    let token = reset_link(&world, ada.id, 0).await;
    let set = async |token: &str, password: &str| {
        world
            .anyone()
            .post("/api/users/reset-password", json!({"token": token, "password": password}))
            .await
    };
    assert_eq!(
        set(&token, "weak").await.is(422, "VALIDATION_FAILED")["errors"][0]["field"],
        "password"
    );
    set(&confirmation(&world, ada.id, &ada.email).await, "Stormy-Meadow-4")
        .await
        .is(404, "NOT_FOUND");
    set(&reset_link(&world, ada.id, 1).await, "Stormy-Meadow-4").await.is(410, "LINK_USED_UP");
    set(&format!("{token}x"), "Stormy-Meadow-4").await.is(404, "NOT_FOUND");
    set(ada.token.as_deref().unwrap(), "Stormy-Meadow-4").await.is(404, "NOT_FOUND");
    set(&token, "Stormy-Meadow-4").await.status(204);
    let late = reset_link(&world, ada.id, 1).await;
    world.advance(2 * HOUR);
    set(&late, "Stormy-Meadow-5").await.is(410, "LINK_EXPIRED");
}

#[tokio::test]
async fn a_password_reset_revokes_all_access_of_a_user_who_registered_a_foreign_address() {
    let world = world().await;
    let id: UserId = register(&world.anyone(), "victim@user.example").await.status(201)["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let key = provost_auth::secret::api_key(id).unwrap();
    let live = LiveKey {
        digest: provost_auth::secret::digest_of(&key),
        scopes: None,
        self_read: false,
        expires_at: None,
        last_used_at: None,
    };
    let key_id = world.app.id(ApiKeyId::new);
    world
        .edit(id, |victim| {
            victim.api_keys.insert(key_id, live);
            victim.two_factor_enabled = true;
        })
        .await;
    let unknown_login = world.anyone().with_token(&key);
    unknown_login.get("/api/users/me").await.ok();

    let token = reset_link(&world, id, 0).await;
    world
        .anyone()
        .post("/api/users/reset-password", json!({"token": token, "password": "Stormy-Meadow-4"}))
        .await
        .status(204);
    unknown_login.get("/api/users/me").await.status(401);
    let victim = world.user(id).await.unwrap();
    // The link was sent to the mailbox, so using it verifies the address.
    assert_eq!(
        (victim.email_verified, victim.status, victim.two_factor_enabled),
        (true, Status::Active, false)
    );
    sign_in(&world, "victim@user.example", "Stormy-Meadow-4").await.status(200);
}

#[tokio::test]
async fn a_password_reset_of_a_verified_account_keeps_the_second_factor() {
    let world = world().await;
    let ada = world.person("ada").await;
    world.edit(ada.id, |ada| ada.two_factor_enabled = true).await;
    let token = reset_link(&world, ada.id, 0).await;
    world
        .anyone()
        .post("/api/users/reset-password", json!({"token": token, "password": "Stormy-Meadow-4"}))
        .await
        .status(204);
    assert!(world.user(ada.id).await.unwrap().two_factor_enabled);
}

#[tokio::test]
async fn a_link_sent_to_the_old_address_is_invalid_after_an_address_change() {
    let world = world().await;
    let ada = world.person("ada").await;
    let token = reset_link(&world, ada.id, 0).await;
    ada.put("/api/users/me", json!({"email": "countess@user.example", "currentPassword": GOOD}))
        .await
        .ok();
    world
        .anyone()
        .post("/api/users/reset-password", json!({"token": token, "password": "Stormy-Meadow-4"}))
        .await
        .is(410, "LINK_REVOKED");
    sign_in(&world, "countess@user.example", GOOD).await.status(200);
}
