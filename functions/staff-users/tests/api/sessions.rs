//! Sessions, login history and forced password resets of a user.

use provost_domain::{
    BuiltInRole, SessionId, UserId,
    api_key::LiveKey,
    device::Device,
    session::{LiveSession, SignIn, SignInStatus},
    time::{DAY, MINUTE},
};
use provost_testkit::World;
use serde_json::json;

use crate::{emails, entries, world};

fn path(user: UserId, rest: &str) -> String {
    format!("/api/admin/users/{user}/{rest}")
}

async fn attempt(world: &World, user: UserId, status: SignInStatus) -> SessionId {
    let id = world.app.id(SessionId::new);
    let reason = (status == SignInStatus::Failed).then(|| "wrong_password".to_owned());
    let sign_in = SignIn {
        id,
        created_at: world.app.now(),
        status,
        reason,
        ip: "192.0.2.7".to_owned(),
        user_agent: "Firefox/140".to_owned(),
        device: Device::from_user_agent("Firefox/140 Linux"),
        auth_method: "password".to_owned(),
        mfa: false,
        country: None,
        impersonated_by: None,
    };
    let mut tx = world.app.transaction();
    tx.add_sign_in(user, &sign_in).expect("a sign-in");
    tx.commit().await.expect("the table responds");
    id
}

async fn sign_in(world: &World, user: UserId) -> SessionId {
    let id = attempt(world, user, SignInStatus::Success).await;
    let now = world.app.now();
    world
        .edit(user, |person| {
            let pattern = person.sessions.values().next().cloned().expect("a session");
            person.sessions.insert(
                id,
                LiveSession { last_active_at: now, expires_at: now.plus(30 * DAY), ..pattern },
            );
        })
        .await;
    id
}

#[tokio::test]
async fn live_sessions_are_listed_newest_first_with_their_origin() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    world.advance(MINUTE);
    let second = sign_in(&world, ada.id).await;
    world.interceptor.reset();
    let page = grace.get(&path(ada.id, "sessions")).await.ok();
    assert_eq!(
        world.interceptor.spent().requests(),
        3,
        "access check, account, sign-ins: {:?}",
        world.interceptor.log()
    );
    let rows = page["data"].as_array().expect("rows");
    assert_eq!(
        rows.iter().map(|row| row["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>(),
        [second.to_string(), ada.session.expect("a session").to_string()]
    );
    assert_eq!(
        (
            &rows[0]["ip"],
            &rows[0]["device"]["browser"],
            &rows[0]["current"],
            &page["pagination"]["total"]
        ),
        (&"192.0.2.7".into(), &"Firefox".into(), &false.into(), &2.into())
    );
    for field in ["createdAt", "lastActiveAt", "expiresAt", "userAgent"] {
        assert!(rows[0][field].is_string(), "{field}");
    }
    let pages = grace.get(&path(ada.id, "sessions?limit=1")).await.ok();
    let cursor = pages["pagination"]["nextCursor"].as_str().expect("one more").to_owned();
    assert_eq!(
        grace.get(&path(ada.id, &format!("sessions?limit=1&cursor={cursor}"))).await.ok()["data"]
            [0]["id"],
        rows[1]["id"]
    );
    assert_eq!(grace.get("/api/admin/users/me/sessions").await.ok()["data"][0]["current"], true);
}

#[tokio::test]
async fn expired_sessions_are_hidden_and_ones_older_than_the_history_are_listed() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let now = world.app.now();
    let forgotten = world.app.id(SessionId::new);
    world
        .edit(ada.id, |ada| {
            let mut pattern = ada.sessions.pop_first().expect("a session").1;
            ada.sessions.insert(forgotten, pattern.clone());
            pattern.expires_at = now;
            ada.sessions.insert("ses_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().expect("an id"), pattern);
        })
        .await;
    let page = grace.get(&path(ada.id, "sessions")).await.ok();
    assert_eq!(
        (&page["pagination"]["total"], &page["data"][0]["id"], &page["data"][0]["ip"]),
        (&1.into(), &forgotten.to_string().into(), &serde_json::Value::Null)
    );
    assert_eq!(page["data"][0]["createdAt"], json!(now));
}

#[tokio::test]
async fn a_revoked_session_is_refused_on_the_next_request_and_others_are_not() {
    let world = world().await;
    let (grace, sam) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("sam", BuiltInRole::Staff).await,
    );
    let other = sign_in(&world, sam.id).await;
    sam.get("/api/admin/users").await.ok();
    let session = sam.session.expect("a session");
    world.interceptor.reset();
    assert_eq!(
        grace
            .post(
                &path(sam.id, &format!("sessions/{session}/revoke")),
                json!({"reason": "lost laptop"})
            )
            .await
            .ok(),
        json!({"userId": sam.id, "sessionId": session, "revokedSessions": 1})
    );
    assert_eq!(world.interceptor.spent().requests(), 2, "{:?}", world.interceptor.log());
    sam.get("/api/admin/users").await.is(401, "SESSION_ENDED");
    assert_eq!(
        world.user(sam.id).await.map(|sam| sam.sessions.into_keys().collect::<Vec<_>>()),
        Some(vec![other])
    );
    let log = entries(&world, sam.id).await;
    assert_eq!(
        (
            log[0].action.as_str(),
            log[0].resource.kind.as_str(),
            log[0].resource.id.as_str(),
            log[0].reason.as_deref()
        ),
        ("session.revoked", "session", session.to_string().as_str(), Some("lost laptop"))
    );
    grace
        .post(&path(sam.id, &format!("sessions/{session}/revoke")), json!({}))
        .await
        .is(404, "NOT_FOUND");
}

#[tokio::test]
async fn revoking_requires_the_permission_and_an_existing_session() {
    let world = world().await;
    let (grace, sam, ada) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("sam", BuiltInRole::Staff).await,
        world.person("ada").await,
    );
    let revoke = path(ada.id, &format!("sessions/{}/revoke", ada.session.expect("a session")));
    world.anyone().post(&revoke, json!({})).await.is(401, "UNAUTHENTICATED");
    sam.post(&revoke, json!({})).await.is(403, "PERMISSION_DENIED");
    grace.post(&revoke, json!({"all": true})).await.is(422, "VALIDATION_FAILED");
    for nothing in ["ses_01ARZ3NDEKTSV4RRFFQ69G5FAV", "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV", "all"] {
        grace
            .post(&path(ada.id, &format!("sessions/{nothing}/revoke")), json!({}))
            .await
            .is(404, "NOT_FOUND");
    }
    // A session of another user is not found under this user.
    grace
        .post(
            &path(ada.id, &format!("sessions/{}/revoke", sam.session.expect("a session"))),
            json!({}),
        )
        .await
        .is(404, "NOT_FOUND");
    grace
        .post(
            &path(
                "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().expect("an id"),
                &format!("sessions/{}/revoke", ada.session.expect("a session")),
            ),
            json!({}),
        )
        .await
        .is(404, "INVALID_USER_ID");
    assert_eq!(world.user(ada.id).await.map(|ada| ada.sessions.len()), Some(1));
    assert!(entries(&world, ada.id).await.is_empty());
}

#[tokio::test]
async fn login_history_contains_successes_and_failures_of_ninety_days() {
    let world = world().await;
    let (mut grace, ada) =
        (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    world.advance(DAY);
    for n in 0..5 {
        attempt(
            &world,
            ada.id,
            if n % 2 == 0 { SignInStatus::Failed } else { SignInStatus::Success },
        )
        .await;
        world.advance(MINUTE);
    }
    grace.renew().await;
    let page = grace.get(&path(ada.id, "login-history?limit=2")).await.ok();
    assert_eq!(
        (&page["pagination"]["total"], &page["pagination"]["pages"]),
        (&6.into(), &3.into())
    );
    assert_eq!(
        (
            &page["data"][0]["status"],
            &page["data"][0]["reason"],
            &page["data"][1]["status"],
            &page["data"][1]["reason"]
        ),
        (&"failed".into(), &"wrong_password".into(), &"success".into(), &serde_json::Value::Null)
    );
    for field in ["timestamp", "ip", "userAgent"] {
        assert!(page["data"][0][field].is_string(), "{field}");
    }
    let (mut seen, mut next) = (2, page["pagination"]["nextCursor"].as_str().map(str::to_owned));
    while let Some(cursor) = next {
        let page =
            grace.get(&path(ada.id, &format!("login-history?limit=2&cursor={cursor}"))).await.ok();
        seen += page["data"].as_array().map_or(0, Vec::len);
        next = page["pagination"]["nextCursor"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, 6);
    // TTL deletes lazily, so sign-ins older than the history are hidden even if they are not
    // deleted yet.
    world.advance(89 * DAY + DAY / 2);
    world
        .edit(grace.id, |grace| {
            for session in grace.sessions.values_mut() {
                session.expires_at = session.expires_at.plus(365 * DAY);
            }
        })
        .await;
    grace.renew().await;
    assert_eq!(grace.get(&path(ada.id, "login-history")).await.ok()["pagination"]["total"], 5);
}

#[tokio::test]
async fn sessions_and_login_history_require_the_permission() {
    let world = world().await;
    let (grace, sam, ada) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("sam", BuiltInRole::Staff).await,
        world.person("ada").await,
    );
    for list in ["sessions", "login-history"] {
        world.anyone().get(&path(ada.id, list)).await.is(401, "UNAUTHENTICATED");
        ada.get(&path(ada.id, list)).await.is(403, "ADMIN_REQUIRED");
        sam.get(&path(ada.id, list)).await.is(403, "PERMISSION_DENIED");
        grace.get(&path(ada.id, &format!("{list}?limit=0"))).await.is(422, "VALIDATION_FAILED");
        grace.get(&path(ada.id, &format!("{list}?user=x"))).await.is(400, "UNKNOWN_PARAMETER");
        grace
            .get(&format!("/api/admin/users/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV/{list}"))
            .await
            .is(404, "INVALID_USER_ID");
    }
}

#[tokio::test]
async fn a_forced_reset_revokes_sessions_and_keys_and_emails_a_link() {
    let world = world().await;
    let (grace, sam) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("sam", BuiltInRole::Staff).await,
    );
    sign_in(&world, sam.id).await;
    let key = LiveKey {
        digest: provost_domain::secret::Digest([7; 32]),
        scopes: None,
        self_read: false,
        expires_at: None,
        last_used_at: None,
    };
    world
        .edit(sam.id, |sam| {
            drop(sam.api_keys.insert("key_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().expect("an id"), key))
        })
        .await;
    let answer = grace
        .post(&path(sam.id, "reset-password"), json!({"sendEmail": true, "reason": "phished"}))
        .await;
    assert_eq!(
        answer.ok(),
        json!({"userId": sam.id, "mailed": true, "revokedSessions": 2, "revokedApiKeys": 1})
    );
    assert!(world.user(sam.id).await.expect("sam").api_keys.is_empty());
    assert!(
        world
            .app
            .store()
            .credential(sam.id)
            .await
            .expect("the table responds")
            .expect("a credential")
            .must_reset
    );
    sam.get("/api/admin/users").await.is(401, "SESSION_ENDED");
    assert_eq!(emails(&world, sam.id).await, ["password-reset-forced"]);
    let log = entries(&world, sam.id).await;
    assert_eq!(
        (log.len(), log[0].action.as_str(), log[0].reason.as_deref()),
        (1, "user.password_reset_forced", Some("phished"))
    );
}

#[tokio::test]
async fn an_invalid_reset_changes_nothing() {
    let world = world().await;
    let (grace, sam, ada) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("sam", BuiltInRole::Staff).await,
        world.person("ada").await,
    );
    let reset = path(ada.id, "reset-password");
    world.anyone().post(&reset, json!({})).await.is(401, "UNAUTHENTICATED");
    sam.post(&reset, json!({})).await.is(403, "PERMISSION_DENIED");
    grace.post(&path(grace.id, "reset-password"), json!({})).await.is(409, "CANNOT_MODIFY_SELF");
    grace
        .post("/api/admin/users/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV/reset-password", json!({}))
        .await
        .is(404, "INVALID_USER_ID");
    for (body, field) in [
        (json!({"sendEmail": false}), "sendEmail"),
        (json!({"password": "Wintry-Harbour-9"}), "password"),
        (json!({"reason": "x"}), "reason"),
    ] {
        assert_eq!(
            grace.post(&reset, body).await.is(422, "VALIDATION_FAILED")["errors"][0]["field"],
            field
        );
    }
    assert_eq!(
        world.user(ada.id).await.map(|ada| (ada.sessions.len(), ada.revision)),
        Some((1, 0))
    );
    assert!(entries(&world, ada.id).await.is_empty() && emails(&world, ada.id).await.is_empty());
}
