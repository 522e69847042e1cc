//! Runs that are killed: nobody gets two emails, and nobody is skipped in silence.

use std::time::Instant;

use provost_domain::BuiltInRole;
use provost_jobs::Outcome;
use provost_testkit::{KillPoint, World};
use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn a_run_killed_at_any_call_sends_nobody_two_emails_and_skips_nobody() {
    let killed = sweep(world).await;
    assert!(killed > 20, "{killed} kills");
}

#[tokio::test]
async fn a_run_killed_before_or_after_a_call_of_ses_sends_nobody_two_emails() {
    let killed = sweep(world_with_ses).await;
    assert!(killed > 24, "{killed} kills, with two calls of SES");
}

/// Kills the broadcast to two users before and after each call, and delivers it again. Returns the
/// number of kills.
async fn sweep(make: impl AsyncFn() -> World) -> usize {
    let mut killed = 0;
    for call in 1.. {
        let mut finished = true;
        for point in [KillPoint::Before(call), KillPoint::After(call)] {
            let world = make().await;
            let root = world.staff("grace", BuiltInRole::RootAdmin).await;
            world.person("ada").await;
            let id = begin(&root).await;
            world.interceptor.kill_at(point);
            let outcome = world.interceptor.until_killed(run(&world, id, 1)).await;
            let mut calls = world.interceptor.log();
            world.interceptor.reset();
            if outcome.is_none() {
                finished = false;
                killed += 1;
                if matches!(point, KillPoint::Before(_)) {
                    calls.pop();
                }
                // Killed after its last report, it was done.
                let next = run(&world, id, 1).await;
                assert!(matches!(next, Outcome::Done | Outcome::AlreadyDone), "{point:?}");
                calls.extend(world.interceptor.log());
            }
            world.settle().await;
            let done = shown(&root, &json!(id)).await;
            assert_eq!(done["status"], "completed", "{point:?}");
            assert!(adds_up(&done), "{point:?}: {done}");
            assert_eq!(done["planned"], 2, "{point:?}: {done}");
            let received = received(&root).await;
            assert_eq!(json!(received.len()), done["sent"], "{point:?}: {received:?}");
            assert!(received.values().all(|count| *count == 1), "{point:?}: {received:?}");
            // An email that may have been sent is in the log as such.
            let log = root.get("/api/admin/email/logs?status=unconfirmed").await.ok();
            let count = log["data"].as_array().expect("a list").len();
            assert_eq!(json!(count), done["unknown"], "{point:?}: {done}");
            let to_ses = calls.iter().filter(|call| call.ends_with(".SendEmail")).count();
            if world.app.mailer().captures() {
                assert_eq!(to_ses, 0);
            } else {
                let sent = received.len()..=received.len() + count;
                assert!(sent.contains(&to_ses), "{point:?}: {to_ses} emails to SES, {done}");
            }
        }
        if finished {
            break;
        }
    }
    killed
}

#[tokio::test]
async fn twenty_kills_of_a_large_broadcast_send_nobody_two_emails_and_skip_nobody() {
    killed_twenty_times(300, 10, 9).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: tests/bench/broadcast.sh"]
async fn twenty_kills_of_ten_thousand_emails_send_nobody_two_and_skip_nobody() {
    killed_twenty_times(10_000, fn_bulk_worker::broadcast::PAGE, 900).await;
}

/// Kills a broadcast to `size` users and its author twenty times, each run after about `span` calls,
/// and delivers it again.
async fn killed_twenty_times(size: usize, page: u32, span: usize) {
    let start = Instant::now();
    let world = world().await;
    let root = world.staff("grace", BuiltInRole::RootAdmin).await;
    for n in 0..size {
        world.person(&format!("user{n}")).await;
    }
    let created = start.elapsed();
    let id = begin(&root).await;
    let mut kills = 0;
    while kills < 20 {
        // At another place in the page each time, before and after a call in turns.
        let call = span + (kills * 7 + 5) % 60;
        let point = if kills % 2 == 0 { KillPoint::After(call) } else { KillPoint::Before(call) };
        world.interceptor.kill_at(point);
        let outcome = world.interceptor.until_killed(run(&world, id, page)).await;
        world.interceptor.reset();
        assert!(outcome.is_none(), "the broadcast is large enough for all kills");
        kills += 1;
        let now = shown(&root, &json!(id)).await;
        assert!(adds_up(&now), "{now}");
    }
    assert!(matches!(run(&world, id, page).await, Outcome::Done));
    let sent = start.elapsed();
    world.settle().await;
    let done = shown(&root, &json!(id)).await;
    assert_eq!((&done["status"], &done["planned"]), (&json!("completed"), &json!(size + 1)));
    assert!(adds_up(&done), "{done}");
    let received = received(&root).await;
    assert_eq!(json!(received.len()), done["sent"]);
    let twice = received.values().filter(|count| **count > 1).count();
    assert_eq!(twice, 0);
    assert!(done["unknown"].as_u64() <= Some(20), "one email at most is lost to each kill: {done}");
    eprintln!(
        "{} recipients, {kills} kills: {} sent, {} unknown, {twice} twice, 0 missing; {:.0} s to create the users, {:.0} s to send",
        size + 1,
        done["sent"],
        done["unknown"],
        created.as_secs_f64(),
        (sent - created).as_secs_f64(),
    );
}
