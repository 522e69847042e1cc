//! Behind a content delivery network: requests cannot bypass it, and limits count the viewer's
//! address.

use provost_domain::time::MINUTE;
use provost_local::Function;
use provost_testkit::{Someone, World, people::PASSWORD};

use super::support::sign_in;

/// The SHA-256 digests of `one` and `two`.
const ONE: &str = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
const TWO: &str = "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3";
const SECRET: &str = "x-origin-secret";
const VIEWER: &str = "cloudfront-viewer-address";

async fn world(digests: &str) -> World {
    let settings =
        [("ORIGIN_DIGESTS", digests), ("VIEWER_ADDRESS_HEADER", "CloudFront-Viewer-Address")];
    World::with_all(&settings, |app| {
        vec![Function::http("sessions", fn_sessions::routes().router(app.clone()))]
    })
    .await
}

#[tokio::test]
async fn a_request_that_bypasses_the_network_is_refused_first() {
    let world = world(ONE).await;
    let ada = world.person("ada").await;
    for bypassing in [
        world.anyone(),
        world.anyone().with_header(SECRET, "two"),
        world.anyone().with_header(SECRET, ""),
    ] {
        sign_in(&bypassing, &ada.email, PASSWORD).await.is(403, "PERMISSION_DENIED");
        bypassing.get("/api/sessions/nowhere/else").await.is(403, "PERMISSION_DENIED");
        bypassing.get("/api/sessions/login").await.is(403, "PERMISSION_DENIED");
    }
    ada.get(&format!("/api/sessions/{}", ada.id)).await.is(403, "PERMISSION_DENIED");
    sign_in(&world.anyone().with_header(SECRET, "one"), &ada.email, PASSWORD).await.ok();
}

#[tokio::test]
async fn a_refused_request_does_not_count_towards_a_limit() {
    let world = world(ONE).await;
    let ada = world.person("ada").await;
    for _ in 0..30 {
        sign_in(&world.anyone(), &ada.email, "Wintry-Harbour-8").await.is(403, "PERMISSION_DENIED");
    }
    sign_in(&world.anyone().with_header(SECRET, "one"), &ada.email, PASSWORD).await.ok();
}

#[tokio::test]
async fn both_secrets_are_accepted_during_a_rotation() {
    let world = world(&format!("{ONE},{TWO}")).await;
    let ada = world.person("ada").await;
    for secret in ["one", "two"] {
        sign_in(&world.anyone().with_header(SECRET, secret), &ada.email, PASSWORD).await.ok();
    }
    sign_in(&world.anyone().with_header(SECRET, "three"), &ada.email, PASSWORD)
        .await
        .is(403, "PERMISSION_DENIED");
}

#[tokio::test]
async fn limits_count_the_viewers_address_and_not_the_networks() {
    let world = world(ONE).await;
    let ada = world.person("ada").await;
    let from = |address: &str| -> Someone<'_> {
        world.anyone().with_header(SECRET, "one").with_header(VIEWER, address)
    };
    for n in 0..10 {
        // Each request of the viewer has a different port.
        sign_in(
            &from(&format!("192.0.2.66:{}", 4000 + n)),
            &format!("nobody{n}@user.example"),
            PASSWORD,
        )
        .await
        .is(401, "UNAUTHENTICATED");
    }
    sign_in(&from("192.0.2.66:5000"), &ada.email, PASSWORD).await.is(429, "RATE_LIMITED");
    sign_in(&from("192.0.2.67:5000"), &ada.email, PASSWORD).await.ok();
    world.advance(MINUTE);
    sign_in(&from("192.0.2.66:5001"), &ada.email, PASSWORD).await.ok();
}

#[tokio::test]
async fn a_session_records_the_viewers_address() {
    let world = world(ONE).await;
    let ada = world.person("ada").await;
    let viewer = world.anyone().with_header(SECRET, "one").with_header(VIEWER, "2001:db8::7:46532");
    sign_in(&viewer, &ada.email, PASSWORD).await.ok();
    let sessions =
        ada.with_header(SECRET, "one").get(&format!("/api/sessions/{}", ada.id)).await.ok();
    assert!(
        sessions["data"]
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one["ip"] == "2001:db8::7")),
        "{sessions}"
    );
}
