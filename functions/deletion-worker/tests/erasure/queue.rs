//! The queue: valid messages are handled, invalid ones end in the dead-letter queue, and neither
//! delays the other.

use fn_deletion_worker::handle;
use provost_domain::{
    DeletionId,
    message::{Message, Queue},
};
use provost_jobs::{Deadline, Outcome};
use provost_local::Function;
use provost_testkit::World;

use crate::person::{batch, complete, is_erased, job, message};

async fn with_worker() -> World {
    World::of(|app| vec![Function::worker_over("deletion-worker", app, handle)]).await
}

/// Bodies that no version of this worker can handle.
fn poison() -> [String; 5] {
    [
        "{\"type\":\"deletion\",\"request\"".to_owned(),
        "{\"type\":\"teleport\"}".to_owned(),
        "{\"type\":\"deletion\",\"request\":\"usr_01\"}".to_owned(),
        String::new(),
        format!("\"{}\"", "x".repeat(200_000)),
    ]
}

#[tokio::test]
async fn poison_messages_end_in_the_dead_letter_queue_and_delay_nothing() {
    let world = with_worker().await;
    let subject = complete(&world, 1).await;
    let poison: Vec<_> = poison().into_iter().filter(|body| !body.is_empty()).collect();
    for body in &poison {
        world.runner.send_raw("deletion", body).await.expect("the queue accepts it");
    }
    world
        .runner
        .send_raw("deletion", &message(subject.request))
        .await
        .expect("the queue accepts it");
    world.settle().await;
    is_erased(&world, &subject).await;
    assert_eq!(
        world.runner.dlq_depth("deletion").await.expect("the queue responds"),
        poison.len(),
        "each is given up immediately"
    );
    for letter in dead_letters(&world).await {
        assert!(poison.contains(&letter.0), "the text is as it was: {}", letter.0);
        assert_eq!(letter.1, "the message is of no kind that this version knows");
    }
    assert_eq!(world.runner.queue_depth("deletion").await.expect("the queue responds").total(), 0);
    world.leaves("deletion", "messages that nobody can read are dead letters at once");
}

/// The bodies of the dead letters, each with its reason.
async fn dead_letters(world: &World) -> Vec<(String, String)> {
    let url = world
        .app
        .store()
        .names()
        .dead_letters
        .get(&Queue::Deletion)
        .expect("the template defines the queue");
    let received = world
        .emulators
        .sqs()
        .receive_message()
        .queue_url(url)
        .max_number_of_messages(10)
        .message_attribute_names("All");
    let messages = received.send().await.expect("the queue responds").messages.unwrap_or_default();
    let emails = messages.into_iter().map(|message| {
        let reason = message
            .message_attributes
            .unwrap_or_default()
            .remove("reason")
            .and_then(|reason| reason.string_value);
        (message.body.unwrap_or_default(), reason.unwrap_or_default())
    });
    emails.collect()
}

#[tokio::test]
async fn a_failed_message_is_redelivered_within_minutes() {
    let world = with_worker().await;
    let subject = complete(&world, 1).await;
    let export = job(&world, subject.id);
    let mut tx = world.app.transaction();
    tx.lock_export(subject.id, export.id).expect("a lock");
    tx.commit().await.expect("there is no lock");
    world
        .runner
        .send_raw("deletion", &message(subject.request))
        .await
        .expect("the queue accepts it");
    for _ in 0..5 {
        world.interceptor.reset();
        let report = world.runner.settle().await;
        assert_eq!(report.failed.len(), 1, "an export is running: {report:?}");
        let log = world.interceptor.log();
        assert!(log.iter().any(|call| call == "SQS.ChangeMessageVisibility"), "{log:?}");
        world.runner.release("deletion").await.expect("the queue responds");
    }
    world.leaves("deletion", "the export never ends in this test, so the deletion is never done");
}

#[tokio::test]
async fn a_dead_letter_succeeds_when_redriven_after_the_cause_is_fixed() {
    let world = with_worker().await;
    let subject = complete(&world, 1).await;
    let export = job(&world, subject.id);
    let mut tx = world.app.transaction();
    tx.lock_export(subject.id, export.id).expect("a lock");
    tx.commit().await.expect("there is no lock");
    world
        .runner
        .send_raw("deletion", &message(subject.request))
        .await
        .expect("the queue accepts it");
    for _ in 0..6 {
        world.runner.settle().await;
        world.runner.release("deletion").await.expect("the queue responds");
    }
    assert_eq!(world.runner.dlq_depth("deletion").await.expect("the queue responds"), 1);
    let mut tx = world.app.transaction();
    tx.unlock_export(subject.id, export.id).expect("a lock");
    tx.commit().await.expect("the lock exists");
    assert_eq!(world.runner.redrive("deletion").await.expect("the queue responds"), 1);
    world.settle().await;
    is_erased(&world, &subject).await;
    assert_eq!(world.runner.dlq_depth("deletion").await.expect("the queue responds"), 0);
    world.leaves(
        "deletion",
        "the queue moved the message to the dead-letter queue, so the redriven one counts as a second",
    );
}

#[tokio::test]
async fn a_batch_reports_exactly_the_failed_messages_for_any_subset() {
    let world = World::of(|_| Vec::new()).await;
    let mut given_up = 0;
    let request = |place: usize| DeletionId::new(ulid::Ulid::from_parts(place as u64, 0));
    // All subsets together would produce 4,000 dead letters.
    for subset in (0..1024_usize).step_by(11) {
        let fails = |place: usize| subset >> place & 1 == 1;
        // The failures cover every kind: an invalid message, a retry, a permanent failure and a
        // panic.
        let bodies: Vec<_> = (0..10)
            .map(|place| {
                if fails(place) && place % 4 == 0 {
                    "{\"type\":\"teleport\"}".to_owned()
                } else {
                    message(request(place))
                }
            })
            .collect();
        let run = async |message: Message, _| {
            let Message::Deletion { request } = message else {
                return Outcome::GiveUp("no deletion".to_owned());
            };
            let place = usize::try_from(request.ulid().timestamp_ms()).unwrap_or(0);
            if !fails(place) {
                return if place % 2 == 0 { Outcome::Done } else { Outcome::AlreadyDone };
            }
            match place % 3 {
                0 => Outcome::Retry("not now".to_owned()),
                1 => Outcome::GiveUp("never".to_owned()),
                _ => std::panic::panic_any("a mistake of ours"),
            }
        };
        let (store, new_id) = (world.app.store(), || world.app.id(provost_domain::RequestId::new));
        let answer = provost_jobs::batch(store, Queue::Deletion, batch(&bodies), new_id, run).await;
        let failed: Vec<_> = answer
            .batch_item_failures
            .iter()
            .map(|failure| failure.item_identifier.clone())
            .collect();
        let again =
            |place: &usize| fails(*place) && !place.is_multiple_of(4) && place.is_multiple_of(3);
        let expected: Vec<_> = (0..10).filter(again).map(|place| format!("m{place}")).collect();
        assert_eq!(failed, expected, "subset {subset:010b}");
        given_up += (0..10).filter(|place| fails(*place)).count() - expected.len();
    }
    assert_eq!(world.runner.dlq_depth("deletion").await.expect("the queue responds"), given_up);
}

#[tokio::test]
async fn the_batch_of_the_worker_does_the_same() {
    let world = World::of(|_| Vec::new()).await;
    // An unknown request is handled immediately; an export belongs to another worker.
    let good = message(world.app.id(DeletionId::new));
    let other = serde_json::to_string(&Message::Export {
        job: job(&world, world.app.id(provost_domain::UserId::new)).id,
    })
    .expect("a message");
    let mut given_up = 0;
    let bad = [poison().as_slice(), &[other]].concat();
    for subset in [0, 1, 512, 0b01_0101_0101, 0b10_1010_1010, 0b11_1000_0111, 1023_usize] {
        let bodies: Vec<_> = (0..10)
            .map(|place| {
                if subset >> place & 1 == 1 { bad[place % bad.len()].clone() } else { good.clone() }
            })
            .collect();
        let answer = handle(
            world.app.clone(),
            batch(&bodies),
            Deadline::within(std::time::Duration::from_secs(900)),
        )
        .await
        .expect("it responds");
        let failed: Vec<_> = answer
            .batch_item_failures
            .iter()
            .map(|failure| failure.item_identifier.clone())
            .collect();
        // SQS cannot send a message without a body, so the redrive policy handles it.
        let empty = |place: &usize| bodies[*place].is_empty();
        let expected: Vec<_> = (0..10).filter(empty).map(|place| format!("m{place}")).collect();
        assert_eq!(failed, expected, "subset {subset:010b}");
        given_up += (0..10).filter(|place| subset >> place & 1 == 1).count() - expected.len();
    }
    assert_eq!(world.runner.dlq_depth("deletion").await.expect("the queue responds"), given_up);
}
