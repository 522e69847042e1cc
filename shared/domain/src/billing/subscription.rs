//! Subscriptions as Stripe reports them: what is stored, the order of events, and the effect on the
//! account's plan.

use serde::{Deserialize, Serialize};

use crate::{
    ProductId, Status, Timestamp, User,
    entitlement::{Limits, PlanSource},
    product::{BillingInterval, Product},
    stored_enum::stored_enum,
    stripe_id::StripeId,
};

stored_enum! {
    /// Status of a subscription at Stripe.
    pub enum SubscriptionStatus {
        /// Waiting for the first payment.
        Incomplete = "incomplete",
        /// Ended because the first payment was never made.
        IncompleteExpired = "incomplete_expired",
        /// In a trial period; payments start later.
        Trialing = "trialing",
        /// Active and paid.
        Active = "active",
        /// A payment failed and will be retried.
        PastDue = "past_due",
        /// Ended.
        Canceled = "canceled",
        /// Payments failed too often. The subscription still exists and can be paid.
        Unpaid = "unpaid",
        /// Paused after a trial without a payment method.
        Paused = "paused",
        /// A status that this version does not know.
        Other = "other",
    }
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

stored_enum! {
    /// Kind of event about a subscription, in the order of effect for several events in one second.
    #[derive(PartialOrd, Ord)]
    pub enum SubscriptionEventKind {
        /// The subscription was created.
        Created = "created",
        /// The subscription changed.
        Updated = "updated",
        /// The subscription ended.
        Deleted = "deleted",
    }
}

/// The latest state of a subscription that Stripe reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Terms {
    /// Time of the state according to Stripe, to the second.
    #[serde(rename = "toldAt")]
    pub reported_at: Timestamp,
    /// Kind of event that reported the state.
    #[serde(rename = "toldAs")]
    pub reported_by: SubscriptionEventKind,
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
    /// Amount that the subscription brings in a month, after discounts; absent in states that an
    /// earlier release stored.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub monthly: Option<u64>,
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

/// What a subscription adds to the figures of revenue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counted {
    /// The product.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub product_id: Option<ProductId>,
    /// Currency (ISO 4217, three upper-case letters).
    pub currency: String,
    /// Monthly recurring revenue, in the smallest unit of the currency.
    pub monthly: u64,
}

impl Terms {
    /// What this state adds to the figures of revenue; none unless the subscription counts. A trial
    /// brings nothing yet; a late payment and a cancellation at the end of the period still count.
    pub fn counted(&self) -> Option<Counted> {
        use SubscriptionStatus::{Active, PastDue, Trialing};
        let per_month = || match (self.price, self.billing_interval) {
            (Some(price), Some(BillingInterval::Month)) => price,
            (Some(price), Some(BillingInterval::Year)) => (price + 6) / 12,
            _ => 0,
        };
        let monthly = match self.status {
            Trialing => 0,
            Active | PastDue => self.monthly.unwrap_or_else(per_month),
            _ => return None,
        };
        Some(Counted { product_id: self.product_id, currency: self.currency.clone(), monthly })
    }

    /// Whether Stripe has to be asked which of two states is the latest: both were reported as
    /// changes of the same second, and they differ.
    pub fn is_tied_with(&self, earlier: &Self) -> bool {
        let same_second = self.reported_at == earlier.reported_at
            && self.reported_by == SubscriptionEventKind::Updated
            && earlier.reported_by == SubscriptionEventKind::Updated;
        same_second && self != earlier && !earlier.status.is_final() && !self.status.is_final()
    }

    /// Whether this state comes after `earlier`. An end is final. Stripe's clock has seconds: of
    /// two changes in one second, the longer period wins, then the one that gives the plan.
    pub fn follow(&self, earlier: &Self) -> bool {
        if earlier.status.is_final() || self.status.is_final() {
            return !earlier.status.is_final();
        }
        let place = |terms: &Self| {
            (terms.reported_at, terms.reported_by, terms.current_period_end, terms.status.gives())
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
    /// What the figures of revenue contain of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub counted: Option<Counted>,
}

impl Subscription {
    /// Whether payments may still be due. A subscription known only from its checkout counts as
    /// active.
    pub fn may_live(&self) -> bool {
        self.terms.as_ref().is_none_or(|terms| !terms.status.is_final())
    }

    /// Whether it is paid for now, or will be when a payment is tried again.
    pub fn is_paid(&self) -> bool {
        use SubscriptionStatus::{Active, PastDue, Trialing, Unpaid};
        let paid = |terms: &Terms| matches!(terms.status, Active | PastDue | Trialing | Unpaid);
        self.terms.as_ref().is_none_or(paid)
    }

    /// Whether it continues after the current period.
    pub fn renews(&self) -> bool {
        self.may_live() && self.terms.as_ref().is_some_and(|terms| !terms.cancel_at_period_end)
    }

    /// The product that the subscription currently gives.
    pub fn given(&self) -> Option<ProductId> {
        self.terms.as_ref().filter(|terms| terms.status.gives())?.product_id
    }
}

impl User {
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

    fn terms(second: i64, reported_by: SubscriptionEventKind, status: SubscriptionStatus) -> Terms {
        Terms {
            reported_at: Timestamp::from_millis(second * 1000),
            reported_by,
            status,
            product_id: None,
            price_id: "price_1".to_owned(),
            price: Some(900),
            currency: "EUR".to_owned(),
            billing_interval: Some(BillingInterval::Month),
            monthly: Some(900),
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
