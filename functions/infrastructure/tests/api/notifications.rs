//! Every change is recorded in the audit log and in the organisation's activity. A refusal is
//! recorded only on staff routes, in the audit log.

use provost_domain::{BuiltInRole, organisation::MemberRole};
use serde_json::{Value, json};

use crate::common::{self, Estate, activity, audited, join, world};

/// Entries of the audit log: action, reason, success.
async fn entries(world: &provost_testkit::World) -> Vec<(String, String, bool)> {
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let mut all: Vec<_> = common::entries(world)
        .await
        .iter()
        .map(|entry| (text(entry, "action"), text(entry, "reason"), entry["success"] == true))
        .collect();
    all.sort();
    all
}

#[tokio::test]
async fn each_change_is_one_entry_in_both_logs() {
    let world = world().await;
    let (grace, ada, bob) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.person("ada").await,
        world.person("bob").await,
    );
    let estate = Estate::of(&world, &ada, &grace, "apex").await;
    join(&world, estate.id, bob.id, MemberRole::Admin).await;
    let zone = format!("{}/dns/zones/{}", estate.org, estate.zone);
    let record = format!("{zone}/records/{}", estate.record);
    bob.put(&record, json!({"name": "www", "type": "A", "content": "192.0.2.9"})).await.status(200);
    bob.delete(&record).await.status(204);
    bob.delete(&zone).await.status(204);
    bob.delete(&format!("{}/servers/{}", estate.org, estate.server)).await.status(204);
    let node = format!("/api/nodes/{}/assign-org", estate.node);
    grace.post(&node, json!({"organisationId": null, "reason": "moved away"})).await.status(200);

    let (activity_entries, logged) = (activity(&world, estate.id).await, entries(&world).await);
    let expected = [
        "dns_record.changed",
        "dns_record.created",
        "dns_record.removed",
        "dns_zone.created",
        "dns_zone.removed",
        "node.assigned",
        "node.assigned",
        "server.created",
        "server.removed",
    ];
    assert_eq!(activity_entries, expected);
    let mut actions: Vec<_> = logged
        .iter()
        .filter(|(_, _, success)| *success)
        .map(|(action, ..)| action.as_str())
        .collect();
    assert_eq!(
        actions.remove(
            actions
                .iter()
                .position(|action| *action == "node.created")
                .expect("a staff member added the node")
        ),
        "node.created"
    );
    assert_eq!(actions, expected);
    assert!(
        logged
            .iter()
            .any(|(action, reason, _)| action == "node.assigned" && reason == "moved away")
    );
}

#[tokio::test]
async fn staff_can_give_a_reason_and_an_invalid_reason_is_rejected() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let estate = Estate::of(&world, &ada, &grace, "apex").await;
    let servers = format!("{}/servers", estate.org);
    grace
        .with_header("x-reason", "asked for by phone")
        .post(&servers, json!({"name": "x"}))
        .await
        .status(201);
    let logged = entries(&world).await;
    assert!(logged.contains(&("server.created".to_owned(), "asked for by phone".to_owned(), true)));
    for bad in ["x", &"x".repeat(501)] {
        grace
            .with_header("x-reason", bad)
            .post(&servers, json!({"name": "x"}))
            .await
            .is(422, "VALIDATION_FAILED");
        grace
            .with_header("x-reason", bad)
            .delete(&format!("{servers}/{}", estate.server))
            .await
            .is(422, "VALIDATION_FAILED");
    }
    assert_eq!(audited(&world, "server.created").await, 2);
}

#[tokio::test]
async fn a_refusal_is_logged_on_staff_routes_and_not_on_member_routes() {
    let world = world().await;
    let (grace, clerk, ada, eve) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("clerk", BuiltInRole::Staff).await,
        world.person("ada").await,
        world.person("eve").await,
    );
    let estate = Estate::of(&world, &ada, &grace, "apex").await;
    join(&world, estate.id, eve.id, MemberRole::Member).await;
    let before = entries(&world).await.len();
    eve.post(&format!("{}/servers", estate.org), json!({"name": "x"}))
        .await
        .is(403, "PERMISSION_DENIED");
    assert_eq!(entries(&world).await.len(), before);
    clerk
        .post("/api/nodes", json!({"name": "n", "fqdn": "n.nodes.example"}))
        .await
        .is(403, "PERMISSION_DENIED");
    let after = entries(&world).await;
    assert_eq!(
        (after.len(), after.iter().filter(|(_, _, success)| !success).count()),
        (before + 1, 1)
    );
    // The activity does not reveal which other organisation had the node before or after.
    let other = Estate::of(&world, &eve, &grace, "other").await;
    ada.delete(&format!("{}/servers/{}", estate.org, estate.server)).await.status(204);
    grace
        .post(
            &format!("/api/nodes/{}/assign-org", estate.node),
            json!({"organisationId": other.id}),
        )
        .await
        .status(200);
    let request = provost_domain::page::PageRequest {
        from: provost_domain::page::PageFrom::Page(1),
        limit: 200,
    };
    for (own, foreign) in [(&estate, &other), (&other, &estate)] {
        let activity_entries =
            world.app.store().activity(own.id, &request).await.expect("the table responds");
        let text = serde_json::to_string(&activity_entries.rows).expect("text");
        assert!(!text.contains(&foreign.id.to_string()), "{text}");
    }
}
