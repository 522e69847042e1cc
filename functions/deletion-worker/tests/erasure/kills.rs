//! A run that is killed before or after any of its calls, and delivered again.

use std::sync::Arc;

use fn_deletion_worker::{
    fence::{self, Fenced},
    run::Run,
    steps::STEPS,
};
use provost_domain::{
    SessionId,
    device::Device,
    file,
    session::{SignIn, SignInStatus},
};
use provost_jobs::Deadline;
use provost_testkit::{KillPoint, Roles, World};

use crate::person::{Subject, complete, deliver, is_erased, person, schedule};

/// The maximum number of deliveries after the killed one.
const EXTRA: usize = 2;

async fn kill_and_redeliver(world: &World, subject: &Subject, point: KillPoint) {
    world.interceptor.kill_at(point);
    let ended = world.interceptor.until_killed(deliver(world, subject.request)).await;
    world.interceptor.reset();
    assert_ne!(ended, Some(true), "{point:?} was reached");
    let mut extra = 0;
    loop {
        extra += 1;
        assert!(extra <= EXTRA, "{point:?}: {extra} deliveries and not done");
        if deliver(world, subject.request).await {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_killed_at_any_call_and_redelivered_ends_in_the_same_receipt() {
    let world = World::of(|_| Vec::new()).await;
    let untouched = complete(&world, 0).await;
    world.interceptor.reset();
    assert!(deliver(&world, untouched.request).await);
    let (calls, log) = (world.interceptor.calls(), world.interceptor.log());
    Roles::read().demand("deletion-worker", &world.interceptor.spent().rights);
    let expected = is_erased(&world, &untouched).await.counts;
    assert!(calls > 30, "the run makes enough calls to kill: {log:?}");

    let points: Vec<_> =
        (1..=calls).flat_map(|call| [KillPoint::Before(call), KillPoint::After(call)]).collect();
    let (points, expected) = (Arc::new(points), Arc::new(expected));
    let lanes: Vec<_> = (0..4)
        .map(|lane| {
            let (points, expected) = (points.clone(), expected.clone());
            tokio::spawn(async move {
                let world = World::of(|_| Vec::new()).await;
                for (number, point) in points.iter().enumerate().skip(lane).step_by(4) {
                    let subject = complete(&world, number).await;
                    kill_and_redeliver(&world, &subject, *point).await;
                    assert_eq!(is_erased(&world, &subject).await.counts, *expected, "{point:?}");
                }
            })
        })
        .collect();
    for lane in lanes {
        lane.await.expect("every kill converges");
    }
}

/// The late write of a request that was running at the point of no return.
async fn write_late(world: &World, subject: &Subject) {
    let store = world.app.store();
    let late = SignIn {
        id: world.app.id(SessionId::new),
        created_at: world.app.now(),
        status: SignInStatus::Failed,
        reason: Some("wrong_password".to_owned()),
        ip: "127.0.0.1".to_owned(),
        user_agent: "late".to_owned(),
        device: Device::from_user_agent("late"),
        auth_method: "password".to_owned(),
        mfa: false,
        country: None,
        impersonated_by: None,
    };
    let mut tx = world.app.transaction();
    tx.add_sign_in(subject.id, &late).expect("a sign-in");
    tx.commit().await.expect("the write is allowed");
    store
        .put_object(
            &store.names().files,
            &format!("{}late.txt", file::prefix(subject.id)),
            "text/plain",
            bytes::Bytes::from_static(b"late"),
        )
        .await
        .expect("an object");
}

/// A deletion just before the step for late files, with late data to find.
async fn late(world: &World, number: usize) -> Subject {
    let subject = schedule(world, person(world, number).await).await;
    let Ok(Fenced::Through(request, user)) = fence::pass(&world.app, subject.request).await else {
        panic!("the deletion is due")
    };
    let mut run = Run {
        app: world.app.clone(),
        request: *request,
        user,
        deadline: Deadline::within(std::time::Duration::from_secs(900)),
    };
    for step in STEPS.iter().filter(|step| step.number < 80) {
        (step.work)(&mut run).await.expect("no other run interferes");
    }
    write_late(world, &subject).await;
    subject
}

#[tokio::test]
async fn late_writes_are_removed_and_counted_once_if_the_run_is_killed_anywhere() {
    let world = World::of(|_| Vec::new()).await;
    let untouched = late(&world, 0).await;
    world.interceptor.reset();
    assert!(deliver(&world, untouched.request).await);
    let calls = world.interceptor.calls();
    let expected = is_erased(&world, &untouched).await.counts;
    assert_eq!((expected.get("signIns"), expected.get("uploads")), (Some(&2), Some(&1)));
    for (number, point) in
        (1..=calls).flat_map(|call| [KillPoint::Before(call), KillPoint::After(call)]).enumerate()
    {
        let subject = late(&world, number + 1).await;
        kill_and_redeliver(&world, &subject, point).await;
        assert_eq!(is_erased(&world, &subject).await.counts, expected, "{point:?}");
    }
}
