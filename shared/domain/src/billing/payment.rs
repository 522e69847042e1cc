//! Payments: a ledger in the account's own partition, with an entry for each payment, failure or
//! refund. Revenue figures are derived from it.

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
    /// Stripe id of the event.
    pub event: StripeId,
    /// Time of the event.
    pub at: Timestamp,
    /// Kind of payment event.
    pub kind: PaymentKind,
    /// Amount, in the smallest unit of the currency. Each of several refunds of one payment has its
    /// own amount.
    pub amount: u64,
    /// Currency (ISO 4217, three upper-case letters).
    pub currency: String,
    /// Stripe id of the customer.
    pub customer: StripeId,
    /// Stripe id of the subscription.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subscription: Option<StripeId>,
    /// Product id of the subscription.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub product_id: Option<ProductId>,
    /// Stripe id of the invoice.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub invoice: Option<StripeId>,
    /// Stripe id of the charge.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub charge: Option<StripeId>,
}
