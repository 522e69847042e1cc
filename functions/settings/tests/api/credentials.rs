//! The credentials of an assigned bucket: by a link that shows them once, and never in the email.

use provost_domain::storage::HANDOVER_LIFE;
use provost_local::Function;
use provost_testkit::{Someone, World};
use serde_json::json;

use crate::support::*;

async fn mailing_world() -> World {
    World::of(|app| {
        vec![
            Function::http("settings", fn_settings::routes().router(app.clone())),
            Function::worker_over("outbox", app, fn_outbox::handle),
            Function::worker_over("mail-worker", app, fn_mail_worker::handle),
        ]
    })
    .await
}

/// The texts of the emails to a user, oldest first.
async fn emails(world: &World, person: &Someone<'_>) -> Vec<String> {
    world.settle().await;
    let store = world.app.store();
    let table = &store.names().accounts;
    let (keys, _) = store.keys_of(table, &format!("USER#{}", person.id), None).await.unwrap();
    let keys: Vec<_> = keys.into_iter().filter(|key| key.sk.starts_with("MAIL#")).collect();
    let mut items = store.batch_get(table, keys, true).await.unwrap();
    items.sort_by_key(|item| item["createdAt"].as_s().unwrap().clone());
    items.iter().map(|item| item["body"].as_s().unwrap().clone()).collect()
}

/// The path of the link in an email.
fn link(email: &str) -> String {
    let at = email.find("/storage-credentials/").expect("the email has the link");
    email[at..].split_whitespace().next().expect("a link").to_owned()
}

async fn reveal(world: &World, path: &str) -> (u16, String) {
    let method = "POST".parse().expect("a method");
    let page = world.anyone().ask(method, path, "", "".into()).await;
    assert!(page.header("cache-control").contains("no-store"));
    (page.status.as_u16(), page.text().to_owned())
}

#[tokio::test]
async fn the_credentials_of_an_assigned_bucket_are_shown_once_and_never_mailed() {
    let world = mailing_world().await;
    let root = root(&world).await;
    let ada = world.person("ada").await;
    let bucket = root.post(BUCKETS, elsewhere()).await.status(201);
    let storage = format!("/api/admin/users/{}/storage", ada.id);
    let assigned = root.put(&storage, json!({ "bucketId": bucket["id"] })).await.ok();
    assert_eq!(assigned["credentialsSent"], true);
    let mails = emails(&world, &ada).await;
    let [email] = mails.as_slice() else { panic!("one email: {mails:?}") };
    assert!(!email.contains("a-secret-of-elsewhere") && !email.contains("AKIA"), "{email}");
    let path = link(email);
    // Scanners open links.
    for _ in 0..3 {
        let page = world.anyone().get(&path).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("Show the credentials"));
        assert!(!page.text().contains("a-secret-of-elsewhere"));
    }
    let (status, page) = reveal(&world, &path).await;
    assert_eq!(status, 200);
    for shown in ["elsewhere", "auto", "AKIAELSEWHERE", "a-secret-of-elsewhere"] {
        assert!(page.contains(shown), "{shown} is not in {page}");
    }
    let (status, page) = reveal(&world, &path).await;
    assert_eq!(status, 410);
    assert!(page.contains("have been shown already"), "{page}");
    assert_eq!(world.anyone().get(&path).await.status, 410);
    assert_eq!(reveal(&world, "/storage-credentials/x").await.0, 404);

    // Another link on request; the earlier one stays used up, and this one expires.
    let again = json!({ "bucketId": bucket["id"], "sendCredentials": true });
    assert_eq!(root.put(&storage, again).await.ok()["credentialsSent"], true);
    let second = link(&emails(&world, &ada).await[1]);
    assert_eq!(reveal(&world, &path).await.0, 410);
    world.advance(HANDOVER_LIFE);
    assert_eq!(reveal(&world, &second).await.0, 410);
    let nowhere = items(&world, &world.app.store().names().accounts).await.join(" ");
    assert!(!nowhere.contains("a-secret-of-elsewhere"));
}

#[tokio::test]
async fn of_many_visitors_at_once_one_sees_the_credentials() {
    let world = mailing_world().await;
    let root = root(&world).await;
    let ada = world.person("ada").await;
    let bucket = root.post(BUCKETS, elsewhere()).await.status(201);
    let storage = format!("/api/admin/users/{}/storage", ada.id);
    root.put(&storage, json!({ "bucketId": bucket["id"] })).await.ok();
    let path = link(&emails(&world, &ada).await[0]);
    let visits = (0..12).map(|_| reveal(&world, &path));
    let shown = futures_util::future::join_all(visits).await;
    let seen = shown.iter().filter(|(_, page)| page.contains("a-secret-of-elsewhere")).count();
    assert_eq!(seen, 1, "{shown:?}");
}

#[tokio::test]
async fn credentials_that_open_the_files_of_others_are_not_sent() {
    let world = mailing_world().await;
    let root = root(&world).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let of = |person: &Someone<'_>| format!("/api/admin/users/{}/storage", person.id);
    let squad = format!("/api/admin/storage/squads/{}", squad(&world, bob.id).await);

    // A bucket in which others have files.
    let shared = root.post(BUCKETS, elsewhere()).await.status(201);
    let plain = json!({ "bucketId": shared["id"] });
    root.put(&squad, plain.clone()).await.ok();
    assert_eq!(root.put(&of(&ada), plain.clone()).await.ok()["credentialsSent"], false);
    let asked = with(plain.clone(), json!({ "sendCredentials": true }));
    root.put(&of(&ada), asked).await.is(409, "INVALID_ACTION");

    // A bucket whose credentials a user has.
    let own = root.post(BUCKETS, elsewhere()).await.status(201);
    let body = json!({ "bucketId": own["id"] });
    assert_eq!(root.put(&of(&ada), body.clone()).await.ok()["credentialsSent"], true);
    root.put(&of(&bob), body.clone()).await.is(409, "INVALID_ACTION");
    root.put(&squad, body.clone()).await.is(409, "INVALID_ACTION");
    let path_of_link = link(&emails(&world, &ada).await[0]);
    // Other credentials: the link shows nothing, and the bucket can be for others.
    let other = json!({ "accessKeyId": "AKIAOTHER", "secretAccessKey": "another-secret" });
    root.put(&path(&own), with(elsewhere(), other)).await.ok();
    assert_eq!(reveal(&world, &path_of_link).await.0, 410);
    assert_eq!(root.put(&of(&bob), body).await.ok()["credentialsSent"], false);

    let silent = root.post(BUCKETS, elsewhere()).await.status(201);
    let silent = json!({ "bucketId": silent["id"], "sendCredentials": false });
    assert_eq!(root.put(&of(&ada), silent).await.ok()["credentialsSent"], false);
    assert_eq!(emails(&world, &ada).await.len(), 1);
    assert!(emails(&world, &bob).await.is_empty());
}
