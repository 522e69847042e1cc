//! `checkout.session.completed`: binds customer and subscription to the account that started the
//! checkout. The plan follows from the events of the subscription.

use provost_domain::{audit::note_change, subscription::Subscription};
use provost_http::{HandlerResult, PublicGrant, RequestContext};
use tracing::{info, warn};

use super::{
    again, commit, entry,
    event::{Checkout, Event},
};

/// Binds customer and subscription to the account. The subscription is stored in the user's
/// partition, so that an erasure cancels it even if later events are lost.
pub(super) async fn bind(
    ctx: &RequestContext<PublicGrant>,
    event: &Event,
    checkout: &Checkout,
) -> HandlerResult<()> {
    let (Some(customer), Some(id)) = (&checkout.customer, &checkout.subscription) else {
        return Ok(());
    };
    let Some(user) =
        checkout.client_reference_id.as_ref().and_then(|reference| reference.parse().ok())
    else {
        info!(event.id = %event.id, "the checkout {} names no account of ours", event.id);
        return Ok(());
    };
    // A payment link takes any account id from its URL, so the id alone proves nothing. A
    // redelivery of the event would not help either.
    if !ctx.app.store().has_started_checkout(user, &checkout.id).await? {
        warn!(event.id = %event.id, checkout = %checkout.id, "the checkout {} names an account that did not start it, and binds nothing", checkout.id);
        return Ok(());
    }
    let Some((person, known)) = ctx.app.store().payer(user, Some(id)).await? else {
        return Err(again(event, "account with this id").into());
    };
    if person.is_being_erased() {
        return Err(again(event, "account with this id that can still subscribe").into());
    }
    if known.is_some() {
        return Ok(());
    }
    let subscription = Subscription {
        id: id.clone(),
        customer: customer.clone(),
        bound_at: ctx.now(),
        terms: None,
    };
    let mut entry = entry(ctx, "subscription.bound", &person);
    note_change(&mut entry.changes, "subscription", &None, &Some(id));
    note_change(&mut entry.changes, "customer", &None, &Some(customer));
    let mut tx = ctx.app.transaction();
    tx.mark_event(&event.id, ctx.now())?;
    tx.bind_customer(user, customer)?;
    tx.check_principal(&person)?;
    tx.save_subscription(user, &subscription)?;
    tx.audit(entry)?;
    commit(event, tx).await
}
