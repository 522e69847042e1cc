//! `GET /v1/users/analytics/growths`: how the number of users grew, by day, week or month.

use jiff::{Span, civil::Date};
use provost_domain::{ApiError, Timestamp};
use provost_http::{
    HandlerResult, Json, QueryParameters, RawQuery, RequestContext, access::StaffGrant,
};
use provost_search::{
    Granularity, GrowthRequest,
    query::{ListQuery, describe},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::lookup::{Lookup, refused};

/// A change of less than this share is `stable`.
const STABLE: f64 = 0.02;

/// The parameters of the route.
#[derive(Debug)]
pub struct GrowthParameters;

impl QueryParameters for GrowthParameters {
    fn schema() -> Value {
        describe::selection(&[
            ("granularity", "Length of a period: `daily` (default), `weekly` or `monthly`."),
            (
                "from",
                "First date, in `tz`. Default: 30 days, 12 weeks or 12 months, today included.",
            ),
            ("to", "First date after the series. Default: tomorrow."),
        ])
    }
}

/// A direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trend {
    /// The numbers rise.
    Increasing,
    /// The numbers fall.
    Decreasing,
    /// The numbers change by less than 2 %.
    Stable,
}

/// A period.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GrowthPeriod {
    /// First date.
    period_start: String,
    /// First date after the period.
    period_end: String,
    /// Users that match the filters and registered in the period.
    new_users: u64,
    /// Users whose accounts were deleted in the period.
    deleted_users: u64,
    /// New users minus deleted users.
    net: i64,
    /// Users at the end of the period.
    cumulative: u64,
    /// Whether the period has not ended yet.
    partial: bool,
}

/// Growth of the number of users.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UserGrowth {
    /// Periods in order; periods without a change are included.
    data: Vec<GrowthPeriod>,
    /// Direction of the new users over the series.
    trend: Trend,
    /// By how many new users a period differs from the one before, on average (least squares). A
    /// period that has not ended does not count.
    slope_per_period: f64,
    /// When the index was last compared with the stored one.
    as_of: Timestamp,
}

/// Shows the series.
///
/// # Errors
/// `VALIDATION_FAILED` for an empty period, or one with more than 400 points.
pub async fn get_user_growth(
    ctx: RequestContext<StaffGrant>,
    query: RawQuery<GrowthParameters>,
) -> HandlerResult<Json<UserGrowth>> {
    let Lookup { list, query, snapshot } =
        Lookup::read(&ctx, &query.text, &["granularity", "from", "to"]).await?;
    let request = request(&list, ctx.now())?;
    let growth = snapshot.index.growth(&query, &request, ctx.now()).map_err(refused)?;
    let total: u64 = growth.points.iter().map(|point| point.new_users).sum();
    #[allow(clippy::cast_precision_loss, reason = "a share needs no more precision")]
    let mean = total as f64 / growth.points.len().max(1) as f64;
    let trend = match growth.slope_per_period {
        slope if slope.abs() <= mean * STABLE => Trend::Stable,
        slope if slope > 0.0 => Trend::Increasing,
        _ => Trend::Decreasing,
    };
    let data = growth.points.into_iter().map(|point| GrowthPeriod {
        period_start: point.period_start,
        period_end: point.period_end,
        new_users: point.new_users,
        deleted_users: point.deleted_users,
        net: point.net,
        cumulative: point.cumulative,
        partial: point.partial,
    });
    Ok(Json::new(UserGrowth {
        data: data.collect(),
        trend,
        slope_per_period: growth.slope_per_period,
        as_of: snapshot.as_of,
    }))
}

fn request(list: &ListQuery, now: Timestamp) -> Result<GrowthRequest, ApiError> {
    let extra =
        |name: &str| list.extras.get(name).and_then(|values| values.first()).map(String::as_str);
    let granularity = match extra("granularity") {
        None | Some("daily") => Granularity::Daily,
        Some("weekly") => Granularity::Weekly,
        Some("monthly") => Granularity::Monthly,
        Some(_) => {
            return Err(ApiError::field(
                "granularity",
                "unknown_value",
                "This granularity is unknown. Use daily, weekly or monthly.",
            )
            .with("allowed", vec!["daily", "weekly", "monthly"]));
        }
    };
    let today = list.zone.date(now);
    let date = |name: &'static str| {
        extra(name).map(|text| text.parse::<Date>()).transpose().map_err(|_| {
            ApiError::field(name, "invalid", "This is not a date. Write it as YYYY-MM-DD.")
        })
    };
    let until = date("to")?.unwrap_or_else(|| today.saturating_add(Span::new().days(1)));
    let back = match granularity {
        Granularity::Daily => Span::new().days(30),
        Granularity::Weekly => Span::new().weeks(12),
        Granularity::Monthly => Span::new().months(12),
    };
    let from = date("from")?.unwrap_or_else(|| until.saturating_sub(back));
    if from >= until {
        return Err(ApiError::field(
            "to",
            "empty_window",
            "The series is empty. `to` is the first date after it: use a later date than `from`.",
        ));
    }
    Ok(GrowthRequest { granularity, from, until, zone: list.zone.to_string() })
}
