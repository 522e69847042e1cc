//! What becomes of the roles of a user who is restored or erased.

use provost_local::Function;
use provost_testkit::{Someone, World};
use serde_json::json;

use crate::support::{assign, effective, grant, path, role, root};

async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("roles", fn_roles::routes().router(app.clone())),
            Function::http("deletions", fn_deletions::routes().router(app.clone())),
            Function::http("directory", fn_directory::routes().router(app.clone())),
            Function::worker_over("outbox", app, fn_outbox::handle),
            Function::worker_over("deletion-worker", app, fn_deletion_worker::handle),
        ]
    })
    .await
}

/// Root purges the account: it is erased when the messages are delivered.
async fn purge(root: &Someone<'_>, user: &Someone<'_>) {
    let body = json!({ "confirmDelete": true, "reason": "Asked for." });
    root.delete_with(&format!("/api/admin/users/{}", user.id), body).await.status(202);
}

#[tokio::test]
async fn a_restored_account_has_none_of_its_roles_and_grants() {
    let world = world().await;
    let (root, eve) = (root(&world).await, world.person("eve").await);
    let id = role(&root, "Lister", &["user.list"]).await;
    assign(&root, &eve, &id).await.ok();
    grant(&root, &eve, "role.read").await.ok();
    purge(&root, &eve).await;
    let other = role(&root, "Other", &["user.list"]).await;
    assign(&root, &eve, &other).await.is(409, "INVALID_ACTION");
    root.post(&format!("/v1/users/{}/restore", eve.id), json!({})).await.ok();
    assert_eq!(effective(&root, &eve).await, Vec::<String>::new());
    assert_eq!(root.get(&path(&id)).await.ok()["holders"], 0);
    assert_eq!(root.get(&format!("{}/users", path(&id))).await.ok()["data"], json!([]));
    root.delete(&path(&id)).await.status(204);
    world.settle().await;
}

#[tokio::test]
async fn an_erased_user_is_no_holder_of_a_role() {
    let world = world().await;
    let (mut root, eve, ada) =
        (root(&world).await, world.person("eve").await, world.person("ada").await);
    let id = role(&root, "Lister", &["user.list"]).await;
    let idle = role(&root, "Idle", &["user.list"]).await;
    root.put(&path(&idle), json!({ "active": false })).await.ok();
    for someone in [&eve, &ada] {
        assign(&root, someone, &id).await.ok();
    }
    assign(&root, &eve, &idle).await.ok();
    purge(&root, &eve).await;
    world.settle().await;
    world.pass(provost_domain::time::HOUR).await;
    world.settle().await;
    assert!(world.user(eve.id).await.is_none(), "the account is erased");
    root.renew().await;
    let holders = root.get(&format!("{}/users", path(&id))).await.ok();
    assert_eq!(holders["pagination"]["total"], 1);
    assert_eq!(holders["data"][0]["user_id"], ada.id.to_string());
    root.delete(&path(&idle)).await.status(204);
    assert_eq!(world.emulators.items_beginning("accounts", &format!("ROLEHOLDERS#{idle}")), 0);
}
