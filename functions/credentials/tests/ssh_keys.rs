//! SSH keys over HTTP: managing one's own keys, and access by unauthorized callers.

#![allow(
    clippy::disallowed_methods,
    reason = "a test looks into whole tables, which no function may"
)]

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use provost_domain::BuiltInRole;
use provost_local::Function;
use provost_testkit::World;
use serde_json::{Value, json};

/// The output of `ssh-keygen -lf` for each key, and the key.
fn recorded() -> Vec<(&'static str, &'static str)> {
    include_str!("ssh-keygen.tsv").lines().filter_map(|line| line.split_once('\t')).collect()
}

async fn world() -> World {
    World::of(|app| {
        vec![Function::http("credentials", fn_credentials::routes().router(app.clone()))]
    })
    .await
}

fn key(name: &str, public_key: &str) -> Value {
    json!({ "name": name, "publicKey": public_key })
}

#[tokio::test]
async fn a_user_adds_lists_and_removes_keys_of_every_kind() {
    let world = world().await;
    let ada = world.person("ada").await;
    for (said, line) in recorded() {
        let added = ada.post("/api/ssh-keys", key("laptop", line)).await;
        let body = added.status(201);
        assert_eq!(
            added.header("location"),
            format!("/api/ssh-keys/{}", body["id"].as_str().unwrap())
        );
        assert!(
            said.starts_with(&format!(
                "{} {} ",
                body["bits"],
                body["fingerprint"].as_str().unwrap()
            )),
            "{said}: {body}"
        );
        assert!(
            line.starts_with(body["publicKey"].as_str().unwrap()),
            "the key is returned as it was sent"
        );
        assert_eq!(body["name"], "laptop");
    }
    let listed = ada.get("/api/ssh-keys?limit=4").await.ok();
    assert_eq!(
        (listed["data"].as_array().unwrap().len(), &listed["pagination"]["total"]),
        (4, &json!(recorded().len()))
    );
    assert_eq!(listed["data"][0]["type"], "ssh-ed25519", "oldest first");
    let all = ada.get("/api/ssh-keys").await.ok();
    for row in all["data"].as_array().unwrap() {
        ada.delete(&format!("/api/ssh-keys/{}", row["id"].as_str().unwrap())).await.status(204);
    }
    assert_eq!(ada.get("/api/ssh-keys").await.ok()["pagination"]["total"], 0);
    let again = format!("/api/ssh-keys/{}", all["data"][0]["id"].as_str().unwrap());
    ada.delete(&again).await.is(404, "NOT_FOUND");
}

#[tokio::test]
async fn every_spelling_of_one_key_is_stored_once_per_account() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let line = recorded()[0].1;
    let bare = line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let id = ada.post("/api/ssh-keys", key("laptop", line)).await.ok()["id"].clone();
    for same in
        [line.to_owned(), bare.clone(), format!("{bare} another comment"), format!("  {bare}\n")]
    {
        let refused =
            ada.post("/api/ssh-keys", key("other", &same)).await.is(409, "ALREADY_EXISTS");
        assert_eq!((&refused["field"], &refused["id"]), (&json!("publicKey"), &id));
    }
    // Users cannot learn who else has a key, and cannot block a key for another user.
    bob.post("/api/ssh-keys", key("mine too", line)).await.status(201);
    bob.delete(&format!("/api/ssh-keys/{}", id.as_str().unwrap())).await.is(404, "NOT_FOUND");
    assert_eq!(ada.get("/api/ssh-keys").await.ok()["pagination"]["total"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_concurrent_uploads_of_one_key_one_succeeds() {
    let world = world().await;
    let ada = world.person("ada").await;
    let line = recorded()[0].1;
    let (a, b, c) = tokio::join!(
        ada.post("/api/ssh-keys", key("a", line)),
        ada.post("/api/ssh-keys", key("b", line)),
        ada.post("/api/ssh-keys", key("c", line))
    );
    let mut statuses = [a.status.as_u16(), b.status.as_u16(), c.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409]);
    assert_eq!(ada.get("/api/ssh-keys").await.ok()["pagination"]["total"], 1);
}

#[tokio::test]
async fn invalid_keys_are_rejected_and_change_nothing() {
    let world = world().await;
    let ada = world.person("ada").await;
    let before = world.user(ada.id).await.unwrap().revision;
    for line in include_str!("hostile-ssh-keys.tsv").lines() {
        let (why, sent) = line.split_once('\t').unwrap();
        let refused = ada
            .post("/api/ssh-keys", key("x", &sent.replace("\\n", "\n").replace("\\0", "\0")))
            .await
            .is(422, "VALIDATION_FAILED");
        assert_eq!(
            (&refused["errors"][0]["field"], &refused["errors"][0]["code"]),
            (&json!("publicKey"), &json!(why)),
            "{line}"
        );
        assert!(sent.len() < 12 || !refused.to_string().contains(sent), "the input is not echoed");
    }
    let line = recorded()[0].1;
    ada.post("/api/ssh-keys", key("", line)).await.is(422, "VALIDATION_FAILED");
    ada.post("/api/ssh-keys", key("a\u{202e}b", line)).await.is(422, "VALIDATION_FAILED");
    ada.post("/api/ssh-keys", json!({ "publicKey": line })).await.is(422, "VALIDATION_FAILED");
    ada.post("/api/ssh-keys", json!({ "name": "x", "publicKey": line, "options": "no-pty" }))
        .await
        .is(422, "VALIDATION_FAILED");
    assert_eq!(ada.get("/api/ssh-keys").await.ok()["pagination"]["total"], 0);
    assert_eq!(world.user(ada.id).await.unwrap().revision, before);
}

#[tokio::test]
async fn a_user_has_at_most_fifty_keys() {
    let world = world().await;
    let ada = world.person("ada").await;
    for n in 0..50_u8 {
        let mut blob = b"\0\0\0\x0bssh-ed25519\0\0\0\x20".to_vec();
        let pair = Ed25519KeyPair::from_seed_unchecked(&[n; 32]).expect("a key pair");
        blob.extend(pair.public_key().as_ref());
        let line = format!("ssh-ed25519 {}", base64(&blob));
        ada.post("/api/ssh-keys", key(&format!("key {n}"), &line)).await.status(201);
    }
    ada.post("/api/ssh-keys", key("one more", recorded()[0].1)).await.is(409, "INVALID_ACTION");
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    assert_eq!(bytes.len() % 3, 0, "no padding is needed here");
    bytes
        .chunks(3)
        .flat_map(|c| {
            let n = u32::from(c[0]) << 16 | u32::from(c[1]) << 8 | u32::from(c[2]);
            [18, 12, 6, 0].map(|by| LETTERS[(n >> by & 63) as usize] as char)
        })
        .collect()
}

#[tokio::test]
async fn unauthenticated_callers_and_restricted_api_keys_change_nothing() {
    let world = world().await;
    let (ada, line) = (world.staff("grace", BuiltInRole::Admin).await, recorded()[0].1);
    world.anyone().get("/api/ssh-keys").await.is(401, "UNAUTHENTICATED");
    world.anyone().post("/api/ssh-keys", key("x", line)).await.is(401, "UNAUTHENTICATED");
    world
        .anyone()
        .delete("/api/ssh-keys/ssh_01ARZ3NDEKTSV4RRFFQ69G5FAV")
        .await
        .is(401, "UNAUTHENTICATED");
    let narrow = ada
        .post("/api/apikeys", json!({ "name": "narrow", "scopes": ["user.list"] }))
        .await
        .ok()["key"]
        .as_str()
        .unwrap()
        .to_owned();
    let wide = ada.post("/api/apikeys", json!({ "name": "wide" })).await.ok()["key"]
        .as_str()
        .unwrap()
        .to_owned();
    ada.with_token(&narrow)
        .post("/api/ssh-keys", key("x", line))
        .await
        .is(403, "PERMISSION_DENIED");
    let id = ada.with_token(&wide).post("/api/ssh-keys", key("x", line)).await.status(201)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    ada.with_token(&narrow)
        .delete(&format!("/api/ssh-keys/{id}"))
        .await
        .is(403, "PERMISSION_DENIED");
    ada.delete(&format!("/api/ssh-keys/{id}")).await.status(204);
}

#[tokio::test]
async fn each_change_is_logged_and_the_owner_is_notified() {
    let world = world().await;
    let ada = world.person("ada").await;
    let id = ada.post("/api/ssh-keys", key("laptop", recorded()[0].1)).await.ok()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    ada.delete(&format!("/api/ssh-keys/{id}")).await.status(204);
    let request = provost_domain::page::PageRequest {
        from: provost_domain::page::PageFrom::Page(1),
        limit: 10,
    };
    let notices = world.app.store().notifications(ada.id, &request, world.app.now()).await.unwrap();
    assert_eq!(notices.total, 1);
    assert!(notices.rows[0].body.contains("laptop"));
    let scan = world
        .app
        .store()
        .dynamo()
        .scan()
        .table_name(&world.app.store().names().audit)
        .send()
        .await
        .unwrap();
    let mut actions: Vec<_> =
        scan.items().iter().filter_map(|item| item.get("action")?.as_s().ok().cloned()).collect();
    actions.sort();
    assert_eq!(actions, ["ssh_key.added", "ssh_key.removed"]);
}
