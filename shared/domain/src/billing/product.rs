//! Products: the plans and add-ons of the catalogue.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ProductId, Timestamp, principal::PortalTier};

/// The limit that is the account's storage, in bytes.
pub const STORAGE: &str = "storageBytes";

/// Type of product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProductType {
    /// A plan with a tier and limits. An account has at most one.
    Plan,
    /// An addition to a plan.
    Addon,
}

/// Billing interval of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BillingInterval {
    /// Monthly.
    Month,
    /// Yearly.
    Year,
}

/// A product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// Product id.
    pub id: ProductId,
    /// Plan or add-on.
    pub r#type: ProductType,
    /// Display name.
    pub name: String,
    /// Short name for URLs and scripts, unique.
    pub slug: String,
    /// Price, in the smallest unit of the currency.
    pub price: u64,
    /// Currency (ISO 4217, three upper-case letters).
    pub currency: String,
    /// Billing interval; absent for free products.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub billing_interval: Option<BillingInterval>,
    /// Features, each in a few words.
    pub features: Vec<String>,
    /// Portal tier of a plan.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub portal_tier: Option<PortalTier>,
    /// Limits of a plan, by name; [`STORAGE`] is the account's storage. Anything not named is
    /// unlimited.
    #[serde(default)]
    pub limits: BTreeMap<String, u64>,
    /// Whether the product is available.
    pub active: bool,
    /// Time at which the product was removed from the catalogue.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub deleted_at: Option<Timestamp>,
    /// Stripe id of the product.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stripe_product_id: Option<String>,
    /// Stripe id of the price.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stripe_price_id: Option<String>,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Version number; increases with every change.
    pub version: u64,
}

impl Product {
    /// Whether this is a plan that can be applied.
    pub fn is_applicable_plan(&self) -> bool {
        self.can_be_subscribed() && self.active
    }

    /// Whether this is a plan that a subscription can give, including plans that are no longer
    /// available but still paid for.
    pub fn can_be_subscribed(&self) -> bool {
        self.r#type == ProductType::Plan && self.deleted_at.is_none()
    }
}

const GIB: u64 = 1 << 30;

/// The plans of a new local platform, one for each tier. Their ids are the same everywhere, so
/// adding them is idempotent.
pub fn standard_plans(now: Timestamp) -> Vec<Product> {
    let plan = |number: u64,
                name: &str,
                portal_tier,
                price: u64,
                features: &[&str],
                limits: &[(&str, u64)]| Product {
        id: ProductId::new(ulid::Ulid::from_parts(0, u128::from(number))),
        r#type: ProductType::Plan,
        name: name.to_owned(),
        slug: name.to_lowercase().replace(' ', "-"),
        price,
        currency: "EUR".to_owned(),
        billing_interval: (price > 0).then_some(BillingInterval::Month),
        features: features.iter().map(|feature| (*feature).to_owned()).collect(),
        portal_tier: Some(portal_tier),
        limits: limits.iter().map(|(name, limit)| ((*name).to_owned(), *limit)).collect(),
        active: true,
        deleted_at: None,
        stripe_product_id: None,
        stripe_price_id: None,
        created_at: now,
        version: 1,
    };
    vec![
        plan(
            1,
            "Free Portal",
            PortalTier::Free,
            0,
            &["Two servers"],
            &[
                ("servers", 2),
                ("memoryMb", 1024),
                ("diskMb", 10_240),
                ("databases", 1),
                ("backups", 1),
                (STORAGE, 10 * GIB),
            ],
        ),
        plan(
            2,
            "Pro Portal",
            PortalTier::Paid,
            900,
            &["Ten servers", "Daily backups"],
            &[
                ("servers", 10),
                ("memoryMb", 16_384),
                ("diskMb", 163_840),
                ("databases", 10),
                ("backups", 10),
                (STORAGE, 250 * GIB),
            ],
        ),
        plan(
            3,
            "Educational Portal",
            PortalTier::Educational,
            0,
            &["Three servers", "For students"],
            &[
                ("servers", 3),
                ("memoryMb", 4096),
                ("diskMb", 40_960),
                ("databases", 3),
                ("backups", 3),
                (STORAGE, 50 * GIB),
            ],
        ),
        plan(
            4,
            "Enterprise Portal",
            PortalTier::Enterprise,
            19_900,
            &["As many servers as you like", "Nodes of your own"],
            &[(STORAGE, 4096 * GIB)],
        ),
    ]
}
