//! Roles, permissions and impersonations.

use provost_domain::BuiltInRole;
use provost_testkit::Someone;
use serde_json::json;

use super::{Story, id};

/// Defining a role, giving and taking it, and acting as a user.
pub async fn live<'w>(story: &mut Story<'w, '_>, root: &Someone<'w>) {
    let world = story.world;
    let (mia, noa) = (world.person("Mia").await, world.person("Noa").await);
    let (user, other) = (mia.id.to_string(), noa.id.to_string());
    story.send("listPermissions", root).await;
    let role = id(&story.send("createRole", root).await);
    let copy = id(&story.send("cloneRole", root).to([&role]).await);
    story.send("listRoles", root).await;
    story.send("assignRole", root).to([&user, &role]).await;
    story.send("updateRole", root).to([&role]).await;
    story.send("getRole", root).to([&role]).await;
    story.send("listRoleHolders", root).to([&role]).await;
    story.send("setUserPermission", root).to([&user, "user.view"]).await;
    story.send("getEffectivePermissions", root).to([&user]).await;
    story.send("removeUserPermission", root).to([&user, "user.view"]).await;
    // A holder of a custom role costs one read more.
    let reports = story.send("listReports", &mia);
    reports.variant("by the holder of a custom role").await;
    story.send("unassignRole", root).to([&user, &role]).await;
    story.send("deleteRole", root).to([&copy]).await;

    let sam = world.staff("Sam", BuiltInRole::Admin).await;
    let started = story.send("startImpersonation", &sam).to([&other]).await;
    let token = started["access_token"].as_str().expect("a token").to_owned();
    let acting = noa.with_token(&token);
    // Both accounts are read at once, and each request is an audit entry.
    story.send("getCurrentUser", &acting).variant("by staff who act as the user").await;
    story.send("listImpersonations", root).await;
    story.send("stopImpersonation", &acting).await;
    let again = json!({ "reason": "Look at the list of servers again." });
    let path = format!("/v1/auth/impersonate/{other}");
    let again = sam.post(&path, again).await.status(201);
    let again = again["session_id"].as_str().expect("an id");
    story.send("endImpersonation", root).to([again]).await;
}
