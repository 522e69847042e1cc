//! Invitations do not reveal whether an address has an account.

#[path = "api/common.rs"]
#[allow(dead_code, reason = "shared with other stories")]
mod common;

use common::{found, world};
use provost_domain::time::MINUTE;
use provost_testkit::{Someone, World};
use serde_json::json;

/// The number of emails to a user.
async fn emails(world: &World, person: &Someone<'_>) -> usize {
    let store = world.app.store();
    let (keys, _) = store
        .keys_of(&store.names().accounts, &format!("USER#{}", person.id), None)
        .await
        .expect("keys");
    keys.into_iter().filter(|key| key.sk.starts_with("MAIL#")).count()
}

#[tokio::test]
async fn an_invitation_does_not_reveal_whether_the_address_has_an_account() {
    let world = world().await;
    let (ada, known, unconfirmed) =
        (world.person("ada").await, world.person("bob").await, world.person("eve").await);
    world.edit(unconfirmed.id, |user| user.email_verified = false).await;
    let org = found(&ada, "apex-gaming").await;
    let mut invited = Vec::new();
    let mut sent_again = Vec::new();
    // As long as `bob@user.example`, so that all items have the same size.
    for email in [known.email.as_str(), unconfirmed.email.as_str(), "zoe@user.example"] {
        world.interceptor.reset();
        let made = ada.post(&format!("{org}/invite"), json!({"email": email})).await;
        let spent = world.interceptor.spent();
        let mut body = made.status(201);
        let id = body["id"].as_str().expect("an id").to_owned();
        for own in ["id", "email"] {
            body.as_object_mut().expect("an object").remove(own);
        }
        invited.push((
            made.status,
            body,
            made.body.len(),
            world.interceptor.log(),
            spent.reads,
            spent.writes,
            spent.index_writes,
            spent.patterns,
        ));
        world.advance(MINUTE);
        world.interceptor.reset();
        let again = ada.post(&format!("{org}/invite/{id}/resend"), json!({})).await;
        let spent = world.interceptor.spent();
        sent_again.push((
            again.status,
            again.body.len(),
            world.interceptor.log(),
            spent.reads,
            spent.writes,
            spent.index_writes,
            spent.patterns,
        ));
        world.advance(-MINUTE);
    }
    assert!(sent_again.iter().all(|reply| reply.0 == 200));
    for (one, other) in [(0, 1), (0, 2)] {
        assert_eq!(invited[one], invited[other]);
        assert_eq!(sent_again[one], sent_again[other]);
    }
    world.settle().await;
    // Only accounts with a confirmed address get the email recorded under the account.
    assert_eq!(emails(&world, &known).await, 2);
    assert_eq!(emails(&world, &unconfirmed).await, 0);
}
