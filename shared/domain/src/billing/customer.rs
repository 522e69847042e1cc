//! The customer at Stripe that stands for an account.

use serde::{Deserialize, Serialize};

use crate::{Timestamp, stripe_id::StripeId};

/// The customer of an account, which a checkout creates. It is replaced when Stripe no longer has
/// it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Customer {
    /// Stripe id of the customer.
    pub id: StripeId,
    /// Time at which the customer was created for the account.
    pub created_at: Timestamp,
}
