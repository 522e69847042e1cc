use provost_app::stripe::StripeError;
use provost_domain::{ApiError, User, customer::Customer, stripe_id::StripeId};

use super::stripe_failure::stripe_failed;
use crate::{Op, OperationError};

/// The customer of an account: the one that it has, or a new one at Stripe.
pub(super) async fn current(op: &Op<'_>, account: &User) -> Result<Customer, OperationError> {
    match op.app.store().customer(account.user_id).await? {
        Some(customer) => Ok(customer),
        // A customer that a payment link created is known from its subscription.
        None => {
            let subscriptions = op.app.store().subscriptions(account.user_id).await?;
            match subscriptions.last() {
                Some(known) => Ok(Customer { id: known.customer.clone(), created_at: op.now }),
                None => create(op, account, None).await,
            }
        }
    }
}

/// A new customer at Stripe, in place of one that Stripe no longer has. The account is read again
/// first: an erasure that has begun since would not find the customer.
pub(super) async fn create(
    op: &Op<'_>,
    account: &User,
    earlier: Option<&StripeId>,
) -> Result<Customer, OperationError> {
    let current = op.app.store().user(account.user_id).await?;
    if current.is_none_or(|current| current.is_being_erased()) {
        return Err(ApiError::invalid_action(
            "This account is being erased. Nothing can be bought with it.",
            &[],
        )
        .into());
    }
    let email = account.email.to_string();
    let created = op
        .app
        .stripe()
        .create_customer(account.user_id, &email, earlier, op.now)
        .await
        .map_err(stripe_failed)?;
    Ok(Customer { id: created.id, created_at: op.now })
}

/// Whether Stripe no longer has the customer, or has it only in the other mode.
pub(super) fn is_gone(error: &StripeError) -> bool {
    error.is_missing(Some("customer"))
}
