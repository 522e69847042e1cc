//! `GET /v1/users/analytics/overview`: the figures of a period beside those of the period before.

use std::collections::BTreeMap;

use futures_util::future::try_join3;
use jiff::civil::Date;
use provost_directory::ListRequest;
use provost_domain::{
    TimeZone, Timestamp,
    analytics::{Metric, Period, change_percent, sum_between},
    time::DAY,
};
use provost_http::{HandlerResult, Json, Query, RequestContext, access::StaffGrant};
use provost_search::UserCounts;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    growth::Trend,
    lookup::{refused, request, snapshot},
};

/// A period that ends now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum OverviewPeriod {
    /// Today.
    #[serde(rename = "day")]
    Day,
    /// This week, from Monday.
    #[serde(rename = "week")]
    Week,
    /// This month.
    #[serde(rename = "month")]
    Month,
    /// The last 7 times 24 hours.
    #[serde(rename = "7d")]
    SevenDays,
    /// The last 30 times 24 hours.
    #[default]
    #[serde(rename = "30d")]
    ThirtyDays,
    /// The last 90 times 24 hours.
    #[serde(rename = "90d")]
    NinetyDays,
}

/// Period and time zone.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OverviewQuery {
    /// Period: `day`, `week` (from Monday) or `month` until now, or the last `7d`, `30d` (default)
    /// or `90d`.
    period: OverviewPeriod,
    /// Time zone in which days begin, such as `Europe/Berlin`. Default: `UTC`.
    tz: Option<TimeZone>,
}

/// A part of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OverviewWindow {
    /// Start.
    from: Timestamp,
    /// End; this moment is no longer in it.
    to: Timestamp,
}

/// A figure beside the one before.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OverviewFigure {
    /// Figure of the current period.
    current: u64,
    /// Figure of the period before; null where it is not known.
    previous: Option<u64>,
    /// Difference between the two.
    delta: Option<i64>,
    /// Difference in percent, with one decimal; null when there was nothing before.
    change_pct: Option<f64>,
    /// Direction: `stable` for a difference of less than 2 %.
    trend: Option<Trend>,
}

/// The figures of a period beside those of the period before.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UserOverview {
    /// Time that the figures in `current` cover; it ends now.
    current_period: OverviewWindow,
    /// Time that the figures in `previous` cover, as much of the period before: a running day, week or month is compared with the same
    /// part of the one before.
    previous_period: OverviewWindow,
    /// Users at the end of the period, without deleted ones.
    total_users: OverviewFigure,
    /// Users who registered in the period and are not deleted.
    new_users: OverviewFigure,
    /// Users who were last active in the period. It is not known how many were active in the
    /// period before.
    active_users: OverviewFigure,
    /// Confirmations of email addresses, counted by quarter of an hour.
    verified_users: OverviewFigure,
    /// Users whose accounts were deleted in the period.
    deleted_users: OverviewFigure,
    /// Suspensions and bans, counted by quarter of an hour.
    suspended_users: OverviewFigure,
    /// Successful sign-ins, counted by quarter of an hour.
    logins: OverviewFigure,
    /// When the index was last compared with the stored one.
    as_of: Timestamp,
}

/// Shows the figures.
///
/// # Errors
/// `VALIDATION_FAILED` for an unknown period or time zone, `UNAVAILABLE` without an index.
pub async fn get_user_overview(
    ctx: RequestContext<StaffGrant>,
    Query(query): Query<OverviewQuery>,
) -> HandlerResult<Json<UserOverview>> {
    let zone = query.tz.unwrap_or_default();
    let [earlier, later] = windows(query.period, &zone, ctx.now());
    let ListRequest { query: all, .. } = request(&ctx, "", &[]).await?;
    let snapshot = snapshot(&ctx).await?;
    let counted = |window: OverviewWindow| {
        snapshot.index.counts(&all.selection, window.from, window.to, ctx.now())
    };
    let (before, now) = (counted(earlier).map_err(refused)?, counted(later).map_err(refused)?);

    let (first, last) = (TimeZone::UTC.date(earlier.from), TimeZone::UTC.date(later.to));
    let days = |metric| ctx.app.store().metric_days(metric, first, last);
    let (verified, suspended, logins) =
        try_join3(days(Metric::VerifiedUsers), days(Metric::SuspendedUsers), days(Metric::Logins))
            .await?;
    let events = |days: &BTreeMap<Date, _>| {
        let sum = |window: OverviewWindow| {
            u64::try_from(sum_between(days, window.from, window.to)).unwrap_or(0)
        };
        compare(sum(later), Some(sum(earlier)))
    };
    let users = |figure: fn(&UserCounts) -> u64| compare(figure(&now), Some(figure(&before)));
    Ok(Json::new(UserOverview {
        current_period: later,
        previous_period: earlier,
        total_users: users(|counts| counts.total),
        new_users: users(|counts| counts.created),
        active_users: compare(now.last_active, None),
        verified_users: events(&verified),
        deleted_users: users(|counts| counts.deleted),
        suspended_users: events(&suspended),
        logins: events(&logins),
        as_of: snapshot.as_of,
    }))
}

/// The period before, and the current one, which ends with this moment.
fn windows(period: OverviewPeriod, zone: &TimeZone, now: Timestamp) -> [OverviewWindow; 2] {
    // Now is in the current period.
    let to = now.plus(1);
    let calendar = match period {
        OverviewPeriod::Day => Ok(Period::Day),
        OverviewPeriod::Week => Ok(Period::Week),
        OverviewPeriod::Month => Ok(Period::Month),
        OverviewPeriod::SevenDays => Err(7),
        OverviewPeriod::ThirtyDays => Err(30),
        OverviewPeriod::NinetyDays => Err(90),
    };
    match calendar {
        Ok(calendar) => {
            let first = calendar.first(zone.date(now));
            let from = zone.start_of(first);
            let before = zone.start_of(calendar.later(first, -1));
            // The month before may be shorter than what has elapsed of this one.
            let end = before.plus(to.millis() - from.millis()).min(from);
            [OverviewWindow { from: before, to: end }, OverviewWindow { from, to }]
        }
        Err(days) => {
            let from = to.plus(-days * DAY);
            let before = from.plus(-days * DAY);
            [OverviewWindow { from: before, to: from }, OverviewWindow { from, to }]
        }
    }
}

fn compare(current: u64, previous: Option<u64>) -> OverviewFigure {
    let number = |figure: u64| i64::try_from(figure).unwrap_or(i64::MAX);
    let delta = previous.map(|previous| number(current) - number(previous));
    let trend = previous.zip(delta).map(|(previous, delta)| {
        // Less than 2 %, in whole numbers.
        let stable = delta == 0 || delta.unsigned_abs().saturating_mul(50) < previous;
        match delta {
            _ if stable => Trend::Stable,
            1.. => Trend::Increasing,
            _ => Trend::Decreasing,
        }
    });
    let change_pct =
        previous.and_then(|previous| change_percent(number(previous), number(current)));
    OverviewFigure { current, previous, delta, change_pct, trend }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_running_period_is_compared_with_the_same_part_of_the_one_before() {
        let berlin: TimeZone = "Europe/Berlin".parse().unwrap();
        let now = at("2026-03-31T10:00:00Z");
        let [before, current] = windows(OverviewPeriod::Day, &berlin, now);
        assert_eq!((current.from, current.to), (at("2026-03-30T22:00:00Z"), now.plus(1)));
        assert_eq!((before.from, before.to), (at("2026-03-29T22:00:00Z"), now.plus(1 - DAY)));
        let [before, current] = windows(OverviewPeriod::Week, &TimeZone::UTC, now);
        assert_eq!(current.from, at("2026-03-30T00:00:00Z"), "a Monday");
        assert_eq!(before.to, at("2026-03-24T10:00:00Z").plus(1));
        let [before, current] = windows(OverviewPeriod::Month, &TimeZone::UTC, now);
        assert_eq!((before.from, before.to), (at("2026-02-01T00:00:00Z"), current.from));
        let [before, current] = windows(OverviewPeriod::SevenDays, &berlin, now);
        assert_eq!(before.to, current.from);
        assert_eq!(current.to.millis() - before.from.millis(), 14 * DAY);
    }

    #[test]
    fn nothing_before_has_no_percentage_and_small_differences_are_stable() {
        let shown = |current, previous| {
            let figure = compare(current, Some(previous));
            (figure.delta, figure.change_pct, figure.trend)
        };
        assert_eq!(shown(5, 0), (Some(5), None, Some(Trend::Increasing)));
        assert_eq!(shown(0, 5), (Some(-5), Some(-100.0), Some(Trend::Decreasing)));
        assert_eq!(shown(0, 0), (Some(0), None, Some(Trend::Stable)));
        assert_eq!(shown(1019, 1000), (Some(19), Some(1.9), Some(Trend::Stable)));
        assert_eq!(shown(1020, 1000), (Some(20), Some(2.0), Some(Trend::Increasing)));
    }
}
