//! Stripe events, by what they are about.

use provost_app::stripe::objects::{
    self, Charge, CheckoutSession, Dispute, Invoice, Refund, Subscription,
};
use provost_domain::{
    ApiError, Code, Timestamp, charge, payment::PaymentKind, stripe_id::StripeId,
    subscription::SubscriptionEventKind,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// An event.
#[derive(Debug)]
pub(super) struct Event {
    /// Event id, the same for every delivery.
    pub id: StripeId,
    /// Time of the event, to the second.
    pub at: Timestamp,
    /// Content of the event.
    pub content: EventContent,
}

/// Content of an event.
#[derive(Debug)]
pub(super) enum EventContent {
    /// A completed checkout.
    Checkout(Box<CheckoutSession>),
    /// A subscription was created, changed or ended.
    Subscription(SubscriptionEventKind, Box<Subscription>),
    /// An invoice was paid, or its payment failed.
    Invoice(PaymentKind, Box<Invoice>),
    /// The total of a charge's refunds, and the total before this event.
    Refunded(Box<Charge>, i64),
    /// A refund that failed after it was made.
    RefundFailed(Refund),
    /// A dispute, and whether its money went and came back.
    Disputed(Dispute, charge::Dispute),
    /// An event of another type.
    Other,
}

#[derive(Deserialize)]
struct Envelope {
    id: StripeId,
    r#type: String,
    created: i64,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Map<String, Value>,
    /// The values that the event changed, before it.
    #[serde(default)]
    previous_attributes: Map<String, Value>,
}

impl Event {
    /// Reads an event.
    ///
    /// # Errors
    /// `MALFORMED_BODY` for an invalid event.
    pub(super) fn read(body: &[u8]) -> Result<Self, ApiError> {
        let Envelope { id, r#type, created, data: Data { object, previous_attributes } } =
            serde_json::from_slice(body).map_err(|_| malformed())?;
        let subscription = |kind, object| {
            Ok::<_, ApiError>(EventContent::Subscription(kind, Box::new(read(object)?)))
        };
        let content = match r#type.as_str() {
            "checkout.session.completed" => EventContent::Checkout(Box::new(read(object)?)),
            "customer.subscription.created" => {
                subscription(SubscriptionEventKind::Created, object)?
            }
            "customer.subscription.updated" => {
                subscription(SubscriptionEventKind::Updated, object)?
            }
            "customer.subscription.deleted" => {
                subscription(SubscriptionEventKind::Deleted, object)?
            }
            "invoice.paid" => EventContent::Invoice(PaymentKind::Paid, Box::new(read(object)?)),
            "invoice.payment_failed" => {
                EventContent::Invoice(PaymentKind::Failed, Box::new(read(object)?))
            }
            "charge.refunded" => {
                let before = previous_attributes.get("amount_refunded").and_then(Value::as_i64);
                EventContent::Refunded(Box::new(read(object)?), before.unwrap_or(0))
            }
            "refund.failed" | "refund.updated" | "charge.refund.updated" => {
                refund_failed(read(object)?)
            }
            kind if kind.starts_with("charge.dispute.") => disputed(kind, read(object)?),
            _ => EventContent::Other,
        };
        Ok(Self { id, at: objects::time(created), content })
    }
}

fn refund_failed(refund: Refund) -> EventContent {
    match refund.status.as_deref() {
        Some("failed" | "canceled") => EventContent::RefundFailed(refund),
        _ => EventContent::Other,
    }
}

/// What a dispute says about its money. The events come in any order, and each lists the movements
/// so far.
fn disputed(kind: &str, dispute: Dispute) -> EventContent {
    let moved = |way: fn(i64) -> bool| {
        dispute.balance_transactions.iter().any(|movement| way(movement.amount))
    };
    let won = kind == "charge.dispute.closed" && dispute.status.as_deref() == Some("won");
    let state = charge::Dispute {
        taken: kind == "charge.dispute.funds_withdrawn" || moved(i64::is_negative),
        returned: kind == "charge.dispute.funds_reinstated" || won || moved(i64::is_positive),
    };
    EventContent::Disputed(dispute, state)
}

fn read<T: DeserializeOwned>(object: Map<String, Value>) -> Result<T, ApiError> {
    serde_json::from_value(Value::Object(object)).map_err(|_| malformed())
}

/// The error for an event that is not in Stripe's format.
pub(super) fn malformed() -> ApiError {
    ApiError::new(
        Code::MalformedBody,
        "This is not a valid Stripe event. Send an event in the format of the Stripe API.",
    )
}
