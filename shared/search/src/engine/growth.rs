//! How the number of users grew, by day, week or month.

use jiff::{Span, civil::Date, civil::Weekday};
use provost_domain::Timestamp;
use serde::{Deserialize, Serialize};

use super::{local_date, start_of_day, zone};
use crate::{
    Field, Index, Query, QueryError, Selection,
    column::{Bits, NULL},
    request::MAX_POINTS,
};

/// The length of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Granularity {
    /// Days.
    Daily,
    /// Weeks from Monday (ISO 8601).
    Weekly,
    /// Calendar months.
    Monthly,
}

/// What a growth series covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrowthRequest {
    /// The length of a period.
    pub granularity: Granularity,
    /// A date in the first period.
    pub from: Date,
    /// The first date after the series; the period around the date before it is the last one.
    pub until: Date,
    /// The time zone (IANA) in which days begin.
    pub zone: String,
}

/// How the number of users grew.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Growth {
    /// The periods in order, those without a change included.
    pub points: Vec<GrowthPoint>,
    /// By how many new users more a period has than the one before, over the whole series (the
    /// slope of the least squares). A running period does not count.
    pub slope_per_period: f64,
}

/// A period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GrowthPoint {
    /// The first date.
    pub period_start: String,
    /// The first date after the period.
    pub period_end: String,
    /// The users that match the selection and were created in the period.
    pub new_users: u64,
    /// The users that were deleted in the period.
    pub deleted_users: u64,
    /// New users less deleted ones.
    pub net: i64,
    /// The users at the end of the period: created before, and not deleted before.
    pub cumulative: u64,
    /// Whether the period has not ended.
    pub partial: bool,
}

/// What happened to users between two times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserCounts {
    /// The users at the end: created before, and not deleted before.
    pub total: u64,
    /// The users that were created.
    pub created: u64,
    /// The users that were deleted.
    pub deleted: u64,
    /// The users whose last activity it was.
    pub last_active: u64,
}

impl Granularity {
    fn first_date(self, date: Date) -> Date {
        match self {
            Self::Daily => date,
            Self::Weekly => {
                let days = date.weekday().since(Weekday::Monday);
                date.saturating_sub(Span::new().days(i64::from(days)))
            }
            Self::Monthly => date.first_of_month(),
        }
    }

    fn next(self, date: Date) -> Date {
        let length = match self {
            Self::Daily => Span::new().days(1),
            Self::Weekly => Span::new().days(7),
            Self::Monthly => Span::new().months(1),
        };
        date.saturating_add(length)
    }
}

impl Index {
    /// How the number of the users that match a query grew. Deleted users and the cumulative number
    /// do not depend on the conditions of the parameter `status`, which look at the status of
    /// today.
    ///
    /// # Errors
    /// Says what is wrong with the query, that the time zone is unknown, or that the series is
    /// empty or has more than [`MAX_POINTS`] points.
    pub fn growth(
        &self,
        query: &Query,
        request: &GrowthRequest,
        now: Timestamp,
    ) -> Result<Growth, QueryError> {
        query.validate()?;
        let zone = zone(&request.zone)?;
        let mut dates = vec![request.granularity.first_date(request.from)];
        while let Some(last) = dates.last().filter(|last| **last < request.until) {
            let next = request.granularity.next(*last);
            if next <= *last || dates.len() > MAX_POINTS {
                return Err(QueryError::Period);
            }
            dates.push(next);
        }
        if dates.len() < 2 || request.from >= request.until {
            return Err(QueryError::Period);
        }
        let starts: Vec<i64> = dates.iter().map(|date| start_of_day(*date, &zone)).collect();
        let selected = self.matched(query, None, now);
        let of_any_status = Query { selection: query.selection.without("status"), ..query.clone() };
        let ever = self.matched(&of_any_status, Some(selected.stage), now).sets;
        let created = self.count_periods(&selected.sets, Field::CreatedAt, &starts);
        let all_created = self.count_periods(&ever, Field::CreatedAt, &starts);
        let deleted = self.count_periods(&ever, Field::DeletedAt, &starts);
        let mut cumulative = all_created[0].saturating_sub(deleted[0]);
        let today = local_date(now, &zone);
        let mut points = Vec::with_capacity(dates.len() - 1);
        for (at, pair) in dates.windows(2).enumerate() {
            let (new_users, deleted_users) = (created[at + 1], deleted[at + 1]);
            cumulative = (cumulative + all_created[at + 1]).saturating_sub(deleted_users);
            points.push(GrowthPoint {
                period_start: pair[0].to_string(),
                period_end: pair[1].to_string(),
                new_users,
                deleted_users,
                net: new_users as i64 - deleted_users as i64,
                cumulative,
                partial: pair[1] > today,
            });
        }
        let slope_per_period = slope(&points);
        Ok(Growth { points, slope_per_period })
    }

    /// What happened to the users that match a selection between two times. Deleted users and the
    /// total do not depend on the conditions of the parameter `status`.
    ///
    /// # Errors
    /// Says what is wrong with the selection, or that the period is empty.
    pub fn counts(
        &self,
        selection: &Selection,
        from: Timestamp,
        to: Timestamp,
        now: Timestamp,
    ) -> Result<UserCounts, QueryError> {
        selection.validate()?;
        if from >= to {
            return Err(QueryError::Period);
        }
        let bounds = [from.millis(), to.millis()];
        let selected = self.select_all(selection, now);
        let ever = self.select_all(&selection.without("status"), now);
        let all_created = self.count_periods(&ever, Field::CreatedAt, &bounds);
        let deleted = self.count_periods(&ever, Field::DeletedAt, &bounds);
        Ok(UserCounts {
            total: all_created.iter().sum::<u64>().saturating_sub(deleted.iter().sum()),
            created: self.count_periods(&selected, Field::CreatedAt, &bounds)[1],
            deleted: deleted[1],
            last_active: self.count_periods(&selected, Field::LastActiveAt, &bounds)[1],
        })
    }

    /// How many of the rows have a time before the first start, and in each period between two
    /// starts.
    fn count_periods(&self, sets: &[Bits], field: Field, starts: &[i64]) -> Vec<u64> {
        let mut counts = vec![0; starts.len()];
        let periods = starts.len() - 1;
        let (first, end) = (starts[0], starts[periods]);
        let length = ((end - first) / periods as i64).max(1);
        for (layer, set) in self.layers.iter().zip(sets) {
            let column = layer.segment.integer(field);
            if column.is_empty() {
                continue;
            }
            for row in set.iter() {
                let value = column.get(row);
                if value == NULL || value >= end {
                    continue;
                }
                if value < first {
                    counts[0] += 1;
                    continue;
                }
                // Periods are of similar length, so the guess is near.
                let mut period = (((value - first) / length) as usize).min(periods - 1);
                while starts[period] > value {
                    period -= 1;
                }
                while starts[period + 1] <= value {
                    period += 1;
                }
                counts[period + 1] += 1;
            }
        }
        counts
    }
}

fn slope(points: &[GrowthPoint]) -> f64 {
    let values: Vec<f64> =
        points.iter().filter(|point| !point.partial).map(|point| point.new_users as f64).collect();
    let count = values.len() as f64;
    if values.len() < 2 {
        return 0.0;
    }
    let middle = (count - 1.0) / 2.0;
    let mean = values.iter().sum::<f64>() / count;
    let offset = |at: usize| at as f64 - middle;
    let covariance: f64 =
        values.iter().enumerate().map(|(at, value)| offset(at) * (value - mean)).sum();
    let variance: f64 = (0..values.len()).map(|at| offset(at).powi(2)).sum();
    covariance / variance
}
