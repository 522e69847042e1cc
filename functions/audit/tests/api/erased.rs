//! After a user's key is deleted, the log still shows which actions took place but no personal
//! data.

use provost_domain::BuiltInRole;
use provost_store::records::{key, subject_key};
use provost_testkit::World;
use serde_json::{Value, json};

use crate::{LOGS, world};

pub(crate) async fn forget(world: &World, user: provost_domain::UserId) -> String {
    let pseudonym = world.user(user).await.expect("the user exists").pseudonym;
    for key in [key(user), subject_key(pseudonym)] {
        world
            .app
            .store()
            .dynamo()
            .delete_item()
            .table_name(&world.app.store().names().accounts)
            .set_key(Some(key.attributes()))
            .send()
            .await
            .expect("the table responds");
    }
    pseudonym.to_string()
}

#[tokio::test]
async fn an_erased_user_is_a_pseudonym_without_reason_or_values() {
    let world = world().await;
    let (joan, ada) =
        (world.staff("joan", BuiltInRole::RootAdmin).await, world.person("ada").await);
    joan.post(
        &format!("/api/admin/users/{}/ban", ada.id),
        json!({"type": "permanent", "reason": "Ada sells spam"}),
    )
    .await
    .ok();
    let before = joan.get(&format!("{LOGS}?target={}", ada.id)).await.ok();
    assert_eq!(
        (&before["pagination"]["total"], &before["data"][0]["reason"]),
        (&1.into(), &"Ada sells spam".into())
    );
    let pseudonym = forget(&world, ada.id).await;
    let entry = joan.get(LOGS).await.ok()["data"][0].clone();
    assert_eq!(
        (&entry["target"], &entry["resource"]["id"]),
        (&json!(pseudonym), &json!(pseudonym))
    );
    assert_eq!(
        (&entry["reason"], &entry["changes"], &entry["actor"]["id"], &entry["ip"]),
        (&Value::Null, &json!({}), &json!(joan.id), &"127.0.0.1".into())
    );
    // A search by id finds nothing; a search by pseudonym still finds an entry.
    assert_eq!(joan.get(&format!("{LOGS}?target={}", ada.id)).await.ok()["pagination"]["total"], 0);
    assert_eq!(
        joan.get(&format!("{LOGS}?target={pseudonym}")).await.ok()["pagination"]["total"],
        1
    );
    assert_eq!(joan.get(&format!("{LOGS}?search=spam")).await.ok()["pagination"]["total"], 0);
    for text in [ada.id.to_string(), "Ada".to_owned(), ada.email.clone()] {
        assert!(!joan.get(LOGS).await.text().contains(&text), "{text}");
    }
}

#[tokio::test]
async fn entries_by_an_erased_administrator_lose_the_ip_address_and_user_agent() {
    let world = world().await;
    let (joan, grace, ada) = (
        world.staff("joan", BuiltInRole::RootAdmin).await,
        world.staff("grace", BuiltInRole::Admin).await,
        world.person("ada").await,
    );
    grace
        .post(
            &format!("/api/admin/users/{}/ban", ada.id),
            json!({"type": "permanent", "reason": "sells spam"}),
        )
        .await
        .ok();
    let pseudonym = forget(&world, grace.id).await;
    let entry = joan.get(&format!("{LOGS}?admin={pseudonym}")).await.ok()["data"][0].clone();
    assert_eq!(
        (&entry["actor"]["id"], &entry["ip"], &entry["userAgent"]),
        (&json!(pseudonym), &Value::Null, &Value::Null)
    );
    assert_eq!((&entry["reason"], &entry["target"]), (&"sells spam".into(), &json!(ada.id)));
}

#[tokio::test]
async fn the_table_holds_no_personal_data_in_plaintext() {
    let world = world().await;
    let (joan, ada) =
        (world.staff("joan", BuiltInRole::RootAdmin).await, world.person("ada").await);
    joan.post(
        &format!("/api/admin/users/{}/ban", ada.id),
        json!({"type": "permanent", "reason": "Ada sells spam"}),
    )
    .await
    .ok();
    let answer = world
        .app
        .store()
        .dynamo()
        .query()
        .table_name(&world.app.store().names().audit)
        .key_condition_expression("pk = :pk")
        .expression_attribute_values(":pk", provost_store::item::s("MONTH#2026-11"))
        .send()
        .await
        .expect("the table responds");
    assert_eq!(answer.count(), 1);
    // docs/decisions/0008-cost-of-totals.md says 0.8 KB.
    let bytes = provost_testkit::meter::size(&answer.items()[0]);
    assert!(bytes < 900, "an entry about a user takes {bytes} bytes");
    let stored = format!("{:?}", answer.items());
    for text in [
        ada.id.to_string(),
        joan.id.to_string(),
        "spam".to_owned(),
        "127.0.0.1".to_owned(),
        "testkit".to_owned(),
        ada.email.clone(),
    ] {
        assert!(!stored.contains(&text), "{text} in {stored}");
    }
}
