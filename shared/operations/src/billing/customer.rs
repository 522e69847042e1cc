use provost_app::stripe::StripeError;
use provost_domain::{ApiError, User, customer::Customer, stripe_id::StripeId};
use provost_store::{Conflict, customers::CustomerIntent};

use super::stripe_failure::stripe_failed;
use crate::{Change, Op, OperationError};

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

/// A new customer at Stripe, in place of one that Stripe no longer has. The intent is recorded before
/// Stripe is asked, and the customer is bound to the account at once: whatever ends the run, the
/// customer is known, found by the next run, or deleted with the account.
pub(super) async fn create(
    op: &Op<'_>,
    account: &User,
    earlier: Option<&StripeId>,
) -> Result<Customer, OperationError> {
    let (store, stripe, user) = (op.app.store(), op.app.stripe(), account.user_id);
    // Read again: an erasure that has begun since would not find the customer.
    let current = store.user(user).await?.filter(|current| !current.is_being_erased());
    let Some(current) = current else {
        return Err(ApiError::invalid_action(
            "This account is being erased. Nothing can be bought with it.",
            &[],
        )
        .into());
    };
    if !stripe.is_configured(op.now).await? {
        return Err(stripe_failed(StripeError::NotConfigured));
    }
    let left_over = match store.customer_intent(user).await? {
        Some(intent) => {
            let found = stripe.customers_of(user, &intent.email, op.now).await;
            let found = found.map_err(stripe_failed)?.into_iter();
            found.map(|customer| customer.id).find(|id| Some(id) != earlier)
        }
        None => None,
    };
    let id = match left_over {
        Some(id) => id,
        None => {
            let email = current.email.to_string();
            let mut tx = op.transaction();
            tx.intend_customer(user, &CustomerIntent { email: email.clone(), at: op.now })?;
            tx.check_user(&current)?;
            Change::new(tx, ()).commit().await?;
            let created = stripe.create_customer(user, &email, earlier, op.now).await;
            created.map_err(stripe_failed)?.id
        }
    };
    let customer = Customer { id, created_at: op.now };
    let mut tx = op.transaction();
    tx.save_customer(user, &customer, earlier)?;
    tx.end_customer_intent(user)?;
    tx.check_not_erasing(user)?;
    match tx.commit().await {
        Ok(()) => Ok(customer),
        Err(error) if error.conflict() == Some(Conflict::Erasing) => {
            // The erasure finds it by the intent, unless it is gone at once.
            let request = format!("left-over-{}", customer.id);
            drop(stripe.delete_customer(&customer.id, &request, op.now).await);
            Err(OperationError::Collision)
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether Stripe no longer has the customer, or has it only in the other mode.
pub(super) fn is_gone(error: &StripeError) -> bool {
    error.is_missing(Some("customer"))
}
