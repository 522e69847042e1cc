//! The audit log of an impersonation: both ids in each entry, and the action is the staff member's.

use provost_domain::audit::Record;
use provost_testkit::{Someone, World};
use serde_json::json;

use crate::support::{STOP, WHY, acting, grace, started, world};

/// The entries about a user, oldest first.
async fn entries(world: &World, user: &Someone<'_>) -> Vec<Record> {
    let about = world.user(user.id).await.expect("the account").pseudonym;
    let mut entries =
        world.app.store().recent_entries_about(about, 100).await.expect("the table responds");
    entries.reverse();
    entries
}

#[tokio::test]
async fn every_request_is_an_entry_of_the_staff_member_with_both_ids() {
    let world = world().await;
    let (grace, ada) = (grace(&world).await, world.person("ada").await);
    let (as_ada, _) = started(&grace, &ada, "masquerade").await;
    as_ada.get("/api/users/me").await.ok();
    as_ada.put("/api/users/me", json!({ "displayName": "Ada L." })).await.ok();
    as_ada.post("/api/users/me/deletion-request", json!({})).await.is(403, "PERMISSION_DENIED");
    as_ada.get("/api/admin/users").await.is(403, "ADMIN_REQUIRED");
    as_ada.get("/api/users/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV").await.is(404, "INVALID_USER_ID");
    as_ada.post(STOP, json!({})).await.status(204);
    as_ada.get("/api/users/me").await.is(401, "SESSION_ENDED");

    let entries = entries(&world, &ada).await;
    let said: Vec<_> = entries
        .iter()
        .map(|entry| (entry.action.as_str(), entry.route.as_str(), entry.success))
        .collect();
    assert_eq!(
        said,
        [
            ("impersonation.started", "POST /v1/auth/impersonate/{user_id}", true),
            ("impersonation.request", "GET /api/users/me", true),
            ("impersonation.request", "PUT /api/users/me", true),
            ("user.updated", "PUT /api/users/me", true),
            ("impersonation.request", "POST /api/users/me/deletion-request", false),
            ("impersonation.request", "GET /api/admin/users", false),
            ("impersonation.request", "GET /api/users/{id}", false),
            ("impersonation.stopped", "POST /v1/auth/impersonate/stop", true),
        ]
    );
    let (staff, user) = (grace.id.to_string(), ada.id.to_string());
    for entry in &entries {
        assert_eq!(entry.actor.id.as_deref(), Some(staff.as_str()), "{}", entry.action);
        assert_eq!(entry.target.as_deref(), Some(user.as_str()), "{}", entry.action);
        let by_token =
            !matches!(entry.action.as_str(), "impersonation.started" | "impersonation.stopped");
        let acted_as = by_token.then_some(user.as_str());
        assert_eq!(entry.actor.impersonating.as_deref(), acted_as, "{}", entry.action);
    }
    assert_eq!(entries[0].reason.as_deref(), Some(WHY));
    assert_eq!(entries[4].reason.as_deref(), Some("PERMISSION_DENIED"));
}

#[tokio::test]
async fn a_request_whose_entry_cannot_be_written_is_not_handled() {
    let world = world().await;
    let (grace, ada) = (grace(&world).await, world.person("ada").await);
    let as_ada = acting(&grace, &ada).await;
    // A month has up to 64 further partitions.
    world.interceptor.throttle("MONTH#2026-11");
    for number in 1..=64 {
        world.interceptor.throttle(&format!("MONTH#2026-11#{number}"));
    }
    as_ada.get("/api/users/me").await.is(503, "UNAVAILABLE");
}

#[tokio::test]
async fn a_request_that_is_decided_again_is_one_entry() {
    let world = world().await;
    let (grace, ada) = (grace(&world).await, world.person("ada").await);
    let (as_ada, _) = started(&grace, &ada, "masquerade").await;
    // Changes of one account at once are decided again until each is done.
    let change = |n: usize| {
        let as_ada = &as_ada;
        async move { as_ada.put("/api/users/me", json!({ "displayName": format!("Ada {n}") })).await }
    };
    let (a, b, c, d) = tokio::join!(change(1), change(2), change(3), change(4));
    for reply in [a, b, c, d] {
        reply.ok();
    }
    let requests = entries(&world, &ada).await;
    let requests = requests.iter().filter(|entry| entry.action == "impersonation.request");
    assert_eq!(requests.count(), 4);
}
