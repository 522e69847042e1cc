//! The life of an organisation, with its owner, an admin, a member and a non-member: creating,
//! inviting, working, transferring, leaving, deleting.

use http::Method;
use provost_domain::{BuiltInRole, time::MINUTE, user::PortalTier};
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

use super::{email_text, png};

fn id(body: &Value) -> String {
    body["id"].as_str().unwrap_or_else(|| panic!("no id in {body}")).to_owned()
}

async fn joined(world: &World, by: &Someone<'_>, organisation: &str, person: &Someone<'_>) {
    let invite = id(&by
        .post(&format!("{organisation}/invite"), json!({ "email": person.email }))
        .await
        .status(201));
    let text = email_text(world, &person.id.to_string(), "invitation").await;
    assert!(text.contains(&invite), "{text}");
    assert_eq!(person.get("/api/mailbox/notifications").await.ok()["data"][0]["type"], "invite");
    person.post(&format!("/api/organisations/invites/{invite}/accept"), json!({})).await.ok();
    person
        .post(&format!("/api/organisations/invites/{invite}/accept"), json!({}))
        .await
        .is(409, "INVALID_ACTION");
}

/// Changes the tier of an organisation, as a plan would.
async fn upgrade(world: &World, organisation: &str, tier: PortalTier) {
    let id = organisation.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id");
    let found =
        world.app.store().organisation(id).await.expect("the table responds").expect("it exists");
    let mut tx = world.app.transaction();
    tx.save_organisation(&provost_domain::organisation::Organisation {
        portal_tier: tier,
        ..found
    })
    .expect("an organisation");
    tx.commit().await.expect("no concurrent write");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_creation_to_deletion_with_three_roles_and_a_non_member() {
    let world = crate::world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let (ada, bob, eve, mallory) = (
        world.person("ada").await,
        world.person("bob").await,
        world.person("eve").await,
        world.person("mallory").await,
    );

    // Creation: of concurrent requests for one handle, one succeeds.
    let found = || async {
        ada.post("/api/organisations", json!({ "name": "Apex Gaming", "handle": "apex-gaming" }))
            .await
    };
    let (one, two) = tokio::join!(found(), found());
    let won: Vec<_> = [one, two].into_iter().filter(|reply| reply.status == 201).collect();
    assert_eq!(won.len(), 1, "one request gets the handle");
    let made = won[0].json();
    assert_eq!(
        (&made["handle"], &made["ownerId"], &made["portalTier"]),
        (&json!("apex-gaming"), &json!(ada.id.to_string()), &json!("free"))
    );
    let org = format!("/api/organisations/{}", id(&made));

    // Inviting: bob manages it, eve uses it, mallory cannot see it.
    joined(&world, &ada, &org, &bob).await;
    ada.post(&format!("{org}/users/{}/role", bob.id), json!({ "role": "admin" })).await.ok();
    joined(&world, &bob, &org, &eve).await;
    let withdrawn = id(&bob
        .post(&format!("{org}/invite"), json!({ "email": mallory.email }))
        .await
        .status(201));
    bob.post(&format!("{org}/invite/{withdrawn}/resend"), json!({})).await.is(429, "RATE_LIMITED");
    world.advance(MINUTE);
    bob.post(&format!("{org}/invite/{withdrawn}/resend"), json!({})).await.ok();
    bob.delete(&format!("{org}/invite/{withdrawn}")).await.status(204);
    mallory
        .post(&format!("/api/organisations/invites/{withdrawn}/accept"), json!({}))
        .await
        .is(410, "LINK_REVOKED");
    let mut refused = 0;
    for row in crate::api_tables().into_iter().flat_map(|function| function.rows) {
        if let Some(below) = row.path.strip_prefix("/api/organisations/{id}") {
            let reply = mallory
                .ask(
                    row.method.clone(),
                    &format!("{org}{below}"),
                    "application/json",
                    bytes::Bytes::from_static(b"{}"),
                )
                .await;
            assert_eq!(reply.status, 404, "{} {}: {}", row.method, row.path, reply.text());
            refused += 1;
        }
    }
    assert!(refused >= 25, "only {refused} routes are about an organisation");

    // What a member may, and may not.
    assert_eq!(eve.get(&format!("{org}/users")).await.ok()["pagination"]["total"], 3);
    eve.put(&org, json!({ "name": "Eve's" })).await.is(403, "PERMISSION_DENIED");
    eve.post(&format!("{org}/invite"), json!({ "email": "x@example.org" }))
        .await
        .is(403, "PERMISSION_DENIED");
    eve.post(&format!("{org}/servers"), json!({ "name": "mine" }))
        .await
        .is(403, "PERMISSION_DENIED");
    eve.post(&format!("{org}/select"), json!({})).await.ok();
    assert_eq!(eve.get("/api/users/me").await.ok()["activeOrganisationId"], made["id"]);
    bob.delete(&format!("{org}/users/{}", ada.id)).await.is(409, "SOLE_OWNER");
    bob.post(&format!("{org}/users/{}/role", eve.id), json!({ "role": "owner" }))
        .await
        .is(403, "PERMISSION_DENIED");

    // Working: an avatar, servers within the tier, a dedicated node, a zone.
    let pictured = bob.ask(Method::POST, &format!("{org}/avatar"), "image/png", png()).await;
    assert!(pictured.status.is_success(), "{}", pictured.text());
    assert!(eve.get(&org).await.ok()["avatarUrl"].is_string());
    for name in ["one", "two"] {
        bob.post(&format!("{org}/servers"), json!({ "name": name })).await.status(201);
    }
    bob.post(&format!("{org}/servers"), json!({ "name": "three" })).await.is(409, "TIER_LIMIT");
    let node = id(&root
        .post("/api/nodes", json!({ "name": "node-1", "fqdn": "node-1.provost.example" }))
        .await
        .status(201));
    let assign = json!({ "organisationId": made["id"] });
    root.post(&format!("/api/nodes/{node}/assign-org"), assign.clone())
        .await
        .is(409, "INVALID_ACTION");
    upgrade(&world, &org, PortalTier::Enterprise).await;
    root.post(&format!("/api/nodes/{node}/assign-org"), assign).await.ok();
    let placed = bob
        .post(&format!("{org}/servers"), json!({ "name": "three", "nodeId": node }))
        .await
        .status(201);
    assert_eq!(eve.get(&format!("{org}/servers")).await.ok()["pagination"]["total"], 3);
    assert_eq!(eve.get(&format!("{org}/nodes")).await.ok()["data"][0]["id"], json!(node));
    let zone = id(&bob
        .post(&format!("{org}/dns/zones"), json!({ "name": "apex.example" }))
        .await
        .status(201));
    let zone = format!("{org}/dns/zones/{zone}");
    let record = json!({ "name": "www", "type": "A", "content": "192.0.2.7" });
    let record = id(&bob.post(&format!("{zone}/records"), record).await.status(201));
    bob.post(
        &format!("{zone}/records"),
        json!({ "name": "www", "type": "AAAA", "content": "192.0.2.7" }),
    )
    .await
    .is(422, "VALIDATION_FAILED");
    bob.put(
        &format!("{zone}/records/{record}"),
        json!({ "name": "www", "type": "A", "content": "192.0.2.8" }),
    )
    .await
    .ok();
    assert_eq!(eve.get(&format!("{zone}/records")).await.ok()["data"][0]["content"], "192.0.2.8");
    bob.delete(&format!("{zone}/records/{record}")).await.status(204);
    bob.delete(&format!("{org}/servers/{}", id(&placed))).await.status(204);

    // Transfer: the owner cannot leave, offers the ownership to bob, and leaves.
    ada.post(&format!("{org}/leave"), json!({})).await.is(409, "SOLE_OWNER");
    let asked =
        ada.post(&format!("{org}/users/{}/role", bob.id), json!({ "role": "owner" })).await.ok();
    assert_eq!(bob.get(&org).await.ok()["ownerId"], ada.id.to_string());
    let offer = asked["ownershipOffer"]["id"].as_str().expect("an offer");
    bob.post(&format!("/api/organisations/invites/{offer}/accept"), json!({})).await.ok();
    assert_eq!(bob.get(&org).await.ok()["ownerId"], bob.id.to_string());
    ada.post(&format!("{org}/leave"), json!({})).await.status(204);
    ada.get(&org).await.is(404, "NOT_FOUND");
    bob.delete(&format!("{org}/users/{}", eve.id)).await.status(204);
    assert!(eve.get("/api/users/me").await.ok().get("activeOrganisationId").is_none());
    root.post(&format!("{org}/add-user"), json!({ "userId": eve.id.to_string() }))
        .await
        .status(201);

    // Every change is in its activity and in the audit log.
    let activity = bob.get(&format!("{org}/activity?limit=200")).await.ok();
    let seen: Vec<_> = activity["data"]
        .as_array()
        .expect("entries")
        .iter()
        .filter_map(|entry| entry["action"].as_str())
        .collect();
    for action in [
        "organisation.created",
        "organisation.member_left",
        "server.created",
        "dns_record.created",
        "node.assigned",
    ] {
        assert!(seen.contains(&action), "{action} is not in {seen:?}");
    }

    // Deletion: only the handle is left, which is reserved for a while.
    bob.delete(&org).await.status(204);
    for someone in [&bob, &eve] {
        someone.get(&org).await.is(404, "NOT_FOUND");
    }
    world.settle().await;
    assert!(root.get(&format!("{org}/nodes")).await.status == 404);
    mallory
        .post("/api/organisations", json!({ "name": "Mine now", "handle": "apex-gaming" }))
        .await
        .is(409, "CONTACT_RESERVED");
}
