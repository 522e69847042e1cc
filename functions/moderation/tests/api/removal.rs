//! Removal: what is left of content, who is notified, and runs that are killed.

use bytes::Bytes;
use provost_domain::{BuiltInRole, content::UPLOAD_LIFE};
use provost_jobs::Deadline;
use provost_testkit::{KillPoint, Someone, World};
use serde_json::{Value, json};

use super::support::*;

fn because(notify: bool) -> Value {
    json!({"reason": "It is a copy.", "notifyUser": notify})
}

async fn notifications(owner: &Someone<'_>) -> Value {
    owner.get("/api/mailbox/notifications").await.ok()["data"].clone()
}

/// A file in two versions, one of them beside another object whose key only begins alike.
async fn in_two_versions(world: &World, owner: &Someone<'_>) -> (Value, String) {
    let sent = uploaded(owner, "song.mp3", SONG).await;
    owner.get(&path(&sent)).await.ok();
    let place = stored(world, &sent).await.and_then(|content| content.object).expect("a place");
    let beside = format!("{}x", place.key);
    for key in [&place.key, &beside] {
        let bytes = Bytes::from_static(b"la la");
        world
            .app
            .store()
            .put_object(&place.bucket, key, "audio/mpeg", bytes)
            .await
            .expect("an object");
    }
    (sent, beside.rsplit('/').next().expect("a name").to_owned())
}

#[tokio::test]
async fn removed_content_is_gone_at_once_and_its_objects_soon() {
    let world = world().await;
    let (mut ada, mut grace) =
        (world.person("ada").await, world.staff("grace", BuiltInRole::Admin).await);
    let (sent, beside) = in_two_versions(&world, &ada).await;
    world.advance(UPLOAD_LIFE);
    ada.renew().await;
    grace.renew().await;
    let removed = grace.delete_with(&content_path(&sent), because(false)).await.ok();
    assert_eq!(
        removed,
        json!({"id": sent["id"], "status": "removing", "success": true, "message": "Content removed"})
    );
    ada.get(&path(&sent)).await.is(404, "NOT_FOUND");
    assert_eq!(usage(&world, ada.id).await, (0, 0));
    let shown = grace.get(&path(&sent)).await.ok();
    assert_eq!((&shown["status"], &shown["url"]), (&json!("removing"), &json!(null)));
    for (method, path) in [("remove", content_path(&sent)), ("flag", staff_path(&sent, "flag"))] {
        let again = match method {
            "remove" => grace.delete_with(&path, because(true)).await,
            _ => grace.post(&path, json!({"reason": "a copy"})).await,
        };
        again.is(409, "INVALID_ACTION");
    }

    assert_eq!(tick(&world).await.removals, 1);
    assert_eq!(objects(&world, ada.id).await, [format!("files/{beside}")]);
    assert_eq!(grace.get(&path(&sent)).await.ok()["status"], "removed");
    assert_eq!(notifications(&ada).await, json!([]), "nobody asked to notify the owner");
    assert_eq!(
        actions(&world, ada.id).await,
        [
            "content.registered",
            "content.uploaded",
            "content.downloaded",
            "content.removed",
            "content.objects_deleted",
        ]
    );
    assert_eq!(tick(&world).await.removals, 0);
}

#[tokio::test]
async fn the_owner_is_told_by_notification_and_email_if_staff_ask() {
    let world = world().await;
    let (ada, grace) = (world.person("ada").await, world.staff("grace", BuiltInRole::Admin).await);
    let sent = uploaded(&ada, "song.mp3", SONG).await;
    // The parameters are accepted in the query too, for clients whose proxies drop the body.
    let query = "reason=It%20is%20a%20copy.&notifyUser=true";
    grace.delete(&format!("{}?{query}", content_path(&sent))).await.ok();
    world.settle().await;
    let told = notifications(&ada).await;
    assert_eq!(told.as_array().map(Vec::len), Some(1));
    let text = told[0]["body"].as_str().expect("a text");
    assert!(text.contains("song.mp3") && text.contains("It is a copy."), "{text}");
    let letters = emails(&world, &ada).await;
    assert_eq!(letters.len(), 1);
    assert!(letters[0].contains("song.mp3") && letters[0].contains("It is a copy."));
}

#[tokio::test]
async fn removal_ends_the_flag_of_the_content() {
    let world = world().await;
    let (ada, grace) = (world.person("ada").await, world.staff("grace", BuiltInRole::Admin).await);
    let sent = uploaded(&ada, "song.mp3", SONG).await;
    grace.post(&staff_path(&sent, "flag"), json!({"reason": "a copy"})).await.ok();
    grace.delete_with(&content_path(&sent), because(false)).await.ok();
    assert_eq!(grace.get(FLAGGED).await.ok()["pagination"]["total"], 0);
    let id = id(&sent).parse().expect("an id");
    let history = world.app.store().flags_of(id).await.expect("the table responds");
    assert!(history[0].end.as_ref().is_some_and(|end| end.removed));
}

#[tokio::test]
async fn an_upload_that_arrives_after_the_removal_is_deleted_too() {
    let world = world().await;
    let (ada, mut grace) =
        (world.person("ada").await, world.staff("grace", BuiltInRole::Admin).await);
    let sent = ada.post(FILES, file("song.mp3", SONG)).await.status(201);
    grace.delete_with(&content_path(&sent), because(false)).await.ok();
    assert_eq!(tick(&world).await.removals, 1);
    assert_eq!(put(&sent, SONG, &[]).await, 200, "the URL works for a minute");
    ada.get(&path(&sent)).await.is(404, "NOT_FOUND");
    assert_eq!(grace.get(&path(&sent)).await.ok()["url"], json!(null));
    world.advance(UPLOAD_LIFE);
    grace.renew().await;
    assert_eq!(tick(&world).await.removals, 1);
    assert_eq!(objects(&world, ada.id).await, [""; 0]);
    assert_eq!(grace.get(&path(&sent)).await.ok()["status"], "removed");
}

#[tokio::test]
async fn only_staff_above_the_owner_remove_content_and_with_a_reason() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (grace, heidi, linus) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("heidi", BuiltInRole::Admin).await,
        world.staff("linus", BuiltInRole::Staff).await,
    );
    let sent = uploaded(&ada, "song.mp3", SONG).await;
    let removal = content_path(&sent);
    world.anyone().delete_with(&removal, because(true)).await.is(401, "UNAUTHENTICATED");
    ada.delete_with(&removal, because(true)).await.is(403, "ADMIN_REQUIRED");
    linus.delete_with(&removal, because(true)).await.is(403, "PERMISSION_DENIED");
    grace.delete_with(&removal, json!({"notifyUser": true})).await.is(422, "VALIDATION_FAILED");
    let nothing = format!("/api/admin/content/{NOTHING}");
    grace.delete_with(&nothing, because(true)).await.is(404, "NOT_FOUND");
    let own = content_path(&uploaded(&grace, "own.mp3", SONG).await);
    grace.delete_with(&own, because(true)).await.is(409, "CANNOT_MODIFY_SELF");
    let peer = content_path(&uploaded(&heidi, "peer.mp3", SONG).await);
    grace.delete_with(&peer, because(true)).await.is(403, "OUTRANKED");
    assert_eq!(usage(&world, ada.id).await, (8, 1));
}

/// The request is killed before and after each of its calls, then sent again; then the scheduler.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn content_is_removed_once_however_often_a_run_is_killed() {
    let world = world().await;
    let (mut ada, mut grace) =
        (world.person("ada").await, world.staff("grace", BuiltInRole::Admin).await);
    let mut told = 0;
    for call in 2.. {
        ada.renew().await;
        grace.renew().await;
        let sent = uploaded(&ada, "song.mp3", SONG).await;
        let point = match call % 2 {
            0 => KillPoint::Before(call / 2),
            _ => KillPoint::After(call / 2),
        };
        world.interceptor.kill_at(point);
        let removal = content_path(&sent);
        let ended =
            world.interceptor.until_killed(grace.delete_with(&removal, because(true))).await;
        world.interceptor.reset();
        // Refused if the killed request has removed it.
        let again = grace.delete_with(&removal, because(true)).await;
        let done = stored(&world, &sent).await.is_some_and(|content| content.is_removed());
        assert!(done, "killed at call {call}: {}", again.text());
        told += 1;

        world.advance(UPLOAD_LIFE);
        world.interceptor.kill_at(point);
        let deadline = Deadline::within(std::time::Duration::from_secs(240));
        let run = fn_scheduler::handle(world.app.clone(), json!({ "job": "due" }), deadline);
        let run_ended = world.interceptor.until_killed(run).await;
        world.interceptor.reset();
        world.advance(fn_scheduler::LEASE_LIFE);
        tick(&world).await;
        ada.renew().await;

        assert_eq!(objects(&world, ada.id).await, [""; 0], "killed at call {call}");
        assert_eq!(usage(&world, ada.id).await, (0, 0), "killed at call {call}");
        let status = stored(&world, &sent).await.map(|content| content.status.as_str());
        assert_eq!(status, Some("removed"), "killed at call {call}");
        let mine = ada.get("/api/mailbox/notifications").await.ok();
        assert_eq!(mine["pagination"]["total"], told, "killed at call {call}");
        if ended.is_some() && run_ended.is_some() {
            assert!(call > 14, "the run makes enough calls: {call}");
            break;
        }
        assert!(call < 100, "the sweep ends");
    }
    world.settle().await;
    assert_eq!(emails(&world, &ada).await.len(), told);
    let actions = actions(&world, ada.id).await;
    for action in ["content.removed", "content.objects_deleted"] {
        assert_eq!(actions.iter().filter(|done| *done == action).count(), told, "{action}");
    }
}
