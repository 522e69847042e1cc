use provost_domain::{
    User,
    audit::{Resource, note_change},
    stripe_id::StripeId,
    subscription::Subscription,
};

use super::stripe_event;
use crate::{Change, Op, OperationError};

/// Binds a customer and a subscription of Stripe to the account that completed the checkout. The
/// subscription is stored in the user's partition, so that an erasure cancels it even if later
/// events are lost. [`StripeEvent`](provost_store::Conflict::StripeEvent) means that an earlier
/// delivery of the event has made the change.
///
/// # Errors
/// `ALREADY_EXISTS` for a customer of another account.
pub fn bind_subscription(
    op: &Op<'_>,
    event: &StripeId,
    user: &User,
    id: &StripeId,
    customer: &StripeId,
) -> Result<Change<()>, OperationError> {
    let subscription = Subscription {
        id: id.clone(),
        customer: customer.clone(),
        bound_at: op.now,
        terms: None,
        counted: None,
    };
    let mut entry = op.entry("subscription.bound", Resource::User(user.subject()));
    note_change(&mut entry.changes, "subscription", &None, &Some(id));
    note_change(&mut entry.changes, "customer", &None, &Some(customer));
    let mut tx = op.transaction();
    tx.mark_event(event, op.now)?;
    tx.bind_customer(user.user_id, customer)?;
    tx.check_user(user)?;
    tx.save_subscription(user.user_id, &subscription)?;
    tx.audit(entry)?;
    Ok(stripe_event::change(tx))
}
