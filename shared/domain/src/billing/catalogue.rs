//! Changes of the catalogue: new products, edits, removal, and what synchronising with Stripe
//! stores.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, Code, ProductId, Timestamp,
    audit::{Changes, note_change},
    currency::Currency,
    product::{BillingInterval, PriceTerms, Product, ProductType},
    stripe_id::StripeId,
    text,
    user::PortalTier,
};

/// Maximum number of features of a product, and of limits.
const MAX_ENTRIES: usize = 50;

/// A feature of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "ProductFeature")]
pub struct Feature {
    /// Name of the feature, 1 to 100 characters.
    pub name: String,
    /// Value, such as `10 GB`; absent or null for a feature that is simply included.
    #[serde(default)]
    pub value: Option<String>,
}

/// What staff may set of a product; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct ProductEdit {
    /// Display name.
    pub name: Option<String>,
    /// Short name for URLs and scripts.
    pub slug: Option<String>,
    /// Description; empty removes it.
    pub description: Option<String>,
    /// Price, in the smallest unit of the currency.
    pub price: Option<u64>,
    /// Currency.
    pub currency: Option<String>,
    /// Billing interval.
    pub billing_interval: Option<BillingInterval>,
    /// Features.
    pub features: Option<Vec<Feature>>,
    /// Portal tier of a plan.
    pub portal_tier: Option<PortalTier>,
    /// Limits of a plan.
    pub limits: Option<BTreeMap<String, u64>>,
    /// Whether the product is available.
    pub active: Option<bool>,
    /// Stripe id of a product that exists there.
    pub stripe_product_id: Option<StripeId>,
    /// Stripe id of a price that exists there.
    pub stripe_price_id: Option<StripeId>,
}

impl Product {
    /// A new product, as staff describe it.
    ///
    /// # Errors
    /// `VALIDATION_FAILED`.
    pub fn create(
        id: ProductId,
        r#type: ProductType,
        edit: ProductEdit,
        now: Timestamp,
    ) -> Result<Self, ApiError> {
        let required = |field: &str, present: bool| {
            if present {
                return Ok(());
            }
            Err(ApiError::field(field, "required", "This field is required. Give it a value."))
        };
        required("name", edit.name.is_some())?;
        required("slug", edit.slug.is_some())?;
        required("price", edit.price.is_some())?;
        required("currency", edit.currency.is_some())?;
        let blank = Self {
            id,
            r#type,
            name: String::new(),
            slug: String::new(),
            price: 0,
            currency: String::new(),
            billing_interval: None,
            description: None,
            features: Vec::new(),
            feature_values: BTreeMap::new(),
            portal_tier: None,
            limits: BTreeMap::new(),
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
        blank.edited(edit)
    }

    /// The product after an edit, with the same version.
    ///
    /// # Errors
    /// `VALIDATION_FAILED`, `INVALID_ACTION` for a removed product.
    pub fn edited(&self, edit: ProductEdit) -> Result<Self, ApiError> {
        if self.deleted_at.is_some() {
            return Err(ApiError::invalid_action(
                "This product was removed from the catalogue. Create a new one.",
                &[],
            ));
        }
        let mut after = self.clone();
        if let Some(name) = edit.name {
            after.name = text::line("name", &name, 100)?;
        }
        if let Some(slug) = edit.slug {
            after.slug = checked_slug(&slug)?;
        }
        if let Some(description) = edit.description {
            let trimmed = description.trim();
            after.description = if trimmed.is_empty() {
                None
            } else {
                Some(text::note("description", trimmed, 1000)?)
            };
        }
        if let Some(currency) = edit.currency {
            let known: Currency = currency.parse().map_err(|_| wrong_currency())?;
            after.currency = known.to_string();
        }
        after.price = edit.price.unwrap_or(after.price);
        after.billing_interval = edit.billing_interval.or(after.billing_interval);
        if let Some(features) = edit.features {
            (after.features, after.feature_values) = checked_features(features)?;
        }
        after.portal_tier = edit.portal_tier.or(after.portal_tier);
        if let Some(limits) = edit.limits {
            after.limits = checked_limits(limits)?;
        }
        after.active = edit.active.unwrap_or(after.active);
        if let Some(id) = edit.stripe_product_id {
            after.stripe_product_id = Some(id.to_string());
        }
        if let Some(id) = edit.stripe_price_id {
            after.replace_price(id.to_string(), None);
        }
        after.check()?;
        Ok(after)
    }

    /// The rules between the fields.
    fn check(&self) -> Result<(), ApiError> {
        let currency: Currency = self.currency.parse().map_err(|_| wrong_currency())?;
        currency.to_stripe("price", self.price)?;
        if self.price > 0 && self.billing_interval.is_none() {
            return Err(ApiError::field(
                "billingInterval",
                "required",
                "A product with a price needs a billing interval. Use `month` or `year`.",
            ));
        }
        match (self.r#type, self.portal_tier) {
            (ProductType::Plan, None) => Err(ApiError::field(
                "portalTier",
                "required",
                "A plan needs a portal tier. Use `free`, `paid`, `educational` or `enterprise`.",
            )),
            (ProductType::Addon, Some(_)) => Err(ApiError::field(
                "portalTier",
                "contradiction",
                "An add-on has no portal tier. Leave it out.",
            )),
            (ProductType::Addon, None) if !self.limits.is_empty() => Err(ApiError::field(
                "limits",
                "contradiction",
                "An add-on has no limits. Leave them out.",
            )),
            _ => Ok(()),
        }
    }

    /// Sells the product at another price of Stripe; subscribers keep the earlier one.
    fn replace_price(&mut self, id: String, terms: Option<PriceTerms>) {
        if self.stripe_price_id.as_ref() != Some(&id) {
            let earlier = self.stripe_price_id.replace(id.clone());
            self.former_price_ids.retain(|former| *former != id);
            self.former_price_ids.extend(earlier);
        }
        self.stripe_price = terms;
    }

    /// The product with what Stripe has of it; `None` if all of that is known.
    pub fn synced(&self, product: &str, price: Option<&str>) -> Option<Self> {
        let mut after = self.clone();
        after.stripe_product_id = Some(product.to_owned());
        if let Some(price) = price {
            after.replace_price(price.to_owned(), self.price_terms());
        }
        after.synced_version = Some(self.version);
        if after == *self {
            return None;
        }
        after.version += 1;
        after.synced_version = Some(after.version);
        Some(after)
    }

    /// The product after its removal from the catalogue. Subscribers keep it. `None` if it is
    /// removed.
    pub fn removed(&self, now: Timestamp) -> Option<Self> {
        if self.deleted_at.is_some() {
            return None;
        }
        let version = self.version + 1;
        Some(Self { active: false, deleted_at: Some(now), version, ..self.clone() })
    }
}

/// Records what a change of the catalogue changed.
pub fn note_product(changes: &mut Changes, before: Option<&Product>, after: &Product) {
    let value = |product: Option<&Product>| {
        let mut fields = product
            .and_then(|product| serde_json::to_value(product).ok())
            .and_then(|value| value.as_object().cloned())
            .unwrap_or_default();
        for internal in ["id", "version", "syncedVersion", "createdAt"] {
            fields.remove(internal);
        }
        fields
    };
    let (before, after) = (value(before), value(Some(after)));
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        note_change(changes, name, &before.get(name), &after.get(name));
    }
}

fn wrong_currency() -> ApiError {
    ApiError::field(
        "currency",
        "invalid",
        "This currency cannot be charged. Use a code of ISO 4217 that Stripe accepts, such as EUR.",
    )
}

fn checked_slug(slug: &str) -> Result<String, ApiError> {
    let slug = slug.trim().to_ascii_lowercase();
    let fits = (2..=64).contains(&slug.len())
        && slug
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !slug.starts_with('-')
        && !slug.ends_with('-');
    if fits {
        return Ok(slug);
    }
    Err(ApiError::field(
        "slug",
        "invalid",
        "The slug is not valid. Use 2 to 64 letters without accents, digits and hyphens, with no hyphen at either end.",
    ))
}

fn checked_features(
    features: Vec<Feature>,
) -> Result<(Vec<String>, BTreeMap<String, String>), ApiError> {
    if features.len() > MAX_ENTRIES {
        return Err(ApiError::field(
            "features",
            "too_many",
            "There are too many features. Give at most 50.",
        ));
    }
    let (mut names, mut values) = (Vec::new(), BTreeMap::new());
    for (place, feature) in features.into_iter().enumerate() {
        let name = text::line(&format!("features[{place}].name"), &feature.name, 100)?;
        if names.contains(&name) {
            return Err(ApiError::field(
                format!("features[{place}].name"),
                "duplicate",
                "A feature is listed twice. List each once.",
            ));
        }
        if let Some(value) = feature.value {
            let value = text::line(&format!("features[{place}].value"), &value, 100)?;
            values.insert(name.clone(), value);
        }
        names.push(name);
    }
    Ok((names, values))
}

fn checked_limits(limits: BTreeMap<String, u64>) -> Result<BTreeMap<String, u64>, ApiError> {
    let named = |name: &String| {
        (1..=40).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    // A double holds whole numbers up to here, and so do clients in JavaScript.
    let fits = |limit: &u64| *limit < 1 << 53;
    if limits.len() <= MAX_ENTRIES && limits.keys().all(named) && limits.values().all(fits) {
        return Ok(limits);
    }
    Err(ApiError::field(
        "limits",
        "invalid",
        "The limits are not valid. Give at most 50, each with a name of at most 40 letters and digits and a whole number up to 9007199254740991.",
    ))
}

/// The error for a slug that another product has.
pub fn slug_taken() -> ApiError {
    ApiError::new(
        Code::AlreadyExists,
        "A product with this slug already exists. Change that product, or use another slug.",
    )
    .with("field", "slug")
}

/// A promotion code as it is stored and compared: Stripe ignores case, and people add spaces.
///
/// # Errors
/// `VALIDATION_FAILED` for other characters or a wrong length.
pub fn promotion_code(code: &str) -> Result<String, ApiError> {
    let code = code.trim().to_ascii_uppercase();
    let fits = (2..=50).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if fits {
        return Ok(code);
    }
    Err(ApiError::field(
        "code",
        "invalid",
        "The code is not valid. Use 2 to 50 letters, digits and hyphens.",
    ))
}
