//! `POST /api/billing/checkout` and `POST /api/billing/portal`: Stripe's pages for customers.

use provost_domain::{
    ApiError, ProductId, Timestamp, catalogue::promotion_code, lockout::BILLING_PAGES,
    stripe_id::StripeId,
};
use provost_http::{Body, Created, HandlerResult, LimitKey, RequestContext, SignedInGrant};
use provost_operations::billing;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Request to buy a product.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartCheckout {
    /// Product id of the plan or add-on.
    product_id: String,
    /// Promotion code. Default: the page has a field for one.
    #[serde(default)]
    promotion_code: Option<String>,
}

/// A checkout that was started.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Checkout")]
pub struct CheckoutView {
    /// Stripe id of the checkout session.
    id: StripeId,
    /// URL of Stripe's page. Open it in the browser of the person who pays.
    url: String,
    /// Time at which the page expires; null if Stripe gives none.
    expires_at: Option<Timestamp>,
}

/// Starts a checkout.
///
/// # Errors
/// `NOT_FOUND` for an unknown product or promotion code, `INVALID_ACTION` for a product that is not
/// sold or an account with a live subscription, `RATE_LIMITED`, `UNAVAILABLE`.
pub async fn start_checkout(
    ctx: RequestContext<SignedInGrant>,
    Body(body): Body<StartCheckout>,
) -> HandlerResult<Created<CheckoutView>> {
    ctx.count_once(BILLING_PAGES, LimitKey::Account(ctx.caller.user.user_id)).await?;
    let id: ProductId = body.product_id.parse().map_err(|_| ApiError::missing("product"))?;
    let code = body.promotion_code.as_deref().map(promotion_code).transpose()?;
    let product = ctx.app.store().product(id).await?.ok_or_else(|| ApiError::missing("product"))?;
    let op = ctx.op(None);
    let change = billing::start_checkout(&op, &ctx.caller.user, &product, code.as_deref()).await?;
    ctx.complete(change, |started| {
        let url = started.url.clone();
        let view =
            CheckoutView { id: started.id, url: started.url, expires_at: started.expires_at };
        Created(view, url)
    })
    .await
}

/// A page on which a customer changes or cancels a subscription.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "BillingPortal")]
pub struct PortalView {
    /// URL of Stripe's page. Open it in the browser of the customer.
    url: String,
}

/// Request to open the page. It has no fields.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OpenPortal {}

/// Opens the customer portal.
///
/// # Errors
/// `INVALID_ACTION` for an account that bought nothing, `RATE_LIMITED`, `UNAVAILABLE`.
pub async fn open_billing_portal(
    ctx: RequestContext<SignedInGrant>,
    Body(_): Body<OpenPortal>,
) -> HandlerResult<Created<PortalView>> {
    ctx.count_once(BILLING_PAGES, LimitKey::Account(ctx.caller.user.user_id)).await?;
    let change = billing::open_portal(&ctx.op(None), &ctx.caller.user).await?;
    ctx.complete(change, |url| Created(PortalView { url: url.clone() }, url)).await
}
