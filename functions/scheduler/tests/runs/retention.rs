//! The images of decided verifications: kept until they are due, then removed once, even if runs
//! are killed, late or duplicated.

use std::time::Duration;

use bytes::Bytes;
use fn_scheduler::{LEASE_LIFE, handle};
use futures_util::future::join_all;
use provost_domain::{
    Pseudonym, Timestamp, UserId, VerificationId,
    time::DAY,
    verification::{
        Image, ImageKind, Verification, VerificationStatus, VerificationType, image_key,
        incoming_key, prefix,
    },
};
use provost_jobs::Deadline;
use provost_operations::{Op, verification::expire_images};
use provost_testkit::{KillPoint, World};
use serde_json::json;

use super::{bare, tick};

/// A verification of a new user that was just decided, with its images and one image uploaded to an
/// incoming key. The images are removed at the given time.
async fn decided(world: &World, name: &str, images_go_at: Timestamp) -> (UserId, VerificationId) {
    let (owner, now) = (world.person(name).await.id, world.app.now());
    let image = |kind| Image { kind, content_type: "image/png".to_owned(), size: 7 };
    let asked = Verification {
        id: world.app.id(VerificationId::new),
        user_id: owner,
        r#type: VerificationType::Identity,
        status: VerificationStatus::Pending,
        student: None,
        images: vec![image(ImageKind::Document), image(ImageKind::Selfie)],
        created_at: now,
        decided_at: None,
        decided_by: None,
        reason: None,
        images_removed_at: None,
        version: 1,
    };
    let mut tx = world.app.transaction();
    tx.create_verification(&asked).expect("a verification");
    tx.commit().await.expect("the item is new");
    let (store, id) = (world.app.store(), asked.id);
    let (document, selfie) =
        (image_key(owner, id, ImageKind::Document), image_key(owner, id, ImageKind::Selfie));
    for key in [document, selfie, incoming_key(owner, id, ImageKind::Selfie)] {
        store
            .put_object(&store.names().files, &key, "image/png", Bytes::from_static(b"picture"))
            .await
            .expect("an image");
    }
    let decided = asked
        .decide(VerificationStatus::Approved, world.app.id(Pseudonym::new), None, now)
        .expect("the verification is pending");
    let mut tx = world.app.transaction();
    tx.decide_verification(&decided, images_go_at).expect("a decision");
    tx.commit().await.expect("no concurrent decision");
    (owner, id)
}

/// The number of object versions of a verification.
async fn images(world: &World, (owner, id): (UserId, VerificationId)) -> usize {
    let store = world.app.store();
    store
        .object_versions(&store.names().files, &prefix(owner, id), None)
        .await
        .expect("the bucket responds")
        .0
        .len()
}

/// The number of audit entries about removed images of a user.
async fn removal_entries(world: &World, owner: UserId) -> usize {
    let pseudonym = world.user(owner).await.expect("the account exists").pseudonym;
    let entries =
        world.app.store().recent_entries_about(pseudonym, 100).await.expect("the table responds");
    entries.into_iter().filter(|entry| entry.action == "verification.images_removed").count()
}

async fn read_verification(world: &World, id: VerificationId) -> Verification {
    world
        .app
        .store()
        .verification(id)
        .await
        .expect("the table responds")
        .expect("the verification exists")
}

#[tokio::test]
async fn images_are_removed_when_due_and_the_decision_is_kept() {
    let world = bare().await;
    let due = decided(&world, "ada", world.app.now().plus(30 * DAY)).await;
    let (other, document) = (
        decided(&world, "bob", world.app.now().plus(31 * DAY)).await,
        format!("users/{}/documents/x", due.0),
    );
    let store = world.app.store();
    store
        .put_object(
            &store.names().files,
            &document,
            "application/pdf",
            Bytes::from_static(b"%PDF-"),
        )
        .await
        .expect("a document");
    world.advance(30 * DAY - 1);
    assert_eq!((tick(&world, "retention").await.images, images(&world, due).await), (0, 3));
    world.advance(1);
    assert_eq!((tick(&world, "retention").await.images, images(&world, due).await), (1, 0));
    assert_eq!(images(&world, other).await, 3, "another user's images are kept");
    assert!(
        store
            .object_size(&store.names().files, &document)
            .await
            .expect("the bucket responds")
            .is_some(),
        "the user's other objects are kept"
    );
    let after = read_verification(&world, due.1).await;
    assert_eq!(
        (after.status, after.images_removed_at, after.version),
        (VerificationStatus::Approved, Some(world.app.now()), 3)
    );
    assert_eq!(
        (removal_entries(&world, due.0).await, removal_entries(&world, other.0).await),
        (1, 0)
    );
}

#[tokio::test]
async fn a_run_killed_at_any_call_leaves_no_image_and_one_audit_entry() {
    let mut call = 0;
    loop {
        call += 1;
        let world = bare().await;
        let now = world.app.now();
        let both = [decided(&world, "ada", now).await, decided(&world, "bob", now).await];
        world.interceptor.kill_at(if call % 2 == 0 {
            KillPoint::Before(call / 2)
        } else {
            KillPoint::After(call.div_ceil(2))
        });
        let run = handle(
            world.app.clone(),
            json!({ "job": "retention" }),
            Deadline::within(Duration::from_secs(240)),
        );
        let ended = world.interceptor.until_killed(run).await;
        world.interceptor.reset();
        world.advance(LEASE_LIFE);
        tick(&world, "retention").await;
        for due in both {
            assert_eq!(
                (images(&world, due).await, removal_entries(&world, due.0).await),
                (0, 1),
                "killed at call {call}"
            );
            assert!(
                read_verification(&world, due.1).await.images_removed_at.is_some(),
                "killed at call {call}"
            );
        }
        assert_eq!(tick(&world, "retention").await.images, 0, "killed at call {call}");
        if ended.is_some() {
            break;
        }
    }
    assert!(call > 20, "the run makes enough calls");
}

#[tokio::test]
async fn a_late_run_processes_everything_that_was_missed() {
    let world = bare().await;
    let now = world.app.now();
    let mut all = Vec::new();
    for (number, name) in ["ada", "bob", "cleo"].into_iter().enumerate() {
        all.push(
            decided(&world, name, now.plus(i64::try_from(number).expect("small") * DAY)).await,
        );
    }
    world.advance(40 * DAY);
    assert_eq!(tick(&world, "retention").await.images, 3);
    for due in all {
        assert_eq!((images(&world, due).await, removal_entries(&world, due.0).await), (0, 1));
    }
}

#[tokio::test]
async fn overlapping_runs_remove_images_once() {
    let world = bare().await;
    let due = decided(&world, "ada", world.app.now()).await;
    let report: usize = join_all((0..4).map(|_| tick(&world, "retention")))
        .await
        .into_iter()
        .map(|report| report.images)
        .sum();
    assert_eq!(
        (report, images(&world, due).await, removal_entries(&world, due.0).await),
        (1, 0, 1)
    );

    // A run that lost its lease continues concurrently with the run that now holds it.
    let due = decided(&world, "bob", world.app.now()).await;
    let key = provost_store::verifications::key(due.1);
    let run = world.app.id(provost_domain::RequestId::new);
    let op = Op::system(&world.app, "scheduler", run);
    let both = join_all((0..4).map(|_| expire_images(&op, &key))).await;
    assert_eq!(
        both.into_iter().filter(|removed| *removed.as_ref().expect("the table responds")).count(),
        1
    );
    assert_eq!((images(&world, due).await, removal_entries(&world, due.0).await), (0, 1));
}
