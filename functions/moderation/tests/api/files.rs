//! Uploads and downloads.

use provost_domain::{BuiltInRole, Permission, content::UPLOAD_LIFE};
use provost_testkit::KillPoint;
use serde_json::json;

use super::support::*;

#[tokio::test]
async fn a_file_is_registered_uploaded_as_the_answer_says_and_downloaded() {
    let world = world().await;
    let ada = world.person("ada").await;
    let file = ada.post(FILES, file("song.mp3", SONG)).await;
    assert_eq!(file.header("location"), path(&file.status(201)));
    let file = file.status(201);
    assert_eq!((&file["status"], &file["size"]), (&json!("pending"), &json!(8)));
    assert_eq!(usage(&world, ada.id).await, (8, 1), "it counts from its registration");

    let waiting = ada.get(&path(&file)).await.ok();
    assert_eq!((&waiting["status"], &waiting["url"]), (&json!("pending"), &json!(null)));
    assert_eq!(put(&file, SONG, &[]).await, 200);
    let shown = ada.get(&path(&file)).await;
    assert_eq!(shown.header("cache-control"), "private, no-store");
    let shown = shown.ok();
    assert_eq!(shown["status"], "available");
    assert!(shown["url"].as_str().expect("a URL").contains("X-Amz-Expires=60"));
    let (status, disposition, bytes) = fetched(&shown["url"]).await;
    assert_eq!((status, bytes.as_str()), (200, SONG));
    assert_eq!(disposition, "attachment; filename=\"song.mp3\"");
    assert_eq!(usage(&world, ada.id).await, (8, 1));
    assert_eq!(
        actions(&world, ada.id).await,
        ["content.registered", "content.uploaded", "content.downloaded"]
    );
}

#[tokio::test]
async fn a_page_or_an_image_with_script_is_only_ever_saved_as_a_file() {
    let world = world().await;
    let ada = world.person("ada").await;
    for (name, content_type) in
        [("x.svg", "image/svg+xml"), ("x.html", "text/html"), ("ü\".xml", "text/xml")]
    {
        let mut body = file(name, SONG);
        body["contentType"] = json!(content_type);
        let file = ada.post(FILES, body).await.status(201);
        assert_eq!(put(&file, SONG, &[]).await, 200);
        let shown = ada.get(&path(&file)).await.ok();
        let (status, disposition, _) = fetched(&shown["url"]).await;
        assert_eq!(status, 200);
        assert!(disposition.starts_with("attachment; filename="), "{disposition}");
        assert!(
            shown["url"].as_str().expect("a URL").contains("application%2Foctet-stream"),
            "{name} is no page wherever it is shown"
        );
    }
}

#[tokio::test]
async fn only_exactly_the_registered_bytes_are_accepted() {
    let world = world().await;
    let ada = world.person("ada").await;
    let sent = ada.post(FILES, file("song.mp3", SONG)).await.status(201);
    let other = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
    for (what, bytes, changed) in [
        ("one byte more", "la la la!", vec![]),
        ("other bytes of the same size", "do re mi", vec![]),
        ("another type", SONG, vec![("content-type", "audio/mpeg;charset=UTF-8")]),
        ("an empty type", SONG, vec![("content-type", "")]),
        ("another checksum", SONG, vec![("x-amz-checksum-sha256", other)]),
    ] {
        let status = put(&sent, bytes, &changed).await;
        assert!((400..500).contains(&status), "{what}: {status}");
        let shown = ada.get(&path(&sent)).await.ok();
        assert_eq!((&shown["status"], &shown["url"]), (&json!("pending"), &json!(null)), "{what}");
    }
    assert_eq!(objects(&world, ada.id).await, [""; 0]);
    assert_eq!(put(&sent, SONG, &[]).await, 200);
    assert_eq!(ada.get(&path(&sent)).await.ok()["status"], "available");
}

#[tokio::test]
async fn bytes_that_differ_from_the_registration_never_become_a_file() {
    let world = world().await;
    let mut ada = world.person("ada").await;
    let sent = ada.post(FILES, file("song.mp3", SONG)).await.status(201);
    // A store that does not enforce what was signed.
    let place = stored(&world, &sent).await.and_then(|content| content.object).expect("a place");
    let store = world.app.store();
    for (content_type, bytes) in [("audio/mpeg", "do re mi"), ("text/html", SONG), ("", "la")] {
        store
            .put_object(&place.bucket, &place.key, content_type, bytes.into())
            .await
            .expect("an object");
        assert_eq!(ada.get(&path(&sent)).await.ok()["status"], "pending", "{content_type} {bytes}");
    }
    world.advance(UPLOAD_LIFE);
    assert_eq!(tick(&world).await.content_uploads, 1);
    ada.renew().await;
    assert_eq!((objects(&world, ada.id).await.len(), usage(&world, ada.id).await), (0, (0, 0)));
    ada.get(&path(&sent)).await.is(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_file_without_a_media_type_is_uploaded_as_any_bytes() {
    let world = world().await;
    let ada = world.person("ada").await;
    for content_type in [json!(null), json!("")] {
        let mut body = file("photo.heic", SONG);
        body["contentType"] = content_type;
        let file = ada.post(FILES, body).await.status(201);
        assert_eq!(file["upload"]["headers"]["Content-Type"], "application/octet-stream");
        assert_eq!(put(&file, SONG, &[]).await, 200);
        assert_eq!(ada.get(&path(&file)).await.ok()["status"], "available");
    }
}

#[tokio::test]
async fn an_invalid_registration_changes_nothing() {
    let world = world().await;
    let ada = world.person("ada").await;
    world.anyone().post(FILES, file("song.mp3", SONG)).await.is(401, "UNAUTHENTICATED");
    for (field, value) in [
        ("name", json!("")),
        ("name", json!("a\u{202e}b.exe")),
        ("name", json!("x".repeat(256))),
        ("contentType", json!("mp3")),
        ("contentType", json!("audio/mpeg\r\nx-amz-acl: public-read")),
        ("size", json!(0)),
        ("size", json!((512_u64 << 20) + 1)),
        ("sha256", json!("abc")),
    ] {
        let mut body = file("song.mp3", SONG);
        body[field] = value.clone();
        let refused = ada.post(FILES, body).await.is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], field, "{value}");
    }
    assert_eq!(usage(&world, ada.id).await, (0, 0));
}

#[tokio::test]
async fn files_beyond_the_quota_are_refused_also_when_they_come_at_once() {
    let world = world().await;
    let ada = world.person("ada").await;
    world.edit(ada.id, |user| user.storage_quota = 20).await;
    let asked = || async { ada.post(FILES, file("song.mp3", SONG)).await.status.as_u16() };
    let (one, two, three, four) = tokio::join!(asked(), asked(), asked(), asked());
    let mut statuses = [one, two, three, four];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 201, 409, 409]);
    assert_eq!(usage(&world, ada.id).await, (16, 2));
    let refused = ada.post(FILES, file("song.mp3", SONG)).await.is(409, "TIER_LIMIT");
    assert_eq!((&refused["storageUsed"], &refused["storageQuota"]), (&json!(16), &json!(20)));
}

#[tokio::test]
async fn a_file_that_is_never_uploaded_gives_its_storage_back() {
    let world = world().await;
    let mut ada = world.person("ada").await;
    let (never, late) = (
        ada.post(FILES, file("never.mp3", SONG)).await.status(201),
        uploaded(&ada, "late.mp3", SONG).await,
    );
    world.advance(UPLOAD_LIFE - 1);
    assert_eq!(tick(&world).await.content_uploads, 0);
    world.advance(1);
    assert_eq!(tick(&world).await.content_uploads, 2);
    assert_eq!(usage(&world, ada.id).await, (8, 1));
    ada.renew().await;
    ada.get(&path(&never)).await.is(404, "NOT_FOUND");
    // Nobody looked at it; the scheduler confirmed the upload.
    let status = stored(&world, &late).await.map(|content| content.status.as_str());
    assert_eq!(status, Some("available"));
}

#[tokio::test]
async fn a_killed_run_gives_the_storage_of_a_missing_upload_back_once() {
    let world = world().await;
    let mut ada = world.person("ada").await;
    for call in 2.. {
        ada.renew().await;
        ada.post(FILES, file("kept.mp3", SONG)).await.status(201);
        world.advance(UPLOAD_LIFE);
        world.interceptor.kill_at(match call % 2 {
            0 => KillPoint::Before(call / 2),
            _ => KillPoint::After(call / 2),
        });
        let deadline = provost_jobs::Deadline::within(std::time::Duration::from_secs(240));
        let run = fn_scheduler::handle(world.app.clone(), json!({ "job": "due" }), deadline);
        let ended = world.interceptor.until_killed(run).await;
        world.interceptor.reset();
        world.advance(fn_scheduler::LEASE_LIFE);
        tick(&world).await;
        assert_eq!(usage(&world, ada.id).await, (0, 0), "killed at call {call}");
        if ended.is_some() {
            assert!(call > 12, "the run makes enough calls: {call}");
            break;
        }
    }
}

#[tokio::test]
async fn other_people_see_no_file_and_staff_views_are_audited() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (grace, linus) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("linus", BuiltInRole::Staff).await,
    );
    let sent = uploaded(&ada, "song.mp3", SONG).await;
    world.anyone().get(&path(&sent)).await.is(401, "UNAUTHENTICATED");
    bob.get(&path(&sent)).await.is(404, "NOT_FOUND");
    let refused = linus.get(&path(&sent)).await.is(403, "PERMISSION_DENIED");
    assert_eq!(refused["missing"], json!([Permission::ContentRemove.as_str()]));
    for nothing in [NOTHING, NO_URL, "x"] {
        grace.get(&format!("{FILES}/{nothing}")).await.is(404, "NOT_FOUND");
        bob.get(&format!("{FILES}/{nothing}")).await.is(404, "NOT_FOUND");
    }
    let shown = grace.get(&path(&sent)).await.ok();
    assert_eq!(fetched(&shown["url"]).await.2, SONG);
    assert_eq!(
        actions(&world, ada.id).await,
        ["content.registered", "content.uploaded", "content.viewed"]
    );
    let peer = world.staff("heidi", BuiltInRole::Admin).await;
    let theirs = uploaded(&peer, "plan.txt", SONG).await;
    grace.get(&path(&theirs)).await.is(403, "OUTRANKED");
}
