//! Objects in the buckets that staff assigned to an organisation, when it is deleted or a member leaves.

use std::time::Duration;

use provost_domain::{BucketId, OrganisationId, UserId, file, organisation::folder};
use provost_testkit::{KillPoint, Roles, Someone, World};
use serde_json::json;

use crate::common::{found, join, world};

const DUE: &str = "due";

/// A run of the scheduler; returns how many removals it made, and whether it failed.
async fn tick(world: &World) -> Result<usize, String> {
    let deadline = provost_jobs::Deadline::within(Duration::from_secs(240));
    let report = fn_scheduler::handle(world.app.clone(), json!({ "job": DUE }), deadline).await;
    report.map(|report| report.removals).map_err(|error| error.to_string())
}

fn id_of(organisation: &str) -> OrganisationId {
    organisation.replace("/api/organisations/", "").parse().expect("an id")
}

/// An organisation of ada and bob with two buckets, each with an object of the organisation, one of
/// another organisation and a file of bob.
async fn choir(world: &World, ada: &Someone<'_>, bob: &Someone<'_>) -> (String, [BucketId; 2]) {
    let org = found(ada, "apex-gaming").await;
    join(ada, &org, bob, "member").await;
    let buckets = [
        world.assign_bucket(ada.id, "earlier").await,
        world.assign_bucket(ada.id, "present").await,
    ];
    world.edit(ada.id, |ada| (ada.storage_bucket, ada.earlier_buckets) = Default::default()).await;
    for bucket in buckets {
        world.assign_bucket_to(id_of(&org), bucket).await;
    }
    for bucket in ["earlier", "present"] {
        let own = format!("{}sheet.pdf", folder(id_of(&org)));
        for key in [own, OTHER.to_owned(), song(bob.id)] {
            let body = "la la la".into();
            world.app.store().put_object(bucket, &key, "text/plain", body).await.expect("stored");
        }
    }
    (org, buckets)
}

const OTHER: &str = "organisations/org_01ARZ3NDEKTSV4RRFFQ69G5FAV/sheet.pdf";

fn song(user: UserId) -> String {
    format!("{}files/song.mp3", file::prefix(user))
}

#[tokio::test]
async fn objects_of_a_deleted_organisation_are_erased_from_every_bucket_that_it_had() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (org, buckets) = choir(&world, &ada, &bob).await;
    ada.delete(&org).await.status(204);
    let before = world.interceptor.spent().rights;
    assert_eq!(tick(&world).await, Ok(1));
    Roles::read().demand("scheduler", world.interceptor.spent().rights.difference(&before));
    for bucket in ["earlier", "present"] {
        assert_eq!(world.keys_in(bucket).await, [OTHER.to_owned(), song(bob.id)], "{bucket}");
    }
    assert_eq!(tick(&world).await, Ok(0), "there is nothing left to do");
    let present = world.app.store().bucket(buckets[1]).await.expect("an answer").expect("a bucket");
    assert_eq!(present.organisations, 0);
    // The files of its members stay theirs: exports and erasures look there.
    for person in [&ada, &bob] {
        let known = world.user(person.id).await.expect("the account").all_buckets();
        assert_eq!(known, buckets.into(), "{}", person.email);
    }
    world.settle().await;
}

#[tokio::test]
async fn erasing_the_objects_of_a_deleted_organisation_survives_a_kill_at_any_call() {
    let mut killed = 0;
    for call in 1.. {
        let mut finished = true;
        for point in [KillPoint::Before(call), KillPoint::After(call)] {
            let world = world().await;
            let (ada, bob) = (world.person("ada").await, world.person("bob").await);
            let (org, _) = choir(&world, &ada, &bob).await;
            ada.delete(&org).await.status(204);
            world.settle().await;
            world.interceptor.kill_at(point);
            let ended = world.interceptor.until_killed(tick(&world)).await;
            world.interceptor.reset();
            if ended.is_none() {
                (finished, killed) = (false, killed + 1);
                // Until then, the killed run holds the lease.
                world.advance(fn_scheduler::LEASE_LIFE);
                tick(&world).await.expect("the run succeeds");
            }
            for bucket in ["earlier", "present"] {
                let left = world.keys_in(bucket).await;
                assert_eq!(left, [OTHER.to_owned(), song(bob.id)], "{point:?}: {bucket}");
            }
            let waits = world.emulators.items_beginning("operations", "ORGOBJECTS#");
            assert_eq!(waits, 0, "{point:?}");
            assert_eq!(crate::deletion::audited(&world, "organisation.objects_deleted").await, 1);
        }
        if finished {
            break;
        }
    }
    assert!(killed > 20, "{killed} kills");
}

#[tokio::test]
async fn a_request_killed_at_any_call_and_repeated_leaves_nothing_in_the_buckets() {
    // Only after each call, since the state before the next call is the same.
    for call in 1..=60 {
        let world = world().await;
        let (ada, bob) = (world.person("ada").await, world.person("bob").await);
        let (org, buckets) = choir(&world, &ada, &bob).await;
        world.settle().await;
        world.interceptor.kill_at(KillPoint::After(call));
        let finished = world.interceptor.until_killed(ada.delete(&org)).await.is_some();
        world.interceptor.reset();
        let again = ada.delete(&org).await.status;
        assert!(again == 204 || again == 404, "after call {call}: {again}");
        assert_eq!(tick(&world).await, Ok(1), "after call {call}");
        for bucket in ["earlier", "present"] {
            let left = world.keys_in(bucket).await;
            assert_eq!(left, [OTHER.to_owned(), song(bob.id)], "after call {call}: {bucket}");
        }
        let present = world.app.store().bucket(buckets[1]).await.expect("an answer");
        assert_eq!(present.expect("a bucket").organisations, 0, "after call {call}");
        let known = world.user(bob.id).await.expect("bob").all_buckets();
        assert_eq!(known, buckets.into(), "after call {call}");
        world.settle().await;
        if finished {
            return;
        }
    }
    panic!("deleting an organisation takes fewer calls than this");
}

#[tokio::test]
async fn a_bucket_that_does_not_respond_is_tried_again_at_the_next_run() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (org, buckets) = choir(&world, &ada, &bob).await;
    ada.delete(&org).await.status(204);
    let store = world.app.store();
    let without = async |there: bool| {
        let mut bucket = store.bucket(buckets[0]).await.expect("an answer").expect("a bucket");
        let sealed = store.bucket(buckets[1]).await.expect("an answer").expect("a bucket");
        let credentials = world.app.keys().storage().await.expect("a key");
        let open = credentials.open(buckets[1], sealed.credentials.as_deref().expect("sealed"));
        let again = credentials.seal(buckets[0], &open.expect("the key opens it"));
        bucket.credentials = there.then(|| again.expect("randomness"));
        let mut tx = world.app.transaction();
        tx.save_bucket(&bucket).expect("an item");
        tx.commit().await.expect("no concurrent write");
    };
    without(false).await;
    assert!(tick(&world).await.is_err(), "the run says that something failed");
    assert_eq!(world.emulators.items_beginning("operations", "ORGOBJECTS#"), 1);
    without(true).await;
    assert_eq!(tick(&world).await, Ok(1));
    assert_eq!(world.keys_in("earlier").await, [OTHER.to_owned(), song(bob.id)]);
    world.settle().await;
}

#[tokio::test]
async fn files_in_the_bucket_of_an_organisation_are_found_after_their_owner_has_left_it() {
    let world = world().await;
    let (ada, bob, eve) =
        (world.person("ada").await, world.person("bob").await, world.person("eve").await);
    let (org, buckets) = choir(&world, &ada, &bob).await;
    join(&ada, &org, &eve, "member").await;
    bob.post(&format!("{org}/leave"), json!({})).await.status(204);
    ada.delete(&format!("{org}/users/{}", eve.id)).await.status(204);
    for person in [&bob, &eve] {
        let known = world.user(person.id).await.expect("the account").all_buckets();
        assert_eq!(known, buckets.into(), "{}", person.email);
    }
    let root = world.staff("root", provost_domain::BuiltInRole::RootAdmin).await;
    let purge = json!({"confirmDelete": true, "reason": "asked for it"});
    root.delete_with(&format!("/api/admin/users/{}", bob.id), purge).await.ok();
    world.settle().await;
    assert!(world.user(bob.id).await.is_none(), "bob is erased");
    for bucket in ["earlier", "present"] {
        assert!(!world.keys_in(bucket).await.contains(&song(bob.id)), "{bucket}");
    }
}
