//! Plans as staff see them, and the plan of an account.

use std::collections::BTreeMap;

use provost_domain::{
    ProductId, Pseudonym, Timestamp, User, UserId,
    entitlement::{AppliedPlan, Benefits, Limits, PlanSource},
    product::{BillingInterval, Product, ProductType},
    stripe_id::StripeId,
    user::PortalTier,
};
use provost_http::Json;
use provost_operations::billing::Entitled;
use schemars::JsonSchema;
use serde::Serialize;

/// A plan of the catalogue.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanView {
    /// Product id of the plan.
    id: ProductId,
    /// Type of product. Always `plan`.
    r#type: ProductType,
    /// Name of the plan.
    name: String,
    /// Short name for URLs and scripts, unique.
    slug: String,
    /// Price per billing interval, in the smallest unit of the currency.
    price: u64,
    /// Currency (ISO 4217).
    currency: String,
    /// Billing interval; null for a free plan.
    billing_interval: Option<BillingInterval>,
    /// Features of the plan, each in a few words.
    features: Vec<String>,
    /// Portal tier of the plan.
    portal_tier: Option<PortalTier>,
    /// Limits of the plan, by name; `storageBytes` is the storage quota. A limit that is not listed
    /// is unlimited.
    limits: BTreeMap<String, u64>,
    /// Whether the plan is available.
    active: bool,
    /// Time of creation.
    created_at: Timestamp,
    /// Version number; increases with every change.
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

/// The plan of an account, with the current tier and limits.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CurrentPlanView {
    /// The user whose plan it is.
    user_id: UserId,
    /// Plan of the account; null when it has none.
    plan: Option<AppliedPlanView>,
    /// Current portal tier.
    portal_tier: PortalTier,
    /// Current storage quota in bytes, including granted storage.
    storage_quota: u64,
    /// Current limits, by name.
    limits: Limits,
    /// Version number of the account; increases with every change. Also sent as the `ETag`.
    version: u64,
}

/// Source of a plan.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PlanSourceView {
    /// Applied by staff, without a checkout.
    Staff,
    /// A paid subscription.
    Subscription,
    /// A source that only a later version knows.
    #[schemars(skip)]
    Unknown,
}

/// A plan that was applied to an account.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AppliedPlanView {
    /// Product id of the plan.
    id: ProductId,
    /// Name of the plan when it was applied.
    name: String,
    /// Portal tier of the plan.
    portal_tier: PortalTier,
    /// Time at which the plan was applied.
    applied_at: Timestamp,
    /// Source of the plan.
    source: PlanSourceView,
    /// Pseudonym of the staff member who applied the plan; null for a subscription.
    applied_by: Option<Pseudonym>,
    /// Stripe id of the subscription; null if staff applied the plan.
    subscription: Option<StripeId>,
    /// Tier, storage without grants, and limits to which the account returns when the plan is
    /// cancelled.
    before: Benefits,
}

impl From<AppliedPlan> for AppliedPlanView {
    fn from(plan: AppliedPlan) -> Self {
        let (source, applied_by, subscription) = match plan.source {
            PlanSource::Staff { by } => (PlanSourceView::Staff, Some(by), None),
            PlanSource::Subscription { subscription } => {
                (PlanSourceView::Subscription, None, Some(subscription))
            }
            PlanSource::Unknown(_) => (PlanSourceView::Unknown, None, None),
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
    /// The current plan of a user.
    pub fn of(person: &User, limits: Limits) -> Self {
        Self {
            user_id: person.user_id,
            plan: person.entitlements.plan.clone().map(AppliedPlanView::from),
            portal_tier: person.portal_tier,
            storage_quota: person.storage_quota,
            limits,
            version: person.version,
        }
    }

    /// The current plan of an account as a response, with its version.
    pub fn after(entitled: Entitled) -> Json<Self> {
        let Entitled { account, limits } = entitled;
        let version = account.version;
        Json::new(Self::of(&account, limits)).version(version)
    }
}
