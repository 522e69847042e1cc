//! `GET /api/billing/products`: what a user can buy.

use std::collections::BTreeMap;

use provost_domain::{
    ProductId,
    catalogue::Feature,
    page::Page,
    product::{BillingInterval, Product, ProductType},
    user::PortalTier,
};
use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, SignedInGrant};
use schemars::JsonSchema;
use serde::Serialize;

use crate::products::{features, price_text};

/// A product that a user can buy.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OfferedProductView {
    /// Product id, for `POST /api/billing/checkout`.
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
    /// How often the price is paid.
    billing_interval: Option<BillingInterval>,
    /// What the product includes, in the order in which it is shown.
    features: Vec<Feature>,
    /// Portal tier of a plan; null for an add-on.
    portal_tier: Option<PortalTier>,
    /// Limits of a plan, by name; `storageBytes` is the storage quota. A limit that is not listed is
    /// unlimited.
    limits: BTreeMap<String, u64>,
}

impl From<Product> for OfferedProductView {
    fn from(product: Product) -> Self {
        Self {
            price_text: price_text(&product),
            features: features(product.features, product.feature_values),
            id: product.id,
            r#type: product.r#type,
            name: product.name,
            slug: product.slug,
            description: product.description,
            price: product.price,
            currency: product.currency,
            billing_interval: product.billing_interval,
            portal_tier: product.portal_tier,
            limits: product.limits,
        }
    }
}

/// Lists the products that are sold: available, and with a price at Stripe.
///
/// # Errors
/// `VALIDATION_FAILED` for an invalid page.
pub async fn list_offered_products(
    ctx: RequestContext<SignedInGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<List<OfferedProductView>>> {
    let request = ctx.page_request(&paging).await?;
    let mut products = ctx.app.store().products().await?;
    products.retain(|product| product.active && product.sold_at().is_some());
    let page = Page::of(products, &request).map(OfferedProductView::from);
    Ok(Json::new(ctx.list(page, &request).await?))
}
