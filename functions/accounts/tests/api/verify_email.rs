//! `POST /api/users/verify-email`.

use provost_auth::token::LinkClaims;
use provost_domain::{DeletionId, Status, UserId, time::DAY};
use provost_testkit::World;
use serde_json::json;

use super::support::{actions, confirmation, link, register, reset_link, world};

async fn registered(world: &World) -> UserId {
    register(&world.anyone(), "ada@user.example").await.status(201)["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap()
}

#[tokio::test]
async fn the_link_verifies_the_address_and_using_it_twice_is_harmless() {
    let world = world().await;
    let id = registered(&world).await;
    let token = confirmation(&world, id, "ada@user.example").await;
    for _ in 0..2 {
        world.anyone().post("/api/users/verify-email", json!({"token": token})).await.status(204);
    }
    let user = world.user(id).await.unwrap();
    assert_eq!((user.email_verified, user.status, user.version), (true, Status::Active, 2));
    assert_eq!(actions(&world).await, ["user.registered", "user.email_verified"]);
}

#[tokio::test]
async fn a_link_for_another_address_verifies_nothing() {
    let world = world().await;
    let id = registered(&world).await;
    let token = confirmation(&world, id, "older@user.example").await;
    world
        .anyone()
        .post("/api/users/verify-email", json!({"token": token}))
        .await
        .is(410, "LINK_REVOKED");
    assert!(!world.user(id).await.unwrap().email_verified);
}

#[tokio::test]
async fn expired_and_invalid_links_are_rejected() {
    let world = world().await;
    let id = registered(&world).await;
    let bob = world.person("bob").await;
    let late = confirmation(&world, id, "ada@user.example").await;
    let others = [
        reset_link(&world, id, 0).await,
        link(&world, LinkClaims::CancelDeletion { sub: world.app.id(DeletionId::new) }, DAY).await,
        confirmation(&world, world.app.id(UserId::new), "ada@user.example").await,
        bob.token.clone().unwrap(),
        String::new(),
        "x".repeat(100_000),
        "\u{202e}".to_owned(),
    ];
    for token in others {
        world
            .anyone()
            .post("/api/users/verify-email", json!({"token": token}))
            .await
            .is(404, "NOT_FOUND");
    }
    world.advance(4 * DAY);
    world
        .anyone()
        .post("/api/users/verify-email", json!({"token": late}))
        .await
        .is(410, "LINK_EXPIRED");
    assert!(!world.user(id).await.unwrap().email_verified);
}
