//! Changes of email address, phone number and username.

use provost_domain::{
    BuiltInRole, DeletionId, Status, User,
    page::{PageFrom, PageRequest},
    time::{DAY, HOUR},
    user::PendingDeletion,
};
use provost_store::mails::MailFilter;
use provost_testkit::Someone;
use serde_json::{Value, json};

use super::support::{GOOD, emails, entries, sign_in, world};

#[tokio::test]
async fn a_new_address_needs_the_password_moves_the_claim_and_must_be_verified() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let body = |email: &str, password: Value| json!({"email": email, "currentPassword": password});
    assert_eq!(
        ada.put("/api/users/me", json!({"email": "countess@user.example"}))
            .await
            .is(422, "VALIDATION_FAILED")["errors"][0]["field"],
        "currentPassword"
    );
    assert_eq!(
        ada.put("/api/users/me", body("countess@user.example", json!("Wintry-Harbour-8")))
            .await
            .is(422, "VALIDATION_FAILED")["errors"][0]["code"],
        "wrong"
    );
    assert_eq!(
        ada.put("/api/users/me", body(&bob.email, json!(GOOD))).await.is(409, "ALREADY_EXISTS")["field"],
        "email"
    );
    sign_in(&world, &ada.email, GOOD).await.status(200);

    let me = ada.put("/api/users/me", body("Countess@user.example", json!(GOOD))).await.ok();
    assert_eq!(
        (&me["email"], &me["emailVerified"]),
        (&json!("countess@user.example"), &json!(false))
    );
    assert_eq!(
        emails(&world).await,
        [(ada.id, "verify-email".to_owned()), (ada.id, "address-changed".to_owned())]
    );
    assert_eq!(
        ada.get("/api/mailbox/notifications").await.ok()["data"][0]["title"],
        "Your email address has been changed"
    );
    let log = world
        .app
        .store()
        .mails(&MailFilter::default(), &PageRequest { from: PageFrom::Page(1), limit: 10 })
        .await
        .unwrap()
        .rows;
    assert_eq!(
        log.iter().map(|(user, mail)| (*user, mail.to.as_str())).collect::<Vec<_>>(),
        [(Some(ada.id), ada.email.as_str())]
    );
    sign_in(&world, &ada.email, GOOD).await.is(401, "UNAUTHENTICATED");
    sign_in(&world, "countess@user.example", GOOD).await.status(200);
    // The old address is available again.
    bob.put("/api/users/me", body(&ada.email, json!(GOOD))).await.ok();
    let whole = format!("{:?}", entries(&world).await);
    assert!(
        !whole.contains("countess") && !whole.contains(GOOD),
        "the log holds addresses only sealed with the user's key"
    );
}

#[tokio::test]
async fn a_phone_number_has_one_format_and_one_owner() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let told = ada.put("/api/users/me", json!({"phone": "+44 (20) 7946-0000"})).await.ok();
    assert_eq!((&told["phone"], &told["phoneVerified"]), (&json!("+442079460000"), &json!(false)));
    assert_eq!(
        bob.put("/api/users/me", json!({"phone": "+44.20.7946.0000"}))
            .await
            .is(409, "ALREADY_EXISTS")["field"],
        "phone"
    );
    assert_eq!(
        bob.put("/api/users/me", json!({"phone": "020 7946 0000"}))
            .await
            .is(422, "VALIDATION_FAILED")["errors"][0]["field"],
        "phone"
    );
    world.edit(ada.id, |user| user.phone_verified = true).await;
    let moved = ada.put("/api/users/me", json!({"phone": "+442079460001"})).await.ok();
    assert_eq!(
        (&moved["phone"], &moved["phoneVerified"]),
        (&json!("+442079460001"), &json!(false)),
        "a changed number must be verified again"
    );
    bob.put("/api/users/me", json!({"phone": "+442079460000"})).await.ok();
    assert_eq!(ada.put("/api/users/me", json!({"phone": null})).await.ok()["phone"], json!(null));
    bob.put("/api/users/me", json!({"phone": "+442079460001"})).await.ok();
    let entries = world.app.store();
    assert_eq!(
        entries.owner_of_phone(&"+442079460001".parse().unwrap()).await.unwrap(),
        Some(bob.id)
    );
    assert_eq!(entries.owner_of_phone(&"+442079460000".parse().unwrap()).await.unwrap(), None);
}

#[tokio::test]
async fn a_username_is_unique_and_reserved_for_its_former_owner_after_a_change() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    ada.put("/api/users/me", json!({"username": "countess"})).await.ok();
    assert_eq!(
        bob.put("/api/users/me", json!({"username": "countess"})).await.is(409, "ALREADY_EXISTS")["field"],
        "username"
    );
    ada.put("/api/users/me", json!({"username": "lovelace"})).await.ok();
    assert_eq!(
        bob.put("/api/users/me", json!({"username": "countess"})).await.is(409, "CONTACT_RESERVED")
            ["field"],
        "username"
    );
    assert_eq!(ada.get("/api/users/me").await.ok()["username"], "lovelace");
    ada.put("/api/users/me", json!({"username": "countess"})).await.ok();
}

#[tokio::test]
async fn resubmitting_the_current_address_resends_verification_three_times_an_hour() {
    let world = world().await;
    let mut ada = world.person("ada").await;
    let name =
        async |ada: &Someone<'_>| ada.put("/api/users/me", json!({"email": ada.email})).await;
    name(&ada).await.ok();
    assert!(emails(&world).await.is_empty(), "the address is verified");
    world.edit(ada.id, |ada| ada.email_verified = false).await;
    for _ in 0..3 {
        assert_eq!(name(&ada).await.ok()["version"], 1);
    }
    name(&ada).await.is(429, "RATE_LIMITED");
    assert_eq!(emails(&world).await, vec![(ada.id, "verify-email".to_owned()); 3]);
    // Saving a complete form is not rate limited.
    ada.put("/api/users/me", json!({"email": ada.email, "firstName": "Augusta"})).await.ok();
    world.advance(HOUR);
    ada.renew().await;
    name(&ada).await.ok();
}

#[tokio::test]
async fn a_signed_in_user_cannot_enumerate_accounts() {
    let world = world().await;
    let (mut ada, bob) = (world.person("ada").await, world.person("bob").await);
    let attempt = async |ada: &Someone<'_>, email: &str| {
        ada.put("/api/users/me", json!({"email": email, "currentPassword": GOOD})).await
    };
    for _ in 0..3 {
        attempt(&ada, &bob.email).await.is(409, "ALREADY_EXISTS");
    }
    for name in ["countess", "lovelace"] {
        ada.put("/api/users/me", json!({"username": name})).await.ok();
    }
    let refused = attempt(&ada, "free@user.example").await;
    refused.is(429, "RATE_LIMITED");
    assert!(!refused.header("retry-after").is_empty());
    ada.put("/api/users/me", json!({"username": "augusta"})).await.is(429, "RATE_LIMITED");
    ada.put("/api/users/me", json!({"firstName": "Augusta"})).await.ok();
    world.advance(HOUR);
    ada.renew().await;
    attempt(&ada, "free@user.example").await.ok();
}

fn mark_pending_deletion(user: &mut User, id: DeletionId, now: provost_domain::Timestamp) {
    let pending =
        PendingDeletion { id, due_at: now.plus(DAY), before: Status::Active, executing: false };
    *user = user.clone().delete(pending, None, now).unwrap();
}

#[tokio::test]
async fn an_account_pending_deletion_is_read_only_and_its_contacts_are_reserved() {
    let world = world().await;
    let (ada, bob, grace) = (
        world.person("ada").await,
        world.person("bob").await,
        world.staff("grace", BuiltInRole::Admin).await,
    );
    ada.put("/api/users/me", json!({"username": "countess", "phone": "+442079460000"})).await.ok();
    let (id, now) = (world.app.id(DeletionId::new), world.app.now());
    world.edit(ada.id, |ada| mark_pending_deletion(ada, id, now)).await;
    let refused = grace
        .put(
            &format!("/api/users/{}", ada.id),
            json!({"email": "eve@user.example", "reason": "asked by phone"}),
        )
        .await;
    refused.is(409, "INVALID_ACTION");
    for (field, value) in [("username", "countess"), ("phone", "+442079460000")] {
        assert_eq!(
            bob.put("/api/users/me", json!({ field: value })).await.is(409, "CONTACT_RESERVED")["field"],
            field
        );
    }
    let body = json!({"email": ada.email, "currentPassword": GOOD});
    assert_eq!(bob.put("/api/users/me", body).await.is(409, "CONTACT_RESERVED")["field"], "email");
}
