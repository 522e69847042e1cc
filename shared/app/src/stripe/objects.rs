//! Objects of Stripe, with only the fields that are used. Stripe adds fields at any time, so unknown
//! fields are ignored on purpose. Some fields have moved between versions of its API, and events
//! come in the version of the endpoint, so the earlier places are read too.

mod payments;

use std::collections::BTreeMap;

use provost_domain::{Timestamp, UserId, stripe_id::StripeId};
use serde::Deserialize;

pub use payments::{
    Charge, Dispute, Invoice, InvoiceLine, InvoiceParent, InvoicePayment, LinePricing, Movement,
    PriceDetails, Refund, StatusTransitions, SubscriptionDetails,
};

/// Metadata of an object.
pub type Metadata = BTreeMap<String, String>;

/// Name of the metadata that names an account.
pub const USER: &str = "user_id";
/// Name of the metadata that names a product of the catalogue.
pub const PRODUCT: &str = "provost_product";
/// The metadata key of the operation that created a promotion code.
pub const OPERATION: &str = "provost_operation";

/// The account that metadata names.
pub fn named_user(metadata: &Metadata) -> Option<UserId> {
    metadata.get(USER)?.parse().ok()
}

/// Stripe's times are seconds since 1970.
pub fn time(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds.saturating_mul(1000))
}

/// A reference to an object: its id, or the object itself where it was asked for.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Reference<T> {
    /// The id.
    Id(String),
    /// The object.
    Object(Box<T>),
}

/// An object of which only the id is of interest.
#[derive(Debug, Clone, Deserialize)]
pub struct OnlyId {
    /// Stripe id.
    pub id: String,
}

impl<T> Reference<T> {
    /// The object, if it is there.
    pub fn object(&self) -> Option<&T> {
        match self {
            Self::Id(_) => None,
            Self::Object(object) => Some(object),
        }
    }
}

impl Reference<OnlyId> {
    /// The id.
    pub fn id(&self) -> &str {
        match self {
            Self::Id(id) => id,
            Self::Object(object) => &object.id,
        }
    }

    /// The id, if it has the form of one.
    pub fn stripe_id(&self) -> Option<StripeId> {
        self.id().parse().ok()
    }
}

/// A page of a list.
#[derive(Debug, Clone, Deserialize)]
pub struct Listed<T> {
    /// Objects of this page.
    pub data: Vec<T>,
    /// Whether more follow.
    #[serde(default)]
    pub has_more: bool,
}

/// A product.
#[derive(Debug, Clone, Deserialize)]
pub struct Product {
    /// Stripe id.
    pub id: String,
    /// The price that is used unless another is named.
    #[serde(default)]
    pub default_price: Option<Reference<OnlyId>>,
}

/// A price.
#[derive(Debug, Clone, Deserialize)]
pub struct Price {
    /// Stripe id.
    pub id: String,
    /// The product.
    #[serde(default)]
    pub product: Option<Reference<OnlyId>>,
    /// Amount of one, in Stripe's unit; absent for tiered prices.
    pub unit_amount: Option<i64>,
    /// Currency, in lower case.
    pub currency: String,
    /// The billing period; absent for prices that are paid once.
    pub recurring: Option<Recurring>,
    /// Metadata.
    #[serde(default)]
    pub metadata: Metadata,
}

/// A billing period.
#[derive(Debug, Clone, Deserialize)]
pub struct Recurring {
    /// `day`, `week`, `month` or `year`.
    pub interval: String,
    /// How many of them.
    #[serde(default)]
    pub interval_count: Option<u64>,
}

/// A customer, or what is left of one.
#[derive(Debug, Clone, Deserialize)]
pub struct Customer {
    /// Stripe id.
    pub id: StripeId,
    /// Whether it was deleted.
    #[serde(default)]
    pub deleted: bool,
    /// Metadata.
    #[serde(default)]
    pub metadata: Metadata,
}

/// A checkout session.
#[derive(Debug, Clone, Deserialize)]
pub struct CheckoutSession {
    /// Stripe id.
    pub id: StripeId,
    /// URL of the page for the customer; absent when the session is over.
    #[serde(default)]
    pub url: Option<String>,
    /// When the session expires, in seconds since 1970.
    #[serde(default)]
    pub expires_at: Option<i64>,
    /// The account that started it, as we name it.
    #[serde(default)]
    pub client_reference_id: Option<String>,
    /// The customer.
    #[serde(default)]
    pub customer: Option<Reference<OnlyId>>,
    /// The subscription that came of it.
    #[serde(default)]
    pub subscription: Option<Reference<OnlyId>>,
}

/// A session of the customer portal.
#[derive(Debug, Clone, Deserialize)]
pub struct PortalSession {
    /// Stripe id.
    pub id: String,
    /// URL of the page for the customer.
    pub url: String,
}

/// A coupon: what a promotion code gives.
#[derive(Debug, Clone, Deserialize)]
pub struct Coupon {
    /// Stripe id.
    pub id: String,
    /// Name for customers.
    #[serde(default)]
    pub name: Option<String>,
    /// Percentage.
    #[serde(default)]
    pub percent_off: Option<f64>,
    /// Amount, in Stripe's unit.
    #[serde(default)]
    pub amount_off: Option<i64>,
    /// Currency of the amount.
    #[serde(default)]
    pub currency: Option<String>,
    /// `once`, `repeating` or `forever`.
    #[serde(default)]
    pub duration: Option<String>,
}

/// What a promotion code or a discount comes from.
#[derive(Debug, Clone, Deserialize)]
pub struct CouponSource {
    /// The coupon.
    #[serde(default)]
    pub coupon: Option<Reference<Coupon>>,
}

/// A promotion code.
#[derive(Debug, Clone, Deserialize)]
pub struct PromotionCode {
    /// Stripe id.
    pub id: StripeId,
    /// The code that customers enter.
    pub code: String,
    /// Whether it can be used.
    pub active: bool,
    /// When it was created, in seconds since 1970.
    pub created: i64,
    /// When it expires, in seconds since 1970.
    #[serde(default)]
    pub expires_at: Option<i64>,
    /// How often it can be used.
    #[serde(default)]
    pub max_redemptions: Option<u64>,
    /// How often it was used.
    #[serde(default)]
    pub times_redeemed: u64,
    /// Metadata.
    #[serde(default)]
    pub metadata: Metadata,
    /// What it gives.
    #[serde(default)]
    pub promotion: Option<CouponSource>,
    /// What it gives, in earlier versions.
    #[serde(default)]
    pub coupon: Option<Reference<Coupon>>,
}

impl PromotionCode {
    /// The coupon, if it was asked for.
    pub fn coupon(&self) -> Option<&Coupon> {
        let source = self.promotion.as_ref().and_then(|promotion| promotion.coupon.as_ref());
        source.or(self.coupon.as_ref())?.object()
    }
}

/// A discount of a subscription.
#[derive(Debug, Clone, Deserialize)]
pub struct Discount {
    /// What it comes from.
    #[serde(default)]
    pub source: Option<CouponSource>,
    /// What it comes from, in earlier versions.
    #[serde(default)]
    pub coupon: Option<Reference<Coupon>>,
}

impl Discount {
    /// The coupon, if it was asked for.
    pub fn coupon(&self) -> Option<&Coupon> {
        let source = self.source.as_ref().and_then(|source| source.coupon.as_ref());
        source.or(self.coupon.as_ref())?.object()
    }
}

/// A subscription.
#[derive(Debug, Clone, Deserialize)]
pub struct Subscription {
    /// Stripe id.
    pub id: StripeId,
    /// The customer.
    pub customer: Reference<OnlyId>,
    /// Status.
    pub status: String,
    /// Whether it ends with the period.
    #[serde(default)]
    pub cancel_at_period_end: bool,
    /// When it was cancelled, in seconds since 1970.
    #[serde(default)]
    pub canceled_at: Option<i64>,
    /// Metadata.
    #[serde(default)]
    pub metadata: Metadata,
    /// Items.
    pub items: Listed<SubscriptionItem>,
    /// Discounts, or their ids.
    #[serde(default)]
    pub discounts: Vec<Reference<Discount>>,
    /// The discount, in earlier versions.
    #[serde(default)]
    pub discount: Option<Discount>,
    /// Start of the period, in earlier versions.
    #[serde(default)]
    pub current_period_start: Option<i64>,
    /// End of the period, in earlier versions.
    #[serde(default)]
    pub current_period_end: Option<i64>,
}

/// An item of a subscription.
#[derive(Debug, Clone, Deserialize)]
pub struct SubscriptionItem {
    /// The price.
    pub price: Price,
    /// How many.
    #[serde(default)]
    pub quantity: Option<u64>,
    /// Start of the period.
    #[serde(default)]
    pub current_period_start: Option<i64>,
    /// End of the period.
    #[serde(default)]
    pub current_period_end: Option<i64>,
}

impl Subscription {
    /// The current period of an item.
    pub fn period(&self, item: &SubscriptionItem) -> (Timestamp, Timestamp) {
        let at = |of_item: Option<i64>, of_all: Option<i64>| {
            time(of_item.or(of_all).unwrap_or_default())
        };
        (
            at(item.current_period_start, self.current_period_start),
            at(item.current_period_end, self.current_period_end),
        )
    }

    /// The coupons of its discounts; none when some were not sent, and Stripe has to be asked.
    pub fn coupons(&self) -> Option<Vec<&Coupon>> {
        let listed = self.discounts.iter().map(|discount| discount.object()?.coupon());
        listed.chain(self.discount.iter().map(Discount::coupon)).collect()
    }
}
