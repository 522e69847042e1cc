//! Who may see figures.

use provost_domain::BuiltInRole;
use serde_json::json;

use crate::{ANALYTICS, world};

#[tokio::test]
async fn every_route_requires_the_permission() {
    let world = world().await;
    let (grace, sam, ada) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("sam", BuiltInRole::Staff).await,
        world.person("ada").await,
    );
    for path in [ANALYTICS, "/api/admin/status", "/api/updates/check"] {
        world.anyone().get(path).await.is(401, "UNAUTHENTICATED");
        ada.get(path).await.is(403, "ADMIN_REQUIRED");
        let denied = sam.get(path).await.is(403, "PERMISSION_DENIED");
        assert_eq!(denied["missing"], json!(["insight.read"]), "{path}");
        grace.get(path).await.ok();
        grace.get(&format!("{path}?nothing=1")).await.is(400, "UNKNOWN_PARAMETER");
        grace.post(path, json!({})).await.is(405, "METHOD_NOT_ALLOWED");
    }
    grace.get("/api/updates/nothing").await.is(404, "NOT_FOUND");
}
