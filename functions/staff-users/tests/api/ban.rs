//! Banning and lifting a ban: takes effect immediately, with its email and its audit entry, or not
//! at all.

use provost_domain::{
    BuiltInRole, Status, UserId,
    api_key::LiveKey,
    time::{DAY, HOUR},
};
use provost_testkit::World;
use serde_json::{Value, json};

use crate::{emails, entries, world};

fn ban(user: UserId) -> String {
    format!("/api/admin/users/{user}/ban")
}

/// Asserts that the account was not changed.
async fn untouched(world: &World, user: UserId, revision: u64) {
    let record = world.user(user).await.expect("the account exists");
    assert_eq!((record.revision, record.status), (revision, Status::Active));
    assert!(entries(world, user).await.is_empty() && emails(world, user).await.is_empty());
}

#[tokio::test]
async fn a_ban_is_emailed_audited_and_takes_effect_on_the_next_request() {
    let world = world().await;
    let (grace, ada) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("ada", BuiltInRole::Staff).await,
    );
    ada.get("/api/admin/users").await.ok();
    world
        .edit(ada.id, |ada| {
            ada.api_keys.insert(
                "key_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().expect("an id"),
                LiveKey {
                    digest: provost_domain::secret::Digest([7; 32]),
                    scopes: None,
                    self_read: false,
                    expires_at: None,
                    last_used_at: None,
                },
            );
        })
        .await;
    world.interceptor.reset();
    let answer = grace
        .post(&ban(ada.id), json!({"type": "permanent", "reason": "sells spam"}))
        .await
        .status(200);
    assert_eq!(
        world.interceptor.spent().requests(),
        2,
        "the decision and the change: {:?}",
        world.interceptor.log()
    );
    assert_eq!(
        answer,
        json!({"userId": ada.id, "bannedAt": world.app.now(), "banType": "permanent", "banExpiresAt": null, "banReason": "sells spam", "reversible": true})
    );
    ada.get("/api/admin/users").await.is(403, "ACCOUNT_SUSPENDED");
    let after = world.user(ada.id).await.expect("ada");
    assert!(after.sessions.is_empty() && after.api_keys.is_empty());
    assert_eq!(emails(&world, ada.id).await, ["account-suspended"]);
    let log = entries(&world, ada.id).await;
    assert_eq!(log.len(), 1);
    assert_eq!(
        (
            log[0].action.as_str(),
            log[0].reason.as_deref(),
            log[0].actor.id.as_deref(),
            log[0].success
        ),
        ("user.banned", Some("sells spam"), Some(grace.id.to_string().as_str()), true)
    );
    assert_eq!(
        (&log[0].changes["status"].before, &log[0].changes["status"].after),
        (&json!("active"), &json!("suspended"))
    );
    assert_eq!(
        (log[0].ip.as_deref(), log[0].route.as_str()),
        (Some("127.0.0.1"), "POST /api/admin/users/{id}/ban")
    );
}

#[tokio::test]
async fn a_temporary_ban_ends_by_days_or_by_date() {
    let world = world().await;
    let (grace, ada, bob) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.person("ada").await,
        world.person("bob").await,
    );
    let now = world.app.now();
    let answer = grace
        .post(
            &ban(ada.id),
            json!({"type": "temporary", "durationDays": 7, "reason": "spam", "notifyUser": false}),
        )
        .await
        .ok();
    assert_eq!(
        (&answer["banType"], &answer["banExpiresAt"]),
        (&"temporary".into(), &json!(now.plus(7 * DAY)))
    );
    assert!(emails(&world, ada.id).await.is_empty(), "no email with `notifyUser: false`");
    let answer = grace
        .with_header("x-reason", "spam")
        .post(&ban(bob.id), json!({"type": "temporary", "expiresAt": now.plus(HOUR)}))
        .await
        .ok();
    assert_eq!(
        (&answer["banExpiresAt"], &answer["banReason"]),
        (&json!(now.plus(HOUR)), &"spam".into())
    );
}

#[tokio::test]
async fn an_invalid_ban_changes_nothing() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let now = world.app.now();
    for (body, field) in [
        (json!({"reason": "spam"}), "type"),
        (json!({"type": "forever", "reason": "spam"}), "type"),
        (json!({"type": "permanent"}), "reason"),
        (json!({"type": "permanent", "reason": "  "}), "reason"),
        (json!({"type": "permanent", "reason": "x"}), "reason"),
        (json!({"type": "permanent", "reason": "x".repeat(501)}), "reason"),
        (json!({"type": "permanent", "reason": "a\u{202e}b c"}), "reason"),
        (json!({"type": "permanent", "reason": 7}), "reason"),
        (json!({"type": "permanent", "reason": "spam", "durationDays": 3}), "durationDays"),
        (json!({"type": "permanent", "reason": "spam", "expiresAt": now.plus(DAY)}), "expiresAt"),
        (json!({"type": "temporary", "reason": "spam"}), "durationDays"),
        (
            json!({"type": "temporary", "reason": "spam", "durationDays": 3, "expiresAt": now.plus(DAY)}),
            "expiresAt",
        ),
        (json!({"type": "temporary", "reason": "spam", "durationDays": 0}), "durationDays"),
        (json!({"type": "temporary", "reason": "spam", "durationDays": -1}), "durationDays"),
        (json!({"type": "temporary", "reason": "spam", "durationDays": 3651}), "durationDays"),
        (json!({"type": "temporary", "reason": "spam", "durationDays": 1.5}), "durationDays"),
        (json!({"type": "temporary", "reason": "spam", "expiresAt": now}), "expiresAt"),
        (
            json!({"type": "temporary", "reason": "spam", "expiresAt": "2026-11-20T16:00:00+25:00"}),
            "expiresAt",
        ),
        (json!({"type": "temporary", "reason": "spam", "expiresAt": "soon"}), "expiresAt"),
        (json!({"type": "permanent", "reason": "spam", "notifyUser": "no"}), "notifyUser"),
        (json!({"type": "permanent", "reason": "spam", "role": "rootAdmin"}), "role"),
        (json!({"type": "permanent", "reason": "spam", "version": 9}), "version"),
    ] {
        let refused = grace.post(&ban(ada.id), body.clone()).await.is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], field, "{body}");
    }
    grace
        .ask(http::Method::POST, &ban(ada.id), "application/json", "{".into())
        .await
        .is(400, "MALFORMED_BODY");
    grace
        .ask(http::Method::POST, &ban(ada.id), "text/plain", "{}".into())
        .await
        .is(415, "UNSUPPORTED_MEDIA");
    grace
        .with_header("if-match", "\"9\"")
        .post(&ban(ada.id), json!({"type": "permanent", "reason": "spam"}))
        .await
        .is(412, "STALE_VERSION");
    untouched(&world, ada.id, 0).await;
}

#[tokio::test]
async fn a_ban_requires_the_permission_a_higher_rank_and_an_existing_user() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let (sam, joan) = (
        world.staff("sam", BuiltInRole::Staff).await,
        world.staff("joan", BuiltInRole::RootAdmin).await,
    );
    let body = json!({"type": "permanent", "reason": "spam"});
    world.anyone().post(&ban(ada.id), body.clone()).await.is(401, "UNAUTHENTICATED");
    ada.post(&ban(sam.id), body.clone()).await.is(403, "ADMIN_REQUIRED");
    assert_eq!(
        sam.post(&ban(ada.id), body.clone()).await.is(403, "PERMISSION_DENIED")["missing"],
        json!(["user.suspend"])
    );
    grace.post(&ban(joan.id), body.clone()).await.is(403, "OUTRANKED");
    grace.post(&ban(grace.id), body.clone()).await.is(409, "CANNOT_MODIFY_SELF");
    grace.post("/api/admin/users/me/ban", body.clone()).await.is(409, "CANNOT_MODIFY_SELF");
    grace
        .post("/api/admin/users/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV/ban", body.clone())
        .await
        .is(404, "INVALID_USER_ID");
    // Access is checked before the body is read.
    for (who, status) in [(world.anyone(), 401), (sam.clone(), 403), (grace.clone(), 400)] {
        who.ask(http::Method::POST, &ban(ada.id), "application/json", "{".into())
            .await
            .status(status);
    }
    untouched(&world, ada.id, 0).await;
    grace.post(&format!("/api/admin/users/email:{}/ban", ada.email), body).await.ok();
}

#[tokio::test]
async fn a_banned_or_deleted_user_cannot_be_banned() {
    let world = world().await;
    let (grace, ada, bob) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.person("ada").await,
        world.person("bob").await,
    );
    let body = json!({"type": "temporary", "durationDays": 1, "reason": "spam"});
    grace.post(&ban(ada.id), body.clone()).await.ok();
    assert_eq!(
        grace.post(&ban(ada.id), body.clone()).await.is(409, "INVALID_ACTION")["allowed"],
        json!(["unban"])
    );
    world.edit(bob.id, |bob| bob.status = Status::Deleted).await;
    grace.post(&ban(bob.id), body.clone()).await.is(409, "INVALID_ACTION");
    world.advance(DAY);
    let mut grace = grace;
    grace.renew().await;
    grace.post(&ban(ada.id), body).await.ok();
    assert_eq!(
        world.user(ada.id).await.and_then(|ada| ada.suspension).map(|s| s.before),
        Some(Status::Active),
        "a second ban after the first expired keeps the original status"
    );
}

#[tokio::test]
async fn a_replayed_ban_gets_the_same_response_and_takes_effect_once() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let body = json!({"type": "permanent", "reason": "spam"});
    let once = grace.with_header("idempotency-key", "ban-of-ada-1");
    let first = once.post(&ban(ada.id), body.clone()).await.ok();
    let again = once.post(&ban(ada.id), body).await;
    assert_eq!((again.ok(), again.header("idempotent-replayed").as_str()), (first, "true"));
    once.post(&ban(ada.id), json!({"type": "permanent", "reason": "other"}))
        .await
        .is(422, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!((entries(&world, ada.id).await.len(), emails(&world, ada.id).await.len()), (1, 1));
}

#[tokio::test]
async fn lifting_a_ban_restores_the_previous_status() {
    let world = world().await;
    let (grace, mut ada) =
        (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    world.edit(ada.id, |ada| ada.status = Status::PendingVerification).await;
    grace
        .post(&ban(ada.id), json!({"type": "permanent", "reason": "spam", "notifyUser": false}))
        .await
        .ok();
    assert_eq!(
        grace.delete_with(&ban(ada.id), json!({"reason": "appealed"})).await.ok(),
        json!({"userId": ada.id, "status": "pending_verification"})
    );
    assert_eq!(emails(&world, ada.id).await, ["account-restored"]);
    let log = entries(&world, ada.id).await;
    assert_eq!(
        (log[0].action.as_str(), log[0].reason.as_deref(), log.len()),
        ("user.unbanned", Some("appealed"), 2)
    );
    ada.renew().await;
    ada.get("/api/admin/users").await.is(401, "SESSION_ENDED");
    grace.delete(&ban(ada.id)).await.is(409, "INVALID_ACTION");
}

#[tokio::test]
async fn lifting_a_ban_also_accepts_query_parameters() {
    let world = world().await;
    let (grace, ada, sam) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.person("ada").await,
        world.staff("sam", BuiltInRole::Staff).await,
    );
    grace
        .post(&ban(ada.id), json!({"type": "permanent", "reason": "spam", "notifyUser": false}))
        .await
        .ok();
    world.anyone().delete(&ban(ada.id)).await.is(401, "UNAUTHENTICATED");
    sam.delete(&ban(ada.id)).await.is(403, "PERMISSION_DENIED");
    grace.delete(&format!("{}?reson=x", ban(ada.id))).await.is(400, "UNKNOWN_PARAMETER");
    grace.delete(&format!("{}?reason=x", ban(ada.id))).await.is(422, "VALIDATION_FAILED");
    grace.delete_with(&ban(ada.id), json!({"until": "now"})).await.is(422, "VALIDATION_FAILED");
    grace
        .delete("/api/admin/users/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV/ban")
        .await
        .is(404, "INVALID_USER_ID");
    assert_eq!(world.user(ada.id).await.map(|ada| ada.status), Some(Status::Suspended));
    grace.delete(&format!("{}?reason=appealed&notifyUser=false", ban(ada.id))).await.ok();
    assert!(emails(&world, ada.id).await.is_empty());
    assert_eq!(entries(&world, ada.id).await[0].reason.as_deref(), Some("appealed"));
}

#[tokio::test]
async fn two_concurrent_bans_create_one_ban() {
    let world = world().await;
    let (grace, joan, ada) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("joan", BuiltInRole::RootAdmin).await,
        world.person("ada").await,
    );
    let (path, body) = (ban(ada.id), json!({"type": "permanent", "reason": "spam"}));
    let answers = futures_util::future::join_all((0..8).map(|n| {
        if n % 2 == 0 { grace.post(&path, body.clone()) } else { joan.post(&path, body.clone()) }
    }))
    .await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409]);
    assert_eq!((entries(&world, ada.id).await.len(), emails(&world, ada.id).await.len()), (1, 1));
    let _: Value = answers[0].json();
}

#[tokio::test]
async fn an_end_beyond_the_maximum_is_lowered_and_returned() {
    let world = world().await;
    let (grace, bob) = (world.staff("grace", BuiltInRole::Admin).await, world.person("bob").await);
    let body = json!({"type": "temporary", "reason": "spam", "expiresAt": "9999-12-31T23:59:59Z"});
    let banned = grace.post(&ban(bob.id), body).await.ok();
    assert_eq!(
        (&banned["banExpiresAt"], &banned["clamped"]),
        (&json!(world.app.now().plus(3650 * DAY)), &json!(true))
    );
}
