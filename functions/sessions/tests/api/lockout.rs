//! Password guessing is slowed down per account and per address.

use provost_domain::time::{DAY, HOUR, MINUTE, SECOND};
use provost_testkit::people::PASSWORD;

use super::support::{sign_in, signed_in, world};

#[tokio::test]
async fn five_failures_lock_the_account_for_a_minute_even_for_the_right_password() {
    let world = world().await;
    let ada = world.person("ada").await;
    for _ in 0..5 {
        sign_in(&world.anyone(), &ada.email, "Wintry-Harbour-8").await.is(401, "UNAUTHENTICATED");
    }
    let refused = sign_in(&world.anyone(), &ada.email, PASSWORD).await;
    refused.is(429, "RATE_LIMITED");
    assert_eq!(refused.header("retry-after"), "60");
    world.advance(MINUTE - SECOND);
    sign_in(&world.anyone(), &ada.email, PASSWORD).await.is(429, "RATE_LIMITED");
    world.advance(SECOND);
    signed_in(&world, &ada.email).await;
}

#[tokio::test]
async fn the_locks_get_longer() {
    let world = world().await;
    let ada = world.person("ada").await;
    for (round, minutes) in [1, 5, 30, 120].into_iter().enumerate() {
        let from = world.anyone().from(&format!("192.0.2.{round}"));
        for _ in 0..5 {
            sign_in(&from, &ada.email, "Wintry-Harbour-8").await.is(401, "UNAUTHENTICATED");
        }
        assert_eq!(
            sign_in(&from, &ada.email, PASSWORD).await.header("retry-after"),
            (minutes * 60).to_string()
        );
        world.advance(minutes * MINUTE);
    }
    assert_eq!(world.user(ada.id).await.unwrap().failures.count, 20);
}

#[tokio::test]
async fn a_session_stays_valid_while_others_guess_the_password() {
    let world = world().await;
    let ada = world.person("ada").await;
    for _ in 0..6 {
        sign_in(&world.anyone().from("192.0.2.9"), &ada.email, "Wintry-Harbour-8").await;
    }
    ada.get(&format!("/api/sessions/{}", ada.id)).await.ok();
}

#[tokio::test]
async fn twenty_failures_from_one_address_block_only_that_address() {
    let world = world().await;
    let ada = world.person("ada").await;
    let guesser = world.anyone().from("192.0.2.66");
    for n in 0..20 {
        if n == 10 {
            world.advance(MINUTE);
        }
        sign_in(&guesser, &format!("nobody{n}@user.example"), "Wintry-Harbour-8")
            .await
            .is(401, "UNAUTHENTICATED");
    }
    world.advance(MINUTE);
    sign_in(&guesser, &ada.email, PASSWORD).await.is(429, "RATE_LIMITED");
    signed_in(&world, &ada.email).await;
    // Forwarding headers that the client sets are ignored.
    let disguised = guesser
        .with_header("x-forwarded-for", "198.51.100.7")
        .with_header("x-real-ip", "198.51.100.7")
        .with_header("forwarded", "for=198.51.100.7");
    sign_in(&disguised, &ada.email, PASSWORD).await.is(429, "RATE_LIMITED");
    world.advance(30 * MINUTE);
    sign_in(&guesser, &ada.email, PASSWORD).await.is(429, "RATE_LIMITED");
    world.advance(HOUR);
    sign_in(&guesser, &ada.email, PASSWORD).await.ok();
}

#[tokio::test]
async fn one_address_is_limited_to_ten_sign_ins_a_minute() {
    let world = world().await;
    let ada = world.person("ada").await;
    for _ in 0..10 {
        signed_in(&world, &ada.email).await;
    }
    let refused = sign_in(&world.anyone(), &ada.email, PASSWORD).await;
    refused.is(429, "RATE_LIMITED");
    assert_eq!(refused.header("retry-after"), "60");
    sign_in(&world.anyone().from("192.0.2.7"), &ada.email, PASSWORD).await.ok();
    world.advance(MINUTE);
    signed_in(&world, &ada.email).await;
}

#[tokio::test]
async fn the_limit_holds_across_the_boundary_of_two_windows() {
    let world = world().await;
    // Two minutes before a ten-minute window ends.
    world.advance(8 * MINUTE);
    let guesser = world.anyone().from("192.0.2.66");
    let mut attempts = 0;
    for n in 0..40 {
        if n > 0 && n % 10 == 0 {
            world.advance(MINUTE);
        }
        let answer =
            sign_in(&guesser, &format!("nobody{n}@user.example"), "Wintry-Harbour-8").await;
        attempts += u32::from(answer.status == 401);
    }
    assert_eq!(attempts, 20);
}

#[tokio::test]
async fn failures_expire_after_seven_days_for_known_and_unknown_addresses() {
    let world = world().await;
    let ada = world.person("ada").await;
    for (days, from) in [(0, "192.0.2.1"), (7, "192.0.2.2")] {
        world.advance(days * DAY);
        for email in [ada.email.as_str(), "eve@user.example"] {
            for _ in 0..5 {
                sign_in(&world.anyone().from(from), email, "Wintry-Harbour-8")
                    .await
                    .is(401, "UNAUTHENTICATED");
            }
            assert_eq!(
                sign_in(&world.anyone().from("192.0.2.9"), email, "Wintry-Harbour-8")
                    .await
                    .header("retry-after"),
                "60",
                "{email}"
            );
        }
    }
    assert_eq!(world.user(ada.id).await.unwrap().failures.count, 5);
}

#[tokio::test]
async fn a_burst_of_guesses_gets_at_most_five_attempts() {
    let world = world().await;
    let ada = world.person("ada").await;
    let guesses = (0..12).map(|n| {
        let (from, email) = (world.anyone().from(&format!("198.51.100.{n}")), ada.email.clone());
        async move { sign_in(&from, &email, "Wintry-Harbour-8").await.status.as_u16() }
    });
    let mut answers = Vec::new();
    for answer in super::support::together(guesses).await {
        answers.push(answer);
    }
    assert!(answers.iter().filter(|status| **status == 401).count() <= 5, "{answers:?}");
    assert!(answers.iter().all(|status| [401, 409, 429].contains(status)), "{answers:?}");
    assert!(world.user(ada.id).await.unwrap().failures.count <= 5);
}
