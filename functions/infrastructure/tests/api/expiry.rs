//! Expiry: only items that are meant to expire have the tables' TTL attribute, because a table
//! deletes every item whose TTL attribute is in the past.

use provost_domain::{dns::Record, user::PortalTier};
use provost_store::item::{decode, n};
use serde_json::{Value, json};

use crate::common::{found, id, rows, world};

#[tokio::test]
async fn a_dns_record_survives_the_deletion_of_expired_items() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (_, org) = found(&world, &ada, "apex", PortalTier::Free).await;
    let zones = format!("{org}/dns/zones");
    let records = format!(
        "{zones}/{}/records",
        id(&ada.post(&zones, json!({"name": "apex.example"})).await.status(201))
    );
    for ttl in [60, 3600, 86_400] {
        let write =
            json!({"name": format!("t{ttl}"), "type": "A", "content": "192.0.2.1", "ttl": ttl});
        ada.post(&records, write).await.status(201);
    }
    assert_eq!(world.emulators.expire_items().expect("the tables respond"), 0);
    let kept = ada.get(&records).await.ok();
    let ttls: Vec<_> = kept["data"]
        .as_array()
        .expect("records")
        .iter()
        .map(|record| record["ttl"].clone())
        .collect();
    assert_eq!(ttls, [json!(60), json!(3600), json!(86_400)]);
}

#[tokio::test]
async fn the_ttl_attribute_of_every_item_is_a_plausible_time() {
    let world = world().await;
    let ada = world.person("ada").await;
    world.give_everything(ada.id).await;
    world.settle().await;
    let tables: Vec<_> = world
        .infrastructure()
        .tables
        .iter()
        .filter_map(|table| Some((table.name.clone(), table.ttl.clone()?)))
        .collect();
    assert!(tables.len() >= 4, "{tables:?}");
    let names = world.app.store().names();
    let now = world.app.now().seconds();
    let mut expiring = 0;
    for table in
        [&names.accounts, &names.organisations, &names.operations, &names.catalogue, &names.audit]
    {
        let attributes: Vec<_> = tables.iter().map(|(_, attribute)| attribute.as_str()).collect();
        for item in rows(&world, table).await {
            for value in attributes.iter().filter_map(|attribute| item.get(attribute)) {
                let at = value.as_i64().unwrap_or_default();
                // Some of the user's items were created days ago and have expired since.
                assert!(
                    (now - 7 * 86_400..now + 20 * 366 * 86_400).contains(&at),
                    "{} / {} would expire at {value}",
                    item["pk"],
                    item["sk"]
                );
                expiring += 1;
            }
        }
    }
    assert!(expiring > 0, "some items expire");
}

#[tokio::test]
async fn a_record_of_the_previous_release_keeps_its_ttl() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (org_id, org) = found(&world, &ada, "apex", PortalTier::Free).await;
    let zones = format!("{org}/dns/zones");
    let zone = id(&ada.post(&zones, json!({"name": "apex.example"})).await.status(201));
    let records = format!("{zones}/{zone}/records");
    let record = id(&ada
        .post(&records, json!({"name": "www", "type": "A", "content": "192.0.2.1", "ttl": 300}))
        .await
        .status(201));
    // As the previous release stored it.
    let store = world.app.store();
    let key = provost_store::dns_records::key(
        org_id,
        zone.parse().expect("an id"),
        record.parse().expect("an id"),
    )
    .attributes();
    let table = &store.names().organisations;
    let read = store
        .dynamo()
        .get_item()
        .table_name(table)
        .set_key(Some(key))
        .send()
        .await
        .expect("the table responds");
    let mut item = read.item.expect("the item exists");
    assert!(!item.contains_key("ttl"), "`ttl` is the tables' expiry attribute");
    item.remove("recordTtl");
    item.insert("ttl".to_owned(), n(300));
    assert_eq!(decode::<Record>("a record", item.clone()).map(|record| record.ttl).ok(), Some(300));
    world
        .emulators
        .dynamodb()
        .put_item()
        .table_name(table)
        .set_item(Some(item))
        .send()
        .await
        .expect("the table responds");

    assert_eq!(ada.get(&records).await.ok()["data"][0]["ttl"], 300);
    // The next change moves the value out of the expiry attribute.
    let write = json!({"name": "www", "type": "A", "content": "192.0.2.2", "ttl": 300});
    ada.put(&format!("{records}/{record}"), write).await.status(200);
    let stored: Vec<Value> = rows(&world, table)
        .await
        .into_iter()
        .filter(|item| item["sk"].as_str().is_some_and(|sk| sk.starts_with("RECORD#")))
        .collect();
    assert!(
        stored.iter().all(|item| item.get("ttl").is_none() && item["recordTtl"] == 300),
        "{stored:?}"
    );
}
