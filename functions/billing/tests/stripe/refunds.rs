//! What is taken from payments: refunds, refunds that fail, disputes.

use provost_domain::{
    BuiltInRole, UserId,
    payment::{Payment, PaymentKind},
};
use provost_testkit::{
    Someone, World,
    stripe::{self, charge, dispute, event, invoice, invoice_payment, refund},
};
use serde_json::{Value, json};

use crate::{
    money::ledger,
    support::{PRO, about, check_out, of, staff, world},
};

/// A user who paid 1000 EUR cents: the invoice `in_1` with the charge `ch_1`.
async fn payer(world: &World) -> UserId {
    let ada = world.person("ada").await.id;
    check_out(world, ada).await;
    world.notify(&about(world, "evt_begin", "created", 0, of(PRO, "active"))).await.status(200);
    let mut paid = invoice("in_1", "cus_1", "sub_1", 1000);
    world
        .notify(&event("evt_paid", "invoice.paid", world.second(), paid.clone()))
        .await
        .status(200);
    paid["status_transitions"] = json!({ "paid_at": world.second() });
    world.stripe.holds(paid);
    world.stripe.holds(charge("ch_1", "cus_1", 0));
    world.stripe.holds(invoice_payment("ch_1", "in_1"));
    ada
}

/// The net amount in EUR of the report of revenue.
async fn net(grace: &Someone<'_>) -> i64 {
    let report = grace.get("/api/admin/revenue").await.ok();
    let euro = report["currencies"]
        .as_array()
        .expect("currencies")
        .iter()
        .find(|row| row["currency"] == "EUR");
    euro.expect("euros")["net"].as_i64().expect("an amount")
}

fn taken(ledger: &[Payment]) -> Vec<(PaymentKind, u64)> {
    ledger
        .iter()
        .filter(|entry| entry.kind != PaymentKind::Paid)
        .map(|entry| (entry.kind, entry.amount))
        .collect()
}

#[tokio::test]
async fn refunds_are_counted_once_in_either_order_and_find_their_invoice() {
    for order in [[300, 500], [500, 300]] {
        let world = world().await;
        let (ada, grace) = (payer(&world).await, staff(&world).await);
        for total in order {
            let told = event(
                &format!("evt_{total}"),
                "charge.refunded",
                world.second() + total,
                charge("ch_1", "cus_1", total.unsigned_abs()),
            );
            for _ in 0..2 {
                world.notify(&told).await.status(200);
            }
        }
        let ledger = ledger(&world, ada).await;
        let sum: u64 = taken(&ledger).iter().map(|(_, amount)| amount).sum();
        assert_eq!((sum, net(&grace).await), (500, 500), "{order:?}");
        let refund =
            ledger.iter().find(|entry| entry.kind == PaymentKind::Refunded).expect("a refund");
        assert_eq!(refund.invoice, "in_1".parse().ok());
        assert_eq!(refund.product_id, "prd_00000000000000000000000002".parse().ok());
        assert_eq!(refund.subscription, "sub_1".parse().ok());
        assert_eq!(refund.paid_at.map(|at| at.seconds()), Some(world.second()));
    }
}

#[tokio::test]
async fn a_refund_that_fails_is_an_entry_of_its_own() {
    let world = world().await;
    let (ada, grace) = (payer(&world).await, staff(&world).await);
    let now = world.second();
    world
        .notify(&event("evt_1", "charge.refunded", now + 1, charge("ch_1", "cus_1", 1000)))
        .await
        .status(200);
    assert_eq!(net(&grace).await, 0);
    for (id, kind, status) in [
        ("evt_2", "refund.failed", "failed"),
        ("evt_3", "refund.updated", "failed"),
        ("evt_4", "refund.updated", "succeeded"),
    ] {
        world
            .notify(&event(id, kind, now + 2, refund("re_1", "ch_1", 1000, status)))
            .await
            .status(200);
    }
    assert_eq!(net(&grace).await, 1000);
    assert_eq!(
        taken(&ledger(&world, ada).await),
        [(PaymentKind::Refunded, 1000), (PaymentKind::RefundFailed, 1000)]
    );
}

#[tokio::test]
async fn a_refund_that_fails_later_leaves_the_months_before_as_they_were() {
    let world = world().await;
    payer(&world).await;
    let (now, grace) = (world.second(), staff(&world).await);
    let told = event("evt_1", "charge.refunded", now + 1, charge("ch_1", "cus_1", 1000));
    world.notify(&told).await.status(200);
    let november = "/api/admin/revenue?period=month&startDate=2026-11-01&endDate=2026-11-30";
    let before = grace.get(november).await.ok();
    assert_eq!(before["currencies"][0]["net"], 0);
    world.advance(30 * provost_domain::time::DAY);
    let failed = refund("re_1", "ch_1", 1000, "failed");
    world.notify(&event("evt_2", "refund.failed", world.second(), failed)).await.status(200);
    let grace = world.staff("later", BuiltInRole::Admin).await;
    assert_eq!(grace.get(november).await.ok()["parts"], before["parts"]);
    let december = november.replace("2026-11-01", "2026-12-01").replace("2026-11-30", "2026-12-31");
    let after = grace.get(&december).await.ok();
    assert_eq!(
        (&after["currencies"][0]["failedRefunds"], &after["currencies"][0]["net"]),
        (&json!(1000), &json!(1000))
    );
}

#[tokio::test]
async fn a_dispute_takes_the_money_and_gives_it_back_when_it_is_won() {
    let world = world().await;
    let (ada, grace) = (payer(&world).await, staff(&world).await);
    let now = world.second();
    let tell = async |id: &str, kind: &str, object: Value| {
        world.notify(&event(id, &format!("charge.dispute.{kind}"), now, object)).await.status(200);
    };
    tell("evt_0", "created", dispute("dp_0", "ch_1", 1000, "warning_needs_response")).await;
    tell("evt_1", "closed", dispute("dp_0", "ch_1", 1000, "warning_closed")).await;
    assert_eq!(net(&grace).await, 1000, "an inquiry moves no money");
    tell("evt_2", "created", dispute("dp_1", "ch_1", 1000, "needs_response")).await;
    assert_eq!(net(&grace).await, 1000);
    tell("evt_3", "funds_withdrawn", dispute("dp_1", "ch_1", 1000, "needs_response")).await;
    assert_eq!(net(&grace).await, 0);
    tell("evt_4", "closed", dispute("dp_1", "ch_1", 1000, "won")).await;
    tell("evt_5", "funds_reinstated", dispute("dp_1", "ch_1", 1000, "won")).await;
    assert_eq!(net(&grace).await, 1000);
    world
        .notify(&event("evt_6", "charge.refunded", now + 9, charge("ch_1", "cus_1", 1000)))
        .await
        .status(200);
    assert_eq!(net(&grace).await, 0, "a later refund counts");
    assert_eq!(
        taken(&ledger(&world, ada).await),
        [
            (PaymentKind::Disputed, 1000),
            (PaymentKind::DisputeWon, 1000),
            (PaymentKind::Refunded, 1000)
        ]
    );
}

#[tokio::test]
async fn an_event_that_needs_stripe_comes_again_while_stripe_is_down() {
    let world = world().await;
    let ada = payer(&world).await;
    let told = event("evt_1", "charge.refunded", world.second(), charge("ch_1", "cus_1", 300));
    world.stripe.is(stripe::Mood::Down);
    world.notify(&told).await.is(503, "UNAVAILABLE");
    world.stripe.is(stripe::Mood::Well);
    world.notify(&told).await.status(200);
    assert_eq!(taken(&ledger(&world, ada).await), [(PaymentKind::Refunded, 300)]);
}

#[tokio::test]
async fn strangers_are_accepted_and_counted_and_change_nothing() {
    let world = world().await;
    let ada = payer(&world).await;
    let before = ledger(&world, ada).await;
    let mut other = stripe::subscription("sub_x", "cus_x", "price_x", "active");
    other["metadata"] = json!({ "user_id": "42" });
    let mut bill = invoice("in_x", "cus_x", "sub_x", 900);
    bill["lines"]["data"][0]["pricing"]["price_details"] =
        json!({ "price": "price_x", "product": "prod_x" });
    let mut session = stripe::checkout(ada, "cus_x", "sub_x");
    session["client_reference_id"] = json!("order-77");
    world.stripe.holds(charge("ch_x", "cus_x", 0));
    let mut abroad = charge("ch_x", "cus_x", 300);
    abroad["currency"] = json!("xau");
    let (mut failed, mut disputed) =
        (refund("re_y", "ch_x", 300, "failed"), dispute("dp_z", "ch_x", 300, "needs_response"));
    (failed["currency"], disputed["currency"]) = (json!("xau"), json!("xau"));
    let strangers = [
        ("charge.refunded", abroad),
        ("refund.failed", failed),
        ("charge.dispute.funds_withdrawn", disputed),
        ("customer.subscription.created", other),
        ("invoice.paid", bill),
        ("checkout.session.completed", session),
        ("charge.refunded", charge("ch_x", "cus_x", 300)),
        ("refund.failed", refund("re_x", "ch_x", 300, "failed")),
        ("charge.dispute.funds_withdrawn", dispute("dp_x", "ch_x", 300, "needs_response")),
        ("charge.dispute.funds_withdrawn", dispute("dp_y", "ch_unknown", 300, "needs_response")),
    ];
    let many = strangers.len() as u64;
    for (number, (kind, object)) in strangers.into_iter().enumerate() {
        let told = event(&format!("evt_x{number}"), kind, world.second(), object);
        assert_eq!(world.notify(&told).await.ok(), json!({ "effect": "foreign" }), "{kind}");
    }
    let counted =
        world.app.store().foreign_events(world.app.now()).await.expect("the table responds");
    assert_eq!(counted, many);
    assert_eq!(ledger(&world, ada).await, before);
}

#[tokio::test]
async fn an_invoice_that_a_code_pays_completely_is_an_entry_of_nothing() {
    let world = world().await;
    let ada = world.person("ada").await.id;
    check_out(&world, ada).await;
    world.notify(&about(&world, "evt_1", "created", 0, of(PRO, "active"))).await.status(200);
    let free = invoice("in_1", "cus_1", "sub_1", 0);
    assert_eq!(
        world.notify(&event("evt_2", "invoice.paid", world.second(), free)).await.ok()["effect"],
        "applied"
    );
    assert_eq!(ledger(&world, ada).await.len(), 1);
    let report = staff(&world).await.get("/api/admin/revenue").await.ok();
    assert_eq!(report["currencies"][0]["totalRevenue"], 0);
    assert_eq!(report["activeSubscriptions"], 1);
}

#[tokio::test]
async fn partial_refunds_after_an_erasure_are_counted_by_their_difference() {
    for order in [[(0, 300), (300, 500)], [(300, 500), (0, 300)]] {
        let world = world().await;
        let grace = staff(&world).await;
        let gone: UserId = "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().expect("an id");
        let mut paid = invoice("in_1", "cus_1", "sub_1", 1000);
        paid["parent"]["subscription_details"]["metadata"] = json!({ "user_id": gone });
        world.stripe.holds(paid.clone());
        world.stripe.holds(charge("ch_1", "cus_1", 0));
        world.stripe.holds(invoice_payment("ch_1", "in_1"));
        let told = event("evt_paid", "invoice.paid", world.second(), paid);
        world.notify(&told).await.status(200);
        for (before, total) in order {
            let refunded = charge("ch_1", "cus_1", total);
            let id = format!("evt_{total}");
            let mut told = event(&id, "charge.refunded", world.second() + 1, refunded);
            told["data"]["previous_attributes"] = json!({ "amount_refunded": before });
            for effect in ["applied", "none"] {
                assert_eq!(world.notify(&told).await.ok(), json!({ "effect": effect }));
            }
        }
        assert_eq!(net(&grace).await, 500, "{order:?}");
        let failed = refund("re_1", "ch_1", 200, "failed");
        let told = event("evt_failed", "refund.failed", world.second() + 2, failed);
        world.notify(&told).await.status(200);
        assert_eq!(net(&grace).await, 700, "{order:?}");
    }
}

#[tokio::test]
async fn payments_of_an_account_that_was_erased_are_revenue_without_an_entry_in_a_ledger() {
    let world = world().await;
    let grace = staff(&world).await;
    let gone: UserId = "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().expect("an id");
    let mut paid = invoice("in_9", "cus_9", "sub_9", 900);
    paid["parent"]["subscription_details"]["metadata"] = json!({ "user_id": gone });
    let told = event("evt_9", "invoice.paid", world.second(), paid);
    for effect in ["applied", "none"] {
        assert_eq!(world.notify(&told).await.ok(), json!({ "effect": effect }));
    }
    assert_eq!(net(&grace).await, 900);
    assert_eq!(ledger(&world, gone).await, []);
}
