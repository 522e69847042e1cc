//! `GET /api/admin/users/{id}/subscription`: what a user pays for.

use provost_domain::{
    ApiError, ProductId, Timestamp, User, UserId,
    product::BillingInterval,
    stripe_id::StripeId,
    subscription::{Subscription, SubscriptionStatus},
};
use provost_http::{HandlerResult, Json, RequestContext, access::StaffGrant, users};
use schemars::JsonSchema;
use serde::Serialize;

/// A subscription of a user, and others that are paid besides it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "UserSubscription")]
pub struct UserSubscriptionView {
    /// The user who pays.
    user_id: UserId,
    /// The subscription that counts.
    #[serde(flatten)]
    subscription: SubscriptionView,
    /// Further subscriptions that are paid at the same time. One for a plan gives the user nothing,
    /// and is to be cancelled and refunded at Stripe.
    also_paid: Vec<SubscriptionView>,
}

/// What a user pays for regularly, as Stripe last reported it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Subscription")]
pub struct SubscriptionView {
    /// Stripe id of the subscription.
    id: StripeId,
    /// Stripe id of the customer.
    customer: StripeId,
    /// Product id; null if nothing in the catalogue has its price.
    product_id: Option<ProductId>,
    /// Status at Stripe; null before Stripe reported one.
    status: Option<SubscriptionStatus>,
    /// Billing interval; null for one that the catalogue does not have.
    billing_interval: Option<BillingInterval>,
    /// Start of the current period.
    current_period_start: Option<Timestamp>,
    /// End of the current period.
    current_period_end: Option<Timestamp>,
    /// Price of one, in the minor unit of the currency in ISO 4217; null for tiered prices.
    price: Option<u64>,
    /// Currency (ISO 4217).
    currency: Option<String>,
    /// Monthly recurring revenue after discounts, in the minor unit of the currency.
    monthly_revenue: Option<u64>,
    /// Time of the next payment; null if there is none.
    next_billing_date: Option<Timestamp>,
    /// Whether it continues after the current period.
    auto_renew: bool,
    /// Time of cancellation; null if it was not cancelled.
    cancelled_at: Option<Timestamp>,
    /// Whether the user's plan comes from it.
    gives_plan: bool,
}

impl SubscriptionView {
    fn of(user: &User, subscription: Subscription) -> Self {
        let gives_plan = user.has_plan_of(&subscription.id);
        let auto_renew = subscription.renews();
        let monthly_revenue = subscription
            .terms
            .as_ref()
            .and_then(|terms| terms.counted())
            .map(|counted| counted.monthly);
        let terms = subscription.terms.as_ref();
        let period_end = terms.map(|terms| terms.current_period_end);
        Self {
            product_id: terms.and_then(|terms| terms.product_id),
            status: terms.map(|terms| terms.status),
            billing_interval: terms.and_then(|terms| terms.billing_interval),
            current_period_start: terms.map(|terms| terms.current_period_start),
            current_period_end: period_end,
            price: terms.and_then(|terms| terms.price),
            currency: terms.map(|terms| terms.currency.clone()),
            monthly_revenue,
            next_billing_date: period_end.filter(|_| auto_renew),
            auto_renew,
            cancelled_at: terms.and_then(|terms| terms.cancelled_at),
            gives_plan,
            id: subscription.id,
            customer: subscription.customer,
        }
    }
}

/// Shows the subscription that gives the plan; without one the one that is paid, or the last.
///
/// # Errors
/// `INVALID_USER_ID`, `NOT_FOUND` for a user who never subscribed.
pub async fn get_subscription(
    ctx: RequestContext<StaffGrant>,
) -> HandlerResult<Json<UserSubscriptionView>> {
    let user = users::named(&ctx).await?;
    let mut known = ctx.app.store().subscriptions(user.user_id).await?;
    let rank = |subscription: &Subscription| {
        let reported = subscription.terms.as_ref().map(|terms| terms.reported_at);
        let (plan, paid) = (user.has_plan_of(&subscription.id), subscription.is_paid());
        (plan, paid, reported.unwrap_or(subscription.bound_at))
    };
    known.sort_by_key(|subscription| std::cmp::Reverse(rank(subscription)));
    let mut known = known.into_iter();
    let first = known.next().ok_or_else(|| ApiError::missing("subscription"))?;
    let also_paid = known
        .filter(Subscription::is_paid)
        .map(|subscription| SubscriptionView::of(&user, subscription))
        .collect();
    Ok(Json::new(UserSubscriptionView {
        user_id: user.user_id,
        subscription: SubscriptionView::of(&user, first),
        also_paid,
    }))
}
