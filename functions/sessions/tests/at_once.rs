//! Concurrent requests: each counts once, and no more guesses are checked than for sequential
//! requests.

#[path = "api/support.rs"]
#[allow(dead_code, reason = "shared with other stories")]
mod support;

use provost_testkit::people::PASSWORD;
use serde_json::json;

use support::{sign_in, signed_in, together, world};

#[tokio::test]
async fn eight_concurrent_correct_sign_ins_from_one_address_all_succeed() {
    let world = world().await;
    let ada = world.person("ada").await;
    let statuses = together((0..8).map(|_| {
        let (anyone, email) = (world.anyone(), ada.email.clone());
        async move { sign_in(&anyone, &email, PASSWORD).await.status.as_u16() }
    }))
    .await;
    assert_eq!(statuses, [200; 8]);
    let user = world.user(ada.id).await.unwrap();
    assert_eq!((user.sessions.len(), user.failures.count), (9, 0));
    // Each counted once, so two of the ten a minute are left.
    signed_in(&world, &ada.email).await;
    signed_in(&world, &ada.email).await;
    sign_in(&world.anyone(), &ada.email, PASSWORD).await.is(429, "RATE_LIMITED");
}

#[tokio::test]
async fn of_many_concurrent_wrong_passwords_five_are_checked_for_any_address() {
    let world = world().await;
    let ada = world.person("ada").await;
    for (net, email) in
        ["198.51.100", "203.0.113"].into_iter().zip([ada.email.as_str(), "eve@user.example"])
    {
        let mut statuses =
            together((0..24).map(|n| {
                let from = world.anyone().from(&format!("{net}.{n}"));
                async move {
                    sign_in(&from, email, &format!("Wintry-Harbour-{n}x")).await.status.as_u16()
                }
            }))
            .await;
        statuses.sort_unstable();
        assert_eq!((&statuses[..5], &statuses[5..]), (&[401; 5][..], &[429; 19][..]), "{email}");
    }
    assert_eq!(world.user(ada.id).await.unwrap().failures.count, 5);
}

#[tokio::test]
async fn limits_group_ipv6_addresses_by_64_bit_network_and_unmap_ipv4() {
    for (spellings, other) in [
        (["2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"], "2001:db8:1:3::1"),
        (["192.0.2.1", "::ffff:192.0.2.1"], "192.0.2.2"),
    ] {
        let world = world().await;
        let ada = world.person("ada").await;
        for n in 0..10 {
            sign_in(&world.anyone().from(spellings[n % 2]), &ada.email, PASSWORD).await.ok();
        }
        for from in spellings {
            sign_in(&world.anyone().from(from), &ada.email, PASSWORD).await.is(429, "RATE_LIMITED");
        }
        sign_in(&world.anyone().from(other), &ada.email, PASSWORD).await.ok();
    }
}

#[tokio::test]
async fn wrong_passwords_from_one_64_bit_network_block_the_network() {
    let world = world().await;
    let ada = world.person("ada").await;
    for n in 0..20 {
        if n == 10 {
            world.advance(60_000);
        }
        let from = world.anyone().from(&format!("2001:db8:1:2::{n}"));
        sign_in(&from, &format!("nobody{n}@user.example"), "Wintry-Harbour-8")
            .await
            .is(401, "UNAUTHENTICATED");
    }
    world.advance(60_000);
    sign_in(&world.anyone().from("2001:db8:1:2:abcd::1"), &ada.email, PASSWORD)
        .await
        .is(429, "RATE_LIMITED");
    sign_in(&world.anyone().from("2001:db8:1:4::1"), &ada.email, PASSWORD).await.ok();
}

#[tokio::test]
async fn an_id_in_lower_case_is_accepted() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (canonical, lower) = (ada.id.to_string(), ada.id.to_string().to_lowercase());
    assert_ne!(canonical, lower);
    let listed = ada.get(&format!("/api/sessions/{lower}")).await.ok();
    assert_eq!(listed["data"][0]["id"], json!(ada.session.unwrap()));
}
