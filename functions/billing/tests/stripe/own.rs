//! What users see of the catalogue and of their own subscriptions.

use provost_domain::product::ProductType;
use serde_json::json;

use crate::support::{ADDON, PRO, about, buyer, check_out, of, sell, world};

const PRODUCTS: &str = "/api/billing/products";
const SUBSCRIPTIONS: &str = "/api/billing/subscriptions";

#[tokio::test]
async fn only_what_can_be_bought_is_offered() {
    let world = world().await;
    let ada = world.person("ada").await;
    let offered = ada.get(PRODUCTS).await.ok();
    let rows = offered["data"].as_array().expect("rows");
    assert_eq!(rows.len(), 2, "plans without a price at Stripe are not offered: {offered}");
    for row in rows {
        assert!(row.get("stripePriceId").is_none() && row["priceText"].is_string(), "{row}");
        let buy = json!({ "productId": row["id"] });
        ada.post("/api/billing/checkout", buy).await.status(201);
    }
    sell(&world, 2, ADDON, ProductType::Addon, false).await;
    assert_eq!(ada.get(PRODUCTS).await.ok()["pagination"]["total"], 2, "one is not available");
    sell(&world, 2, ADDON, ProductType::Addon, true).await;
    assert_eq!(ada.get(PRODUCTS).await.ok()["pagination"]["total"], 3);
    world.anyone().get(PRODUCTS).await.is(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_user_sees_their_own_subscriptions_only() {
    let world = world().await;
    let eve = buyer(&world, "eve").await;
    let ada = world.person("ada").await;
    assert_eq!(eve.get(SUBSCRIPTIONS).await.ok()["data"], json!([]));
    check_out(&world, eve.id).await;
    let created = about(&world, "evt_1", "created", 1, of(PRO, "active"));
    world.notify(&created).await.status(200);
    let listed = eve.get(SUBSCRIPTIONS).await.ok();
    let row = &listed["data"][0];
    assert_eq!((&row["status"], &row["givesPlan"]), (&json!("active"), &json!(true)), "{row}");
    assert_eq!((&row["price"], &row["autoRenew"]), (&json!(900), &json!(true)));
    assert!(row["productName"].is_string() && row["nextBillingDate"].is_string(), "{row}");
    let deleted = about(&world, "evt_2", "deleted", 2, of(PRO, "canceled"));
    world.notify(&deleted).await.status(200);
    let row = eve.get(SUBSCRIPTIONS).await.ok()["data"][0].clone();
    assert_eq!((&row["status"], &row["autoRenew"]), (&json!("canceled"), &json!(false)));
    assert_eq!((&row["nextBillingDate"], &row["givesPlan"]), (&json!(null), &json!(false)));
    assert_eq!(ada.get(SUBSCRIPTIONS).await.ok()["data"], json!([]));
}
