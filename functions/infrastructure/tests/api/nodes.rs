//! Nodes: staff add and assign them. Only enterprise organisations have dedicated nodes, and only
//! their members use those.

use provost_domain::{BuiltInRole, organisation::MemberRole, user::PortalTier};
use serde_json::{Value, json};

use crate::common::{activity, audited, found, id, items, join, set_tier, world};

#[tokio::test]
async fn staff_add_nodes_and_only_staff_list_all() {
    let world = world().await;
    let (grace, clerk, ada) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("clerk", BuiltInRole::Staff).await,
        world.person("ada").await,
    );
    let node = grace.post("/api/nodes", json!({"name": "Helsinki 1", "fqdn": "HEL1.Nodes.example.", "provider": "Ours", "defaultIp": "2001:DB8::1", "reason": "new machine"})).await.status(201);
    assert_eq!(
        (&node["fqdn"], &node["defaultIp"], &node["organisationId"], &node["servers"]),
        (&json!("hel1.nodes.example"), &json!("2001:db8::1"), &Value::Null, &json!(0))
    );
    assert_eq!(
        grace
            .post("/api/nodes", json!({"name": "again", "fqdn": "hel1.nodes.example"}))
            .await
            .is(409, "ALREADY_EXISTS")["field"],
        "fqdn"
    );
    for body in [
        json!({"name": "x"}),
        json!({"name": "x", "fqdn": "nodots"}),
        json!({"name": "x", "fqdn": "192.0.2.1"}),
        json!({"name": "x", "fqdn": "a.example", "defaultIp": "1.2.3"}),
        json!({"name": "", "fqdn": "a.example"}),
    ] {
        grace.post("/api/nodes", body).await.is(422, "VALIDATION_FAILED");
    }
    let listed = grace.get("/api/nodes").await.ok();
    assert_eq!(
        (&listed["data"][0]["id"], &listed["pagination"]["total"]),
        (&node["id"], &json!(1))
    );
    let assign = format!("/api/nodes/{}/assign-org", id(&node));
    for (someone, status, code) in [
        (&clerk, 403, "PERMISSION_DENIED"),
        (&ada, 403, "ADMIN_REQUIRED"),
        (&world.anyone(), 401, "UNAUTHENTICATED"),
    ] {
        someone.get("/api/nodes").await.is(status, code);
        someone
            .post("/api/nodes", json!({"name": "x", "fqdn": "x.example"}))
            .await
            .is(status, code);
        someone.post(&assign, json!({"organisationId": null})).await.is(status, code);
    }
    assert_eq!(audited(&world, "node.created").await, 1);
}

#[tokio::test]
async fn only_an_enterprise_has_a_dedicated_node_and_only_its_members_use_it() {
    let world = world().await;
    let (grace, ada, bob, mallory) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.person("ada").await,
        world.person("bob").await,
        world.person("mallory").await,
    );
    let (apex_id, apex) = found(&world, &ada, "apex", PortalTier::Paid).await;
    let (_, other) = found(&world, &mallory, "other", PortalTier::Enterprise).await;
    join(&world, apex_id, bob.id, MemberRole::Admin).await;
    let node = id(&grace
        .post("/api/nodes", json!({"name": "n", "fqdn": "n1.nodes.example"}))
        .await
        .status(201));
    let assign = format!("/api/nodes/{node}/assign-org");

    grace.post(&assign, json!({"organisationId": apex_id})).await.is(409, "INVALID_ACTION");
    set_tier(&world, apex_id, PortalTier::Enterprise).await;
    assert_eq!(
        grace
            .post(&assign, json!({"organisationId": apex_id, "reason": "as ordered"}))
            .await
            .status(200)["organisationId"],
        json!(apex_id)
    );
    grace.post(&assign, json!({"organisationId": apex_id})).await.is(409, "INVALID_ACTION");
    assert_eq!(ada.get(&format!("{apex}/nodes")).await.ok()["data"][0]["id"], json!(node));
    assert_eq!(mallory.get(&format!("{other}/nodes")).await.ok()["pagination"]["total"], 0);

    let on_it = json!({"name": "x", "nodeId": node});
    let server = id(&bob.post(&format!("{apex}/servers"), on_it.clone()).await.status(201));
    mallory.post(&format!("{other}/servers"), on_it.clone()).await.is(404, "NOT_FOUND");
    grace.post(&format!("{apex}/servers"), on_it.clone()).await.is(403, "PERMISSION_DENIED");
    grace.post(&format!("{apex}/servers"), json!({"name": "shared"})).await.status(201);
    assert_eq!(grace.get("/api/nodes").await.ok()["data"][0]["servers"], 1);

    // It can be reassigned only when it is empty.
    grace.post(&assign, json!({"organisationId": null})).await.is(409, "INVALID_ACTION");
    set_tier(&world, apex_id, PortalTier::Paid).await;
    ada.post(&format!("{apex}/servers"), on_it.clone()).await.is(409, "INVALID_ACTION");
    ada.delete(&format!("{apex}/servers/{server}")).await.status(204);
    assert_eq!(
        grace.post(&assign, json!({"organisationId": null})).await.status(200)["organisationId"],
        Value::Null
    );
    assert_eq!(ada.get(&format!("{apex}/nodes")).await.ok()["pagination"]["total"], 0);
    // An unassigned node is shared and open to everyone.
    mallory.post(&format!("{other}/servers"), on_it).await.status(201);

    assert_eq!(audited(&world, "node.assigned").await, 2);
    assert_eq!(
        activity(&world, apex_id).await.iter().filter(|action| *action == "node.assigned").count(),
        2
    );
    for body in [
        json!({}),
        json!({"organisationId": "org_1"}),
        json!({"organisationId": "org_01ARZ3NDEKTSV4RRFFQ69G5FAV"}),
    ] {
        grace.post(&assign, body).await.is(422, "VALIDATION_FAILED");
    }
    grace
        .post(
            "/api/nodes/nod_01ARZ3NDEKTSV4RRFFQ69G5FAV/assign-org",
            json!({"organisationId": null}),
        )
        .await
        .is(404, "NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_concurrent_assignment_and_server_creation_never_both_succeed() {
    let world = world().await;
    let (grace, ada, mallory) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.person("ada").await,
        world.person("mallory").await,
    );
    let (apex_id, _) = found(&world, &ada, "apex", PortalTier::Enterprise).await;
    let (_, other) = found(&world, &mallory, "other", PortalTier::Enterprise).await;
    for n in 0..8 {
        let node = id(&grace
            .post("/api/nodes", json!({"name": "n", "fqdn": format!("n{n}.nodes.example")}))
            .await
            .status(201));
        let (assign, servers) =
            (format!("/api/nodes/{node}/assign-org"), format!("{other}/servers"));
        let (assigned, placed) = tokio::join!(
            grace.post(&assign, json!({"organisationId": apex_id})),
            mallory.post(&servers, json!({"name": "x", "nodeId": node}))
        );
        let both = (assigned.status.as_u16(), placed.status.as_u16());
        assert!(matches!(both, (200, 404) | (409, 201)), "{both:?}");
    }
}

#[tokio::test]
async fn deleting_an_organisation_releases_its_nodes_and_zone_names() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let (apex_id, apex) = found(&world, &ada, "apex", PortalTier::Enterprise).await;
    let node = id(&grace
        .post("/api/nodes", json!({"name": "n", "fqdn": "n1.nodes.example"}))
        .await
        .status(201));
    grace
        .post(&format!("/api/nodes/{node}/assign-org"), json!({"organisationId": apex_id}))
        .await
        .status(200);
    ada.post(&format!("{apex}/servers"), json!({"name": "x", "nodeId": node})).await.status(201);
    let zone = id(&ada
        .post(&format!("{apex}/dns/zones"), json!({"name": "apex.example"}))
        .await
        .status(201));
    ada.post(
        &format!("{apex}/dns/zones/{zone}/records"),
        json!({"name": "www", "type": "A", "content": "192.0.2.1"}),
    )
    .await
    .status(201);

    ada.delete(&apex).await.status(204);
    assert_eq!(items(&world, "HANDLE#").await, 1, "the handle stays reserved for a while");
    for left in [format!("ORG#{apex_id}"), "ZONENAME#".to_owned()] {
        assert_eq!(items(&world, &left).await, 0, "{left}");
    }
    assert_eq!(audited(&world, "node.assigned").await, 2, "assigned once and released once");
    assert_eq!(
        (
            audited(&world, "organisation.deletion_begun").await,
            audited(&world, "organisation.deleted").await
        ),
        (1, 1)
    );
    let listed = grace.get("/api/nodes").await.ok();
    assert_eq!(
        (&listed["data"][0]["servers"], &listed["data"][0]["organisationId"]),
        (&json!(0), &Value::Null)
    );
}

#[tokio::test]
async fn an_organisation_keeps_the_enterprise_tier_while_it_has_a_node() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let (apex_id, apex) = found(&world, &ada, "apex", PortalTier::Enterprise).await;
    let node = id(&grace
        .post("/api/nodes", json!({"name": "n", "fqdn": "n1.nodes.example"}))
        .await
        .status(201));
    let assign = format!("/api/nodes/{node}/assign-org");
    grace.post(&assign, json!({"organisationId": apex_id})).await.status(200);
    let paid = json!({"portalTier": "paid", "reason": "as ordered"});
    assert_eq!(
        grace.put(&apex, paid.clone()).await.is(409, "INVALID_ACTION")["allowed"],
        json!(["unassign-nodes"])
    );
    grace.put(&apex, json!({"name": "Another"})).await.ok();
    grace.post(&assign, json!({"organisationId": null})).await.status(200);
    grace.put(&apex, paid).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_concurrent_assignment_and_downgrade_never_both_succeed() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    for n in 0..6 {
        let (apex_id, apex) =
            found(&world, &ada, &format!("apex-{n}"), PortalTier::Enterprise).await;
        let node = id(&grace
            .post("/api/nodes", json!({"name": "n", "fqdn": format!("n{n}.nodes.example")}))
            .await
            .status(201));
        let assign = format!("/api/nodes/{node}/assign-org");
        let (assigned, changed) = tokio::join!(
            grace.post(&assign, json!({"organisationId": apex_id})),
            grace.put(&apex, json!({"portalTier": "paid"}))
        );
        let both = (assigned.status.as_u16(), changed.status.as_u16());
        assert!(matches!(both, (200, 409) | (409, 200)), "{both:?}");
    }
}

#[tokio::test]
async fn staff_with_the_member_role_act_as_staff() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let (apex_id, apex) = found(&world, &ada, "apex", PortalTier::Enterprise).await;
    join(&world, apex_id, grace.id, MemberRole::Member).await;
    let node = id(&grace
        .post("/api/nodes", json!({"name": "n", "fqdn": "n1.nodes.example"}))
        .await
        .status(201));
    grace
        .post(&format!("/api/nodes/{node}/assign-org"), json!({"organisationId": apex_id}))
        .await
        .status(200);
    grace
        .post(&format!("{apex}/servers"), json!({"name": "x", "nodeId": node}))
        .await
        .is(403, "PERMISSION_DENIED");
    grace.post(&format!("{apex}/servers"), json!({"name": "shared"})).await.status(201);
    let request = provost_domain::page::PageRequest {
        from: provost_domain::page::PageFrom::Page(1),
        limit: 200,
    };
    let entries =
        world.app.store().activity(apex_id, &request).await.expect("the table responds").rows;
    assert!(entries.iter().all(|entry| entry.by_staff), "{entries:?}");
}
