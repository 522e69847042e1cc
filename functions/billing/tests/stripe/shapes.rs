//! Stripe's own example of every object that is read, in its current form.

use provost_app::stripe::objects;
use serde::de::DeserializeOwned;
use serde_json::Value;

fn example(kind: &str) -> Value {
    let all: Value =
        serde_json::from_str(include_str!("../data/stripe-objects.json")).expect("JSON");
    all[kind].clone()
}

fn read<T: DeserializeOwned>(kind: &str) -> T {
    serde_json::from_value(example(kind)).unwrap_or_else(|cause| panic!("{kind}: {cause}"))
}

#[test]
fn every_kind_of_object_is_read_in_its_current_form() {
    let subscription: objects::Subscription = read("subscription");
    let item = &subscription.items.data[0];
    let (start, end) = subscription.period(item);
    assert_eq!(
        (start.seconds(), end.seconds()),
        (1_896_570_518, 976_287_773),
        "the period is the item's"
    );
    assert_eq!((item.price.unit_amount, item.quantity), (Some(2000), Some(1)));
    assert_eq!(subscription.coupons().map(|coupons| coupons.len()), Some(0));

    let invoice: objects::Invoice = read("invoice");
    assert_eq!((invoice.amount_due, invoice.currency.as_str()), (1000, "usd"));
    assert_eq!(invoice.lines().len(), 1);

    let charge: objects::Charge = read("charge");
    assert!(charge.invoice.is_none() && charge.amount_refunded == 0);
    let payment: objects::InvoicePayment = read("invoice_payment");
    assert!(payment.invoice.object().is_none(), "without being asked for it is an id");

    let refund: objects::Refund = read("refund");
    assert_eq!((refund.amount, refund.status.as_deref()), (100, Some("succeeded")));
    let dispute: objects::Dispute = read("dispute");
    assert_eq!(dispute.status.as_deref(), Some("warning_needs_response"));
    assert!(dispute.balance_transactions.is_empty() && dispute.charge.is_some());

    let code: objects::PromotionCode = read("promotion_code");
    assert_eq!((code.code.as_str(), code.promotion.is_some()), ("FALL20", true));
    let coupon: objects::Coupon = read("coupon");
    assert_eq!(coupon.percent_off, Some(25.5));
    let discount: objects::Discount = read("discount");
    assert!(discount.source.is_some() && discount.coupon().is_none());

    let product: objects::Product = read("product");
    assert!(product.default_price.is_some());
    let price: objects::Price = read("price");
    assert_eq!(price.recurring.map(|recurring| recurring.interval).as_deref(), Some("month"));
    let session: objects::CheckoutSession = read("checkout.session");
    assert!(session.url.is_some_and(|url| url.starts_with("https://checkout.stripe.com/")));
    let portal: objects::PortalSession = read("billing_portal.session");
    assert!(portal.url.starts_with("https://"));
    let customer: objects::Customer = read("customer");
    let deleted: objects::Customer = read("deleted_customer");
    assert!(!customer.deleted && deleted.deleted);
}
