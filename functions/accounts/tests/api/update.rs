//! `PUT /api/users/me` and `PUT /api/users/{id}`.

use provost_domain::{BuiltInRole, Country, Permission};
use provost_store::settings::{self, Settings};
use serde_json::{Value, json};

use super::support::{GOOD, actions, emails, sign_in, together, world};

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
