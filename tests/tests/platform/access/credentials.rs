//! Email address, phone number, username and password of another user: changing them requires
//! `user.credentials` and rank; `user.update` alone is not enough.

use provost_domain::{BuiltInRole, Permission};
use serde_json::json;

#[tokio::test]
async fn contacts_of_others_require_user_credentials_and_rank() {
    let world = crate::world().await;
    let ada = world.person("ada").await;
    let editor = world.staff("editor", BuiltInRole::Staff).await;
    world.edit(editor.id, |record| record.grants.extend([Permission::UserUpdate])).await;
    let path = format!("/api/users/{}", ada.id);
    for (field, value) in [
        ("email", json!("new@ada.example")),
        ("phone", json!("+4791234567")),
        ("username", json!("ada-lovelace")),
    ] {
        let refused = editor.put(&path, json!({field: value})).await.is(403, "PERMISSION_DENIED");
        assert_eq!(refused["missing"], json!(["user.credentials"]), "{field}");
    }
    // One forbidden field fails the whole request, and the password is refused before its value is
    // checked.
    editor
        .put(&path, json!({"firstName": "Eve", "phone": "+4791234567"}))
        .await
        .is(403, "PERMISSION_DENIED");
    let refused = editor.put(&path, json!({"password": "x"})).await.is(403, "PERMISSION_DENIED");
    assert_eq!(refused["missing"], json!(["user.credentials"]));
    assert_eq!(world.user(ada.id).await.expect("ada").first_name, "ada");
    editor.put(&path, json!({"firstName": "Augusta"})).await.ok();
    // An unchanged value needs no permission: a form may send it back.
    editor.put(&path, json!({"lastName": "King", "email": ada.email})).await.ok();

    world.edit(editor.id, |record| record.grants.extend([Permission::UserCredentials])).await;
    editor.put(&path, json!({"phone": "+4791234567", "username": "ada-lovelace"})).await.ok();
    editor.put(&path, json!({"phone": null})).await.ok();
    editor.put(&path, json!({"email": "new@ada.example"})).await.ok();
    // Staff cannot choose a password for another user: the user gets a link by email.
    editor.put(&path, json!({"password": "Another-Harbour-7"})).await.is(422, "VALIDATION_FAILED");
    world.settle().await;
}

#[tokio::test]
async fn contacts_of_a_colleague_who_is_not_below_do_not_change() {
    let world = crate::world().await;
    let (grace, ivan) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("ivan", BuiltInRole::Admin).await,
    );
    let path = format!("/api/users/{}", ivan.id);
    for body in [
        json!({"email": "mine@grace.example"}),
        json!({"phone": "+4791234567"}),
        json!({"username": "ivan-the-great"}),
    ] {
        grace.put(&path, body).await.is(403, "OUTRANKED");
    }
    // A user without rank who has both permissions changes no contacts, since nobody is below them.
    let helper = world.person("helper").await;
    let both = [Permission::UserUpdate, Permission::UserCredentials];
    world.edit(helper.id, |user| user.grants.extend(both)).await;
    let ada = world.person("ada").await;
    helper
        .put(&format!("/api/users/{}", ada.id), json!({"phone": "+4791234567"}))
        .await
        .is(403, "OUTRANKED");
    // A key with scopes is limited to them, regardless of its owner's permissions.
    let made =
        grace.post("/api/apikeys", json!({"name": "editor", "scopes": ["user.update"]})).await.ok();
    let key = grace.with_token(made["key"].as_str().expect("a key"));
    key.put(&format!("/api/users/{}", ada.id), json!({"phone": "+4791234567"}))
        .await
        .is(403, "PERMISSION_DENIED");
}
