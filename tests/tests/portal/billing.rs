//! Buying on a page of Stripe, and coming back.

use provost_domain::BuiltInRole;
use serde_json::json;

use crate::{Browser, world};

#[tokio::test]
async fn a_plan_is_bought_on_a_page_of_stripe_and_managed_there() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let bob = world.person("bob").await;
    let mut browser = Browser::of(&world, &bob.email).await;
    let page = browser.get("/account/billing").await;
    page.shows("You have no subscription.")
        .shows("Nothing is for sale")
        .lacks("/account/billing/portal");
    let plan = json!({
        "type": "plan", "name": "Pro", "slug": "pro-month", "description": "For schools",
        "price": 900, "currency": "EUR", "billingInterval": "month", "portalTier": "paid",
        "features": [{ "name": "Servers", "value": "10" }], "reason": "The first plan.",
    });
    let plan = root.post("/api/admin/products", plan).await.status(201);
    let id = plan["id"].as_str().expect("an id").to_owned();
    // What Stripe does not have yet is not offered.
    browser.get("/account/billing").await.lacks("For schools");
    let buy = format!("/account/billing/buy/{id}");
    assert_eq!(browser.get(&buy).await.status(), 404);
    root.post(&format!("/api/admin/products/{id}/sync"), json!({})).await.ok();
    browser.get("/account/billing").await.shows("For schools").shows("€9.00").shows(&buy);
    browser.get(&buy).await.shows("Servers").shows("Promotion code");

    let page = browser.fill(&buy, &[("promotionCode", "NOTHING")]).await;
    assert_eq!(page.status(), 404, "{}", page.html);
    page.shows("role=\"alert\"").shows("value=\"NOTHING\"");
    // `form-action` would block a redirect to Stripe, so a page goes there, with a link on it.
    let hidden = browser.get(&buy).await.hidden();
    let fields: Vec<(&str, &str)> =
        hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let page = browser.post(&buy, &fields).await;
    assert_eq!(page.status(), 200, "{}", page.html);
    let refresh = page.reply.header("refresh");
    let url = refresh.strip_prefix("0; url=https://").expect("an address").to_owned();
    page.shows(&url).shows("Continue to Stripe");
    assert!(page.reply.header("content-security-policy").contains("form-action 'self'"));
    // A second press leads to the same checkout.
    let again = browser.post(&buy, &fields).await;
    assert_eq!(again.reply.header("refresh"), refresh);
    let sessions = world.stripe.objects("checkout.session");
    assert_eq!(sessions.len(), 1);
    let back = world.stripe.requests();
    let back =
        back.iter().rev().find(|asked| asked.path == "/v1/checkout/sessions").expect("asked");
    let back = |name: &str| {
        let found = back.parameters.iter().find(|(known, _)| known == name);
        found.expect("a URL").1.strip_prefix("https://provost.example").expect("ours").to_owned()
    };
    browser.get(&back("success_url")).await.shows("Stripe has your payment.");
    browser.get(&back("cancel_url")).await.shows("Nothing was paid.");
}
