//! Who gets a broadcast, and who may send one.

use std::collections::BTreeMap;

use provost_domain::{BroadcastId, BuiltInRole, time::DAY, user::PortalTier};
use provost_jobs::Outcome;
use provost_testkit::Roles;
use serde_json::{Value, json};

use crate::support::*;

#[tokio::test]
async fn a_broadcast_is_sent_to_everybody_once() {
    let world = world().await;
    let root = world.staff("grace", BuiltInRole::RootAdmin).await;
    for name in ["ada", "bob", "cleo"] {
        world.person(name).await;
    }
    let started = root.post(BROADCAST, news("all")).await;
    let location = started.header("location");
    let started = started.status(202);
    assert_eq!((&started["status"], &started["planned"]), (&json!("queued"), &json!(0)));
    assert!(location.ends_with(started["id"].as_str().expect("an id")));
    world.settle().await;
    let done = shown(&root, &started["id"]).await;
    assert_eq!(
        (&done["status"], &done["sent"], &done["planned"]),
        (&json!("completed"), &json!(4), &json!(4))
    );
    assert_eq!(done["progress"], json!({ "done": 4, "total": 4, "percent": 100 }));
    assert_eq!(done["content"]["subject"], "News for {{ firstName }}");
    let received = received(&root).await;
    assert_eq!(received.len(), 4);
    assert!(received.values().all(|count| *count == 1), "{received:?}");
}

#[tokio::test]
async fn a_broadcast_requires_the_permission_of_root() {
    let world = world().await;
    world.anyone().post(BROADCAST, news("all")).await.is(401, "UNAUTHENTICATED");
    world.person("ada").await.post(BROADCAST, news("all")).await.is(403, "ADMIN_REQUIRED");
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    grace.post(BROADCAST, news("all")).await.is(403, "SUPERADMIN_REQUIRED");
    grace.get(BROADCAST).await.ok();
}

#[tokio::test]
async fn an_invalid_broadcast_is_refused() {
    let world = world().await;
    let root = world.staff("grace", BuiltInRole::RootAdmin).await;
    let now = world.app.now();
    let with = |field: &str, value: Value| {
        let mut body = news("all");
        body[field] = value;
        body
    };
    for (field, body) in [
        ("filter", json!({ "subject": "x", "text": "y" })),
        ("filter", news("everybody")),
        ("plan", news("plan")),
        ("plan", with("plan", json!("paid"))),
        ("subject", with("subject", json!("Hi\r\nBcc: b@example.org"))),
        ("text", with("text", json!("{{ password }}"))),
        ("scheduledAt", with("scheduledAt", json!(now))),
        ("scheduledAt", with("scheduledAt", json!(now.plus(91 * DAY)))),
        ("resume", with("resume", json!(world.app.id(BroadcastId::new)))),
    ] {
        let error = root.post(BROADCAST, body.clone()).await.is(422, "VALIDATION_FAILED");
        assert_eq!(error["errors"][0]["field"], field, "{body}: {error}");
    }
    let id = world.app.id(BroadcastId::new);
    root.post(BROADCAST, json!({ "resume": id })).await.is(404, "NOT_FOUND");
    root.get(&format!("{BROADCAST}/{id}")).await.is(404, "NOT_FOUND");
    root.delete(&format!("{BROADCAST}/telegram")).await.is(404, "NOT_FOUND");
    world.settle().await;
    assert!(received(&root).await.is_empty());
}

#[tokio::test]
async fn each_filter_selects_its_users() {
    let world = world().await;
    let root = world.staff("grace", BuiltInRole::RootAdmin).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    world.edit(ada.id, |user| user.email_verified = false).await;
    world.edit(bob.id, |user| user.portal_tier = PortalTier::Paid).await;
    let mut expected = BTreeMap::new();
    for (body, emails) in [
        (news("verified"), vec![&root.email, &bob.email]),
        (news("unverified"), vec![&ada.email]),
        (news("admin"), vec![&root.email]),
        (
            json!({ "subject": "x", "text": "y", "filter": "plan", "plan": "paid" }),
            vec![&bob.email],
        ),
    ] {
        for email in emails {
            *expected.entry(email.clone()).or_default() += 1;
        }
        root.post(BROADCAST, body).await.status(202);
        world.settle().await;
        assert_eq!(received(&root).await, expected);
    }
}

#[tokio::test]
async fn a_dry_run_counts_the_recipients_and_sends_nothing() {
    let world = world().await;
    let root = world.staff("grace", BuiltInRole::RootAdmin).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    unsubscribe(&world, ada.id).await;
    bounce(&world, &bob).await;
    world.person("cleo").await;
    let mut body = news("all");
    body["dryRun"] = json!(true);
    let started = root.post(BROADCAST, body).await.status(202);
    world.settle().await;
    let done = shown(&root, &started["id"]).await;
    assert_eq!((&done["status"], &done["dryRun"]), (&json!("completed"), &json!(true)));
    assert_eq!((&done["planned"], &done["leftOut"]), (&json!(4), &json!(2)));
    assert_eq!((&done["recipientCount"], &done["sent"]), (&json!(2), &json!(0)));
    assert!(received(&root).await.is_empty());
}

#[tokio::test]
async fn a_broadcast_is_sent_with_the_rights_of_its_worker() {
    let world = world().await;
    let root = world.staff("grace", BuiltInRole::RootAdmin).await;
    let id = begin(&root).await;
    let before = world.interceptor.spent().rights;
    assert!(matches!(run(&world, id, 10).await, Outcome::Done));
    Roles::read().demand("bulk-worker", world.interceptor.spent().rights.difference(&before));
    world.settle().await;
}
