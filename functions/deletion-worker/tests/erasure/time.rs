//! A run with too little time left hands over to the next, and every run makes progress.

use std::time::Duration;

use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use fn_deletion_worker::{handle, run::ENOUGH, steps::STEPS};
use provost_jobs::Deadline;
use provost_testkit::World;

use crate::person::{batch, complete, is_erased, message, stands};

#[tokio::test]
async fn a_run_without_time_does_one_step_and_requeues_itself() {
    let world = World::of(|_| Vec::new()).await;
    let subject = complete(&world, 1).await;
    let mut runs = 0;
    loop {
        let before = stands(&world, subject.request).await.version;
        let answer = handle(
            world.app.clone(),
            batch(&[message(subject.request)]),
            Deadline::within(ENOUGH / 2),
        )
        .await
        .expect("it responds");
        assert!(answer.batch_item_failures.is_empty(), "handing over is not a failure");
        runs += 1;
        let after = stands(&world, subject.request).await;
        if after.receipt.is_some() {
            break;
        }
        assert!(after.version > before + 1, "it got past the point of no return");
        assert_eq!(
            world.runner.queue_depth("deletion").await.expect("the queue responds").total(),
            runs,
            "it requeued itself"
        );
    }
    // One run per step, and one more for each item that a step removes separately.
    assert!((STEPS.len()..STEPS.len() + 30).contains(&runs), "{runs} runs");
    is_erased(&world, &subject).await;
}

#[tokio::test]
async fn a_partition_of_several_pages_is_counted_exactly() {
    let world = World::of(|_| Vec::new()).await;
    let subject = complete(&world, 1).await;
    let (dynamo, store) = (world.emulators.dynamodb(), world.app.store());
    let partition = provost_store::records::partition(subject.id);
    let already = store
        .keys_of(&store.names().accounts, &partition, None)
        .await
        .expect("the table responds")
        .0
        .iter()
        .filter(|key| key.sk.starts_with("SIGNIN#"))
        .count();
    for chunk in (0..525).collect::<Vec<_>>().chunks(25) {
        let puts: Vec<_> = chunk
            .iter()
            .map(|number| {
                let item = provost_store::item::Key::new(&partition, format!("SIGNIN#{number:05}"))
                    .attributes();
                WriteRequest::builder()
                    .put_request(
                        PutRequest::builder().set_item(Some(item)).build().expect("an item"),
                    )
                    .build()
            })
            .collect();
        dynamo
            .batch_write_item()
            .request_items(&store.names().accounts, puts)
            .send()
            .await
            .expect("the table responds");
    }
    let deadline = Deadline::within(Duration::from_secs(900));
    let answer = handle(world.app.clone(), batch(&[message(subject.request)]), deadline)
        .await
        .expect("it responds");
    assert!(answer.batch_item_failures.is_empty());
    assert_eq!(
        is_erased(&world, &subject).await.counts.get("signIns"),
        Some(&(525 + already as u64))
    );
}
