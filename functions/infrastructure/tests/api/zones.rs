//! Zones and records: their life cycle, which records can coexist, and concurrent requests.

use provost_domain::user::PortalTier;
use serde_json::{Value, json};
use switch::flag;

use crate::common::{activity, audited, found, id, items, world};

/// Writes the settings item directly to the table.
pub mod switch {
    use provost_store::{item::encode, settings};
    use provost_testkit::World;

    pub async fn flag(world: &World, dns: bool) {
        let store = world.app.store();
        let item = encode(
            "settings",
            &settings::key(),
            &settings::Settings { dns, ..settings::Settings::default() },
        )
        .expect("settings");
        store
            .dynamo()
            .put_item()
            .table_name(&store.names().catalogue)
            .set_item(Some(item))
            .send()
            .await
            .expect("the table responds");
    }
}

#[tokio::test]
async fn a_zone_from_its_first_record_to_its_removal() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (org_id, org) = found(&world, &ada, "apex", PortalTier::Free).await;
    let zones = format!("{org}/dns/zones");
    let made = ada.post(&zones, json!({"name": "Bücher.Example."})).await;
    let zone = format!("{zones}/{}", id(&made.status(201)));
    assert_eq!(
        (made.json()["name"].clone(), made.header("location")),
        (json!("xn--bcher-kva.example"), zone.clone())
    );
    let records = format!("{zone}/records");

    let record = ada
        .post(&records, json!({"name": "www", "type": "A", "content": "192.0.2.1", "ttl": 60}))
        .await
        .status(201);
    assert_eq!(
        (&record["name"], &record["ttl"], &record["content"]),
        (&json!("www.xn--bcher-kva.example"), &json!(60), &json!("192.0.2.1"))
    );
    let at = format!("{records}/{}", id(&record));
    let changed =
        ada.put(&at, json!({"name": "shop", "type": "AAAA", "content": "2001:DB8:0::1"})).await;
    assert_eq!(changed.status(200)["content"], "2001:db8::1");
    assert_eq!(
        (changed.json()["ttl"].clone(), changed.header("etag")),
        (json!(3600), "\"2\"".to_owned())
    );
    ada.with_header("if-match", "\"1\"")
        .put(&at, json!({"name": "shop", "type": "A", "content": "192.0.2.3"}))
        .await
        .is(412, "STALE_VERSION");
    // The former name is free for an alias.
    ada.post(&records, json!({"name": "www", "type": "CNAME", "content": "shop.bücher.example"}))
        .await
        .status(201);

    let seen = ada.get(&zone).await.ok();
    assert_eq!((&seen["recordCount"], &ada.get(&zones).await.ok()["data"][0]), (&json!(2), &seen));
    let page = ada.get(&format!("{records}?limit=1")).await.ok();
    assert_eq!(
        (&page["pagination"]["total"], page["data"].as_array().map(Vec::len)),
        (&json!(2), Some(1))
    );
    ada.delete(&at).await.status(204);
    ada.delete(&at).await.is(404, "NOT_FOUND");
    ada.put(&at, json!({"name": "x", "type": "A", "content": "192.0.2.3"}))
        .await
        .is(404, "NOT_FOUND");
    ada.delete(&zone).await.status(204);
    for path in [&zone, &records] {
        ada.get(path).await.is(404, "NOT_FOUND");
    }
    ada.post(&records, json!({"name": "x", "type": "A", "content": "192.0.2.3"}))
        .await
        .is(404, "NOT_FOUND");
    assert_eq!(ada.get(&zones).await.ok()["pagination"]["total"], 0);

    let activity_entries = activity(&world, org_id).await;
    assert_eq!(
        activity_entries,
        [
            "dns_record.changed",
            "dns_record.created",
            "dns_record.created",
            "dns_record.removed",
            "dns_zone.created",
            "dns_zone.removed"
        ]
    );
    assert_eq!(audited(&world, "dns_record.changed").await, 1);
    // Only the organisation, the owner, the counters and the activity with its sequence number are
    // left.
    assert_eq!(items(&world, &format!("ORG#{org_id}")).await, 4 + activity_entries.len());
    ada.post(&zones, json!({"name": "xn--bcher-kva.example"})).await.status(201);
}

#[tokio::test]
async fn records_that_cannot_coexist_are_rejected() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (_, org) = found(&world, &ada, "apex", PortalTier::Free).await;
    let zones = format!("{org}/dns/zones");
    let records = format!(
        "{zones}/{}/records",
        id(&ada.post(&zones, json!({"name": "apex.example"})).await.status(201))
    );
    let a = ada
        .post(&records, json!({"name": "www", "type": "A", "content": "192.0.2.1"}))
        .await
        .status(201);
    for same in ["www", "WWW", "www.apex.example", "www.apex.example."] {
        assert_eq!(
            ada.post(
                &records,
                json!({"name": same, "type": "A", "content": "192.0.2.1", "ttl": 60})
            )
            .await
            .is(409, "ALREADY_EXISTS")["id"],
            a["id"]
        );
    }
    ada.post(&records, json!({"name": "www", "type": "CNAME", "content": "other.example"}))
        .await
        .is(409, "INVALID_ACTION");
    let alias = ada
        .post(&records, json!({"name": "alias", "type": "CNAME", "content": "other.example"}))
        .await
        .status(201);
    ada.post(&records, json!({"name": "alias", "type": "TXT", "content": "x"}))
        .await
        .is(409, "INVALID_ACTION");
    ada.post(&records, json!({"name": "alias", "type": "CNAME", "content": "another.example"}))
        .await
        .is(409, "INVALID_ACTION");
    // The same rules apply to changes.
    ada.put(
        &format!("{records}/{}", id(&a)),
        json!({"name": "alias", "type": "A", "content": "192.0.2.1"}),
    )
    .await
    .is(409, "INVALID_ACTION");
    ada.put(
        &format!("{records}/{}", id(&alias)),
        json!({"name": "alias", "type": "TXT", "content": "now a text"}),
    )
    .await
    .status(200);
    ada.put(
        &format!("{records}/{}", id(&a)),
        json!({"name": "alias", "type": "A", "content": "192.0.2.1"}),
    )
    .await
    .status(200);
    ada.put(
        &format!("{records}/{}", id(&alias)),
        json!({"name": "alias", "type": "A", "content": "192.0.2.1"}),
    )
    .await
    .is(409, "ALREADY_EXISTS");
    ada.post(&records, json!({"name": "@", "type": "CNAME", "content": "other.example"}))
        .await
        .is(422, "VALIDATION_FAILED");
    assert_eq!(ada.get(&records).await.ok()["pagination"]["total"], 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_concurrent_alias_and_address_one_is_created() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (_, org) = found(&world, &ada, "apex", PortalTier::Free).await;
    let zones = format!("{org}/dns/zones");
    let records = format!(
        "{zones}/{}/records",
        id(&ada.post(&zones, json!({"name": "apex.example"})).await.status(201))
    );
    for n in 0..8 {
        let (alias, address, twin) = tokio::join!(
            ada.post(
                &records,
                json!({"name": format!("n{n}"), "type": "CNAME", "content": "other.example"})
            ),
            ada.post(
                &records,
                json!({"name": format!("n{n}"), "type": "A", "content": "192.0.2.1"})
            ),
            ada.post(
                &records,
                json!({"name": format!("n{n}"), "type": "A", "content": "192.0.2.1"})
            ),
        );
        let made = [&alias, &address, &twin].iter().filter(|reply| reply.status == 201).count();
        assert_eq!(made, 1, "{} {} {}", alias.text(), address.text(), twin.text());
    }
    assert_eq!(ada.get(&records).await.ok()["pagination"]["total"], 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organisation_has_one_zone_per_name() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (_, org) = found(&world, &ada, "apex", PortalTier::Free).await;
    let zones = format!("{org}/dns/zones");
    let (a, b) = tokio::join!(
        ada.post(&zones, json!({"name": "shop.example"})),
        ada.post(&zones, json!({"name": "SHOP.example."}))
    );
    let mut statuses = [a.status.as_u16(), b.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    assert_eq!(
        ada.post(&zones, json!({"name": "shop.example"})).await.is(409, "ALREADY_EXISTS")["field"],
        "name"
    );
    assert_eq!(ada.get(&zones).await.ok()["pagination"]["total"], 1);
}

#[tokio::test]
async fn invalid_or_reserved_zone_names_are_rejected() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (_, org) = found(&world, &ada, "apex", PortalTier::Free).await;
    let long = format!("{}.example", "a".repeat(64));
    let endless = format!("{}example", "abcdefgh.".repeat(40));
    for name in [
        "",
        ".",
        "example",
        "com.",
        "a..example",
        ".example.org",
        "*.example.org",
        "_dmarc.example.org",
        "-a.example",
        "a-.example",
        "a b.example",
        "a\nb.example",
        "a;b.example",
        "a\\.b.example",
        "$INCLUDE.example",
        "a/b.example",
        "host.local",
        "1.2.0.192.in-addr.arpa",
        "x.onion",
        "192.0.2.1",
        "provost.example",
        "deep.provost.example",
        "xn--a.example",
        "xn--zz-.example",
        "a\u{200b}b.example",
        "http://apex.example",
        "apex.example:53",
        "@",
        long.as_str(),
        endless.as_str(),
    ] {
        let refused = ada
            .post(&format!("{org}/dns/zones"), json!({"name": name}))
            .await
            .is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], "name", "{name:?}");
    }
    ada.post(&format!("{org}/dns/zones"), json!({"name": "a.example", "kind": "cloudflare"}))
        .await
        .is(422, "VALIDATION_FAILED");
    assert_eq!(ada.get(&format!("{org}/dns/zones")).await.ok()["pagination"]["total"], 0);
}

#[tokio::test]
async fn dns_can_be_turned_off() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (_, org) = found(&world, &ada, "apex", PortalTier::Free).await;
    let zones = format!("{org}/dns/zones");
    let zone = format!(
        "{zones}/{}",
        id(&ada.post(&zones, json!({"name": "apex.example"})).await.status(201))
    );
    flag(&world, false).await;
    for path in [&zones, &zone, &format!("{zone}/records")] {
        ada.get(path).await.is(404, "NOT_FOUND");
    }
    ada.post(&zones, json!({"name": "b.example"})).await.is(404, "NOT_FOUND");
    ada.delete(&zone).await.is(404, "NOT_FOUND");
    ada.get(&format!("{org}/servers")).await.ok();
    flag(&world, true).await;
    ada.get(&zone).await.ok();
}

#[tokio::test]
async fn an_organisation_has_at_most_a_hundred_zones() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (_, org) = found(&world, &ada, "apex", PortalTier::Free).await;
    let zones = format!("{org}/dns/zones");
    for n in 0..100 {
        ada.post(&zones, json!({"name": format!("z{n}.example")})).await.status(201);
    }
    ada.post(&zones, json!({"name": "one-more.example"})).await.is(409, "INVALID_ACTION");
    assert_eq!(ada.get(&zones).await.ok()["pagination"]["total"], 100);
}

#[tokio::test]
async fn a_zone_has_at_most_500_records_and_a_name_at_most_50() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (org_id, org) = found(&world, &ada, "apex", PortalTier::Free).await;
    let zones = format!("{org}/dns/zones");
    let made = ada.post(&zones, json!({"name": "apex.example"})).await.status(201);
    let records = format!("{zones}/{}/records", id(&made));
    for n in 0..50 {
        ada.post(&records, json!({"name": "many", "type": "TXT", "content": format!("text {n}")}))
            .await
            .status(201);
    }
    ada.post(&records, json!({"name": "many", "type": "TXT", "content": "one more"}))
        .await
        .is(409, "INVALID_ACTION");
    // The remaining records are only added to the counter, which alone decides.
    let store = world.app.store();
    let place =
        provost_store::dns_zones::key(org_id, id(&made).parse().expect("an id")).attributes();
    store
        .dynamo()
        .update_item()
        .table_name(&store.names().organisations)
        .set_key(Some(place))
        .update_expression("ADD recordCount :by")
        .expression_attribute_values(":by", provost_store::item::n(450))
        .send()
        .await
        .expect("the table responds");
    ada.post(&records, json!({"name": "x", "type": "TXT", "content": "one more"}))
        .await
        .is(409, "INVALID_ACTION");
    let _: Value = ada.get(&records).await.ok();
}

#[tokio::test]
async fn public_suffixes_cannot_be_zones() {
    let world = world().await;
    let mallory = world.person("mallory").await;
    let (_, other) = found(&world, &mallory, "other", PortalTier::Free).await;
    let theirs = format!("{other}/dns/zones");
    let named = |name: &str| json!({ "name": name });
    for public in ["co.uk", "github.io", "com.au"] {
        let refused = mallory.post(&theirs, named(public)).await.is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["code"], "public_suffix", "{public}");
    }
    mallory.post(&theirs, named("mallory.co.uk")).await.status(201);
    mallory
        .post(&theirs, named("a.b.c.d.e.f.g.h.i.mallory.co.uk"))
        .await
        .is(422, "VALIDATION_FAILED");
    // The challenge's name lies below the zone and must be valid too.
    let long = |last: usize| {
        named(&format!(
            "{}.{}.{}.{}.example",
            "a".repeat(63),
            "b".repeat(63),
            "c".repeat(63),
            "d".repeat(last)
        ))
    };
    mallory.post(&theirs, long(234 - 8 - 3 * 64)).await.status(201);
    mallory.post(&theirs, long(234 - 8 - 3 * 64 + 1)).await.is(422, "VALIDATION_FAILED");
}
