//! The ledger: exactly one entry for each payment, failure and refund.

use provost_domain::payment::{Payment, PaymentKind};
use provost_store::{item::decode, payments, records::partition, walk::Walk};
use provost_testkit::{
    World,
    stripe::{event, invoice},
};
use serde_json::json;

use crate::support::{PRO, about, audit_actions, buyer, check_out, named, of, world};

pub async fn ledger(world: &World, user: provost_domain::UserId) -> Vec<Payment> {
    let store = world.app.store();
    let walk =
        Walk::of_table(&store.names().accounts, partition(user)).beginning("sk", payments::PREFIX);
    let (items, _) = store.next_items(&walk, None).await.expect("the table responds");
    items.into_iter().map(|item| decode("a payment", item).expect("a payment")).collect()
}

#[tokio::test]
async fn payments_failures_and_refunds_are_recorded_in_order_with_their_purpose() {
    let world = world().await;
    let ada = buyer(&world, "ada").await;
    let now = world.second();
    check_out(&world, ada.id).await;
    world.notify(&about(&world, "evt_1", "created", 0, of(PRO, "active"))).await.status(200);
    world
        .notify(&event(
            "evt_3",
            "invoice.payment_failed",
            now + 20,
            invoice("in_2", "cus_1", "sub_1", 901),
        ))
        .await
        .status(200);
    world
        .notify(&event("evt_2", "invoice.paid", now + 10, invoice("in_1", "cus_1", "sub_1", 900)))
        .await
        .status(200);
    // Two refunds of one charge: Stripe sends the new and the previous total.
    let charge = |refunded: u64| json!({ "id": "ch_1", "customer": "cus_1", "currency": "eur", "amount": 900, "amount_refunded": refunded });
    world.notify(&event("evt_4", "charge.refunded", now + 30, charge(300))).await.status(200);
    let mut second = event("evt_5", "charge.refunded", now + 40, charge(900));
    second["data"]["previous_attributes"] = json!({ "amount_refunded": 300, "refunded": false });
    world.notify(&second).await.status(200);

    let ledger = ledger(&world, ada.id).await;
    let short: Vec<_> = ledger
        .iter()
        .map(|entry| (entry.kind, entry.amount, entry.currency.as_str(), entry.at.seconds() - now))
        .collect();
    assert_eq!(
        short,
        [
            (PaymentKind::Paid, 900, "EUR", 10),
            (PaymentKind::Failed, 901, "EUR", 20),
            (PaymentKind::Refunded, 300, "EUR", 30),
            (PaymentKind::Refunded, 600, "EUR", 40)
        ]
    );
    let first = serde_json::to_value(&ledger[0]).expect("a value");
    assert_eq!(
        (&first["subscription"], &first["invoice"], &first["customer"], &first["productId"]),
        (
            &json!("sub_1"),
            &json!("in_1"),
            &json!("cus_1"),
            &json!("prd_00000000000000000000000002")
        )
    );
    assert!(
        !format!("{ledger:?}").contains("else.example"),
        "other personal data from Stripe is not stored"
    );
    assert_eq!(
        audit_actions(&world, ada.id)
            .await
            .iter()
            .filter(|action| *action == "payment.recorded")
            .count(),
        4
    );
}

#[tokio::test]
async fn an_invoice_of_an_older_api_version_is_understood() {
    let world = world().await;
    let ada = buyer(&world, "ada").await;
    let old = json!({
        "id": "in_1", "customer": "cus_1", "currency": "usd", "amount_due": 0, "amount_paid": 1500, "charge": "ch_1", "subscription": "sub_1",
        "subscription_details": { "metadata": { "user_id": ada.id } },
    });
    world.notify(&event("evt_1", "invoice.paid", world.second(), old)).await.status(200);
    let entry = ledger(&world, ada.id).await.remove(0);
    assert_eq!((entry.amount, entry.currency.as_str(), entry.product_id), (1500, "USD", None));
    assert_eq!((entry.subscription, entry.charge), ("sub_1".parse().ok(), "ch_1".parse().ok()));
}

#[tokio::test]
async fn an_event_delivered_many_times_concurrently_and_later_is_one_entry() {
    let world = world().await;
    let ada = buyer(&world, "ada").await;
    world
        .notify(&about(&world, "evt_1", "created", 0, named(ada.id, "sub_1", PRO, "active")))
        .await
        .status(200);
    let paid =
        event("evt_2", "invoice.paid", world.second(), invoice("in_1", "cus_1", "sub_1", 900));
    for reply in futures_util::future::join_all((0..8).map(|_| world.notify(&paid))).await {
        // A delivery that loses too many races returns a retryable error.
        assert!(matches!(reply.status.as_u16(), 200 | 409 | 503), "{}", reply.text());
    }
    for _ in 0..3 {
        world.advance(86_400_000);
        world.notify(&paid).await.status(200);
    }
    assert_eq!(ledger(&world, ada.id).await.len(), 1);
    assert_eq!(audit_actions(&world, ada.id).await, ["plan.applied", "payment.recorded"]);
}

#[tokio::test]
async fn a_payment_without_a_customer_belongs_to_no_account() {
    let world = world().await;
    let mut guest = invoice("in_1", "cus_1", "sub_1", 900);
    guest["customer"] = json!(null);
    world.notify(&event("evt_1", "invoice.paid", world.second(), guest)).await.status(200);
}
