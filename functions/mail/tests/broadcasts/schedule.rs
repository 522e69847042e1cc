//! When a broadcast is sent, and what stops it.

use provost_domain::{
    BuiltInRole, Permission,
    mail::broadcast::TOO_LATE,
    time::{DAY, MINUTE},
};
use provost_jobs::Outcome;
use provost_testkit::{KillPoint, Someone};
use serde_json::json;

use crate::support::*;

/// The first page of a list.
fn all() -> provost_domain::page::PageRequest {
    provost_domain::page::PageRequest { from: provost_domain::page::PageFrom::Page(1), limit: 50 }
}

#[tokio::test]
async fn who_gets_a_scheduled_broadcast_is_decided_when_it_is_sent() {
    let world = world().await;
    let mut root = world.staff("grace", BuiltInRole::RootAdmin).await;
    let (a, b, c) =
        (world.person("ada").await, world.person("bob").await, world.person("cleo").await);
    let mut body = news("verified");
    let at = world.app.now().plus(2 * DAY);
    body["scheduledAt"] = json!(at);
    let started = root.post(BROADCAST, body).await.status(202);
    assert_eq!((&started["status"], &started["scheduledAt"]), (&json!("scheduled"), &json!(at)));
    world.advance(DAY);
    tick(&world).await;
    world.settle().await;
    unsubscribe(&world, a.id).await;
    ban(&world, b.id).await;
    leave(&world, c.id).await;
    let d = world.person("dora").await;
    world.advance(DAY + MINUTE);
    tick(&world).await;
    world.settle().await;
    root.renew().await;
    let done = shown(&root, &started["id"]).await;
    assert_eq!((&done["status"], &done["planned"]), (&json!("completed"), &json!(5)));
    assert_eq!((&done["sent"], &done["leftOut"]), (&json!(2), &json!(3)));
    let received: Vec<_> = received(&root).await.into_keys().collect();
    assert_eq!(received, [d.email, root.email.clone()]);
}

#[tokio::test]
async fn a_broadcast_that_would_be_hours_late_is_missed_until_staff_resume_it() {
    let world = world().await;
    let mut root = world.staff("grace", BuiltInRole::RootAdmin).await;
    world.person("ada").await;
    let mut body = news("all");
    body["scheduledAt"] = json!(world.app.now().plus(DAY));
    let started = root.post(BROADCAST, body).await.status(202);
    world.advance(DAY + TOO_LATE + 1000);
    assert_eq!(tick(&world).await, 1);
    world.settle().await;
    root.renew().await;
    let missed = shown(&root, &started["id"]).await;
    assert_eq!((&missed["status"], &missed["sent"]), (&json!("missed"), &json!(0)));
    let notices =
        world.app.store().notifications(root.id, &all(), world.app.now()).await.expect("a list");
    assert!(notices.rows.iter().any(|notice| notice.title == "A broadcast was missed"));

    root.post(BROADCAST, json!({ "resume": started["id"] })).await.status(202);
    world.settle().await;
    let done = shown(&root, &started["id"]).await;
    assert_eq!((&done["status"], &done["sent"]), (&json!("completed"), &json!(2)));
    root.post(BROADCAST, json!({ "resume": started["id"] })).await.is(409, "INVALID_ACTION");
}

#[tokio::test]
async fn a_broadcast_that_stopped_hours_ago_does_not_go_on_by_itself() {
    let world = world().await;
    let mut root = world.staff("grace", BuiltInRole::RootAdmin).await;
    for name in ["ada", "bob", "cleo"] {
        world.person(name).await;
    }
    let id = begin(&root).await;
    // Killed in the second page.
    world.interceptor.kill_at(KillPoint::Before(20));
    assert!(world.interceptor.until_killed(run(&world, id, 1)).await.is_none());
    world.interceptor.reset();
    world.advance(TOO_LATE + MINUTE);
    assert!(matches!(run(&world, id, 1).await, Outcome::Done));
    root.renew().await;
    let missed = shown(&root, &json!(id)).await;
    assert_eq!(missed["status"], "missed");
    assert!(adds_up(&missed) && missed["planned"].as_u64() < Some(4), "{missed}");
    // The message of the start, which no worker takes any more.
    world.settle().await;
    root.post(BROADCAST, json!({ "resume": id })).await.status(202);
    world.settle().await;
    let done = shown(&root, &json!(id)).await;
    assert_eq!((&done["status"], &done["planned"]), (&json!("completed"), &json!(4)));
    assert!(received(&root).await.values().all(|count| *count == 1));
}

#[tokio::test]
async fn a_cancelled_broadcast_is_not_sent() {
    let world = world().await;
    let root = world.staff("grace", BuiltInRole::RootAdmin).await;
    let mut body = news("all");
    body["scheduledAt"] = json!(world.app.now().plus(DAY));
    let started = root.post(BROADCAST, body).await.status(202);
    let path = format!("{BROADCAST}/{}", started["id"].as_str().expect("an id"));
    let cancelled = root.delete_with(&path, json!({ "reason": "a mistake" })).await.ok();
    assert_eq!(cancelled["status"], "cancelled");
    root.delete(&path).await.is(409, "INVALID_ACTION");
    world.advance(DAY + MINUTE);
    assert_eq!(tick(&world).await, 0);
    // Cancelled before the worker got its message.
    let root = world.staff("joan", BuiltInRole::RootAdmin).await;
    let id = begin(&root).await;
    root.delete(&format!("{BROADCAST}/{id}")).await.ok();
    world.settle().await;
    assert!(received(&root).await.is_empty());
    let list = root.get(&format!("{BROADCAST}?status=cancelled")).await.ok();
    assert_eq!(list["pagination"]["total"], 2);
    assert_eq!(list["data"][0]["id"], json!(id));
}

#[tokio::test]
async fn a_broadcast_whose_author_lost_the_permission_is_missed_until_others_resume_it() {
    let world = world().await;
    let mut root = world.staff("grace", BuiltInRole::RootAdmin).await;
    let lost = async |author: &Someone<'_>, how: usize| match how {
        0 => world.edit(author.id, |user| user.denials = [Permission::MailBroadcast].into()).await,
        _ => ban(&world, author.id).await,
    };
    for (how, scheduled) in [(0, true), (1, true), (0, false)] {
        let author = world.staff(&format!("author{how}{scheduled}"), BuiltInRole::RootAdmin).await;
        let mut body = news("unverified");
        if scheduled {
            body["scheduledAt"] = json!(world.app.now().plus(DAY));
        }
        let started = author.post(BROADCAST, body).await.status(202);
        lost(&author, how).await;
        if scheduled {
            world.advance(DAY + MINUTE);
            tick(&world).await;
        }
        world.settle().await;
        root.renew().await;
        let missed = shown(&root, &started["id"]).await;
        assert_eq!(missed["status"], "missed", "{how} {scheduled}");
        root.post(BROADCAST, json!({ "resume": started["id"] })).await.status(202);
        world.settle().await;
        let done = shown(&root, &started["id"]).await;
        assert_eq!((&done["status"], &done["requestedBy"]), (&json!("completed"), &json!(root.id)));
    }
}
