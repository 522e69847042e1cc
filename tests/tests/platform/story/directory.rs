//! The routes of programs: users of the directory, and users, enrolments and content for other
//! services.

use provost_domain::{BuiltInRole, Permission};
use provost_testkit::{Someone, people::PASSWORD};
use serde_json::json;

use super::{Story, id};

/// A user is created, changed and deleted; a service creates another one.
pub async fn live<'w>(story: &mut Story<'w, '_>, root: &Someone<'w>) {
    let world = story.world;
    let user = id(&story.send("createUser", root).await);
    story.send("getDirectoryUser", root).to([&user]).await;
    story.send("updateDirectoryUser", root).to([&user]).await;
    let active = json!({ "status": "active", "reason": "Known in person." });
    story.send("updateDirectoryUser", root).to([&user]).body(active).variant("status").await;
    story.send("setUniqueId", root).to([&user]).await;
    story.send("linkOauthAccount", root).to([&user]).await;
    story.send("listUserAuditLogs", root).to([&user]).await;
    story.send("requestUserDeletion", root).to([&user]).await;

    let hedy = world.person("Hedy").await;
    let other = hedy.id.to_string();
    // The account of the example is linked to the other user.
    let google = json!({ "provider": "google", "provider_user_id": "2077" });
    root.post(&format!("/v1/users/{other}/oauth/link"), google).await.ok();
    story.send("unlinkOauthAccount", root).to([&other]).await;
    story.send("listDirectorySessions", root).to([&other]).await;
    let session = hedy.session.expect("a session").to_string();
    story.send("revokeDirectorySession", root).to([&other, &session]).await;
    let sign_in = json!({ "email": hedy.email, "password": PASSWORD });
    world.anyone().post("/api/sessions/login", sign_in).await.ok();
    story.send("revokeDirectorySessions", root).to([&other]).await;
    services(story, root, &other).await;
    world.settle().await;
    lists(story, root).await;
    bulk(story, root).await;
}

/// Users are changed in bulk, and the change is undone.
async fn bulk<'w>(story: &mut Story<'w, '_>, root: &Someone<'w>) {
    let world = story.world;
    let mut users = Vec::new();
    for name in ["Ines", "Jonas"] {
        users.push(world.person(name).await.id.to_string());
    }
    let user_ids = json!(users);
    let plan = story.send("bulkUpdateUsers", root).set("user_ids", user_ids.clone()).await;
    let plan = json!({ "plan_id": plan["plan_id"] });
    let job = id(&story.send("bulkUpdateUsers", root).body(plan).variant("plan").await);
    world.settle().await;
    story.send("listJobItems", root).to([&job]).await;
    story.send("undoJob", root).to([&job]).await;
    world.settle().await;
    let job = id(&story.send("bulkDeleteUsers", root).set("user_ids", user_ids.clone()).await);
    story.send("cancelJob", root).to([&job]).await;
    let planned = json!({ "user_ids": user_ids, "dry_run": true, "reason": "Left the school." });
    story.send("bulkDeleteUsers", root).body(planned).variant("dry run").await;
    world.settle().await;
    approvals(story, root).await;
}

/// A second person decides about bulk actions that touch staff.
async fn approvals<'w>(story: &mut Story<'w, '_>, root: &Someone<'w>) {
    let world = story.world;
    let second = world.staff("Karin", BuiltInRole::RootAdmin).await;
    let staff = world.staff("Lars", BuiltInRole::Staff).await;
    for operation in ["rejectJob", "approveJob"] {
        let body = json!({ "user_ids": [staff.id], "status": "inactive", "reason": "Left us." });
        let job = id(&root.post("/v1/users/bulk/update", body).await.status(202));
        story.send("listJobs", &second).await;
        story.send(operation, &second).to([&job]).await;
    }
    world.settle().await;
}

/// What the user index answers. The first request reads the index.
async fn lists<'w>(story: &mut Story<'w, '_>, root: &Someone<'w>) {
    root.get("/v1/users/stats").await.ok();
    story.send("listDirectoryUsers", root).await;
    story.send("listUserFilterValues", root).await;
    story.send("listUserFieldValues", root).await;
    story.send("getUserStats", root).await;
    story.send("getUserGrowth", root).await;
    story.send("getUserOverview", root).await;
    story.send("exportDirectoryUsers", root).await;
    story.send("exportDirectoryUsers", root).query([("async", "true")]).variant("archive").await;
    let plan = story.send("importDirectoryUsers", root).await;
    let plan = plan["plan_id"].as_str().expect("an id").to_owned();
    story.send("importDirectoryUsers", root).query([("plan_id", &plan)]).variant("two").await;
    let view = id(&story.send("createSavedView", root).await);
    story.send("listSavedViews", root).await;
    story.send("updateSavedView", root).to([&view]).await;
    story.send("deleteSavedView", root).to([&view]).await;
    story.world.settle().await;
}

async fn services<'w>(story: &mut Story<'w, '_>, root: &Someone<'w>, other: &str) {
    let world = story.world;
    let scopes = Permission::ALL.to_vec();
    let made = json!({ "name": "campus", "scopes": scopes });
    let made = root.post("/api/admin/system-key", made).await.status(201);
    let campus = world.anyone().with_token(made["key"].as_str().expect("a key"));
    // The first request notes when the key was used.
    campus.get("/v1/system/roles").await.ok();
    let got = story.send("getOrCreateUser", &campus).await;
    let user = got["user"]["id"].as_str().expect("an id").to_owned();
    story.send("getOrCreateUser", &campus).variant("existing").await;
    story.send("searchDirectoryUsers", &campus).await;
    let ids = format!("{user},{other}");
    story.send("getUsersByIds", &campus).query([("ids", &ids)]).await;
    story.send("changeFlags", &campus).to([&user]).await;
    story.send("changeRoles", &campus).to([&user]).await;
    story.send("changeSystemPermissions", &campus).to([&user]).await;
    story.send("listSystemRoles", &campus).await;
    story.send("recordEnrollment", &campus).to([&user, "algebra-1"]).await;
    let url = "url_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    story.send("registerSystemContent", &campus).to([url]).set("owner_id", user).await;
}
