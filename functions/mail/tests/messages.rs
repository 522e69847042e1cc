//! Emails of staff to individual users, and the statistics.

use provost_domain::{
    BuiltInRole, Pseudonym, Status, UserId,
    time::DAY,
    user::{Suspension, SuspensionKind},
};
use provost_local::Function;
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

const SEND: &str = "/api/admin/email/send";
const STATS: &str = "/api/admin/email/stats";

async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("mail", fn_mail::routes().router(app.clone())),
            Function::worker_over("outbox", app, fn_outbox::handle),
            Function::worker_over("mail-worker", app, fn_mail_worker::handle),
        ]
    })
    .await
}

fn message(to: &[&str]) -> Value {
    json!({ "to": to, "subject": "Hi {{ firstName }}", "text": "Hello {{ firstName }},\n\nwelcome." })
}

async fn ban(world: &World, user: UserId) {
    let (now, by) = (world.app.now(), world.app.id(Pseudonym::new));
    world
        .edit(user, |user| {
            let suspension = Suspension {
                id: None,
                kind: SuspensionKind::Ban,
                reason: "spam".to_owned(),
                by,
                at: now,
                expires_at: None,
                before: Status::Active,
            };
            *user = user.clone().suspend(suspension, now).expect("the account is active");
        })
        .await;
}

async fn log(root: &Someone<'_>) -> Vec<Value> {
    root.get("/api/admin/email/logs").await.ok()["data"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn a_message_is_sent_to_each_user_once() {
    let world = world().await;
    let root = world.staff("grace", BuiltInRole::RootAdmin).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let answer = root
        .post(SEND, message(&[&ada.email, &bob.email, &ada.email, "nobody@elsewhere.example"]))
        .await
        .status(202);
    assert_eq!((&answer["queued"], &answer["failed"]), (&json!(2), &json!(1)));
    assert_eq!(answer["errors"], json!(["nobody@elsewhere.example"]));
    world.settle().await;
    let mut sent: Vec<_> = log(&root)
        .await
        .iter()
        .map(|email| (email["to"].clone(), email["subject"].clone(), email["template"].clone()))
        .collect();
    sent.sort_by_key(|(to, ..)| to.to_string());
    assert_eq!(
        sent,
        [
            (json!(ada.email), json!("Hi ada"), json!("message")),
            (json!(bob.email), json!("Hi bob"), json!("message")),
        ]
    );
}

#[tokio::test]
async fn a_message_requires_the_permission() {
    let world = world().await;
    let ada = world.person("ada").await;
    world.anyone().post(SEND, message(&[&ada.email])).await.is(401, "UNAUTHENTICATED");
    ada.post(SEND, message(&[&ada.email])).await.is(403, "ADMIN_REQUIRED");
    let grace = world.staff("grace", BuiltInRole::Staff).await;
    grace.post(SEND, message(&[&ada.email])).await.is(403, "PERMISSION_DENIED");
    grace.get(STATS).await.is(403, "PERMISSION_DENIED");
}

#[tokio::test]
async fn an_invalid_message_is_refused_and_sends_nothing() {
    let world = world().await;
    let root = world.staff("grace", BuiltInRole::RootAdmin).await;
    let ada = world.person("ada").await;
    let many: Vec<String> = (0..51).map(|n| format!("u{n}@user.example")).collect();
    for (field, body) in [
        ("to", json!({ "to": [], "subject": "x", "text": "y" })),
        ("to", json!({ "to": many, "subject": "x", "text": "y" })),
        ("to", json!({ "to": ["nobody@elsewhere.example"], "subject": "x", "text": "y" })),
        (
            "to[0]",
            json!({ "to": ["a@b.example\r\nBcc: c@d.example"], "subject": "x", "text": "y" }),
        ),
        ("subject", json!({ "to": [ada.email], "subject": "Hi\r\nBcc: c@d.example", "text": "y" })),
        ("subject", json!({ "to": [ada.email], "subject": "", "text": "y" })),
        ("text", json!({ "to": [ada.email], "subject": "x", "text": "{{ password }}" })),
    ] {
        let error = root.post(SEND, body.clone()).await.is(422, "VALIDATION_FAILED");
        assert_eq!(error["errors"][0]["field"], field, "{body}: {error}");
    }
    world.settle().await;
    assert!(log(&root).await.is_empty());
}

#[tokio::test]
async fn the_statistics_count_emails_by_day_and_status() {
    let world = world().await;
    let mut root = world.staff("grace", BuiltInRole::RootAdmin).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    root.post(SEND, message(&[&ada.email, &bob.email])).await.status(202);
    let waiting = root.get(STATS).await.ok();
    assert_eq!(waiting["total"], 0, "an email is counted when it is written: {waiting}");
    world.settle().await;
    world.advance(provost_domain::time::DAY);
    root.renew().await;
    root.post(SEND, message(&[&ada.email])).await.status(202);
    world.settle().await;
    let stats = root.get(STATS).await.ok();
    assert_eq!((&stats["total"], &stats["sent"]), (&json!(3), &json!(3)));
    assert_eq!((&stats["pending"], &stats["failed"]), (&json!(0), &json!(0)));
    assert_eq!((&stats["from"], &stats["to"]), (&json!("2026-10-23"), &json!("2026-11-21")));
    let days = stats["days"].as_array().expect("days");
    assert_eq!(days.len(), 30);
    assert_eq!((&days[28]["sent"], &days[29]["sent"]), (&json!(2), &json!(1)));
}

#[tokio::test]
async fn a_sender_reaches_500_recipients_a_day() {
    let world = world().await;
    let mut grace = world.staff("grace", BuiltInRole::RootAdmin).await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let ada = world.person("ada").await;
    let batch = |size: usize| {
        let mut to = vec![ada.email.clone()];
        to.extend((1..size).map(|n| format!("nobody{n}@elsewhere.example")));
        message(&to.iter().map(String::as_str).collect::<Vec<_>>())
    };
    for _ in 0..9 {
        grace.post(SEND, batch(50)).await.status(202);
    }
    grace.post(SEND, batch(49)).await.status(202);
    grace.post(SEND, batch(2)).await.is(429, "RATE_LIMITED");
    let preview = "/api/admin/emails/templates/password-changed/preview";
    grace.post(preview, json!({ "sendToMe": true })).await.ok();
    grace.post(preview, json!({ "sendToMe": true })).await.is(429, "RATE_LIMITED");
    grace.post(preview, json!({})).await.ok();
    grace.post(SEND, batch(1)).await.is(429, "RATE_LIMITED");
    joan.post(SEND, batch(1)).await.status(202);
    world.advance(DAY);
    grace.renew().await;
    grace.post(SEND, batch(50)).await.status(202);
    world.settle().await;
}

#[tokio::test]
async fn a_banned_user_gets_no_message() {
    let world = world().await;
    let root = world.staff("grace", BuiltInRole::RootAdmin).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    ban(&world, bob.id).await;
    let answer = root.post(SEND, message(&[&ada.email, &bob.email])).await.status(202);
    assert_eq!((&answer["queued"], &answer["failed"]), (&json!(1), &json!(0)));
    assert_eq!(answer["leftOut"], json!([bob.email]));
    world.settle().await;
    let sent: Vec<_> = log(&root).await.iter().map(|email| email["to"].clone()).collect();
    assert_eq!(sent, [json!(ada.email)]);
    let error = root.post(SEND, message(&[&bob.email])).await.is(422, "VALIDATION_FAILED");
    assert_eq!(error["errors"][0]["code"], "suspended");
}
