//! The state of the platform.

use provost_domain::{
    BuiltInRole, MessageId, UserId, mail::Template, message::Message, time::MINUTE,
};
use serde_json::{Value, json};

use crate::world;

const STATUS: &str = "/api/admin/status";

#[tokio::test]
async fn a_working_platform_is_healthy() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    world.pass(10 * MINUTE).await;
    let found = joan.get(STATUS).await.ok();
    assert_eq!(
        ["status", "version"].map(|name| found[name].clone()),
        ["healthy", env!("CARGO_PKG_VERSION")]
    );
    for part in ["api", "database", "storage", "queue", "outbox"] {
        assert_eq!(found[part]["status"], "healthy", "{part}");
    }
    assert_eq!(found["outbox"]["oldestSeconds"], Value::Null);
    let due = &found["schedules"][0];
    assert_eq!((&due["name"], &due["status"]), (&json!("due"), &json!("healthy")));
    assert_eq!(due["lastRunAt"], "2026-11-20T16:10:00.000Z");
    world.settle().await;
}

#[tokio::test]
async fn waiting_and_failed_messages_are_counted() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let message = || Message::Mail {
        id: world.app.id(MessageId::new),
        user: world.app.id(UserId::new),
        template: Template::VerifyEmail,
        about: None,
    };
    let store = world.app.store();
    store.enqueue(&message(), 0).await.expect("the queue responds");
    store.enqueue(&message(), 60).await.expect("the queue responds");
    let mut tx = world.app.transaction();
    world.app.send(&mut tx, message()).expect("a message");
    tx.commit().await.expect("the item is new");
    world.clock.advance(10 * MINUTE);
    store
        .give_up(provost_domain::message::Queue::Mail, "{}", "for the test")
        .await
        .expect("the queue responds");
    let found = joan.get(STATUS).await.ok();
    let mail = &found["queue"]["queues"][0];
    assert_eq!(
        ["name", "pending", "failed"].map(|name| mail[name].clone()),
        [json!("mail"), json!(1), json!(1)]
    );
    assert_eq!(
        (&found["queue"]["status"], &found["queue"]["failed"]),
        (&json!("degraded"), &json!(1))
    );
    assert_eq!(
        (&found["outbox"]["status"], &found["outbox"]["oldestSeconds"]),
        (&json!("degraded"), &json!(600))
    );
    assert_eq!(found["status"], "degraded");
    world.settle().await;
}

#[tokio::test]
async fn failed_requests_are_a_rate_of_all() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    assert_eq!(
        joan.get(STATUS).await.ok()["api"],
        json!({ "status": "healthy", "requests": 0, "failures": 0, "errorRate": null }),
        "a request counts when it is answered"
    );
    // Refusals are answers, not failures.
    for _ in 0..3 {
        world.anyone().get(STATUS).await.is(401, "UNAUTHENTICATED");
    }
    let found = joan.get(STATUS).await.ok();
    assert_eq!(found["api"]["errorRate"], json!(0.0));
    // This function is not mounted in this world, as if it could not be started.
    for _ in 0..3 {
        assert_eq!(world.anyone().get("/.well-known/jwks.json").await.status, 500);
    }
    let found = joan.get(STATUS).await.ok();
    let expected = json!({ "status": "degraded", "requests": 8, "failures": 3, "errorRate": 37.5 });
    assert_eq!((&found["api"], &found["status"]), (&expected, &json!("degraded")));
}

#[tokio::test]
async fn a_queue_has_an_age_while_a_message_is_on_it() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let ages = async || -> Vec<Value> {
        let found = joan.get(STATUS).await.ok();
        let queues = found["queue"]["queues"].as_array().expect("queues").clone();
        queues.iter().map(|queue| queue["oldestSeconds"].clone()).collect()
    };
    assert_eq!(ages().await, vec![Value::Null; 4]);
    let message = Message::Mail {
        id: world.app.id(MessageId::new),
        user: world.app.id(UserId::new),
        template: Template::VerifyEmail,
        about: None,
    };
    world.app.store().enqueue(&message, 0).await.expect("the queue responds");
    let found = ages().await;
    assert!(found[0].as_i64().is_some_and(|age| age >= 0), "the queue of emails: {found:?}");
    assert_eq!(found[1..], vec![Value::Null; 3]);
    let sqs = world.emulators.sqs();
    let url = &world.app.store().names().mail_queue;
    let taken = sqs.receive_message().queue_url(url).send().await.expect("the queue responds");
    let receipt = taken.messages()[0].receipt_handle().expect("a receipt");
    let gone = sqs.delete_message().queue_url(url).receipt_handle(receipt).send().await;
    gone.expect("the queue responds");
    assert_eq!(ages().await, vec![Value::Null; 4]);
}

#[tokio::test]
async fn scheduled_work_that_stopped_is_degraded() {
    let world = world().await;
    let mut joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    world.pass(5 * MINUTE).await;
    world.clock.advance(20 * MINUTE);
    joan.renew().await;
    let found = joan.get(STATUS).await.ok();
    assert_eq!(
        (&found["status"], &found["schedules"][0]["status"]),
        (&json!("degraded"), &json!("degraded"))
    );
    world.settle().await;
}
