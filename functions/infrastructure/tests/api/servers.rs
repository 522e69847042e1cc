//! Servers: who can add and remove them, and that the limit of the tier is exact.

use provost_domain::{BuiltInRole, organisation::MemberRole, user::PortalTier};
use serde_json::json;

use crate::common::{activity, audited, found, id, join, set_tier, world};

#[tokio::test]
async fn each_role_has_its_permissions_and_outsiders_get_not_found() {
    let world = world().await;
    let (ada, bob, eve, mallory) = (
        world.person("ada").await,
        world.person("bob").await,
        world.person("eve").await,
        world.person("mallory").await,
    );
    let (grace, clerk) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("clerk", BuiltInRole::Staff).await,
    );
    let (org_id, org) = found(&world, &ada, "apex", PortalTier::Paid).await;
    join(&world, org_id, bob.id, MemberRole::Admin).await;
    join(&world, org_id, eve.id, MemberRole::Member).await;
    let (servers, nodes, zones) =
        (format!("{org}/servers"), format!("{org}/nodes"), format!("{org}/dns/zones"));

    let mut made = Vec::new();
    for someone in [&ada, &bob, &grace] {
        let reply = someone.post(&servers, json!({"name": "game"})).await;
        let body = reply.status(201);
        assert_eq!(
            reply.header("location"),
            servers,
            "there is no route for one server, so the location is the list"
        );
        made.push(id(&body));
    }
    let zone = format!(
        "{zones}/{}",
        id(&ada.post(&zones, json!({"name": "apex.example"})).await.status(201))
    );
    let record = format!(
        "{zone}/records/{}",
        id(&bob
            .post(
                &format!("{zone}/records"),
                json!({"name": "@", "type": "A", "content": "192.0.2.1"})
            )
            .await
            .status(201))
    );
    for someone in [&ada, &bob, &eve, &grace] {
        for path in [&servers, &nodes, &zones, &zone, &format!("{zone}/records")] {
            someone.get(path).await.ok();
        }
    }

    let (server, body, write) = (
        format!("{servers}/{}", made[0]),
        json!({"name": "x"}),
        json!({"name": "x", "type": "A", "content": "192.0.2.2"}),
    );
    // A member can only read. Other users, and staff without the permission, get 404, and requests
    // without a credential get 401.
    for (someone, status, code) in [
        (&eve, 403, "PERMISSION_DENIED"),
        (&mallory, 404, "NOT_FOUND"),
        (&clerk, 404, "NOT_FOUND"),
        (&world.anyone(), 401, "UNAUTHENTICATED"),
    ] {
        someone.post(&servers, body.clone()).await.is(status, code);
        someone.delete(&server).await.is(status, code);
        someone.post(&zones, body.clone()).await.is(status, code);
        someone.delete(&zone).await.is(status, code);
        someone.post(&format!("{zone}/records"), write.clone()).await.is(status, code);
        someone.put(&record, write.clone()).await.is(status, code);
        someone.delete(&record).await.is(status, code);
    }
    for path in [&servers, &nodes, &zones, &zone, &format!("{zone}/records")] {
        mallory.get(path).await.is(404, "NOT_FOUND");
        world.anyone().get(path).await.is(401, "UNAUTHENTICATED");
    }
    assert_eq!(ada.get(&servers).await.ok()["pagination"]["total"], 3);

    // Ids of another organisation are not found under the caller's own.
    let (_, other) = found(&world, &mallory, "other", PortalTier::Paid).await;
    mallory.delete(&format!("{other}/servers/{}", made[0])).await.is(404, "NOT_FOUND");
    mallory.get(&zone.replace(&org, &other)).await.is(404, "NOT_FOUND");
    mallory.put(&record.replace(&org, &other), write.clone()).await.is(404, "NOT_FOUND");

    bob.delete(&server).await.status(204);
    bob.delete(&server).await.is(404, "NOT_FOUND");
    bob.delete(&format!("{servers}/srv_nonsense")).await.is(404, "NOT_FOUND");
    assert_eq!(ada.get(&format!("{servers}?limit=1")).await.ok()["pagination"]["total"], 2);
    assert_eq!(audited(&world, "server.created").await, 3);
    assert_eq!(audited(&world, "server.removed").await, 1);
    assert_eq!(
        activity(&world, org_id).await,
        [
            "dns_record.created",
            "dns_zone.created",
            "server.created",
            "server.created",
            "server.created",
            "server.removed"
        ]
    );
}

#[tokio::test]
async fn an_invalid_server_is_rejected_and_nothing_changes() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (org_id, org) = found(&world, &ada, "apex", PortalTier::Paid).await;
    for body in [
        json!({}),
        json!({"name": ""}),
        json!({"name": "x".repeat(65)}),
        json!({"name": "a\u{202e}b"}),
        json!({"name": "x", "nodeId": "nod_1"}),
        json!({"name": "x", "cpu": 4}),
    ] {
        ada.post(&format!("{org}/servers"), body).await.is(422, "VALIDATION_FAILED");
    }
    ada.post(
        &format!("{org}/servers"),
        json!({"name": "x", "nodeId": "nod_01ARZ3NDEKTSV4RRFFQ69G5FAV"}),
    )
    .await
    .is(404, "NOT_FOUND");
    assert_eq!(ada.get(&format!("{org}/servers")).await.ok()["pagination"]["total"], 0);
    assert!(activity(&world, org_id).await.is_empty());
}

#[tokio::test]
async fn each_tier_has_its_limit_and_removing_a_server_frees_capacity() {
    let world = world().await;
    let ada = world.person("ada").await;
    for (tier, most) in
        [(PortalTier::Free, 2), (PortalTier::Educational, 3), (PortalTier::Paid, 10)]
    {
        let (org_id, org) = found(&world, &ada, &format!("apex-{most}"), tier).await;
        let servers = format!("{org}/servers");
        let mut last = String::new();
        for _ in 0..most {
            last = id(&ada.post(&servers, json!({"name": "x"})).await.status(201));
        }
        assert_eq!(
            ada.post(&servers, json!({"name": "x"})).await.is(409, "TIER_LIMIT")["limit"],
            most
        );
        ada.delete(&format!("{servers}/{last}")).await.status(204);
        ada.post(&servers, json!({"name": "x"})).await.status(201);
        ada.post(&servers, json!({"name": "x"})).await.is(409, "TIER_LIMIT");
        // Enterprise has no limit. After a downgrade the organisation keeps its servers and cannot
        // add any.
        set_tier(&world, org_id, PortalTier::Enterprise).await;
        ada.post(&servers, json!({"name": "x"})).await.status(201);
        set_tier(&world, org_id, tier).await;
        let refused = ada.post(&servers, json!({"name": "x"})).await.is(409, "TIER_LIMIT");
        assert!(
            refused["detail"].as_str().is_some_and(|said| said.contains("the limit is reached")),
            "the organisation has one more than {most}: {refused}"
        );
    }
}

#[tokio::test]
async fn one_idempotency_key_creates_one_server() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (_, org) = found(&world, &ada, "apex", PortalTier::Free).await;
    let keyed = ada.with_header("idempotency-key", "one-server-please");
    let first = keyed.post(&format!("{org}/servers"), json!({"name": "x"})).await.status(201);
    let again = keyed.post(&format!("{org}/servers"), json!({"name": "x"})).await.status(201);
    assert_eq!(first, again);
    assert_eq!(ada.get(&format!("{org}/servers")).await.ok()["pagination"]["total"], 1);
}
