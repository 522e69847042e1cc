//! `/api/admin/promo-codes`: promotion codes, which live at Stripe.

use provost_app::{
    App,
    stripe::objects::{self, PromotionCode},
};
use provost_domain::{
    ApiError, Timestamp,
    currency::Currency,
    page::{Page, PageRequest},
    stripe_id::StripeId,
};
use provost_http::{
    Body, BodyOrQuery, Created, HandlerResult, Json, List, Paging, Query, RequestContext,
    access::StaffGrant,
};
use provost_operations::{
    OperationError,
    billing::{self, Discount, NewPromotionCode, stripe_failed},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A code that takes a percentage or an amount off the first invoice.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "PromotionCode")]
pub struct PromotionCodeView {
    /// Stripe id of the promotion code.
    id: StripeId,
    /// The code that customers enter, in upper case.
    code: String,
    /// Whether it can be used.
    active: bool,
    /// Stripe id of the coupon.
    coupon_id: Option<String>,
    /// Name of the coupon.
    coupon_name: Option<String>,
    /// Percentage off; null for an amount.
    percent_off: Option<f64>,
    /// Amount off, in the minor unit of the currency in ISO 4217; null for a percentage.
    amount_off: Option<i64>,
    /// Currency of the amount (ISO 4217).
    currency: Option<String>,
    /// How often it was used.
    times_redeemed: u64,
    /// How often it can be used; null without a limit.
    max_redemptions: Option<u64>,
    /// Time at which it expires; null if it does not.
    expires_at: Option<Timestamp>,
    /// Time of creation.
    created_at: Timestamp,
    /// Whether it is kept out of public lists.
    is_private: bool,
}

impl From<PromotionCode> for PromotionCodeView {
    fn from(code: PromotionCode) -> Self {
        let coupon = code.coupon();
        let currency = coupon
            .and_then(|coupon| coupon.currency.as_deref())
            .and_then(|currency| currency.parse::<Currency>().ok());
        let amount = coupon.and_then(|coupon| coupon.amount_off);
        let amount_off =
            amount.and_then(|amount| Some(currency?.from_stripe(amount).unwrap_or(amount)));
        Self {
            coupon_id: coupon.map(|coupon| coupon.id.clone()),
            coupon_name: coupon.and_then(|coupon| coupon.name.clone()),
            percent_off: coupon.and_then(|coupon| coupon.percent_off),
            amount_off,
            currency: currency.filter(|_| amount.is_some()).map(|currency| currency.to_string()),
            active: code.active,
            times_redeemed: code.times_redeemed,
            max_redemptions: code.max_redemptions,
            expires_at: code.expires_at.map(objects::time),
            created_at: objects::time(code.created),
            is_private: code.metadata.get("private").is_some_and(|private| private == "true"),
            id: code.id,
            code: code.code,
        }
    }
}

/// How many codes are counted at most: Stripe returns a hundred at a time.
const MAX_READ: u32 = 5_000;

/// Filter and page of a list of promotion codes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PromotionCodeQuery {
    /// `true` for codes that can be used only, `false` for others only. Default: both.
    active: Option<bool>,
    /// Page number, starting at 1. Not together with `cursor`.
    #[schemars(range(min = 1))]
    page: Option<u32>,
    /// Items per page, 1 to 200; 50 by default. A page after a cursor has at most 100.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// `nextCursor` of the previous page. Not together with `page`.
    cursor: Option<String>,
}

/// Lists promotion codes, newest first.
///
/// # Errors
/// `VALIDATION_FAILED` for an invalid page and for more codes than can be counted, `UNAVAILABLE`.
pub async fn list_promotion_codes(
    ctx: RequestContext<StaffGrant>,
    Query(query): Query<PromotionCodeQuery>,
) -> HandlerResult<Json<List<PromotionCodeView>>> {
    let paging = Paging { page: query.page, limit: query.limit, cursor: query.cursor };
    let request = ctx.page_request(&paging).await?;
    let page = page(&ctx.app, query.active, &request, ctx.now()).await?;
    Ok(Json::new(ctx.list(page.map(PromotionCodeView::from), &request).await?))
}

/// A page of the codes. Stripe does not count them: the first page does, reading a hundred at a time
/// and keeping none, and the position after it holds the total. A page after a position is read at
/// once.
async fn page(
    app: &App,
    active: Option<bool>,
    request: &PageRequest,
    now: Timestamp,
) -> Result<Page<PromotionCode>, OperationError> {
    let stripe = app.stripe();
    let next = |rows: &[PromotionCode], total: u64| Some(format!("{}|{total}", rows.last()?.id));
    if let Some((after, total)) = request.after().and_then(|position| position.split_once('|')) {
        let total: u64 = total.parse().unwrap_or(0);
        let found = stripe.promotion_codes_after(Some(after), active, request.limit.min(100), now);
        let found = found.await.map_err(stripe_failed)?;
        let next = if found.has_more { next(&found.data, total) } else { None };
        return Ok(Page { rows: found.data, total, next });
    }
    let (mut rows, mut total, mut after) = (Vec::new(), 0_u64, None);
    let (start, end) = (request.skip(), request.skip() + u64::from(request.limit));
    for _ in 0..MAX_READ / 100 {
        let found = stripe.promotion_codes_after(after.as_deref(), active, 100, now).await;
        let found = found.map_err(stripe_failed)?;
        after = found.data.last().map(|code| code.id.to_string());
        for code in found.data {
            if (start..end).contains(&total) {
                rows.push(code);
            }
            total += 1;
        }
        if !found.has_more || after.is_none() {
            let next = if end < total { next(&rows, total) } else { None };
            return Ok(Page { rows, total, next });
        }
    }
    Err(ApiError::field(
        "active",
        "too_many",
        format!("There are more than {MAX_READ} codes, which cannot be counted. List only active ones, or use Stripe's dashboard."),
    )
    .into())
}

/// Request to create a promotion code.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreatePromotionCode {
    /// The code: 2 to 50 letters, digits and hyphens. Case is ignored.
    code: String,
    /// Percentage off the first invoice, 1 to 100. Either this or `amountOff`.
    #[serde(default)]
    discount_percent: Option<u32>,
    /// Amount off the first invoice, in the minor unit of the currency in ISO 4217. Either this or
    /// `discountPercent`.
    #[serde(default)]
    amount_off: Option<u64>,
    /// Currency of the amount (ISO 4217); required with `amountOff`.
    #[serde(default)]
    currency: Option<String>,
    /// How often the code can be used, at least once. Default: no limit.
    #[serde(default)]
    max_redemptions: Option<u64>,
    /// Time at which the code expires. Default: never.
    #[serde(default)]
    expires_at: Option<Timestamp>,
    /// Whether the code is kept out of public lists. Default: false.
    #[serde(default)]
    private: bool,
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    #[serde(default)]
    reason: Option<String>,
}

impl CreatePromotionCode {
    fn discount(&self) -> Result<Discount, ApiError> {
        let refused = |field: &str, code: &'static str, sentence: &str| {
            Err(ApiError::field(field, code, sentence))
        };
        match (self.discount_percent, self.amount_off, &self.currency) {
            (Some(percent @ 1..=100), None, None) => Ok(Discount::Percent(percent)),
            (Some(_), None, None) => refused(
                "discountPercent",
                "out_of_range",
                "The percentage is out of range. Use a number from 1 to 100.",
            ),
            (None, Some(amount @ 1..), Some(currency)) => match currency.parse() {
                Ok(currency) => Ok(Discount::Amount(amount, currency)),
                Err(_) => refused(
                    "currency",
                    "invalid",
                    "This currency cannot be charged. Use a code of ISO 4217, such as EUR.",
                ),
            },
            (None, Some(_), Some(_)) => {
                refused("amountOff", "out_of_range", "The amount is out of range. Use at least 1.")
            }
            (None, Some(_), None) => refused(
                "currency",
                "required",
                "An amount needs its currency. Give a code of ISO 4217, such as EUR.",
            ),
            (None, None, _) => refused(
                "discountPercent",
                "required",
                "A discount is required. Give either `discountPercent` or `amountOff`.",
            ),
            (Some(_), ..) => refused(
                "discountPercent",
                "contradiction",
                "A percentage has no amount and no currency. Give either `discountPercent`, or `amountOff` with `currency`.",
            ),
        }
    }
}

/// Creates a promotion code.
///
/// # Errors
/// `VALIDATION_FAILED`, `ALREADY_EXISTS` for a code that is active, `UNAVAILABLE`.
pub async fn create_promotion_code(
    ctx: RequestContext<StaffGrant>,
    Body(body): Body<CreatePromotionCode>,
) -> HandlerResult<Created<PromotionCodeView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    if body.max_redemptions == Some(0) {
        return Err(ApiError::field(
            "maxRedemptions",
            "out_of_range",
            "The number is out of range. Use at least 1, or leave it out for no limit.",
        )
        .into());
    }
    let new = NewPromotionCode {
        discount: body.discount()?,
        code: body.code,
        max_redemptions: body.max_redemptions,
        expires_at: body.expires_at,
        private: body.private,
    };
    let change = billing::create_promotion_code(&ctx.op(reason), new).await?;
    // A single code has no URL of its own.
    ctx.complete(change, |code| {
        Created(PromotionCodeView::from(code), "/api/admin/promo-codes".to_owned())
    })
    .await
}

/// Request to switch a promotion code off.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SwitchOffPromotionCode {
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

/// Switches a promotion code off.
///
/// # Errors
/// `NOT_FOUND`, `UNAVAILABLE`.
pub async fn switch_off_promotion_code(
    ctx: RequestContext<StaffGrant>,
    BodyOrQuery(body): BodyOrQuery<SwitchOffPromotionCode>,
) -> HandlerResult<Json<PromotionCodeView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let id: StripeId = ctx.id("id", "promotion code")?;
    let change = billing::switch_off_promotion_code(&ctx.op(reason), &id).await?;
    ctx.complete(change, |code| Json::new(PromotionCodeView::from(code))).await
}
