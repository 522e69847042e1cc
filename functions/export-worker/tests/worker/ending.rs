//! Runs that do not finish, and archives that expire.

use std::time::Duration;

use provost_domain::{
    RequestId,
    export::{ARCHIVE_LIFE, ExportJob, ExportStatus, STALLED_AFTER},
};
use provost_operations::{Op, export::expire_export};
use provost_store::exports::{EXPIRY, STALLED};

use crate::support::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_out_of_time_leaves_nothing_and_the_next_run_starts_over() {
    let world = world().await;
    let ada = rich(&world, "ada").await;
    let (id, identity) = job_for(&world, ada.id).await;
    assert!(
        deliver_within(&world, id, Duration::from_secs(30)).await,
        "the message must be redelivered"
    );
    assert_eq!(
        (job(&world, id).await.status, open_uploads(&world).await),
        (ExportStatus::Running, 0)
    );
    assert!(!deliver(&world, id).await);
    opened(&world, id, &identity).await;
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_no_run_can_finish_fails_and_releases_the_lock() {
    let world = world().await;
    let ada = rich(&world, "ada").await;
    let (id, _) = job_for(&world, ada.id).await;
    for _ in 0..20 {
        assert!(deliver_within(&world, id, Duration::from_secs(30)).await);
    }
    assert!(!deliver_within(&world, id, Duration::from_secs(30)).await);
    let failed = job(&world, id).await;
    assert_eq!(failed.status, ExportStatus::Failed);
    assert!(failed.error.is_some_and(|why| why.ends_with('.')));
    assert!(world.app.store().export_under_way(ada.id).await.unwrap().is_none());
    let (again, identity) = job_for(&world, ada.id).await;
    assert!(!deliver(&world, again).await);
    opened(&world, again, &identity).await;
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invalid_recipient_fails_the_job_permanently() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (id, _) = job_for(&world, ada.id).await;
    let mut job_item = job(&world, id).await;
    job_item.id = world.app.id(provost_domain::ExportId::new);
    job_item.user_id = world.person("bob").await.id;
    job_item.recipients = vec!["age1nonsense".to_owned()];
    let mut tx = world.app.transaction();
    tx.create_export(&job_item, world.app.now()).unwrap();
    tx.commit().await.unwrap();
    assert!(!deliver(&world, job_item.id).await);
    assert_eq!(job(&world, job_item.id).await.status, ExportStatus::Failed);
    assert_eq!(open_uploads(&world).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_job_is_resent_once() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (id, identity) = job_for(&world, ada.id).await;
    let store = world.app.store();
    assert_eq!(
        store.resend_silent_jobs::<ExportJob>(world.app.now(), 10).await.unwrap(),
        0,
        "it is not stalled yet"
    );
    world.advance(STALLED_AFTER);
    assert_eq!(store.exports_due(STALLED, world.app.now(), 10).await.unwrap(), [id]);
    assert_eq!(store.resend_silent_jobs::<ExportJob>(world.app.now(), 10).await.unwrap(), 1);
    assert_eq!(store.resend_silent_jobs::<ExportJob>(world.app.now(), 10).await.unwrap(), 0);
    world.settle().await;
    opened(&world, id, &identity).await;
    assert_eq!(
        store.exports_due(STALLED, world.app.now().plus(STALLED_AFTER), 10).await.unwrap(),
        []
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_is_removed_when_it_expires_and_not_before() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (id, _) = job_for(&world, ada.id).await;
    assert!(!deliver(&world, id).await);
    let store = world.app.store();
    let op = || Op::system(&world.app, "scheduler", world.app.id(RequestId::new));
    world.advance(ARCHIVE_LIFE - 1);
    assert!(!expire_export(&op(), id).await.unwrap());
    assert!(object(&world, id).await.is_some());
    world.advance(1);
    assert_eq!(store.exports_due(EXPIRY, world.app.now(), 10).await.unwrap(), [id]);
    assert!(
        job(&world, id).await.check_ready(world.app.now()).is_err(),
        "it cannot be downloaded at the instant of expiry"
    );
    assert!(expire_export(&op(), id).await.unwrap());
    assert_eq!(job(&world, id).await.status, ExportStatus::Expired);
    assert!(object(&world, id).await.is_none());
    assert_eq!(store.exports_due(EXPIRY, world.app.now(), 10).await.unwrap(), []);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_orphaned_upload_is_aborted_and_one_in_progress_is_not() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (id, identity) = job_for(&world, ada.id).await;
    let (store, bucket) = (world.app.store(), world.app.store().names().exports.clone());
    let orphan = store
        .begin_upload(
            &bucket,
            &provost_domain::export::object_key(world.app.id(provost_domain::ExportId::new)),
        )
        .await
        .unwrap();
    let claimed = job(&world, id).await.start().unwrap();
    assert!(store.write_claim(&claimed, world.app.now()).await.unwrap());
    let own = store.begin_upload(&bucket, &provost_domain::export::object_key(id)).await.unwrap();
    assert!(store.note_export_upload(&claimed, &own).await.unwrap());
    assert_eq!(store.abort_orphaned_uploads(long_after()).await.unwrap(), 1);
    let left = store.open_uploads(&bucket, "").await.unwrap();
    assert!(left.len() == 1 && left[0].id == own && left[0].id != orphan);
    assert!(!deliver(&world, id).await);
    opened(&world, id, &identity).await;
    assert_eq!(open_uploads(&world).await, 0);
    world.settle().await;
}
