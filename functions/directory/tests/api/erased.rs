//! No search finds an erased user.

use provost_domain::BuiltInRole;
use serde_json::json;

use crate::stage::{PRO, field, found, organisation, server, world};

#[tokio::test]
async fn no_search_finds_an_erased_user_or_their_own_items() {
    let world = world().await;
    let (root, ada) =
        (world.staff("root", BuiltInRole::RootAdmin).await, world.person("ada").await);
    world.edit(ada.id, |ada| ada.first_name = "Augusta".to_owned()).await;
    let before = world.user(ada.id).await.expect("the user exists");
    let username: provost_domain::Username = "countess".parse().expect("a username");
    let mut tx = world.app.transaction();
    tx.move_username(ada.id, None, &username, world.app.now()).expect("a claim");
    tx.save_user(&provost_domain::User { username: Some(username), ..before.clone() })
        .expect("a user");
    tx.commit().await.expect("no concurrent write");
    root.post(&format!("/api/admin/users/{}/apply-plan", ada.id), json!({"planId": PRO}))
        .await
        .ok();
    let apex = organisation(&world, &ada, "Augusta's", "augustas").await;
    let box_of = server(&world, apex, "augusta's box").await;

    let ways = [
        ada.id.to_string(),
        ada.email.clone(),
        "countess".to_owned(),
        before.unique_id.clone(),
        "aug".to_owned(),
        "ada@".to_owned(),
        PRO.to_owned(),
        apex.to_string(),
        "augustas".to_owned(),
        box_of.to_string(),
    ];
    for way in &ways {
        let groups = found(&root, way).await;
        let rows: usize = ["users", "organisations", "servers", "orders"]
            .iter()
            .map(|kind| groups[kind]["rows"].as_array().map_or(0, Vec::len))
            .sum();
        assert!(rows > 0, "{way} finds results while the user exists");
    }

    // After the deletion request, the user is still found, as deleted; after the erasure not.
    root.delete_with(
        &format!("/api/admin/users/{}", ada.id),
        json!({"reason": "asked for it", "confirmDelete": true}),
    )
    .await
    .status(202);
    assert_eq!(field(&found(&root, &ada.email).await["users"], "status"), ["deleted"]);
    world.settle().await;
    assert!(world.user(ada.id).await.is_none());
    for way in &ways {
        let groups = found(&root, way).await;
        for kind in ["users", "organisations", "servers", "orders"] {
            let group = &groups[kind];
            assert_eq!(
                (&group["rows"], &group["total"]),
                (&json!([]), &json!(0)),
                "{kind} by {way}"
            );
            assert!(group["nextCursor"].is_null(), "{kind} by {way}");
        }
    }
}
