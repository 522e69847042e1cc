//! An upload URL issued before the point of no return stays valid for a while after it: the receipt
//! waits, and no uploaded object remains.

use bytes::Bytes;
use provost_domain::{deletion::DeletionState, file};
use provost_store::upload_windows::WINDOW;
use provost_testkit::{KillPoint, World};

use crate::person::{Subject, deliver, is_erased, person, schedule, stands};

/// A user with a valid upload URL when the deletion starts.
async fn uploading(world: &World, number: usize) -> Subject {
    let subject = person(world, number).await;
    let user = world.user(subject.id).await.expect("the user exists");
    let mut tx = world.app.transaction();
    tx.check_user(&user).expect("a check");
    tx.open_upload_window(subject.id, world.app.now()).expect("a window");
    tx.commit().await.expect("no concurrent write");
    schedule(world, subject).await
}

async fn upload_late(world: &World, subject: &Subject) {
    let (store, key) =
        (world.app.store(), format!("{}identity/late.incoming", file::prefix(subject.id)));
    store
        .put_object(&store.names().files, &key, "image/png", Bytes::from_static(b"late"))
        .await
        .expect("an object");
}

#[tokio::test]
async fn late_uploads_are_removed_before_the_receipt_is_signed() {
    let world = World::of(|_| Vec::new()).await;
    let subject = uploading(&world, 1).await;
    assert!(deliver(&world, subject.request).await, "waiting is not a failure");
    let waiting = stands(&world, subject.request).await;
    assert_eq!((waiting.state, waiting.receipt), (DeletionState::Executing, None));
    assert!(
        world.user(subject.id).await.is_none(),
        "the user is already erased; only the receipt waits"
    );
    assert_eq!(
        world.runner.queue_depth("deletion").await.expect("the queue responds").total(),
        1,
        "it requeued itself"
    );
    upload_late(&world, &subject).await;
    world.advance(WINDOW - 1);
    assert!(deliver(&world, subject.request).await);
    assert!(stands(&world, subject.request).await.receipt.is_none(), "not a millisecond too early");
    world.advance(1);
    assert!(deliver(&world, subject.request).await);
    assert_eq!(is_erased(&world, &subject).await.counts.get("uploads"), Some(&1));
}

#[tokio::test]
async fn a_waiting_run_killed_at_any_call_still_waits() {
    let world = World::of(|_| Vec::new()).await;
    let untouched = uploading(&world, 0).await;
    world.interceptor.reset();
    assert!(deliver(&world, untouched.request).await);
    let calls = world.interceptor.calls();
    for (number, point) in
        (1..=calls).flat_map(|call| [KillPoint::Before(call), KillPoint::After(call)]).enumerate()
    {
        let subject = uploading(&world, number + 1).await;
        world.interceptor.kill_at(point);
        let ended = world.interceptor.until_killed(deliver(&world, subject.request)).await;
        world.interceptor.reset();
        assert_ne!(ended, Some(true), "{point:?} was reached");
        assert!(deliver(&world, subject.request).await, "{point:?}");
        assert!(stands(&world, subject.request).await.receipt.is_none(), "{point:?}");
        upload_late(&world, &subject).await;
        world.advance(WINDOW);
        assert!(deliver(&world, subject.request).await, "{point:?}");
        is_erased(&world, &subject).await;
    }
}
