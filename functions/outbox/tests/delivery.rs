//! The outbox: the message of a change reaches its queue after the change is committed.

use std::time::Duration;

use fn_outbox::handle;
use provost_domain::{MessageId, UserId, mail::Template, message::Message, time::MINUTE};
use provost_jobs::Deadline;
use provost_local::Function;
use provost_store::{Store, outbox::OVERDUE};
use provost_testkit::{KillPoint, World};
use serde_json::{Value, json};

async fn with_outbox() -> World {
    World::of(|app| vec![Function::worker_over("outbox", app, handle)]).await
}

fn email_message(world: &World) -> Message {
    Message::Mail {
        id: world.app.id(MessageId::new),
        user: world.app.id(UserId::new),
        template: Template::VerifyEmail,
        about: None,
    }
}

async fn send_with_change(world: &World, message: Message) {
    let mut tx = world.app.transaction();
    world.app.send(&mut tx, message).expect("a message");
    tx.commit().await.expect("the item is new");
}

async fn waiting(world: &World) -> usize {
    world
        .app
        .store()
        .due("outbox", world.app.now().plus(OVERDUE + MINUTE), 100)
        .await
        .expect("the table responds")
        .len()
}

#[tokio::test]
async fn a_message_reaches_its_queue_and_leaves_the_outbox() {
    let world = with_outbox().await;
    for _ in 0..3 {
        send_with_change(&world, email_message(&world)).await;
    }
    send_with_change(
        &world,
        Message::Deletion { request: world.app.id(provost_domain::DeletionId::new) },
    )
    .await;
    assert_eq!(waiting(&world).await, 4);
    world.settle().await;
    assert_eq!(waiting(&world).await, 0);
    assert_eq!(world.runner.queue_depth("mail").await.expect("the queue responds").total(), 3);
    assert_eq!(world.runner.queue_depth("deletion").await.expect("the queue responds").total(), 1);
}

/// A record of the stream, as Lambda delivers it.
fn record(sequence: usize, image: Value) -> Value {
    json!({
        "eventID": format!("e{sequence}"), "eventName": "INSERT", "eventVersion": "1.1", "eventSource": "aws:dynamodb", "awsRegion": "eu-central-1",
        "dynamodb": { "ApproximateCreationDateTime": 1_795_190_400, "Keys": { "pk": image["pk"], "sk": image["sk"] }, "NewImage": image, "SequenceNumber": sequence.to_string(), "SizeBytes": 200, "StreamViewType": "NEW_IMAGE" }
    })
}

fn message(world: &World) -> Value {
    let id = world.app.id(MessageId::new);
    json!({
        "pk": { "S": format!("OUTBOX#{id}") }, "sk": { "S": "MESSAGE" }, "id": { "S": id.to_string() }, "dueKind": { "S": "outbox" }, "dueAt": { "S": "2026-11-20T16:05:00.000Z" },
        "message": { "M": { "type": { "S": "deletion" }, "request": { "S": world.app.id(provost_domain::DeletionId::new).to_string() } } }
    })
}

async fn handle_records(world: &World, records: Vec<Value>) -> Vec<Option<String>> {
    let event = serde_json::from_value(json!({ "Records": records })).expect("an event");
    let answer = handle(world.app.clone(), event, Deadline::within(Duration::from_secs(60)))
        .await
        .expect("the handler responds");
    answer.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
}

#[tokio::test]
async fn the_stream_is_retried_from_the_first_failed_record() {
    let world = with_outbox().await;
    let unknown = json!({ "pk": { "S": "OUTBOX#x" }, "sk": { "S": "MESSAGE" }, "message": { "M": { "type": { "S": "teleport" } } } });
    for failing in 0..4 {
        let records = (0..4)
            .map(|place| {
                record(place + 10, if place == failing { unknown.clone() } else { message(&world) })
            })
            .collect();
        assert_eq!(handle_records(&world, records).await, [Some((failing + 10).to_string())]);
    }
    // The messages before the failing record were sent (0, 1, 2 and 3), and none after it.
    assert_eq!(world.runner.queue_depth("deletion").await.expect("the queue responds").total(), 6);
}

#[tokio::test]
async fn records_that_are_not_messages_are_skipped() {
    let world = with_outbox().await;
    let other = json!({ "pk": { "S": "EXPORT#x" }, "sk": { "S": "JOB" } });
    let mut removal = record(2, message(&world));
    removal["eventName"] = json!("REMOVE");
    assert_eq!(handle_records(&world, vec![record(1, other), removal]).await, []);
    assert_eq!(world.runner.queue_depth("deletion").await.expect("the queue responds").total(), 0);
}

#[tokio::test]
async fn a_message_is_delivered_at_least_once_after_a_kill_at_any_call() {
    for point in
        [KillPoint::Before(1), KillPoint::After(1), KillPoint::Before(2), KillPoint::After(2)]
    {
        let world = with_outbox().await;
        send_with_change(&world, email_message(&world)).await;
        world.interceptor.kill_at(point);
        world.interceptor.until_killed(world.runner.settle()).await;
        world.interceptor.reset();
        world.settle().await;
        assert_eq!(waiting(&world).await, 0, "{point:?}");
        let sent = world.runner.queue_depth("mail").await.expect("the queue responds").total();
        assert!((1..=2).contains(&sent), "{point:?}: sent {sent} times");
    }
}

#[tokio::test]
async fn a_failed_change_sends_no_message() {
    let world = with_outbox().await;
    let ada = world.person("ada").await;
    let stale = world.user(ada.id).await.expect("the account exists");
    world.edit(ada.id, |user| user.first_name = "Ada".to_owned()).await;
    let mut tx = world.app.transaction();
    tx.save_user(&stale).expect("a user");
    world.app.send(&mut tx, email_message(&world)).expect("a message");
    assert!(tx.commit().await.is_err(), "the account was changed concurrently");
    world.settle().await;
    assert_eq!(world.runner.queue_depth("mail").await.expect("the queue responds").total(), 0);
}

#[tokio::test]
async fn a_message_of_a_later_release_stays_and_delays_nothing() {
    let world = with_outbox().await;
    let later = json!({ "type": "teleport", "to": "Mars" });
    send_with_change(&world, Message::Unknown(later.clone())).await;
    send_with_change(&world, email_message(&world)).await;
    world.settle().await;
    assert_eq!(world.runner.queue_depth("mail").await.expect("the queue responds").total(), 1);
    let left = world.app.store().overdue_messages(world.app.now().plus(OVERDUE), 10).await;
    let left: Vec<_> = left.expect("the table responds").into_iter().map(|it| it.message).collect();
    assert_eq!(left, [Message::Unknown(later)]);
    world.leaves("outbox", "only a later release knows the queue of the message");
}

#[test]
fn a_message_is_read_from_a_stream_image() {
    let image = serde_json::from_value::<serde_dynamo::Item>(json!({
        "pk": { "S": "OUTBOX#msg_01ARZ3NDEKTSV4RRFFQ69G5FAV" }, "sk": { "S": "MESSAGE" }, "id": { "S": "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV" }, "dueKind": { "S": "outbox" }, "dueAt": { "S": "2026-11-20T16:05:00.000Z" },
        "message": { "M": { "type": { "S": "export" }, "job": { "S": "exp_01ARZ3NDEKTSV4RRFFQ69G5FAV" } } }
    })).expect("an image");
    let waiting = Store::read_waiting(image.into()).expect("a message");
    assert_eq!(
        waiting.message,
        Message::Export { job: "exp_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().expect("an id") }
    );
}
