use provost_domain::{ApiError, Code};
use provost_store::{Conflict, Transaction};

use crate::Change;

/// A change by an event of Stripe, which may name a customer of another account.
pub(super) fn change(tx: Transaction) -> Change<()> {
    Change::new(tx, ()).refused_on(
        Conflict::StripeCustomer,
        ApiError::new(
            Code::AlreadyExists,
            "This customer belongs to another account. Correct the account id at Stripe.",
        )
        .with("field", "customer"),
    )
}
