//! Actions on organisations.

use http::Method;
use provost_domain::{organisation::Organisation, principal::PortalTier, time::MINUTE};
use provost_testkit::Someone;
use serde_json::json;

use super::{Metered, id};
use crate::flows::png;

/// From creation to deletion, with all routes in between.
pub async fn measure(metered: &mut Metered<'_>, root: &Someone<'_>) {
    let world = metered.world;
    let (owner, guest, other) =
        (world.person("owner").await, world.person("guest").await, world.person("other").await);
    let made = json!({ "name": "Apex", "handle": "apex" });
    let made = metered.ask("POST /api/organisations", owner.post("/api/organisations", made)).await;
    let org = format!("/api/organisations/{}", id(&made));
    metered.ask("GET /api/organisations", owner.get("/api/organisations")).await;
    metered.ask("GET /api/organisations/{id}", owner.get(&org)).await;
    metered
        .ask("PUT /api/organisations/{id}", owner.put(&org, json!({ "name": "Apex Gaming" })))
        .await;
    metered
        .ask(
            "POST /api/organisations/{id}/avatar",
            owner.ask(Method::POST, &format!("{org}/avatar"), "image/png", png()),
        )
        .await;
    metered
        .ask("POST /api/organisations/{id}/select", owner.post(&format!("{org}/select"), json!({})))
        .await;

    let invite =
        async { owner.post(&format!("{org}/invite"), json!({ "email": guest.email })).await };
    let invite = id(&metered.ask("POST /api/organisations/{id}/invite", invite).await);
    world.settle().await;
    world.advance(MINUTE);
    let resend = async { owner.post(&format!("{org}/invite/{invite}/resend"), json!({})).await };
    metered.ask("POST /api/organisations/{id}/invite/{inviteId}/resend", resend).await;
    metered.ask("GET /api/organisations/invites", guest.get("/api/organisations/invites")).await;
    let accept = async {
        guest.post(&format!("/api/organisations/invites/{invite}/accept"), json!({})).await
    };
    metered.ask("POST /api/organisations/invites/{inviteId}/accept", accept).await;
    let invited = async || {
        id(&owner.post(&format!("{org}/invite"), json!({ "email": other.email })).await.status(201))
    };
    let second = invited().await;
    let reject = async {
        other.post(&format!("/api/organisations/invites/{second}/reject"), json!({})).await
    };
    metered.ask("POST /api/organisations/invites/{inviteId}/reject", reject).await;
    let third = invited().await;
    metered
        .ask(
            "DELETE /api/organisations/{id}/invite/{inviteId}",
            owner.delete(&format!("{org}/invite/{third}")),
        )
        .await;
    let add = async {
        root.post(&format!("{org}/add-user"), json!({ "userId": other.id.to_string() })).await
    };
    metered.ask("POST /api/organisations/{id}/add-user", add).await;
    metered
        .ask("GET /api/organisations/{id}/users (three)", owner.get(&format!("{org}/users")))
        .await;
    let role = async {
        owner.post(&format!("{org}/users/{}/role", guest.id), json!({ "role": "admin" })).await
    };
    metered.ask("POST /api/organisations/{id}/users/{userId}/role", role).await;
    metered
        .ask(
            "DELETE /api/organisations/{id}/users/{userId}",
            owner.delete(&format!("{org}/users/{}", other.id)),
        )
        .await;
    metered
        .ask("POST /api/organisations/{id}/leave", guest.post(&format!("{org}/leave"), json!({})))
        .await;
    metered
        .ask("GET /api/organisations/{id}/activity", owner.get(&format!("{org}/activity")))
        .await;
    infrastructure(metered, root, &owner, &org).await;

    let ended = id(&owner
        .post("/api/organisations", json!({ "name": "Short", "handle": "short-lived" }))
        .await
        .status(201));
    metered
        .ask(
            "DELETE /api/organisations/{id} (alone)",
            owner.delete(&format!("/api/organisations/{ended}")),
        )
        .await;
}

async fn infrastructure(
    metered: &mut Metered<'_>,
    root: &Someone<'_>,
    owner: &Someone<'_>,
    org: &str,
) {
    let world = metered.world;
    let server = async { owner.post(&format!("{org}/servers"), json!({ "name": "one" })).await };
    let server = id(&metered.ask("POST /api/organisations/{id}/servers", server).await);
    metered.ask("GET /api/organisations/{id}/servers", owner.get(&format!("{org}/servers"))).await;
    metered
        .ask(
            "DELETE /api/organisations/{id}/servers/{serverId}",
            owner.delete(&format!("{org}/servers/{server}")),
        )
        .await;
    let found = world
        .app
        .store()
        .organisation(org.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id"))
        .await;
    let mut tx = world.app.transaction();
    let enterprise = Organisation {
        portal_tier: PortalTier::Enterprise,
        ..found.expect("the table responds").expect("it exists")
    };
    tx.save_organisation(&enterprise).expect("an organisation");
    tx.commit().await.expect("no concurrent write");
    let node =
        root.post("/api/nodes", json!({ "name": "node-1", "fqdn": "node-1.provost.example" }));
    let node = id(&metered.ask("POST /api/nodes", node).await);
    metered.ask("GET /api/nodes", root.get("/api/nodes")).await;
    let assign = async {
        root.post(
            &format!("/api/nodes/{node}/assign-org"),
            json!({ "organisationId": enterprise.id }),
        )
        .await
    };
    metered.ask("POST /api/nodes/{id}/assign-org", assign).await;
    metered.ask("GET /api/organisations/{id}/nodes", owner.get(&format!("{org}/nodes"))).await;

    let zones = format!("{org}/dns/zones");
    let zone = metered
        .ask(
            "POST /api/organisations/{id}/dns/zones",
            owner.post(&zones, json!({ "name": "apex.example" })),
        )
        .await;
    metered.ask("GET /api/organisations/{id}/dns/zones", owner.get(&zones)).await;
    let text = |field: &str| zone["challenge"][field].as_str().expect("a challenge").to_owned();
    world.resolver.set_txt(&text("name"), &[&text("value")]);
    let zone = format!("{zones}/{}", id(&zone));
    metered.ask("GET /api/organisations/{id}/dns/zones/{zoneId}", owner.get(&zone)).await;
    let verify = async { owner.post(&format!("{zone}/verify"), json!({})).await };
    metered.ask("POST /api/organisations/{id}/dns/zones/{zoneId}/verify", verify).await;
    metered
        .ask(
            "GET /api/organisations/{id}/dns/zones/{zoneId}/zone-file",
            owner.get(&format!("{zone}/zone-file")),
        )
        .await;
    let records = format!("{zone}/records");
    let record = json!({ "name": "www", "type": "A", "content": "192.0.2.7" });
    let record = metered
        .ask(
            "POST /api/organisations/{id}/dns/zones/{zoneId}/records",
            owner.post(&records, record),
        )
        .await;
    metered
        .ask("GET /api/organisations/{id}/dns/zones/{zoneId}/records", owner.get(&records))
        .await;
    let record = format!("{records}/{}", id(&record));
    let replaced = json!({ "name": "www", "type": "A", "content": "192.0.2.8" });
    metered
        .ask(
            "PUT /api/organisations/{id}/dns/zones/{zoneId}/records/{recordId}",
            owner.put(&record, replaced),
        )
        .await;
    metered
        .ask(
            "DELETE /api/organisations/{id}/dns/zones/{zoneId}/records/{recordId}",
            owner.delete(&record),
        )
        .await;
    metered
        .ask("DELETE /api/organisations/{id}/dns/zones/{zoneId} (empty)", owner.delete(&zone))
        .await;
}
