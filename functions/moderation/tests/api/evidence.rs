//! Evidence: a copy that outlives its file, for the legal period.

use provost_app::App;
use provost_domain::{
    BuiltInRole, RequestId,
    content::{Content, EVIDENCE_LIFE, Evidence, UNUSED_EVIDENCE_LIFE, UPLOAD_LIFE},
};
use provost_operations::{Op, moderation::preserve_content};
use provost_testkit::{KillPoint, World};
use serde_json::json;

use super::support::*;

fn op(app: &App) -> Op<'_> {
    Op::system(app, "test", app.id(RequestId::new))
}

/// Takes evidence, as a report that refers to it does.
async fn kept(world: &World, content: &Content) -> Evidence {
    let evidence = preserve_content(&op(&world.app), content).await.expect("evidence");
    let mut tx = world.app.transaction();
    tx.keep_evidence(&evidence).expect("evidence");
    tx.commit().await.expect("it is there");
    evidence
}

#[tokio::test]
async fn evidence_outlives_the_file_for_the_legal_period() {
    let world = world().await;
    let (ada, mut grace) =
        (world.person("ada").await, world.staff("grace", BuiltInRole::Admin).await);
    let sent = uploaded(&ada, "song.mp3", SONG).await;
    ada.get(&path(&sent)).await.ok();
    let content = stored(&world, &sent).await.expect("the file");
    let evidence = kept(&world, &content).await;
    assert_eq!(
        (evidence.name.as_str(), evidence.size, &evidence.sha256),
        ("song.mp3", 8, &content.sha256)
    );
    world.advance(UPLOAD_LIFE);
    grace.renew().await;
    grace.delete_with(&content_path(&sent), json!({"reason": "a copy"})).await.ok();
    assert_eq!(tick(&world).await.removals, 1);
    let copy = format!("evidence/{}", evidence.id);
    assert_eq!(objects(&world, ada.id).await, [copy.as_str()]);

    world.advance(EVIDENCE_LIFE - UPLOAD_LIFE - 1);
    assert_eq!((tick(&world).await.evidence, objects(&world, ada.id).await), (0, vec![copy]));
    world.advance(1);
    assert_eq!(tick(&world).await.evidence, 1);
    assert_eq!(objects(&world, ada.id).await, [""; 0]);
    let gone = world.app.store().evidence(evidence.id).await.expect("the table responds");
    assert!(gone.is_none());
}

#[tokio::test]
async fn evidence_of_a_file_that_is_gone_has_no_copy() {
    let world = world().await;
    let ada = world.person("ada").await;
    let sent = uploaded(&ada, "song.mp3", SONG).await;
    ada.get(&path(&sent)).await.ok();
    let content = stored(&world, &sent).await.expect("the file");
    let place = content.object.clone().expect("a place");
    world.app.store().erase_object(&place.bucket, &place.key).await.expect("the bucket responds");
    let evidence = kept(&world, &content).await;
    assert_eq!((evidence.copy.is_none(), evidence.name.as_str()), (true, "song.mp3"));
    let stored = world.app.store().evidence(evidence.id).await.expect("the table responds");
    assert_eq!(stored, Some(evidence));
}

#[tokio::test]
async fn a_killed_request_leaves_no_copy_behind() {
    let world = world().await;
    let ada = world.person("ada").await;
    let sent = uploaded(&ada, "song.mp3", SONG).await;
    ada.get(&path(&sent)).await.ok();
    let content = stored(&world, &sent).await.expect("the file");
    for call in 2.. {
        world.interceptor.kill_at(match call % 2 {
            0 => KillPoint::Before(call / 2),
            _ => KillPoint::After(call / 2),
        });
        let op = op(&world.app);
        let ended = world.interceptor.until_killed(preserve_content(&op, &content)).await;
        world.interceptor.reset();
        world.advance(UNUSED_EVIDENCE_LIFE);
        tick(&world).await;
        let file = format!("files/{}", id(&sent));
        assert_eq!(objects(&world, ada.id).await, [file], "killed at call {call}");
        if ended.is_some() {
            assert!(call > 5, "the request makes enough calls: {call}");
            break;
        }
    }
}
