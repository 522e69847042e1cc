//! Every limit of this function at its boundary: the last accepted value and the first rejected
//! one.

use provost_domain::{BuiltInRole, UserId, time::DAY};
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

use crate::{entries, world};

fn path(user: UserId, rest: &str) -> String {
    format!("/api/admin/users/{user}/{rest}")
}

/// Bans with this body, and lifts the ban if it was accepted.
async fn is_banned(grace: &Someone<'_>, user: UserId, end: Value) -> bool {
    let mut body = json!({"type": "temporary", "reason": "spam"});
    body.as_object_mut().expect("an object").extend(end.as_object().expect("an object").clone());
    let reply = grace.post(&path(user, "ban"), body).await;
    if reply.status.is_success() {
        grace.delete(&path(user, "ban")).await.ok();
        return true;
    }
    reply.is(422, "VALIDATION_FAILED");
    false
}

#[tokio::test]
async fn a_temporary_ban_lasts_1_to_3650_days_or_ends_in_1_ms_to_3650_days() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let now = world.app.now();
    for (days, taken) in [(0, false), (1, true), (3650, true), (3651, false)] {
        assert_eq!(
            is_banned(&grace, ada.id, json!({ "durationDays": days })).await,
            taken,
            "{days} days"
        );
    }
    for (millis, taken) in [(0, false), (1, true), (3650 * DAY, true), (3650 * DAY + 1, true)] {
        assert_eq!(
            is_banned(&grace, ada.id, json!({ "expiresAt": now.plus(millis) })).await,
            taken,
            "{millis} ms"
        );
    }
}

#[tokio::test]
async fn a_reason_has_three_to_500_characters() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    for (length, taken) in [(2, false), (3, true), (500, true), (501, false)] {
        assert_eq!(
            is_banned(&grace, ada.id, json!({ "durationDays": 1, "reason": "x".repeat(length) }))
                .await,
            taken,
            "{length}"
        );
    }
}

#[tokio::test]
async fn a_grant_is_one_byte_to_one_pebibyte_for_at_most_3650_days() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let (now, grants) = (world.app.now(), path(ada.id, "grants"));
    for (amount, status) in [(0, 422), (1, 201), (1_u64 << 50, 201), ((1 << 50) + 1, 422)] {
        grace.post(&grants, json!({"type": "domains", "amount": amount})).await.status(status);
    }
    for (millis, status) in [(0, 422), (1, 201), (3650 * DAY, 201), (3650 * DAY + 1, 201)] {
        let given = grace
            .post(&grants, json!({"type": "domains", "amount": 1, "expiresAt": now.plus(millis)}))
            .await
            .status(status);
        if status == 201 {
            assert_eq!(
                given["clamped"] == true,
                millis > 3650 * DAY,
                "an end beyond the limit is lowered to it: {given}"
            );
        }
    }
}

#[tokio::test]
async fn a_note_has_one_to_4000_characters() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    for (length, status) in [(0, 422), (1, 201), (4000, 201), (4001, 422)] {
        grace
            .post(&path(ada.id, "notes"), json!({"text": "字".repeat(length)}))
            .await
            .status(status);
    }
}

#[tokio::test]
async fn a_ledger_has_at_most_200_past_entries_of_1_to_1000_points() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let profile = path(ada.id, "contributor-profile");
    let (today, tomorrow) = (world.app.now().date(), world.app.now().plus(DAY).date());
    let entry = |extra: Value| {
        let mut entry = json!({"date": "2026-01-02", "label": "Fixed a leak"});
        entry
            .as_object_mut()
            .expect("an object")
            .extend(extra.as_object().expect("an object").clone());
        json!({ "ledger": [entry] })
    };
    let url = |length: usize| format!("https://{}", "x".repeat(length - 8));
    for (body, status) in [
        (entry(json!({ "date": today })), 200),
        (entry(json!({ "date": tomorrow })), 422),
        (entry(json!({ "points": 0 })), 422),
        (entry(json!({ "points": 1 })), 200),
        (entry(json!({ "points": 1000 })), 200),
        (entry(json!({ "points": 1001 })), 422),
        (entry(json!({ "url": url(300) })), 200),
        (entry(json!({ "url": url(301) })), 422),
        (json!({ "ledger": vec![entry(json!({}))["ledger"][0].clone(); 200] }), 200),
        (json!({ "ledger": vec![entry(json!({}))["ledger"][0].clone(); 201] }), 422),
    ] {
        grace.put(&profile, body).await.status(status);
    }
}

async fn session_ends_in(world: &World, user: UserId, millis: i64) {
    let end = world.app.now().plus(millis);
    world
        .edit(user, |person| {
            for session in person.sessions.values_mut() {
                session.expires_at = end;
            }
        })
        .await;
}

#[tokio::test]
async fn a_session_has_ended_at_the_instant_of_its_expiry() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let revoke = path(ada.id, &format!("sessions/{}/revoke", ada.session.expect("a session")));
    let seen = async || {
        let listed = grace.get(&path(ada.id, "sessions")).await.ok()["pagination"]["total"].clone();
        let counted = grace.get(&format!("/api/admin/users/{}", ada.id)).await.ok()["security"]["sessionCount"].clone();
        (listed, counted)
    };
    session_ends_in(&world, ada.id, 0).await;
    assert_eq!(seen().await, (json!(0), json!(0)));
    grace.post(&revoke, json!({})).await.is(404, "NOT_FOUND");
    session_ends_in(&world, ada.id, 1).await;
    assert_eq!(seen().await, (json!(1), json!(1)));
    grace.post(&revoke, json!({})).await.ok();
}

#[tokio::test]
async fn an_account_is_unlocked_at_the_instant_its_lock_ends() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    for (millis, locked) in [(0, false), (1, true)] {
        let until = world.app.now().plus(millis);
        world.edit(ada.id, |ada| ada.failures.locked_until = Some(until)).await;
        let shown = grace.get(&format!("/api/admin/users/{}", ada.id)).await.ok()["security"]["lockedUntil"].clone();
        assert_eq!(shown, if locked { json!(until) } else { Value::Null }, "{millis} ms before");
    }
}

#[tokio::test]
async fn is_admin_is_true_for_the_role_administrator_and_above() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    for (role, is_admin) in [
        (BuiltInRole::User, false),
        (BuiltInRole::Staff, false),
        (BuiltInRole::Admin, true),
        (BuiltInRole::RootAdmin, true),
    ] {
        let person = world.someone("sam", role).await;
        assert_eq!(
            joan.get(&format!("/api/admin/users/{}", person.id)).await.ok()["isAdmin"],
            is_admin,
            "{role:?}"
        );
    }
}

#[tokio::test]
async fn the_audit_log_shows_which_ban_was_lifted_and_its_reason() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    grace
        .post(
            &path(ada.id, "ban"),
            json!({"type": "temporary", "durationDays": 2, "reason": "sells spam"}),
        )
        .await
        .ok();
    grace.delete_with(&path(ada.id, "ban"), json!({"reason": "appealed"})).await.ok();
    let log = entries(&world, ada.id).await;
    let changes = |number: usize, field: &str| {
        let change = &log[number].changes[field];
        (change.before.clone(), change.after.clone())
    };
    assert_eq!((log[0].action.as_str(), log[1].action.as_str()), ("user.unbanned", "user.banned"));
    assert_eq!(changes(0, "banReason"), (json!("sells spam"), Value::Null));
    assert_eq!(changes(0, "status"), (json!("suspended"), json!("active")));
    assert_eq!(changes(1, "banType"), (Value::Null, json!("temporary")));
    assert_eq!(changes(1, "banExpiresAt"), (Value::Null, json!(world.app.now().plus(2 * DAY))));
}
