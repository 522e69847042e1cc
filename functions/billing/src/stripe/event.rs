//! Stripe events, with only the fields that are used. Stripe adds fields at any time, so unknown
//! fields are ignored on purpose. Some fields have moved in newer versions of its API, so both
//! places are read.

use provost_domain::{
    ApiError, Code, Timestamp, UserId,
    payment::PaymentKind,
    stripe_id::StripeId,
    subscription::{SubscriptionEventKind, SubscriptionStatus},
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
    pub told: EventContent,
}

/// Content of an event.
#[derive(Debug)]
pub(super) enum EventContent {
    /// A completed checkout.
    Checkout(Checkout),
    /// A subscription was created, changed or ended.
    Subscription(SubscriptionEventKind, Box<Subscription>),
    /// A payment, failure or refund.
    Money(Money),
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
    #[serde(default)]
    previous_attributes: Before,
}

/// Previous values of changed fields.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Before {
    amount_refunded: Option<u64>,
}

/// Metadata of an object at Stripe.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Metadata {
    user_id: Option<String>,
}

impl Metadata {
    /// The account that the metadata names.
    pub(super) fn user(&self) -> Option<UserId> {
        self.user_id.as_ref()?.parse().ok()
    }
}

/// A checkout session that is complete.
#[derive(Debug, Deserialize)]
pub(super) struct Checkout {
    pub id: StripeId,
    pub client_reference_id: Option<String>,
    pub customer: Option<StripeId>,
    pub subscription: Option<StripeId>,
}

/// A subscription.
#[derive(Debug, Deserialize)]
pub(super) struct Subscription {
    pub id: StripeId,
    pub customer: StripeId,
    pub status: SubscriptionStatus,
    #[serde(default)]
    pub cancel_at_period_end: bool,
    pub canceled_at: Option<i64>,
    #[serde(default)]
    pub metadata: Metadata,
    pub items: Items,
    current_period_start: Option<i64>,
    current_period_end: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Items {
    pub data: Vec<Item>,
}

/// An item of a subscription.
#[derive(Debug, Deserialize)]
pub(super) struct Item {
    pub price: Price,
    current_period_start: Option<i64>,
    current_period_end: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Price {
    pub id: String,
    pub unit_amount: Option<u64>,
    pub currency: String,
    pub recurring: Option<Recurring>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Recurring {
    pub interval: String,
    pub interval_count: Option<u64>,
}

impl Subscription {
    /// The current period of an item.
    pub(super) fn period(&self, item: &Item) -> (Timestamp, Timestamp) {
        let at = |of_item: Option<i64>, of_all: Option<i64>| {
            time(of_item.or(of_all).unwrap_or_default())
        };
        (
            at(item.current_period_start, self.current_period_start),
            at(item.current_period_end, self.current_period_end),
        )
    }
}

/// A payment, failure or refund.
#[derive(Debug)]
pub(super) struct Money {
    pub kind: PaymentKind,
    pub amount: u64,
    pub currency: String,
    pub customer: Option<StripeId>,
    /// The account that the subscription's metadata names.
    pub user: Option<UserId>,
    pub subscription: Option<StripeId>,
    pub invoice: Option<StripeId>,
    pub charge: Option<StripeId>,
}

#[derive(Deserialize)]
struct Invoice {
    id: StripeId,
    customer: Option<StripeId>,
    currency: String,
    amount_paid: u64,
    amount_due: u64,
    charge: Option<StripeId>,
    subscription: Option<StripeId>,
    #[serde(default)]
    subscription_details: OfSubscription,
    #[serde(default)]
    parent: Option<Parent>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Parent {
    subscription_details: Option<OfSubscription>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OfSubscription {
    subscription: Option<StripeId>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Charge {
    id: StripeId,
    customer: Option<StripeId>,
    currency: String,
    amount_refunded: u64,
    invoice: Option<StripeId>,
}

impl Event {
    /// Reads an event.
    ///
    /// # Errors
    /// `MALFORMED_BODY` for an invalid event.
    pub(super) fn read(body: &[u8]) -> Result<Self, ApiError> {
        let Envelope { id, r#type, created, data } =
            serde_json::from_slice(body).map_err(|_| malformed())?;
        let told = match r#type.as_str() {
            "checkout.session.completed" => EventContent::Checkout(object(data.object)?),
            "customer.subscription.created" => {
                EventContent::Subscription(SubscriptionEventKind::Created, object(data.object)?)
            }
            "customer.subscription.updated" => {
                EventContent::Subscription(SubscriptionEventKind::Updated, object(data.object)?)
            }
            "customer.subscription.deleted" => {
                EventContent::Subscription(SubscriptionEventKind::Deleted, object(data.object)?)
            }
            "invoice.paid" => {
                EventContent::Money(object::<Invoice>(data.object)?.money(PaymentKind::Paid))
            }
            "invoice.payment_failed" => {
                EventContent::Money(object::<Invoice>(data.object)?.money(PaymentKind::Failed))
            }
            "charge.refunded" => EventContent::Money(
                object::<Charge>(data.object)?.refund(data.previous_attributes.amount_refunded),
            ),
            _ => EventContent::Other,
        };
        Ok(Self { id, at: time(created), told })
    }
}

impl Invoice {
    fn money(self, kind: PaymentKind) -> Money {
        let details = self
            .parent
            .and_then(|parent| parent.subscription_details)
            .unwrap_or(self.subscription_details);
        Money {
            kind,
            amount: if kind == PaymentKind::Paid { self.amount_paid } else { self.amount_due },
            currency: self.currency.to_uppercase(),
            customer: self.customer,
            user: details.metadata.and_then(|metadata| metadata.user()),
            subscription: details.subscription.or(self.subscription),
            invoice: Some(self.id),
            charge: self.charge,
        }
    }
}

impl Charge {
    /// The latest refund of a charge. Stripe reports the total and its previous value.
    fn refund(self, before: Option<u64>) -> Money {
        Money {
            kind: PaymentKind::Refunded,
            amount: self.amount_refunded.saturating_sub(before.unwrap_or_default()),
            currency: self.currency.to_uppercase(),
            customer: self.customer,
            user: None,
            subscription: None,
            invoice: self.invoice,
            charge: Some(self.id),
        }
    }
}

fn object<T: DeserializeOwned>(object: Map<String, Value>) -> Result<T, ApiError> {
    serde_json::from_value(Value::Object(object)).map_err(|_| malformed())
}

fn malformed() -> ApiError {
    ApiError::new(
        Code::MalformedBody,
        "This is not a valid Stripe event. Send an event in the format of the Stripe API.",
    )
}

/// Stripe's times are seconds since 1970.
pub(super) fn time(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds.saturating_mul(1000))
}
