//! `POST /api/webhooks/stripe`: receive an event from Stripe. The signature is verified before the
//! body is parsed. Each event takes effect once, in any order and however often it is
//! delivered.
//!
//! Stripe delivers an event again for three days if the response is not a success, and switches an
//! endpoint off that keeps failing. So an event of ours that cannot be processed yet is refused, and
//! nothing is lost; an event of another product on the same Stripe account is accepted and counted.

mod checkout;
mod event;
mod money;
mod terms;

use provost_domain::{ApiError, Code, UserId, audit::Actor, product::Product, stripe_id::StripeId};
use provost_http::{HandlerResult, Json, PublicGrant, Raw, RequestContext};
use provost_operations::{Change, Op, OperationError};
use provost_store::{Conflict, StoreError};
use schemars::JsonSchema;
use serde::Serialize;
use tracing::{info, warn};

use event::{Event, EventContent};

/// The header with Stripe's signature.
pub const SIGNATURE: &str = "stripe-signature";

/// What an event changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "StripeEventEffect")]
pub enum Effect {
    /// It took effect.
    Applied,
    /// It changed nothing: it is known, outdated, or of a type that has no effect.
    None,
    /// It is about a customer and a product that are not this platform's.
    Foreign,
}

/// The answer to an event.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "StripeEventReceipt")]
pub struct ReceiptView {
    /// What the event changed.
    effect: Effect,
}

/// Receives an event.
///
/// # Errors
/// `SIGNATURE_INVALID` for a request without a current signature of Stripe, `UNAVAILABLE` without a
/// configured secret, `MALFORMED_BODY` for an event of another form, `NOT_FOUND` for an unknown
/// customer, account or price of ours, `ALREADY_EXISTS` for a customer of another account.
pub async fn receive_stripe_event(
    ctx: RequestContext<PublicGrant>,
    Raw(body): Raw,
) -> HandlerResult<Json<ReceiptView>> {
    let now = ctx.now();
    let secrets = ctx.app.keys().webhook_secrets(now).await?.ok_or_else(not_configured)?;
    let signature =
        ctx.headers.get(SIGNATURE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    secrets.verify(signature, &body, now).map_err(|_| not_signed())?;
    let event = Event::read(&body)?;
    let effect = match &event.content {
        EventContent::Checkout(checkout) => checkout::bind(&ctx, &event, checkout).await?,
        EventContent::Subscription(kind, reported) => {
            terms::follow(&ctx, &event, *kind, reported).await?
        }
        EventContent::Invoice(kind, invoice) => money::record(&ctx, &event, *kind, invoice).await?,
        EventContent::Refunded(charge, before) => {
            money::refunded(&ctx, &event, charge, *before).await?
        }
        EventContent::RefundFailed(refund) => money::refund_failed(&ctx, &event, refund).await?,
        EventContent::Disputed(dispute, state) => {
            money::disputed(&ctx, &event, dispute, *state).await?
        }
        EventContent::Other => Effect::None,
    };
    if effect == Effect::Foreign {
        ctx.app.store().count_foreign_event(now).await?;
        info!(event.id = %event.id, "the event {} of Stripe's is not about this platform", event.id);
    }
    Ok(Json::new(ReceiptView { effect }))
}

/// The product that a price or a product at Stripe belongs to.
fn product_of<'p>(
    products: &'p [Product],
    price: Option<&str>,
    product: Option<&str>,
) -> Option<&'p Product> {
    let by_price = || price.and_then(|id| products.iter().find(|known| known.has_price(id)));
    let by_product = || {
        let id = product?;
        products.iter().find(|known| known.stripe_product_id.as_deref() == Some(id))
    };
    by_price().or_else(by_product)
}

fn not_configured() -> ApiError {
    ApiError::new(Code::Unavailable, "Stripe is not configured for this deployment. Ask its operator to store the webhook secret.")
        .with("retryAfter", 300)
}

fn not_signed() -> ApiError {
    ApiError::new(
        Code::SignatureInvalid,
        "The signature does not match. Send the body exactly as signed, with the header Stripe-Signature, within five minutes.",
    )
}

/// The account that an event is about: the one that its metadata names, if that account has started
/// a checkout; otherwise the one that the customer is bound to.
async fn account(
    ctx: &RequestContext<PublicGrant>,
    named: Option<UserId>,
    customer: &StripeId,
) -> HandlerResult<Option<UserId>> {
    let store = ctx.app.store();
    match named {
        Some(user) if store.has_started_any_checkout(user).await? => Ok(Some(user)),
        _ => Ok(store.owner_of_customer(customer).await?),
    }
}

/// The error that makes Stripe deliver the event again.
fn again(event: &Event, what: &'static str) -> ApiError {
    warn!(event.id = %event.id, what, "the event {} of Stripe's has no effect yet: there is no {what}", event.id);
    ApiError::new(Code::NotFound, format!("No {what} was found. Send the event again later."))
}

/// The operation of an event, with Stripe as the actor.
fn op(ctx: &RequestContext<PublicGrant>) -> Op<'_> {
    Op { actor: Actor::Service("stripe".to_owned()), ..ctx.op(None) }
}

/// Commits the change of an event. A duplicate delivery that was faster has made the same change.
async fn commit(event: &Event, change: Change<()>) -> HandlerResult<Effect> {
    match change.commit().await {
        Ok(()) => {
            info!(event.id = %event.id, "the event {} of Stripe's took effect", event.id);
            Ok(Effect::Applied)
        }
        Err(OperationError::Store(StoreError::Conflict(Conflict::StripeEvent))) => {
            info!(event.id = %event.id, "the event {} of Stripe's took effect before", event.id);
            Ok(Effect::None)
        }
        Err(OperationError::Refused(refused)) => {
            warn!(event.id = %event.id, "the Stripe event {} names a customer that belongs to another account", event.id);
            Err(refused.into())
        }
        Err(error) => Err(error.into()),
    }
}
