//! Zone verification: the first organisation that proves control gets the zone, whatever other
//! organisations have registered.

use http::Method;
use provost_app::resolver::LookupError;
use provost_domain::{dns::ZONE_CHECKS, organisation::MemberRole, time::DAY, user::PortalTier};
use provost_store::{dns_zones, item::s};
use provost_testkit::{Reply, Someone, World};
use serde_json::{Value, json};

use crate::common::{
    activity, add_zone, ask, audited, entries, found, id, items, join, rows, world,
};

/// An organisation's zones, and an unverified zone among them.
async fn pending(
    world: &World,
    owner: &Someone<'_>,
    handle: &str,
    name: &str,
) -> (String, String, Value) {
    let (_, org) = found(world, owner, handle, PortalTier::Free).await;
    let zones = format!("{org}/dns/zones");
    let zone = owner.post(&zones, json!({"name": name})).await.status(201);
    (zones.clone(), format!("{zones}/{}", id(&zone)), zone)
}

async fn verify(by: &Someone<'_>, zone: &str) -> Reply {
    ask(by, &Method::POST, &format!("{zone}/verify"), &Value::Null).await
}

fn publish(world: &World, zone: &Value) {
    let text = |field: &str| zone["challenge"][field].as_str().expect("a challenge").to_owned();
    world.resolver.set_txt(&text("name"), &["v=spf1 -all", &text("value")]);
}

#[tokio::test]
async fn a_zone_is_pending_until_its_owner_proves_control() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (org_id, org) = found(&world, &ada, "apex", PortalTier::Free).await;
    let zone =
        ada.post(&format!("{org}/dns/zones"), json!({"name": "apex.example"})).await.status(201);
    let at = format!("{org}/dns/zones/{}", id(&zone));
    assert_eq!((&zone["status"], &zone["published"]), (&json!("pending"), &json!(false)));
    let challenge = json!({"name": "_provost-challenge.apex.example", "type": "TXT", "value": format!("provost-zone={}", id(&zone))});
    assert_eq!(zone["challenge"], challenge);
    // Records can be added meanwhile.
    ada.post(&format!("{at}/records"), json!({"name": "www", "type": "A", "content": "192.0.2.1"}))
        .await
        .status(201);

    let refused = verify(&ada, &at).await.is(409, "INVALID_ACTION");
    assert!(
        refused["detail"]
            .as_str()
            .is_some_and(|detail| detail.contains("_provost-challenge.apex.example")),
        "{refused}"
    );
    world.resolver.set_txt(
        "_provost-challenge.apex.example",
        &["provost-zone=zon_01ARZ3NDEKTSV4RRFFQ69G5FAV", "<script>"],
    );
    let refused = verify(&ada, &at).await.is(409, "INVALID_ACTION");
    assert!(!refused.to_string().contains("script"), "published TXT values are not echoed");
    assert_eq!(
        (ada.get(&at).await.ok()["status"].clone(), audited(&world, "dns_zone.verified").await),
        (json!("pending"), 0)
    );

    publish(&world, &zone);
    let verified = verify(&ada, &at).await.ok();
    assert_eq!((&verified["status"], &verified["published"]), (&json!("verified"), &json!(true)));
    assert!(
        verified["verifiedAt"].is_string() && verified.get("challenge").is_none(),
        "{verified}"
    );
    assert_eq!(ada.get(&at).await.ok(), verified);
    // Verifying again returns the same zone without a DNS query.
    let asked = world.resolver.asked().len();
    assert_eq!(verify(&ada, &at).await.ok(), verified);
    assert_eq!(
        (world.resolver.asked().len(), audited(&world, "dns_zone.verified").await),
        (asked, 1)
    );
    assert!(activity(&world, org_id).await.contains(&"dns_zone.verified".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_organisations_the_first_to_prove_control_gets_the_zone() {
    let world = world().await;
    let (ada, mallory) = (world.person("ada").await, world.person("mallory").await);
    let (_, ours, zone) = pending(&world, &ada, "apex", "shop.example").await;
    let (_, theirs, their_zone) = pending(&world, &mallory, "other", "SHOP.example.").await;
    assert_eq!(their_zone["name"], "shop.example", "a pending zone does not block others");
    publish(&world, &zone);
    verify(&mallory, &theirs).await.is(409, "INVALID_ACTION");
    // Both challenges are published, so both organisations have proof, and one of them wins.
    let value = |zone: &Value| zone["challenge"]["value"].as_str().expect("a challenge").to_owned();
    world
        .resolver
        .set_txt("_provost-challenge.shop.example", &[&value(&their_zone), &value(&zone)]);
    let (a, b) = tokio::join!(verify(&ada, &ours), verify(&mallory, &theirs));
    let (loser, at, lost) = if a.status == 200 { (&mallory, &theirs, b) } else { (&ada, &ours, a) };
    let refused = lost.is(409, "ALREADY_EXISTS");
    assert!(
        refused["detail"]
            .as_str()
            .is_some_and(|detail| detail.contains("already verified this domain")),
        "{refused}"
    );
    verify(loser, at).await.is(409, "ALREADY_EXISTS");
    assert_eq!(
        (loser.get(at).await.ok()["status"].clone(), audited(&world, "dns_zone.verified").await),
        (json!("pending"), 1)
    );
    // Another organisation cannot add the zone any more.
    let eve = world.person("eve").await;
    let (_, third) = found(&world, &eve, "third", PortalTier::Free).await;
    assert_eq!(
        eve.post(&format!("{third}/dns/zones"), json!({"name": "shop.example"}))
            .await
            .is(409, "ALREADY_EXISTS")["field"],
        "name"
    );
}

#[tokio::test]
async fn a_parent_or_child_of_a_verified_zone_needs_its_own_proof() {
    let world = world().await;
    let (ada, mallory) = (world.person("ada").await, world.person("mallory").await);
    let (_, ours, zone) = pending(&world, &ada, "apex", "shop.apex.example").await;
    publish(&world, &zone);
    verify(&ada, &ours).await.ok();
    let (_, other) = found(&world, &mallory, "other", PortalTier::Free).await;
    for name in ["apex.example", "deep.shop.apex.example"] {
        let zone =
            mallory.post(&format!("{other}/dns/zones"), json!({"name": name})).await.status(201);
        let at = format!("{other}/dns/zones/{}", id(&zone));
        verify(&mallory, &at).await.is(409, "INVALID_ACTION");
        publish(&world, &zone);
        assert_eq!(verify(&mallory, &at).await.ok()["status"], "verified");
    }
    // The first zone is unaffected.
    assert_eq!(ada.get(&ours).await.ok()["status"], "verified");
    // A child of one's own verified zone needs its own proof too.
    let deeper = ada
        .post(
            &format!("{}/dns/zones", ours.split("/dns/").next().expect("a path")),
            json!({"name": "a.shop.apex.example"}),
        )
        .await
        .status(201);
    assert_eq!(deeper["status"], "pending");
}

#[tokio::test]
async fn a_removed_zone_cannot_be_taken_over_without_proof() {
    let world = world().await;
    let (ada, mallory) = (world.person("ada").await, world.person("mallory").await);
    let (ours, first, zone) = pending(&world, &ada, "apex", "apex.example").await;
    publish(&world, &zone);
    verify(&ada, &first).await.ok();
    ada.delete(&first).await.status(204);
    // The challenge of the removed zone proves nothing for another organisation.
    let (_, theirs, _) = pending(&world, &mallory, "other", "apex.example").await;
    verify(&mallory, &theirs).await.is(409, "INVALID_ACTION");
    // The former owner gets the zone back immediately.
    let back = ada.post(&ours, json!({"name": "apex.example"})).await.status(201);
    assert_eq!((&back["status"], &back["published"]), (&json!("verified"), &json!(true)));
    verify(&mallory, &theirs).await.is(409, "ALREADY_EXISTS");

    // After thirty days the former owner must prove control again, too.
    ada.delete(&format!("{ours}/{}", id(&back))).await.status(204);
    world.advance(30 * DAY);
    let eve = world.person("eve").await;
    let org_id =
        ours.split('/').nth(3).and_then(|id| id.parse().ok()).expect("the organisation's id");
    join(&world, org_id, eve.id, MemberRole::Admin).await;
    assert_eq!(
        eve.post(&ours, json!({"name": "apex.example"})).await.status(201)["status"],
        "pending"
    );
}

#[tokio::test]
async fn a_removed_zone_can_be_taken_over_with_proof() {
    let world = world().await;
    let (ada, mallory) = (world.person("ada").await, world.person("mallory").await);
    let (ours, first, zone) = pending(&world, &ada, "apex", "apex.example").await;
    publish(&world, &zone);
    verify(&ada, &first).await.ok();
    ada.delete(&first).await.status(204);
    let (_, theirs, zone) = pending(&world, &mallory, "other", "apex.example").await;
    publish(&world, &zone);
    verify(&mallory, &theirs).await.ok();
    ada.post(&ours, json!({"name": "apex.example"})).await.is(409, "ALREADY_EXISTS");
}

#[tokio::test]
async fn a_zone_of_the_previous_release_is_pending_and_does_not_block_others() {
    let world = world().await;
    let (ada, mallory) = (world.person("ada").await, world.person("mallory").await);
    let (org_id, org) = found(&world, &ada, "apex", PortalTier::Free).await;
    let zones = format!("{org}/dns/zones");
    let zone = id(&ada.post(&zones, json!({"name": "apex.example"})).await.status(201));
    let at = format!("{zones}/{zone}");
    // As the previous release stored it: no status, no name item in the organisation, and a claim
    // from the time it was created.
    let (store, table) = (world.app.store(), world.app.store().names().organisations.clone());
    let key = dns_zones::key(org_id, zone.parse().expect("an id")).attributes();
    let update = store
        .dynamo()
        .update_item()
        .table_name(&table)
        .set_key(Some(key))
        .update_expression("REMOVE #status");
    update
        .expression_attribute_names("#status", "status")
        .send()
        .await
        .expect("the table responds");
    let name = provost_store::item::Key::new(format!("ORG#{org_id}"), "ZONENAME#apex.example")
        .attributes();
    store
        .dynamo()
        .delete_item()
        .table_name(&table)
        .set_key(Some(name))
        .send()
        .await
        .expect("the table responds");
    let mut claim = provost_store::item::Key::new("ZONENAME#apex.example", "CLAIM").attributes();
    claim.extend([
        ("zoneId".to_owned(), s(&zone)),
        ("organisationId".to_owned(), s(org_id.to_string())),
    ]);
    store
        .dynamo()
        .put_item()
        .table_name(&table)
        .set_item(Some(claim))
        .send()
        .await
        .expect("the table responds");

    assert_eq!(ada.get(&at).await.ok()["status"], "pending");
    ada.post(&zones, json!({"name": "apex.example"})).await.is(409, "ALREADY_EXISTS");
    let (_, theirs, their_zone) = pending(&world, &mallory, "other", "apex.example").await;
    publish(&world, &their_zone);
    verify(&mallory, &theirs).await.ok();
    verify(&ada, &at).await.is(409, "ALREADY_EXISTS");
    // It can still be removed, which does not affect the other zone.
    ada.delete(&at).await.status(204);
    assert_eq!(mallory.get(&theirs).await.ok()["status"], "verified");
    ada.post(&zones, json!({"name": "apex.example"})).await.is(409, "ALREADY_EXISTS");
}

#[tokio::test]
async fn a_failed_lookup_is_reported_and_changes_nothing() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (_, at, _) = pending(&world, &ada, "apex", "apex.example").await;
    for error in [
        LookupError::Timeout,
        LookupError::Failed("SERVFAIL".to_owned()),
        LookupError::Malformed,
        LookupError::NotConfigured,
    ] {
        world.resolver.fail("_provost-challenge.apex.example", error);
        let refused = verify(&ada, &at).await.is(503, "UNAVAILABLE");
        assert!(
            refused["detail"].as_str().is_some_and(|detail| detail.contains("name servers")),
            "{refused}"
        );
    }
    assert_eq!(ada.get(&at).await.ok()["status"], "pending");
}

#[tokio::test]
async fn checks_are_rate_limited_before_the_dns_query() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (_, at, _) = pending(&world, &ada, "apex", "apex.example").await;
    for _ in 0..ZONE_CHECKS.most {
        verify(&ada, &at).await.is(409, "INVALID_ACTION");
    }
    verify(&ada, &at).await.is(429, "RATE_LIMITED");
    verify(&ada, &format!("{at}x")).await.is(429, "RATE_LIMITED");
    assert_eq!(world.resolver.asked().len(), ZONE_CHECKS.most as usize);
}

#[tokio::test]
async fn no_zone_is_left_after_an_organisation_is_deleted() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (org_id, org) = found(&world, &ada, "apex", PortalTier::Free).await;
    for name in ["kept.example", "removed.example"] {
        let zone = add_zone(&world, &ada, &org, name).await;
        let at = format!("{org}/dns/zones/{}", id(&zone));
        verify(&ada, &at).await.ok();
        if name == "removed.example" {
            ada.delete(&at).await.status(204);
        }
    }
    ada.post(&format!("{org}/dns/zones"), json!({"name": "pending.example"})).await.status(201);
    assert_eq!(items(&world, "ZONENAME#").await, 2);
    world.app.store().release_infrastructure(org_id).await.expect("the table responds");
    assert_eq!(items(&world, "ZONENAME#").await, 0);
    let left = rows(&world, &world.app.store().names().organisations).await;
    assert!(
        !left.iter().any(|item| item["sk"].as_str().is_some_and(|sk| sk.starts_with("ZONE#"))),
        "{left:?}"
    );
    assert!(entries(&world).await.len() > 3);
}
