//! The catalogue: products and what synchronising brings to Stripe.

use provost_domain::{BuiltInRole, ProductId};
use provost_testkit::{KillPoint, Someone, World, stripe::Cut};
use serde_json::{Value, json};

use crate::support::world;

const PRODUCTS: &str = "/api/admin/products";

fn plan(slug: &str, price: u64, currency: &str) -> Value {
    json!({
        "type": "plan", "name": "Team Portal", "slug": slug, "price": price, "currency": currency, "billingInterval": "month", "portalTier": "paid",
        "features": [{ "name": "Servers", "value": "20" }, { "name": "Backups" }], "limits": { "servers": 20, "storageBytes": 1024 },
    })
}

async fn root(world: &World) -> Someone<'_> {
    world.staff("root", BuiltInRole::RootAdmin).await
}

async fn create(root: &Someone<'_>, body: Value) -> Value {
    let reply = root.post(PRODUCTS, body).await;
    reply.status(201);
    reply.json()
}

fn at(product: &Value) -> String {
    format!("{PRODUCTS}/{}", product["id"].as_str().expect("an id"))
}

async fn sync(root: &Someone<'_>, product: &Value) -> Value {
    root.post(&format!("{}/sync", at(product)), json!({})).await.ok()
}

/// The active prices at Stripe of one product: id, amount and whether it is the default.
fn prices(world: &World) -> Vec<(String, i64, bool)> {
    let defaults: Vec<_> = world
        .stripe
        .objects("product")
        .into_iter()
        .map(|product| product["default_price"].clone())
        .collect();
    world
        .stripe
        .objects("price")
        .into_iter()
        .filter(|price| price["active"] == true)
        .map(|price| {
            (
                price["id"].as_str().expect("an id").to_owned(),
                price["unit_amount"].as_i64().expect("an amount"),
                defaults.contains(&price["id"]),
            )
        })
        .collect()
}

#[tokio::test]
async fn a_product_is_created_listed_changed_and_removed() {
    let world = world().await;
    let root = root(&world).await;
    let created = create(&root, plan("Team", 1500, "jpy")).await;
    assert_eq!(
        (&created["slug"], &created["currency"], &created["priceText"], &created["synced"]),
        (&json!("team"), &json!("JPY"), &json!("¥1,500"), &json!(false))
    );
    assert_eq!(created["features"][0], json!({ "name": "Servers", "value": "20" }));
    let list = root.get(&format!("{PRODUCTS}?type=plan&active=true&limit=200")).await.ok();
    assert!(list["data"].as_array().expect("rows").contains(&created));
    let changed = root
        .with_header("if-match", "\"1\"")
        .patch(&at(&created), json!({ "price": 1600, "name": "Team" }))
        .await
        .ok();
    assert_eq!((&changed["price"], &changed["version"]), (&json!(1600), &json!(2)));
    root.with_header("if-match", "\"1\"")
        .patch(&at(&created), json!({ "price": 1 }))
        .await
        .is(412, "STALE_VERSION");
    assert_eq!(
        root.patch(&at(&created), json!({ "price": 1600 })).await.ok()["version"],
        2,
        "an edit that changes nothing is no change"
    );
    let removed = root.delete(&at(&created)).await.ok();
    assert!(removed["deletedAt"].is_string() && removed["active"] == false);
    assert_eq!(root.delete(&at(&created)).await.ok(), removed, "a second removal changes nothing");
    let list = root.get(&format!("{PRODUCTS}?limit=200")).await.ok();
    assert!(list["data"].as_array().expect("rows").iter().all(|row| row["id"] != created["id"]));
    root.patch(&at(&created), json!({ "price": 1 })).await.is(409, "INVALID_ACTION");
}

#[tokio::test]
async fn a_slug_belongs_to_one_product() {
    let world = world().await;
    let root = root(&world).await;
    let (one, other) = tokio::join!(
        root.post(PRODUCTS, plan("team", 1, "EUR")),
        root.post(PRODUCTS, plan("team", 2, "EUR"))
    );
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    let seeded = root.post(PRODUCTS, plan("pro-portal", 1, "EUR")).await.is(409, "ALREADY_EXISTS");
    assert_eq!(seeded["field"], "slug");
    let third = create(&root, plan("third", 3, "EUR")).await;
    root.patch(&at(&third), json!({ "slug": "team" })).await.is(409, "ALREADY_EXISTS");
    root.patch(&at(&third), json!({ "slug": "fourth" })).await.ok();
    create(&root, plan("third", 4, "EUR")).await;
}

#[tokio::test]
async fn prices_that_cannot_be_charged_and_contradictions_are_refused() {
    let world = world().await;
    let root = root(&world).await;
    let with = |field: &str, value: Value| {
        let mut body = plan("team", 900, "EUR");
        body[field] = value;
        body
    };
    for (body, field) in [
        (plan("team", 5124, "KWD"), "price"),
        (plan("team", 900, "XYZ"), "currency"),
        (with("slug", json!("-team")), "slug"),
        (with("billingInterval", Value::Null), "billingInterval"),
        (with("portalTier", Value::Null), "portalTier"),
        (with("type", json!("addon")), "portalTier"),
        (with("name", json!(" ")), "name"),
        (with("features", json!([{ "name": "A" }, { "name": "A" }])), "features[1].name"),
        (with("limits", json!({ "a b": 1 })), "limits"),
    ] {
        let refused = root.post(PRODUCTS, body).await.is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], field, "{refused}");
    }
    root.post(PRODUCTS, with("price", json!(-1))).await.is(422, "VALIDATION_FAILED");
    root.post(PRODUCTS, with("color", json!("red"))).await.is(422, "VALIDATION_FAILED");
    assert_eq!(root.get(PRODUCTS).await.ok()["pagination"]["total"], 4, "nothing was added");
}

#[tokio::test]
async fn the_catalogue_requires_its_permissions() {
    let world = world().await;
    let (linus, ada) = (world.staff("linus", BuiltInRole::Staff).await, world.person("ada").await);
    for path in [PRODUCTS, "/api/admin/promo-codes", "/api/admin/revenue"] {
        world.anyone().get(path).await.is(401, "UNAUTHENTICATED");
        ada.get(path).await.is(403, "ADMIN_REQUIRED");
        linus.get(path).await.is(403, "PERMISSION_DENIED");
    }
    for path in
        [PRODUCTS.to_owned(), format!("{PRODUCTS}/x/sync"), "/api/admin/promo-codes".to_owned()]
    {
        world.anyone().post(&path, json!({})).await.is(401, "UNAUTHENTICATED");
        ada.post(&path, json!({})).await.is(403, "ADMIN_REQUIRED");
        linus.post(&path, json!({})).await.is(403, "SUPERADMIN_REQUIRED");
    }
    let root = root(&world).await;
    let missing = format!("{PRODUCTS}/prd_01ARZ3NDEKTSV4RRFFQ69G5FAV");
    root.patch(&missing, json!({})).await.is(404, "NOT_FOUND");
    root.delete(&missing).await.is(404, "NOT_FOUND");
    root.post(&format!("{missing}/sync"), json!({})).await.is(404, "NOT_FOUND");
}

#[tokio::test]
async fn each_currency_is_sent_in_the_unit_that_stripe_expects() {
    let world = world().await;
    let root = root(&world).await;
    for (slug, price, currency, sent) in [
        ("yen", 1500, "JPY", 1500),
        ("kronur", 5, "ISK", 500),
        ("dinar", 5120, "KWD", 5120),
        ("euro", 900, "EUR", 900),
    ] {
        let product = create(&root, plan(slug, price, currency)).await;
        sync(&root, &product).await;
        let created = world
            .stripe
            .requests()
            .into_iter()
            .rfind(|asked| asked.path == "/v1/prices" && asked.method == "POST");
        let created = created.expect("a price was created");
        let amount = created.parameters.iter().find(|(name, _)| name == "unit_amount");
        assert_eq!(
            amount.map(|(_, amount)| amount.as_str()),
            Some(sent.to_string().as_str()),
            "{currency}"
        );
    }
}

#[tokio::test]
async fn a_new_price_becomes_the_default_before_the_old_one_is_archived() {
    let world = world().await;
    let root = root(&world).await;
    let product = create(&root, plan("team", 900, "EUR")).await;
    let first = sync(&root, &product).await;
    assert_eq!((&first["synced"], &first["product"]["synced"]), (&json!(true), &json!(true)));
    root.patch(&at(&product), json!({ "price": 1100 })).await.ok();
    let ada = world.person("ada").await;
    ada.post("/api/billing/checkout", json!({ "productId": product["id"] }))
        .await
        .is(409, "INVALID_ACTION");
    let second = sync(&root, &product).await;
    let sold = second["product"]["stripePriceId"].as_str().expect("a price").to_owned();
    assert_eq!(prices(&world), [(sold.clone(), 1100, true)]);
    let created = world.stripe.objects("price").len();
    let third = sync(&root, &product).await;
    assert_eq!((&third["synced"], &third["product"]), (&json!(false), &second["product"]));
    assert_eq!(world.stripe.objects("price").len(), created, "the second run creates nothing");
    ada.post("/api/billing/checkout", json!({ "productId": product["id"] })).await.status(201);
    assert_eq!(world.stripe.objects("checkout.session")[0]["line_item"], sold);
    // Who subscribed at the earlier price stays at it, with the plan.
    let earlier = first["product"]["stripePriceId"].as_str().expect("a price");
    let id: ProductId = product["id"].as_str().expect("an id").parse().expect("an id");
    let stored =
        world.app.store().product(id).await.expect("the table responds").expect("a product");
    assert!(stored.has_price(earlier) && stored.has_price(&sold));
    // And back to the price from before, within the day for which Stripe remembers keys.
    root.patch(&at(&product), json!({ "price": 900 })).await.ok();
    sync(&root, &product).await;
    assert_eq!(
        prices(&world).iter().map(|(_, amount, default)| (*amount, *default)).collect::<Vec<_>>(),
        [(900, true)]
    );
}

#[tokio::test]
async fn a_product_that_was_deleted_at_stripe_is_created_again() {
    let world = world().await;
    let root = root(&world).await;
    let product = create(&root, plan("team", 900, "EUR")).await;
    let first = sync(&root, &product).await["product"]["stripeProductId"].clone();
    world.stripe.forgets(first.as_str().expect("an id"));
    let again = sync(&root, &product).await;
    assert_ne!(again["product"]["stripeProductId"], first);
    assert!(
        again["product"]["synced"] == true && prices(&world).iter().any(|(_, _, default)| *default)
    );
}

#[tokio::test]
async fn a_changed_price_after_a_lost_answer_is_another_request() {
    let world = world().await;
    let root = root(&world).await;
    let product = create(&root, plan("team", 900, "EUR")).await;
    // The price is created, and nobody learns of it.
    world.stripe.cut(Cut::After(3));
    root.post(&format!("{}/sync", at(&product)), json!({})).await.is(503, "UNAVAILABLE");
    world.stripe.mend();
    root.patch(&at(&product), json!({ "price": 1100 })).await.ok();
    sync(&root, &product).await;
    assert_eq!(
        prices(&world).iter().map(|(_, amount, default)| (*amount, *default)).collect::<Vec<_>>(),
        [(1100, true)]
    );
}

#[tokio::test]
async fn without_a_key_synchronising_says_what_is_missing() {
    let world = World::without_stripe(|app| {
        vec![provost_local::Function::http("billing", fn_billing::routes().router(app.clone()))]
    })
    .await;
    let root = root(&world).await;
    let product = create(&root, plan("team", 900, "EUR")).await;
    let refused =
        root.post(&format!("{}/sync", at(&product)), json!({})).await.is(503, "UNAVAILABLE");
    assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains("not configured")));
    root.get("/api/admin/promo-codes").await.is(503, "UNAVAILABLE");
}

/// Synchronises, interrupted at one moment, and again; what Stripe and the catalogue have then.
async fn interrupted(cut: Option<Cut>, kill: Option<KillPoint>) -> Option<(usize, usize)> {
    let world = world().await;
    let root = root(&world).await;
    let product = create(&root, plan("team", 900, "EUR")).await;
    sync(&root, &product).await;
    root.patch(&at(&product), json!({ "price": 1100 })).await.ok();
    let before = world.stripe.requests().len();
    world.interceptor.reset();
    let path = format!("{}/sync", at(&product));
    match (cut, kill) {
        (Some(cut), _) => {
            world.stripe.cut(cut);
            root.post(&path, json!({})).await;
            world.stripe.mend();
        }
        (None, Some(kill)) => {
            world.interceptor.kill_at(kill);
            world.interceptor.until_killed(root.post(&path, json!({}))).await;
            world.interceptor.reset();
        }
        (None, None) => {
            sync(&root, &product).await;
            return Some((world.stripe.requests().len() - before, world.interceptor.calls()));
        }
    }
    let done = sync(&root, &product).await;
    let sold = done["product"]["stripePriceId"].as_str().expect("a price").to_owned();
    assert_eq!(done["product"]["synced"], true, "{cut:?} {kill:?}");
    assert_eq!(prices(&world), [(sold, 1100, true)], "{cut:?} {kill:?}");
    assert_eq!(world.stripe.objects("price").len(), 2, "{cut:?} {kill:?}");
    assert_eq!(world.stripe.objects("product").len(), 1, "{cut:?} {kill:?}");
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn synchronising_that_is_interrupted_at_any_call_ends_in_the_same_state() {
    let (to_stripe, to_aws) = interrupted(None, None).await.expect("an undisturbed run");
    assert!(
        to_stripe >= 5 && to_aws >= 3,
        "there is something to interrupt: {to_stripe}, {to_aws}"
    );
    for call in 1..=to_stripe {
        interrupted(Some(Cut::Before(call)), None).await;
        interrupted(Some(Cut::After(call)), None).await;
    }
    for call in 1..=to_aws {
        interrupted(None, Some(KillPoint::Before(call))).await;
        interrupted(None, Some(KillPoint::After(call))).await;
    }
}
