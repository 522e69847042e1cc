//! Two-factor authentication over HTTP: enabling, signing in, used and recovery codes, disabling.

#![allow(
    clippy::disallowed_methods,
    reason = "a test looks into whole tables, which no function may"
)]

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use provost_domain::{
    mail::Template,
    message::Message,
    page::{PageFrom, PageRequest},
    time::{DAY, MINUTE, SECOND},
};
use provost_local::Function;
use provost_testkit::{Reply, Someone, World, people::PASSWORD};
use serde_json::json;
use totp_rs::{Builder, Secret};

async fn world() -> World {
    World::of(|app| vec![Function::http("sessions", fn_sessions::routes().router(app.clone()))])
        .await
}

const PATH: &str = "/api/sessions/two-factor";

/// The code that an authenticator shows now.
fn shown(world: &World, secret: &str) -> String {
    let secret = Secret::try_from_base32(secret).expect("base 32");
    let totp = Builder::new().with_secret(secret).build().expect("a secret of 160 bits");
    totp.generate(u64::try_from(world.app.now().seconds()).expect("after 1970")).to_string()
}

/// A code that is currently wrong.
fn wrong(world: &World, secret: &str) -> String {
    let near: Vec<_> = [-30, 0, 30]
        .map(|by| {
            let secret = Secret::try_from_base32(secret).unwrap();
            Builder::new()
                .with_secret(secret)
                .build()
                .unwrap()
                .generate(u64::try_from(world.app.now().seconds() + by).unwrap())
                .to_string()
        })
        .into();
    (0..10)
        .map(|n| format!("{n}{n}{n}{n}{n}{n}"))
        .find(|code| !near.contains(code))
        .expect("one of ten is wrong")
}

async fn turn_on(world: &World, someone: &Someone<'_>) -> (String, Vec<String>) {
    let secret = someone.post(PATH, json!({ "currentPassword": PASSWORD })).await.ok()["secret"]
        .as_str()
        .expect("a secret")
        .to_owned();
    let on = someone
        .post(&format!("{PATH}/confirm"), json!({ "code": shown(world, &secret) }))
        .await
        .ok();
    (
        secret,
        on["recoveryCodes"]
            .as_array()
            .expect("codes")
            .iter()
            .map(|code| code.as_str().expect("text").to_owned())
            .collect(),
    )
}

async fn login(world: &World, someone: &Someone<'_>, code: Option<&str>) -> Reply {
    let mut body = json!({ "email": someone.email, "password": PASSWORD });
    if let Some(code) = code {
        body["code"] = json!(code);
    }
    world.anyone().post("/api/sessions/login", body).await
}

async fn actions(world: &World) -> Vec<String> {
    let scan = world
        .app
        .store()
        .dynamo()
        .scan()
        .table_name(&world.app.store().names().audit)
        .send()
        .await
        .unwrap();
    let mut actions: Vec<_> =
        scan.items().iter().filter_map(|item| item.get("action")?.as_s().ok().cloned()).collect();
    actions.sort();
    actions
}

#[tokio::test]
async fn once_enabled_signing_in_needs_a_code_and_accepts_each_code_once() {
    let world = world().await;
    let ada = world.person("ada").await;
    let started = ada.post(PATH, json!({ "currentPassword": PASSWORD })).await.ok();
    let secret = started["secret"].as_str().unwrap().to_owned();
    assert_eq!(
        started["otpauthUri"],
        format!(
            "otpauth://totp/Provost:ada%40user%2Eexample?secret={secret}&issuer=Provost&algorithm=SHA1&digits=6&period=30"
        )
    );
    assert_eq!(secret.len(), 32);
    // Starting does not enable it.
    login(&world, &ada, None).await.ok();
    let code = shown(&world, &secret);
    let on = ada.post(&format!("{PATH}/confirm"), json!({ "code": code })).await.ok();
    assert_eq!(
        (&on["twoFactorEnabled"], on["recoveryCodes"].as_array().unwrap().len()),
        (&json!(true), 10)
    );
    assert!(world.user(ada.id).await.unwrap().two_factor_enabled);

    login(&world, &ada, None).await.is(401, "SECOND_FACTOR_REQUIRED");
    login(&world, &ada, Some(&code)).await.is(401, "SECOND_FACTOR_REQUIRED");
    world.advance(30 * SECOND);
    let code = shown(&world, &secret);
    let session = login(&world, &ada, Some(&format!("{} {}", &code[..3], &code[3..]))).await.ok()["sessionId"].as_str().unwrap().to_owned();
    assert!(world.user(ada.id).await.unwrap().sessions[&session.parse().unwrap()].mfa);
    login(&world, &ada, Some(&code)).await.is(401, "SECOND_FACTOR_REQUIRED");
    // The next step's code is already valid, and using it invalidates the current one.
    world.advance(60 * SECOND);
    let present = shown(&world, &secret);
    world.advance(30 * SECOND);
    let next = shown(&world, &secret);
    world.advance(-30 * SECOND);
    login(&world, &ada, Some(&next)).await.ok();
    login(&world, &ada, Some(&present)).await.is(401, "SECOND_FACTOR_REQUIRED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_used_concurrently_allows_one_sign_in() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (secret, recovery) = turn_on(&world, &ada).await;
    world.advance(30 * SECOND);
    let code = shown(&world, &secret);
    for code in [code.as_str(), recovery[3].as_str()] {
        let (a, b) = tokio::join!(login(&world, &ada, Some(code)), login(&world, &ada, Some(code)));
        let mut statuses = [a.status.as_u16(), b.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401]);
    }
}

#[tokio::test]
async fn a_recovery_code_works_once_and_the_user_is_notified() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (_, recovery) = turn_on(&world, &ada).await;
    login(&world, &ada, Some(&recovery[0])).await.ok();
    login(&world, &ada, Some(&recovery[0])).await.is(401, "SECOND_FACTOR_REQUIRED");
    login(&world, &ada, Some(&recovery[1].to_uppercase().replace('-', " "))).await.ok();
    login(&world, &ada, Some("aaaa-aaaa-aaaa-aaaa")).await.is(401, "SECOND_FACTOR_REQUIRED");
    let page = PageRequest { from: PageFrom::Page(1), limit: 10 };
    let titles: Vec<_> = world
        .app
        .store()
        .notifications(ada.id, &page, world.app.now())
        .await
        .unwrap()
        .rows
        .into_iter()
        .map(|notice| notice.title)
        .collect();
    assert_eq!(titles.iter().filter(|title| *title == "A recovery code was used").count(), 2);
    assert_eq!(world.app.store().second_factor(ada.id).await.unwrap().unwrap().recovery.len(), 8);
}

#[tokio::test]
async fn wrong_codes_lock_the_account_like_wrong_passwords() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (secret, _) = turn_on(&world, &ada).await;
    world.advance(30 * SECOND);
    for _ in 0..5 {
        login(&world, &ada, Some(&wrong(&world, &secret))).await.is(401, "SECOND_FACTOR_REQUIRED");
    }
    login(&world, &ada, Some(&shown(&world, &secret))).await.is(429, "RATE_LIMITED");
    ada.delete_with(PATH, json!({ "code": shown(&world, &secret) })).await.is(429, "RATE_LIMITED");
    world.advance(MINUTE);
    login(&world, &ada, Some(&shown(&world, &secret))).await.ok();
    // A sign-in without a code does not count as a guess.
    for _ in 0..6 {
        login(&world, &ada, None).await.is(401, "SECOND_FACTOR_REQUIRED");
    }
    // Without the correct password, a wrong code gives the same error as a wrong password.
    let mut bad = json!({ "email": ada.email, "password": "Wrong-Harbour-9", "code": shown(&world, &secret) });
    world.anyone().post("/api/sessions/login", bad.clone()).await.is(401, "UNAUTHENTICATED");
    bad["email"] = json!("nobody@user.example");
    world.anyone().post("/api/sessions/login", bad).await.is(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn disabling_needs_a_code_and_wrong_codes_lock_the_account() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (secret, recovery) = turn_on(&world, &ada).await;
    world.advance(30 * SECOND);
    ada.post(PATH, json!({ "currentPassword": PASSWORD })).await.is(409, "INVALID_ACTION");
    ada.delete(PATH).await.is(422, "VALIDATION_FAILED");
    for _ in 0..5 {
        ada.delete_with(PATH, json!({ "code": wrong(&world, &secret) }))
            .await
            .is(422, "VALIDATION_FAILED");
    }
    ada.delete_with(PATH, json!({ "code": recovery[0] })).await.is(429, "RATE_LIMITED");
    world.advance(MINUTE);
    ada.delete(&format!("{PATH}?code={}", recovery[0])).await.status(204);
    assert!(!world.user(ada.id).await.unwrap().two_factor_enabled);
    assert!(
        world.app.store().second_factor(ada.id).await.unwrap().is_none(),
        "the second factor is deleted"
    );
    login(&world, &ada, None).await.ok();
    ada.delete_with(PATH, json!({ "code": shown(&world, &secret) }))
        .await
        .is(409, "INVALID_ACTION");
    assert_eq!(
        actions(&world).await,
        ["two_factor.disabled", "two_factor.enabled", "two_factor.started"]
    );
    // Enabling it again uses a different secret.
    let (again, _) = turn_on(&world, &ada).await;
    assert_ne!(again, secret);
}

#[tokio::test]
async fn only_the_latest_secret_can_be_confirmed() {
    let world = world().await;
    let ada = world.person("ada").await;
    ada.post(&format!("{PATH}/confirm"), json!({ "code": "123456" }))
        .await
        .is(409, "INVALID_ACTION");
    let first = ada.post(PATH, json!({ "currentPassword": PASSWORD })).await.ok()["secret"]
        .as_str()
        .unwrap()
        .to_owned();
    let second = ada.post(PATH, json!({ "currentPassword": PASSWORD })).await.ok()["secret"]
        .as_str()
        .unwrap()
        .to_owned();
    for code in [
        shown(&world, &first),
        wrong(&world, &second),
        String::new(),
        "12345".into(),
        "１２３４５６".into(),
        "x".repeat(100_000),
    ] {
        let refused = ada
            .post(&format!("{PATH}/confirm"), json!({ "code": code }))
            .await
            .is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], "code");
    }
    assert!(!world.user(ada.id).await.unwrap().two_factor_enabled);
    ada.post(&format!("{PATH}/confirm"), json!({ "code": shown(&world, &second) })).await.ok();
}

#[tokio::test]
async fn anonymous_callers_and_api_keys_cannot_change_the_second_factor() {
    let world = world().await;
    let ada = world.person("ada").await;
    for reply in [
        world.anyone().post(PATH, json!({ "currentPassword": PASSWORD })).await,
        world.anyone().post(&format!("{PATH}/confirm"), json!({ "code": "1" })).await,
        world.anyone().delete(PATH).await,
    ] {
        reply.is(401, "UNAUTHENTICATED");
    }
    let key = provost_auth::secret::api_key(ada.id).unwrap();
    let live = provost_domain::api_key::LiveKey {
        digest: provost_auth::secret::digest_of(&key),
        scopes: None,
        self_read: false,
        expires_at: None,
        last_used_at: None,
    };
    world
        .edit(ada.id, |user| {
            user.api_keys.insert(world.app.id(provost_domain::ApiKeyId::new), live);
        })
        .await;
    ada.with_token(&key)
        .post(PATH, json!({ "currentPassword": PASSWORD }))
        .await
        .is(409, "INVALID_ACTION");
    ada.with_token(&key).post("/api/sessions/logout", json!({})).await.is(409, "INVALID_ACTION");
    assert!(world.app.store().second_factor(ada.id).await.unwrap().is_none());
}

#[tokio::test]
async fn no_table_contains_the_secret_or_a_recovery_code_in_plain_text() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (secret, recovery) = turn_on(&world, &ada).await;
    let store = world.app.store();
    let mut seen = String::new();
    for table in [&store.names().accounts, &store.names().operations, &store.names().audit] {
        for item in store.dynamo().scan().table_name(table).send().await.unwrap().items() {
            seen.push_str(&format!("{item:?}"));
        }
    }
    assert!(seen.contains("SECONDFACTOR"));
    for hidden in recovery.iter().chain([&secret]) {
        assert!(!seen.contains(hidden.as_str()) && !seen.contains(&hidden.replace('-', "")));
    }
    let secret = Secret::try_from_base32(&secret).unwrap();
    let raw = secret.as_bytes();
    let numbers = raw.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
    let digits: String = raw.iter().map(|byte| format!("{byte:02x}")).collect();
    for hidden in [numbers, digits, STANDARD_NO_PAD.encode(raw), URL_SAFE_NO_PAD.encode(raw)] {
        assert!(!seen.contains(&hidden));
    }
}

#[tokio::test]
async fn enabling_needs_the_password_and_is_confirmed_by_email() {
    let world = world().await;
    let ada = world.person("ada").await;
    let refused = ada.post(PATH, json!({})).await.is(422, "VALIDATION_FAILED");
    assert_eq!(
        (&refused["errors"][0]["field"], &refused["errors"][0]["code"]),
        (&json!("currentPassword"), &json!("required"))
    );
    for _ in 0..5 {
        let refused = ada
            .post(PATH, json!({ "currentPassword": "Wintry-Harbour-8" }))
            .await
            .is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["code"], "wrong");
    }
    // Wrong passwords lock the account as they do at sign-in.
    ada.post(PATH, json!({ "currentPassword": PASSWORD })).await.is(429, "RATE_LIMITED");
    world.advance(MINUTE);
    turn_on(&world, &ada).await;
    let waiting = world.app.store().overdue_messages(world.app.now().plus(DAY), 10).await.unwrap();
    let email = |message: &Message| matches!(message, Message::Mail { user, template: Template::TwoFactorEnabled, .. } if *user == ada.id);
    assert_eq!(waiting.iter().filter(|waiting| email(&waiting.message)).count(), 1);
}

/// Runs all futures concurrently on one thread.
async fn together<F: Future>(all: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = all.into_iter().map(|one| (Box::pin(one), None)).collect();
    std::future::poll_fn(|context| {
        let mut waiting = false;
        for (one, done) in running.iter_mut().filter(|(_, done)| done.is_none()) {
            match one.as_mut().poll(context) {
                std::task::Poll::Ready(output) => *done = Some(output),
                std::task::Poll::Pending => waiting = true,
            }
        }
        if waiting { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
    })
    .await;
    running.into_iter().filter_map(|(_, done)| done).collect()
}

#[tokio::test]
async fn a_code_used_twenty_times_concurrently_allows_one_sign_in_without_a_lock() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (secret, _) = turn_on(&world, &ada).await;
    world.advance(30 * SECOND);
    let code = shown(&world, &secret);
    let replies = together((0..20).map(|n| {
        let from = world.anyone().from(&format!("198.51.100.{n}"));
        let body = json!({ "email": ada.email, "password": PASSWORD, "code": code });
        async move { from.post("/api/sessions/login", body).await }
    }))
    .await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        reply.is(401, "SECOND_FACTOR_REQUIRED");
    }
    assert_eq!(world.user(ada.id).await.unwrap().failures.count, 0);
    // Reusing it later does not count as a guess either.
    for _ in 0..6 {
        login(&world, &ada, Some(&code)).await.is(401, "SECOND_FACTOR_REQUIRED");
    }
    world.advance(30 * SECOND);
    login(&world, &ada, Some(&format!(" {}\n", shown(&world, &secret)))).await.ok();
}

#[tokio::test]
async fn of_many_concurrently_guessed_codes_or_passwords_five_are_checked() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (secret, _) = turn_on(&world, &ada).await;
    world.advance(30 * SECOND);
    let (right, bad) = (shown(&world, &secret), wrong(&world, &secret));
    let removals = together((0..24).map(|_| {
        let (ada, code) = (ada.clone(), bad.clone());
        async move { ada.delete_with(PATH, json!({ "code": code })).await.status.as_u16() }
    }))
    .await;
    assert!(removals.iter().all(|status| [422, 429].contains(status)), "{removals:?}");
    assert_eq!(removals.iter().filter(|status| **status == 422).count(), 5);
    ada.delete_with(PATH, json!({ "code": right })).await.is(429, "RATE_LIMITED");
    assert!(world.user(ada.id).await.unwrap().two_factor_enabled);

    let starts = together((0..24).map(|n| {
        let (bob, guess) = (bob.clone(), format!("Guess-{n}"));
        async move { bob.post(PATH, json!({ "currentPassword": guess })).await.status.as_u16() }
    }))
    .await;
    assert!(starts.iter().all(|status| [422, 429].contains(status)), "{starts:?}");
    assert_eq!(starts.iter().filter(|status| **status == 422).count(), 5);
    bob.post(PATH, json!({ "currentPassword": PASSWORD })).await.is(429, "RATE_LIMITED");
}
