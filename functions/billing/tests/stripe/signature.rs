//! S26: Only events with a recent, valid signature by Stripe are accepted; all others get the same error
//! and change nothing.

use provost_local::Function;
use provost_testkit::{
    World,
    stripe::{NEXT_SECRET, SECRET, event, signature},
};
use serde_json::json;

use crate::support::{PRO, about, bare, buyer, named, person, staff, standing, world};

#[tokio::test]
async fn forged_stale_and_missing_signatures_get_the_same_error_and_change_nothing() {
    let world = world().await;
    let ada = buyer(&world, "ada").await;
    let before = person(&world, ada.id).await.revision;
    let body =
        about(&world, "evt_1", "created", 0, named(ada.id, "sub_1", PRO, "active")).to_string();
    let now = world.second();
    let good = signature(SECRET, now, &body);
    let hex = good.split_once("v1=").expect("a signature").1.to_owned();
    let forged = [
        String::new(),
        "t".to_owned(),
        "t,v1".to_owned(),
        "t=,v1=".to_owned(),
        hex.clone(),
        format!("t={now}"),
        format!("v1={hex}"),
        format!("t={now},v1="),
        format!("t={now},v0={hex}"),
        format!("t={now},v1={}", hex.to_uppercase()),
        format!("{good}00"),
        format!("t={now},v1={}", &hex[..62]),
        format!("t={now},t={now},v1={hex}"),
        format!("t={},v1={hex}", now + 1),
        signature("whsec_other", now, &body),
        signature("", now, &body),
        signature(SECRET, now, &body.replace("evt_1", "evt_2")),
        signature(SECRET, now, &format!("{body} ")),
        signature(SECRET, now - 301, &body),
        signature(SECRET, now + 301, &body),
        signature(SECRET, 0, &body),
    ];
    let mut details = std::collections::BTreeSet::new();
    for header in &forged {
        let refused = world.send_signed(header, body.clone()).await.is(400, "SIGNATURE_INVALID");
        details.insert(refused["detail"].as_str().expect("a detail").to_owned());
    }
    world.anyone().post("/api/webhooks/stripe", json!({})).await.is(400, "SIGNATURE_INVALID");
    staff(&world).await.post("/api/webhooks/stripe", json!({})).await.is(400, "SIGNATURE_INVALID");
    assert_eq!(details.len(), 1, "no response says which check failed");
    assert_eq!(person(&world, ada.id).await.revision, before);
    world.send_signed(&good, body).await.status(200);
    assert_eq!(standing(&world, ada.id).await.1.as_deref(), Some("sub_1"));
}

#[tokio::test]
async fn both_secrets_are_valid_during_a_rotation() {
    let world = world().await;
    let now = world.second();
    for (id, secret) in [("evt_1", SECRET), ("evt_2", NEXT_SECRET)] {
        let body = event(id, "product.created", now, json!({})).to_string();
        world.send_signed(&signature(secret, now, &body), body.clone()).await.status(200);
        world
            .send_signed(
                &format!("{},v1={}", signature(secret, now, &body), "0".repeat(64)),
                body.clone(),
            )
            .await
            .status(200);
        let right =
            signature(secret, now, &body).replace(",v1=", &format!(",v1={},v1=", "0".repeat(64)));
        world.send_signed(&right, body).await.status(200);
    }
}

#[tokio::test]
async fn an_event_is_valid_for_exactly_five_minutes() {
    let world = world().await;
    let body = event("evt_1", "product.created", world.second(), json!({})).to_string();
    let header = signature(SECRET, world.second(), &body);
    world.advance(300_000);
    world.send_signed(&header, body.clone()).await.status(200);
    world.advance(1);
    world.send_signed(&header, body).await.is(400, "SIGNATURE_INVALID");
}

#[tokio::test]
async fn the_body_is_parsed_after_its_signature_is_verified() {
    let world = world().await;
    let now = world.second();
    let deep = format!("{}1{}", "{\"a\":".repeat(500), "}".repeat(500));
    for body in [
        "",
        "{",
        "null",
        "[]",
        "{}",
        r#"{"id":"evt 1"}"#,
        r#"{"id":"evt_1","type":"x","created":1,"data":{"object":[]}}"#,
        &deep,
    ] {
        world.send_signed("t=1,v1=00", body.to_owned()).await.is(400, "SIGNATURE_INVALID");
        world
            .send_signed(&signature(SECRET, now, body), body.to_owned())
            .await
            .is(400, "MALFORMED_BODY");
    }
    let object =
        json!({ "id": "sub_1", "customer": "cus/1", "status": "active", "items": { "data": [] } });
    let hostile = event("evt_1", "customer.subscription.created", now, object).to_string();
    world
        .send_signed(&signature(SECRET, now, &hostile), hostile.clone())
        .await
        .is(400, "MALFORMED_BODY");
    let large = "x".repeat((1 << 20) + 1);
    world.send_signed(&signature(SECRET, now, &large), large.clone()).await.is(413, "TOO_LARGE");
    let padded =
        event("evt_1", "product.created", now, json!({ "note": "x".repeat((1 << 20) - 300) }))
            .to_string();
    world.send_signed(&signature(SECRET, now, &padded), padded.clone()).await.status(200);
}

#[tokio::test]
async fn without_stripe_configured_the_response_says_so() {
    let world = World::without_stripe(|app| {
        vec![Function::http("billing", fn_billing::routes().router(app.clone()))]
    })
    .await;
    let world = bare(world).await;
    let refused = world.notify(&event("evt_1", "product.created", world.second(), json!({}))).await;
    refused.is(503, "UNAVAILABLE");
    assert_eq!(refused.header("retry-after"), "300");
}

#[tokio::test]
async fn no_response_contains_a_secret() {
    let world = world().await;
    let body = event(
        "evt_1",
        "invoice.paid",
        world.second(),
        json!({ "id": "in_1", "customer": "cus_none", "currency": "eur", "amount_paid": 1, "amount_due": 1 }),
    );
    let replies = [
        world.notify(&body).await,
        world.send_signed("t=1,v1=00", body.to_string()).await,
        world.send_signed(SECRET, String::new()).await,
    ];
    for reply in replies {
        assert!(
            !reply.text().contains("whsec") && !format!("{:?}", reply.headers).contains("whsec"),
            "{}",
            reply.text()
        );
    }
    assert!(
        !format!("{:?}", world.app).contains("whsec_world")
            && !format!("{:?}", world.app).contains("sk_test")
    );
}
