//! Signing in does not reveal whether an address has an account.

use super::support::{sign_in, without_request_id, world};

#[tokio::test]
async fn an_unknown_address_gets_the_same_responses_as_a_wrong_password() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (here, there) = (world.anyone().from("192.0.2.1"), world.anyone().from("192.0.2.2"));
    let mut statuses = Vec::new();
    for round in 1..=14 {
        let known = sign_in(&here, &ada.email, "Wintry-Harbour-8").await;
        let unknown = sign_in(&there, "eve@user.example", "Wintry-Harbour-8").await;
        assert_eq!(without_request_id(&known), without_request_id(&unknown), "failure {round}");
        statuses.push(known.status.as_u16());
        if round == 7 {
            world.advance(60_000);
        }
    }
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 429, 401, 401, 401, 401, 401, 429, 429]);
}

#[tokio::test]
async fn an_unknown_address_causes_the_same_requests_to_the_store() {
    let world = world().await;
    let ada = world.person("ada").await;
    for locked in [false, true] {
        world.interceptor.reset();
        sign_in(&world.anyone().from("192.0.2.1"), &ada.email, "Wintry-Harbour-8").await;
        let known = world.interceptor.log();
        world.interceptor.reset();
        sign_in(&world.anyone().from("192.0.2.2"), "eve@user.example", "Wintry-Harbour-8").await;
        let unknown = world.interceptor.log();
        assert_eq!(known, unknown, "locked: {locked}");
        for email in [ada.email.as_str(), "eve@user.example"] {
            for _ in 0..4 {
                sign_in(&world.anyone().from("192.0.2.3"), email, "Wintry-Harbour-8").await;
            }
        }
    }
}
