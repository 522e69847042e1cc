//! A user's avatar and mailbox over HTTP.

#![allow(
    clippy::disallowed_methods,
    reason = "a test looks into whole tables, which no function may"
)]

use std::io::Cursor;

use bytes::Bytes;
use http::Method;
use image::{ImageFormat, Rgb, RgbImage};
use provost_domain::{
    BuiltInRole, DeletionId, ExportId, NotificationId, Status,
    export::{Category, ExportJob, requested_by},
    notification::{KEPT, Notification, NotificationKind},
    time::DAY,
    user::PendingDeletion,
};
use provost_local::Function;
use provost_testkit::{Reply, Someone, World};
use serde_json::{Value, json};

async fn world() -> World {
    World::of(|app| vec![Function::http("accounts", fn_accounts::routes().router(app.clone()))])
        .await
}

fn sample_image(format: ImageFormat) -> Bytes {
    let mut file = Cursor::new(Vec::new());
    RgbImage::from_pixel(300, 200, Rgb([10, 20, 200]))
        .write_to(&mut file, format)
        .expect("an image");
    file.into_inner().into()
}

async fn send(someone: &Someone<'_>, whose: &str, media: &str, file: Bytes) -> Reply {
    someone.ask(Method::POST, &format!("/api/users/{whose}/avatar"), media, file).await
}

async fn objects(world: &World) -> Vec<String> {
    let store = world.app.store();
    store
        .list_objects(&store.names().files, "users/", None)
        .await
        .expect("the bucket responds")
        .0
        .into_iter()
        .map(|object| object.key)
        .collect()
}

async fn actions(world: &World) -> Vec<String> {
    let scan = world
        .app
        .store()
        .dynamo()
        .scan()
        .table_name(&world.app.store().names().audit)
        .send()
        .await
        .expect("the table responds");
    scan.items().iter().filter_map(|item| item.get("action")?.as_s().ok().cloned()).collect()
}

#[tokio::test]
async fn an_avatar_is_uploaded_shown_replaced_and_removed() {
    let world = world().await;
    let ada = world.person("ada").await;
    assert!(ada.get("/api/users/me").await.ok()["avatarUrl"].is_null());
    let mut seen = Vec::new();
    for (media, format) in [("image/png", ImageFormat::Png), ("image/jpeg", ImageFormat::Jpeg)] {
        let url = send(&ada, "me", media, sample_image(format)).await.status(200)["avatarUrl"]
            .as_str()
            .unwrap()
            .to_owned();
        let objects = objects(&world).await;
        assert_eq!(objects.len(), 1, "the old image is gone: {objects:?}");
        assert!(
            objects[0].starts_with(&format!("users/{}/avatar/", ada.id))
                && url.contains(&objects[0]),
            "{url}"
        );
        let store = world.app.store();
        let kept = store
            .open_object(&store.names().files, &objects[0])
            .await
            .unwrap()
            .unwrap()
            .collect()
            .await
            .unwrap()
            .into_bytes();
        let kept = image::load_from_memory_with_format(&kept, ImageFormat::Png).unwrap();
        assert_eq!((kept.width(), kept.height()), (256, 256));
        for path in ["/api/users/me".to_owned(), format!("/api/users/{}", ada.id)] {
            assert!(ada.get(&path).await.ok()["avatarUrl"].as_str().unwrap().contains(&objects[0]));
        }
        seen.extend(objects);
    }
    assert_ne!(seen[0], seen[1]);
    assert!(
        ada.put("/api/users/me", json!({ "firstName": "Ada" })).await.ok()["avatarUrl"].is_string()
    );
    ada.delete(&format!("/api/users/{}/avatar", ada.id)).await.status(204);
    assert!(ada.get("/api/users/me").await.ok()["avatarUrl"].is_null());
    assert!(objects(&world).await.is_empty());
    ada.delete("/api/users/me/avatar").await.status(204);
    assert_eq!(
        actions(&world).await.iter().filter(|action| *action == "user.avatar_changed").count(),
        3
    );
}

#[tokio::test]
async fn unsupported_or_too_large_images_change_nothing() {
    let world = world().await;
    let ada = world.person("ada").await;
    let version = world.user(ada.id).await.unwrap().revision;
    send(&ada, "me", "image/gif", Bytes::from_static(b"GIF89a")).await.is(415, "UNSUPPORTED_MEDIA");
    send(&ada, "me", "application/json", Bytes::from_static(b"{}"))
        .await
        .is(415, "UNSUPPORTED_MEDIA");
    send(&ada, "me", "", sample_image(ImageFormat::Png)).await.is(415, "UNSUPPORTED_MEDIA");
    send(&ada, "me", "image/png", Bytes::from_static(b"<svg/>")).await.is(415, "UNSUPPORTED_MEDIA");
    send(&ada, "me", "image/png", sample_image(ImageFormat::Png).slice(..40))
        .await
        .is(422, "VALIDATION_FAILED");
    send(&ada, "me", "image/png", Bytes::from(vec![0; (4 << 20) + 1])).await.is(413, "TOO_LARGE");
    // Above the size limit of every other route, but within the limit of this one.
    let mut large = sample_image(ImageFormat::Jpeg).to_vec();
    large.resize(3 << 20, 0);
    send(&ada, "me", "image/jpeg", large.into()).await.ok();
    ada.delete("/api/users/me/avatar").await.status(204);
    ada.ask(
        Method::PUT,
        "/api/users/me",
        "application/json",
        Bytes::from(vec![b' '; (1 << 20) + 1]),
    )
    .await
    .is(413, "TOO_LARGE");
    assert!(objects(&world).await.is_empty());
    assert_eq!(world.user(ada.id).await.unwrap().revision, version + 2);
}

#[tokio::test]
async fn only_the_user_and_staff_who_may_update_the_account_change_an_avatar() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (staff, admin, root) = (
        world.staff("sam", BuiltInRole::Staff).await,
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("root", BuiltInRole::RootAdmin).await,
    );
    let whose = ada.id.to_string();
    send(&world.anyone(), &whose, "image/png", sample_image(ImageFormat::Png))
        .await
        .is(401, "UNAUTHENTICATED");
    // Callers who may view the user get the missing permission; all others get 404.
    for (other, status, code) in
        [(&bob, 404, "INVALID_USER_ID"), (&staff, 403, "PERMISSION_DENIED")]
    {
        send(other, &whose, "image/png", sample_image(ImageFormat::Png)).await.is(status, code);
        other.delete(&format!("/api/users/{whose}/avatar")).await.is(status, code);
    }
    send(&admin, &root.id.to_string(), "image/png", sample_image(ImageFormat::Png))
        .await
        .is(403, "OUTRANKED");
    assert!(objects(&world).await.is_empty());
    send(&admin, &whose, "image/png", sample_image(ImageFormat::Png)).await.ok();
    assert!(admin.get(&format!("/api/users/{whose}")).await.ok()["avatarUrl"].is_string());
    admin.delete(&format!("/api/users/{whose}/avatar")).await.status(204);
    assert!(objects(&world).await.is_empty());
}

#[tokio::test]
async fn avatars_check_the_version_the_pending_deletion_and_the_reason() {
    let world = world().await;
    let (ada, grace) = (world.person("ada").await, world.staff("grace", BuiltInRole::Admin).await);
    let path = format!("/api/users/{}/avatar", ada.id);
    send(&ada.with_header("if-match", "\"7\""), "me", "image/png", sample_image(ImageFormat::Png))
        .await
        .is(412, "STALE_VERSION");
    send(&ada.with_header("if-match", "\"1\""), "me", "image/png", sample_image(ImageFormat::Png))
        .await
        .ok();
    ada.with_header("if-match", "\"1\"").delete(&path).await.is(412, "STALE_VERSION");
    grace.delete_with(&path, json!({ "reason": "x" })).await.is(422, "VALIDATION_FAILED");
    grace.delete_with(&path, json!({ "reason": "not theirs" })).await.status(204);
    let pseudonym = world.user(ada.id).await.unwrap().pseudonym;
    let latest = world.app.store().recent_entries_about(pseudonym, 1).await.unwrap();
    assert_eq!(latest[0].reason.as_deref(), Some("not theirs"));

    let (id, now) = (world.app.id(DeletionId::new), world.app.now());
    world
        .edit(ada.id, |ada| {
            let pending = PendingDeletion {
                id,
                due_at: now.plus(DAY),
                before: Status::Active,
                executing: false,
            };
            *ada = ada.clone().delete(pending, None, now).unwrap();
        })
        .await;
    send(&grace, &ada.id.to_string(), "image/png", sample_image(ImageFormat::Png))
        .await
        .is(409, "INVALID_ACTION");
    grace.delete(&path).await.is(409, "INVALID_ACTION");
}

#[tokio::test]
async fn the_user_sees_neither_the_requester_nor_the_keys_of_a_staff_export() {
    let world = world().await;
    let (ada, grace) = (world.person("ada").await, world.staff("grace", BuiltInRole::Admin).await);
    let staff = world.user(grace.id).await.unwrap().pseudonym;
    let job = ExportJob::queued(
        world.app.id(ExportId::new),
        ada.id,
        requested_by(false, staff),
        vec!["age1staff".to_owned()],
        Category::ALL.to_vec(),
        world.app.now(),
    );
    let mut tx = world.app.transaction();
    tx.create_export(&job, world.app.now()).unwrap();
    tx.commit().await.unwrap();
    let asked = ada.post("/api/users/me/export-request", json!({})).await.status(202);
    let listed = ada.get("/api/users/me/export-jobs").await.ok()["data"][0].clone();
    for seen in [asked, listed] {
        assert_eq!(
            (&seen["id"], &seen["requestedBy"], &seen["recipients"]),
            (&json!(job.id), &json!("staff"), &json!([]))
        );
        assert!(!seen.to_string().contains(&staff.to_string()));
    }
}

async fn notify(world: &World, someone: &Someone<'_>, title: &str) -> NotificationId {
    let notice = Notification::new(
        world.app.id(NotificationId::new),
        NotificationKind::Account,
        title,
        "Something happened.",
        world.app.now(),
    )
    .at("/account");
    let user = world.user(someone.id).await.expect("the user exists");
    let mut tx = world.app.transaction();
    tx.check_user(&user).expect("a check");
    tx.notify(someone.id, &notice).expect("a notification");
    tx.commit().await.expect("no concurrent write");
    notice.id
}

#[tokio::test]
async fn notifications_are_listed_newest_first_and_marked_as_read() {
    let world = world().await;
    let ada = world.person("ada").await;
    assert_eq!(ada.get("/api/mailbox/notifications").await.ok()["pagination"]["total"], 0);
    let mut ids = Vec::new();
    for n in 0..5 {
        world.advance(1000);
        ids.push(notify(&world, &ada, &format!("notice {n}")).await);
    }
    let first = ada.get("/api/mailbox/notifications?limit=2").await.ok();
    let titles = |page: &Value| {
        page["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["title"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (titles(&first), &first["pagination"]["total"]),
        (vec!["notice 4".into(), "notice 3".into()], &json!(5))
    );
    let second = ada
        .get(&format!(
            "/api/mailbox/notifications?limit=2&cursor={}",
            first["pagination"]["nextCursor"].as_str().unwrap()
        ))
        .await
        .ok();
    assert_eq!(titles(&second), ["notice 2", "notice 1"]);
    assert_eq!(
        first["data"][0],
        json!({ "id": ids[4], "type": "account", "title": "notice 4", "body": "Something happened.", "url": "/account", "read": false, "readAt": null, "createdAt": world.app.now() })
    );

    let path = format!("/api/mailbox/notifications/{}/read", ids[2]);
    world.advance(1000);
    let read_at = ada.post(&path, json!({})).await.ok()["readAt"].clone();
    assert_eq!(read_at, json!(world.app.now()));
    world.advance(1000);
    assert_eq!(
        ada.post(&path, json!({})).await.ok()["readAt"],
        read_at,
        "the time of the first read stays"
    );
    for _ in 0..2 {
        let unread = ada.post(&path, json!({ "read": false })).await.ok();
        assert_eq!((&unread["read"], &unread["readAt"]), (&json!(false), &json!(null)));
    }
    ada.post(&path, json!({ "read": true })).await.ok();
    let rows = ada.get("/api/mailbox/notifications").await.ok();
    assert_eq!(
        rows["data"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["read"] == true)
            .map(|row| row["id"].clone())
            .collect::<Vec<_>>(),
        [json!(ids[2])]
    );
    // After a year it is gone, even if the table has not removed it yet.
    world.advance(KEPT - 4000);
    let rows = world
        .app
        .store()
        .notifications(
            ada.id,
            &provost_domain::page::PageRequest {
                from: provost_domain::page::PageFrom::Page(1),
                limit: 10,
            },
            world.app.now(),
        )
        .await
        .unwrap();
    assert_eq!(
        rows.rows.iter().map(|notice| notice.id).collect::<Vec<_>>(),
        [ids[4], ids[3], ids[2]]
    );
}

#[tokio::test]
async fn a_user_cannot_see_the_mailbox_of_another_user() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let id = notify(&world, &ada, "for ada").await;
    world.anyone().get("/api/mailbox/notifications").await.is(401, "UNAUTHENTICATED");
    world
        .anyone()
        .post(&format!("/api/mailbox/notifications/{id}/read"), json!({}))
        .await
        .is(401, "UNAUTHENTICATED");
    assert_eq!(bob.get("/api/mailbox/notifications").await.ok()["pagination"]["total"], 0);
    for wrong in [id.to_string(), "ntf_01ARZ3NDEKTSV4RRFFQ69G5FAV".into(), "nothing".into()] {
        bob.post(&format!("/api/mailbox/notifications/{wrong}/read"), json!({}))
            .await
            .is(404, "NOT_FOUND");
    }
    ada.get("/api/mailbox/notifications?unknown=1").await.is(400, "UNKNOWN_PARAMETER");
    assert_eq!(ada.get("/api/mailbox/notifications").await.ok()["data"][0]["read"], false);
}

#[tokio::test]
async fn a_jpeg_is_accepted_under_each_media_type_but_not_truncated() {
    let world = world().await;
    let ada = world.person("ada").await;
    let photograph = sample_image(ImageFormat::Jpeg);
    for media in ["image/jpeg", "image/jpg", "image/pjpeg"] {
        send(&ada, "me", media, photograph.clone()).await.ok();
        send(&ada, "me", media, sample_image(ImageFormat::Png)).await.is(415, "UNSUPPORTED_MEDIA");
    }
    for percent in [2, 50, 99] {
        let part = photograph.slice(..photograph.len() * percent / 100);
        send(&ada, "me", "image/jpeg", part).await.is(422, "VALIDATION_FAILED");
    }
}
