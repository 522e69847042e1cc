//! Names at their length limits, internationalised names, and concurrent changes at one name.

use provost_domain::user::PortalTier;
use provost_store::Conflict;
use provost_store::dns_records::{NameChange, standing};
use serde_json::{Value, json};

use crate::common::{everything, found, id, world};

#[tokio::test]
async fn length_limits_of_names_include_the_zone() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (_, org) = found(&world, &ada, "apex", PortalTier::Free).await;
    let zones = format!("{org}/dns/zones");
    let records = format!(
        "{zones}/{}/records",
        id(&ada.post(&zones, json!({"name": "apex.example"})).await.status(201))
    );
    let write = |name: &str| json!({"name": name, "type": "TXT", "content": "x"});
    // 253 characters, including thirteen for the zone.
    let most = format!(
        "{}.{}.{}.{}",
        "a".repeat(63),
        "b".repeat(63),
        "c".repeat(63),
        "d".repeat(253 - 13 - 3 * 64)
    );
    let kept = ada.post(&records, write(&most)).await.status(201);
    assert_eq!(kept["name"].as_str().map(str::len), Some(253));
    for long in
        [format!("{most}d"), "e".repeat(64), format!("{}.x", "ü".repeat(63)), format!("*.{most}")]
    {
        let refused = ada.post(&records, write(&long)).await.is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], "name");
    }
    // Targets of records have the same limits, without the zone appended.
    let host =
        format!("{}.{}.{}.{}", "a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(61));
    for (kind, content) in [
        ("CNAME", host.clone()),
        ("MX", format!("10 {host}")),
        ("NS", host.clone()),
        ("SRV", format!("0 0 1 {host}")),
    ] {
        let name =
            if kind == "SRV" { "_a._tcp".to_owned() } else { format!("l-{}", kind.to_lowercase()) };
        ada.post(&records, json!({"name": name, "type": kind, "content": content}))
            .await
            .status(201);
        let refused = ada
            .post(
                &records,
                json!({"name": format!("{name}x"), "type": kind, "content": format!("{content}d")}),
            )
            .await;
        assert_eq!(refused.is(422, "VALIDATION_FAILED")["errors"][0]["field"], "content", "{kind}");
    }
    // Strings of a TXT record are split at 255 bytes; below a service name they are kept unchanged.
    // The limit of the text is 65,000 bytes.
    let pairs = |bytes: usize| format!("\"a=b\" \"{}\"", "x".repeat(bytes));
    for (name, content, good) in [
        ("long", format!("\"{}\"", "x".repeat(256)), true),
        ("_a._tcp.pairs", pairs(255), true),
        ("_a._tcp.pairs", pairs(256), false),
        ("long", "x".repeat(65_000), true),
        ("long", "x".repeat(65_001), false),
        ("long", r"\000".repeat(65_000), true),
        ("long", r"\000".repeat(65_001), false),
        ("long", format!("\"{}\"", "\\\"".repeat(255)), true),
    ] {
        let reply =
            ada.post(&records, json!({"name": name, "type": "TXT", "content": content})).await;
        assert_eq!(reply.status == 201, good, "{}", reply.text());
    }
}

#[tokio::test]
async fn different_spellings_of_a_name_are_the_same_name() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (_, org) = found(&world, &ada, "apex", PortalTier::Free).await;
    let zones = format!("{org}/dns/zones");
    let zone = ada.post(&zones, json!({"name": "Straße.Example"})).await.status(201);
    assert_eq!(zone["name"], "xn--strae-oqa.example");
    assert_eq!(
        ada.post(&zones, json!({"name": "ab--cd.org"})).await.status(201)["name"],
        "ab--cd.org"
    );
    for same in ["xn--strae-oqa.example", "STRASSE.example", "straße。example"] {
        let reply = ada.post(&zones, json!({"name": same})).await;
        // "ss" is a different name than "ß"; the ideographic full stop is not a label separator
        // here.
        assert!(
            matches!(
                (same, reply.status.as_u16()),
                ("STRASSE.example", 201)
                    | ("xn--strae-oqa.example", 409)
                    | ("straße。example", 409 | 422)
            ),
            "{same}: {}",
            reply.text()
        );
    }
    let records = format!("{zones}/{}/records", id(&zone));
    let first = ada
        .post(&records, json!({"name": "Łódź", "type": "A", "content": "192.0.2.1"}))
        .await
        .status(201);
    for same in [
        "łódź",
        "ŁÓDŹ",
        "xn--d-uga0v4h",
        "XN--D-UGA0V4H",
        "Łódź.straße.example.",
        "l\u{301}\u{142}",
    ] {
        let reply =
            ada.post(&records, json!({"name": same, "type": "A", "content": "192.0.2.1"})).await;
        if same.contains('\u{301}') {
            assert_ne!(
                reply.json()["name"],
                first["name"],
                "a different letter makes a different name"
            );
        } else {
            assert_eq!(reply.is(409, "ALREADY_EXISTS")["id"], first["id"], "{same}");
        }
    }
    // Labels with mixed directions, invisible characters or digits of another script, which readers
    // could not tell apart.
    for bad in [
        "abcא",
        "א1",
        "\u{3164}",
        "a\u{300}\u{301}\u{200d}",
        "☃\u{fe0f}\u{200d}",
        "xn--",
        "xn--0",
        "xn--abc\u{fc}",
        "🏴\u{e0067}",
        "a／b",
        "a．．b",
        "１２７.０.０.１.",
    ] {
        let reply =
            ada.post(&records, json!({"name": bad, "type": "A", "content": "192.0.2.1"})).await;
        assert!(
            reply.status == 422 || reply.json()["name"].as_str().is_some_and(str::is_ascii),
            "{bad:?}: {}",
            reply.text()
        );
    }
}

#[tokio::test]
async fn a_record_based_on_a_stale_read_of_an_emptied_name_is_not_written() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (org_id, org) = found(&world, &ada, "apex", PortalTier::Free).await;
    let zones = format!("{org}/dns/zones");
    let zone_id = id(&ada.post(&zones, json!({"name": "apex.example"})).await.status(201));
    let records = format!("{zones}/{zone_id}/records");
    let first = id(&ada
        .post(&records, json!({"name": "www", "type": "A", "content": "192.0.2.1"}))
        .await
        .status(201));
    // A request reads the records at the name, to add an address.
    let store = world.app.store();
    let zone = store
        .zone(org_id, zone_id.parse().expect("an id"))
        .await
        .expect("the table responds")
        .expect("the item exists");
    let read = store.at_name(&zone, "www.apex.example").await.expect("the table responds");
    let mut late = store
        .record(org_id, zone.id, first.parse().expect("an id"))
        .await
        .expect("the table responds")
        .expect("the item exists");
    (late.id, late.content) = (world.app.id(provost_domain::RecordId::new), "192.0.2.2".to_owned());
    let after = read.with(standing(&late)).expect("two addresses can coexist");
    // Meanwhile the name is emptied and becomes an alias.
    ada.delete(&format!("{records}/{first}")).await.status(204);
    ada.post(&records, json!({"name": "www", "type": "CNAME", "content": "other.example"}))
        .await
        .status(201);
    let before = everything(&world).await;
    let mut tx = store.transaction();
    tx.create_record(
        &zone,
        &late,
        &NameChange { name: &late.name, before: &read, after: &after },
        false,
    )
    .expect("a transaction");
    assert!(tx.commit().await.is_err_and(|error| error.conflict() == Some(Conflict::DnsName)));
    assert_eq!(everything(&world).await, before);
}

#[tokio::test]
async fn with_dns_turned_off_every_dns_route_says_so_and_changes_nothing() {
    let world = world().await;
    let (grace, ada) =
        (world.staff("grace", provost_domain::BuiltInRole::Admin).await, world.person("ada").await);
    let estate = crate::common::Estate::of(&world, &ada, &grace, "apex").await;
    crate::zones::switch::flag(&world, false).await;
    let before = everything(&world).await;
    let (mut dns, mut others) = (0, 0);
    for (method, path, body, changes) in estate.routes() {
        if path.contains("/dns/") {
            dns += 1;
            for someone in [&ada, &grace] {
                let refused =
                    crate::common::ask(someone, &method, &path, &body).await.is(404, "NOT_FOUND");
                assert!(
                    refused["detail"].as_str().is_some_and(|detail| detail.contains("turned off")),
                    "{refused}"
                );
            }
        } else if !changes {
            others += 1;
            crate::common::ask(&ada, &method, &path, &body).await.ok();
        }
    }
    assert_eq!((dns, others), (10, 2));
    assert_eq!(everything(&world).await, before);
    crate::zones::switch::flag(&world, true).await;
    let kept: Value =
        ada.get(&format!("{}/dns/zones/{}/records", estate.org, estate.zone)).await.ok();
    assert_eq!(kept["pagination"]["total"], 1, "the existing record is available again");
}
