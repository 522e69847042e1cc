//! Promotion codes: one of a name at a time, made and switched off at Stripe.

use provost_domain::BuiltInRole;
use provost_local::Function;
use provost_testkit::{KillPoint, World, stripe::Cut};
use serde_json::{Value, json};

use crate::support::world;

const CODES: &str = "/api/admin/promo-codes";

/// With the routes of the audit log.
async fn with_audit() -> World {
    World::of(|app| {
        vec![
            Function::http("billing", fn_billing::routes().router(app.clone())),
            Function::http("audit", fn_audit::routes().router(app.clone())),
        ]
    })
    .await
}

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
async fn an_old_code_that_is_over_is_never_the_one_that_is_found() {
    let world = world().await;
    let root = root(&world).await;
    world.stripe.holds(json!({
        "id": "promo_900", "object": "promotion_code", "code": "SPRING25", "active": false,
        "created": 1_700_000_000, "expires_at": 1_700_000_100, "metadata": {},
    }));
    let made = root.post(CODES, percent("SPRING25")).await.status(201);
    let ada = world.person("ada").await;
    let buy = json!({ "productId": "prd_00000000000000000000000002", "promotionCode": "spring25" });
    ada.post("/api/billing/checkout", buy).await.status(201);
    let asked = world.stripe.requests();
    let given = asked.iter().flat_map(|asked| &asked.parameters);
    let given: Vec<_> =
        given.filter(|(name, _)| name.contains("promotion_code")).map(|(_, id)| id).collect();
    assert_eq!(given, [made["id"].as_str().expect("an id")]);
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

/// The successful actions in the audit log, oldest first.
async fn actions(root: &provost_testkit::Someone<'_>) -> Vec<String> {
    let log = root.get("/api/admin/audit/logs?resourceType=promotion_code&limit=200").await.ok();
    let entries = log["data"].as_array().expect("a list").iter().rev();
    entries.map(|entry| entry["action"].as_str().expect("a text").to_owned()).collect()
}

#[tokio::test]
async fn nothing_is_made_at_stripe_before_it_is_in_the_audit_log() {
    let mut ended = 0;
    for call in 1.. {
        let (mut finished, bound) = (true, 40);
        for point in [KillPoint::Before(call), KillPoint::After(call)] {
            let world = with_audit().await;
            let root = root(&world).await;
            world.interceptor.kill_at(point);
            let made = world.interceptor.until_killed(root.post(CODES, percent("SPRING25"))).await;
            let killed = made.is_none();
            world.interceptor.reset();
            let exists = !world.stripe.objects("promotion_code").is_empty();
            let log = actions(&root).await;
            assert!(!exists || log.contains(&"promotion_code.requested".to_owned()), "{point:?}");
            if killed {
                finished = false;
                // The next request completes it, or learns that it is complete.
                let again = root.post(CODES, percent("SPRING25")).await;
                assert!([201, 409].contains(&again.status.as_u16()), "{point:?}: {}", again.text());
                ended += 1;
            }
            let log = actions(&root).await;
            assert_eq!(log, ["promotion_code.requested", "promotion_code.created"], "{point:?}");
            assert_eq!(world.stripe.objects("coupon").len(), 1, "{point:?}");
            assert_eq!(world.stripe.objects("promotion_code").len(), 1, "{point:?}");
            root.post(CODES, percent("spring25")).await.is(409, "ALREADY_EXISTS");
        }
        if finished {
            break;
        }
        assert!(call < bound, "the request ends");
    }
    assert!(ended > 6, "{ended} kills");
}

#[tokio::test]
async fn a_code_that_was_begun_is_completed_before_another_one_of_its_name_is_refused() {
    let world = with_audit().await;
    let root = root(&world).await;
    // Coupon and code are made, and the answer is lost.
    world.stripe.cut(Cut::After(3));
    root.post(CODES, percent("SPRING25")).await.is(503, "UNAVAILABLE");
    world.stripe.mend();
    let other = json!({ "code": "SPRING25", "discountPercent": 50 });
    root.post(CODES, other).await.is(409, "ALREADY_EXISTS");
    assert_eq!(actions(&root).await, ["promotion_code.requested", "promotion_code.created"]);
}

#[tokio::test]
async fn a_long_list_of_codes_is_read_page_by_page() {
    let world = world().await;
    let root = root(&world).await;
    for number in 1..=230 {
        world.stripe.holds(json!({
            "id": format!("promo_{number}"), "object": "promotion_code", "code": format!("C{number}"),
            "active": number % 2 == 0, "created": 1_795_190_400, "metadata": {},
        }));
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let before = world.stripe.requests().len();
        let page = root.get(&format!("{CODES}?limit=60{cursor}")).await.ok();
        let calls = world.stripe.requests().len() - before;
        assert_eq!(calls, if cursor.is_empty() { 3 } else { 1 }, "the first page counts");
        assert_eq!(page["pagination"]["total"], 230);
        let rows = page["data"].as_array().expect("a list").iter();
        seen.extend(rows.map(|row| row["code"].as_str().expect("a code").to_owned()));
        match page["pagination"]["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let expected: Vec<_> = (1..=230).rev().map(|number| format!("C{number}")).collect();
    assert_eq!(seen, expected);
    let last = root.get(&format!("{CODES}?limit=100&page=3")).await.ok();
    assert_eq!(last["data"].as_array().map(Vec::len), Some(30));
    assert_eq!(root.get(&format!("{CODES}?active=true")).await.ok()["pagination"]["total"], 115);
}
