//! `checkout.session.completed`: binds customer and subscription to the account that started the
//! checkout. The plan follows from the events of the subscription.

use provost_app::stripe::objects::{CheckoutSession, Reference};
use provost_http::{HandlerResult, PublicGrant, RequestContext};
use provost_operations::billing;
use tracing::{info, warn};

use super::{Effect, again, commit, event::Event, op};

/// Binds customer and subscription to the account that started the checkout.
pub(super) async fn bind(
    ctx: &RequestContext<PublicGrant>,
    event: &Event,
    checkout: &CheckoutSession,
) -> HandlerResult<Effect> {
    let Some(user) =
        checkout.client_reference_id.as_ref().and_then(|reference| reference.parse().ok())
    else {
        info!(event.id = %event.id, "the checkout {} names no account of ours", event.id);
        return Ok(Effect::Foreign);
    };
    let id = |reference: &Option<Reference<_>>| reference.as_ref().and_then(Reference::stripe_id);
    let (Some(customer), Some(id)) = (id(&checkout.customer), id(&checkout.subscription)) else {
        return Ok(Effect::None);
    };
    // A payment link takes any account id from its URL, so the id alone proves nothing. A
    // redelivery of the event would not help either.
    if !ctx.app.store().has_started_checkout(user, &checkout.id).await? {
        warn!(event.id = %event.id, checkout = %checkout.id, "the checkout {} names an account that did not start it, and binds nothing", checkout.id);
        return Ok(Effect::None);
    }
    let Some((person, known)) = ctx.app.store().payer(user, Some(&id)).await? else {
        return Err(again(event, "account with this id").into());
    };
    if person.is_being_erased() {
        return Err(again(event, "account with this id that can still subscribe").into());
    }
    if known.is_some() {
        return Ok(Effect::None);
    }
    let change = billing::bind_subscription(&op(ctx), &event.id, &person, &id, &customer)?;
    commit(event, change).await
}
