//! The assignment of a bucket is interrupted before and after each of its calls: user or organisation
//! and counts always agree, and repeating the request completes it.

use provost_domain::BucketId;
use provost_testkit::{KillPoint, World};
use serde_json::json;

use crate::support::*;

/// The number of users that each bucket counts, and that it has.
async fn agree(world: &World, user: provost_domain::UserId, buckets: &[BucketId], when: &str) {
    let present = world.user(user).await.unwrap().storage_bucket;
    for bucket in buckets {
        let counted = world.app.store().bucket(*bucket).await.unwrap().unwrap().users;
        assert_eq!(counted, u64::from(present == Some(*bucket)), "{when}: {bucket}");
    }
}

#[tokio::test]
async fn an_interrupted_assignment_leaves_user_and_counts_in_agreement() {
    let world = world().await;
    let root = root(&world).await;
    let ada = world.person("ada").await;
    let storage = format!("/api/admin/users/{}/storage", ada.id);
    let mut buckets = Vec::new();
    for _ in 0..2 {
        let created = root.post(BUCKETS, elsewhere()).await.status(201);
        buckets.push(created["id"].as_str().unwrap().parse::<BucketId>().unwrap());
    }
    let assign = async |bucket: BucketId| root.put(&storage, quietly(&json!(bucket))).await;
    assign(buckets[0]).await.ok();
    world.interceptor.reset();
    assign(buckets[1]).await.ok();
    let calls = world.interceptor.calls();
    assert!(calls > 2, "{calls}");
    let mut next = 0;
    for call in 1..=calls {
        for point in [KillPoint::Before(call), KillPoint::After(call)] {
            let when = format!("{point:?}");
            world.interceptor.reset();
            world.interceptor.kill_at(point);
            let _ = world.interceptor.until_killed(assign(buckets[next])).await;
            world.interceptor.reset();
            agree(&world, ada.id, &buckets, &when).await;
            assign(buckets[next]).await.ok();
            agree(&world, ada.id, &buckets, &when).await;
            assert_eq!(world.user(ada.id).await.unwrap().storage_bucket, Some(buckets[next]));
            next = 1 - next;
        }
    }
}

#[tokio::test]
async fn an_interrupted_assignment_to_an_organisation_leaves_it_and_counts_in_agreement() {
    let world = world().await;
    let root = root(&world).await;
    let owner = world.person("owner").await;
    let squad = squad(&world, owner.id).await;
    let storage = format!("/api/admin/storage/squads/{squad}");
    let mut buckets = Vec::new();
    for _ in 0..2 {
        let created = root.post(BUCKETS, elsewhere()).await.status(201);
        buckets.push(created["id"].as_str().unwrap().parse::<BucketId>().unwrap());
    }
    let assign = async |bucket: BucketId| root.put(&storage, json!({ "bucketId": bucket })).await;
    let agree = async |when: &str| {
        let found = world.app.store().organisation(squad).await.unwrap().unwrap();
        for bucket in &buckets {
            let counted = world.app.store().bucket(*bucket).await.unwrap().unwrap().organisations;
            assert_eq!(counted, u64::from(found.storage_bucket == Some(*bucket)), "{when}");
        }
        found.storage_bucket
    };
    assign(buckets[0]).await.ok();
    world.interceptor.reset();
    assign(buckets[1]).await.ok();
    let calls = world.interceptor.calls();
    let mut next = 0;
    for call in 1..=calls {
        for point in [KillPoint::Before(call), KillPoint::After(call)] {
            let when = format!("{point:?}");
            world.interceptor.reset();
            world.interceptor.kill_at(point);
            let _ = world.interceptor.until_killed(assign(buckets[next])).await;
            world.interceptor.reset();
            agree(&when).await;
            assign(buckets[next]).await.ok();
            assert_eq!(agree(&when).await, Some(buckets[next]), "{when}");
            next = 1 - next;
        }
    }
    assert!(calls > 2, "{calls}");
}
