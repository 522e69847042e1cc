use provost_app::stripe::{NewCheckout, StripeError, objects::CheckoutSession};
use provost_domain::{
    ApiError, Timestamp, User, UserId,
    audit::{Resource, note_change},
    customer::Customer,
    product::{Product, ProductType},
    stripe_id::StripeId,
};

use super::{customer, stripe_event, stripe_failure::stripe_failed};
use crate::{Change, Op, OperationError};

/// A checkout that was started.
#[derive(Debug, Clone)]
pub struct Started {
    /// Stripe id of the session.
    pub id: StripeId,
    /// URL of Stripe's page.
    pub url: String,
    /// When the page expires.
    pub expires_at: Option<Timestamp>,
}

/// Starts the checkout of a product. A customer that Stripe no longer has is replaced, so that the
/// person gets to the checkout at the first try.
///
/// # Errors
/// `NOT_FOUND` for an unknown product or promotion code, `INVALID_ACTION` for a product that is not
/// sold or an account with a live subscription, `UNAVAILABLE`.
pub async fn start_checkout(
    op: &Op<'_>,
    account: &User,
    product: &Product,
    code: Option<&str>,
) -> Result<Change<Started>, OperationError> {
    account.check_not_scheduled_for_deletion()?;
    if !product.active || product.deleted_at.is_some() {
        return Err(ApiError::invalid_action(
            "This product is not available. Choose another one.",
            &[],
        )
        .into());
    }
    let price = product.sold_at().ok_or_else(|| {
        ApiError::invalid_action(
            "This product cannot be bought yet: Stripe does not have its price. Ask the staff to synchronise it.",
            &[],
        )
    })?;
    check_no_plan(op, account.user_id, product).await?;
    let code = match code {
        None => None,
        Some(code) => {
            let found = op.app.stripe().promotion_codes(Some(code), Some(true), op.now).await;
            let found = found.map_err(stripe_failed)?.into_iter().next();
            Some(found.ok_or_else(|| ApiError::missing("promotion code"))?.id)
        }
    };
    let mut customer = customer::current(op, account).await?;
    let session = match ask(op, account, &customer, price, code.as_ref()).await {
        Err(error) if customer::is_gone(&error) => {
            customer = customer::create(op, account, Some(&customer.id)).await?;
            ask(op, account, &customer, price, code.as_ref()).await
        }
        answered => answered,
    };
    let session = session.map_err(stripe_failed)?;
    let url = session.url.ok_or_else(|| stripe_failed(StripeError::Unreachable))?;
    let mut entry = op.entry("checkout.started", Resource::User(account.subject()));
    note_change(&mut entry.changes, "product", &None, &Some(product.id));
    let mut tx = op.transaction();
    tx.save_customer(account.user_id, &customer, None)?;
    tx.check_user(account)?;
    tx.start_checkout(account.user_id, &session.id, op.now)?;
    tx.audit(entry)?;
    let expires_at = session.expires_at.map(provost_app::stripe::objects::time);
    Ok(stripe_event::change(tx).map(|()| Started { id: session.id, url, expires_at }))
}

/// Of two plans the second would be paid for nothing.
async fn check_no_plan(op: &Op<'_>, user: UserId, product: &Product) -> Result<(), OperationError> {
    let store = op.app.store();
    let subscriptions = store.subscriptions(user).await?;
    let live: Vec<_> = subscriptions.iter().filter(|known| known.is_paid()).collect();
    if live.is_empty() || product.r#type != ProductType::Plan {
        return Ok(());
    }
    let products = store.all_products().await?;
    let is_plan =
        |id| products.iter().any(|known| known.id == id && known.r#type == ProductType::Plan);
    let has_plan = live
        .iter()
        .any(|known| known.terms.as_ref().and_then(|terms| terms.product_id).is_none_or(is_plan));
    if !has_plan {
        return Ok(());
    }
    Err(ApiError::invalid_action(
        "The account already has a subscription. Change or cancel it on the page that `POST /api/billing/portal` opens.",
        &["portal"],
    )
    .into())
}

async fn ask(
    op: &Op<'_>,
    account: &User,
    customer: &Customer,
    price: &str,
    code: Option<&StripeId>,
) -> Result<CheckoutSession, StripeError> {
    let public = op.app.public_url();
    let new = NewCheckout {
        user: account.user_id,
        customer: &customer.id,
        price,
        promotion_code: code,
        success_url: format!("{public}/account/billing?done=checkout-done"),
        cancel_url: format!("{public}/account/billing?done=checkout-cancelled"),
    };
    op.app.stripe().create_checkout(&new, &op.origin.request_id.to_string(), op.now).await
}
