//! S3: resources of another user do not exist for the caller.

use bytes::Bytes;
use provost_domain::BuiltInRole;
use serde_json::json;

#[tokio::test]
async fn routes_for_own_data_return_not_found_for_the_id_of_another_user() {
    let world = crate::world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let before = world.user(bob.id).await.expect("bob");
    let mut asked = 0;
    for row in crate::api_tables().into_iter().flat_map(|function| function.rows) {
        if !row.access.starts_with("own or") {
            continue;
        }
        let path =
            row.path.replace("{id}", &bob.id.to_string()).replace("{userId}", &bob.id.to_string());
        ada.ask(row.method.clone(), &path, "application/json", Bytes::from_static(b"{}"))
            .await
            .is(404, "INVALID_USER_ID");
        asked += 1;
    }
    assert!(asked >= 4, "only {asked} routes are for own data");
    let after = world.user(bob.id).await.expect("bob");
    assert_eq!(
        (before.revision, before.sessions.len()),
        (after.revision, after.sessions.len()),
        "no data of bob has changed"
    );
}

#[tokio::test]
async fn an_unknown_user_looks_like_one_that_the_caller_may_not_see() {
    let world = crate::world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let strip = |mut body: serde_json::Value| {
        body["requestId"] = serde_json::Value::Null;
        body
    };
    let hidden = ada.get(&format!("/api/users/{}", bob.id)).await.is(404, "INVALID_USER_ID");
    let missing =
        ada.get("/api/users/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV").await.is(404, "INVALID_USER_ID");
    let garbled = ada.get("/api/users/no-such-thing").await.is(404, "INVALID_USER_ID");
    assert_eq!(strip(hidden), strip(missing.clone()));
    assert_eq!(strip(missing), strip(garbled));
    let grace = world.staff("grace", BuiltInRole::Staff).await;
    grace.get(&format!("/api/users/{}", bob.id)).await.ok();
    grace.get(&format!("/api/users/email:{}", bob.email)).await.ok();
}

#[tokio::test]
async fn a_cursor_of_one_list_is_not_valid_for_another() {
    let world = crate::world().await;
    let ada = world.person("ada").await;
    let mut lists = Vec::new();
    for handle in ["apex", "basin"] {
        let id = ada
            .post("/api/organisations", json!({"name": "Apex", "handle": handle}))
            .await
            .ok()["id"]
            .as_str()
            .expect("an id")
            .to_owned();
        ada.put(&format!("/api/organisations/{id}"), json!({"name": "Apex Gaming"})).await.ok();
        lists.push(format!("/api/organisations/{id}/activity?limit=1"));
    }
    let cursor = ada.get(&lists[0]).await.ok()["pagination"]["nextCursor"]
        .as_str()
        .expect("there is more")
        .to_owned();
    ada.get(&format!("{}&cursor={cursor}", lists[0])).await.ok();
    let refused =
        ada.get(&format!("{}&cursor={cursor}", lists[1])).await.is(422, "VALIDATION_FAILED");
    assert_eq!(refused["errors"][0]["field"], "cursor");
}

#[tokio::test]
async fn users_and_only_they_can_use_their_own_contacts_as_an_id() {
    let world = crate::world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let unique_id = world.user(ada.id).await.expect("ada").unique_id;
    for name in [
        "me".to_owned(),
        ada.id.to_string(),
        format!("email:{}", ada.email),
        format!("unique_id:{unique_id}"),
    ] {
        assert_eq!(
            ada.get(&format!("/api/users/{name}")).await.ok()["id"],
            json!(ada.id),
            "{name}"
        );
        if name != "me" {
            bob.get(&format!("/api/users/{name}")).await.is(404, "INVALID_USER_ID");
        }
    }
}

#[tokio::test]
async fn staff_learn_which_permission_is_missing_and_the_attempt_is_logged() {
    let world = crate::world().await;
    let (ada, sam, root) = (
        world.person("ada").await,
        world.staff("sam", BuiltInRole::Staff).await,
        world.staff("root", BuiltInRole::RootAdmin).await,
    );
    let refused = sam
        .put(&format!("/api/users/{}", ada.id), json!({"firstName": "Eve"}))
        .await
        .is(403, "PERMISSION_DENIED");
    assert_eq!(refused["missing"], json!(["user.update"]));
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    grace.delete(&format!("/api/users/{}/sessions", root.id)).await.is(403, "OUTRANKED");
    let entries = root.get("/api/admin/audit/logs?action=access.refused").await.ok();
    let reasons: Vec<_> = entries["data"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|entry| entry["reason"].clone())
        .collect();
    assert_eq!(reasons, [json!("OUTRANKED"), json!("PERMISSION_DENIED")]);
    // Refusals of users for their own data are not logged.
    let key = ada.post("/api/apikeys", json!({"name": "narrow", "scopes": []})).await.ok()["key"]
        .as_str()
        .expect("a key")
        .to_owned();
    ada.with_token(&key)
        .put("/api/users/me", json!({"firstName": "Eve"}))
        .await
        .is(403, "PERMISSION_DENIED");
    assert_eq!(
        root.get("/api/admin/audit/logs?action=access.refused").await.ok()["pagination"]["total"],
        2
    );
}

/// The ids of a user's resources, by their name in the paths.
async fn things(
    world: &provost_testkit::World,
    owner: &provost_testkit::Someone<'_>,
) -> Vec<(&'static str, String)> {
    let store = world.app.store();
    let (keys, _) = store
        .keys_of(&store.names().accounts, &format!("USER#{}", owner.id), None)
        .await
        .expect("the table responds");
    let first = |kind: &str| {
        let found = keys.iter().find_map(|key| key.sk.strip_prefix(kind));
        found.unwrap_or_else(|| panic!("no item of {kind}")).to_owned()
    };
    let invite = store
        .invite_signs(&owner.email.parse().expect("an address"))
        .await
        .expect("the table responds")[0]
        .invite_id
        .to_string();
    let export =
        owner.post("/api/users/me/export-request", serde_json::json!({})).await.status(202)["id"]
            .as_str()
            .expect("an id")
            .to_owned();
    let (files, _) = store.contents_of(owner.id, None).await.expect("the table responds");
    vec![
        ("files", files.first().expect("a file").id.to_string()),
        ("apikeys", first("APIKEY#")),
        ("ssh-keys", first("SSHKEY#")),
        ("notifications", first("NOTIFICATION#")),
        ("invites", invite),
        ("export-jobs", export.clone()),
        ("jobs", export),
    ]
}

#[tokio::test]
async fn routes_for_own_data_return_not_found_for_a_resource_of_another_user() {
    let world = crate::world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    world.give_everything(bob.id).await;
    let things = things(&world, &bob).await;
    let mut asked = 0;
    for row in crate::api_tables().into_iter().flat_map(|function| function.rows) {
        if row.access != "signed-in" || !row.path.contains('{') {
            continue;
        }
        let kind = row
            .path
            .split("/{")
            .next()
            .and_then(|before| before.rsplit('/').next())
            .expect("a word before the id");
        let Some((_, id)) = things.iter().find(|(name, _)| *name == kind) else {
            panic!(
                "{} {} takes an id of a kind that this test does not create; add it to `things`",
                row.method, row.path
            );
        };
        let path = row
            .path
            .split('/')
            .map(|part| if part.starts_with('{') { id } else { part })
            .collect::<Vec<_>>()
            .join("/");
        let reply =
            ada.ask(row.method.clone(), &path, "application/json", Bytes::from_static(b"{}")).await;
        assert_eq!(reply.status, 404, "{} {path}: {}", row.method, reply.text());
        asked += 1;
    }
    assert!(asked >= 7, "only {asked} routes take an id of the caller's own resources");
    world.settle().await;
}
