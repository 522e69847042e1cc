//! `POST /api/webhooks/stripe`: receive an event from Stripe. The signature is verified before the
//! body is parsed. Each event takes effect once, in any order and however often it is
//! delivered.
//!
//! Stripe delivers an event again for three days if the response is not a success. So an event with
//! an unknown customer or price is refused, and nothing is lost.

mod checkout;
mod event;
mod money;
mod terms;

use provost_domain::{
    ApiError, Code, Principal, UserId,
    audit::{Actor, Entry, Resource},
    stripe_id::StripeId,
};
use provost_http::{HandlerResult, NoContent, PublicGrant, Raw, RequestContext};
use provost_store::{Conflict, Transaction};
use tracing::{info, warn};

use event::{Event, EventContent};

/// The header with Stripe's signature.
pub const SIGNATURE: &str = "stripe-signature";

/// Receives an event.
///
/// # Errors
/// `SIGNATURE_INVALID` for a request without a current signature of Stripe, `UNAVAILABLE` without a
/// configured secret, `MALFORMED_BODY` for an event of another form, `NOT_FOUND` for an unknown
/// customer, account or price, `ALREADY_EXISTS` for a customer of another account.
pub async fn receive_stripe_event(
    ctx: RequestContext<PublicGrant>,
    Raw(body): Raw,
) -> HandlerResult<NoContent> {
    let now = ctx.now();
    let secrets = ctx.app.keys().webhook_secrets(now).await?.ok_or_else(not_configured)?;
    let signature =
        ctx.headers.get(SIGNATURE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    secrets.verify(signature, &body, now).map_err(|_| not_signed())?;
    let event = Event::read(&body)?;
    match &event.told {
        EventContent::Checkout(checkout) => checkout::bind(&ctx, &event, checkout).await?,
        EventContent::Subscription(telling, told) => {
            terms::follow(&ctx, &event, *telling, told).await?
        }
        EventContent::Money(money) => money::record(&ctx, &event, money).await?,
        EventContent::Other => {}
    }
    Ok(NoContent)
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

/// An audit entry about a user, with Stripe as the actor.
fn entry(ctx: &RequestContext<PublicGrant>, action: &'static str, person: &Principal) -> Entry {
    Entry {
        actor: Actor::Service("stripe".to_owned()),
        ..ctx.entry(action, Resource::User(person.subject()))
    }
}

/// Commits the changes of an event. A duplicate delivery that was faster has made the same changes.
async fn commit(event: &Event, tx: Transaction) -> HandlerResult<()> {
    match tx.commit().await {
        Ok(()) => info!(event.id = %event.id, "the event {} of Stripe's took effect", event.id),
        Err(error) if error.conflict() == Some(Conflict::StripeEvent) => {
            info!(event.id = %event.id, "the event {} of Stripe's took effect before", event.id);
        }
        Err(error) if error.conflict() == Some(Conflict::StripeCustomer) => {
            warn!(event.id = %event.id, "the Stripe event {} names a customer that belongs to another account", event.id);
            return Err(ApiError::new(
                Code::AlreadyExists,
                "This customer belongs to another account. Correct the account id at Stripe.",
            )
            .with("field", "customer")
            .into());
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
