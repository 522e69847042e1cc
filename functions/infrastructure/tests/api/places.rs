//! The limit of a tier holds for any number of concurrent additions and removals.

use futures_util::future::join_all;
use provost_domain::{BuiltInRole, user::PortalTier};
use serde_json::json;

use crate::common::{activity, audited, found, id, world};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_concurrent_requests_create_as_many_servers_as_the_tier_allows() {
    for (tier, most) in [
        (PortalTier::Free, 2),
        (PortalTier::Educational, 3),
        (PortalTier::Paid, 10),
        (PortalTier::Enterprise, 50),
    ] {
        let world = world().await;
        let ada = world.person("ada").await;
        let (org_id, org) = found(&world, &ada, "apex", tier).await;
        let servers = format!("{org}/servers");
        let replies =
            join_all((0..50).map(|n| ada.post(&servers, json!({"name": format!("s{n}")})))).await;
        let made = replies.iter().filter(|reply| reply.status == 201).count();
        for reply in replies.iter().filter(|reply| reply.status != 201) {
            assert_eq!(reply.is(409, "TIER_LIMIT")["limit"], most);
        }
        let listed = ada.get(&format!("{servers}?limit=200")).await.ok();
        let counters = world.app.store().counters(org_id).await.expect("the table responds");
        assert_eq!(
            (
                made,
                listed["data"].as_array().map(Vec::len),
                &listed["pagination"]["total"],
                counters.servers
            ),
            (most, Some(most), &json!(most), most as u64),
            "{tier:?}"
        );
        assert_eq!(
            (audited(&world, "server.created").await, activity(&world, org_id).await.len()),
            (most, most),
            "{tier:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_additions_and_removals_keep_the_limit_and_the_count() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let (org_id, org) = found(&world, &ada, "apex", PortalTier::Paid).await;
    let servers = format!("{org}/servers");
    let node = id(&grace
        .post("/api/nodes", json!({"name": "n", "fqdn": "n1.nodes.example"}))
        .await
        .status(201));
    let mut existing: Vec<String> = Vec::new();
    for _ in 0..10 {
        existing
            .push(id(&ada.post(&servers, json!({"name": "x", "nodeId": node})).await.status(201)));
    }
    let (mut added, mut removed) = (10, 0);
    for round in 0..3 {
        // Forty additions compete with the removal of all servers, each requested twice.
        let additions =
            join_all((0..40).map(|_| ada.post(&servers, json!({"name": "y", "nodeId": node}))));
        let paths: Vec<_> =
            existing.iter().chain(&existing).map(|id| format!("{servers}/{id}")).collect();
        let removals = join_all(paths.iter().map(|path| ada.delete(path)));
        let (made, gone) = tokio::join!(additions, removals);
        for reply in &made {
            if reply.status != 201 {
                reply.is(409, "TIER_LIMIT");
            }
        }
        for reply in &gone {
            if reply.status != 204 {
                reply.is(404, "NOT_FOUND");
            }
        }
        assert_eq!(
            gone.iter().filter(|reply| reply.status == 204).count(),
            existing.len(),
            "each server is removed once"
        );
        removed += existing.len();
        existing = made
            .iter()
            .filter(|reply| reply.status == 201)
            .map(|reply| id(&reply.json()))
            .collect();
        added += existing.len();
        assert!(existing.len() <= 10, "{} in round {round}", existing.len());
        let listed = ada.get(&format!("{servers}?limit=200")).await.ok();
        let counters = world.app.store().counters(org_id).await.expect("the table responds");
        let on_node = &grace.get("/api/nodes").await.ok()["data"][0]["servers"];
        assert_eq!(
            (listed["data"].as_array().map(Vec::len), counters.servers, on_node),
            (Some(existing.len()), existing.len() as u64, &json!(existing.len()))
        );
        // Freed capacity is available immediately.
        while existing.len() < 10 {
            existing.push(id(&ada
                .post(&servers, json!({"name": "z", "nodeId": node}))
                .await
                .status(201)));
            added += 1;
        }
        ada.post(&servers, json!({"name": "z"})).await.is(409, "TIER_LIMIT");
    }
    assert_eq!(
        (audited(&world, "server.created").await, audited(&world, "server.removed").await),
        (added, removed)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_removals_of_a_zone_decrement_the_counter_once() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (org_id, org) = found(&world, &ada, "apex", PortalTier::Free).await;
    let zones = format!("{org}/dns/zones");
    let zone = format!(
        "{zones}/{}",
        id(&ada.post(&zones, json!({"name": "apex.example"})).await.status(201))
    );
    let replies = join_all((0..5).map(|_| ada.delete(&zone))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 204).count(), 1);
    assert_eq!(world.app.store().counters(org_id).await.expect("the table responds").zones, 0);
    assert_eq!(audited(&world, "dns_zone.removed").await, 1);
    // Concurrent requests of one organisation for one name create one zone.
    let replies =
        join_all((0..10).map(|_| ada.post(&zones, json!({"name": "apex.example"})))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
    assert_eq!(world.app.store().counters(org_id).await.expect("the table responds").zones, 1);
}
