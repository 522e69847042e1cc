//! Concurrent requests have one outcome.

use futures_util::future::join_all;
use serde_json::json;

use crate::common::{found, invite, join, offer, roles, world};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_several_concurrent_requests_gets_a_handle() {
    let world = world().await;
    let mut people = Vec::new();
    for n in 0..10 {
        people.push(world.person(&format!("person{n}")).await);
    }
    let asked = join_all(people.iter().map(|person| {
        person.post("/api/organisations", json!({"name": "Apex", "handle": "apex"}))
    }))
    .await;
    assert_eq!(asked.iter().filter(|reply| reply.status == 201).count(), 1);
    for reply in asked.iter().filter(|reply| reply.status != 201) {
        reply.is(409, "ALREADY_EXISTS");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_is_one_owner_when_the_new_owner_leaves_concurrently() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    for round in 0..8 {
        let org = found(&ada, &format!("apex-{round}")).await;
        join(&ada, &org, &bob, "member").await;
        let id = offer(&ada, &org, &bob).await;
        let (accept, leave) =
            (format!("/api/organisations/invites/{id}/accept"), format!("{org}/leave"));
        let (moved, left) = tokio::join!(bob.post(&accept, json!({})), bob.post(&leave, json!({})));
        match (moved.status.as_u16(), left.status.as_u16()) {
            (200, 409) => {
                left.is(409, "SOLE_OWNER");
                assert_eq!(bob.get(&org).await.ok()["ownerId"], json!(bob.id.to_string()));
                assert_eq!(
                    roles(&bob, &org).await.iter().filter(|(_, role)| role == "owner").count(),
                    1
                );
            }
            (404 | 410, 204) => assert_eq!(
                roles(&ada, &org).await,
                [("ada Lindqvist".to_owned(), "owner".to_owned())]
            ),
            other => panic!("round {round}: {other:?} {} {}", moved.text(), left.text()),
        }
    }
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_is_accepted_or_revoked_and_never_both() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    for round in 0..6 {
        let org = found(&ada, &format!("apex-{round}")).await;
        let id = invite(&ada, &org, &bob.email).await;
        let (accept, revoke) =
            (format!("/api/organisations/invites/{id}/accept"), format!("{org}/invite/{id}"));
        let (once, twice, revoked) = tokio::join!(
            bob.post(&accept, json!({})),
            bob.post(&accept, json!({})),
            ada.delete(&revoke)
        );
        let joined = [&once, &twice].iter().filter(|reply| reply.status == 200).count();
        assert_eq!(
            joined + usize::from(revoked.status == 204),
            1,
            "round {round}: {} {} {}",
            once.text(),
            twice.text(),
            revoked.text()
        );
        assert_eq!(roles(&ada, &org).await.len(), 1 + joined);
    }
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_requests_invite_an_address_once() {
    let world = world().await;
    let ada = world.person("ada").await;
    let org = found(&ada, "apex").await;
    let path = format!("{org}/invite");
    let asked =
        join_all((0..5).map(|_| ada.post(&path, json!({"email": "bob@example.org"})))).await;
    assert_eq!(asked.iter().filter(|reply| reply.status == 201).count(), 1);
    for reply in asked.iter().filter(|reply| reply.status != 201) {
        reply.is(409, "ALREADY_EXISTS");
    }
    assert_eq!(ada.get(&org).await.ok()["invites"].as_array().map(Vec::len), Some(1));
    world.settle().await;
}
