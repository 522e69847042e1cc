//! Actions on organisations.

use provost_domain::{organisation::Organisation, time::MINUTE, user::PortalTier};
use provost_testkit::Someone;
use serde_json::json;

use super::{Story, id};

/// From creation to deletion, with all routes in between.
pub async fn live<'w>(story: &mut Story<'w, '_>, root: &Someone<'w>) {
    let world = story.world;
    let (owner, guest, other) =
        (world.person("Owner").await, world.person("Guest").await, world.person("Other").await);
    let org = id(&story.send("createOrganisation", &owner).await);
    story.send("listOrganisations", &owner).await;
    story.send("getOrganisation", &owner).to([&org]).await;
    story.send("updateOrganisation", &owner).to([&org]).await;
    story.send("uploadOrganisationAvatar", &owner).to([&org]).await;
    story.send("selectOrganisation", &owner).to([&org]).await;

    let invite = id(&story.send("inviteMember", &owner).to([&org]).await);
    world.settle().await;
    world.advance(MINUTE);
    story.send("resendInvitation", &owner).to([&org, &invite]).await;
    story.send("listMyInvitations", &guest).await;
    story.send("acceptInvitation", &guest).to([&invite]).await;
    let invited = async || {
        let path = format!("/api/organisations/{org}/invite");
        id(&owner.post(&path, json!({ "email": other.email })).await.status(201))
    };
    let second = invited().await;
    story.send("rejectInvitation", &other).to([&second]).await;
    let third = invited().await;
    story.send("revokeInvitation", &owner).to([&org, &third]).await;
    let (guest_id, other_id) = (guest.id.to_string(), other.id.to_string());
    story.send("addOrganisationMember", root).to([&org]).set("userId", other_id.clone()).await;
    story.send("listOrganisationMembers", &owner).to([&org]).variant("three").await;
    story.send("changeMemberRole", &owner).to([&org, &guest_id]).await;
    story.send("removeOrganisationMember", &owner).to([&org, &other_id]).await;
    story.send("leaveOrganisation", &guest).to([&org]).await;
    story.send("listOrganisationActivity", &owner).to([&org]).await;
    infrastructure(story, root, &owner, &org).await;

    let ended = id(&owner
        .post("/api/organisations", json!({ "name": "Short", "handle": "short-lived" }))
        .await
        .status(201));
    story.send("deleteOrganisation", &owner).to([&ended]).variant("alone").await;
}

async fn infrastructure<'w>(
    story: &mut Story<'w, '_>,
    root: &Someone<'w>,
    owner: &Someone<'w>,
    org: &str,
) {
    let world = story.world;
    let server = id(&story.send("createServer", owner).to([org]).await);
    story.send("listServers", owner).to([org]).await;
    story.send("deleteServer", owner).to([org, &server]).await;
    let found = world.app.store().organisation(org.parse().expect("an id")).await;
    let mut tx = world.app.transaction();
    let enterprise = Organisation {
        portal_tier: PortalTier::Enterprise,
        ..found.expect("the table responds").expect("it exists")
    };
    tx.save_organisation(&enterprise).expect("an organisation");
    tx.commit().await.expect("no concurrent write");
    let node = id(&story.send("createNode", root).await);
    story.send("listNodes", root).await;
    story.send("assignNode", root).to([&node]).set("organisationId", org).await;
    story.send("listOrganisationNodes", owner).to([org]).await;

    let zone = story.send("createDnsZone", owner).to([org]).await;
    story.send("listDnsZones", owner).to([org]).await;
    let text = |field: &str| zone["challenge"][field].as_str().expect("a challenge").to_owned();
    world.resolver.set_txt(&text("name"), &[&text("value")]);
    let zone = id(&zone);
    story.send("getDnsZone", owner).to([org, &zone]).await;
    story.send("verifyDnsZone", owner).to([org, &zone]).await;
    story.send("exportDnsZone", owner).to([org, &zone]).await;
    let record = id(&story.send("createDnsRecord", owner).to([org, &zone]).await);
    story.send("listDnsRecords", owner).to([org, &zone]).await;
    story.send("updateDnsRecord", owner).to([org, &zone, &record]).await;
    story.send("deleteDnsRecord", owner).to([org, &zone, &record]).await;
    story.send("deleteDnsZone", owner).to([org, &zone]).variant("empty").await;
}
