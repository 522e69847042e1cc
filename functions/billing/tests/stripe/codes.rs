//! Promotion codes: one of a name at a time, made and switched off at Stripe.

use provost_domain::BuiltInRole;
use provost_testkit::{World, stripe::Cut};
use serde_json::{Value, json};

use crate::support::world;

const CODES: &str = "/api/admin/promo-codes";

async fn root(world: &World) -> provost_testkit::Someone<'_> {
    world.staff("root", BuiltInRole::RootAdmin).await
}

fn percent(code: &str) -> Value {
    json!({ "code": code, "discountPercent": 25, "maxRedemptions": 10, "private": true })
}

#[tokio::test]
async fn a_code_is_made_listed_used_and_switched_off() {
    let world = world().await;
    let root = root(&world).await;
    let reply = root.post(CODES, percent(" spring25 ")).await;
    reply.status(201);
    let made = reply.json();
    assert_eq!(
        (
            &made["code"],
            &made["percentOff"],
            &made["amountOff"],
            &made["active"],
            &made["isPrivate"]
        ),
        (&json!("SPRING25"), &json!(25.0), &Value::Null, &json!(true), &json!(true))
    );
    let amount = json!({ "code": "FIVE", "amountOff": 5, "currency": "ISK", "expiresAt": "2027-01-01T00:00:00Z" });
    let reply = root.post(CODES, amount).await;
    reply.status(201);
    assert_eq!((&reply.json()["amountOff"], &reply.json()["currency"]), (&json!(5), &json!("ISK")));
    assert!(world.stripe.objects("coupon").iter().any(|coupon| coupon["amount_off"] == 500));
    assert_eq!(root.get(CODES).await.ok()["pagination"]["total"], 2);
    let ada = world.person("ada").await;
    let buy = json!({ "productId": "prd_00000000000000000000000002", "promotionCode": "Spring25" });
    ada.post("/api/billing/checkout", buy.clone()).await.status(201);
    let path = format!("{CODES}/{}", made["id"].as_str().expect("an id"));
    assert_eq!(root.delete(&path).await.ok()["active"], false);
    assert_eq!(root.delete(&path).await.ok()["active"], false, "twice is once");
    ada.post("/api/billing/checkout", buy).await.is(404, "NOT_FOUND");
    assert_eq!(root.get(&format!("{CODES}?active=true")).await.ok()["pagination"]["total"], 1);
    root.delete(&format!("{CODES}/promo_none")).await.is(404, "NOT_FOUND");
}

#[tokio::test]
async fn spellings_are_one_code_and_a_code_that_is_off_can_be_made_again() {
    let world = world().await;
    let root = root(&world).await;
    let reply = root.post(CODES, percent("SPRING25")).await;
    reply.status(201);
    for spelling in ["spring25", " SPRING25 "] {
        let refused = root.post(CODES, percent(spelling)).await.is(409, "ALREADY_EXISTS");
        assert_eq!(refused["field"], "code");
    }
    let first = reply.json()["id"].as_str().expect("an id").to_owned();
    root.delete(&format!("{CODES}/{first}")).await.ok();
    let again = root.post(CODES, percent("SPRING25")).await;
    again.status(201);
    assert_ne!(again.json()["id"], first.as_str());
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_code() {
    let world = world().await;
    let root = root(&world).await;
    world.stripe.cut(Cut::After(2));
    root.post(CODES, percent("SPRING25")).await.is(503, "UNAVAILABLE");
    world.stripe.mend();
    root.post(CODES, percent("SPRING25")).await.status(201);
    assert_eq!(
        (world.stripe.objects("coupon").len(), world.stripe.objects("promotion_code").len()),
        (1, 1)
    );
}

#[tokio::test]
async fn contradictions_are_refused_before_stripe_is_asked() {
    let world = world().await;
    let root = root(&world).await;
    for (body, field) in [
        (json!({ "code": "A" , "discountPercent": 5 }), "code"),
        (json!({ "code": "A_B" , "discountPercent": 5 }), "code"),
        (json!({ "code": "AB" }), "discountPercent"),
        (json!({ "code": "AB", "discountPercent": 0 }), "discountPercent"),
        (json!({ "code": "AB", "discountPercent": 101 }), "discountPercent"),
        (
            json!({ "code": "AB", "discountPercent": 5, "amountOff": 5, "currency": "EUR" }),
            "discountPercent",
        ),
        (json!({ "code": "AB", "amountOff": 5 }), "currency"),
        (json!({ "code": "AB", "amountOff": 0, "currency": "EUR" }), "amountOff"),
        (json!({ "code": "AB", "amountOff": 5, "currency": "XYZ" }), "currency"),
        (json!({ "code": "AB", "discountPercent": 5, "maxRedemptions": 0 }), "maxRedemptions"),
        (
            json!({ "code": "AB", "discountPercent": 5, "expiresAt": "2020-01-01T00:00:00Z" }),
            "expiresAt",
        ),
    ] {
        let refused = root.post(CODES, body).await.is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], field, "{refused}");
    }
    assert!(world.stripe.requests().is_empty());
}
