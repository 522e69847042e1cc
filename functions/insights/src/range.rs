//! The periods of an answer, and the figures in them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use provost_domain::{
    ApiError, TimeZone, Timestamp,
    analytics::{INTERVAL, MAX_DAYS, Period},
};
use provost_store::insights::analytics::DayCounts;

/// Consecutive periods, and as many before them.
#[derive(Debug)]
pub(crate) struct Range {
    /// The first dates of the periods before.
    pub(crate) previous: Vec<Date>,
    /// The first dates of the periods.
    pub(crate) current: Vec<Date>,
    /// The first date after the last period.
    pub(crate) end: Date,
}

impl Range {
    /// The periods from one date to another; by default the latest ones until today.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` when the range ends before it starts or is too long.
    pub(crate) fn new(
        period: Period,
        from: Option<Date>,
        to: Option<Date>,
        today: Date,
    ) -> Result<Self, ApiError> {
        let to = to.unwrap_or(today);
        let from = from.unwrap_or_else(|| period.later(period.first(to), 1 - period.usual()));
        if from > to {
            return Err(ApiError::field(
                "from",
                "contradiction",
                "The range ends before it starts. Enter a date that is not after `to`.",
            ));
        }
        if (to - from).get_days() > i32::try_from(MAX_DAYS).unwrap_or(i32::MAX) {
            return Err(ApiError::field(
                "from",
                "out_of_range",
                "The range is too long. Choose at most two years.",
            ));
        }
        let current = period.between(from, to);
        let first = period.first(from);
        let count = i32::try_from(current.len()).unwrap_or(i32::MAX);
        let previous: Vec<Date> =
            (1..=count).rev().map(|back| period.later(first, -back)).collect();
        let end = current.last().map_or(to, |last| period.later(*last, 1));
        Ok(Self { previous, current, end })
    }

    /// All first dates, and the end.
    fn bounds(&self) -> impl Iterator<Item = Date> {
        self.previous.iter().chain(&self.current).copied().chain([self.end])
    }

    /// The first date of all.
    pub(crate) fn start(&self) -> Date {
        self.previous.first().copied().unwrap_or(self.end)
    }

    /// Adds counts up by period of a time zone: those before, then the current ones.
    pub(crate) fn sums(
        &self,
        zone: &TimeZone,
        days: &BTreeMap<Date, DayCounts>,
    ) -> (Vec<i64>, Vec<i64>) {
        let bounds: Vec<Timestamp> = self.bounds().map(|date| zone.start_of(date)).collect();
        let mut sums = vec![0; bounds.len()];
        for (day, counts) in days {
            let mut at = TimeZone::UTC.start_of(*day);
            for count in counts {
                // The period that began last; the last bound ends them.
                let begun = bounds.partition_point(|bound| *bound <= at);
                if let Some(sum) = begun.checked_sub(1).and_then(|index| sums.get_mut(index)) {
                    *sum += count;
                }
                at = at.plus(INTERVAL);
            }
        }
        let after = sums.split_off(self.previous.len());
        (sums, after.into_iter().take(self.current.len()).collect())
    }
}
