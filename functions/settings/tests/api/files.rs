//! Files that were uploaded before a bucket was changed stay where they are, and are found there.

use provost_app::assigned_stores::AssignedStore;
use provost_domain::file;
use provost_testkit::World;
use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn files_are_found_in_every_bucket_that_a_user_had() {
    let world = world().await;
    let root = root(&world).await;
    let ada = world.person("ada").await;
    let storage = format!("/api/admin/users/{}/storage", ada.id);
    let mut created = Vec::new();
    for name in ["first-bucket", "second-bucket"] {
        let wanted = bucket_at_store(&world, name).await;
        let bucket = root.post(BUCKETS, wanted).await.status(201);
        root.put(&storage, quietly(&bucket["id"])).await.ok();
        let key = format!("{}files/{name}.txt", file::prefix(ada.id));
        world.app.store().put_object(name, &key, "text/plain", "x".into()).await.unwrap();
        created.push(bucket);
    }
    root.put(&storage, json!({ "bucketId": null })).await.ok();
    root.delete(&path(&created[0])).await.is(409, "INVALID_ACTION");
    let user = world.user(ada.id).await.unwrap();
    let mut found = Vec::new();
    for place in world.app.assigned_stores(&user).await.unwrap() {
        let prefix = file::prefix(ada.id);
        let (objects, _) = place.store.list_objects(&place.bucket, &prefix, None).await.unwrap();
        found.extend(objects.into_iter().map(|object| object.key));
    }
    assert_eq!(found.len(), 2, "{found:?}");
}

/// A store that keeps no versions, refuses checksums, and lists this.
async fn plain_store(list: String) -> (String, tokio::sync::mpsc::UnboundedReceiver<String>) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let (asked, requests) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut read = [0; 8192];
            let length = stream.read(&mut read).await.unwrap();
            let request = String::from_utf8_lossy(&read[..length]).to_lowercase();
            let line = request.lines().next().unwrap().to_owned();
            let (status, body) = match line.as_str() {
                _ if request.contains("x-amz-checksum") => (400, String::new()),
                line if line.starts_with("delete /plain/users/1/") => (204, String::new()),
                line if line.contains("list-type=2") => (
                    200,
                    format!(
                        "<ListBucketResult><IsTruncated>false</IsTruncated>{list}</ListBucketResult>"
                    ),
                ),
                _ => (501, String::new()),
            };
            asked.send(line).unwrap();
            let head = format!(
                "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        }
    });
    (origin, requests)
}

async fn plain_bucket(world: &World, origin: &str) -> AssignedStore {
    let at = json!({ "bucket": "plain", "endpoint": origin, "forcePathStyle": true });
    let created = root(world).await.post(BUCKETS, with(elsewhere(), at)).await.status(201);
    let id = created["id"].as_str().unwrap().parse().unwrap();
    let bucket = world.app.store().bucket(id).await.unwrap().unwrap();
    world.app.open_bucket(&bucket).await.unwrap()
}

#[tokio::test]
async fn a_list_of_a_store_that_is_too_large_is_not_read() {
    for (repeats, is_read) in [(1, true), (60_000, false)] {
        let object =
            "<Contents><Key>users/1/a</Key><ETag>of-an-object-in-a-store</ETag></Contents>";
        let (origin, _requests) = plain_store(object.repeat(repeats)).await;
        let world = world_with_stand_ins(&format!("https://plain.example.net={origin}")).await;
        let opened = plain_bucket(&world, &origin).await;
        let listed = opened.store.list_objects(&opened.bucket, "users/1/", None).await;
        assert_eq!(listed.is_ok(), is_read);
    }
}

#[tokio::test]
async fn a_store_without_versions_that_refuses_checksums_is_emptied() {
    let list = ["a", "b"].map(|name| format!("<Contents><Key>users/1/{name}</Key></Contents>"));
    let (origin, mut requests) = plain_store(list.concat()).await;
    let world = world_with_stand_ins(&format!("https://plain.example.net={origin}")).await;
    let opened = plain_bucket(&world, &origin).await;
    let found = opened.store.object_versions(&opened.bucket, "users/1/", None).await.unwrap();
    assert_eq!((found.0.len(), found.1), (2, None));
    opened.store.remove_versions(&opened.bucket, &found.0).await.unwrap();
    let mut removed = Vec::new();
    while let Ok(line) = requests.try_recv() {
        removed.extend(
            line.strip_prefix("delete ")
                .map(|rest| rest.split(['?', ' ']).next().unwrap().to_owned()),
        );
    }
    assert_eq!(removed, ["/plain/users/1/a", "/plain/users/1/b"]);
}
