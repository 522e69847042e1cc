//! `GET /api/admin/revenue`: what was paid, refunded and disputed, and how subscriptions developed.

use std::collections::BTreeMap;

use provost_domain::{
    ProductId,
    product::Product,
    revenue::{Figures, Measure, Part, Period, day, time_zone, today},
    time::DAY,
};
use provost_http::{HandlerResult, Json, Query, RequestContext, access::StaffGrant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Maximum number of plans in a list of top plans.
const TOP: usize = 10;

/// How a report is divided.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RevenuePeriod {
    /// By day.
    Day,
    /// By month.
    Month,
    /// By year.
    Year,
}

impl From<RevenuePeriod> for Period {
    fn from(period: RevenuePeriod) -> Self {
        match period {
            RevenuePeriod::Day => Self::Day,
            RevenuePeriod::Month => Self::Month,
            RevenuePeriod::Year => Self::Year,
        }
    }
}

/// Period and range of a report.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RevenueQuery {
    /// How the report is divided. Default: `month`.
    period: Option<RevenuePeriod>,
    /// First day, such as `2026-11-01`. Default: the first day of the period of the last day.
    start_date: Option<String>,
    /// Last day, included, such as `2026-11-30`. Default: today.
    end_date: Option<String>,
    /// Time zone of the days, a name of the IANA database. Default: `UTC`.
    tz: Option<String>,
}

/// A report of revenue. Money of different currencies is never added.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Revenue")]
pub struct RevenueView {
    /// How the report is divided.
    period: RevenuePeriod,
    /// First day.
    start_date: String,
    /// Last day, included.
    end_date: String,
    /// Time zone of the days.
    tz: String,
    /// Money by currency; a currency without a figure is left out.
    currencies: Vec<CurrencyRevenueView>,
    /// Number of subscriptions at the end of the last day, or now.
    active_subscriptions: i64,
    /// Number of subscriptions that began. Another plan or interval is not a new subscription.
    new_subscriptions: i64,
    /// Number of subscriptions that ended.
    churned_subscriptions: i64,
    /// Plans by number of subscriptions at the end of the last day, largest first, at most 10.
    top_plans: Vec<TopPlanView>,
    /// The parts of the report, in order.
    parts: Vec<RevenuePartView>,
}

/// Money of one currency, in its minor unit in ISO 4217.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "CurrencyRevenue")]
pub struct CurrencyRevenueView {
    /// The money.
    #[serde(flatten)]
    money: MoneyView,
    /// Monthly recurring revenue at the end of the last day, or now.
    monthly_recurring_revenue: i64,
    /// Plans by payments, largest first, at most 10.
    top_plans: Vec<PlanRevenueView>,
}

/// What was paid and taken in one currency, in its minor unit in ISO 4217.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "RevenueMoney")]
pub struct MoneyView {
    /// Currency (ISO 4217).
    currency: String,
    /// Payments.
    total_revenue: i64,
    /// Number of payments.
    payments: i64,
    /// Money that was refunded, including refunds that failed later.
    refunds: i64,
    /// Refunds that were recorded and failed later.
    failed_refunds: i64,
    /// Money that disputes took.
    disputes: i64,
    /// Money that came back from won disputes.
    won_disputes: i64,
    /// Payments less refunds and disputes, plus failed refunds and won disputes.
    net: i64,
}

/// A plan with its number of subscriptions.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TopPlan")]
pub struct TopPlanView {
    /// The plan, by its id in the catalogue.
    product_id: ProductId,
    /// Name; null for a product that is unknown.
    name: Option<String>,
    /// Number of subscriptions.
    count: i64,
}

/// A plan with its payments in one currency.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "PlanRevenue")]
pub struct PlanRevenueView {
    /// The plan, by its id in the catalogue.
    product_id: ProductId,
    /// Name; null for a product that is unknown.
    name: Option<String>,
    /// Payments, in the minor unit of the currency.
    revenue: i64,
}

/// A part of a report.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "RevenuePart")]
pub struct RevenuePartView {
    /// First day.
    start_date: String,
    /// Last day, included.
    end_date: String,
    /// Money by currency; a currency without a figure is left out.
    currencies: Vec<MoneyView>,
    /// Number of subscriptions that began.
    new_subscriptions: i64,
    /// Number of subscriptions that ended.
    churned_subscriptions: i64,
}

fn money(figures: &Figures, currency: &str) -> MoneyView {
    let sum = |measure| figures.sum(Some(currency), measure);
    let (paid, refunds) = (sum(Measure::Paid), sum(Measure::Refunded));
    let (failed, disputes) = (sum(Measure::RefundFailed), sum(Measure::Disputed));
    let won = sum(Measure::DisputeWon);
    MoneyView {
        currency: currency.to_owned(),
        total_revenue: paid,
        payments: sum(Measure::Payments),
        refunds,
        failed_refunds: failed,
        disputes,
        won_disputes: won,
        net: paid - refunds + failed - disputes + won,
    }
}

/// The currencies in which money moved.
fn moved(figures: &Figures) -> Vec<String> {
    let is_money = |measure| {
        !matches!(measure, Measure::Monthly | Measure::Active | Measure::New | Measure::Churned)
    };
    let money = figures.0.iter().filter(|(figure, _)| is_money(figure.measure));
    Figures(money.map(|(figure, value)| (figure.clone(), *value)).collect()).currencies()
}

/// Reports revenue.
///
/// # Errors
/// `VALIDATION_FAILED` for days in the wrong order, an unknown time zone or too many parts.
pub async fn get_revenue(
    ctx: RequestContext<StaffGrant>,
    Query(query): Query<RevenueQuery>,
) -> HandlerResult<Json<RevenueView>> {
    let shown = query.period.unwrap_or(RevenuePeriod::Month);
    let period = Period::from(shown);
    let tz = query.tz.unwrap_or_else(|| "UTC".to_owned());
    let zone = time_zone(&tz)?;
    let now = ctx.now();
    let last = match &query.end_date {
        Some(text) => day("endDate", text)?,
        None => today(now, &zone),
    };
    let first = match &query.start_date {
        Some(text) => day("startDate", text)?,
        None => period.first_day(last),
    };
    let parts = period.parts(first, last, &zone)?;
    let store = ctx.app.store();
    let sums = store.revenue_of(&parts).await?;
    let mut total = Figures::default();
    for sum in &sums {
        total.add_all(sum, 1);
    }
    // What counted at the end is what counts now, less what changed since.
    let mut standing = store.revenue_now().await?;
    let end = parts.last().map_or(now, |part| part.end);
    if end < now {
        let since = Part { first: last, last, start: end, end: now.plus(DAY) };
        for changed in store.revenue_of(&[since]).await? {
            standing.add_all(&changed, -1);
        }
    }
    let names: BTreeMap<ProductId, String> = store
        .all_products()
        .await?
        .into_iter()
        .map(|Product { id, name, .. }| (id, name))
        .collect();
    let mut currencies = moved(&total);
    for code in standing.currencies() {
        if !currencies.contains(&code) && standing.sum(Some(&code), Measure::Monthly) != 0 {
            currencies.push(code);
        }
    }
    currencies.sort();
    Ok(Json::new(RevenueView {
        period: shown,
        start_date: first.to_string(),
        end_date: last.to_string(),
        tz,
        currencies: currencies
            .iter()
            .map(|code| CurrencyRevenueView {
                money: money(&total, code),
                monthly_recurring_revenue: standing.sum(Some(code), Measure::Monthly),
                top_plans: total
                    .by_product(Some(code), Measure::Paid)
                    .into_iter()
                    .take(TOP)
                    .map(|(product_id, revenue)| PlanRevenueView {
                        product_id,
                        name: names.get(&product_id).cloned(),
                        revenue,
                    })
                    .collect(),
            })
            .collect(),
        active_subscriptions: standing.sum(None, Measure::Active),
        new_subscriptions: total.sum(None, Measure::New),
        churned_subscriptions: total.sum(None, Measure::Churned),
        top_plans: standing
            .by_product(None, Measure::Active)
            .into_iter()
            .take(TOP)
            .map(|(product_id, count)| TopPlanView {
                product_id,
                name: names.get(&product_id).cloned(),
                count,
            })
            .collect(),
        parts: parts
            .iter()
            .zip(&sums)
            .map(|(part, sum)| RevenuePartView {
                start_date: part.first.to_string(),
                end_date: part.last.to_string(),
                currencies: moved(sum).iter().map(|code| money(sum, code)).collect(),
                new_subscriptions: sum.sum(None, Measure::New),
                churned_subscriptions: sum.sum(None, Measure::Churned),
            })
            .collect(),
    }))
}
