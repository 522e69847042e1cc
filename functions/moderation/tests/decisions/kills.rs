//! A decision that is killed at each of its calls, and sent again, is carried out once.

use provost_domain::{BuiltInRole, Status};
use provost_testkit::KillPoint;
use serde_json::json;

use super::support::*;

#[tokio::test]
async fn a_decision_that_is_killed_at_any_call_and_sent_again_bans_once() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let (mut point, mut killed) = (1, 0);
    loop {
        let mut over = true;
        for at in [KillPoint::Before(point), KillPoint::After(point)] {
            let name = format!("{at:?}").to_lowercase().replace(['(', ')'], "");
            let (ada, mallory) = (
                world.person(&format!("ada{name}")).await,
                world.person(&format!("mallory{name}")).await,
            );
            let report = ada.post(REPORTS, about(mallory.id)).await.status(201);
            let path = report_path(&report);
            let keyed = grace.with_header("idempotency-key", &name);
            let decide = || keyed.patch(&path, resolved("user-banned"));
            world.interceptor.kill_at(at);
            let finished = world.interceptor.until_killed(decide()).await.is_some();
            world.interceptor.reset();
            if !finished {
                killed += 1;
                over = false;
            }
            let shown = grace.get(&path).await.ok();
            let banned = user(&world, mallory.id).await.status == Status::Suspended;
            assert_eq!(shown["status"] == json!("resolved"), banned, "{at:?}");
            let again = decide().await;
            assert!(matches!(again.status.as_u16(), 200 | 409), "{at:?}");
            let shown = grace.get(&path).await.ok();
            assert_eq!(
                (&shown["status"], &shown["action"]),
                (&json!("resolved"), &json!("user-banned"))
            );
            assert!(user(&world, mallory.id).await.is_banned());
            assert_eq!(emails(&world, mallory.id).await.len(), 1, "{at:?}");
        }
        if over {
            break;
        }
        point += 1;
    }
    assert!(killed >= 4, "the sweep has met the calls of a decision: {killed}");
}

#[tokio::test]
async fn a_decision_that_is_killed_at_any_call_and_sent_again_removes_once() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let mut killed = 0;
    for call in 1.. {
        let mut over = true;
        for at in [KillPoint::Before(call), KillPoint::After(call)] {
            let name = format!("{at:?}").to_lowercase().replace(['(', ')'], "");
            let ada = world.person(&format!("ada{name}")).await;
            let mallory = world.person(&format!("mallory{name}")).await;
            let song = uploaded(&world, mallory.id).await;
            let filed = about_content(&song.id.to_string());
            let path = report_path(&ada.post(REPORTS, filed).await.status(201));
            let keyed = grace.with_header("idempotency-key", &name);
            let decide = || keyed.patch(&path, resolved("content-removed"));
            world.interceptor.kill_at(at);
            if world.interceptor.until_killed(decide()).await.is_none() {
                (over, killed) = (false, killed + 1);
            }
            world.interceptor.reset();
            let is_removed = async || {
                let content = world.app.store().content(song.id).await.expect("an answer");
                content.expect("the file").is_removed()
            };
            let shown = grace.get(&path).await.ok();
            assert_eq!(shown["status"] == json!("resolved"), is_removed().await, "{at:?}");
            let again = decide().await;
            assert!(matches!(again.status.as_u16(), 200 | 409), "{at:?}: {}", again.text());
            let shown = grace.get(&path).await.ok();
            assert_eq!(
                (&shown["status"], &shown["actionNote"]),
                (&json!("resolved"), &json!(null)),
                "{at:?}"
            );
            assert!(is_removed().await, "{at:?}");
            assert_eq!(emails(&world, mallory.id).await.len(), 1, "{at:?}");
            let log = actions(&world, mallory.id).await;
            let count = |action: &str| log.iter().filter(|done| *done == action).count();
            assert_eq!((count("content.removed"), count("report.decided")), (1, 1), "{at:?}");
        }
        if over {
            break;
        }
    }
    assert!(killed >= 4, "the sweep has met the calls of a decision: {killed}");
}
