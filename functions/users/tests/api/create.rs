//! `POST /v1/users`.

use futures_util::future::join_all;
use provost_domain::{BuiltInRole, Permission, Status, UserId, message::Message, time::DAY};
use provost_testkit::World;
use serde_json::{Value, json};

use crate::support::{emails, entries, sign_in, whole_world, with, world};

fn body() -> Value {
    json!({ "name": "Ada L", "email": "ada@example.org" })
}

fn id(created: &Value) -> UserId {
    created["id"].as_str().expect("an id").parse().expect("an id")
}

/// The text of the only email to a user.
async fn email_text(world: &World, user: UserId) -> String {
    let (keys, _) = world
        .app
        .store()
        .keys_of(&world.app.store().names().accounts, &format!("USER#{user}"), None)
        .await
        .expect("the table responds");
    let mails: Vec<_> = keys.into_iter().filter(|key| key.sk.starts_with("MAIL#")).collect();
    assert_eq!(mails.len(), 1);
    let found = world
        .emulators
        .dynamodb()
        .get_item()
        .table_name(&world.app.store().names().accounts)
        .set_key(Some(mails[0].attributes()))
        .send()
        .await
        .expect("the table responds");
    found.item.expect("an email")["body"].as_s().expect("a text").clone()
}

#[tokio::test]
async fn a_user_without_a_password_chooses_one_by_the_link_in_the_welcome() {
    let world = whole_world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let reply = grace.post("/v1/users", body()).await;
    let created = reply.status(201);
    let user = id(&created);
    assert_eq!(reply.header("location"), format!("/v1/users/{user}"));
    assert_eq!(reply.header("etag"), "\"1\"");
    assert_eq!(
        (&created["status"], &created["has_password"], &created["must_reset_password"]),
        (&json!("pending_verification"), &json!(false), &json!(true))
    );
    assert_eq!((&created["name"], &created["last_name"]), (&json!("Ada L"), &json!("")));
    assert_eq!(created, grace.get(&format!("/v1/users/{user}")).await.ok());
    assert_eq!(entries(&world, user).await[0].action, "user.created");
    sign_in(&world, "ada@example.org", "").await.status(401);
    world.settle().await;
    let text = email_text(&world, user).await;
    let token = text.split_once("?reset=").expect("a link").1.split_whitespace().next();
    world.advance(2 * DAY);
    let chosen = json!({ "token": token, "password": "Wintry-Harbour-9" });
    world.anyone().post("/api/users/reset-password", chosen.clone()).await.status(204);
    world.anyone().post("/api/users/reset-password", chosen).await.is(410, "LINK_USED_UP");
    sign_in(&world, "ada@example.org", "Wintry-Harbour-9").await.ok();
    let shown =
        grace.with_token(&fresh(&world, &grace).await).get(&format!("/v1/users/{user}")).await.ok();
    assert_eq!((&shown["status"], &shown["email_verified"]), (&json!("active"), &json!(true)));
    world.settle().await;
}

async fn fresh(_: &World, who: &provost_testkit::Someone<'_>) -> String {
    let mut who = who.clone();
    who.renew().await;
    who.token.expect("a token")
}

#[tokio::test]
async fn the_email_depends_on_password_and_address() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let with_password = json!("Wintry-Harbour-9");
    for (n, (password, verified, send, expected, status)) in [
        (false, false, json!({}), Some("welcome"), "pending_verification"),
        (false, true, json!({}), Some("welcome"), "active"),
        (true, false, json!({}), Some("verify-email"), "pending_verification"),
        (true, true, json!({}), Some("welcome"), "active"),
        (true, true, json!({ "welcome": false }), None, "active"),
        (false, false, json!({ "welcome": false }), None, "pending_verification"),
        (
            false,
            true,
            json!({ "welcome": false, "set_password_link": true }),
            Some("welcome"),
            "active",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let mut body = json!({
            "first_name": "Ada", "last_name": "L", "email": format!("ada{n}@example.org"),
            "email_verified": verified, "send": send,
        });
        if password {
            body["password"] = with_password.clone();
        }
        let created = grace.post("/v1/users", body).await.status(201);
        assert_eq!(created["status"], status, "{n}");
        assert_eq!(
            emails(&world, id(&created)).await,
            expected.into_iter().collect::<Vec<_>>(),
            "{n}"
        );
    }
}

#[tokio::test]
async fn everything_that_is_given_is_stored() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let body = json!({
        "name": "Ada", "first_name": "Ada", "last_name": "Lindqvist", "email": " Ada@Example.org ",
        "email_verified": true, "phone": "+47 22 22 55 55", "phone_verified": true,
        "username": "ada.l", "password": "Wintry-Harbour-9", "unique_id": "EMP-1",
        "roles": ["ADMIN"], "is_admin": true, "is_instructor": true, "is_learner": false,
        "profile": { "city": "Oslo", "country": "NO" },
    });
    let created = root.post("/v1/users", body).await.status(201);
    let shown = root.get("/v1/users/email:ada@example.org").await.ok();
    assert_eq!(created, shown);
    for (field, value) in [
        ("name", json!("Ada")),
        ("email", json!("ada@example.org")),
        ("phone", json!("+4722225555")),
        ("phone_verified", json!(true)),
        ("username", json!("ada.l")),
        ("unique_id", json!("EMP-1")),
        ("roles", json!([{ "id": "admin", "name": "admin", "label": "Administrator" }])),
        ("is_admin", json!(true)),
        ("is_instructor", json!(true)),
        ("is_learner", json!(false)),
        ("status", json!("active")),
        ("version", json!(1)),
    ] {
        assert_eq!(shown[field], value, "{field}");
    }
    assert_eq!(
        (&shown["profile"]["city"], &shown["profile"]["continent"]),
        (&json!("Oslo"), &json!("EU"))
    );
    sign_in(&world, "ada@example.org", "Wintry-Harbour-9").await.ok();
}

#[tokio::test]
async fn each_invalid_value_is_named_and_nobody_is_created() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let users = world.app.store().count_users().await.expect("the table responds");
    let with = |field: &str, value: Value| {
        let mut body = body();
        body[field] = value;
        body
    };
    for (field, body) in [
        ("name", json!({ "email": "ada@example.org" })),
        ("email", json!({ "name": "Ada" })),
        ("email", with("email", json!("\"Das, Rana\" <rana.das@example.org>;"))),
        ("email", with("email", json!("mailto:rana.das@example.org"))),
        ("email", with("email", json!("Rana Das <rana.das@example.org>"))),
        ("email", with("email", json!(" <rana.das@example.org>\n"))),
        ("username", with("username", json!("Ada"))),
        ("username", with("username", json!("root"))),
        ("phone", with("phone", json!("8.80171E+12"))),
        ("password", with("password", json!("short"))),
        ("status", with("status", json!("deleted"))),
        ("status", with("status", json!("banned"))),
        ("reason", with("status", json!("suspended"))),
        ("is_learner", with("is_learner", json!(false))),
        ("is_admin", with("is_admin", json!(true))),
        ("roles", with("roles", json!(["staff", "admin"]))),
        ("roles[0]", with("roles", json!(["editor"]))),
        ("unique_id", with("unique_id", json!("a b"))),
        ("profile.country", with("profile", json!({ "country": "ZZ" }))),
        ("send.set_password_link", with("send", json!({ "set_password_link": false }))),
        ("id", with("id", json!("usr_1"))),
    ] {
        let refused = root.post("/v1/users", body).await.is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], field);
    }
    assert_eq!(world.app.store().count_users().await.expect("the table responds"), users);
}

#[tokio::test]
async fn nobody_gives_a_role_that_they_may_not_assign() {
    let world = world().await;
    let with_role =
        |email: &str, role: &str| json!({ "name": "Ada", "email": email, "roles": [role] });
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    grace.post("/v1/users", with_role("a@example.org", "user")).await.status(201);
    let refused = grace.post("/v1/users", with_role("b@example.org", "staff")).await;
    assert_eq!(refused.is(403, "SUPERADMIN_REQUIRED")["missing"], json!(["role.assign"]));
    world.edit(grace.id, |grace| grace.grants.extend([Permission::RoleAssign])).await;
    grace.post("/v1/users", with_role("b@example.org", "staff")).await.status(201);
    grace.post("/v1/users", with_role("c@example.org", "admin")).await.is(403, "OUTRANKED");
    grace
        .post("/v1/users", with_role("c@example.org", "rootAdmin"))
        .await
        .is(403, "SUPERADMIN_REQUIRED");
    let sam = with(&world, "sam", &[Permission::UserCreate]).await;
    sam.post("/v1/users", with_role("c@example.org", "user")).await.status(201);
    let eve = with(&world, "eve", &[]).await;
    eve.post("/v1/users", body()).await.is(403, "PERMISSION_DENIED");
}

#[tokio::test]
async fn a_suspended_account_starts_suspended_for_its_reason() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let mut new = body();
    (new["status"], new["reason"]) = (json!("suspended"), json!("under review"));
    let created = grace.post("/v1/users", new).await.status(201);
    assert_eq!(
        (&created["status"], &created["status_reason"], &created["version"]),
        (&json!("suspended"), &json!("under review"), &json!(1))
    );
    let stored = world.user(id(&created)).await.expect("ada");
    assert_eq!(stored.suspension.map(|s| s.before), Some(Status::PendingVerification));
}

#[tokio::test]
async fn of_sixty_creations_of_one_address_at_once_one_succeeds() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let users = world.app.store().count_users().await.expect("the table responds");
    let all = join_all((0..60).map(|_| grace.post("/v1/users", body()))).await;
    let mut statuses: Vec<_> = all.iter().map(|reply| reply.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (201, &[409; 59][..]));
    for refused in all.iter().filter(|reply| reply.status == 409) {
        assert_eq!(
            (refused.code().as_str(), &refused.json()["field"]),
            ("ALREADY_EXISTS", &json!("email"))
        );
    }
    assert_eq!(world.app.store().count_users().await.expect("the table responds"), users + 1);
}

#[tokio::test]
async fn a_repeated_request_with_its_idempotency_key_creates_one_user() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let grace = grace.with_header("idempotency-key", "a-key-of-a-client");
    let created = grace.post("/v1/users", body()).await;
    let again = grace.post("/v1/users", body()).await;
    assert_eq!(
        (created.status(201), created.header("etag")),
        (again.status(201), again.header("etag"))
    );
    let mut scans = 0;
    let waiting = world.app.store().overdue_messages(world.app.now().plus(DAY), 100).await;
    for waiting in waiting.expect("the table responds") {
        scans += usize::from(matches!(waiting.message, Message::FraudScan { .. }));
    }
    assert_eq!(scans, 1);
}
