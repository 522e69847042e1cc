use provost_domain::{
    User,
    audit::{Resource, note_change},
    entitlement::Limits,
    product::Product,
    profile::Profile,
    revenue::Figures,
    stripe_id::StripeId,
    subscription::{Subscription, Terms},
    user::note_entitlements,
};
use provost_store::{StoreError, subscriptions::Subscriber};

use super::{Entitled, stripe_event};
use crate::{Change, Op, OperationError};

/// The state of a subscription that an event of Stripe reports.
#[derive(Debug, Clone)]
pub struct SubscriptionState<'a> {
    /// Id of the event.
    pub event: &'a StripeId,
    /// Id of the subscription.
    pub id: &'a StripeId,
    /// Id of the customer.
    pub customer: &'a StripeId,
    /// The state.
    pub terms: Terms,
    /// The product of the state's price; none when nothing in the catalogue has it.
    pub product: Option<&'a Product>,
    /// Whether Stripe was asked for the state, which is then the latest.
    pub asked: bool,
}

/// What an event about a subscription changes.
#[derive(Debug)]
pub enum Followed {
    /// Nothing: the state is known.
    Known,
    /// Nothing: a later state is known.
    Outdated,
    /// The subscription, and the plan of the account if it gives or ends one.
    Changed(Change<()>),
}

/// Stores the state of a subscription, unless a later one is known, and applies or cancels the plan.
/// `products` is the catalogue. [`StripeEvent`](provost_store::Conflict::StripeEvent) means that an
/// earlier delivery of the event has made the change.
///
/// # Errors
/// `ALREADY_EXISTS` for a customer of another account.
pub async fn follow_subscription(
    op: &Op<'_>,
    subscriber: Subscriber,
    state: SubscriptionState<'_>,
    products: &[Product],
) -> Result<Followed, OperationError> {
    let Subscriber { user, profile, subscription: known } = subscriber;
    let terms = &state.terms;
    let earlier = known.as_ref().and_then(|known| known.terms.as_ref());
    if earlier == Some(terms) {
        return Ok(Followed::Known);
    }
    if !state.asked && earlier.is_some_and(|earlier| !terms.follow(earlier)) {
        return Ok(Followed::Outdated);
    }
    let changed = plan(op, &user, &profile.limits, &state, products).await?;

    let action = match (&changed, terms.status.gives()) {
        (None, _) => "subscription.changed",
        (Some(_), true) => "plan.applied",
        (Some(_), false) => "plan.cancelled",
    };
    let mut entry = op.entry(action, Resource::User(user.subject()));
    let known_id = known.as_ref().map(|known| &known.id);
    note_change(&mut entry.changes, "subscription", &known_id, &Some(state.id));
    note_change(
        &mut entry.changes,
        "subscriptionStatus",
        &earlier.map(|earlier| earlier.status),
        &Some(terms.status),
    );
    let mut tx = op.transaction();
    // Without a product the event has no effect yet: Stripe delivers it again, so it must not be
    // marked as processed.
    if state.product.is_some() {
        tx.mark_event(state.event, op.now)?;
    }
    if known.is_none() {
        tx.bind_customer(user.user_id, state.customer)?;
    }
    match changed {
        Some(Entitled { account, limits }) => {
            let before = (&user, &profile.limits);
            note_entitlements(&mut entry.changes, before, (&account, &limits));
            tx.save_user(&account)?;
            tx.save_profile(user.user_id, &Profile { limits, ..profile })?;
        }
        None => tx.check_user(&user)?,
    }
    let (counted, reported_at) = (state.terms.counted(), state.terms.reported_at);
    let before = known.as_ref().and_then(|known| known.counted.as_ref());
    let figures = Figures::of_subscription(before, counted.as_ref());
    tx.count_revenue(&figures, reported_at, state.id)?;
    let subscription = Subscription {
        id: state.id.clone(),
        customer: state.customer.clone(),
        bound_at: known.as_ref().map_or(op.now, |known| known.bound_at),
        terms: Some(state.terms),
        counted,
    };
    tx.save_subscription(user.user_id, &subscription)?;
    tx.audit(entry)?;
    Ok(Followed::Changed(stripe_event::change(tx)))
}

/// The account after the subscription gives or ends a plan; `None` if the plan does not change.
async fn plan(
    op: &Op<'_>,
    account: &User,
    limits: &Limits,
    state: &SubscriptionState<'_>,
    products: &[Product],
) -> Result<Option<Entitled>, StoreError> {
    let entitled = |(account, limits)| Entitled { account, limits };
    let (id, status) = (state.id, state.terms.status);
    if status.gives() {
        let given = state
            .product
            .and_then(|product| account.clone().subscribe(id, product, limits, op.now));
        return Ok(given.map(entitled));
    }
    let given_back = status.takes().then(|| account.clone().unsubscribe(id, op.now)).flatten();
    let Some((free, limits)) = given_back else { return Ok(None) };
    // A user who still pays for another subscription gets the plan of that one.
    let subscriptions = op.app.store().subscriptions(account.user_id).await?;
    for other in subscriptions.iter().filter(|other| other.id != *id) {
        let given =
            other.given().and_then(|given| products.iter().find(|product| product.id == given));
        if let Some(next) =
            given.and_then(|product| free.clone().subscribe(&other.id, product, &limits, op.now))
        {
            return Ok(Some(entitled(next)));
        }
    }
    Ok(Some(Entitled { account: free, limits }))
}
