//! `GET /api/users/me/login-history`.

use provost_domain::time::{DAY, MINUTE};
use serde_json::json;

use super::support::{GOOD, sign_in, world};

#[tokio::test]
async fn login_history_lists_successes_and_failures_newest_first() {
    let world = world().await;
    let mut ada = world.person("ada").await;
    for password in ["Wintry-Harbour-8", GOOD, "x", "x", "x", "x", "x", GOOD] {
        world.advance(1000);
        sign_in(&world, &ada.email, password).await;
    }
    ada.renew().await;
    let history = ada.get("/api/users/me/login-history").await.ok();
    let rows = history["data"].as_array().unwrap();
    let told: Vec<(&str, &str)> = rows
        .iter()
        .map(|row| (row["status"].as_str().unwrap(), row["reason"].as_str().unwrap_or("")))
        .collect();
    let wrong = ("failed", "wrong_password");
    assert_eq!(
        told,
        [
            ("failed", "locked"),
            wrong,
            wrong,
            wrong,
            wrong,
            wrong,
            ("success", ""),
            wrong,
            ("success", "")
        ]
    );
    assert_eq!(
        (&rows[0]["ip"], &rows[0]["userAgent"], &history["pagination"]["total"]),
        (&json!("203.0.113.5"), &json!("testkit"), &json!(9))
    );
}

#[tokio::test]
async fn login_history_is_paginated_and_expires_after_ninety_days() {
    let world = world().await;
    let mut ada = world.person("ada").await;
    for _ in 0..6 {
        world.advance(MINUTE);
        sign_in(&world, &ada.email, GOOD).await.status(200);
    }
    ada.renew().await;
    let (mut seen, mut path) = (Vec::new(), "/api/users/me/login-history?limit=3".to_owned());
    loop {
        let page = ada.get(&path).await.ok();
        assert_eq!(
            (&page["pagination"]["total"], &page["pagination"]["pages"]),
            (&json!(7), &json!(3))
        );
        seen.extend(
            page["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["id"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page["pagination"]["nextCursor"].as_str() else { break };
        path = format!("/api/users/me/login-history?limit=3&cursor={cursor}");
    }
    assert_eq!(seen.len(), 7);
    assert!(seen.windows(2).all(|pair| pair[0] > pair[1]));
    let bob = world.person("bob").await;
    bob.get(&path).await.is(422, "VALIDATION_FAILED");
    world.anyone().get("/api/users/me/login-history").await.is(401, "UNAUTHENTICATED");
    ada.get("/api/users/me/login-history?page=1&cursor=x").await.is(422, "VALIDATION_FAILED");

    // Expired items that the table has not removed yet are hidden too.
    world.advance(90 * DAY - 3 * MINUTE);
    let tokens = sign_in(&world, &ada.email, GOOD).await.status(200);
    let later = ada.with_token(tokens["accessToken"].as_str().unwrap());
    assert_eq!(
        later.get("/api/users/me/login-history").await.ok()["pagination"]["total"],
        5,
        "the sign-ins of minutes three to six and the latest one"
    );
}
