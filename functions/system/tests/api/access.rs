//! Who reaches the routes for services.

use bytes::Bytes;
use provost_domain::{BuiltInRole, Permission};
use serde_json::json;

use crate::support::{service, world};

#[tokio::test]
async fn only_a_live_system_key_with_the_scope_is_accepted() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let narrow = service(&world, "narrow", &[Permission::StorageRead]).await;
    for row in fn_system::routes().rows {
        let path = row
            .path
            .replace("{user_id}", &root.id.to_string())
            .replace("{program_id}", "crs-1")
            .replace("{id}", "fil_01ARZ3NDEKTSV4RRFFQ69G5FAV");
        let ask = async |who: &provost_testkit::Someone<'_>| {
            // A broken body is read only after access is decided.
            who.ask(row.method.clone(), &path, "application/json", Bytes::from_static(b"{")).await
        };
        ask(&world.anyone()).await.is(401, "SYSTEM_KEY_REQUIRED");
        ask(&root).await.is(401, "SYSTEM_KEY_REQUIRED");
        let forged = world.anyone().with_token("esk_01ARZ3NDEKTSV4RRFFQ69G5FAV.learning.x");
        ask(&forged).await.is(401, "SYSTEM_KEY_REQUIRED");
        let refused = ask(&narrow).await.is(403, "PERMISSION_DENIED");
        assert_eq!(refused["missing"].as_array().map(Vec::len), Some(1), "{path}");
    }
}

#[tokio::test]
async fn a_system_key_is_accepted_in_its_own_header_too_and_nowhere_else() {
    let world = world().await;
    let reader = service(&world, "learning", &[Permission::RoleRead, Permission::UserView]).await;
    let key = reader.token.clone().expect("a key");
    let by_header = world.anyone().with_header("x-system-token", &key);
    by_header.get("/v1/system/roles").await.ok();
    reader.get("/v1/users/me").await.is(401, "UNAUTHENTICATED");
    reader.post("/v1/users", json!({})).await.is(401, "UNAUTHENTICATED");
}
