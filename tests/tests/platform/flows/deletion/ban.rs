//! An account in its grace period can be banned, and the ban remains when the deletion is
//! cancelled.

use http::Method;
use provost_domain::{BuiltInRole, Status, time::DAY};
use serde_json::json;

use super::{ask, cancel_link, sign_in};
use crate::flows::strike;

const BAN: &str = r#"{ "type": "permanent", "reason": "Selling fakes" }"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ban_in_the_grace_period_remains_however_the_deletion_is_cancelled() {
    let world = crate::world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    for way in ["link", "sign-in", "staff", "restore"] {
        let ada = world.person(&format!("ada-{way}")).await;
        let request = ask(&ada).await;
        let path = format!("/api/admin/users/{}", ada.id);
        grace.post(&format!("{path}/ban"), serde_json::from_str(BAN).expect("JSON")).await.ok();
        grace
            .post(&format!("{path}/ban"), serde_json::from_str(BAN).expect("JSON"))
            .await
            .is(409, "INVALID_ACTION");
        let seen = grace.get(&path).await.ok();
        assert_eq!(
            (&seen["status"], &seen["suspended"], &seen["suspension"]["kind"]),
            (&json!("deleted"), &json!(true), &json!("ban"))
        );
        let link = cancel_link(&world, ada.id).await;
        match way {
            "link" => {
                world
                    .anyone()
                    .ask(Method::POST, &link, "application/x-www-form-urlencoded", "".into())
                    .await
                    .status(200);
            }
            "sign-in" => {
                sign_in(&world, &ada.email, json!({ "cancelDeletion": true }))
                    .await
                    .is(403, "ACCOUNT_SUSPENDED");
            }
            "staff" => {
                grace.post(&format!("/api/admin/deletions/{request}/cancel"), json!({})).await.ok();
            }
            _ => {
                grace.post(&format!("/v1/users/{}/restore", ada.id), json!({})).await.ok();
            }
        }
        let after = world.user(ada.id).await.expect("ada");
        assert_eq!(
            (after.status, after.is_banned(), after.deletion.is_none()),
            (Status::Suspended, true, true),
            "{way}"
        );
        sign_in(&world, &ada.email, json!({})).await.is(403, "ACCOUNT_SUSPENDED");
        grace.delete_with(&format!("{path}/ban"), json!({})).await.ok();
        let expected = if way == "restore" { Status::PendingVerification } else { Status::Active };
        assert_eq!(world.user(ada.id).await.expect("ada").status, expected, "{way}");
    }
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ban_in_the_grace_period_can_end_without_affecting_the_deletion() {
    let world = crate::world().await;
    let mut grace = world.staff("grace", BuiltInRole::Admin).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    for person in [&ada, &bob] {
        ask(person).await;
        let ban = json!({ "type": "temporary", "durationDays": 2, "reason": "Selling fakes" });
        grace.post(&format!("/api/admin/users/{}/ban", person.id), ban).await.ok();
    }
    grace.delete_with(&format!("/api/admin/users/{}/ban", ada.id), json!({})).await.ok();
    world.settle().await;
    world.advance(3 * DAY);
    strike(&world, "due").await;
    grace.renew().await;
    for person in [&ada, &bob] {
        let after = world.user(person.id).await.expect("they exist");
        assert_eq!(
            (after.status, after.suspension.is_none(), after.deletion.is_some()),
            (Status::Deleted, true, true)
        );
        sign_in(&world, &person.email, json!({ "cancelDeletion": true })).await.status(200);
    }
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_banned_account_is_still_erased_when_due() {
    let world = crate::world().await;
    let (ada, grace) = (world.person("ada").await, world.staff("grace", BuiltInRole::Admin).await);
    ask(&ada).await;
    grace
        .post(&format!("/api/admin/users/{}/ban", ada.id), serde_json::from_str(BAN).expect("JSON"))
        .await
        .ok();
    world.advance(15 * DAY);
    strike(&world, "due").await;
    assert!(world.user(ada.id).await.is_none());
}
