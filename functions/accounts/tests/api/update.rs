//! `PUT /api/users/me` and `PUT /api/users/{id}`.

use provost_domain::{
    BuiltInRole, Country, DeletionId, Permission, Status, User,
    page::{PageFrom, PageRequest},
    time::{DAY, HOUR},
    user::PendingDeletion,
};
use provost_store::{
    mails::MailFilter,
    settings::{self, Settings},
};
use provost_testkit::Someone;
use serde_json::{Value, json};

use super::support::{GOOD, actions, emails, entries, sign_in, together, world};

#[tokio::test]
async fn an_update_sets_given_fields_keeps_omitted_ones_and_clears_null() {
    let world = world().await;
    let ada = world.person("ada").await;
    ada.put(&format!("/api/users/{}", ada.id), json!({"firstName": " Ada ", "displayName": "Countess", "billingCity": "London", "settings": {"theme": "dark", "editor": {"tab": 2}}})).await.ok();
    let me = ada
        .put(
            "/api/users/me",
            json!({"displayName": null, "settings": {"theme": null, "editor": {"wrap": true}}}),
        )
        .await
        .ok();
    assert_eq!(
        (&me["firstName"], &me["displayName"], &me["billingCity"], &me["settings"]),
        (
            &json!("Ada"),
            &json!("Ada Lindqvist"),
            &json!("London"),
            &json!({"editor": {"tab": 2, "wrap": true}})
        )
    );
    assert_eq!((ada.get("/api/users/me").await.ok(), &me["version"]), (me.clone(), &json!(3)));
    assert_eq!(actions(&world).await, ["user.updated", "user.updated"]);
    // An update without differences changes nothing.
    assert_eq!(
        ada.put("/api/users/me", json!({"firstName": "Ada", "settings": {}})).await.ok()["version"],
        3
    );
    assert_eq!(actions(&world).await.len(), 2);
}

#[tokio::test]
async fn a_stale_version_is_rejected_with_the_current_version() {
    let world = world().await;
    let ada = world.person("ada").await;
    let etag = ada.get("/api/users/me").await.header("etag");
    let careful = ada.with_header("if-match", &etag);
    assert_eq!(
        careful.put("/api/users/me", json!({"firstName": "Ada"})).await.header("etag"),
        "\"2\""
    );
    assert_eq!(
        careful.put("/api/users/me", json!({"firstName": "Adele"})).await.is(412, "STALE_VERSION")
            ["version"],
        2
    );
    assert_eq!(ada.get("/api/users/me").await.ok()["firstName"], "Ada");
}

#[tokio::test]
async fn of_many_concurrent_conditional_updates_exactly_one_succeeds() {
    let world = world().await;
    let ada = world.person("ada").await;
    let answers =
        together(
            (0..10).map(|n| {
                let careful = ada.with_header("if-match", "\"1\"");
                async move {
                    careful.put("/api/users/me", json!({"firstName": format!("Ada {n}")})).await
                }
            }),
        )
        .await;
    assert_eq!(answers.iter().filter(|reply| reply.status == 200).count(), 1);
    for lost in answers.iter().filter(|reply| reply.status != 200) {
        lost.is(412, "STALE_VERSION");
    }
}

#[tokio::test]
async fn fields_that_the_user_may_not_set_are_rejected() {
    let world = world().await;
    let ada = world.person("ada").await;
    let stored: Value = serde_json::to_value(world.user(ada.id).await.unwrap()).unwrap();
    let mut fields: Vec<String> = stored.as_object().unwrap().keys().cloned().collect();
    fields.extend(
        [
            "id",
            "passwordHash",
            "isAdmin",
            "roles",
            "permissions",
            "age",
            "isChildAccount",
            "limits",
            "phoneVerified",
            "avatarUrl",
            "tenant",
            "pk",
            "sk",
            "__proto__",
            "resets",
        ]
        .map(str::to_owned),
    );
    fields.retain(|name| {
        !["email", "firstName", "lastName", "displayName", "username", "phone"]
            .contains(&name.as_str())
    });
    for field in fields {
        let refused = ada
            .put("/api/users/me", json!({ field.clone(): "rootAdmin", "firstName": "Eve" }))
            .await
            .is(422, "VALIDATION_FAILED");
        assert_eq!(
            (&refused["errors"][0]["field"], &refused["errors"][0]["code"]),
            (&json!(field), &json!("unknown"))
        );
    }
    assert_eq!(serde_json::to_value(world.user(ada.id).await.unwrap()).unwrap(), stored);
}

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
async fn a_stolen_session_cannot_guess_the_password_without_limit() {
    let world = world().await;
    let ada = world.person("ada").await;
    let guess = async |password: &str| {
        ada.put("/api/users/me", json!({"email": "eve@user.example", "currentPassword": password}))
            .await
            .status
            .as_u16()
    };
    let mut statuses = Vec::new();
    for n in 0..7 {
        statuses.push(guess(&format!("Guess-{n}")).await);
    }
    assert_eq!(statuses, [422, 422, 422, 422, 422, 429, 429]);
    // They lock the account like wrong passwords at sign-in, even for the correct password.
    assert_eq!(guess(GOOD).await, 429);
    sign_in(&world, &ada.email, GOOD).await.is(429, "RATE_LIMITED");
}

#[tokio::test]
async fn a_new_password_needs_the_current_one_and_revokes_other_credentials() {
    let world = world().await;
    let (ada, grace) = (world.person("ada").await, world.staff("grace", BuiltInRole::Admin).await);
    let enter = async |password: &str| {
        world
            .anyone()
            .post("/api/sessions/login", json!({"email": ada.email, "password": password}))
            .await
    };
    let elsewhere = ada.with_token(enter(GOOD).await.ok()["accessToken"].as_str().unwrap());
    let key = provost_auth::secret::api_key(ada.id).unwrap();
    let digest = provost_auth::secret::digest_of(&key);
    let live = provost_domain::api_key::LiveKey {
        digest,
        scopes: None,
        self_read: false,
        expires_at: None,
        last_used_at: None,
    };
    let key_id = world.app.id(provost_domain::ApiKeyId::new);
    world
        .edit(ada.id, |ada| {
            ada.api_keys.insert(key_id, live);
        })
        .await;
    let program = ada.with_token(&key);
    let new = "Summery-Harbour-9";
    let body =
        |password: &str, current: Value| json!({"password": password, "currentPassword": current});
    for (password, current, field, code) in [
        (new, json!(null), "currentPassword", "required"),
        (new, json!("Wintry-Harbour-8"), "currentPassword", "wrong"),
        (GOOD, json!(GOOD), "password", "unchanged"),
        ("short", json!(GOOD), "password", "too_short"),
    ] {
        let refused =
            ada.put("/api/users/me", body(password, current)).await.is(422, "VALIDATION_FAILED");
        assert_eq!(
            (&refused["errors"][0]["field"], &refused["errors"][0]["code"]),
            (&json!(field), &json!(code))
        );
    }
    let by_staff = grace
        .put(
            &format!("/api/users/{}", ada.id),
            json!({"password": new, "reason": "asked by phone"}),
        )
        .await;
    assert_eq!(by_staff.is(422, "VALIDATION_FAILED")["errors"][0]["code"], "not_allowed");
    let together =
        json!({"password": new, "currentPassword": GOOD, "email": "countess@user.example"});
    assert_eq!(
        ada.put("/api/users/me", together).await.is(422, "VALIDATION_FAILED")["errors"][0]["code"],
        "not_together"
    );
    program.put("/api/users/me", body(new, json!(GOOD))).await.is(409, "INVALID_ACTION");
    elsewhere.get("/api/users/me").await.ok();
    assert!(
        emails(&world).await.is_empty() && actions(&world).await.is_empty(),
        "nothing has changed so far"
    );

    let done = ada.put("/api/users/me", body(new, json!(GOOD))).await;
    done.ok();
    assert!(!done.text().contains(new));
    ada.get("/api/users/me").await.ok();
    for other in [elsewhere, program] {
        assert_eq!(other.get("/api/users/me").await.status, 401);
    }
    enter(GOOD).await.is(401, "UNAUTHENTICATED");
    enter(new).await.ok();
    assert_eq!(emails(&world).await, [(ada.id, "password-changed".to_owned())]);
    assert_eq!(actions(&world).await, ["user.password_changed"]);
    assert_eq!(
        ada.get("/api/mailbox/notifications").await.ok()["data"][0]["title"],
        "Your password has been changed"
    );
}

#[tokio::test]
async fn repeated_password_changes_are_rate_limited() {
    let world = world().await;
    let ada = world.person("ada").await;
    let mut present = GOOD.to_owned();
    for n in 0..5 {
        let next = format!("Summery-Harbour-{n}");
        ada.put("/api/users/me", json!({"password": next, "currentPassword": present})).await.ok();
        present = next;
    }
    ada.put("/api/users/me", json!({"password": GOOD, "currentPassword": present}))
        .await
        .is(429, "RATE_LIMITED");
    assert_eq!(emails(&world).await.len(), 5);
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
async fn staff_update_accounts_that_do_not_outrank_them() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (grace, root) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("root", BuiltInRole::RootAdmin).await,
    );
    let path = format!("/api/users/{}", ada.id);
    world.anyone().put(&path, json!({"firstName": "Eve"})).await.is(401, "UNAUTHENTICATED");
    bob.put(&path, json!({"firstName": "Eve"})).await.is(404, "INVALID_USER_ID");
    grace
        .put(&format!("/api/users/{}", root.id), json!({"firstName": "Eve"}))
        .await
        .is(403, "OUTRANKED");
    grace
        .put("/api/users/usr_00000000000000000000000000", json!({"firstName": "Eve"}))
        .await
        .is(404, "INVALID_USER_ID");
    grace.put(&path, json!({"firstName": "Eve", "reason": "x"})).await.is(422, "VALIDATION_FAILED");
    let seen = grace.put(&path, json!({"firstName": "Augusta", "email": "augusta@user.example", "reason": "asked by phone"})).await.ok();
    assert_eq!(
        (&seen["firstName"], &seen["email"], &seen["emailVerified"]),
        (&json!("Augusta"), &json!("augusta@user.example"), &json!(false))
    );
    assert_eq!(
        actions(&world).await,
        ["access.refused", "user.updated"],
        "failed attempts of staff are logged too"
    );
    let eve = world.person("eve").await;
    world
        .edit(eve.id, |eve| {
            eve.grants.insert(Permission::UserUpdate);
        })
        .await;
    eve.put(&path, json!({"lastName": "King"})).await.ok();
    // Changing the address takes over the account, so it needs its own permission and rank.
    eve.put(&path, json!({"email": "mine@user.example"})).await.is(403, "PERMISSION_DENIED");
    world
        .edit(eve.id, |eve| {
            eve.grants.insert(Permission::UserCredentials);
        })
        .await;
    eve.put(&path, json!({"email": "mine@user.example"})).await.is(403, "OUTRANKED");
    grace
        .put(
            &format!("/api/users/{}", world.staff("peer", BuiltInRole::Admin).await.id),
            json!({"email": "mine@user.example"}),
        )
        .await
        .is(403, "OUTRANKED");
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

#[tokio::test]
async fn age_rules_also_apply_after_registration() {
    let world = world().await;
    let no: Country = "NO".parse().unwrap();
    let settings = Settings {
        minimum_ages: [(no, 15)].into(),
        birth_date_countries: vec!["DE".parse().unwrap()],
        ..Settings::default()
    };
    let item = provost_store::item::encode("settings", &settings::key(), &settings).unwrap();
    world
        .app
        .store()
        .dynamo()
        .put_item()
        .table_name(&world.app.store().names().catalogue)
        .set_item(Some(item))
        .send()
        .await
        .unwrap();
    let (ada, grace) = (world.person("ada").await, world.staff("grace", BuiltInRole::Admin).await);
    ada.put("/api/users/me", json!({"firstName": "Ada"})).await.ok();
    let field = async |body: Value| {
        let refused = ada.put("/api/users/me", body).await.is(422, "VALIDATION_FAILED");
        (refused["errors"][0]["field"].clone(), refused["errors"][0]["code"].clone())
    };
    assert_eq!(
        field(json!({"dateOfBirth": "2000-01-01"})).await,
        (json!("billingCountry"), json!("required"))
    );
    assert_eq!(
        field(json!({"billingCountry": "DE"})).await,
        (json!("dateOfBirth"), json!("required"))
    );
    ada.put("/api/users/me", json!({"billingCountry": "NO", "dateOfBirth": "2000-01-01"}))
        .await
        .ok();
    assert_eq!(
        field(json!({"dateOfBirth": "2014-01-01"})).await,
        (json!("dateOfBirth"), json!("too_young"))
    );
    assert_eq!(
        field(json!({"dateOfBirth": null})).await,
        (json!("dateOfBirth"), json!("required"))
    );
    assert_eq!(
        field(json!({"billingCountry": null})).await,
        (json!("billingCountry"), json!("required"))
    );
    grace
        .put(
            &format!("/api/users/{}", ada.id),
            json!({"dateOfBirth": "2014-01-01", "reason": "as the document says"}),
        )
        .await
        .ok();
}

#[tokio::test]
async fn only_staff_change_fields_verified_by_documents() {
    let world = world().await;
    let (ada, grace) = (world.person("ada").await, world.staff("grace", BuiltInRole::Admin).await);
    ada.put("/api/users/me", json!({"dateOfBirth": "1990-01-01"})).await.ok();
    world.edit(ada.id, |ada| ada.id_verified = true).await;
    for (field, value) in [
        ("firstName", json!("Eve")),
        ("lastName", json!("King")),
        ("dateOfBirth", json!("1980-01-01")),
        ("dateOfBirth", json!(null)),
    ] {
        assert_eq!(
            ada.put("/api/users/me", json!({ field: value })).await.is(409, "INVALID_ACTION")["field"],
            field
        );
    }
    // The same value is no change, and users may change fields that documents do not verify.
    ada.put(
        "/api/users/me",
        json!({"lastName": "Lindqvist", "displayName": "Countess", "billingCity": "London"}),
    )
    .await
    .ok();
    grace
        .put(
            &format!("/api/users/{}", ada.id),
            json!({"lastName": "King", "reason": "she married"}),
        )
        .await
        .ok();
}
