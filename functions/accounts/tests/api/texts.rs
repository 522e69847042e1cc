//! Text as users type it: names in every script, addresses and numbers in several spellings,
//! reserved names, and contradictory requests.

use bytes::Bytes;
use http::Method;
use provost_domain::{UserId, reserved::HELD_FOR, time::HOUR};
use provost_local::Function;
use provost_testkit::{Reply, Someone, World};
use serde_json::json;

use super::support::{registration, sign_in, with, world};

const ME: &str = "/api/users/me";

async fn raw(who: &Someone<'_>, method: Method, path: &str, body: &str) -> Reply {
    who.ask(method, path, "application/json", Bytes::from(body.to_owned())).await
}

#[tokio::test]
async fn names_are_accepted_in_every_script_and_rejected_if_invisible() {
    let world = world().await;
    let ada = world.person("ada").await;
    for name in ["ශ්\u{200d}රී", "نیک\u{200c}خواه", "Zoe\u{308}", "O\u{2019}Malley"]
    {
        let shown = ada.put(ME, json!({"firstName": name, "displayName": name})).await.ok();
        assert_eq!((&shown["firstName"], &shown["displayName"]), (&json!(name), &json!(name)));
    }
    for name in [
        "\u{3164}",
        "\u{2800}",
        "Ada\u{ad}",
        "A\u{34f}da",
        "A\u{61c}da",
        "A\u{180e}da",
        "A\u{fe0f}da",
        "A\u{e0041}da",
        "A\u{fff9}da",
        "A\u{200d}da",
    ] {
        for field in ["firstName", "lastName", "displayName", "address", "billingCity"] {
            let refused = ada.put(ME, json!({field: name})).await.is(422, "VALIDATION_FAILED");
            assert_eq!(refused["errors"][0]["field"], field, "{name:?}");
        }
        let body = with(registration("x@example.org"), "firstName", json!(name));
        world.anyone().post("/api/users/register", body).await.is(422, "VALIDATION_FAILED");
    }
}

#[tokio::test]
async fn every_spelling_of_one_mailbox_is_one_account() {
    let world = world().await;
    let register =
        async |email: &str| world.anyone().post("/api/users/register", registration(email)).await;
    register("한글@example.org").await.status(201);
    register("\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}@example.org")
        .await
        .is(409, "ALREADY_EXISTS");
    sign_in(
        &world,
        "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}@example.org",
        super::support::GOOD,
    )
    .await
    .status(200);
    register("\u{ff41}dmin@example.org").await.status(201);
    register("admin@example.org").await.is(409, "ALREADY_EXISTS");
    register("संपर्क@डाटामेल.भारत").await.status(201);
}

#[tokio::test]
async fn invalid_addresses_are_rejected() {
    let world = world().await;
    for email in ["=?utf-8?q?x?=@example.org", "ada@exa\u{ad}mple.org"] {
        let refused = world
            .anyone()
            .post("/api/users/register", registration(email))
            .await
            .is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], "email", "{email:?}");
    }
    world
        .anyone()
        .post("/api/users/register", registration("a@ab--cd.example.org"))
        .await
        .status(201);
}

#[tokio::test]
async fn addresses_that_the_mail_transport_does_not_support_are_rejected() {
    let functions = |app: &provost_app::App| {
        vec![Function::http("accounts", fn_accounts::routes().router(app.clone()))]
    };
    let world = World::with("MAIL_TRANSPORT", "ses", functions).await;
    let refused = world
        .anyone()
        .post("/api/users/register", registration("dörte@example.org"))
        .await
        .is(422, "VALIDATION_FAILED");
    assert_eq!(
        (&refused["errors"][0]["field"], &refused["errors"][0]["code"]),
        (&json!("email"), &json!("unreachable"))
    );
    world
        .anyone()
        .post("/api/users/register", registration("doerte@bücher.example"))
        .await
        .status(201);
    let ada = world.person("ada").await;
    let change = json!({"email": "dörte@example.org", "currentPassword": super::support::GOOD});
    ada.put(ME, change).await.is(422, "VALIDATION_FAILED");
}

#[tokio::test]
async fn every_spelling_of_one_phone_number_is_the_same_number() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    for number in [
        "+44 20 7946 0123",
        "+44 (020) 7946 0123",
        "+44 (0) 20 7946 0123",
        "+44 0 20 7946 0123",
        "\u{202a}+44\u{a0}20\u{2011}79460123\u{202c}",
    ] {
        assert_eq!(
            ada.put(ME, json!({"phone": number})).await.ok()["phone"],
            "+442079460123",
            "{number:?}"
        );
    }
    bob.put(ME, json!({"phone": "+44 (0)20 7946 0123"})).await.is(409, "ALREADY_EXISTS");
    bob.put(ME, json!({"phone": "+49 30 90182x"})).await.is(422, "VALIDATION_FAILED");
}

#[tokio::test]
async fn names_that_impersonate_the_platform_are_reserved() {
    let world = world().await;
    let ada = world.person("ada").await;
    for name in
        ["admin", "root", "api", "www", "support", "null", "ad-min", "no.reply", "undefined"]
    {
        let refused = ada.put(ME, json!({"username": name})).await.is(422, "VALIDATION_FAILED");
        assert_eq!(
            (&refused["errors"][0]["field"], &refused["errors"][0]["code"]),
            (&json!("username"), &json!("reserved")),
            "{name}"
        );
        let body = with(registration("x@example.org"), "username", json!(name));
        world.anyone().post("/api/users/register", body).await.is(422, "VALIDATION_FAILED");
    }
    // Users who already have a reserved name keep it.
    world.edit(ada.id, |ada| ada.username = Some("support".parse().unwrap())).await;
    assert_eq!(
        ada.put(ME, json!({"username": "support", "firstName": "Augusta"})).await.ok()["username"],
        "support"
    );
}

#[tokio::test]
async fn a_released_username_is_reserved_for_thirty_days() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let take = async |who: &Someone<'_>, name: &str| who.put(ME, json!({"username": name})).await;
    take(&ada, "countess").await.ok();
    take(&ada, "lovelace").await.ok();
    let refused = take(&bob, "countess").await.is(409, "CONTACT_RESERVED");
    assert_eq!(refused["field"], "username");
    world
        .anyone()
        .post(
            "/api/users/register",
            with(registration("x@example.org"), "username", json!("countess")),
        )
        .await
        .is(409, "CONTACT_RESERVED");
    assert!(
        world.app.store().owner_of_username(&"countess".parse().unwrap()).await.unwrap().is_none(),
        "it finds no user"
    );
    take(&ada, "countess").await.ok();
    take(&bob, "lovelace").await.is(409, "CONTACT_RESERVED");

    world.advance(HELD_FOR - 1);
    let (mut user, mut tx) = (world.user(bob.id).await.unwrap(), world.app.transaction());
    let before = user.username.clone();
    tx.move_username(bob.id, before.as_ref(), &"lovelace".parse().unwrap(), world.app.now())
        .unwrap();
    assert!(tx.commit().await.is_err(), "a millisecond too early");
    world.advance(1);
    user.take_username("lovelace".parse().unwrap(), world.app.now());
    let mut tx = world.app.transaction();
    tx.move_username(bob.id, before.as_ref(), &"lovelace".parse().unwrap(), world.app.now())
        .unwrap();
    tx.save_user(&user).unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        world.app.store().owner_of_username(&"lovelace".parse().unwrap()).await.unwrap(),
        Some(bob.id)
    );
}

#[tokio::test]
async fn frequent_changes_reserve_only_a_few_usernames() {
    let world = world().await;
    let (mut ada, mut bob) = (world.person("ada").await, world.person("bob").await);
    for n in 0..7 {
        ada.put(ME, json!({"username": format!("name-{n}")})).await.ok();
        // Changes are limited to a few per hour.
        world.advance(HOUR);
        ada.renew().await;
    }
    bob.renew().await;
    bob.put(ME, json!({"username": "name-1"})).await.is(409, "CONTACT_RESERVED");
    bob.put(ME, json!({"username": "name-0"})).await.ok();
}

#[tokio::test]
async fn a_duplicate_field_is_rejected_by_name() {
    let world = world().await;
    let ada = world.person("ada").await;
    let twice = r#"{"email": "a@x.example", "email": "b@x.example", "password": "Wintry-Harbour-9", "firstName": "A", "lastName": "B"}"#;
    let refused = raw(&world.anyone(), Method::POST, "/api/users/register", twice)
        .await
        .is(422, "VALIDATION_FAILED");
    assert_eq!(
        (&refused["errors"][0]["field"], &refused["errors"][0]["code"]),
        (&json!("email"), &json!("repeated"))
    );
    let deep = r#"{"settings": {"editor": {"tab": 2, "tab": 4}}}"#;
    let refused = raw(&ada, Method::PUT, ME, deep).await.is(422, "VALIDATION_FAILED");
    assert_eq!(refused["errors"][0]["field"], "settings.editor.tab");
}

#[tokio::test]
async fn invalid_utf8_is_rejected_and_never_replaced() {
    let world = world().await;
    let root = world.staff("root", provost_domain::BuiltInRole::RootAdmin).await;
    for query in ["page=%FF", "%FF=1", "page=1&limit=%C3", "page=%ED%A0%80"] {
        root.get(&format!("/api/users/me/login-history?{query}"))
            .await
            .is(400, "UNKNOWN_PARAMETER");
    }
    root.get("/api/users/%FF").await.is(400, "UNKNOWN_PARAMETER");
    let form = world
        .anyone()
        .ask(
            Method::POST,
            "/api/users/verify-email",
            "application/x-www-form-urlencoded",
            Bytes::from_static(b"token=%FF"),
        )
        .await;
    form.is(400, "MALFORMED_BODY");
}

#[tokio::test]
async fn a_path_parameter_is_decoded_once() {
    let world = world().await;
    let root = world.staff("root", provost_domain::BuiltInRole::RootAdmin).await;
    let ada = world.person("ada").await;
    world.anyone().post("/api/users/register", registration("a%41@example.org")).await.status(201);
    let id = |reply: Reply| -> Option<UserId> {
        reply.json()["id"].as_str().and_then(|id| id.parse().ok())
    };
    let odd = id(root.get("/api/users/email:a%2541@example.org").await);
    assert!(odd.is_some(), "a literal percent sign is found");
    root.get("/api/users/email:aA@example.org").await.is(404, "INVALID_USER_ID");
    assert_eq!(
        id(root.get(&format!("/api/users/email%3A{}", ada.email.replace('@', "%40"))).await),
        Some(ada.id)
    );
    root.get(&format!("/api/users/email%253A{}", ada.email)).await.is(404, "INVALID_USER_ID");
}

#[tokio::test]
async fn a_reason_may_contain_line_breaks_and_emoji() {
    let world = world().await;
    let (root, ada) = (
        world.staff("root", provost_domain::BuiltInRole::RootAdmin).await,
        world.person("ada").await,
    );
    for reason in ["one\r\ntwo", "නම වැරදියි 👩\u{200d}🚀", "ශ්\u{200d}රී"]
    {
        root.put(
            &format!("/api/users/{}", ada.id),
            json!({"lastName": format!("L{}", reason.len()), "reason": reason}),
        )
        .await
        .ok();
    }
    root.put(
        &format!("/api/users/{}", ada.id),
        json!({"firstName": "Eve", "reason": "so\u{202e}so"}),
    )
    .await
    .is(422, "VALIDATION_FAILED");
}
