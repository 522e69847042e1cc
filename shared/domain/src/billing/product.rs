//! Products: the plans and add-ons of the catalogue.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{ProductId, Timestamp, stored_enum::stored_enum, tier::PortalTier};

/// The limit that is the account's storage, in bytes.
pub const STORAGE: &str = "storageBytes";

stored_enum! {
    /// Type of product.
    pub enum ProductType {
        /// A plan with a tier and limits. An account has at most one.
        Plan = "plan",
        /// An addition to a plan.
        Addon = "addon",
    }
}

stored_enum! {
    /// Billing interval of a product.
    pub enum BillingInterval {
        /// Monthly.
        Month = "month",
        /// Yearly.
        Year = "year",
    }
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
    /// Description for customers.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub description: Option<String>,
    /// Features, each in a few words.
    pub features: Vec<String>,
    /// Values of features, by feature; a feature without a value is simply included.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub feature_values: BTreeMap<String, String>,
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
    /// Earlier prices at Stripe, which subscribers keep.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub former_price_ids: Vec<String>,
    /// What the price at Stripe charges; absent for a price that was not made by synchronising.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stripe_price: Option<PriceTerms>,
    /// Version that Stripe has.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub synced_version: Option<u64>,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Version number; increases with every change.
    pub version: u64,
}

/// What a price charges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PriceTerms {
    /// Amount, in the smallest unit of the currency.
    pub amount: u64,
    /// Currency (ISO 4217, three upper-case letters).
    pub currency: String,
    /// Billing interval.
    pub interval: BillingInterval,
}

impl Product {
    /// Whether this is a plan that can be applied.
    pub fn is_applicable_plan(&self) -> bool {
        self.can_be_subscribed() && self.active && self.deleted_at.is_none()
    }

    /// Whether this is a plan that a subscription can give, including plans that are no longer
    /// available or were removed from the catalogue, but are still paid for.
    pub fn can_be_subscribed(&self) -> bool {
        self.r#type == ProductType::Plan
    }

    /// Whether a price at Stripe is or was this product's.
    pub fn has_price(&self, price: &str) -> bool {
        self.stripe_price_id.as_deref() == Some(price)
            || self.former_price_ids.iter().any(|former| former == price)
    }

    /// What the catalogue charges; none for a free product.
    pub fn price_terms(&self) -> Option<PriceTerms> {
        let interval = self.billing_interval.filter(|_| self.price > 0)?;
        Some(PriceTerms { amount: self.price, currency: self.currency.clone(), interval })
    }

    /// The price at Stripe at which the product is sold; none when Stripe has none yet, or has one
    /// that charges something else than the catalogue says.
    pub fn sold_at(&self) -> Option<&str> {
        let id = self.stripe_price_id.as_deref()?;
        let current = self.stripe_price.is_none() || self.stripe_price == self.price_terms();
        current.then_some(id)
    }

    /// Whether Stripe has this version.
    pub fn is_synced(&self) -> bool {
        self.synced_version == Some(self.version)
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
        description: None,
        features: features.iter().map(|feature| (*feature).to_owned()).collect(),
        feature_values: BTreeMap::new(),
        portal_tier: Some(portal_tier),
        limits: limits.iter().map(|(name, limit)| ((*name).to_owned(), *limit)).collect(),
        active: true,
        deleted_at: None,
        stripe_product_id: None,
        stripe_price_id: None,
        former_price_ids: Vec::new(),
        stripe_price: None,
        synced_version: None,
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
