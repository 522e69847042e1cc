//! Killed before and after each of its calls, and delivered again.

use std::sync::Arc;

use provost_testkit::{KillPoint, World};

use crate::person::{Subject, complete, deliver, is_erased};

/// How many deliveries after the killed one it may take at most.
const EXTRA: usize = 2;

async fn killed(world: &World, subject: &Subject, point: KillPoint) {
    world.seam.kill_at(point);
    let ended = world.seam.until_killed(deliver(world, subject.request)).await;
    world.seam.reset();
    assert_ne!(ended, Some(true), "{point:?} was reached");
    let mut extra = 0;
    loop {
        extra += 1;
        assert!(extra <= EXTRA, "{point:?}: {extra} deliveries and not done");
        if deliver(world, subject.request).await { break; }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_call_and_delivered_again_it_always_ends_in_the_same_receipt() {
    let world = World::of(|_| Vec::new()).await;
    let untouched = complete(&world, 0).await;
    world.seam.reset();
    assert!(deliver(&world, untouched.request).await);
    let (calls, log) = (world.seam.calls(), world.seam.log());
    let expected = is_erased(&world, &untouched).await.counts;
    assert!(calls > 30, "the sweep has something to kill: {log:?}");

    let points: Vec<_> = (1..=calls).flat_map(|call| [KillPoint::Before(call), KillPoint::After(call)]).collect();
    let (points, expected) = (Arc::new(points), Arc::new(expected));
    let lanes: Vec<_> = (0..4).map(|lane| {
        let (points, expected) = (points.clone(), expected.clone());
        tokio::spawn(async move {
            let world = World::of(|_| Vec::new()).await;
            for (number, point) in points.iter().enumerate().skip(lane).step_by(4) {
                let subject = complete(&world, number).await;
                killed(&world, &subject, *point).await;
                assert_eq!(is_erased(&world, &subject).await.counts, *expected, "{point:?}");
            }
        })
    }).collect();
    for lane in lanes { lane.await.expect("every kill converges"); }
}
