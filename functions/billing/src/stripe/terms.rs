//! `customer.subscription.created`, `.updated` and `.deleted`: the current state of a subscription,
//! and its effect on the account's plan.

use provost_app::stripe::{
    StripeError,
    objects::{self, Reference, SubscriptionItem},
};
use provost_domain::{
    currency::Currency,
    product::{BillingInterval, Product},
    recurring::{Discount, RecurringItem, monthly},
    subscription::{SubscriptionEventKind, SubscriptionStatus, Terms},
};
use provost_http::{HandlerResult, PublicGrant, RequestContext};
use provost_operations::billing::{self, Followed, SubscriptionState, stripe_failed};
use tracing::warn;

use super::{
    Effect, account, again, commit,
    event::{self, Event},
    op, product_of,
};

/// Stores the state, unless a later one is known, and applies or cancels the plan.
pub(super) async fn follow(
    ctx: &RequestContext<PublicGrant>,
    event: &Event,
    kind: SubscriptionEventKind,
    reported: &objects::Subscription,
) -> HandlerResult<Effect> {
    let store = ctx.app.store();
    let customer = reported.customer.stripe_id();
    let customer = customer.ok_or_else(event::malformed)?;
    let products = store.all_products().await?;
    let named = objects::named_user(&reported.metadata);
    let found = match account(ctx, named, &customer).await? {
        Some(user) => store.subscriber(user, &reported.id).await?,
        None => {
            let sold = reported.items.data.iter().any(|item| product(item, &products).is_some());
            if named.is_none() && !sold {
                return Ok(Effect::Foreign);
            }
            None
        }
    };
    let Some(subscriber) = found.filter(|found| !found.user.is_being_erased()) else {
        // The account is gone. A final event needs no action: an erasure cancels the subscription
        // itself, which causes this event.
        return if status(reported).is_final() {
            Ok(Effect::None)
        } else {
            Err(again(event, "account for this customer").into())
        };
    };
    let (mut terms, mut product) = terms(ctx, event, kind, reported, &products).await?;
    let earlier = subscriber.subscription.as_ref().and_then(|known| known.terms.as_ref());
    let mut asked = false;
    if earlier.is_some_and(|earlier| terms.is_tied_with(earlier)) {
        // Two changes of one second: only Stripe knows which is the latest.
        match ctx.app.stripe().subscription(&reported.id, ctx.now()).await {
            Ok(Some(current)) => {
                (terms, product) = self::terms(ctx, event, kind, &current, &products).await?;
                asked = true;
            }
            Ok(None) | Err(StripeError::NotConfigured) => {
                warn!(event.id = %event.id, "two changes of one second, and Stripe cannot be asked");
            }
            Err(error) => return Err(stripe_failed(error).into()),
        }
    }
    let state = SubscriptionState {
        event: &event.id,
        id: &reported.id,
        customer: &customer,
        terms,
        product,
        asked,
    };
    let effect = match billing::follow_subscription(&op(ctx), subscriber, state, &products).await? {
        Followed::Outdated => return Ok(Effect::None),
        Followed::Known => Effect::None,
        Followed::Changed(change) => commit(event, change).await?,
    };
    match product {
        Some(_) => Ok(effect),
        None => Err(again(event, "product for this price").into()),
    }
}

/// A status that Stripe has added since is [`SubscriptionStatus::Other`].
fn status(reported: &objects::Subscription) -> SubscriptionStatus {
    let named = |known: &&SubscriptionStatus| known.as_str() == reported.status;
    SubscriptionStatus::ALL.iter().find(named).copied().unwrap_or(SubscriptionStatus::Other)
}

fn product<'p>(item: &SubscriptionItem, products: &'p [Product]) -> Option<&'p Product> {
    let at_stripe = item.price.product.as_ref().map(Reference::id);
    product_of(products, Some(&item.price.id), at_stripe)
}

/// The state to store, with its product. Of several items, the one with a plan is used, then one
/// with a known product.
async fn terms<'p>(
    ctx: &RequestContext<PublicGrant>,
    event: &Event,
    kind: SubscriptionEventKind,
    reported: &objects::Subscription,
    products: &'p [Product],
) -> HandlerResult<(Terms, Option<&'p Product>)> {
    let worth = |item: &&SubscriptionItem| match product(item, products) {
        Some(product) if product.can_be_subscribed() => 0,
        Some(_) => 1,
        None => 2,
    };
    let item = reported.items.data.iter().min_by_key(worth);
    let item = item.ok_or_else(|| again(event, "known price in this subscription"))?;
    let currency: Currency =
        item.price.currency.parse().map_err(|_| again(event, "known currency for this price"))?;
    let amount = |price: Option<i64>| {
        price.and_then(|price| u64::try_from(currency.from_stripe(price).ok()?).ok())
    };
    let status = status(reported);
    let (start, end) = reported.period(item);
    let once = item
        .price
        .recurring
        .as_ref()
        .filter(|recurring| recurring.interval_count.unwrap_or(1) == 1);
    let items: Vec<_> = reported
        .items
        .data
        .iter()
        .filter_map(|item| {
            let recurring = item.price.recurring.as_ref()?;
            Some(RecurringItem {
                price: amount(item.price.unit_amount)?,
                quantity: item.quantity.unwrap_or(1),
                interval: &recurring.interval,
                interval_count: recurring.interval_count.unwrap_or(1),
            })
        })
        .collect();
    let discounts = match reported.coupons() {
        Some(coupons) => discounts(&coupons, currency),
        // The event lists only their ids.
        None => match ctx.app.stripe().subscription(&reported.id, ctx.now()).await {
            Ok(Some(current)) => discounts(&current.coupons().unwrap_or_default(), currency),
            Ok(None) | Err(StripeError::NotConfigured) => Vec::new(),
            Err(error) => return Err(stripe_failed(error).into()),
        },
    };
    let product = product(item, products);
    let terms = Terms {
        reported_at: event.at,
        reported_by: kind,
        status,
        product_id: product.map(|product| product.id),
        price_id: item.price.id.clone(),
        price: amount(item.price.unit_amount),
        currency: currency.to_string(),
        billing_interval: once.and_then(|recurring| match recurring.interval.as_str() {
            "month" => Some(BillingInterval::Month),
            "year" => Some(BillingInterval::Year),
            _ => None,
        }),
        monthly: Some(monthly(&items, &discounts)),
        current_period_start: start,
        current_period_end: end,
        cancel_at_period_end: reported.cancel_at_period_end,
        cancelled_at: reported.canceled_at.map(objects::time),
    };
    Ok((terms, product))
}

/// The discounts that last: a coupon for one invoice does not change what recurs.
fn discounts(coupons: &[&objects::Coupon], currency: Currency) -> Vec<Discount> {
    coupons
        .iter()
        .filter(|coupon| coupon.duration.as_deref() != Some("once"))
        .filter_map(|coupon| match (coupon.percent_off, coupon.amount_off) {
            (Some(percent), _) => Some(Discount::Percent(percent)),
            (None, Some(amount)) => {
                let amount = currency.from_stripe(amount).ok()?;
                Some(Discount::Amount(u64::try_from(amount).ok()?))
            }
            (None, None) => None,
        })
        .collect()
}
