//! Subscriptions as Stripe reports them: what is stored, the order of events, and the effect on the
//! account's plan.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Principal, ProductId, Status, Timestamp,
    entitlement::{Limits, PlanSource},
    product::{BillingInterval, Product},
    stripe_id::StripeId,
};

/// Status of a subscription at Stripe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionStatus {
    /// Waiting for the first payment.
    Incomplete,
    /// Ended because the first payment was never made.
    IncompleteExpired,
    /// In a trial period; payments start later.
    Trialing,
    /// Active and paid.
    Active,
    /// A payment failed and will be retried.
    PastDue,
    /// Ended.
    Canceled,
    /// Payments failed too often. The subscription still exists and can be paid.
    Unpaid,
    /// Paused after a trial without a payment method.
    Paused,
    /// A status that this version does not know.
    #[serde(other)]
    Other,
}

impl SubscriptionStatus {
    /// Whether a subscription with this status gives its plan.
    pub const fn gives(self) -> bool {
        matches!(self, Self::Trialing | Self::Active)
    }

    /// Whether a subscription with this status ends its plan. In any other status, a payment is
    /// retried.
    pub const fn takes(self) -> bool {
        matches!(self, Self::Canceled | Self::Unpaid | Self::IncompleteExpired)
    }

    /// Whether the subscription has ended for good, so that there is nothing left to cancel.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Canceled | Self::IncompleteExpired)
    }
}

/// Kind of event about a subscription, in the order of effect for several events in one second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubscriptionEventKind {
    /// The subscription was created.
    Created,
    /// The subscription changed.
    Updated,
    /// The subscription ended.
    Deleted,
}

/// The latest state of a subscription that Stripe reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Terms {
    /// Time of the state according to Stripe, to the second.
    pub told_at: Timestamp,
    /// Kind of event that reported the state.
    pub told_as: SubscriptionEventKind,
    /// Status.
    pub status: SubscriptionStatus,
    /// The product that it is for; absent when nothing in the catalogue has its price.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub product_id: Option<ProductId>,
    /// Stripe id of the price.
    pub price_id: String,
    /// Price, in the smallest unit of the currency; absent for tiered prices.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub price: Option<u64>,
    /// Currency (ISO 4217, three upper-case letters).
    pub currency: String,
    /// Billing interval; absent for intervals that the catalogue does not have, such as weekly.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub billing_interval: Option<BillingInterval>,
    /// Start of the current period.
    pub current_period_start: Timestamp,
    /// End of the current period.
    pub current_period_end: Timestamp,
    /// Whether the subscription ends with the period.
    pub cancel_at_period_end: bool,
    /// Time of cancellation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cancelled_at: Option<Timestamp>,
}

impl Terms {
    /// Whether this state comes after `earlier`. An end is final. Stripe's clock has seconds: of
    /// two changes in one second, the longer period wins, then the one that gives the plan.
    pub fn follow(&self, earlier: &Self) -> bool {
        if earlier.status.is_final() || self.status.is_final() {
            return !earlier.status.is_final();
        }
        let place = |terms: &Self| {
            (terms.told_at, terms.told_as, terms.current_period_end, terms.status.gives())
        };
        place(self) >= place(earlier)
    }
}

/// A subscription of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    /// Stripe id of the subscription.
    pub id: StripeId,
    /// Stripe id of the customer.
    pub customer: StripeId,
    /// Time at which the subscription was bound to the account.
    pub bound_at: Timestamp,
    /// The latest state that Stripe reported; absent while only the checkout was reported.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub terms: Option<Terms>,
}

impl Subscription {
    /// Whether payments may still be due. A subscription known only from its checkout counts as
    /// active.
    pub fn may_live(&self) -> bool {
        self.terms.as_ref().is_none_or(|terms| !terms.status.is_final())
    }

    /// The product that the subscription currently gives.
    pub fn given(&self) -> Option<ProductId> {
        self.terms.as_ref().filter(|terms| terms.status.gives())?.product_id
    }
}

impl Principal {
    /// Whether the current plan comes from this subscription.
    pub fn has_plan_of(&self, subscription: &StripeId) -> bool {
        let source = self.entitlements.plan.as_ref().map(|plan| &plan.source);
        matches!(source, Some(PlanSource::Subscription { subscription: giver }) if giver == subscription)
    }

    /// Applies the plan of a subscription, by the same rule as staff. `None` when it is already
    /// applied, when another plan is in effect (from staff or from another subscription, which ends
    /// by itself), or when the account is scheduled for deletion.
    #[must_use]
    pub fn subscribe(
        self,
        subscription: &StripeId,
        plan: &Product,
        limits: &Limits,
        now: Timestamp,
    ) -> Option<(Self, Limits)> {
        let open = match &self.entitlements.plan {
            None => true,
            Some(standing) => self.has_plan_of(subscription) && standing.id != plan.id,
        };
        if !open || !plan.can_be_subscribed() || self.status == Status::Deleted {
            return None;
        }
        Some(self.apply_plan(
            plan,
            limits,
            PlanSource::Subscription { subscription: subscription.clone() },
            now,
        ))
    }

    /// Cancels the plan of a subscription. `None` when the current plan is not from that
    /// subscription.
    #[must_use]
    pub fn unsubscribe(self, subscription: &StripeId, now: Timestamp) -> Option<(Self, Limits)> {
        if self.has_plan_of(subscription) { self.cancel_plan(now) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(second: i64, told_as: SubscriptionEventKind, status: SubscriptionStatus) -> Terms {
        Terms {
            told_at: Timestamp::from_millis(second * 1000),
            told_as,
            status,
            product_id: None,
            price_id: "price_1".to_owned(),
            price: Some(900),
            currency: "EUR".to_owned(),
            billing_interval: Some(BillingInterval::Month),
            current_period_start: Timestamp::from_millis(0),
            current_period_end: Timestamp::from_millis(1000),
            cancel_at_period_end: false,
            cancelled_at: None,
        }
    }

    #[test]
    fn the_order_of_arrival_of_events_does_not_change_the_result() {
        use SubscriptionStatus::{Active, Canceled, Incomplete, PastDue};
        let all = [
            terms(1, SubscriptionEventKind::Created, Incomplete),
            terms(1, SubscriptionEventKind::Updated, Active),
            terms(2, SubscriptionEventKind::Updated, PastDue),
            terms(2, SubscriptionEventKind::Updated, Active),
            terms(3, SubscriptionEventKind::Deleted, Canceled),
            terms(3, SubscriptionEventKind::Updated, Active),
        ];
        for upto in 1..=all.len() {
            let received = &all[..upto];
            let latest = |order: &[usize]| {
                let mut standing: Option<&Terms> = None;
                for place in order {
                    if standing.is_none_or(|earlier| received[*place].follow(earlier)) {
                        standing = Some(&received[*place]);
                    }
                }
                standing.expect("at least one")
            };
            let forward = latest(&(0..upto).collect::<Vec<_>>());
            for order in orders(upto) {
                assert_eq!(latest(&order), forward, "{order:?}");
            }
        }
    }

    /// All permutations of `many` items.
    fn orders(many: usize) -> Vec<Vec<usize>> {
        if many == 0 {
            return vec![Vec::new()];
        }
        let shorter = orders(many - 1);
        let inserted = |order: &Vec<usize>| {
            (0..many)
                .map(|place| [&order[..place], &[many - 1], &order[place..]].concat())
                .collect::<Vec<_>>()
        };
        shorter.iter().flat_map(inserted).collect()
    }

    #[test]
    fn a_status_of_a_later_version_changes_no_plan() {
        let status: SubscriptionStatus = serde_json::from_str("\"dormant\"").unwrap();
        assert!(!status.gives() && !status.takes() && !status.is_final());
    }

    #[test]
    fn a_subscription_that_can_still_be_paid_is_not_final() {
        assert!(!SubscriptionStatus::Unpaid.is_final());
        assert!(SubscriptionStatus::Unpaid.takes());
    }
}
