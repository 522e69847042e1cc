//! The life of an account: from registration to closing, as a client would use it.

use http::Method;
use provost_domain::time::{DAY, MINUTE, SECOND};
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

use super::{email_text, png, token};

const EMAIL: &str = "ada@lovelace.example";
const FIRST: &str = "Wintry-Harbour-9";
const SECOND_PASSWORD: &str = "Stormy-Meadow-4";

async fn sign_in<'w>(world: &'w World, password: &str, more: Value) -> (Someone<'w>, Value) {
    let mut body = json!({ "email": EMAIL, "password": password });
    for (name, value) in more.as_object().expect("fields") {
        body[name] = value.clone();
    }
    let answered = world.anyone().post("/api/sessions/login", body).await.status(200);
    (world.anyone().with_token(answered["accessToken"].as_str().expect("a token")), answered)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_registration_to_closing_the_account() {
    let world = crate::world().await;
    let anyone = world.anyone();

    // She registers, and confirms the address by the link in the email; the link works once.
    let registration = json!({
        "email": EMAIL, "password": FIRST, "firstName": "Ada", "lastName": "Lovelace", "dateOfBirth": "2012-12-10", "billingCountry": "DE"
    });
    let made = anyone.post("/api/users/register", registration.clone()).await.status(201);
    let id = made["id"].as_str().expect("an id").to_owned();
    assert_eq!(made["created"], true);
    anyone.post("/api/users/register", registration).await.is(409, "ALREADY_EXISTS");
    let link = token(&email_text(&world, &id, "verify-email").await);
    anyone.post("/api/users/verify-email", json!({ "token": link })).await.ok();
    let (ada, signed_in) = sign_in(&world, FIRST, json!({})).await;
    assert_eq!(
        (&signed_in["tokenType"], &signed_in["reverifyRequired"]),
        (&json!("Bearer"), &json!(false))
    );

    // Her profile has what follows from her date of birth: in Germany, the age of consent is
    // sixteen.
    let me = ada.get("/api/users/me").await.ok();
    assert_eq!(
        (&me["id"], &me["emailVerified"], &me["displayName"]),
        (&json!(id), &json!(true), &json!("Ada Lovelace"))
    );
    let age = me["age"].as_u64().expect("an age");
    assert_eq!(me["isChildAccount"], json!(age < 16), "{age}");
    assert!(
        !me.to_string().contains("argon2") && me.get("sessions").is_none(),
        "a profile has no secret and no session"
    );

    // She moves, and changes settings one by one.
    ada.put("/api/users/me", json!({ "settings": { "theme": "dark", "locale": "de" } })).await.ok();
    let changed = ada
        .put(
            "/api/users/me",
            json!({ "displayName": "The Enchantress", "billingCity": "Berlin", "billingZip": "10115", "settings": { "locale": "en" } }),
        )
        .await
        .ok();
    assert_eq!(changed["displayName"], "The Enchantress");
    assert_eq!(
        (&changed["settings"]["theme"], &changed["settings"]["locale"]),
        (&json!("dark"), &json!("en"))
    );
    ada.put("/api/users/me", json!({ "role": "admin" })).await.is(422, "VALIDATION_FAILED");
    assert_eq!(ada.get(&format!("/api/users/{id}")).await.ok()["role"], "user");

    // She uploads an avatar and removes it.
    let seen = ada.ask(Method::POST, "/api/users/me/avatar", "image/png", png()).await.status(200);
    let picture = provost_testkit::http()
        .get(seen["avatarUrl"].as_str().expect("a URL"))
        .send()
        .await
        .expect("the avatar")
        .bytes()
        .await
        .expect("its bytes");
    assert!(picture.starts_with(b"\x89PNG"), "re-encoded as PNG");
    ada.delete("/api/users/me/avatar").await.status(204);
    assert!(ada.get("/api/users/me").await.ok()["avatarUrl"].is_null());

    keys(&world, &ada).await;
    second_factor(&world, &ada).await;

    // Sessions: two devices, one of them signed out from the other. She was notified of the new
    // one.
    let (phone, other) = sign_in(&world, FIRST, json!({})).await;
    let sessions = ada.get(&format!("/api/sessions/{id}")).await.ok();
    assert_eq!(sessions["data"].as_array().map(Vec::len), Some(3), "{sessions}");
    assert!(
        sessions["data"]
            .as_array()
            .expect("rows")
            .iter()
            .any(|row| row["current"] == true && row["ip"].is_string())
    );
    phone.post("/api/sessions/logout", json!({})).await.status(204);
    phone.get("/api/users/me").await.is(401, "SESSION_ENDED");
    anyone
        .post("/api/sessions/refresh", json!({ "refreshToken": other["refreshToken"] }))
        .await
        .is(401, "SESSION_ENDED");
    let notices = ada.get("/api/mailbox/notifications").await.ok();
    assert!(notices["pagination"]["total"].as_u64() >= Some(1), "{notices}");
    let notice = notices["data"][0]["id"].as_str().expect("an id").to_owned();
    let read = ada.post(&format!("/api/mailbox/notifications/{notice}/read"), json!({})).await;
    assert!(read.status.is_success(), "{}", read.text());
    let history = ada.get("/api/users/me/login-history").await.ok();
    assert!(history["pagination"]["total"].as_u64() >= Some(3), "{history}");

    // She forgets her password. The link in the email works once, within the hour, and ends every
    // session.
    anyone.post("/api/users/forgot-password", json!({ "email": EMAIL })).await.status(204);
    let link = token(&email_text(&world, &id, "password-reset").await);
    anyone
        .post("/api/users/reset-password", json!({ "token": link, "password": SECOND_PASSWORD }))
        .await
        .status(204);
    let used = anyone
        .post(
            "/api/users/reset-password",
            json!({ "token": link, "password": "Another-Harbour-9" }),
        )
        .await;
    assert!(used.status.is_client_error(), "a link works once: {}", used.text());
    ada.get("/api/users/me").await.is(401, "SESSION_ENDED");
    anyone
        .post("/api/sessions/login", json!({ "email": EMAIL, "password": FIRST }))
        .await
        .is(401, "UNAUTHENTICATED");
    let (ada, _) = sign_in(&world, SECOND_PASSWORD, json!({})).await;

    // She exports her data, once a day.
    let export = ada.post("/api/users/me/export-request", json!({})).await.status(202);
    assert!(export["identity"].as_str().expect("shown once").starts_with("AGE-SECRET-KEY-1"));
    world.settle().await;
    let jobs = ada.get("/api/users/me/export-jobs").await.ok();
    assert_eq!(
        (&jobs["data"][0]["id"], &jobs["data"][0]["status"]),
        (&export["id"], &json!("completed"))
    );
    let again = ada.post("/api/users/me/export-request", json!({})).await;
    assert!(again.status.is_client_error(), "{}", again.text());

    // She requests the deletion, cancels it, and requests it again.
    ada.post("/api/users/me/deletion-request", json!({ "reason": "Too much time" })).await.ok();
    anyone
        .post("/api/sessions/login", json!({ "email": EMAIL, "password": SECOND_PASSWORD }))
        .await
        .is(403, "DELETION_PENDING");
    let (ada, _) = sign_in(&world, SECOND_PASSWORD, json!({ "cancelDeletion": true })).await;
    ada.get("/api/users/me").await.ok();
    assert_eq!(ada.post("/api/sessions/logout-all", json!({})).await.ok()["revokedSessions"], 1);
    let (ada, _) = sign_in(&world, SECOND_PASSWORD, json!({})).await;
    ada.post("/api/users/me/deletion-request", json!({})).await.ok();
    world.settle().await;
    world.advance(14 * DAY + MINUTE);
    super::strike(&world, "due").await;
    super::tidy_index(&world).await;
    let left = super::leftovers(&world, &[&id, EMAIL, "Enchantress"]).await;
    assert!(left.is_empty(), "left of the user: {left:#?}");
    let register =
        json!({ "email": EMAIL, "password": FIRST, "firstName": "Another", "lastName": "Ada" });
    assert_ne!(
        anyone.post("/api/users/register", register).await.status(201)["id"],
        json!(id),
        "the address is available again"
    );
    world.settle().await;
}

/// API keys and SSH keys.
async fn keys(world: &World, ada: &Someone<'_>) {
    let made = ada.post("/api/apikeys", json!({ "name": "laptop" })).await.status(201);
    let key = made["key"].as_str().expect("shown once").to_owned();
    let program = world.anyone().with_token(&key);
    assert_eq!(program.get("/api/users/me").await.ok()["email"], EMAIL);
    let listed = ada.get("/api/apikeys/my").await.ok();
    let row = &listed["data"][0];
    assert!(
        key.starts_with(row["prefix"].as_str().expect("a prefix"))
            && row["lastUsedAt"].is_string()
            && !listed.to_string().contains(&key)
    );
    ada.delete(&format!("/api/apikeys/{}", made["id"].as_str().expect("an id"))).await.status(204);
    program.get("/api/users/me").await.is(401, "UNAUTHENTICATED");

    // The key and its fingerprint as shown by `ssh-keygen -lf`.
    let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti ada@engine";
    let made =
        ada.post("/api/ssh-keys", json!({ "name": "engine", "publicKey": line })).await.status(201);
    assert!(made["fingerprint"].as_str().expect("a fingerprint").starts_with("SHA256:"), "{made}");
    ada.post("/api/ssh-keys", json!({ "name": "again", "publicKey": line }))
        .await
        .is(409, "ALREADY_EXISTS");
    ada.post("/api/ssh-keys", json!({ "name": "no", "publicKey": "ssh-ed25519 AAAA" }))
        .await
        .is(422, "VALIDATION_FAILED");
    ada.delete(&format!("/api/ssh-keys/{}", made["id"].as_str().expect("an id"))).await.status(204);
}

/// A second factor: enabled, required, replaced by a recovery code, disabled.
async fn second_factor(world: &World, ada: &Someone<'_>) {
    let shown = |secret: &str| {
        let secret = totp_rs::Secret::try_from_base32(secret).expect("base 32");
        let seconds = u64::try_from(world.app.now().seconds()).expect("after 1970");
        totp_rs::Builder::new()
            .with_secret(secret)
            .build()
            .expect("a secret of 160 bits")
            .generate(seconds)
            .to_string()
    };
    let secret = ada
        .post("/api/sessions/two-factor", json!({ "currentPassword": FIRST }))
        .await
        .ok()["secret"]
        .as_str()
        .expect("a secret")
        .to_owned();
    let on =
        ada.post("/api/sessions/two-factor/confirm", json!({ "code": shown(&secret) })).await.ok();
    let recovery = on["recoveryCodes"][0].as_str().expect("a code").to_owned();
    let plain = json!({ "email": EMAIL, "password": FIRST });
    world.anyone().post("/api/sessions/login", plain).await.is(401, "SECOND_FACTOR_REQUIRED");
    world.advance(30 * SECOND);
    sign_in(world, FIRST, json!({ "code": shown(&secret) })).await;
    let spent = json!({ "email": EMAIL, "password": FIRST, "code": recovery });
    let (phone, _) = sign_in(world, FIRST, json!({ "code": recovery })).await;
    world.anyone().post("/api/sessions/login", spent).await.is(401, "SECOND_FACTOR_REQUIRED");
    phone.post("/api/sessions/logout", json!({})).await.status(204);
    world.advance(30 * SECOND);
    let off = ada.delete_with("/api/sessions/two-factor", json!({ "code": shown(&secret) })).await;
    assert!(off.status.is_success(), "{}", off.text());
}
