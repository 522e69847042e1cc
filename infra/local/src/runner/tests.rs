use super::*;
use crate::testing::{infrastructure, started};
use crate::{Function, Invocation, Storage};
use aws_lambda_events::dynamodb::Event as StreamEvent;
use aws_lambda_events::sqs::SqsEvent;
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use std::sync::Mutex;

/// Everything that a worker received, in order.
type Seen = Arc<Mutex<Vec<String>>>;

fn mail_worker(seen: &Seen) -> Function {
    let seen = Arc::clone(seen);
    Function::worker("mail-worker", move |event: SqsEvent, _: Invocation| {
        let seen = Arc::clone(&seen);
        async move {
            let mut failures = Vec::new();
            for message in event.records {
                let body = message.body.unwrap_or_default();
                seen.lock().unwrap().push(body.clone());
                assert!(!body.starts_with("panic"), "cannot read {body}");
                if body.starts_with("poison") {
                    failures.push(json!({ "itemIdentifier": message.message_id }));
                }
            }
            Ok(json!({ "batchItemFailures": failures }))
        }
    })
}

fn outbox(seen: &Seen, fails_on: &'static str) -> Function {
    let seen = Arc::clone(seen);
    Function::worker("outbox", move |event: StreamEvent, _: Invocation| {
        let seen = Arc::clone(&seen);
        async move {
            for record in event.records {
                let item: BTreeMap<String, Value> =
                    serde_json::from_value(json!(record.change.new_image)).unwrap_or_default();
                let key = serde_json::to_value(&record.change.keys).unwrap_or_default();
                let text = format!("{} {key} {}", record.event_name, item.len());
                if !fails_on.is_empty() && text.contains(fails_on) {
                    let first = json!([{ "itemIdentifier": record.change.sequence_number }]);
                    return Ok(json!({ "batchItemFailures": first }));
                }
                seen.lock().unwrap().push(text);
            }
            Ok(json!({}))
        }
    })
}

async fn write(emulators: &Emulators, pk: &str) {
    let put = emulators.dynamodb().put_item().table_name(emulators.name("things"));
    let put = put
        .item("pk", AttributeValue::S(pk.to_owned()))
        .item("sk", AttributeValue::S("x".to_owned()));
    put.send().await.unwrap();
}

fn bodies(seen: &Seen) -> Vec<String> {
    let mut bodies = seen.lock().unwrap().clone();
    bodies.sort();
    bodies
}

#[tokio::test]
async fn only_successful_messages_are_deleted() {
    let emulators = started(Storage::Memory).await;
    let seen = Seen::default();
    let runner = Runner::new(&infrastructure(), &emulators, [mail_worker(&seen)]).unwrap();
    for body in ["one", "poison", "two"] {
        runner.send_raw("mail", body).await.unwrap();
    }
    let report = runner.settle().await;
    assert_eq!(report.delivered, 2);
    assert_eq!(report.failed, [("mail-worker".to_owned(), "1 of 3 messages failed".to_owned())]);
    assert_eq!(
        runner.queue_depth("mail").await.unwrap(),
        Depth { in_flight: 1, ..Depth::default() }
    );
    assert_eq!(runner.settle().await, Report::default());
}

#[tokio::test]
async fn a_message_that_keeps_failing_is_dead_lettered_and_can_be_redriven() {
    let emulators = started(Storage::Memory).await;
    let seen = Seen::default();
    let runner = Runner::new(&infrastructure(), &emulators, [mail_worker(&seen)]).unwrap();
    runner.send_raw("mail", "poison").await.unwrap();
    // Two receives are allowed; the third attempt moves it.
    for _ in 0..2 {
        assert_eq!(runner.settle().await.failed.len(), 1);
        assert_eq!(runner.release("mail").await.unwrap(), 1);
    }
    assert_eq!(runner.settle().await, Report::default());
    assert_eq!(runner.queue_depth("mail").await.unwrap().total(), 0);
    assert_eq!(runner.dlq_depth("mail").await.unwrap(), 1);
    assert_eq!(runner.redrive("mail").await.unwrap(), 1);
    assert_eq!(runner.dlq_depth("mail").await.unwrap(), 0);
    assert_eq!(runner.settle().await.failed.len(), 1);
    assert_eq!(seen.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn a_panic_fails_the_entire_batch_which_is_delivered_again() {
    let emulators = started(Storage::Memory).await;
    let seen = Seen::default();
    let runner = Runner::new(&infrastructure(), &emulators, [mail_worker(&seen)]).unwrap();
    runner.send_raw("mail", "panic now").await.unwrap();
    runner.send_raw("mail", "innocent").await.unwrap();
    let report = runner.settle().await;
    assert_eq!((report.delivered, report.failed.len()), (0, 1));
    assert_eq!(report.failed[0].1, "panicked: cannot read panic now");
    assert_eq!(runner.queue_depth("mail").await.unwrap().in_flight, 2);
    assert_eq!(runner.release("mail").await.unwrap(), 2);
    assert_eq!(runner.settle().await.failed.len(), 1);
    assert!(bodies(&seen).iter().filter(|body| *body == "panic now").count() == 2);
}

#[tokio::test]
async fn a_delayed_message_waits_until_its_delay_has_passed() {
    let emulators = started(Storage::Memory).await;
    let seen = Seen::default();
    let runner = Runner::new(&infrastructure(), &emulators, [mail_worker(&seen)]).unwrap();
    let (sqs, url) = (emulators.sqs(), emulators.settings()["QUEUE_MAIL"].clone());
    let send = |delay| {
        sqs.send_message().queue_url(&url).message_body("later").delay_seconds(delay).send()
    };
    assert!(send(600).await.unwrap().message_id.is_some());
    assert!(send(901).await.is_err());
    send(0).await.unwrap();
    assert_eq!(runner.settle().await.delivered, 1);
    assert_eq!(runner.queue_depth("mail").await.unwrap(), Depth { delayed: 1, ..Depth::default() });
    assert_eq!(runner.release_all().await.unwrap(), 1);
    assert_eq!(runner.settle().await.delivered, 1);
    assert_eq!(runner.queue_depth("mail").await.unwrap().total(), 0);
}

#[tokio::test]
async fn only_inserts_with_a_matching_key_reach_the_function() {
    let emulators = started(Storage::Memory).await;
    let seen = Seen::default();
    let runner = Runner::new(&infrastructure(), &emulators, [outbox(&seen, "")]).unwrap();
    for pk in ["OUTBOX#1", "USER#1", "OUTBOX#1", "OUTBOX#2"] {
        write(&emulators, pk).await;
    }
    let report = runner.settle().await;
    // The second write of OUTBOX#1 changed nothing, and a modification is not an insert anyway.
    assert_eq!((report.delivered, report.failed.len()), (2, 0));
    let keys = bodies(&seen);
    assert!(
        keys[0].starts_with("INSERT") && keys[0].contains("OUTBOX#1") && keys[0].ends_with(" 2"),
        "{keys:?}"
    );
    assert!(keys[1].contains("OUTBOX#2"), "{keys:?}");
    assert_eq!(runner.settle().await, Report::default());
}

#[tokio::test]
async fn a_failed_record_blocks_later_ones_but_not_earlier_ones() {
    let emulators = started(Storage::Memory).await;
    let (seen, functions) = (Seen::default(), infrastructure());
    for pk in ["OUTBOX#1", "OUTBOX#bad", "OUTBOX#3"] {
        write(&emulators, pk).await;
    }
    let runner = Runner::new(&functions, &emulators, [outbox(&seen, "bad")]).unwrap();
    for attempt in 0..2 {
        let report = runner.settle().await;
        assert_eq!((report.delivered, report.failed.len()), (1 - attempt, 1), "{report:?}");
    }
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn messages_that_a_delivery_creates_are_delivered_too() {
    let emulators = started(Storage::Memory).await;
    let seen = Seen::default();
    let sqs = emulators.sqs();
    let url = emulators.settings()["QUEUE_MAIL"].clone();
    let outbox = Function::worker("outbox", move |event: StreamEvent, _| {
        let (sqs, url) = (sqs.clone(), url.clone());
        async move {
            for _ in event.records {
                sqs.send_message()
                    .queue_url(&url)
                    .message_body("from the outbox")
                    .send()
                    .await
                    .map_err(|e| e.to_string())?;
            }
            Ok(json!({}))
        }
    });
    let runner = Runner::new(&infrastructure(), &emulators, [outbox, mail_worker(&seen)]).unwrap();
    write(&emulators, "OUTBOX#1").await;
    assert_eq!(runner.settle().await.delivered, 2);
    assert_eq!(bodies(&seen), ["from the outbox"]);
}

#[tokio::test]
async fn a_schedule_can_be_fired_manually() {
    let emulators = started(Storage::Memory).await;
    let scheduler = Function::worker("scheduler", |event: Value, _| async move { Ok(event) });
    let runner = Runner::new(&infrastructure(), &emulators, [scheduler]).unwrap();
    assert_eq!(runner.fire("Due", None).await.unwrap(), Ok(json!({ "job": "due" })));
    assert_eq!(runner.fire("scheduler/Due", None).await.unwrap(), Ok(json!({ "job": "due" })));
    assert_eq!(runner.fire("scheduler", Some(json!(1))).await.unwrap(), Ok(json!(1)));
    assert!(runner.fire("nobody", None).await.is_err());
}

#[tokio::test]
async fn background_delivery_continues_after_a_restart() {
    let home = tempfile::TempDir::new().unwrap();
    let storage = || Storage::Directory(home.path().to_owned());
    let emulators = started(storage()).await;
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel::<String>();
    let worker = |name: &str| {
        let (told, name) = (told.clone(), name.to_owned());
        Function::worker(name.clone(), move |_: Value, _| {
            let _ = told.send(name.clone());
            async { Ok(json!({})) }
        })
    };
    let runner =
        Runner::new(&infrastructure(), &emulators, [worker("outbox"), worker("mail-worker")])
            .unwrap();
    let running = runner.spawn();
    write(&emulators, "OUTBOX#1").await;
    assert_eq!(heard.recv().await.as_deref(), Some("outbox"));
    runner.send_raw("mail", "hello").await.unwrap();
    assert_eq!(heard.recv().await.as_deref(), Some("mail-worker"));
    running.stop().await;
    drop(runner);
    emulators.stop().await;

    let emulators = started(storage()).await;
    let seen = Seen::default();
    let runner = Runner::new(&infrastructure(), &emulators, [outbox(&seen, "")]).unwrap();
    write(&emulators, "OUTBOX#2").await;
    assert_eq!(runner.settle().await.delivered, 1);
    assert!(bodies(&seen)[0].contains("OUTBOX#2"));
}
