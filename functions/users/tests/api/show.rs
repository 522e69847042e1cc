//! `GET /v1/users/{user_id}`.

use provost_domain::{BuiltInRole, Permission, PermissionSet, RoleId, role::Role, time::MINUTE};
use serde_json::{Value, json};

use crate::support::{of, with, world};

#[tokio::test]
async fn a_user_is_found_by_id_and_by_every_unique_name() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    grace
        .put(&of(ada.id), json!({ "username": "ada.l", "email": "rana+lms@example.org" }))
        .await
        .ok();
    let unique_id = world.user(ada.id).await.expect("ada").unique_id;
    for name in [
        ada.id.to_string(),
        ada.id.to_string().to_lowercase(),
        // A plus in a path is a plus.
        "email:rana+lms@example.org".to_owned(),
        "email:Rana%2BLMS@Example.org".to_owned(),
        "username:ada.l".to_owned(),
        format!("unique_id:{unique_id}"),
        format!("unique_id:{}", unique_id.to_lowercase()),
    ] {
        assert_eq!(
            grace.get(&format!("/v1/users/{name}")).await.ok()["id"],
            json!(ada.id),
            "{name}"
        );
    }
    let me = grace.get("/v1/users/me").await.ok();
    assert_eq!((&me["id"], &me["is_admin"]), (&json!(grace.id), &json!(true)));
    for name in [
        "email:rana%20lms@example.org",
        "email:rana@example.org",
        "username:ADA.L",
        "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "unique_id:",
        "ada.l",
    ] {
        grace.get(&format!("/v1/users/{name}")).await.is(404, "INVALID_USER_ID");
    }
}

#[tokio::test]
async fn the_view_has_the_fields_of_the_directory_and_the_version() {
    let world = world().await;
    let (root, ada) =
        (world.staff("root", BuiltInRole::RootAdmin).await, world.person("Ada").await);
    let reply = root.get(&of(ada.id)).await;
    let shown = reply.ok();
    assert_eq!(reply.header("etag"), "\"1\"");
    assert_eq!(
        (&shown["name"], &shown["email"], &shown["status"], &shown["version"]),
        (&json!("Ada Lindqvist"), &json!(ada.email), &json!("active"), &json!(1))
    );
    assert_eq!(
        (&shown["is_admin"], &shown["is_instructor"], &shown["is_learner"]),
        (&json!(false), &json!(false), &json!(true))
    );
    assert_eq!(shown["roles"], json!([{ "id": "user", "name": "user", "label": "User" }]));
    assert_eq!(shown["auth_methods"], json!(["email"]));
    assert_eq!(
        (&shown["has_password"], &shown["must_reset_password"], &shown["mfa_enabled"]),
        (&json!(true), &json!(false), &json!(false))
    );
    assert_eq!(shown["security"]["session_count"], 1);
    // Null means that there is none; what is hidden is not there at all.
    for field in ["phone", "status_reason", "suspended_until", "deleted_at", "deletion"] {
        assert_eq!(shown.get(field), Some(&Value::Null), "{field}");
    }
    let completeness = json!({
        "score": 35, "complete": false,
        "missing": ["country", "phone", "date_of_birth", "avatar", "bio", "city", "designation", "timezone"],
    });
    assert_eq!(shown["profile_completeness"], completeness);
    assert_eq!(shown["profile"]["continent"], Value::Null);
    assert_eq!(shown["profile"]["social"]["website"], Value::Null);
    assert!(shown.get("redacted").is_none());
}

#[tokio::test]
async fn fields_that_the_caller_may_not_see_are_left_out_and_named() {
    let world = world().await;
    let ada = world.person("ada").await;
    world.give_everything(ada.id).await;
    let sam = with(&world, "sam", &[]).await;
    let shown = sam.get(&of(ada.id)).await.ok();
    let hidden = [
        "profile.address",
        "phone",
        "profile.date_of_birth",
        "direct_permissions",
        "security",
        "deletion",
    ];
    // Staff read deletions.
    let hidden = &hidden[..5];
    assert_eq!(shown["redacted"], json!(hidden));
    for path in hidden {
        let pointer = format!("/{}", path.replace('.', "/"));
        assert!(shown.pointer(&pointer).is_none(), "{path}");
    }
    assert!(shown["profile"]["bio"].is_string());
    let sara = with(&world, "sara", &[Permission::BillingRead, Permission::SessionRead]).await;
    let shown = sara.get(&of(ada.id)).await.ok();
    assert!(shown["phone"].is_string() && shown["security"].is_object());
    assert_eq!(shown["redacted"], json!(["profile.date_of_birth", "direct_permissions"]));
}

#[tokio::test]
async fn only_staff_who_view_users_reach_the_directory() {
    let world = world().await;
    let ada = world.person("ada").await;
    world.anyone().get(&of(ada.id)).await.is(401, "UNAUTHENTICATED");
    ada.get(&of(ada.id)).await.is(403, "ADMIN_REQUIRED");
    ada.get("/v1/users/me").await.is(403, "ADMIN_REQUIRED");
    let sam = with(&world, "sam", &[]).await;
    world
        .edit(sam.id, |sam| {
            sam.denials.insert(Permission::UserView);
        })
        .await;
    let refused = sam.get(&of(ada.id)).await.is(403, "PERMISSION_DENIED");
    assert_eq!(refused["missing"], json!(["user.view"]));
    sam.get(&format!("{}?include=notes", of(ada.id))).await.is(403, "PERMISSION_DENIED");
}

#[tokio::test]
async fn custom_roles_and_permissions_with_an_end_are_shown() {
    let world = world().await;
    let (root, ada) =
        (world.staff("root", BuiltInRole::RootAdmin).await, world.person("ada").await);
    let now = world.app.now();
    let role = Role {
        id: world.app.id(RoleId::new),
        name: "Editor".to_owned(),
        description: None,
        permissions: PermissionSet::new(),
        active: true,
        holders: 1,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let mut tx = world.app.transaction();
    tx.create_role(&role).expect("a role");
    tx.commit().await.expect("the table responds");
    let end = now.plus(5 * MINUTE);
    world
        .edit(ada.id, |user| {
            *user = user.clone().with_custom_role(&role).expect("a first role");
            user.temporary_grants.insert(Permission::UserList, end);
            user.denials.insert(Permission::OrgRead);
        })
        .await;
    let shown = root.get(&of(ada.id)).await.ok();
    let editor = json!({ "id": role.id, "name": "Editor", "label": "Editor" });
    assert_eq!(shown["roles"][1], editor);
    assert_eq!(
        shown["direct_permissions"],
        json!([
            { "name": "user.list", "effect": "allow", "expires_at": end },
            { "name": "org.read", "effect": "deny", "expires_at": null },
        ])
    );
    world.advance(5 * MINUTE);
    let shown = root.get(&of(ada.id)).await.ok();
    assert_eq!(shown["direct_permissions"].as_array().map(Vec::len), Some(1));
}
