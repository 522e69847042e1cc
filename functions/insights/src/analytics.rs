//! `GET /api/admin/analytics`: what happened in each day, week, month or year, and before.

use std::collections::BTreeMap;

use futures_util::{
    FutureExt, TryFutureExt,
    future::{try_join, try_join_all, try_join3},
};
use jiff::civil::Date;
use provost_domain::{
    ApiError, ProductId, TimeZone, Timestamp, active_zones,
    analytics::{Metric, Period, change_percent},
    time_zone::DateOrTime,
};
use provost_http::{HandlerResult, Json, Query, RequestContext, access::StaffGrant};
use provost_store::{Store, StoreError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::range::Range;

/// Length of a period.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AnalyticsPeriod {
    /// By day.
    Day,
    /// By week.
    Week,
    /// By month.
    Month,
    /// By year.
    Year,
}

impl From<AnalyticsPeriod> for Period {
    fn from(period: AnalyticsPeriod) -> Self {
        match period {
            AnalyticsPeriod::Day => Self::Day,
            AnalyticsPeriod::Week => Self::Week,
            AnalyticsPeriod::Month => Self::Month,
            AnalyticsPeriod::Year => Self::Year,
        }
    }
}

/// Periods and time zone.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AnalyticsQuery {
    /// Length of a period: `day` (default), `week` (from Monday), `month` or `year`.
    period: Option<AnalyticsPeriod>,
    /// A date in the first period. Default: the last 30 days, 12 weeks, 12 months or 2 years.
    from: Option<DateOrTime>,
    /// A date in the last period. Default: today. At most two years after `from`.
    to: Option<DateOrTime>,
    /// Another name of `from`.
    start_date: Option<DateOrTime>,
    /// Another name of `to`.
    end_date: Option<DateOrTime>,
    /// Time zone in which days begin, such as `Europe/Berlin`. Default: `UTC`.
    tz: Option<TimeZone>,
}

/// Figures about the platform.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Analytics {
    /// Length of a period.
    period: AnalyticsPeriod,
    /// Start of the first period.
    from: Timestamp,
    /// End of the last period; this moment is no longer in it.
    to: Timestamp,
    /// Time zone in which days begin.
    tz: String,
    /// Accounts that exist now.
    total_users: i64,
    /// Files that exist now.
    total_files: i64,
    /// Storage in use now, in bytes.
    total_storage_used: i64,
    /// Storage in use per file, in bytes; null without files.
    average_file_size: Option<i64>,
    /// Number of accounts with each plan now, most frequent first.
    plans: Vec<PlanUsers>,
    /// Figures of all periods together, compared with as many periods before.
    summary: Summary,
    /// Figures of each period, oldest first. Periods in which nothing happened are included.
    series: Vec<Figures>,
}

/// Accounts with a plan.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanUsers {
    /// Product id of the plan.
    plan_id: ProductId,
    /// Name of the plan; null if it is no longer known.
    name: Option<String>,
    /// Number of accounts.
    users: i64,
}

/// Figures of one period.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// First date of the period.
    date: String,
    /// Start of the period.
    start: Timestamp,
    /// End of the period; this moment is no longer in it.
    end: Timestamp,
    /// Users who signed in or used a session in the period. Each counts once, so the figure of a
    /// week is not the sum of its days. Null if the time zone is newer than this release.
    active_users: Option<i64>,
    /// New accounts.
    new_users: i64,
    /// Confirmations of email addresses.
    verified_users: i64,
    /// Suspensions and bans.
    suspended_users: i64,
    /// Erased accounts.
    erased_users: i64,
    /// Successful sign-ins.
    logins: i64,
    /// Failed sign-ins to existing accounts.
    failed_logins: i64,
    /// New requests to delete an account, by users and staff.
    deletion_requests: i64,
    /// Exports that users and staff requested.
    exports: i64,
    /// New reports about content and users.
    reports: i64,
    /// Registered files and links.
    new_content: i64,
    /// Plans that were applied, by staff or by a subscription.
    plans_applied: i64,
    /// Plans that ended.
    plans_cancelled: i64,
    /// Files whose bytes have arrived.
    uploads: i64,
    /// Downloads of files and archives by users and staff: links that were given out.
    downloads: i64,
    /// Downloads of archives by share links.
    shared_downloads: i64,
    /// Change of the storage in use, in bytes.
    storage_change: i64,
    /// Change of the number of files.
    files_change: i64,
}

/// A figure and the one before.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// Figure of the periods of this answer.
    current: i64,
    /// Figure of as many periods before.
    previous: i64,
    /// Change in percent; null when the earlier figure is 0.
    change_percent: Option<f64>,
}

/// Figures compared with those before.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Active users. Null for several periods, since a user may be active in more than one.
    active_users: Option<Comparison>,
    /// New accounts.
    new_users: Comparison,
    /// Confirmations of email addresses.
    verified_users: Comparison,
    /// Suspensions and bans.
    suspended_users: Comparison,
    /// Erased accounts.
    erased_users: Comparison,
    /// Successful sign-ins.
    logins: Comparison,
    /// Failed sign-ins to existing accounts.
    failed_logins: Comparison,
    /// New requests to delete an account, by users and staff.
    deletion_requests: Comparison,
    /// Exports that users and staff requested.
    exports: Comparison,
    /// New reports about content and users.
    reports: Comparison,
    /// Registered files and links.
    new_content: Comparison,
    /// Plans that were applied, by staff or by a subscription.
    plans_applied: Comparison,
    /// Plans that ended.
    plans_cancelled: Comparison,
    /// Files whose bytes have arrived.
    uploads: Comparison,
    /// Downloads of files and archives by users and staff: links that were given out.
    downloads: Comparison,
    /// Downloads of archives by share links.
    shared_downloads: Comparison,
    /// Change of the storage in use, in bytes.
    storage_change: Comparison,
    /// Change of the number of files.
    files_change: Comparison,
}

/// Returns the figures.
///
/// # Errors
/// `VALIDATION_FAILED` for a range that ends before it starts, is too long, or is given twice.
pub async fn get_analytics(
    ctx: RequestContext<StaffGrant>,
    Query(query): Query<AnalyticsQuery>,
) -> HandlerResult<Json<Analytics>> {
    let zone = query.tz.unwrap_or_default();
    let date = |given: DateOrTime| match given {
        DateOrTime::Date(date) => date,
        DateOrTime::Time(at) => zone.date(at),
    };
    let from = once(("from", query.from), ("startDate", query.start_date))?.map(date);
    let to = once(("to", query.to), ("endDate", query.end_date))?.map(date);
    let shown = query.period.unwrap_or(AnalyticsPeriod::Day);
    let period = Period::from(shown);
    let range = Range::new(period, from, to, zone.date(ctx.now()))?;

    // A day of the zone may begin on the day of UTC before, and end on the day after.
    let first = Period::Day.later(range.start(), -1);
    let last = Period::Day.later(range.end, 1);
    let store = ctx.app.store();
    // Boxed: ten of these futures do not fit on a stack of two megabytes in a debug build.
    let metrics = try_join_all(Metric::ALL.into_iter().map(|metric| {
        let days = store.metric_days(metric, first, last);
        days.map_ok(move |days| (metric, days)).boxed()
    }));
    let attribute = active_zones::counted_as(&zone, range.start(), range.end);
    let active = async {
        match &attribute {
            Some(attribute) => {
                store.active_users(period, range.start(), range.end, attribute).await.map(Some)
            }
            None => Ok(None),
        }
    };
    let (metrics, active, (totals, plans)) =
        try_join3(metrics, active, try_join(store.totals(), plans(store)).boxed()).await?;
    let sums: BTreeMap<Metric, (Vec<i64>, Vec<i64>)> =
        metrics.into_iter().map(|(metric, days)| (metric, range.sums(&zone, &days))).collect();
    let view = View { zone: &zone, range: &range, sums: &sums, active: active.as_ref() };
    Ok(Json::new(Analytics {
        period: shown,
        from: range.current.first().map_or(ctx.now(), |first| zone.start_of(*first)),
        to: zone.start_of(range.end),
        tz: zone.to_string(),
        total_users: totals.users,
        total_files: totals.files,
        total_storage_used: totals.storage,
        average_file_size: (totals.files > 0).then(|| totals.storage / totals.files),
        plans,
        summary: view.summary(),
        series: (0..range.current.len()).map(|index| view.figures(index)).collect(),
    }))
}

/// The number of accounts with each plan, and its name.
async fn plans(store: &Store) -> Result<Vec<PlanUsers>, StoreError> {
    let (counts, products) = try_join(store.plan_counts(), store.all_products()).await?;
    let mut plans: Vec<_> = counts
        .into_iter()
        .map(|(plan_id, users)| {
            let product = products.iter().find(|product| product.id == plan_id);
            PlanUsers { plan_id, name: product.map(|product| product.name.clone()), users }
        })
        .collect();
    plans.sort_by_key(|plan| (std::cmp::Reverse(plan.users), plan.plan_id));
    Ok(plans)
}

/// The value of a parameter with two names.
fn once(
    (_, value): (&str, Option<DateOrTime>),
    (other_name, other): (&'static str, Option<DateOrTime>),
) -> Result<Option<DateOrTime>, ApiError> {
    if value.is_some() && other.is_some() {
        return Err(ApiError::field(
            other_name,
            "contradiction",
            "The date is given under two names. Give only one of them.",
        ));
    }
    Ok(value.or(other))
}

struct View<'a> {
    zone: &'a TimeZone,
    range: &'a Range,
    sums: &'a BTreeMap<Metric, (Vec<i64>, Vec<i64>)>,
    active: Option<&'a BTreeMap<Date, i64>>,
}

impl View<'_> {
    fn figures(&self, index: usize) -> Figures {
        let first = self.range.current.get(index).copied().unwrap_or(self.range.end);
        let next = self.range.current.get(index + 1).copied().unwrap_or(self.range.end);
        let of = |metric| {
            let sums = self.sums.get(&metric).and_then(|(_, current)| current.get(index));
            sums.copied().unwrap_or(0)
        };
        Figures {
            date: first.to_string(),
            start: self.zone.start_of(first),
            end: self.zone.start_of(next),
            active_users: self.active_on(first),
            new_users: of(Metric::NewUsers),
            verified_users: of(Metric::VerifiedUsers),
            suspended_users: of(Metric::SuspendedUsers),
            erased_users: of(Metric::ErasedUsers),
            logins: of(Metric::Logins),
            failed_logins: of(Metric::FailedLogins),
            deletion_requests: of(Metric::DeletionRequests),
            exports: of(Metric::Exports),
            reports: of(Metric::Reports),
            new_content: of(Metric::NewContent),
            plans_applied: of(Metric::PlansApplied),
            plans_cancelled: of(Metric::PlansCancelled),
            uploads: of(Metric::Uploads),
            downloads: of(Metric::Downloads),
            shared_downloads: of(Metric::SharedDownloads),
            storage_change: of(Metric::StorageChange),
            files_change: of(Metric::FilesChange),
        }
    }

    fn active_on(&self, first: Date) -> Option<i64> {
        Some(self.active?.get(&first).copied().unwrap_or(0))
    }

    fn summary(&self) -> Summary {
        let of = |metric| {
            let (before, now) = self.sums.get(&metric).cloned().unwrap_or_default();
            compare(before.iter().sum(), now.iter().sum())
        };
        let active_users = match (self.range.previous.as_slice(), self.range.current.as_slice()) {
            ([before], [now]) => self
                .active_on(*before)
                .zip(self.active_on(*now))
                .map(|(before, now)| compare(before, now)),
            _ => None,
        };
        Summary {
            active_users,
            new_users: of(Metric::NewUsers),
            verified_users: of(Metric::VerifiedUsers),
            suspended_users: of(Metric::SuspendedUsers),
            erased_users: of(Metric::ErasedUsers),
            logins: of(Metric::Logins),
            failed_logins: of(Metric::FailedLogins),
            deletion_requests: of(Metric::DeletionRequests),
            exports: of(Metric::Exports),
            reports: of(Metric::Reports),
            new_content: of(Metric::NewContent),
            plans_applied: of(Metric::PlansApplied),
            plans_cancelled: of(Metric::PlansCancelled),
            uploads: of(Metric::Uploads),
            downloads: of(Metric::Downloads),
            shared_downloads: of(Metric::SharedDownloads),
            storage_change: of(Metric::StorageChange),
            files_change: of(Metric::FilesChange),
        }
    }
}

fn compare(previous: i64, current: i64) -> Comparison {
    Comparison { current, previous, change_percent: change_percent(previous, current) }
}
