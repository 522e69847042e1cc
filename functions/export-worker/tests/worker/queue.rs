//! The queue: unreadable messages fail alone, end in the dead-letter queue, and are processed after
//! a redrive.

use aws_lambda_events::event::sqs::SqsEvent;
use provost_domain::ExportId;
use provost_jobs::Deadline;
use provost_testkit::{KillPoint, World};
use serde_json::json;

use crate::support::*;

/// Delivers until the queue has moved every failing message to the dead-letter queue.
async fn exhaust(world: &World) {
    for _ in 0..8 {
        world.runner.settle().await;
        world.runner.release("export").await.expect("the queue");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_dead_letters_exactly_the_unreadable_messages() {
    let world = world().await;
    let mut given_up = 0;
    let ada = world.person("ada").await;
    let (id, _) = job_for(&world, ada.id).await;
    assert!(!deliver(&world, id).await);
    let poison = [
        r#"{"type":"export"}"#,
        r#"{"type":"unheard_of","job":"x"}"#,
        "{\"type\":",
        "",
        r#"{"type":"export","job":"usr_01ARZ3NDEKTSV4RRFFQ69G5FAV"}"#,
    ];
    for subset in (0..1024_u32).step_by(17) {
        let body = |bit: u32| {
            if subset >> bit & 1 == 1 {
                poison[bit as usize % poison.len()].to_owned()
            } else {
                json!({ "type": "export", "job": id }).to_string()
            }
        };
        let records: Vec<_> =
            (0..10).map(|bit| json!({ "messageId": bit.to_string(), "body": body(bit) })).collect();
        let event: SqsEvent = serde_json::from_value(json!({ "Records": records })).unwrap();
        let answer = fn_export_worker::handle(world.app.clone(), event, Deadline::within(AMPLE))
            .await
            .unwrap();
        let failed: Vec<_> = answer
            .batch_item_failures
            .iter()
            .map(|failure| failure.item_identifier.as_str())
            .collect();
        // An empty message cannot be sent to the dead-letter queue, so SQS handles it.
        let bad = (0..10).filter(|bit| subset >> bit & 1 == 1);
        let expected: Vec<_> =
            bad.clone().filter(|bit| body(*bit).is_empty()).map(|bit| bit.to_string()).collect();
        assert_eq!(failed, expected, "subset {subset:b}");
        given_up += bad.count() - expected.len();
    }
    assert_eq!(world.runner.dlq_depth("export").await.unwrap(), given_up);
    world.settle().await;
    world.leaves("export", "unreadable messages were moved to the dead-letter queue");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn poison_messages_are_dead_lettered_and_do_not_block_others() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (id, identity) = job_for(&world, ada.id).await;
    let elsewhere =
        json!({ "type": "deletion", "request": "del_01ARZ3NDEKTSV4RRFFQ69G5FAV" }).to_string();
    let large = format!("{{\"type\":\"export\",\"job\":\"{}\"}}", "x".repeat(200_000));
    let poison = [r#"{"type":"unheard_of"}"#, "{\"type\":\"export\",", "null", &large, &elsewhere];
    for body in poison {
        world.runner.send_raw("export", body).await.unwrap();
    }
    world
        .runner
        .send_raw("export", &json!({ "type": "export", "job": id }).to_string())
        .await
        .unwrap();
    world
        .runner
        .send_raw(
            "export",
            &json!({ "type": "export", "job": world.app.id(ExportId::new) }).to_string(),
        )
        .await
        .unwrap();
    world.runner.settle().await;
    opened(&world, id, &identity).await;
    exhaust(&world).await;
    assert_eq!(
        world.runner.dlq_depth("export").await.unwrap(),
        poison.len(),
        "a message about a deleted job is not a poison message"
    );
    assert_eq!(world.runner.queue_depth("export").await.unwrap().total(), 0);
    world.leaves("export", "invalid messages are dead-lettered immediately");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redriven_message_is_processed_after_a_transient_failure() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (id, identity) = job_for(&world, ada.id).await;
    world
        .runner
        .send_raw("export", &json!({ "type": "export", "job": id }).to_string())
        .await
        .unwrap();
    // Every call fails, from the first one.
    world.interceptor.kill_at(KillPoint::Before(1));
    exhaust(&world).await;
    assert_eq!(world.runner.dlq_depth("export").await.unwrap(), 1);
    world.interceptor.reset();
    assert_eq!(world.runner.redrive("export").await.unwrap(), 1);
    world.settle().await;
    opened(&world, id, &identity).await;
    assert_eq!(
        (
            world.runner.dlq_depth("export").await.unwrap(),
            world.runner.queue_depth("export").await.unwrap().total()
        ),
        (0, 0)
    );
    world.leaves(
        "export",
        "the queue dead-lettered the message, so the redriven one counts as a second message",
    );
}
