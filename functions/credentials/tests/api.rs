//! API keys over HTTP.

use std::collections::BTreeSet;

use bytes::Bytes;
use http::Method;
use provost_domain::{
    BuiltInRole, Permission, Status,
    api_key::MAX_KEYS,
    time::{DAY, HOUR, MINUTE},
};
use provost_local::Function;
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("credentials", fn_credentials::routes().router(app.clone())),
            Function::http("accounts", fn_accounts::routes().router(app.clone())),
        ]
    })
    .await
}

async fn make(who: &Someone<'_>, body: Value) -> Value {
    who.post("/api/apikeys", body).await.status(201)
}

fn key_of(made: &Value) -> &str {
    made["key"].as_str().unwrap()
}

async fn actions(world: &World) -> Vec<String> {
    let walk = provost_store::walk::Walk::of_table(
        &world.app.store().names().audit,
        format!("MONTH#{}", world.app.now().month()),
    );
    let items = world.app.store().next_items(&walk, None).await.unwrap().0;
    items.iter().map(|item| item["action"].as_s().unwrap().clone()).collect()
}

#[tokio::test]
async fn a_key_is_shown_once_works_and_is_stored_only_as_a_digest() {
    let world = world().await;
    let ada = world.person("ada").await;
    let reply = ada.post("/api/apikeys", json!({"name": "laptop"})).await;
    let made = reply.status(201);
    let key = key_of(&made).to_owned();
    assert_eq!(reply.header("location"), format!("/api/apikeys/{}", made["id"].as_str().unwrap()));
    assert!(key.starts_with("prv_") && key.starts_with(made["prefix"].as_str().unwrap()));
    assert_eq!(
        (&made["scopes"], &made["expiresAt"], &made["createdAt"]),
        (&json!(null), &json!(null), &json!(world.app.now()))
    );
    assert_eq!(ada.with_token(&key).get("/api/users/me").await.ok()["id"], json!(ada.id));

    let listed = ada.get("/api/apikeys/my").await;
    assert!(!listed.text().contains(&key));
    let row = &listed.ok()["data"][0];
    let names: BTreeSet<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["createdAt", "expiresAt", "id", "lastUsedAt", "name", "prefix", "scopes"].into()
    );
    assert_eq!(row["lastUsedAt"], json!(world.app.now()));
    let walk = provost_store::walk::Walk::of_table(
        &world.app.store().names().accounts,
        format!("USER#{}", ada.id),
    );
    let kept = format!("{:?}", world.app.store().next_items(&walk, None).await.unwrap().0);
    assert!(!kept.contains(&key[12..]), "only the first characters of the secret are stored");
    assert_eq!(actions(&world).await, ["apikey.created"]);
    let notice = ada.get("/api/mailbox/notifications").await.ok()["data"][0].clone();
    assert_eq!(
        (&notice["type"], &notice["title"]),
        (&json!("security"), &json!("An API key was created"))
    );
}

#[tokio::test]
async fn a_deleted_key_is_rejected_on_the_next_request() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let made = make(&ada, json!({"name": "laptop"})).await;
    let program = ada.with_token(key_of(&made));
    program.get("/api/apikeys/my").await.ok();
    let path = format!("/api/apikeys/{}", made["id"].as_str().unwrap());
    world.anyone().delete(&path).await.is(401, "UNAUTHENTICATED");
    bob.delete(&path).await.is(404, "NOT_FOUND");
    program.get("/api/apikeys/my").await.ok();
    ada.delete(&path).await.status(204);
    program.get("/api/apikeys/my").await.is(401, "UNAUTHENTICATED");
    ada.delete(&path).await.is(404, "NOT_FOUND");
    for missing in [
        "key_00000000000000000000000000",
        "nonsense",
        "usr_00000000000000000000000000",
        "%00",
        "..%2f..",
    ] {
        assert_eq!(ada.delete(&format!("/api/apikeys/{missing}")).await.status, 404, "{missing}");
    }
    assert_eq!(
        (
            ada.get("/api/apikeys/my").await.ok()["pagination"]["total"].clone(),
            actions(&world).await
        ),
        (json!(0), vec!["apikey.created".to_owned(), "apikey.deleted".to_owned()])
    );
}

#[tokio::test]
async fn ending_credentials_revokes_and_unlists_every_key_immediately() {
    let world = world().await;
    let ada = world.person("ada").await;
    let made = make(&ada, json!({"name": "laptop"})).await;
    let program = ada.with_token(key_of(&made));
    world
        .edit(ada.id, |ada| {
            ada.status = Status::Inactive;
            ada.end_credentials();
        })
        .await;
    program.get("/api/users/me").await.is(401, "UNAUTHENTICATED");
    let session = ada.session.unwrap();
    let refresh = provost_auth::refresh::RefreshToken::first(ada.id, session).unwrap();
    let now = world.app.now();
    world
        .edit(ada.id, |ada| {
            ada.status = Status::Active;
            ada.sessions.insert(session, refresh.start(now, false));
        })
        .await;
    assert_eq!(ada.get("/api/apikeys/my").await.ok()["data"], json!([]));
    program.get("/api/users/me").await.is(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_key_is_limited_to_its_scopes_and_to_the_permissions_of_its_owner() {
    let world = world().await;
    let (ada, sam) = (world.person("ada").await, world.staff("sam", BuiltInRole::Staff).await);
    let refused = sam
        .post("/api/apikeys", json!({"name": "x", "scopes": ["user.view", "user.update"]}))
        .await
        .is(403, "PERMISSION_DENIED");
    assert_eq!(refused["missing"], json!(["user.update"]));
    sam.post("/api/apikeys", json!({"name": "x", "scopes": ["user.purge"]}))
        .await
        .is(403, "SUPERADMIN_REQUIRED");
    ada.post("/api/apikeys", json!({"name": "x", "scopes": ["user.view"]}))
        .await
        .is(403, "PERMISSION_DENIED");
    let path = format!("/api/users/{}", ada.id);
    let viewer = make(&sam, json!({"name": "viewer", "scopes": ["user.view"]})).await;
    let nothing = make(&sam, json!({"name": "nothing", "scopes": []})).await;
    let whole = make(&sam, json!({"name": "whole"})).await;
    for (made, status) in [(&viewer, 200), (&nothing, 404), (&whole, 200)] {
        sam.with_token(key_of(made)).get(&path).await.status(status);
    }
    // Scopes are a limit, not a grant: a permission that the owner loses, the key loses too.
    world
        .edit(sam.id, |sam| {
            sam.denials.insert(Permission::UserView);
        })
        .await;
    for made in [&viewer, &whole] {
        sam.with_token(key_of(made)).get(&path).await.is(404, "INVALID_USER_ID");
    }
}

#[tokio::test]
async fn a_key_with_self_read_reads_the_data_of_its_owner_and_cannot_change_it() {
    let world = world().await;
    let sam = world.staff("sam", BuiltInRole::Staff).await;
    for (scopes, status) in [(json!([]), 403), (json!(["user.view", "self.read"]), 200)] {
        let program =
            sam.with_token(key_of(&make(&sam, json!({"name": "narrow", "scopes": scopes})).await));
        program.get("/api/apikeys/my").await.status(status);
        program
            .post("/api/apikeys", json!({"name": "x", "scopes": []}))
            .await
            .is(403, "PERMISSION_DENIED");
        program.post("/api/apikeys", json!("broken")).await.is(403, "PERMISSION_DENIED");
    }
    assert_eq!(sam.get("/api/apikeys/my").await.ok()["pagination"]["total"], 2);
}

#[tokio::test]
async fn a_key_cannot_create_a_key_that_outlives_it() {
    let world = world().await;
    let sam = world.staff("sam", BuiltInRole::Staff).await;
    let end = world.app.now().plus(HOUR);
    let program =
        sam.with_token(key_of(&make(&sam, json!({"name": "short", "expiresAt": end})).await));
    let later = make(&program, json!({"name": "x", "expiresAt": end.plus(1)})).await;
    assert_eq!(
        (&later["expiresAt"], &later["clamped"]),
        (&json!(end), &json!(true)),
        "a key created with a key expires no later than its creator"
    );
    let child = make(&program, json!({"name": "child"})).await;
    assert_eq!((&child["scopes"], &child["expiresAt"]), (&json!(null), &json!(end)));
    let child =
        make(&program, json!({"name": "smaller", "scopes": [], "expiresAt": end.plus(-1)})).await;
    assert_eq!((&child["scopes"], &child["expiresAt"]), (&json!([]), &json!(end.plus(-1))));
}

#[tokio::test]
async fn the_last_use_is_kept_when_the_same_request_updates_the_account() {
    let world = world().await;
    let sam = world.staff("sam", BuiltInRole::Staff).await;
    let program = sam.with_token(key_of(&make(&sam, json!({"name": "writer"})).await));
    program.post("/api/apikeys", json!({"name": "another"})).await.status(201);
    let keys = sam.get("/api/apikeys/my").await.ok();
    let used = keys["data"]
        .as_array()
        .expect("keys")
        .iter()
        .find(|key| key["name"] == "writer")
        .expect("the key")["lastUsedAt"]
        .clone();
    assert_eq!(used, json!(world.app.now()));
}

#[tokio::test]
async fn a_key_expires_exactly_at_its_expiry_time() {
    let world = world().await;
    let ada = world.person("ada").await;
    let end = world.app.now().plus(DAY);
    let made = make(&ada, json!({"name": "for a day", "expiresAt": end})).await;
    let program = ada.with_token(key_of(&made));
    world.advance(DAY - 1);
    program.get("/api/apikeys/my").await.ok();
    world.advance(1);
    program.get("/api/apikeys/my").await.is(401, "UNAUTHENTICATED");
    for past in [end, end.plus(-HOUR)] {
        let mut ada = ada.clone();
        ada.renew().await;
        assert_eq!(
            ada.post("/api/apikeys", json!({"name": "x", "expiresAt": past}))
                .await
                .is(422, "VALIDATION_FAILED")["errors"][0]["code"],
            "past"
        );
    }
}

#[tokio::test]
async fn a_user_has_at_most_twenty_keys() {
    let world = world().await;
    let ada = world.person("ada").await;
    for n in 0..MAX_KEYS {
        make(&ada, json!({"name": format!("key {n}")})).await;
    }
    ada.post("/api/apikeys", json!({"name": "one more"})).await.is(409, "INVALID_ACTION");
    let (mut seen, mut path) = (Vec::new(), "/api/apikeys/my?limit=8".to_owned());
    loop {
        let page = ada.get(&path).await.ok();
        assert_eq!(page["pagination"]["total"], MAX_KEYS);
        seen.extend(
            page["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["name"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page["pagination"]["nextCursor"].as_str() else { break };
        path = format!("/api/apikeys/my?limit=8&cursor={cursor}");
    }
    assert_eq!(seen, (0..MAX_KEYS).map(|n| format!("key {n}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_last_use_is_written_at_most_every_five_minutes() {
    let world = world().await;
    let ada = world.person("ada").await;
    let made = make(&ada, json!({"name": "laptop"})).await;
    let program = ada.with_token(key_of(&made));
    world.interceptor.reset();
    for _ in 0..3 {
        program.get("/api/users/me").await.ok();
    }
    assert_eq!(world.interceptor.spent().calls.get("DynamoDB.UpdateItem"), Some(&1));
    world.advance(5 * MINUTE);
    program.get("/api/users/me").await.ok();
    assert_eq!(world.interceptor.spent().calls.get("DynamoDB.UpdateItem"), Some(&2));
}

#[tokio::test]
async fn a_repeated_request_with_its_idempotency_key_replays_the_same_key() {
    let world = world().await;
    let ada = world.person("ada").await;
    let caller = ada.with_header("idempotency-key", "new-key-0001");
    let first = caller.post("/api/apikeys", json!({"name": "laptop"})).await;
    let again = caller.post("/api/apikeys", json!({"name": "laptop"})).await;
    assert_eq!(
        (first.status(201), again.header("idempotent-replayed")),
        (again.status(201), "true".to_owned())
    );
    caller.post("/api/apikeys", json!({"name": "phone"})).await.is(422, "IDEMPOTENCY_KEY_REUSED");
    // The idempotency key of one caller does not affect another caller.
    let bob = world
        .person("bob")
        .await
        .with_header("idempotency-key", "new-key-0001")
        .post("/api/apikeys", json!({"name": "laptop"}))
        .await;
    assert_ne!(bob.status(201)["key"], first.json()["key"]);
    assert_eq!(ada.get("/api/apikeys/my").await.ok()["pagination"]["total"], 1);
    let walk =
        provost_store::walk::Walk::of_table(&world.app.store().names().operations, "IDEMPOTENCY#x");
    assert!(world.app.store().next_items(&walk, None).await.unwrap().0.is_empty());
}

#[tokio::test]
async fn invalid_requests_return_a_named_error_and_change_nothing() {
    let world = world().await;
    let ada = world.person("ada").await;
    let before = world.user(ada.id).await.unwrap().revision;
    let json_type = "application/json";
    let cases: Vec<(&str, &str, String, u16, &str)> = vec![
        ("/api/apikeys", json_type, "{".to_owned(), 400, "MALFORMED_BODY"),
        ("/api/apikeys", "text/plain", "{}".to_owned(), 415, "UNSUPPORTED_MEDIA"),
        ("/api/apikeys", json_type, "{}".to_owned(), 422, "VALIDATION_FAILED"),
        ("/api/apikeys", json_type, json!({"name": ""}).to_string(), 422, "VALIDATION_FAILED"),
        (
            "/api/apikeys",
            json_type,
            json!({"name": "x".repeat(65)}).to_string(),
            422,
            "VALIDATION_FAILED",
        ),
        (
            "/api/apikeys",
            json_type,
            json!({"name": "a\u{202e}b"}).to_string(),
            422,
            "VALIDATION_FAILED",
        ),
        (
            "/api/apikeys",
            json_type,
            json!({"name": "x", "key": "prv_mine"}).to_string(),
            422,
            "VALIDATION_FAILED",
        ),
        (
            "/api/apikeys",
            json_type,
            json!({"name": "x", "scopes": ["user.*"]}).to_string(),
            422,
            "VALIDATION_FAILED",
        ),
        (
            "/api/apikeys",
            json_type,
            json!({"name": "x", "scopes": ["*"]}).to_string(),
            422,
            "VALIDATION_FAILED",
        ),
        (
            "/api/apikeys",
            json_type,
            json!({"name": "x", "scopes": "user.view"}).to_string(),
            422,
            "VALIDATION_FAILED",
        ),
        (
            "/api/apikeys",
            json_type,
            json!({"name": "x", "expiresAt": "tomorrow"}).to_string(),
            422,
            "VALIDATION_FAILED",
        ),
        (
            "/api/apikeys",
            json_type,
            json!({"name": "x", "expiresAt": "+999999-01-01T00:00:00Z"}).to_string(),
            422,
            "VALIDATION_FAILED",
        ),
        (
            "/api/apikeys",
            json_type,
            json!({"name": "x".repeat(2 << 20)}).to_string(),
            413,
            "TOO_LARGE",
        ),
        ("/api/apikeys?x=1", json_type, json!({"name": "x"}).to_string(), 400, "UNKNOWN_PARAMETER"),
    ];
    for (path, media, body, status, code) in &cases {
        let reply = ada.ask(Method::POST, path, media, Bytes::from(body.clone())).await;
        let shown: String = body.chars().take(80).collect();
        assert_eq!(
            (reply.status.as_u16(), reply.code().as_str()),
            (*status, *code),
            "{path} {shown}: {}",
            reply.text()
        );
    }
    for path in ["/api/apikeys/my?limit=201", "/api/apikeys/my?page=0", "/api/apikeys/my?limit="] {
        assert_eq!(ada.get(path).await.status, 422, "{path}");
    }
    assert_eq!(world.user(ada.id).await.unwrap().revision, before);
    world
        .anyone()
        .ask(Method::POST, "/api/apikeys", json_type, Bytes::from_static(b"{"))
        .await
        .is(401, "UNAUTHENTICATED");
    world.anyone().get("/api/apikeys/my").await.is(401, "UNAUTHENTICATED");
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the figures are what one runs this for")]
async fn each_route_stays_within_its_budget() {
    let world = world().await;
    let ada = world.person("ada").await;
    let spent = |what: &str| {
        let spent = world.interceptor.spent();
        world.interceptor.reset();
        println!(
            "{what}: {} requests, {} read units, {} write units (indexes at most {})",
            spent.requests(),
            spent.reads,
            spent.writes,
            spent.index_writes
        );
        spent.requests()
    };
    world.interceptor.reset();
    let made = make(&ada, json!({"name": "laptop"})).await;
    assert_eq!(spent("make"), 2);
    ada.get("/api/apikeys/my").await.ok();
    assert_eq!(spent("list"), 2);
    ada.delete(&format!("/api/apikeys/{}", made["id"].as_str().unwrap())).await.status(204);
    assert_eq!(spent("delete"), 2);
    ada.get("/api/apikeys/my").await.ok();
    assert_eq!(spent("list of nothing"), 1);
}

#[tokio::test]
async fn the_last_second_of_the_calendar_is_a_valid_time() {
    let world = world().await;
    let ada = world.person("ada").await;
    let made = make(&ada, json!({"name": "for good", "expiresAt": "9999-12-31T23:59:59Z"})).await;
    assert_eq!(
        (&made["expiresAt"], &made["clamped"]),
        (&json!(provost_domain::Timestamp::MAX_STORED), &json!(true))
    );
    for time in [
        "2026-12-20T16:00:00+25:00",
        "2026-12-20T24:00:00Z",
        "2026-12-20T16:00:00",
        "2026-12-20T16:00:60Z",
    ] {
        ada.post("/api/apikeys", json!({"name": "x", "expiresAt": time}))
            .await
            .is(422, "VALIDATION_FAILED");
    }
    for time in ["2026-12-20t16:00:00z", "2026-12-31T23:59:60Z", "2026-12-20T16:00:00+23:59"] {
        make(&ada, json!({"name": "x", "expiresAt": time})).await;
    }
}
