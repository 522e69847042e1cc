//! Bodies, queries, pages and versions: invalid input is rejected by name, and stale versions are
//! rejected.

use bytes::Bytes;
use provost_domain::{BuiltInRole, user::PortalTier};
use serde_json::{Value, json};

use crate::common::{Estate, ask, everything, found, id, world};

#[tokio::test]
async fn invalid_bodies_are_rejected_on_every_route_that_takes_one() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let estate = Estate::of(&world, &ada, &grace, "apex").await;
    let before = everything(&world).await;
    let taking = estate
        .routes()
        .into_iter()
        .map(|(method, path, body, _)| (method, path, body))
        .chain(estate.staff_routes())
        .filter(|(_, _, body)| !body.is_null());
    let mut routes = 0;
    for (method, path, body) in taking {
        routes += 1;
        for broken in ["{", "[]", "\"x\"", "null", "{\"name\":\"x\"", "\u{0}"] {
            let reply =
                grace.ask(method.clone(), &path, "application/json", Bytes::from(broken)).await;
            reply.is(400, "MALFORMED_BODY");
        }
        grace
            .ask(method.clone(), &path, "text/plain", Bytes::from(body.to_string()))
            .await
            .is(415, "UNSUPPORTED_MEDIA");
        grace
            .ask(
                method.clone(),
                &format!("{path}?force=true"),
                "application/json",
                Bytes::from(body.to_string()),
            )
            .await
            .is(400, "UNKNOWN_PARAMETER");
        let mut more = body.clone();
        more["organisation_id"] = json!("org_01ARZ3NDEKTSV4RRFFQ69G5FAV");
        assert_eq!(
            ask(&grace, &method, &path, &more).await.is(422, "VALIDATION_FAILED")["errors"][0]["field"],
            "organisation_id"
        );
        for field in body.as_object().expect("an object").keys() {
            for wrong in [json!({"x": 1}), json!([1]), json!(true)] {
                let mut bad = body.clone();
                bad[field] = wrong;
                let refused = ask(&grace, &method, &path, &bad).await.is(422, "VALIDATION_FAILED");
                assert_eq!(refused["errors"][0]["field"], *field, "{method} {path} {bad}");
            }
        }
        // Fields that the platform sets cannot be sent.
        for field in
            ["id", "version", "createdAt", "organisationId", "servers", "recordCount", "zoneId"]
        {
            if body.get(field).is_none() {
                let mut more = body.clone();
                more[field] = json!(1);
                ask(&grace, &method, &path, &more).await.is(422, "VALIDATION_FAILED");
            }
        }
    }
    assert_eq!(routes, 6);
    for (method, path, body, _) in
        estate.routes().into_iter().filter(|(_, _, body, _)| body.is_null())
    {
        ask(&grace, &method, &format!("{path}?depth=1"), &body).await.is(400, "UNKNOWN_PARAMETER");
    }
    assert_eq!(everything(&world).await, before, "nothing changed");
}

#[tokio::test]
async fn every_list_can_be_paged_to_its_end() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let (org_id, org) = found(&world, &ada, "apex", PortalTier::Enterprise).await;
    let zones = format!("{org}/dns/zones");
    let mut zone = String::new();
    for n in 0..7 {
        ada.post(&format!("{org}/servers"), json!({"name": format!("s{n}")})).await.status(201);
        zone = id(&ada.post(&zones, json!({"name": format!("z{n}.example")})).await.status(201));
        let node = id(&grace
            .post("/api/nodes", json!({"name": "n", "fqdn": format!("n{n}.nodes.example")}))
            .await
            .status(201));
        grace
            .post(&format!("/api/nodes/{node}/assign-org"), json!({"organisationId": org_id}))
            .await
            .status(200);
    }
    let records = format!("{zones}/{zone}/records");
    for n in 0..7 {
        ada.post(&records, json!({"name": format!("r{n}"), "type": "A", "content": "192.0.2.1"}))
            .await
            .status(201);
    }
    for (by, list) in [
        (&ada, format!("{org}/servers")),
        (&ada, format!("{org}/nodes")),
        (&ada, zones.clone()),
        (&ada, records),
        (&grace, "/api/nodes".to_owned()),
    ] {
        let whole: Vec<Value> = rows(&by.get(&list).await.ok());
        assert_eq!(whole.len(), 7, "{list}");
        for limit in [1, 3, 7, 200] {
            let (mut by_page, mut by_cursor) = (Vec::new(), Vec::new());
            for page in 1..=7_usize.div_ceil(limit) {
                let answer = by.get(&format!("{list}?limit={limit}&page={page}")).await.ok();
                assert_eq!(answer["pagination"]["total"], 7);
                by_page.extend(rows(&answer));
            }
            let mut next = format!("{list}?limit={limit}");
            loop {
                let answer = by.get(&next).await.ok();
                by_cursor.extend(rows(&answer));
                match answer["pagination"]["nextCursor"].as_str() {
                    Some(cursor) => next = format!("{list}?limit={limit}&cursor={cursor}"),
                    None => break,
                }
            }
            assert!(by_page == whole && by_cursor == whole, "{list} by {limit}");
        }
        for bad in
            ["limit=0", "limit=201", "page=0", "limit=x", "cursor=x", "page=1&cursor=x", "limit="]
        {
            by.get(&format!("{list}?{bad}")).await.is(422, "VALIDATION_FAILED");
        }
    }
}

fn rows(answer: &Value) -> Vec<Value> {
    answer["data"].as_array().expect("rows").clone()
}

#[tokio::test]
async fn a_stale_version_changes_nothing() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let estate = Estate::of(&world, &ada, &grace, "apex").await;
    let zone = format!("{}/dns/zones/{}", estate.org, estate.zone);
    let record = format!("{zone}/records/{}", estate.record);
    let write = json!({"name": "www", "type": "A", "content": "192.0.2.9"});
    // Adding the record increased the zone's version.
    let seen = ada.get(&zone).await;
    assert_eq!(
        (seen.header("etag"), seen.json()["version"].clone()),
        ("\"2\"".to_owned(), json!(2))
    );
    let free = id(&grace
        .post("/api/nodes", json!({"name": "n", "fqdn": "free.nodes.example"}))
        .await
        .status(201));
    let assign = format!("/api/nodes/{free}/assign-org");

    let before = everything(&world).await;
    for stale in ["\"0\"", "\"7\"", "7", "\"x\"", "W/\"2\""] {
        ada.with_header("if-match", stale)
            .put(&record, write.clone())
            .await
            .is(412, "STALE_VERSION");
        ada.with_header("if-match", stale).delete(&record).await.is(412, "STALE_VERSION");
        ada.with_header("if-match", stale).delete(&zone).await.is(412, "STALE_VERSION");
        grace
            .with_header("if-match", stale)
            .post(&assign, json!({"organisationId": estate.id}))
            .await
            .is(412, "STALE_VERSION");
    }
    assert_eq!(everything(&world).await, before);

    let assigned = grace
        .with_header("if-match", "\"1\"")
        .post(&assign, json!({"organisationId": estate.id}))
        .await;
    assert_eq!(
        (assigned.status(200)["version"].clone(), assigned.header("etag")),
        (json!(2), "\"2\"".to_owned())
    );
    let listed = grace.get("/api/nodes").await.ok();
    assert!(
        listed["data"].as_array().expect("rows").contains(&assigned.json()),
        "the response equals the stored node"
    );
    grace
        .with_header("if-match", "\"1\"")
        .post(&assign, json!({"organisationId": null}))
        .await
        .is(412, "STALE_VERSION");

    let changed = ada.with_header("if-match", "\"1\"").put(&record, write.clone()).await;
    assert_eq!(
        (changed.status(200)["version"].clone(), changed.header("etag")),
        (json!(2), "\"2\"".to_owned())
    );
    ada.with_header("if-match", "\"1\"").delete(&record).await.is(412, "STALE_VERSION");
    ada.with_header("if-match", "\"2\"").delete(&record).await.status(204);
    assert_eq!(ada.get(&zone).await.header("etag"), "\"4\"");
    ada.with_header("if-match", "\"1\", \"4\"").delete(&zone).await.status(204);
}
