use provost_domain::{ApiError, User, audit::Resource};

use super::{customer, stripe_event, stripe_failure::stripe_failed};
use crate::{Change, Op, OperationError};

/// Opens Stripe's page on which a customer changes or cancels a subscription. Returns its URL.
///
/// # Errors
/// `INVALID_ACTION` for an account that never started a checkout, `UNAVAILABLE`.
pub async fn open_portal(op: &Op<'_>, account: &User) -> Result<Change<String>, OperationError> {
    let store = op.app.store();
    let known = store.customer(account.user_id).await?.is_some()
        || !store.subscriptions(account.user_id).await?.is_empty();
    if !known {
        return Err(ApiError::invalid_action(
            "The account has bought nothing yet. Start with `POST /api/billing/checkout`.",
            &["checkout"],
        )
        .into());
    }
    let (stripe, run) = (op.app.stripe(), op.origin.request_id.to_string());
    let back = format!("{}/account/billing", op.app.public_url());
    let mut customer = customer::current(op, account).await?;
    let session = match stripe.create_portal_session(&customer.id, &back, &run, op.now).await {
        Err(error) if customer::is_gone(&error) => {
            customer = customer::create(op, account, Some(&customer.id)).await?;
            stripe.create_portal_session(&customer.id, &back, &run, op.now).await
        }
        answered => answered,
    };
    let session = session.map_err(stripe_failed)?;
    let entry = op.entry("billing_portal.opened", Resource::User(account.subject()));
    let mut tx = op.transaction();
    tx.save_customer(account.user_id, &customer, None)?;
    tx.check_user(account)?;
    tx.audit(entry)?;
    Ok(stripe_event::change(tx).map(|()| session.url))
}
