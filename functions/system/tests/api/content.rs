//! `PUT /v1/system/content/{id}`.

use provost_domain::{OrganisationId, Permission, file, organisation::Organisation};
use serde_json::{Value, json};

use crate::support::{entries, service, world};

const FILE: &str = "/v1/system/content/fil_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const URL: &str = "/v1/system/content/url_01ARZ3NDEKTSV4RRFFQ69G5FAV";

#[tokio::test]
async fn a_file_counts_towards_the_storage_of_its_owner_once() {
    let world = world().await;
    let files = service(&world, "files", &[Permission::ContentWrite]).await;
    let ada = world.person("ada").await;
    let body = json!({
        "owner_id": ada.id, "name": "song.mp3", "content_type": "audio/mpeg", "size": 8,
        "key": format!("users/{}/files/song.mp3", ada.id),
    });
    let first = files.put(FILE, body.clone()).await.ok();
    assert_eq!(
        (&first["kind"], &first["status"], &first["size"]),
        (&json!("file"), &json!("available"), &json!(8))
    );
    assert_eq!(files.put(FILE, body.clone()).await.ok(), first);
    let stored = world.user(ada.id).await.expect("ada");
    assert_eq!((stored.storage_used, stored.total_files), (8, 1));
    let log = entries(&world, ada.id).await;
    assert_eq!(
        (log[0].action.as_str(), log[0].actor_name.as_str()),
        ("content.registered", "service:files")
    );
    let mut other = body;
    other["size"] = json!(9);
    assert_eq!(files.put(FILE, other).await.is(409, "ALREADY_EXISTS")["field"], "id");
    world.edit(ada.id, |ada| ada.storage_quota = 10).await;
    let more = json!({
        "owner_id": ada.id, "name": "b", "size": 8, "key": format!("users/{}/files/b", ada.id),
    });
    files
        .put("/v1/system/content/fil_01ARZ3NDEKTSV4RRFFQ69G5FAW", more)
        .await
        .is(409, "TIER_LIMIT");
}

#[tokio::test]
async fn a_short_url_has_a_target_and_no_bytes() {
    let world = world().await;
    let links = service(&world, "links", &[Permission::ContentWrite]).await;
    let ada = world.person("ada").await;
    let body = json!({ "owner_id": ada.id, "name": "home", "target": "https://ada.example" });
    let first = links.put(URL, body).await.ok();
    assert_eq!((&first["kind"], &first["target"]), (&json!("url"), &json!("https://ada.example/")));
    assert_eq!(world.user(ada.id).await.expect("ada").storage_used, 0);
}

#[tokio::test]
async fn a_key_outside_the_folder_of_the_owner_is_refused() {
    let world = world().await;
    let files = service(&world, "files", &[Permission::ContentWrite]).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let of = |key: String| json!({ "owner_id": ada.id, "name": "a", "size": 1, "key": key });
    let own = format!("users/{}/files/a", ada.id);
    let with = |field: &str, value: Value| {
        let mut body = of(own.clone());
        body[field] = value;
        body
    };
    let unknown = "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let mut nobody = of(format!("users/{unknown}/files/a"));
    nobody["owner_id"] = json!(unknown);
    for (field, path, body) in [
        ("key", FILE, of(format!("users/{}/files/a", bob.id))),
        ("key", FILE, of(format!("users/{}/identity/a", ada.id))),
        ("key", FILE, of(format!("users/{}/files/../identity/a", ada.id))),
        ("key", FILE, of(format!("users/{}/files/", ada.id))),
        ("key", FILE, with("key", Value::Null)),
        ("size", FILE, with("size", json!(0))),
        ("sha256", FILE, with("sha256", json!("x"))),
        ("target", FILE, with("target", json!("https://ada.example"))),
        ("owner_id", FILE, nobody),
        (
            "bucket_id",
            URL,
            json!({ "owner_id": ada.id, "name": "a", "target": "https://ada.example", "bucket_id": "bkt_01ARZ3NDEKTSV4RRFFQ69G5FAV" }),
        ),
        (
            "size",
            URL,
            json!({ "owner_id": ada.id, "name": "a", "size": 1, "target": "https://ada.example" }),
        ),
        ("target", URL, json!({ "owner_id": ada.id, "name": "a" })),
        (
            "target",
            URL,
            json!({ "owner_id": ada.id, "name": "a", "target": "javascript:alert(1)" }),
        ),
    ] {
        let refused = files.put(path, body).await.is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], field, "{path}");
    }
    files.put("/v1/system/content/song", of(own)).await.is(404, "NOT_FOUND");
    assert_eq!(world.user(ada.id).await.expect("ada").storage_used, 0);
}

#[tokio::test]
async fn a_file_in_an_assigned_bucket_is_registered_where_it_is() {
    let world = world().await;
    let files = service(&world, "files", &[Permission::ContentWrite]).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let hers = world.assign_bucket(ada.id, "hers").await;
    let theirs = world.assign_bucket(bob.id, "theirs").await;
    let choir = Organisation::found(
        world.app.id(OrganisationId::new),
        "Choir".to_owned(),
        "choir".to_owned(),
        ada.id,
        world.app.now(),
    );
    let mut tx = world.app.transaction();
    tx.create_organisation(&choir).expect("an organisation");
    tx.commit().await.expect("it is new");
    let key = format!("{}files/song.mp3", file::prefix(ada.id));
    let body = |bucket: &Value| json!({ "owner_id": ada.id, "name": "song.mp3", "size": 8, "key": key, "bucket_id": bucket });
    let paths = ["fil_01ARZ3NDEKTSV4RRFFQ69G5FAA", "fil_01ARZ3NDEKTSV4RRFFQ69G5FAB"]
        .map(|id| format!("/v1/system/content/{id}"));
    for unknown in [json!(theirs), json!("bkt_01ARZ3NDEKTSV4RRFFQ69G5FAV")] {
        let refused = files.put(&paths[1], body(&unknown)).await.is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], "bucket_id");
        assert_eq!(refused["errors"][0]["code"], "not_assigned");
    }
    world.assign_bucket_to(choir.id, theirs).await;
    for (path, bucket, name) in [(&paths[0], hers, "hers"), (&paths[1], theirs, "theirs")] {
        let first = files.put(path, body(&json!(bucket))).await.ok();
        assert_eq!(first["bucket_id"], json!(bucket));
        assert_eq!(files.put(path, body(&json!(bucket))).await.ok(), first, "repeated");
        let id = path.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id");
        let stored = world.app.store().content(id).await.expect("an answer").expect("content");
        let place = stored.object.expect("a place");
        assert_eq!((place.bucket.as_str(), place.store), (name, Some(bucket)));
    }
    files.put(&paths[0], body(&json!(theirs))).await.is(409, "ALREADY_EXISTS");
    let ada = world.user(ada.id).await.expect("ada");
    assert_eq!((ada.total_files, ada.all_buckets()), (2, [hers, theirs].into()));
}
