//! Files in the buckets that staff assigned to the user are erased where they are.

use provost_domain::file;
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
        let (left, _) = world.app.store().list_objects(bucket, "", None).await.unwrap();
        let left: Vec<_> = left.into_iter().map(|object| object.key).collect();
        assert_eq!(left, [other], "only the other user's file is left in {bucket}");
    }
}
