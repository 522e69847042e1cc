//! The first verification of an address gives the mailbox owner exclusive access: all credentials
//! that another registrant left in the account are revoked.

use provost_domain::{ApiKeyId, SshKeyId, Status, UserId, api_key::LiveKey};
use provost_testkit::{Someone, World};
use serde_json::json;

use super::support::{GOOD, confirmation, register, reset_link, sign_in, world};

const VICTIM: &str = "victim@user.example";

/// An account that an attacker registered for another user's address, with every kind of
/// credential.
async fn squatted(world: &World) -> (UserId, Someone<'_>, Someone<'_>) {
    let id: UserId = register(&world.anyone(), VICTIM).await.status(201)["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let tokens = sign_in(world, VICTIM, GOOD).await.ok();
    let session = world.anyone().with_token(tokens["accessToken"].as_str().unwrap());
    let begun =
        session.post("/api/sessions/two-factor", json!({"currentPassword": GOOD})).await.ok();
    let secret = totp_rs::Secret::try_from_base32(begun["secret"].as_str().unwrap()).unwrap();
    let code = totp_rs::Builder::new()
        .with_secret(secret)
        .build()
        .unwrap()
        .generate(u64::try_from(world.app.now().seconds()).unwrap());
    session.post("/api/sessions/two-factor/confirm", json!({"code": code.to_string()})).await.ok();
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
        })
        .await;
    let mut tx = world.app.transaction();
    let ssh = provost_domain::ssh_key::SshKey {
        id: world.app.id(SshKeyId::new),
        name: "planted".to_owned(),
        kind: "ssh-ed25519".to_owned(),
        bits: 256,
        fingerprint: "SHA256:planted".to_owned(),
        public_key: "ssh-ed25519 AAAA".to_owned(),
        created_at: world.app.now(),
    };
    tx.add_ssh_key(id, &ssh).unwrap();
    tx.commit().await.unwrap();
    let program = world.anyone().with_token(&key);
    for way in [&session, &program] {
        way.get("/api/users/me").await.ok();
    }
    (id, session, program)
}

async fn assert_all_access_revoked(world: &World, id: UserId, ways: [&Someone<'_>; 2]) {
    for way in ways {
        way.get("/api/users/me").await.status(401);
    }
    let victim = world.user(id).await.unwrap();
    assert_eq!(
        (victim.email_verified, victim.status, victim.two_factor_enabled),
        (true, Status::Active, false)
    );
    assert!(victim.sessions.is_empty() && victim.api_keys.is_empty());
    assert!(world.app.store().second_factor(id).await.unwrap().is_none());
    assert!(world.app.store().ssh_keys(id).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_first_verification_revokes_earlier_sessions_keys_and_second_factor() {
    let world = world().await;
    let (id, session, program) = squatted(&world).await;
    let token = confirmation(&world, id, VICTIM).await;
    world.anyone().post("/api/users/verify-email", json!({"token": token})).await.status(204);
    assert_all_access_revoked(&world, id, [&session, &program]).await;
}

#[tokio::test]
async fn a_password_reset_before_the_first_verification_revokes_them_too() {
    let world = world().await;
    let (id, session, program) = squatted(&world).await;
    let token = reset_link(&world, id, 0).await;
    world
        .anyone()
        .post("/api/users/reset-password", json!({"token": token, "password": "Stormy-Meadow-4"}))
        .await
        .status(204);
    assert_all_access_revoked(&world, id, [&session, &program]).await;
    sign_in(&world, VICTIM, "Stormy-Meadow-4").await.ok();
}

#[tokio::test]
async fn verifying_while_signed_in_keeps_all_credentials() {
    let world = world().await;
    let (id, session, program) = squatted(&world).await;
    let other = world.person("bob").await;
    let token = confirmation(&world, id, VICTIM).await;
    session.post("/api/users/verify-email", json!({"token": token})).await.status(204);
    for way in [&session, &program] {
        way.get("/api/users/me").await.ok();
    }
    assert!(world.user(id).await.unwrap().two_factor_enabled);
    // The session of another user does not count.
    let eve: UserId = register(&world.anyone(), "eve@user.example").await.status(201)["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    sign_in(&world, "eve@user.example", GOOD).await.ok();
    let token = confirmation(&world, eve, "eve@user.example").await;
    other.post("/api/users/verify-email", json!({"token": token})).await.status(204);
    assert!(world.user(eve).await.unwrap().sessions.is_empty());
}

#[tokio::test]
async fn a_second_verification_revokes_nothing() {
    let world = world().await;
    let ada = world.person("ada").await;
    world
        .edit(ada.id, |ada| {
            ada.two_factor_enabled = true;
            ada.email_verified = false;
        })
        .await;
    let token = confirmation(&world, ada.id, &ada.email).await;
    world.anyone().post("/api/users/verify-email", json!({"token": token})).await.status(204);
    ada.get("/api/users/me").await.ok();
    assert!(world.user(ada.id).await.unwrap().two_factor_enabled);
}

#[tokio::test]
async fn a_restored_account_keeps_its_second_factor_when_verified_again() {
    let world = world().await;
    let ada = world.person("ada").await;
    world
        .edit(ada.id, |ada| {
            let now = ada.created_at;
            let id = provost_domain::DeletionId::new(ada.user_id.ulid());
            let pending =
                serde_json::from_value(json!({"id": id, "dueAt": now, "before": "active"}))
                    .unwrap();
            ada.two_factor_enabled = true;
            *ada = ada.clone().delete(pending, None, now).unwrap().restore(now).unwrap();
        })
        .await;
    for link in ["verify-email", "reset-password"] {
        let (path, body) = match link {
            "verify-email" => (
                format!("/api/users/{link}"),
                json!({"token": confirmation(&world, ada.id, &ada.email).await}),
            ),
            _ => (
                format!("/api/users/{link}"),
                json!({"token": reset_link(&world, ada.id, 0).await, "password": "Stormy-Meadow-4"}),
            ),
        };
        world.anyone().post(&path, body).await.status(204);
        assert!(world.user(ada.id).await.unwrap().two_factor_enabled, "{link}");
    }
}

#[tokio::test]
async fn a_token_with_surrounding_whitespace_works() {
    let world = world().await;
    let id: UserId = register(&world.anyone(), VICTIM).await.status(201)["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let token = confirmation(&world, id, VICTIM).await;
    world
        .anyone()
        .post("/api/users/verify-email", json!({"token": format!("\u{a0}{token} \r\n")}))
        .await
        .status(204);
    let token = reset_link(&world, id, 0).await;
    let body = json!({"token": format!("\t{token}\n"), "password": "Stormy-Meadow-4"});
    world.anyone().post("/api/users/reset-password", body).await.status(204);
}
