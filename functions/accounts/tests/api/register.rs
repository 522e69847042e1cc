//! `POST /api/users/register`.

use provost_domain::{
    BuiltInRole, DeletionId, Status, UserId,
    time::{DAY, HOUR},
    user::PendingDeletion,
};
use provost_local::Function;
use provost_store::{
    Conflict,
    item::encode,
    settings::{self, Settings},
    transaction::Condition,
};
use provost_testkit::{KillPoint, World};
use serde_json::json;

use super::support::{
    GOOD, actions, emails, entries, register, registration, sign_in, text, together, with, world,
};

async fn set(world: &World, settings: Settings) {
    let mut tx = world.app.transaction();
    tx.put(
        Conflict::FraudRules,
        &world.app.store().names().catalogue,
        encode("settings", &settings::key(), &settings).unwrap(),
        Condition::none(),
    )
    .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn registering_creates_an_account_pending_email_verification() {
    let world = world().await;
    let reply = register(&world.anyone(), " Ada@BÜCHER.example ").await;
    let body = reply.status(201);
    let id: UserId = body["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(
        (body["created"].as_bool(), reply.header("location")),
        (Some(true), format!("/api/users/{id}"))
    );
    let user = world.user(id).await.unwrap();
    assert_eq!(
        (user.email.as_str(), user.status, user.email_verified, user.role, user.version),
        ("ada@xn--bcher-kva.example", Status::PendingVerification, false, BuiltInRole::User, 1)
    );
    assert_eq!(emails(&world).await, [(id, "verify-email".to_owned())]);
    sign_in(&world, "ada@bücher.example", GOOD).await.status(200);
}

#[tokio::test]
async fn the_audit_entry_holds_no_personal_data_in_plaintext() {
    let world = world().await;
    register(&world.anyone().from("198.51.100.77"), "ada@lindqvist.example").await.status(201);
    let entries = entries(&world).await;
    assert_eq!((entries.len(), text(&entries[0], "action")), (1, "user.registered".to_owned()));
    // Sealed text is base64, which may contain three letters of a name by chance, so the check
    // skips sealed values.
    let mut entry = entries[0].clone();
    let sealed: Vec<_> = ["actorSealed", "targetSealed"]
        .map(|name| entry.remove(name))
        .into_iter()
        .flatten()
        .collect();
    assert!(!sealed.is_empty(), "personal data is sealed");
    let whole = format!("{entry:?}");
    for personal in ["usr_", "lindqvist", "Lindqvist", "Ada", "198.51.100.77", "testkit"] {
        assert!(!whole.contains(personal), "{personal}");
    }
    for personal in ["lindqvist", "Lindqvist", "198.51.100.77"] {
        assert!(!format!("{sealed:?}").contains(personal), "{personal} is not sealed");
    }
}

#[tokio::test]
#[allow(
    clippy::disallowed_methods,
    reason = "a test looks into whole tables, which no function may"
)]
async fn only_the_hash_of_the_password_is_stored() {
    let world = world().await;
    let id: UserId = register(&world.anyone(), "ada@user.example").await.status(201)["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let credential = world.app.store().credential(id).await.unwrap().unwrap();
    assert!(credential.password_hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    let names = world.app.store().names().clone();
    for table in
        [names.accounts, names.organisations, names.operations, names.catalogue, names.audit]
    {
        let items = world.app.store().dynamo().scan().table_name(&table).send().await.unwrap();
        assert!(!format!("{:?}", items.items()).contains(GOOD), "{table}");
    }
}

#[tokio::test]
async fn of_fifty_concurrent_registrations_of_one_address_exactly_one_succeeds() {
    let world = world().await;
    let answers = together((0..50).map(|n| {
        let who = world.anyone().from(&format!("198.51.100.{n}"));
        async move { who.post("/api/users/register", registration("ada@user.example")).await }
    }))
    .await;
    assert_eq!(answers.iter().filter(|reply| reply.status == 201).count(), 1);
    for lost in answers.iter().filter(|reply| reply.status != 201) {
        assert_eq!(lost.is(409, "ALREADY_EXISTS")["field"], "email");
    }
    assert_eq!(
        (
            world.app.store().count_users().await.unwrap(),
            emails(&world).await.len(),
            actions(&world).await.len()
        ),
        (1, 1, 1)
    );
}

#[tokio::test]
async fn a_taken_username_is_rejected_with_its_field() {
    let world = world().await;
    let body = |email: &str| with(registration(email), "username", json!("countess"));
    world.anyone().post("/api/users/register", body("ada@user.example")).await.status(201);
    assert_eq!(
        world
            .anyone()
            .post("/api/users/register", body("eve@user.example"))
            .await
            .is(409, "ALREADY_EXISTS")["field"],
        "username"
    );
    register(&world.anyone(), "eve@user.example").await.status(201);
}

#[tokio::test]
async fn a_taken_phone_number_is_rejected_with_its_field() {
    let world = world().await;
    let body = |email: &str, phone: &str| with(registration(email), "phone", json!(phone));
    world
        .anyone()
        .post("/api/users/register", body("ada@user.example", "+44 20 7946 0000"))
        .await
        .status(201);
    let taken =
        world.anyone().post("/api/users/register", body("eve@user.example", "+442079460000")).await;
    assert_eq!(taken.is(409, "ALREADY_EXISTS")["field"], "phone");
    assert_eq!(
        world.app.store().owner_of_email(&"eve@user.example".parse().unwrap()).await.unwrap(),
        None,
        "nothing was stored"
    );
}

#[tokio::test]
async fn the_address_of_an_account_that_is_being_deleted_is_reserved() {
    let world = world().await;
    let ada = world.person("ada").await;
    let now = world.app.now();
    let id = world.app.id(DeletionId::new);
    world
        .edit(ada.id, |ada| {
            *ada = ada
                .clone()
                .delete(
                    PendingDeletion {
                        id,
                        due_at: now.plus(DAY),
                        before: Status::Active,
                        executing: false,
                    },
                    None,
                    now,
                )
                .unwrap()
        })
        .await;
    register(&world.anyone(), &ada.email).await.is(409, "CONTACT_RESERVED");
}

#[tokio::test]
async fn a_repeated_request_with_its_idempotency_key_replays_the_response() {
    let world = world().await;
    let caller = world.anyone().with_header("idempotency-key", "registration-0001");
    let first = register(&caller, "ada@user.example").await;
    // The response was lost and the client retries: immediately, and long after DynamoDB's own
    // idempotency token has expired.
    for later in [0, 10 * 60_000 + 1_000] {
        world.advance(later);
        let again = register(&caller, "ada@user.example").await;
        assert_eq!(
            (again.status(201), again.header("idempotent-replayed"), again.header("location")),
            (first.json(), "true".to_owned(), first.header("location"))
        );
    }
    let other = with(registration("ada@user.example"), "lastName", json!("King"));
    caller.post("/api/users/register", other).await.is(409, "ALREADY_EXISTS");
    assert_eq!(
        (world.app.store().count_users().await.unwrap(), emails(&world).await.len()),
        (1, 1)
    );
    world.advance(DAY);
    register(&caller, "eve@user.example").await.status(201);
}

#[tokio::test]
async fn a_retry_after_a_failure_at_any_call_leaves_one_account() {
    // 1 looks up the earlier response, 2 and 3 count by address, 4 reads the settings, 5 writes.
    for call in 1..=5 {
        for point in [KillPoint::Before(call), KillPoint::After(call)] {
            let world = world().await;
            let caller = world.anyone().with_header("idempotency-key", "registration-0003");
            world.interceptor.kill_at(point);
            assert!(
                world
                    .interceptor
                    .until_killed(register(&caller, "ada@user.example"))
                    .await
                    .is_none(),
                "{point:?}"
            );
            world.interceptor.reset();
            let again = register(&caller, "ada@user.example").await;
            again.status(201);
            assert_eq!(
                again.header("idempotent-replayed") == "true",
                point == KillPoint::After(5),
                "{point:?}"
            );
            assert_eq!(
                (
                    world.app.store().count_users().await.unwrap(),
                    emails(&world).await.len(),
                    actions(&world).await.len()
                ),
                (1, 1, 1),
                "{point:?}"
            );
        }
    }
}

#[tokio::test]
async fn concurrent_requests_with_one_idempotency_key_return_the_same_account() {
    let world = world().await;
    let caller = world.anyone().with_header("idempotency-key", "registration-0002");
    let answers = together((0..5).map(|_| {
        let caller = caller.clone();
        async move { register(&caller, "ada@user.example").await }
    }))
    .await;
    let bodies: Vec<_> = answers.iter().map(|reply| reply.status(201)).collect();
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "{bodies:?}");
    assert_eq!(
        answers.iter().filter(|reply| reply.header("idempotent-replayed").is_empty()).count(),
        1
    );
    assert_eq!(
        (world.app.store().count_users().await.unwrap(), emails(&world).await.len()),
        (1, 1)
    );
}

#[tokio::test]
async fn registration_allows_five_requests_an_hour_per_ip_address() {
    let world = world().await;
    for n in 0..5 {
        register(&world.anyone(), &format!("ada{n}@user.example")).await.status(201);
    }
    let refused = register(
        &world.anyone().with_header("x-forwarded-for", "198.51.100.1"),
        "ada5@user.example",
    )
    .await;
    refused.is(429, "RATE_LIMITED");
    assert!(!refused.header("retry-after").is_empty());
    register(&world.anyone().from("198.51.100.1"), "ada5@user.example").await.status(201);
    world.advance(HOUR);
    register(&world.anyone(), "ada6@user.example").await.status(201);
}

#[tokio::test]
async fn a_weak_password_is_rejected_with_reasons_and_not_echoed() {
    let world = world().await;
    for (password, code) in [
        ("Short-1", "too_short"),
        ("wintry-harbour-9", "too_simple"),
        ("P@ssw0rd1!", "common"),
        ("Xy9-adalove-X", "contains_email"),
        (&format!("Wé9-{}", "x".repeat(125)), "too_long"),
    ] {
        let refused = world
            .anyone()
            .post(
                "/api/users/register",
                with(registration("adalove@user.example"), "password", json!(password)),
            )
            .await;
        assert_eq!(
            (
                refused.is(422, "VALIDATION_FAILED")["errors"][0]["code"].clone(),
                refused.text().contains(password)
            ),
            (json!(code), false)
        );
    }
    assert_eq!(world.app.store().count_users().await.unwrap(), 0);
}

#[tokio::test]
async fn country_rules_decide_who_may_register() {
    let world = world().await;
    let no: provost_domain::Country = "NO".parse().unwrap();
    set(
        &world,
        Settings {
            blocked_countries: vec!["KP".parse().unwrap()],
            birth_date_countries: vec!["DE".parse().unwrap()],
            minimum_ages: [(no, 15)].into(),
            ..Settings::default()
        },
    )
    .await;
    let from = |country: &str, born: Option<&str>| {
        let mut body = with(registration("ada@user.example"), "billingCountry", json!(country));
        if let Some(born) = born {
            body["dateOfBirth"] = json!(born);
        }
        body
    };
    let post = async |body| world.anyone().post("/api/users/register", body).await;
    post(from("KP", None)).await.is(403, "REGISTRATION_DISABLED");
    assert_eq!(
        post(from("DE", None)).await.is(422, "VALIDATION_FAILED")["errors"][0]["field"],
        "dateOfBirth"
    );
    assert_eq!(
        post(from("NO", Some("2011-11-21"))).await.is(422, "VALIDATION_FAILED")["errors"][0]["code"],
        "too_young"
    );
    // The country that the network detected takes precedence over the one in the request.
    world
        .anyone()
        .from("198.51.100.9")
        .with_header("cloudfront-viewer-country", "KP")
        .post("/api/users/register", from("SE", None))
        .await
        .is(403, "REGISTRATION_DISABLED");
    post(from("NO", Some("2011-11-20"))).await.status(201);
    set(&world, Settings { registration_open: false, ..Settings::default() }).await;
    register(&world.anyone(), "eve@user.example").await.is(403, "REGISTRATION_DISABLED");
}

#[tokio::test]
async fn a_country_header_is_trusted_only_behind_a_network_that_sets_it() {
    let world = World::with("COUNTRY_HEADER", "", |app| {
        vec![Function::http("accounts", fn_accounts::routes().router(app.clone()))]
    })
    .await;
    let blocked =
        Settings { blocked_countries: vec!["KP".parse().unwrap()], ..Settings::default() };
    set(&world, blocked).await;
    let disguised = world.anyone().with_header("cloudfront-viewer-country", "SE");
    // If country rules apply and no country is known, the request has to name one.
    let refused = register(&disguised, "ada@user.example").await.is(422, "VALIDATION_FAILED");
    assert_eq!(
        (&refused["errors"][0]["field"], &refused["errors"][0]["code"]),
        (&json!("billingCountry"), &json!("required"))
    );
    let from =
        |country: &str| with(registration("ada@user.example"), "billingCountry", json!(country));
    disguised.post("/api/users/register", from("KP")).await.is(403, "REGISTRATION_DISABLED");
    world
        .anyone()
        .with_header("cloudfront-viewer-country", "KP")
        .post("/api/users/register", from("SE"))
        .await
        .status(201);
}
