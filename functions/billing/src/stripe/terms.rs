//! `customer.subscription.created`, `.updated` and `.deleted`: the current state of a subscription,
//! and its effect on the account's plan.

use provost_domain::{
    Principal,
    audit::note_change,
    entitlement::{Limits, note_entitlements},
    product::{BillingInterval, Product},
    profile::Profile,
    stripe_id::StripeId,
    subscription::{Subscription, SubscriptionEventKind, Terms},
};
use provost_http::{HandlerResult, PublicGrant, RequestContext};
use provost_store::subscriptions::Subscriber;

use super::{
    account, again, commit, entry,
    event::{self, Event, Item},
};

/// Stores the state, unless a later one is known, and applies or cancels the plan.
pub(super) async fn follow(
    ctx: &RequestContext<PublicGrant>,
    event: &Event,
    telling: SubscriptionEventKind,
    told: &event::Subscription,
) -> HandlerResult<()> {
    let (store, now) = (ctx.app.store(), ctx.now());
    let found = match account(ctx, told.metadata.user(), &told.customer).await? {
        Some(user) => store.subscriber(user, &told.id).await?,
        None => None,
    };
    let Some(Subscriber { principal, profile, subscription: known }) =
        found.filter(|found| !found.principal.is_being_erased())
    else {
        // The account is gone. A final event needs no action: an erasure cancels the subscription
        // itself, which causes this event.
        return if told.status.is_final() {
            Ok(())
        } else {
            Err(again(event, "account for this customer").into())
        };
    };
    let products = store.products().await?;
    let (terms, product) = terms(event, telling, told, &products)
        .ok_or_else(|| again(event, "known price in this subscription"))?;
    let unknown_price = || {
        if product.is_some() { Ok(()) } else { Err(again(event, "product for this price").into()) }
    };
    let earlier = known.as_ref().and_then(|known| known.terms.as_ref());
    if earlier == Some(&terms) {
        return unknown_price();
    }
    if earlier.is_some_and(|earlier| !terms.follow(earlier)) {
        return Ok(());
    }
    let changed =
        plan(ctx, &principal, &profile.limits, &told.id, &terms, product, &products).await?;

    let action = match (&changed, terms.status.gives()) {
        (None, _) => "subscription.changed",
        (Some(_), true) => "plan.applied",
        (Some(_), false) => "plan.cancelled",
    };
    let mut entry = entry(ctx, action, &principal);
    note_change(
        &mut entry.changes,
        "subscription",
        &known.as_ref().map(|known| &known.id),
        &Some(&told.id),
    );
    note_change(
        &mut entry.changes,
        "subscriptionStatus",
        &earlier.map(|earlier| earlier.status),
        &Some(terms.status),
    );
    let mut tx = ctx.app.transaction();
    // Without a product the event has no effect yet: Stripe delivers it again, so it must not be
    // marked as processed.
    if product.is_some() {
        tx.mark_event(&event.id, now)?;
    }
    if known.is_none() {
        tx.bind_customer(principal.user_id, &told.customer)?;
    }
    match &changed {
        Some((after, limits)) => {
            note_entitlements(&mut entry.changes, (&principal, &profile.limits), (after, limits));
            tx.save_principal(after)?;
            tx.save_profile(principal.user_id, &Profile { limits: limits.clone(), ..profile })?;
        }
        None => tx.check_principal(&principal)?,
    }
    let bound_at = known.as_ref().map_or(now, |known| known.bound_at);
    let subscription = Subscription {
        id: told.id.clone(),
        customer: told.customer.clone(),
        bound_at,
        terms: Some(terms),
    };
    tx.save_subscription(principal.user_id, &subscription)?;
    tx.audit(entry)?;
    commit(event, tx).await?;
    unknown_price()
}

/// The state to store, with its product. Of several items, the one with a plan is used, then one
/// with a known product.
fn terms<'p>(
    event: &Event,
    telling: SubscriptionEventKind,
    told: &event::Subscription,
    products: &'p [Product],
) -> Option<(Terms, Option<&'p Product>)> {
    let of = |item: &Item| {
        products.iter().find(|product| product.stripe_price_id.as_deref() == Some(&item.price.id))
    };
    let worth = |item: &&Item| match of(item) {
        Some(product) if product.can_be_subscribed() => 0,
        Some(_) => 1,
        None => 2,
    };
    let item = told.items.data.iter().min_by_key(worth)?;
    let (product, (current_period_start, current_period_end)) = (of(item), told.period(item));
    let once = item
        .price
        .recurring
        .as_ref()
        .filter(|recurring| recurring.interval_count.unwrap_or(1) == 1);
    let terms = Terms {
        told_at: event.at,
        told_as: telling,
        status: told.status,
        product_id: product.map(|product| product.id),
        price_id: item.price.id.clone(),
        price: item.price.unit_amount,
        currency: item.price.currency.to_uppercase(),
        billing_interval: once.and_then(|recurring| match recurring.interval.as_str() {
            "month" => Some(BillingInterval::Month),
            "year" => Some(BillingInterval::Year),
            _ => None,
        }),
        current_period_start,
        current_period_end,
        cancel_at_period_end: told.cancel_at_period_end,
        cancelled_at: told.canceled_at.map(event::time),
    };
    Some((terms, product))
}

/// The account after the subscription adds or removes a plan; `None` if the plan does not change.
async fn plan(
    ctx: &RequestContext<PublicGrant>,
    person: &Principal,
    limits: &Limits,
    id: &StripeId,
    terms: &Terms,
    product: Option<&Product>,
    products: &[Product],
) -> HandlerResult<Option<(Principal, Limits)>> {
    if terms.status.gives() {
        return Ok(
            product.and_then(|product| person.clone().subscribe(id, product, limits, ctx.now()))
        );
    }
    let given_back =
        terms.status.takes().then(|| person.clone().unsubscribe(id, ctx.now())).flatten();
    let Some((free, limits)) = given_back else { return Ok(None) };
    // A user who still pays for another subscription gets the plan of that one.
    for other in
        ctx.app.store().subscriptions(person.user_id).await?.iter().filter(|other| other.id != *id)
    {
        let given =
            other.given().and_then(|given| products.iter().find(|product| product.id == given));
        if let Some(next) =
            given.and_then(|product| free.clone().subscribe(&other.id, product, &limits, ctx.now()))
        {
            return Ok(Some(next));
        }
    }
    Ok(Some((free, limits)))
}
