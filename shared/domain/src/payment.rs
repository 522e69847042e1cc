//! Payments: a ledger in the account's own partition, an entry for each payment that came, failed or was given back. Figures of revenue are made of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ProductId, Timestamp, stripe_id::StripeId};

/// Kind of payment event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PaymentKind {
    /// Payment succeeded.
    Paid,
    /// Payment failed.
    Failed,
    /// Payment refunded.
    Refunded,
}

/// An entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Payment {
    /// The event at Stripe that told of it.
    pub event: StripeId,
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub kind: PaymentKind,
    /// How much, in the smallest unit of the currency; of several refunds of one payment each has its own part.
    pub amount: u64,
    /// ISO 4217, three capitals.
    pub currency: String,
    /// Who pays, at Stripe.
    pub customer: StripeId,
    /// What it was paid for, at Stripe.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subscription: Option<StripeId>,
    /// The product of that subscription.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub product_id: Option<ProductId>,
    /// The invoice at Stripe.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub invoice: Option<StripeId>,
    /// The charge at Stripe.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub charge: Option<StripeId>,
}
