//! `/api/admin/products`: the catalogue of plans and add-ons.

use std::collections::BTreeMap;

use provost_domain::{
    ApiError, ProductId, Timestamp,
    catalogue::{Feature, ProductEdit},
    currency::Currency,
    page::Page,
    product::{BillingInterval, Product, ProductType},
    stripe_id::StripeId,
    user::PortalTier,
};
use provost_http::{
    Body, BodyOrQuery, Created, HandlerResult, Json, List, Paging, Query, RequestContext,
    Versioned, access::StaffGrant,
};
use provost_operations::{Change, billing};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A product of the catalogue.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Product")]
pub struct ProductView {
    /// Product id.
    id: ProductId,
    /// Type of product.
    r#type: ProductType,
    /// Name of the product.
    name: String,
    /// Short name for URLs and scripts, unique.
    slug: String,
    /// Description for customers.
    description: Option<String>,
    /// Price per billing interval, in the minor unit of the currency in ISO 4217.
    price: u64,
    /// Currency (ISO 4217).
    currency: String,
    /// The price for people, such as `€9.00`.
    price_text: String,
    /// Billing interval; null for a free product.
    billing_interval: Option<BillingInterval>,
    /// What the product includes, in the order in which it is shown.
    features: Vec<Feature>,
    /// Portal tier of a plan; null for an add-on.
    portal_tier: Option<PortalTier>,
    /// Limits of a plan, by name; `storageBytes` is the storage quota. A limit that is not listed is
    /// unlimited.
    limits: BTreeMap<String, u64>,
    /// Whether the product is available.
    active: bool,
    /// Stripe id of the product; null before it is synchronised.
    stripe_product_id: Option<String>,
    /// Stripe id of the price that is sold; null before it is synchronised.
    stripe_price_id: Option<String>,
    /// Whether Stripe has this version of the product.
    synced: bool,
    /// Time of removal from the catalogue; null for a product that is in it.
    deleted_at: Option<Timestamp>,
    /// Time of creation.
    created_at: Timestamp,
    /// Version number; increases with every change. Also sent as the `ETag`.
    version: u64,
}

/// The price for people, such as `€9.00`.
pub fn price_text(product: &Product) -> String {
    product.currency.parse::<Currency>().map_or_else(
        |_| format!("{} {}", product.price, product.currency),
        |currency| currency.text(product.price),
    )
}

/// The features with their values.
pub fn features(names: Vec<String>, mut values: BTreeMap<String, String>) -> Vec<Feature> {
    names.into_iter().map(|name| Feature { value: values.remove(&name), name }).collect()
}

impl From<Product> for ProductView {
    fn from(product: Product) -> Self {
        let synced = product.is_synced();
        let price_text = price_text(&product);
        let features = features(product.features, product.feature_values);
        Self {
            id: product.id,
            r#type: product.r#type,
            name: product.name,
            slug: product.slug,
            description: product.description,
            price: product.price,
            currency: product.currency,
            price_text,
            billing_interval: product.billing_interval,
            features,
            portal_tier: product.portal_tier,
            limits: product.limits,
            active: product.active,
            stripe_product_id: product.stripe_product_id,
            stripe_price_id: product.stripe_price_id,
            synced,
            deleted_at: product.deleted_at,
            created_at: product.created_at,
            version: product.version,
        }
    }
}

impl ProductView {
    fn versioned(product: Product) -> Json<Self> {
        let version = product.version;
        Json::new(Self::from(product)).version(version)
    }
}

/// Filter and page of a list of products.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ProductQuery {
    /// Type of product. Default: both.
    r#type: Option<ProductType>,
    /// `true` for available products only, `false` for unavailable products only. Default: both.
    active: Option<bool>,
    /// Page number, starting at 1. Not together with `cursor`.
    #[schemars(range(min = 1))]
    page: Option<u32>,
    /// Items per page, 1 to 200; 50 by default.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// `nextCursor` of the previous page. Not together with `page`.
    cursor: Option<String>,
}

/// Lists products.
///
/// # Errors
/// `VALIDATION_FAILED` for an invalid page.
pub async fn list_products(
    ctx: RequestContext<StaffGrant>,
    Query(query): Query<ProductQuery>,
) -> HandlerResult<Json<List<ProductView>>> {
    let paging = Paging { page: query.page, limit: query.limit, cursor: query.cursor };
    let request = ctx.page_request(&paging).await?;
    let mut products = ctx.app.store().products().await?;
    products.retain(|product| {
        query.r#type.is_none_or(|r#type| product.r#type == r#type)
            && query.active.is_none_or(|active| product.active == active)
    });
    Ok(Json::new(ctx.list(Page::of(products, &request).map(ProductView::from), &request).await?))
}

/// Request to create a product.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateProduct {
    /// Type of product.
    r#type: ProductType,
    /// Name, 1 to 100 characters.
    name: String,
    /// Short name for URLs and scripts: 2 to 64 letters, digits and hyphens; must be unique.
    slug: String,
    /// Description for customers, at most 1000 characters.
    #[serde(default)]
    description: Option<String>,
    /// Price per billing interval, in the minor unit of the currency in ISO 4217; 0 for a free
    /// product.
    price: u64,
    /// Currency (ISO 4217).
    currency: String,
    /// Billing interval; required for a price above 0.
    #[serde(default)]
    billing_interval: Option<BillingInterval>,
    /// Features, at most 50.
    #[serde(default)]
    features: Option<Vec<Feature>>,
    /// Portal tier; required for a plan, not allowed for an add-on.
    #[serde(default)]
    portal_tier: Option<PortalTier>,
    /// Limits of a plan, by name, at most 50; `storageBytes` is the storage quota.
    #[serde(default)]
    limits: Option<BTreeMap<String, u64>>,
    /// Whether the product is available. Default: true.
    #[serde(default)]
    active: Option<bool>,
    /// Stripe id of a product that exists at Stripe. Default: synchronising creates one.
    #[serde(default)]
    stripe_product_id: Option<StripeId>,
    /// Stripe id of a price that exists at Stripe. Default: synchronising creates one.
    #[serde(default)]
    stripe_price_monthly_id: Option<StripeId>,
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    #[serde(default)]
    reason: Option<String>,
}

/// Creates a product.
///
/// # Errors
/// `VALIDATION_FAILED`, `ALREADY_EXISTS` for a slug that another product has.
pub async fn create_product(
    ctx: RequestContext<StaffGrant>,
    Body(body): Body<CreateProduct>,
) -> HandlerResult<Versioned<Created<ProductView>>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let edit = ProductEdit {
        name: Some(body.name),
        slug: Some(body.slug),
        description: body.description,
        price: Some(body.price),
        currency: Some(body.currency),
        billing_interval: body.billing_interval,
        features: body.features,
        portal_tier: body.portal_tier,
        limits: body.limits,
        active: body.active,
        stripe_product_id: body.stripe_product_id,
        stripe_price_id: body.stripe_price_monthly_id,
    };
    let change = billing::create_product(&ctx.op(reason), body.r#type, edit).await?;
    // A single product has no URL of its own.
    ctx.complete(change, |product| {
        let version = product.version;
        Versioned(Created(ProductView::from(product), "/api/admin/products".to_owned()), version)
    })
    .await
}

/// Request to change a product. Fields that are left out stay as they are.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UpdateProduct {
    /// Name, 1 to 100 characters.
    name: Option<String>,
    /// Short name for URLs and scripts: 2 to 64 letters, digits and hyphens; must be unique.
    slug: Option<String>,
    /// Description for customers, at most 1000 characters; empty removes it.
    description: Option<String>,
    /// Price per billing interval, in the minor unit of the currency in ISO 4217. Subscribers keep
    /// the price at which they subscribed; the new one is sold after the product is synchronised.
    price: Option<u64>,
    /// Currency (ISO 4217).
    currency: Option<String>,
    /// How often the price is paid.
    billing_interval: Option<BillingInterval>,
    /// Features, at most 50; they replace the current ones.
    features: Option<Vec<Feature>>,
    /// Portal tier of a plan.
    portal_tier: Option<PortalTier>,
    /// Limits of a plan, by name, at most 50; they replace the current ones.
    limits: Option<BTreeMap<String, u64>>,
    /// Whether the product is available.
    active: Option<bool>,
    /// Stripe id of a product that exists at Stripe.
    stripe_product_id: Option<StripeId>,
    /// Stripe id of a price that exists at Stripe.
    stripe_price_monthly_id: Option<StripeId>,
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

/// Changes a product.
///
/// # Errors
/// `NOT_FOUND`, `VALIDATION_FAILED`, `INVALID_ACTION` for a removed product, `ALREADY_EXISTS`,
/// `STALE_VERSION`.
pub async fn update_product(
    ctx: RequestContext<StaffGrant>,
    Body(body): Body<UpdateProduct>,
) -> HandlerResult<Json<ProductView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let before = product(&ctx).await?;
    ctx.check_version(before.version)?;
    let edit = ProductEdit {
        name: body.name,
        slug: body.slug,
        description: body.description,
        price: body.price,
        currency: body.currency,
        billing_interval: body.billing_interval,
        features: body.features,
        portal_tier: body.portal_tier,
        limits: body.limits,
        active: body.active,
        stripe_product_id: body.stripe_product_id,
        stripe_price_id: body.stripe_price_monthly_id,
    };
    match billing::update_product(&ctx.op(reason), &before, edit).await? {
        Some(change) => ctx.complete(change, ProductView::versioned).await,
        None => Ok(ProductView::versioned(before)),
    }
}

/// Request to remove or synchronise a product.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ProductReason {
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

/// Removes a product from the catalogue.
///
/// # Errors
/// `NOT_FOUND`, `STALE_VERSION`.
pub async fn remove_product(
    ctx: RequestContext<StaffGrant>,
    BodyOrQuery(body): BodyOrQuery<ProductReason>,
) -> HandlerResult<Json<ProductView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let before = product(&ctx).await?;
    ctx.check_version(before.version)?;
    match billing::remove_product(&ctx.op(reason), &before)? {
        Some(change) => ctx.complete(change, ProductView::versioned).await,
        None => Ok(ProductView::versioned(before)),
    }
}

/// A product that Stripe has.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ProductSync")]
pub struct SyncView {
    /// The state that Stripe has now.
    product: ProductView,
    /// Whether Stripe had another state before.
    synced: bool,
}

/// Brings a product to Stripe.
///
/// # Errors
/// `NOT_FOUND`, `INVALID_ACTION` for a currency that cannot be charged, `UNAVAILABLE`.
pub async fn sync_product(
    ctx: RequestContext<StaffGrant>,
    BodyOrQuery(body): BodyOrQuery<ProductReason>,
) -> HandlerResult<Json<SyncView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let before = product(&ctx).await?;
    let synced = billing::sync_product(&ctx.op(reason), &before).await?;
    // All is stored by now, except for the answer to a repeated request.
    ctx.complete(Change::new(ctx.transaction(), synced), |synced| {
        let version = synced.product.version;
        let view = SyncView { synced: synced.changed, product: ProductView::from(synced.product) };
        Json::new(view).version(version)
    })
    .await
}

async fn product(ctx: &RequestContext<StaffGrant>) -> HandlerResult<Product> {
    let id: ProductId = ctx.id("id", "product")?;
    Ok(ctx.app.store().product(id).await?.ok_or_else(|| ApiError::missing("product"))?)
}
