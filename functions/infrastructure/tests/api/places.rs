//! The limit of a tier holds however many servers are added and removed at the same moment.

use futures_util::future::join_all;
use provost_domain::{BuiltInRole, principal::PortalTier};
use serde_json::json;

use crate::common::{activity, audited, found, id, world};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_at_once_make_exactly_as_many_as_the_tier_allows() {
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
        let counters = world.app.store().counters(org_id).await.expect("the table answers");
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
async fn additions_that_race_with_removals_never_pass_the_limit_and_never_miscount() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let (org_id, org) = found(&world, &ada, "apex", PortalTier::Paid).await;
    let servers = format!("{org}/servers");
    let node = id(&grace
        .post("/api/nodes", json!({"name": "n", "fqdn": "n1.nodes.example"}))
        .await
        .status(201));
    let mut standing: Vec<String> = Vec::new();
    for _ in 0..10 {
        standing
            .push(id(&ada.post(&servers, json!({"name": "x", "nodeId": node})).await.status(201)));
    }
    let (mut added, mut removed) = (10, 0);
    for round in 0..3 {
        // Forty additions against the removal of every server there is, each asked for twice.
        let additions =
            join_all((0..40).map(|_| ada.post(&servers, json!({"name": "y", "nodeId": node}))));
        let paths: Vec<_> =
            standing.iter().chain(&standing).map(|id| format!("{servers}/{id}")).collect();
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
            standing.len(),
            "each is removed once"
        );
        removed += standing.len();
        standing = made
            .iter()
            .filter(|reply| reply.status == 201)
            .map(|reply| id(&reply.json()))
            .collect();
        added += standing.len();
        assert!(standing.len() <= 10, "{} in round {round}", standing.len());
        let listed = ada.get(&format!("{servers}?limit=200")).await.ok();
        let counters = world.app.store().counters(org_id).await.expect("the table answers");
        let on_node = &grace.get("/api/nodes").await.ok()["data"][0]["servers"];
        assert_eq!(
            (listed["data"].as_array().map(Vec::len), counters.servers, on_node),
            (Some(standing.len()), standing.len() as u64, &json!(standing.len()))
        );
        // What is free is free at once.
        while standing.len() < 10 {
            standing.push(id(&ada
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
async fn a_zone_is_removed_once_and_takes_its_place_back_once() {
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
    assert_eq!(world.app.store().counters(org_id).await.expect("the table answers").zones, 0);
    assert_eq!(audited(&world, "dns_zone.removed").await, 1);
    // One name, one winner, however often one organisation asks at once.
    let replies =
        join_all((0..10).map(|_| ada.post(&zones, json!({"name": "apex.example"})))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
    assert_eq!(world.app.store().counters(org_id).await.expect("the table answers").zones, 1);
}
