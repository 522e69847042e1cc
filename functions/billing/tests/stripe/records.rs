//! Records for `tests/official/check.sh`, which holds them against Stripe's own packages. With
//! `BLESS=1` they are written, otherwise compared.

use provost_auth::webhook::WebhookSecrets;
use provost_domain::{BuiltInRole, Timestamp};
use provost_testkit::stripe::{SECRET, charge, event, refund, signature};
use serde_json::{Value, json};

use crate::support::{PRO, about, of, world};

fn check(name: &str, current: &Value) {
    let file = format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"));
    let bless = std::env::var_os("BLESS").is_some();
    let text = format!("{current:#}\n");
    if bless {
        std::fs::write(&file, text).expect("the folder is writable");
    } else {
        let known = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(known == text, "{file} is not current; run the tests with BLESS=1");
    }
}

/// Ids that differ from run to run become constant.
fn constant(text: &str) -> String {
    let Some((kind, rest)) = text.split_once('_') else { return text.to_owned() };
    let is_ours = matches!(kind, "usr" | "prd") && rest.len() == 26;
    if is_ours { format!("{kind}_01ARZ3NDEKTSV4RRFFQ69G5FAV") } else { text.to_owned() }
}

#[tokio::test]
async fn the_recorded_requests_are_those_that_are_made() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let ada = world.person("ada").await;
    let plan = json!({ "type": "plan", "name": "Team", "slug": "team", "description": "For teams.", "price": 900, "currency": "EUR", "billingInterval": "month", "portalTier": "paid" });
    let product = root.post("/api/admin/products", plan).await.status(201);
    let path = format!("/api/admin/products/{}", product["id"].as_str().expect("an id"));
    root.post(&format!("{path}/sync"), json!({})).await.ok();
    root.patch(&path, json!({ "price": 1100, "description": "" })).await.ok();
    root.post(&format!("{path}/sync"), json!({})).await.ok();
    let code = json!({ "code": "SPRING25", "discountPercent": 25, "maxRedemptions": 5, "expiresAt": "2027-06-01T00:00:00Z" });
    let code = root.post("/api/admin/promo-codes", code).await.status(201);
    let amount = json!({ "code": "FIVE", "amountOff": 500, "currency": "EUR" });
    root.post("/api/admin/promo-codes", amount).await.status(201);
    root.get("/api/admin/promo-codes?active=true").await.ok();
    for promotion in [None, Some("SPRING25")] {
        let body = json!({ "productId": product["id"], "promotionCode": promotion });
        ada.post("/api/billing/checkout", body).await.status(201);
    }
    ada.post("/api/billing/portal", json!({})).await.status(201);
    root.delete(&format!("/api/admin/promo-codes/{}", code["id"].as_str().expect("an id")))
        .await
        .ok();
    // What events make the platform ask.
    world.start_checkout(ada.id).await;
    let mut discounted = of(PRO, "active");
    discounted["metadata"] = json!({ "user_id": ada.id });
    world.stripe.holds(discounted.clone());
    discounted["discounts"] = json!(["di_1"]);
    world.notify(&about(&world, "evt_1", "created", 0, discounted)).await.status(200);
    world.stripe.holds(charge("ch_1", "cus_1", 100));
    let failed =
        event("evt_2", "refund.failed", world.second(), refund("re_1", "ch_1", 100, "failed"));
    world.notify(&failed).await.status(200);
    // What ends at Stripe.
    let (stripe, now) = (world.app.stripe(), world.app.now());
    stripe.cancel(&"sub_1".parse().expect("an id"), "end-1", now).await.expect("an answer");
    stripe
        .delete_customer(&"cus_1".parse().expect("an id"), "end-2", now)
        .await
        .expect("an answer");
    stripe.delete_coupon("coupon_9", now).await.expect("an answer");

    let requests: Vec<Value> = world
        .stripe
        .requests()
        .into_iter()
        .map(|asked| {
            let parameters: Vec<_> = asked
                .parameters
                .iter()
                .map(|(name, value)| json!([name, constant(value)]))
                .collect();
            json!({ "method": asked.method, "path": asked.path, "parameters": parameters })
        })
        .collect();
    check("requests.json", &json!(requests));
}

#[test]
fn the_recorded_signature_is_accepted() {
    let seconds = 1_795_190_400;
    let body = json!({ "id": "evt_1", "object": "event", "type": "invoice.paid", "created": seconds, "data": { "object": { "id": "in_1", "object": "invoice", "note": "größer" } } }).to_string();
    let header = signature(SECRET, seconds, &body);
    let secrets = WebhookSecrets::read(SECRET).expect("a secret");
    let now = Timestamp::from_millis(seconds * 1000);
    assert_eq!(secrets.verify(&header, body.as_bytes(), now), Ok(()));
    check(
        "signed.json",
        &json!({ "secret": SECRET, "seconds": seconds, "body": body, "header": header }),
    );
}
