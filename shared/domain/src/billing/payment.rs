//! Payments: a ledger in the account's own partition, with an entry for each payment, failure,
//! refund or dispute. The revenue figures are counted in the same transactions.

use serde::{Deserialize, Serialize};

use crate::{ProductId, Timestamp, stored_enum::stored_enum, stripe_id::StripeId};

stored_enum! {
    /// Kind of payment event.
    pub enum PaymentKind {
        /// Payment succeeded.
        Paid = "paid",
        /// Payment failed.
        Failed = "failed",
        /// Payment refunded.
        Refunded = "refunded",
        /// A refund that was recorded failed later, so the money stays.
        RefundFailed = "refundFailed",
        /// A dispute took the money.
        Disputed = "disputed",
        /// A dispute was won, and the money came back.
        DisputeWon = "disputeWon",
    }
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
    /// Time at which the invoice was paid, for what is taken from a payment later.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub paid_at: Option<Timestamp>,
}
