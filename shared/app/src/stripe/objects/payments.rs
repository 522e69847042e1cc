//! Invoices, charges, and what is taken from them.

use provost_domain::{UserId, stripe_id::StripeId};
use serde::Deserialize;

use super::{Listed, Metadata, OnlyId, Reference, named_user};

/// An invoice.
#[derive(Debug, Clone, Deserialize)]
pub struct Invoice {
    /// Stripe id.
    pub id: StripeId,
    /// The customer.
    #[serde(default)]
    pub customer: Option<Reference<OnlyId>>,
    /// The charge, in earlier versions.
    #[serde(default)]
    pub charge: Option<Reference<OnlyId>>,
    /// Currency, in lower case.
    pub currency: String,
    /// Amount that is due.
    pub amount_due: i64,
    /// Amount that was paid.
    pub amount_paid: i64,
    /// The subscription, in earlier versions.
    #[serde(default)]
    pub subscription: Option<Reference<OnlyId>>,
    /// The subscription's metadata, in earlier versions.
    #[serde(default)]
    pub subscription_details: Option<SubscriptionDetails>,
    /// What caused it.
    #[serde(default)]
    pub parent: Option<InvoiceParent>,
    /// Lines.
    #[serde(default)]
    pub lines: Option<Listed<InvoiceLine>>,
    /// When it changed.
    #[serde(default)]
    pub status_transitions: Option<StatusTransitions>,
}

/// When an invoice changed.
#[derive(Debug, Clone, Deserialize)]
pub struct StatusTransitions {
    /// When it was paid, in seconds since 1970.
    #[serde(default)]
    pub paid_at: Option<i64>,
}

/// What caused an invoice.
#[derive(Debug, Clone, Deserialize)]
pub struct InvoiceParent {
    /// The subscription.
    #[serde(default)]
    pub subscription_details: Option<SubscriptionDetails>,
}

/// The subscription of an invoice.
#[derive(Debug, Clone, Deserialize)]
pub struct SubscriptionDetails {
    /// The subscription.
    #[serde(default)]
    pub subscription: Option<Reference<OnlyId>>,
    /// Its metadata.
    #[serde(default)]
    pub metadata: Option<Metadata>,
}

/// A line of an invoice.
#[derive(Debug, Clone, Deserialize)]
pub struct InvoiceLine {
    /// Amount; negative for what is credited.
    #[serde(default)]
    pub amount: i64,
    /// The price.
    #[serde(default)]
    pub pricing: Option<LinePricing>,
    /// The price, in earlier versions.
    #[serde(default)]
    pub price: Option<Reference<OnlyId>>,
}

/// The price of a line.
#[derive(Debug, Clone, Deserialize)]
pub struct LinePricing {
    /// The price and its product.
    #[serde(default)]
    pub price_details: Option<PriceDetails>,
}

/// A price and its product.
#[derive(Debug, Clone, Deserialize)]
pub struct PriceDetails {
    /// The price.
    #[serde(default)]
    pub price: Option<Reference<OnlyId>>,
    /// The product.
    #[serde(default)]
    pub product: Option<Reference<OnlyId>>,
}

impl InvoiceLine {
    /// The ids of the price and of the product.
    pub fn sold(&self) -> (Option<&str>, Option<&str>) {
        let details = self.pricing.as_ref().and_then(|pricing| pricing.price_details.as_ref());
        let price = details.and_then(|details| details.price.as_ref()).or(self.price.as_ref());
        let product = details.and_then(|details| details.product.as_ref());
        (price.map(Reference::id), product.map(Reference::id))
    }
}

impl Invoice {
    fn details(&self) -> Option<&SubscriptionDetails> {
        let parent = self.parent.as_ref().and_then(|parent| parent.subscription_details.as_ref());
        parent.or(self.subscription_details.as_ref())
    }

    /// The subscription that it is for.
    pub fn subscription(&self) -> Option<StripeId> {
        let details = self.details().and_then(|details| details.subscription.as_ref());
        details.or(self.subscription.as_ref())?.stripe_id()
    }

    /// The account that the subscription's metadata names.
    pub fn user(&self) -> Option<UserId> {
        named_user(self.details()?.metadata.as_ref()?)
    }

    /// The lines, what is charged before what is credited.
    pub fn lines(&self) -> Vec<&InvoiceLine> {
        let mut lines: Vec<_> = self.lines.iter().flat_map(|lines| &lines.data).collect();
        lines.sort_by_key(|line| -line.amount);
        lines
    }
}

/// A payment of an invoice: the way from a charge to its invoice.
#[derive(Debug, Clone, Deserialize)]
pub struct InvoicePayment {
    /// The invoice.
    pub invoice: Reference<Invoice>,
}

/// A charge.
#[derive(Debug, Clone, Deserialize)]
pub struct Charge {
    /// Stripe id.
    pub id: StripeId,
    /// The customer.
    #[serde(default)]
    pub customer: Option<Reference<OnlyId>>,
    /// Currency, in lower case.
    pub currency: String,
    /// Amount that was refunded so far.
    #[serde(default)]
    pub amount_refunded: i64,
    /// The payment that it belongs to.
    #[serde(default)]
    pub payment_intent: Option<Reference<OnlyId>>,
    /// The invoice, in earlier versions.
    #[serde(default)]
    pub invoice: Option<Reference<OnlyId>>,
}

/// A refund.
#[derive(Debug, Clone, Deserialize)]
pub struct Refund {
    /// Stripe id.
    pub id: StripeId,
    /// Amount.
    pub amount: i64,
    /// Currency, in lower case.
    pub currency: String,
    /// The charge.
    #[serde(default)]
    pub charge: Option<Reference<OnlyId>>,
    /// `pending`, `succeeded`, `failed`, `canceled` …
    #[serde(default)]
    pub status: Option<String>,
}

/// A dispute.
#[derive(Debug, Clone, Deserialize)]
pub struct Dispute {
    /// Stripe id.
    pub id: StripeId,
    /// Amount.
    pub amount: i64,
    /// Currency, in lower case.
    pub currency: String,
    /// The charge.
    #[serde(default)]
    pub charge: Option<Reference<OnlyId>>,
    /// Movements of money.
    #[serde(default)]
    pub balance_transactions: Vec<Movement>,
    /// Status.
    #[serde(default)]
    pub status: Option<String>,
}

/// A movement of money.
#[derive(Debug, Clone, Deserialize)]
pub struct Movement {
    /// Amount; negative when it goes.
    pub amount: i64,
}
