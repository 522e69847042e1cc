//! Nobody grants what they lack, acts on themselves, or acts on users who have more than they do.

use provost_domain::{BuiltInRole, Permission, time::SECOND};
use provost_testkit::{Someone, World};
use serde_json::json;

use crate::support::{
    REASON, assign, change, deny, direct, effective, grant, path, remove, role, root, unassign,
    world,
};

/// An administrator who may define and assign roles.
async fn assigner<'w>(world: &'w World, name: &str) -> Someone<'w> {
    let someone = world.staff(name, BuiltInRole::Admin).await;
    world.edit(someone.id, |user| _ = user.grants.insert(Permission::RoleAssign)).await;
    someone
}

#[tokio::test]
async fn nobody_grants_what_they_lack() {
    let world = world().await;
    let (root, grace, eve) =
        (root(&world).await, assigner(&world, "grace").await, world.person("eve").await);
    let refused = grant(&grace, &eve, "user.purge").await.is(403, "SUPERADMIN_REQUIRED");
    assert_eq!(refused["missing"], json!(["user.purge"]));
    let made = json!({ "name": "Purger", "permissions": ["user.list", "user.purge"] });
    grace.post("/v1/rbac/roles", made).await.is(403, "SUPERADMIN_REQUIRED");
    let purger = role(&root, "Purger", &["user.list", "user.purge"]).await;
    assign(&grace, &eve, &purger).await.is(403, "SUPERADMIN_REQUIRED");
    let copy = json!({ "name": "Copy" });
    grace.post(&format!("{}/clone", path(&purger)), copy).await.is(403, "SUPERADMIN_REQUIRED");
    for edit in [
        json!({ "permissions": ["user.list"] }),
        json!({ "active": false }),
        json!({ "name": "x" }),
    ] {
        change(&grace, &purger, edit).await.is(403, "SUPERADMIN_REQUIRED");
    }
    grace.delete(&path(&purger)).await.is(403, "SUPERADMIN_REQUIRED");
    assign(&grace, &eve, "rootAdmin").await.is(403, "SUPERADMIN_REQUIRED");
    let lister = role(&grace, "Lister", &["user.list"]).await;
    assign(&grace, &eve, &lister).await.ok();
    let more = json!({ "permissions": ["user.list", "system.key"] });
    change(&grace, &lister, more).await.is(403, "SUPERADMIN_REQUIRED");
    assert_eq!(effective(&root, &eve).await, ["user.list"]);
}

#[tokio::test]
async fn an_inactive_role_is_guarded_like_an_active_one() {
    let world = world().await;
    let (root, grace, eve) =
        (root(&world).await, assigner(&world, "grace").await, world.person("eve").await);
    let purger = role(&root, "Purger", &["user.purge"]).await;
    change(&root, &purger, json!({ "active": false })).await.ok();
    assign(&grace, &eve, &purger).await.is(403, "SUPERADMIN_REQUIRED");
    assign(&root, &eve, &purger).await.ok();
    change(&grace, &purger, json!({ "active": true })).await.is(403, "SUPERADMIN_REQUIRED");
    grace
        .post(&format!("{}/clone", path(&purger)), json!({ "name": "Copy" }))
        .await
        .is(403, "SUPERADMIN_REQUIRED");
}

#[tokio::test]
async fn nobody_changes_their_own_rights() {
    let world = world().await;
    let (root, grace) = (root(&world).await, assigner(&world, "grace").await);
    let id = role(&root, "Lister", &["user.list"]).await;
    for someone in [&root, &grace] {
        assign(someone, someone, &id).await.is(409, "CANNOT_MODIFY_SELF");
        unassign(someone, someone, &id).await.is(409, "CANNOT_MODIFY_SELF");
        grant(someone, someone, "user.list").await.is(409, "CANNOT_MODIFY_SELF");
        deny(someone, someone, "user.list").await.is(409, "CANNOT_MODIFY_SELF");
        remove(someone, someone, "user.list").await.is(409, "CANNOT_MODIFY_SELF");
    }
    // A role that the actor holds would carry a grant with an end beyond its end.
    assign(&root, &grace, &id).await.ok();
    let more = json!({ "permissions": ["user.list", "role.assign"] });
    change(&grace, &id, more).await.is(409, "CANNOT_MODIFY_SELF");
    change(&grace, &id, json!({ "active": false })).await.is(409, "CANNOT_MODIFY_SELF");
    change(&grace, &id, json!({ "name": "Reader of lists" })).await.ok();
}

#[tokio::test]
async fn nobody_acts_on_a_user_who_has_more_or_the_same_rank() {
    let world = world().await;
    let (root, grace, hugo, sam) = (
        root(&world).await,
        assigner(&world, "grace").await,
        assigner(&world, "hugo").await,
        world.staff("sam", BuiltInRole::Staff).await,
    );
    let lister = role(&root, "Lister", &["user.list"]).await;
    assign(&grace, &hugo, &lister).await.is(403, "OUTRANKED");
    assign(&grace, &root, &lister).await.is(403, "OUTRANKED");
    assign(&grace, &sam, &lister).await.ok();
    // A lower rank with a permission that the actor lacks, by a role or by a grant.
    let purger = role(&root, "Purger", &["user.purge"]).await;
    assign(&root, &sam, &purger).await.ok();
    for refused in [
        deny(&grace, &sam, "user.list").await,
        unassign(&grace, &sam, &lister).await,
        grant(&grace, &sam, "user.view").await,
    ] {
        refused.is(403, "OUTRANKED");
    }
    sam.get("/api/admin/users").await.ok();
    grace
        .post(
            &format!("/api/admin/users/{}/ban", sam.id),
            json!({ "type": "permanent", "reason": REASON }),
        )
        .await
        .is(403, "OUTRANKED");
    change(&root, &purger, json!({ "active": false })).await.ok();
    deny(&grace, &sam, "user.list").await.ok();
}

#[tokio::test]
async fn a_denial_is_neither_lifted_nor_shortened_by_who_lacks_the_permission() {
    let world = world().await;
    let (root, grace, eve) =
        (root(&world).await, assigner(&world, "grace").await, world.person("eve").await);
    grant(&root, &eve, "user.purge").await.ok();
    deny(&root, &eve, "user.purge").await.ok();
    remove(&grace, &eve, "user.purge").await.is(403, "SUPERADMIN_REQUIRED");
    let shorter =
        json!({ "effect": "deny", "expires_at": world.app.now().plus(SECOND), "reason": REASON });
    grace.post(&direct(&eve, "user.purge"), shorter).await.is(403, "SUPERADMIN_REQUIRED");
    deny(&grace, &eve, "user.purge").await.ok();
    world.advance(2 * SECOND);
    assert_eq!(effective(&root, &eve).await, Vec::<String>::new());
    remove(&root, &eve, "user.purge").await.ok();
    assert_eq!(effective(&root, &eve).await, ["user.purge"]);
}

#[tokio::test]
async fn an_api_key_grants_only_what_its_scopes_hold() {
    let world = world().await;
    let (root, eve) = (root(&world).await, world.person("eve").await);
    let key = with_key(&world, &root, [Permission::RoleAssign, Permission::UserList]).await;
    grant(&key, &eve, "user.list").await.ok();
    grant(&key, &eve, "user.view").await.is(403, "PERMISSION_DENIED");
    grant(&root, &eve, "user.view").await.ok();
    deny(&key, &eve, "user.list").await.is(403, "OUTRANKED");
}

/// The same user with an API key of these scopes.
async fn with_key<'w>(
    world: &World,
    someone: &Someone<'w>,
    scopes: [Permission; 2],
) -> Someone<'w> {
    use provost_domain::{ApiKeyId, api_key::LiveKey};
    let key = provost_auth::secret::api_key(someone.id).expect("randomness");
    let live = LiveKey {
        digest: provost_auth::secret::digest_of(&key),
        scopes: Some(scopes.into()),
        self_read: false,
        expires_at: None,
        last_used_at: None,
    };
    let id = world.app.id(ApiKeyId::new);
    world.edit(someone.id, |user| _ = user.api_keys.insert(id, live)).await;
    someone.with_token(&key)
}
