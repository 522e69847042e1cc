//! Statistics of all users.

use std::collections::BTreeMap;

use jiff::civil::Weekday;
use provost_domain::{Timestamp, time::DAY};
use serde::Serialize;

use super::{local_date, start_of_day, zone};
use crate::{Field, Filter, Index, Moment, Query, QueryError, column::Bits};

/// Numbers of the users that match a query: each is the total of a list with the same filters and
/// search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// All users.
    pub total: u64,
    /// By the status of the account.
    pub by_status: BTreeMap<String, u64>,
    /// By type; a user can have several.
    pub by_type: BTreeMap<&'static str, u64>,
    /// By what was verified.
    pub verification: BTreeMap<&'static str, u64>,
    /// By how they can sign in.
    pub auth: BTreeMap<&'static str, u64>,
    /// By when they were created: today, this week (from Monday) and this month in the time zone,
    /// and the last days of 24 hours.
    pub registrations: BTreeMap<&'static str, u64>,
    /// By when they were last active.
    pub active: BTreeMap<&'static str, u64>,
    /// Locked after failed sign-ins.
    pub locked: u64,
    /// Pending deletions.
    pub deletions: BTreeMap<&'static str, u64>,
}

impl Index {
    /// The statistics of the users that match a query. `zone_name` is the time zone (IANA) in which
    /// days, weeks and months begin.
    ///
    /// # Errors
    /// Says what is wrong with the query, or that the time zone is unknown.
    pub fn stats(
        &self,
        query: &Query,
        zone_name: &str,
        now: Timestamp,
    ) -> Result<Stats, QueryError> {
        query.validate()?;
        let zone = zone(zone_name)?;
        let all = self.matched(query, None, now).sets;
        let count_in = |sets: &[Bits], filter: &Filter| {
            let both = |(set, selected): (&Bits, Bits)| {
                let mut selected = selected;
                selected.and(set);
                selected.count() as u64
            };
            sets.iter().zip(self.select(filter, now)).map(both).sum::<u64>()
        };
        let count = |filter: Filter| count_in(&all, &filter);
        let flag = |field| count(Filter::flag(field, true));
        let since = |field, moment| count(Filter::instant(field, Some(moment), None));
        let day = |date| Moment::At(Timestamp::from_millis(start_of_day(date, &zone)));
        let created = |moment| since(Field::CreatedAt, moment);
        let active = |days| count(Filter::active_in_last_days(days));

        let today = local_date(now, &zone);
        let monday = today.weekday().since(Weekday::Monday);
        let this_week = today.saturating_sub(jiff::Span::new().days(i64::from(monday)));
        let total = all.iter().map(Bits::count).sum::<usize>() as u64;
        let (email, phone) = (flag(Field::EmailVerified), flag(Field::PhoneVerified));
        let none = Filter::And(vec![
            Filter::flag(Field::EmailVerified, false),
            Filter::flag(Field::PhoneVerified, false),
        ]);
        let state = |state: &str| count_in(&all, &Filter::any_of(Field::DeletionState, [state]));
        let due = Filter::And(vec![
            Filter::any_of(Field::DeletionState, ["scheduled"]),
            Filter::instant(Field::PurgeAfter, None, Some(Moment::FromNow(7 * DAY))),
        ]);
        let by_status = self.count_values(Field::Status, &all, now);
        Ok(Stats {
            total,
            by_status: by_status.into_iter().map(|(status, value)| (status, value.count)).collect(),
            by_type: BTreeMap::from([
                ("admin", flag(Field::IsAdmin)),
                ("instructor", flag(Field::IsInstructor)),
                ("learner", flag(Field::IsLearner)),
            ]),
            verification: BTreeMap::from([
                ("email_verified", email),
                ("email_unverified", total - email),
                ("phone_verified", phone),
                ("phone_unverified", total - phone),
                ("none", count(none)),
            ]),
            auth: BTreeMap::from([
                ("with_password", flag(Field::HasPassword)),
                ("oauth", count(Filter::present(Field::OauthProviders))),
                ("mfa", flag(Field::MfaEnabled)),
            ]),
            registrations: BTreeMap::from([
                ("today", created(day(today))),
                ("this_week", created(day(this_week))),
                ("this_month", created(day(today.first_of_month()))),
                ("last_7_days", created(Moment::days_ago(7))),
                ("last_30_days", created(Moment::days_ago(30))),
            ]),
            active: BTreeMap::from([
                ("last_24h", active(1)),
                ("last_7_days", active(7)),
                ("last_30_days", active(30)),
            ]),
            locked: count(Filter::locked()),
            deletions: BTreeMap::from([
                ("scheduled", state("scheduled")),
                ("held", state("held")),
                ("due_7_days", count_in(&all, &due)),
            ]),
        })
    }
}
