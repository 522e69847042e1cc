//! The outbox: what a change announces reaches its queue, once the change is true and not before.

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

fn letter(world: &World) -> Message {
    Message::Mail {
        id: world.app.id(MessageId::new),
        user: world.app.id(UserId::new),
        template: Template::VerifyEmail,
        about: None,
    }
}

async fn announce(world: &World, message: Message) {
    let mut tx = world.app.transaction();
    world.app.send(&mut tx, message).expect("a message");
    tx.commit().await.expect("it is new");
}

async fn waiting(world: &World) -> usize {
    world
        .app
        .store()
        .due("outbox", world.app.now().plus(OVERDUE + MINUTE), 100)
        .await
        .expect("the table answers")
        .len()
}

#[tokio::test]
async fn a_message_reaches_its_queue_and_leaves_the_outbox() {
    let world = with_outbox().await;
    for _ in 0..3 {
        announce(&world, letter(&world)).await;
    }
    announce(&world, Message::Deletion { request: world.app.id(provost_domain::DeletionId::new) })
        .await;
    assert_eq!(waiting(&world).await, 4);
    world.settle().await;
    assert_eq!(waiting(&world).await, 0);
    assert_eq!(world.runner.queue_depth("mail").await.expect("the queue answers").total(), 3);
    assert_eq!(world.runner.queue_depth("deletion").await.expect("the queue answers").total(), 1);
}

/// A record of the stream as Lambda hands it over.
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

async fn given(world: &World, records: Vec<Value>) -> Vec<Option<String>> {
    let event = serde_json::from_value(json!({ "Records": records })).expect("an event");
    let answer = handle(world.app.clone(), event, Deadline::within(Duration::from_secs(60)))
        .await
        .expect("it answers");
    answer.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
}

#[tokio::test]
async fn the_stream_begins_again_at_the_first_record_that_failed() {
    let world = with_outbox().await;
    let unknown = json!({ "pk": { "S": "OUTBOX#x" }, "sk": { "S": "MESSAGE" }, "message": { "M": { "type": { "S": "teleport" } } } });
    for failing in 0..4 {
        let records = (0..4)
            .map(|place| {
                record(place + 10, if place == failing { unknown.clone() } else { message(&world) })
            })
            .collect();
        assert_eq!(given(&world, records).await, [Some((failing + 10).to_string())]);
    }
    // Before the failing one came 0, 1, 2 and 3 messages; nothing after it was sent.
    assert_eq!(world.runner.queue_depth("deletion").await.expect("the queue answers").total(), 6);
}

#[tokio::test]
async fn what_is_no_message_is_passed_over() {
    let world = with_outbox().await;
    let other = json!({ "pk": { "S": "EXPORT#x" }, "sk": { "S": "JOB" } });
    let mut removal = record(2, message(&world));
    removal["eventName"] = json!("REMOVE");
    assert_eq!(given(&world, vec![record(1, other), removal]).await, []);
    assert_eq!(world.runner.queue_depth("deletion").await.expect("the queue answers").total(), 0);
}

#[tokio::test]
async fn killed_at_any_call_a_message_is_sent_at_least_once_and_leaves_the_outbox() {
    for point in
        [KillPoint::Before(1), KillPoint::After(1), KillPoint::Before(2), KillPoint::After(2)]
    {
        let world = with_outbox().await;
        announce(&world, letter(&world)).await;
        world.interceptor.kill_at(point);
        world.interceptor.until_killed(world.runner.settle()).await;
        world.interceptor.reset();
        world.settle().await;
        assert_eq!(waiting(&world).await, 0, "{point:?}");
        let sent = world.runner.queue_depth("mail").await.expect("the queue answers").total();
        assert!((1..=2).contains(&sent), "{point:?}: sent {sent} times");
    }
}

#[tokio::test]
async fn a_change_that_fails_announces_nothing() {
    let world = with_outbox().await;
    let ada = world.person("ada").await;
    let stale = world.principal(ada.id).await.expect("she exists");
    world.edit(ada.id, |principal| principal.first_name = "Ada".to_owned()).await;
    let mut tx = world.app.transaction();
    tx.save_principal(&stale).expect("a principal");
    world.app.send(&mut tx, letter(&world)).expect("a message");
    assert!(tx.commit().await.is_err(), "somebody else wrote in between");
    world.settle().await;
    assert_eq!(world.runner.queue_depth("mail").await.expect("the queue answers").total(), 0);
}

#[test]
fn a_message_reads_back_from_an_image_of_the_stream() {
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
