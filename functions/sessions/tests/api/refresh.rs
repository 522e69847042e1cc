//! `POST /api/sessions/refresh`: each token works once, and reusing an old one ends its token
//! family.

use provost_domain::{
    Status,
    time::{DAY, MINUTE},
};
use serde_json::json;

use super::support::{audited, refresh, signed_in, text, together, world};

#[tokio::test]
async fn refreshing_returns_new_tokens_of_the_same_session() {
    let world = world().await;
    let ada = world.person("ada").await;
    let first = signed_in(&world, &ada.email).await;
    world.advance(20 * MINUTE);
    ada.with_token(&text(&first, "accessToken"))
        .get(&format!("/api/sessions/{}", ada.id))
        .await
        .is(401, "SESSION_ENDED");
    let second = refresh(&world, &text(&first, "refreshToken")).await.status(200);
    assert_eq!(second["sessionId"], first["sessionId"]);
    assert_ne!(second["refreshToken"], first["refreshToken"]);
    let listed = ada
        .with_token(&text(&second, "accessToken"))
        .get(&format!("/api/sessions/{}", ada.id))
        .await
        .ok();
    assert_eq!(listed["data"][0]["lastActiveAt"], world.app.now().to_string());
    refresh(&world, &text(&second, "refreshToken")).await.status(200);
}

#[tokio::test]
async fn reusing_an_old_token_ends_the_token_family() {
    let world = world().await;
    let ada = world.person("ada").await;
    let other = signed_in(&world, &ada.email).await;
    let first = signed_in(&world, &ada.email).await;
    let second = refresh(&world, &text(&first, "refreshToken")).await.status(200);
    refresh(&world, &text(&first, "refreshToken")).await.is(401, "SESSION_ENDED");
    refresh(&world, &text(&second, "refreshToken")).await.is(401, "SESSION_ENDED");
    ada.with_token(&text(&second, "accessToken"))
        .get(&format!("/api/sessions/{}", ada.id))
        .await
        .is(401, "SESSION_ENDED");
    // The user's other sessions are unaffected.
    refresh(&world, &text(&other, "refreshToken")).await.status(200);
    assert_eq!(audited(&world, ada.id).await, ["session.ended"]);
}

#[tokio::test]
async fn of_concurrent_rotations_exactly_one_succeeds_and_the_family_ends() {
    for racers in [2, 8, 24] {
        let world = world().await;
        let ada = world.person("ada").await;
        let tokens = signed_in(&world, &ada.email).await;
        let token = text(&tokens, "refreshToken");
        let answers = together((0..racers).map(|_| refresh(&world, &token))).await;
        let won: Vec<_> = answers.iter().filter(|reply| reply.status == 200).collect();
        assert_eq!(
            won.len(),
            1,
            "{:?}",
            answers.iter().map(|reply| reply.status).collect::<Vec<_>>()
        );
        for lost in answers.iter().filter(|reply| reply.status != 200) {
            lost.is(401, "SESSION_ENDED");
        }
        // Any of the callers may be the thief, so the session ends.
        refresh(&world, &text(&won[0].json(), "refreshToken")).await.is(401, "SESSION_ENDED");
        ada.with_token(&text(&won[0].json(), "accessToken"))
            .get(&format!("/api/sessions/{}", ada.id))
            .await
            .is(401, "SESSION_ENDED");
    }
}

#[tokio::test]
async fn a_lost_response_can_be_replayed_with_its_idempotency_key() {
    let world = world().await;
    let ada = world.person("ada").await;
    let token = text(&signed_in(&world, &ada.email).await, "refreshToken");
    let caller = world.anyone().with_header("idempotency-key", "rotation-0001");
    let first = caller.post("/api/sessions/refresh", json!({ "refreshToken": token })).await;
    let again = caller.post("/api/sessions/refresh", json!({ "refreshToken": token })).await;
    assert_eq!((first.ok(), again.header("idempotent-replayed")), (again.ok(), "true".to_owned()));
    refresh(&world, &text(&again.json(), "refreshToken")).await.status(200);
}

#[tokio::test]
async fn invalid_tokens_get_the_same_error_and_end_no_session() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let good = ada.refresh.clone();
    let parts: Vec<&str> = good.trim_start_matches("prr_").split('.').collect();
    let bobs: Vec<&str> = bob.refresh.trim_start_matches("prr_").split('.').collect();
    let random = "A".repeat(43);
    let wrong = [
        String::new(),
        "prr_".to_owned(),
        "x".repeat(100_000),
        good.trim_start_matches("prr_").to_owned(),
        format!("{good}.x"),
        good.to_lowercase(),
        format!("{good} "),
        format!("prr_{random}.{}.{}.{}", parts[1], parts[2], parts[3]),
        format!("prr_{}.{}.{}.{}", bobs[0], bobs[1], parts[2], parts[3]),
        format!("prr_{}.{}.{}.{}", parts[0], parts[1], bobs[2], parts[3]),
        format!("prr_{}.{}.{}.{}", parts[0], parts[1], parts[2], bobs[3]),
        ada.token.clone().unwrap(),
        format!("prr_{random}.{random}.00000000000000000000000000.00000000000000000000000000"),
        "prr_\u{202e}\0.é.日本.💥".to_owned(),
    ];
    for token in wrong {
        let refused = refresh(&world, &token).await.is(401, "SESSION_ENDED");
        assert_eq!(refused["detail"], "This session has ended. Sign in again.");
    }
    refresh(&world, &good).await.status(200);
    refresh(&world, &bob.refresh).await.status(200);
}

#[tokio::test]
async fn a_session_not_refreshed_for_thirty_days_expires() {
    let world = world().await;
    let ada = world.person("ada").await;
    let first = text(&signed_in(&world, &ada.email).await, "refreshToken");
    world.advance(30 * DAY - 1);
    let second = text(&refresh(&world, &first).await.status(200), "refreshToken");
    world.advance(30 * DAY);
    refresh(&world, &second).await.is(401, "SESSION_ENDED");
}

#[tokio::test]
async fn an_inactive_account_gets_no_new_tokens() {
    let world = world().await;
    let ada = world.person("ada").await;
    let token = text(&signed_in(&world, &ada.email).await, "refreshToken");
    world.edit(ada.id, |ada| ada.status = Status::Inactive).await;
    refresh(&world, &token).await.is(403, "ACCOUNT_INACTIVE");
    world.edit(ada.id, |ada| ada.status = Status::Active).await;
    refresh(&world, &token).await.status(200);
}
