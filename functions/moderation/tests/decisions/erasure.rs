//! Reports of users who are erased while the reports are open.

use provost_domain::BuiltInRole;
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

use super::support::*;

async fn erase(world: &World, root: &Someone<'_>, person: &Someone<'_>) {
    let body = json!({"reason": "They asked for it.", "confirmDelete": true});
    root.delete_with(&format!("/api/admin/users/{}", person.id), body).await;
    world.settle().await;
    assert!(world.user(person.id).await.is_none(), "the account is erased");
}

#[tokio::test]
async fn a_report_about_an_erased_user_is_closed_under_a_pseudonym() {
    let world = world().await;
    let (ada, mallory) = (world.person("ada").await, world.person("mallory").await);
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let report = ada.post(REPORTS, about(mallory.id)).await.status(201);
    let pseudonym = user(&world, mallory.id).await.pseudonym;
    erase(&world, &root, &mallory).await;
    let shown = root.get(&report_path(&report)).await.ok();
    assert_eq!((&shown["status"], &shown["decidedBy"]), (&json!("dismissed"), &Value::Null));
    let expected = json!({"id": pseudonym, "name": null});
    assert_eq!((&shown["reportedItem"]["owner"], &shown["reason"]), (&expected, &Value::Null));
    let last = shown["history"].as_array().expect("a list").last().expect("an event").clone();
    assert_eq!((&last["kind"], &last["to"]), (&json!("erased"), &json!("dismissed")));
    for query in ["", "?status=open", "?status=dismissed", "?type=user"] {
        root.get(&format!("{ADMIN_REPORTS}{query}")).await.ok();
    }
    assert_eq!(root.get(&format!("{ADMIN_REPORTS}?status=open")).await.ok()["data"], json!([]));
    assert_eq!(ada.get(REPORTS).await.ok()["data"][0]["status"], "dismissed");
    root.patch(&report_path(&report), resolved("user-banned")).await.is(409, "INVALID_ACTION");
}

#[tokio::test]
async fn a_report_by_an_erased_user_stays_open_and_can_be_decided() {
    let world = world().await;
    let (ada, mallory) = (world.person("ada").await, world.person("mallory").await);
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let report = ada.post(REPORTS, about(mallory.id)).await.status(201);
    let pseudonym = user(&world, ada.id).await.pseudonym;
    erase(&world, &root, &ada).await;
    let shown = root.get(&report_path(&report)).await.ok();
    assert_eq!(shown["reportedBy"], json!({"id": pseudonym, "name": null}));
    assert_eq!((&shown["status"], &shown["reason"]), (&json!("open"), &Value::Null));
    for query in ["", "?status=open", "?type=user", "?severity=low", "?category=spam&page=1"] {
        let listed = root.get(&format!("{ADMIN_REPORTS}{query}")).await.ok();
        assert_eq!(listed["pagination"]["total"], 1, "{query}");
        assert_eq!(listed["data"][0]["reportedBy"], shown["reportedBy"], "{query}");
    }
    let decided = root.patch(&report_path(&report), resolved("user-warned")).await.ok();
    assert_eq!(decided["status"], "resolved");
    world.settle().await;
}
