//! Transfer of ownership: a member gets an offer, and nothing changes until they accept it.

use futures_util::future::join_all;
use provost_domain::{
    BuiltInRole,
    time::{DAY, MINUTE},
};
use provost_testkit::Someone;
use serde_json::{Value, json};

use crate::common::{found, hand_over, join, offer, roles, world};

async fn waiting(person: &Someone<'_>) -> Vec<Value> {
    person.get("/api/organisations/invites").await.ok()["data"].as_array().expect("rows").clone()
}

#[tokio::test]
async fn a_member_must_accept_to_become_the_owner() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let org = found(&ada, "apex-gaming").await;
    join(&ada, &org, &bob, "member").await;
    let asked =
        ada.post(&format!("{org}/users/{}/role", bob.id), json!({"role": "owner"})).await.ok();
    assert_eq!(
        (asked["role"].clone(), asked["ownershipOffer"]["role"].clone()),
        (json!("member"), json!("owner")),
        "{asked}"
    );
    assert_eq!(ada.get(&org).await.ok()["ownerId"], json!(ada.id));
    assert_eq!(
        roles(&ada, &org).await.iter().map(|(_, role)| role.as_str()).collect::<Vec<_>>(),
        ["owner", "member"]
    );
    world.settle().await;
    let emails = world
        .emulators
        .dynamodb()
        .scan()
        .table_name(&world.app.store().names().accounts)
        .send()
        .await
        .expect("the table responds");
    let emails = format!("{:?}", emails.items());
    assert!(
        emails.contains("You have been asked to become the owner of the organisation apex-gaming."),
        "an email is sent"
    );
    assert!(
        emails.contains("You have been asked to become the owner of Apex Gaming (apex-gaming)."),
        "a notification is created"
    );

    let offers = waiting(&bob).await;
    assert_eq!((offers.len(), offers[0]["role"].clone()), (1, json!("owner")));
    bob.post(
        &format!("/api/organisations/invites/{}/accept", offers[0]["id"].as_str().expect("an id")),
        json!({}),
    )
    .await
    .ok();
    assert_eq!(ada.get(&org).await.ok()["ownerId"], json!(bob.id));
    assert_eq!(
        roles(&ada, &org).await.iter().map(|(_, role)| role.as_str()).collect::<Vec<_>>(),
        ["admin", "owner"]
    );
    assert!(waiting(&bob).await.is_empty());
    world.settle().await;
}

#[tokio::test]
async fn a_declined_revoked_or_expired_offer_does_not_change_the_owner() {
    let world = world().await;
    let (ada, bob, eve) =
        (world.person("ada").await, world.person("bob").await, world.person("eve").await);
    let org = found(&ada, "apex-gaming").await;
    join(&ada, &org, &bob, "admin").await;
    join(&ada, &org, &eve, "admin").await;
    let answer = |id: &str, what: &str| format!("/api/organisations/invites/{id}/{what}");

    let declined = offer(&ada, &org, &bob).await;
    eve.post(&answer(&declined, "accept"), json!({})).await.is(404, "NOT_FOUND");
    bob.post(&answer(&declined, "reject"), json!({})).await.ok();
    bob.post(&answer(&declined, "accept"), json!({})).await.is(409, "INVALID_ACTION");

    let withdrawn = offer(&ada, &org, &bob).await;
    ada.post(&format!("{org}/users/{}/role", bob.id), json!({"role": "owner"}))
        .await
        .is(409, "ALREADY_EXISTS");
    eve.delete(&format!("{org}/invite/{withdrawn}")).await.is(403, "PERMISSION_DENIED");
    ada.delete(&format!("{org}/invite/{withdrawn}")).await.status(204);
    bob.post(&answer(&withdrawn, "accept"), json!({})).await.is(410, "LINK_REVOKED");

    let expired = offer(&ada, &org, &bob).await;
    world.advance(7 * DAY);
    let mut bob = bob.clone();
    let mut ada = ada.clone();
    bob.renew().await;
    ada.renew().await;
    bob.post(&answer(&expired, "accept"), json!({})).await.is(410, "LINK_EXPIRED");
    assert_eq!(ada.get(&org).await.ok()["ownerId"], json!(ada.id));
    world.settle().await;
}

#[tokio::test]
async fn an_offer_is_void_after_the_owner_changed_or_the_member_left() {
    let world = world().await;
    let (ada, bob, eve) =
        (world.person("ada").await, world.person("bob").await, world.person("eve").await);
    let org = found(&ada, "apex-gaming").await;
    join(&ada, &org, &bob, "member").await;
    join(&ada, &org, &eve, "member").await;
    let (to_bob, to_eve) = (offer(&ada, &org, &bob).await, offer(&ada, &org, &eve).await);
    let accept = |id: &str| format!("/api/organisations/invites/{id}/accept");
    bob.post(&accept(&to_bob), json!({})).await.ok();
    eve.post(&accept(&to_eve), json!({})).await.is(410, "LINK_REVOKED");
    assert_eq!(ada.get(&org).await.ok()["ownerId"], json!(bob.id));

    let again = offer(&bob, &org, &ada).await;
    ada.post(&format!("{org}/leave"), json!({})).await.status(204);
    ada.post(&accept(&again), json!({})).await.is(410, "LINK_REVOKED");
    assert_eq!(bob.get(&org).await.ok()["ownerId"], json!(bob.id));
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_offers_accepted_concurrently_make_one_owner() {
    let world = world().await;
    let (ada, bob, eve) =
        (world.person("ada").await, world.person("bob").await, world.person("eve").await);
    for round in 0..4 {
        let org = found(&ada, &format!("apex-{round}")).await;
        join(&ada, &org, &bob, "member").await;
        join(&ada, &org, &eve, "member").await;
        let (to_bob, to_eve) = (offer(&ada, &org, &bob).await, offer(&ada, &org, &eve).await);
        let accept = |id: &str| format!("/api/organisations/invites/{id}/accept");
        let (by_bob, by_eve) = (accept(&to_bob), accept(&to_eve));
        let replies = join_all([bob.post(&by_bob, json!({})), eve.post(&by_eve, json!({}))]).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1, "{replies:?}");
        let owners = roles(&ada, &org).await.iter().filter(|(_, role)| role == "owner").count();
        assert_eq!(owners, 1);
    }
    world.settle().await;
}

#[tokio::test]
async fn staff_can_offer_the_ownership() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let org = found(&ada, "apex-gaming").await;
    join(&ada, &org, &bob, "member").await;
    hand_over(&grace, &org, &bob).await;
    assert_eq!(ada.get(&org).await.ok()["ownerId"], json!(bob.id));
    world.settle().await;
}

#[tokio::test]
async fn an_offer_stays_void_when_the_member_or_the_owner_returns() {
    let world = world().await;
    let (ada, bob, eve) =
        (world.person("ada").await, world.person("bob").await, world.person("eve").await);
    let accept = |id: &str| format!("/api/organisations/invites/{id}/accept");
    let org = found(&ada, "apex-gaming").await;
    join(&ada, &org, &bob, "member").await;
    join(&ada, &org, &eve, "member").await;
    let (to_bob, to_eve) = (offer(&ada, &org, &bob).await, offer(&ada, &org, &eve).await);

    // Bob is removed, and added again as a member.
    ada.delete(&format!("{org}/users/{}", bob.id)).await.status(204);
    world.advance(MINUTE);
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let added = root
        .post(
            &format!("{org}/add-user"),
            json!({"userId": bob.id, "role": "member", "reason": "back again"}),
        )
        .await;
    assert!(added.status.is_success(), "{added:?}");
    bob.post(&accept(&to_bob), json!({})).await.is(410, "LINK_REVOKED");

    // The ownership goes to a third member and back.
    let dan = world.person("dan").await;
    join(&ada, &org, &dan, "member").await;
    hand_over(&ada, &org, &dan).await;
    world.advance(MINUTE);
    hand_over(&dan, &org, &ada).await;
    eve.post(&accept(&to_eve), json!({})).await.is(410, "LINK_REVOKED");
    assert_eq!(ada.get(&org).await.ok()["ownerId"], json!(ada.id));
    world.settle().await;
}
