//! `GET /v1/system/users/search`, `…/by-ids` and `GET /v1/system/roles`.

use provost_domain::{
    BuiltInRole,
    Permission::{RoleRead, UserList, UserView},
};
use serde_json::json;

use crate::support::{service, world};

#[tokio::test]
async fn users_by_id_come_in_the_order_of_the_request_each_once() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let learning = service(&world, "learning", &[UserView]).await;
    let (ada, bob, gone) =
        (world.person("ada").await, world.person("bob").await, world.person("gone").await);
    root.delete(&format!("/v1/users/{}", gone.id)).await.ok();
    let unknown = "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let ids = format!("{},{unknown},{},{},no-id,{},no-id", bob.id, ada.id, bob.id, gone.id);
    let found = learning.get(&format!("/v1/system/users/by-ids?ids={ids}")).await.ok();
    let order: Vec<_> = found["data"].as_array().expect("users").iter().map(|u| &u["id"]).collect();
    assert_eq!(order, [&json!(bob.id), &json!(ada.id)]);
    assert_eq!(found["missing"], json!([unknown, "no-id"]));
    assert_eq!(found["deleted"], json!([gone.id]));
    assert!(
        found["data"][0]["redacted"]
            .as_array()
            .is_some_and(|names| names.contains(&json!("phone")))
    );
    for (ids, code) in
        [(vec![unknown; 101].join(","), "too_many"), (format!("{},,", ada.id), "empty")]
    {
        let refused = learning.get(&format!("/v1/system/users/by-ids?ids={ids}")).await;
        assert_eq!(refused.is(422, "VALIDATION_FAILED")["errors"][0]["code"], code);
    }
    learning.get("/v1/system/users/by-ids").await.is(422, "VALIDATION_FAILED");
}

#[tokio::test]
async fn a_search_finds_a_user_by_one_exact_value() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let learning = service(&world, "learning", &[UserList]).await;
    let (ada, gone) = (world.person("ada").await, world.person("gone").await);
    let contacts = json!({ "username": "ada.l", "phone": "+4722225555", "external_id": "Sis:7" });
    root.put(&format!("/v1/users/{}", ada.id), contacts).await.ok();
    let unique_id = world.user(ada.id).await.expect("ada").unique_id;
    for query in [
        format!("id={}", ada.id),
        format!("email={}", ada.email.to_uppercase()),
        "phone=%2B4722225555".to_owned(),
        "username=ada.l".to_owned(),
        format!("unique_id={}", unique_id.to_lowercase()),
        "external_id=Sis:7".to_owned(),
    ] {
        let found = learning.get(&format!("/v1/system/users/search?{query}")).await.ok();
        assert_eq!(
            (&found["pagination"]["total"], &found["data"][0]["id"]),
            (&json!(1), &json!(ada.id)),
            "{query}"
        );
    }
    let none = learning.get("/v1/system/users/search?username=nobody").await.ok();
    assert_eq!(none["pagination"]["total"], 0);
    root.delete(&format!("/v1/users/{}", gone.id)).await.ok();
    let none = learning.get(&format!("/v1/system/users/search?email={}", gone.email)).await.ok();
    assert_eq!(none["data"], json!([]));
    for (field, query) in [
        ("email", ""),
        ("username", "?email=ada@user.example&username=ada.l"),
        ("email", "?email=ada"),
        ("unique_id", "?unique_id=a%20b"),
    ] {
        let refused = learning.get(&format!("/v1/system/users/search{query}")).await;
        assert_eq!(refused.is(422, "VALIDATION_FAILED")["errors"][0]["field"], field, "{query}");
    }
    learning.get("/v1/system/users/search?q=ada").await.is(400, "UNKNOWN_PARAMETER");
}

#[tokio::test]
async fn roles_are_listed_with_their_permissions_by_name_in_any_letter_case() {
    let world = world().await;
    let learning = service(&world, "learning", &[RoleRead]).await;
    let all = learning.get("/v1/system/roles").await.ok();
    assert_eq!(all["pagination"]["total"], 4);
    for name in ["staff", "STAFF", "Staff"] {
        let found = learning.get(&format!("/v1/system/roles?name={name}")).await.ok();
        assert_eq!(
            (&found["pagination"]["total"], &found["data"][0]["name"]),
            (&json!(1), &json!("staff"))
        );
        let permissions = found["data"][0]["permissions"].as_array().expect("permissions");
        assert!(permissions.contains(&json!("user.view")));
    }
    let some = learning.get("/v1/system/roles?names=superadmin,USER&limit=1").await.ok();
    assert_eq!(
        (&some["pagination"]["total"], &some["data"][0]["name"]),
        (&json!(2), &json!("rootAdmin"))
    );
    learning.get("/v1/system/roles?name=editor").await.is(404, "NOT_FOUND");
    learning.get("/v1/system/roles?name=user&names=staff").await.is(422, "VALIDATION_FAILED");
}
