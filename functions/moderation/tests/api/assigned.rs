//! Files in the bucket that staff assigned to a user or an organisation.

use provost_domain::{BuiltInRole, file, organisation::Organisation};
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

use super::support::*;

/// The keys of a user's objects in a bucket, without the prefix.
async fn in_bucket(world: &World, owner: &Someone<'_>, bucket: &str) -> Vec<String> {
    let prefix = file::prefix(owner.id);
    let (objects, _) =
        world.app.store().list_objects(bucket, &prefix, None).await.expect("the bucket responds");
    objects.into_iter().map(|object| object.key.trim_start_matches(&prefix).to_owned()).collect()
}

fn key(file: &Value) -> String {
    format!("files/{}", id(file))
}

#[tokio::test]
async fn a_file_is_uploaded_to_the_bucket_of_its_owner_and_lives_there() {
    let world = world().await;
    let (ada, grace) = (world.person("ada").await, world.staff("grace", BuiltInRole::Admin).await);
    let before = uploaded(&ada, "before.mp3", SONG).await;
    world.assign_bucket(ada.id, "hers").await;
    let sent = ada.post(FILES, file("song.mp3", SONG)).await.status(201);
    let url = sent["upload"]["url"].as_str().expect("a URL");
    assert!(url.contains("/hers/users/"), "{url}");
    assert_eq!(
        sent["upload"]["headers"],
        json!({ "Content-Length": "8", "Content-Type": "audio/mpeg" }),
        "a store may refuse checksums that it does not know"
    );
    assert_eq!(put(&sent, SONG, &[]).await, 200);
    assert_eq!(in_bucket(&world, &ada, "hers").await, [key(&sent)]);
    assert_eq!(objects(&world, ada.id).await, [key(&before)], "earlier files stay where they are");

    let shown = ada.get(&path(&sent)).await.ok();
    assert_eq!(shown["status"], "available");
    assert_eq!(fetched(&shown["url"]).await.2, SONG);
    assert_eq!(fetched(&ada.get(&path(&before)).await.ok()["url"]).await.2, SONG);

    // Without the bucket, new files are in that of the platform again, and this one stays.
    world.edit(ada.id, |ada| ada.earlier_buckets.extend(ada.storage_bucket.take())).await;
    assert_eq!(fetched(&ada.get(&path(&sent)).await.ok()["url"]).await.2, SONG);
    grace.delete_with(&content_path(&sent), json!({ "reason": "It is a copy." })).await.ok();
    assert_eq!(tick(&world).await.removals, 1);
    assert!(in_bucket(&world, &ada, "hers").await.is_empty());
}

#[tokio::test]
async fn other_bytes_are_never_a_file_where_the_store_does_not_check_them() {
    let world = world().await;
    let ada = world.person("ada").await;
    world.assign_bucket(ada.id, "hers").await;
    let sent = ada.post(FILES, file("song.mp3", SONG)).await.status(201);
    assert_eq!(put(&sent, "lo lo lo", &[]).await, 200, "as long, and of the type");
    let shown = ada.get(&path(&sent)).await.ok();
    assert_eq!((&shown["status"], &shown["url"]), (&json!("pending"), &Value::Null));
    assert_ne!(put(&sent, "la la", &[]).await, 200, "the length is signed");
    world.advance(provost_domain::content::UPLOAD_LIFE + 1000);
    tick(&world).await;
    assert!(stored(&world, &sent).await.is_none());
    assert!(in_bucket(&world, &ada, "hers").await.is_empty());
    assert_eq!(usage(&world, ada.id).await, (0, 0));
}

#[tokio::test]
async fn a_file_that_is_not_looked_at_is_confirmed_in_its_bucket_by_the_scheduler() {
    let world = world().await;
    let ada = world.person("ada").await;
    world.assign_bucket(ada.id, "hers").await;
    let sent = uploaded(&ada, "song.mp3", SONG).await;
    world.advance(provost_domain::content::UPLOAD_LIFE + 1000);
    tick(&world).await;
    let status = stored(&world, &sent).await.map(|content| content.status.as_str());
    assert_eq!(status, Some("available"));
}

#[tokio::test]
async fn a_member_uploads_to_the_bucket_of_the_organisation_and_nobody_else_does() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let bucket = world.assign_bucket(bob.id, "theirs").await;
    let created = json!({ "name": "Choir", "handle": "choir" });
    let choir = ada.post("/api/organisations", created).await.status(201);
    let store = world.app.store();
    let found = store.organisation(id(&choir).parse().expect("an id")).await.expect("an answer");
    let assigned =
        Organisation { storage_bucket: Some(bucket), ..found.expect("the organisation") };
    let mut tx = world.app.transaction();
    tx.save_organisation(&assigned).expect("an item");
    tx.commit().await.expect("no concurrent write");
    let mut body = file("song.mp3", SONG);
    body["organisationId"] = choir["id"].clone();
    let sent = ada.post(FILES, body.clone()).await.status(201);
    assert_eq!(put(&sent, SONG, &[]).await, 200);
    assert_eq!(in_bucket(&world, &ada, "theirs").await, [key(&sent)]);
    assert_eq!(ada.get(&path(&sent)).await.ok()["status"], "available");
    let record = world.user(ada.id).await.expect("the account exists");
    assert!(record.earlier_buckets.contains(&bucket), "exports and erasures look there");
    world.person("mallory").await.post(FILES, body.clone()).await.is(404, "NOT_FOUND");
    // An upload for nobody in particular is in the bucket of the platform.
    uploaded(&ada, "own.mp3", SONG).await;
    assert_eq!(objects(&world, ada.id).await.len(), 1);
    body["organisationId"] = json!("org_x");
    ada.post(FILES, body).await.is(422, "VALIDATION_FAILED");
}

#[tokio::test]
async fn a_report_keeps_a_copy_of_a_file_in_an_assigned_bucket() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    world.assign_bucket(ada.id, "hers").await;
    let sent = uploaded(&ada, "song.mp3", SONG).await;
    ada.get(&path(&sent)).await.ok();
    let report = json!({ "contentId": sent["id"], "category": "spam", "reason": "A stolen song." });
    let report = bob.post("/api/reports", report).await.status(201);
    // The owner may have the credentials of the bucket, so the copy is elsewhere.
    assert_eq!(objects(&world, ada.id).await.len(), 1);
    let shown = grace.get(&format!("/api/admin/reports/{}", id(&report))).await.ok();
    assert_eq!(fetched(&shown["contentEvidence"]["copyUrl"]).await.2, SONG);
}
