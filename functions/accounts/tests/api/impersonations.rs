//! `GET /api/users/me/impersonations`.

use provost_domain::{
    Pseudonym, SessionId, UserId,
    device::Device,
    session::{SignIn, SignInStatus},
    time::{DAY, MINUTE},
};
use provost_testkit::World;
use serde_json::json;

use super::support::{GOOD, sign_in, world};

const PATH: &str = "/api/users/me/impersonations";

/// A staff member impersonates a user.
async fn impersonated(world: &World, user: UserId, by: Pseudonym, method: &str) -> SessionId {
    let id = world.app.id(SessionId::new);
    let sign_in = SignIn {
        id,
        created_at: world.app.now(),
        status: SignInStatus::Success,
        reason: None,
        ip: "198.51.100.9".to_owned(),
        country: None,
        user_agent: "portal".to_owned(),
        device: Device::from_user_agent("portal"),
        auth_method: method.to_owned(),
        mfa: true,
        impersonated_by: Some(by.to_string()),
    };
    let mut tx = world.app.transaction();
    tx.add_sign_in(user, &sign_in).expect("a sign-in");
    tx.commit().await.expect("the sign-in is new");
    id
}

#[tokio::test]
async fn a_user_sees_only_impersonations_of_their_own_account() {
    let world = world().await;
    let (mut ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (grace, linus) = (world.app.id(Pseudonym::new), world.app.id(Pseudonym::new));
    assert_eq!(
        ada.get(PATH).await.ok()["data"],
        json!([]),
        "a user's own sign-in is not an impersonation"
    );
    world.advance(1000);
    let first = impersonated(&world, ada.id, grace, "impersonation").await;
    let begun = world.app.now().to_string();
    world.advance(MINUTE);
    sign_in(&world, &ada.email, GOOD).await.status(200);
    world.advance(1000);
    let second = impersonated(&world, ada.id, linus, "masquerade").await;
    ada.renew().await;
    let list = ada.get(PATH).await.ok();
    assert_eq!(list["pagination"]["total"], 2);
    assert_eq!(
        (&list["data"][0]["sessionId"], &list["data"][0]["method"]),
        (&json!(second), &json!("masquerade"))
    );
    assert_eq!(
        list["data"][1],
        json!({"sessionId": first, "startedAt": begun, "by": grace.to_string(), "method": "impersonation"}),
        "the IP address of staff is hidden"
    );
    assert_eq!(bob.get(PATH).await.ok()["pagination"]["total"], 0);
}

#[tokio::test]
async fn impersonations_are_paginated_and_expire_after_ninety_days() {
    let world = world().await;
    let mut ada = world.person("ada").await;
    let grace = world.app.id(Pseudonym::new);
    for _ in 0..5 {
        world.advance(1000);
        impersonated(&world, ada.id, grace, "impersonation").await;
    }
    ada.renew().await;
    let (mut seen, mut path) = (Vec::new(), format!("{PATH}?limit=2"));
    loop {
        let page = ada.get(&path).await.ok();
        assert_eq!(
            (&page["pagination"]["total"], &page["pagination"]["pages"]),
            (&json!(5), &json!(3))
        );
        seen.extend(
            page["data"]
                .as_array()
                .expect("rows")
                .iter()
                .map(|row| row["sessionId"].as_str().expect("an id").to_owned()),
        );
        let Some(cursor) = page["pagination"]["nextCursor"].as_str() else { break };
        path = format!("{PATH}?limit=2&cursor={cursor}");
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.windows(2).all(|pair| pair[0] > pair[1]), "newest first");
    world.person("bob").await.get(&path).await.is(422, "VALIDATION_FAILED");
    world.anyone().get(PATH).await.is(401, "UNAUTHENTICATED");
    ada.get(&format!("{PATH}?page=0")).await.is(422, "VALIDATION_FAILED");
    ada.get(&format!("{PATH}?user=bob")).await.is(400, "UNKNOWN_PARAMETER");
    world.advance(91 * DAY);
    let tokens = sign_in(&world, &ada.email, GOOD).await.status(200);
    let later = ada.with_token(tokens["accessToken"].as_str().expect("a token"));
    assert_eq!(later.get(PATH).await.ok()["pagination"]["total"], 0);
}
