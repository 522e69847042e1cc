//! Links with a password: five attempts, counted before the password is checked.

use bytes::Bytes;
use futures_util::future::join_all;
use http::Method;
use serde_json::json;

use crate::support::*;

const RIGHT: &str = "Correct-Horse-7";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_correct_password_opens_the_link_as_json_and_as_a_form() {
    let world = world().await;
    let shared = shared(&world).await;
    let link = shared.link(json!({ "password": RIGHT, "maxDownloads": 2 })).await;
    assert_eq!(world.anyone().get(&link.path).await.status(200)["passwordRequired"], true);
    assert_eq!(
        world.anyone().post(&link.path, json!({ "password": RIGHT })).await.status.as_u16(),
        303
    );
    let form = world
        .anyone()
        .ask(
            Method::POST,
            &link.path,
            "application/x-www-form-urlencoded",
            Bytes::from(format!("password={RIGHT}")),
        )
        .await;
    assert_eq!(form.status.as_u16(), 303, "{}", form.text());
    assert_eq!(shared.row(&link).await["status"], "used_up");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_without_a_password_do_not_count_as_attempts() {
    let world = world().await;
    let shared = shared(&world).await;
    let link = shared.link(json!({ "password": RIGHT })).await;
    for _ in 0..7 {
        world.anyone().post(&link.path, json!({})).await.is(422, "VALIDATION_FAILED");
    }
    let row = shared.row(&link).await;
    assert_eq!((row["remaining"].as_u64(), row["attemptsLeft"].as_u64()), (Some(1), Some(5)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_wrong_passwords_lock_the_link_and_a_correct_one_resets_the_count() {
    let world = world().await;
    let shared = shared(&world).await;
    let link = shared.link(json!({ "password": RIGHT, "maxDownloads": 2 })).await;
    let give = async |password: &str| {
        world.anyone().post(&link.path, json!({ "password": password })).await
    };
    for left in (1..5).rev() {
        assert_eq!(give("wrong-password").await.is(403, "PERMISSION_DENIED")["attemptsLeft"], left);
    }
    assert_eq!(give(RIGHT).await.status.as_u16(), 303);
    for left in (0..5).rev() {
        assert_eq!(give("wrong-password").await.is(403, "PERMISSION_DENIED")["attemptsLeft"], left);
    }
    give("wrong-password").await.is(410, "LINK_REVOKED");
    give(RIGHT).await.is(410, "LINK_REVOKED");
    world.anyone().get(&link.path).await.is(410, "LINK_REVOKED");
    let row = shared.row(&link).await;
    assert_eq!((row["status"].as_str(), row["remaining"].as_u64()), (Some("locked"), Some(1)));
    let outcomes: Vec<_> = row["trail"]
        .as_array()
        .unwrap()
        .iter()
        .map(|visit| visit["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == "wrong_password").count(), 9);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == "redeemed").count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_thirty_concurrent_guesses_five_are_checked() {
    let world = world().await;
    let shared = shared(&world).await;
    let link = shared.link(json!({ "password": RIGHT })).await;
    let anyone = world.anyone();
    let replies = join_all((0..30).map(|guess| {
        anyone.post(&link.path, json!({ "password": format!("guess-number-{guess}") }))
    }))
    .await;
    assert_eq!(replies.iter().filter(|reply| reply.status.as_u16() == 403).count(), 5);
    assert_eq!(replies.iter().filter(|reply| reply.status.as_u16() == 410).count(), 25);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twelve_concurrent_correct_passwords_all_succeed() {
    let world = world().await;
    let shared = shared(&world).await;
    let link = shared.link(json!({ "password": RIGHT, "maxDownloads": 12 })).await;
    let anyone = world.anyone();
    let replies =
        join_all((0..12).map(|_| anyone.post(&link.path, json!({ "password": RIGHT })))).await;
    for reply in replies {
        assert_eq!(reply.status.as_u16(), 303, "{}", reply.text());
    }
    let row = shared.row(&link).await;
    assert_eq!((row["status"].as_str(), row["attemptsLeft"].as_u64()), (Some("used_up"), Some(5)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_for_a_link_without_one_is_ignored() {
    let world = world().await;
    let shared = shared(&world).await;
    let link = shared.link(json!({})).await;
    assert_eq!(
        world.anyone().post(&link.path, json!({ "password": "anything" })).await.status.as_u16(),
        303
    );
}

#[tokio::test]
async fn a_password_opens_the_link_in_every_unicode_form() {
    let world = world().await;
    let shared = shared(&world).await;
    let (composed, decomposed) =
        ("Schl\u{fc}ssel-Gr\u{f6}\u{df}e-9", "Schlu\u{308}ssel-Gro\u{308}\u{df}e-9");
    for (chosen, typed) in [(composed, decomposed), (decomposed, composed)] {
        let link = shared.link(json!({ "password": chosen })).await;
        let spaced = format!("{}%20%0A", link.path);
        assert_eq!(
            world.anyone().post(&spaced, json!({ "password": typed })).await.status.as_u16(),
            303
        );
    }
}
