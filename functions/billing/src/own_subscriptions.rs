//! `GET /api/billing/subscriptions`: what the caller pays for.

use provost_domain::{
    ProductId, Timestamp, User,
    page::Page,
    product::{BillingInterval, Product},
    stripe_id::StripeId,
    subscription::{Subscription, SubscriptionStatus},
};
use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, SignedInGrant};
use schemars::JsonSchema;
use serde::Serialize;

/// A subscription of the caller, as Stripe last reported it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnSubscriptionView {
    /// Stripe id of the subscription.
    id: StripeId,
    /// Product id; null if nothing in the catalogue has its price.
    product_id: Option<ProductId>,
    /// Name of the product; null without one.
    product_name: Option<String>,
    /// Status at Stripe; null before Stripe reported one.
    status: Option<SubscriptionStatus>,
    /// Billing interval; null for one that the catalogue does not have.
    billing_interval: Option<BillingInterval>,
    /// Price of one, in the minor unit of the currency in ISO 4217; null for tiered prices.
    price: Option<u64>,
    /// Currency (ISO 4217).
    currency: Option<String>,
    /// Start of the current period.
    current_period_start: Option<Timestamp>,
    /// End of the current period.
    current_period_end: Option<Timestamp>,
    /// Time of the next payment; null if there is none.
    next_billing_date: Option<Timestamp>,
    /// Whether it continues after the current period.
    auto_renew: bool,
    /// Time of cancellation; null if it was not cancelled.
    cancelled_at: Option<Timestamp>,
    /// Whether the plan of the account comes from it.
    gives_plan: bool,
}

impl OwnSubscriptionView {
    fn of(user: &User, subscription: Subscription, products: &[Product]) -> Self {
        let gives_plan = user.has_plan_of(&subscription.id);
        let auto_renew = subscription.renews();
        let terms = subscription.terms;
        let product_id = terms.as_ref().and_then(|terms| terms.product_id);
        let product = products.iter().find(|product| Some(product.id) == product_id);
        let period_end = terms.as_ref().map(|terms| terms.current_period_end);
        Self {
            id: subscription.id,
            product_id,
            product_name: product.map(|product| product.name.clone()),
            status: terms.as_ref().map(|terms| terms.status),
            billing_interval: terms.as_ref().and_then(|terms| terms.billing_interval),
            price: terms.as_ref().and_then(|terms| terms.price),
            currency: terms.as_ref().map(|terms| terms.currency.clone()),
            current_period_start: terms.as_ref().map(|terms| terms.current_period_start),
            current_period_end: period_end,
            next_billing_date: period_end.filter(|_| auto_renew),
            auto_renew,
            cancelled_at: terms.and_then(|terms| terms.cancelled_at),
            gives_plan,
        }
    }
}

/// Lists the caller's subscriptions, newest first.
///
/// # Errors
/// `VALIDATION_FAILED` for an invalid page.
pub async fn list_own_subscriptions(
    ctx: RequestContext<SignedInGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<List<OwnSubscriptionView>>> {
    let request = ctx.page_request(&paging).await?;
    let (store, user) = (ctx.app.store(), &ctx.caller.user);
    let mut known = store.subscriptions(user.user_id).await?;
    known.sort_by_key(|subscription| std::cmp::Reverse(subscription.bound_at));
    let products = if known.is_empty() { Vec::new() } else { store.all_products().await? };
    let page = Page::of(known, &request)
        .map(|subscription| OwnSubscriptionView::of(user, subscription, &products));
    Ok(Json::new(ctx.list(page, &request).await?))
}
