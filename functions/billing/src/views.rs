//! Plans as staff see them, and what an account has of one.

use std::collections::BTreeMap;

use provost_domain::{
    Principal, ProductId, Pseudonym, Timestamp, UserId,
    entitlement::{AppliedPlan, Benefits, Limits, PlanSource},
    principal::PortalTier,
    product::{BillingInterval, Product, ProductType},
    stripe_id::StripeId,
};
use schemars::JsonSchema;
use serde::Serialize;

/// A plan of the catalogue.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanView {
    /// Its id.
    id: ProductId,
    /// Always `plan` here.
    r#type: ProductType,
    /// Its name.
    name: String,
    /// Its name in addresses and scripts.
    slug: String,
    /// What it costs, in the smallest unit of the currency.
    price: u64,
    /// ISO 4217.
    currency: String,
    /// How often it is paid; null when it costs nothing.
    billing_interval: Option<BillingInterval>,
    /// What it has, in a few words each.
    features: Vec<String>,
    /// The tier that it gives.
    portal_tier: Option<PortalTier>,
    /// The limits that it gives, by name; `storageBytes` is the account's storage. What is not named is unlimited.
    limits: BTreeMap<String, u64>,
    /// Whether it may be applied.
    active: bool,
    /// When it was made.
    created_at: Timestamp,
    /// Counts its changes.
    version: u64,
}

impl From<Product> for PlanView {
    fn from(plan: Product) -> Self {
        Self {
            id: plan.id,
            r#type: plan.r#type,
            name: plan.name,
            slug: plan.slug,
            price: plan.price,
            currency: plan.currency,
            billing_interval: plan.billing_interval,
            features: plan.features,
            portal_tier: plan.portal_tier,
            limits: plan.limits,
            active: plan.active,
            created_at: plan.created_at,
            version: plan.version,
        }
    }
}

/// What an account has now, and from where.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CurrentPlanView {
    /// The user.
    user_id: UserId,
    /// The plan; null when the account has none.
    plan: Option<AppliedPlanView>,
    /// The tier that counts now.
    portal_tier: PortalTier,
    /// Bytes allowed now, with what was awarded.
    storage_quota: u64,
    /// The limits that count now.
    limits: Limits,
    /// Counts the changes of the account; also the `ETag`.
    version: u64,
}

/// Where a plan comes from.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PlanSourceView {
    /// Staff applied it, without checkout.
    Staff,
    /// A subscription gives it, as long as it is paid.
    Subscription,
}

/// A plan that was applied.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AppliedPlanView {
    /// The product.
    id: ProductId,
    /// Its name when it was applied.
    name: String,
    /// The tier that it gives.
    portal_tier: PortalTier,
    /// Since when.
    applied_at: Timestamp,
    /// Where it comes from.
    source: PlanSourceView,
    /// Who applied it, by pseudonym; null when a subscription gives it.
    applied_by: Option<Pseudonym>,
    /// The subscription at Stripe; null when staff applied it.
    subscription: Option<StripeId>,
    /// What the account has again when the plan is cancelled; the storage without what was awarded.
    before: Benefits,
}

impl From<AppliedPlan> for AppliedPlanView {
    fn from(plan: AppliedPlan) -> Self {
        let (source, applied_by, subscription) = match plan.source {
            PlanSource::Staff { by } => (PlanSourceView::Staff, Some(by), None),
            PlanSource::Subscription { subscription } => (PlanSourceView::Subscription, None, Some(subscription)),
        };
        Self {
            id: plan.id,
            name: plan.name,
            portal_tier: plan.portal_tier,
            applied_at: plan.at,
            source,
            applied_by,
            subscription,
            before: plan.before,
        }
    }
}

impl CurrentPlanView {
    /// What this person has.
    pub fn of(person: &Principal, limits: Limits) -> Self {
        Self {
            user_id: person.user_id,
            plan: person.entitlements.plan.clone().map(AppliedPlanView::from),
            portal_tier: person.portal_tier,
            storage_quota: person.storage_quota,
            limits,
            version: person.version,
        }
    }
}
