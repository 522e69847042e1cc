//! Files in the buckets that staff assigned to the user are erased where they are.

use provost_domain::{
    OrganisationId, file,
    organisation::{Member, MemberRole, Organisation, folder},
};
use provost_store::upload_windows::WINDOW;
use provost_testkit::World;

use crate::person::{deliver, is_erased, person, schedule};

#[tokio::test]
async fn files_are_erased_from_every_bucket_that_the_user_had() {
    let world = World::of(|_| Vec::new()).await;
    let subject = person(&world, 1).await;
    let other = "users/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV/files/other.txt";
    for bucket in ["first-bucket", "second-bucket"] {
        world.assign_bucket(subject.id, bucket).await;
        let key = format!("{}files/{bucket}.txt", file::prefix(subject.id));
        for key in [key.as_str(), other] {
            world.app.store().put_object(bucket, key, "text/plain", "x".into()).await.unwrap();
        }
    }
    let subject = schedule(&world, subject).await;
    assert!(deliver(&world, subject.request).await);
    assert_eq!(is_erased(&world, &subject).await.counts.get("uploads"), Some(&2));
    for bucket in ["first-bucket", "second-bucket"] {
        assert_eq!(
            world.keys_in(bucket).await,
            [other],
            "only the other user's file is left in {bucket}"
        );
    }
}

#[tokio::test]
async fn files_are_erased_from_the_bucket_of_an_organisation_of_the_user() {
    let world = World::of(|_| Vec::new()).await;
    let subject = person(&world, 1).await;
    let bucket = world.assign_bucket(subject.id, "theirs").await;
    // The bucket is not the user's, but that of an organisation with other members.
    world.edit(subject.id, |user| user.storage_bucket = None).await;
    let owner = world.person("owner").await;
    let organisation = Organisation {
        storage_bucket: Some(bucket),
        ..Organisation::found(
            world.app.id(OrganisationId::new),
            "Choir".to_owned(),
            "choir".to_owned(),
            owner.id,
            world.app.now(),
        )
    };
    let mut tx = world.app.transaction();
    tx.create_organisation(&organisation).unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.app.transaction();
    let joined_at = world.app.now();
    let (organisation_id, member_id) = (organisation.id, subject.id);
    tx.add_member(&Member { organisation_id, member_id, role: MemberRole::Member, joined_at })
        .unwrap();
    tx.commit().await.unwrap();
    let key = format!("{}files/song.mp3", file::prefix(subject.id));
    let kept = format!("{}files/song.mp3", file::prefix(owner.id));
    for key in [&key, &kept] {
        world.app.store().put_object("theirs", key, "audio/mpeg", "x".into()).await.unwrap();
    }
    let subject = schedule(&world, subject).await;
    assert!(deliver(&world, subject.request).await);
    assert_eq!(is_erased(&world, &subject).await.counts.get("uploads"), Some(&1));
    assert_eq!(world.keys_in("theirs").await, [kept], "the owner's file stays");
    assert!(world.app.store().organisation(organisation.id).await.unwrap().is_some());
}

#[tokio::test]
async fn an_organisation_that_is_erased_with_its_only_member_leaves_nothing_in_its_buckets() {
    let world = World::of(|_| Vec::new()).await;
    let subject = person(&world, 1).await;
    let [earlier, present] = [
        world.assign_bucket(subject.id, "earlier").await,
        world.assign_bucket(subject.id, "present").await,
    ];
    world.edit(subject.id, |user| user.storage_bucket = None).await;
    let own = Organisation::found(
        world.app.id(OrganisationId::new),
        "Choir".to_owned(),
        "choir".to_owned(),
        subject.id,
        world.app.now(),
    );
    let mut tx = world.app.transaction();
    tx.create_organisation(&own).unwrap();
    tx.commit().await.unwrap();
    for bucket in [earlier, present] {
        world.assign_bucket_to(own.id, bucket).await;
    }
    let other = "organisations/org_01ARZ3NDEKTSV4RRFFQ69G5FAV/sheet.pdf";
    for bucket in ["earlier", "present"] {
        for key in [format!("{}sheet.pdf", folder(own.id)), other.to_owned()] {
            world.app.store().put_object(bucket, &key, "text/plain", "x".into()).await.unwrap();
        }
    }
    let subject = schedule(&world, subject).await;
    assert!(deliver(&world, subject.request).await);
    is_erased(&world, &subject).await;
    for bucket in ["earlier", "present"] {
        assert_eq!(world.keys_in(bucket).await, [other], "{bucket}");
    }
    let counted = world.app.store().bucket(present).await.unwrap().unwrap();
    assert_eq!(counted.organisations, 0, "an erased organisation is assigned to no bucket");
}

#[tokio::test]
async fn a_file_that_arrives_late_in_an_assigned_bucket_is_erased_before_the_receipt() {
    let world = World::of(|_| Vec::new()).await;
    let subject = person(&world, 1).await;
    let bucket = world.assign_bucket(subject.id, "hers").await;
    let user = world.user(subject.id).await.unwrap();
    let mut tx = world.app.transaction();
    tx.check_user(&user).unwrap();
    tx.open_upload_window(subject.id, world.app.now()).unwrap();
    tx.commit().await.unwrap();
    let subject = schedule(&world, subject).await;
    assert!(deliver(&world, subject.request).await);
    assert!(world.user(subject.id).await.is_none(), "only the receipt waits");
    let key = format!("{}files/late.mp3", file::prefix(subject.id));
    world.app.store().put_object("hers", &key, "audio/mpeg", "x".into()).await.unwrap();
    world.advance(WINDOW);
    assert!(deliver(&world, subject.request).await);
    assert_eq!(is_erased(&world, &subject).await.counts.get("uploads"), Some(&1));
    assert!(world.keys_in("hers").await.is_empty());
    assert_eq!(world.app.store().bucket(bucket).await.unwrap().unwrap().users, 0);
}
