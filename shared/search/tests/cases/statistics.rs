//! Statistics and growth.

use jiff::civil::{Date, date};
use provost_search::{
    Field, Filter, Granularity, Growth, GrowthRequest, Index, Moment, QueryError, UserRecord,
    synthetic::Population,
};

use super::*;

fn population() -> Index {
    let population = Population { seed: 9, users: 2_000, now: now() };
    let users: Vec<UserRecord> = (0..2_000).map(|number| population.user(number, 1)).collect();
    Index::from_records(&users)
}

fn growth(
    index: &Index,
    granularity: Granularity,
    from: Date,
    until: Date,
    zone: &str,
) -> Result<Growth, QueryError> {
    let request = GrowthRequest { granularity, from, until, zone: zone.to_owned() };
    index.growth(&Query::new(Selection::all()), &request, now())
}

#[test]
fn statistics_are_the_totals_of_lists() {
    let index = population();
    let everybody = Query::new(Selection::all());
    let stats = index.stats(&everybody, "UTC", now()).expect("statistics");
    let count = |filter: Filter| matching(&index, filter).len() as u64;
    let total = |query: &Query| index.count(query, now()).expect("a count") as u64;
    assert_eq!(stats.total, total(&everybody));
    assert_eq!(stats.by_status.values().sum::<u64>(), 2_000);
    assert_eq!(stats.by_type["learner"], count(Filter::flag(Field::IsLearner, true)));
    assert_eq!(
        stats.verification["email_unverified"],
        count(Filter::flag(Field::EmailVerified, false))
    );
    assert_eq!(stats.locked, count(Filter::locked()));
    let month = Moment::At(at("2026-11-01T00:00:00.000Z"));
    let this_month = Filter::instant(Field::CreatedAt, Some(month), None);
    assert_eq!(stats.registrations["this_month"], count(this_month));
    assert_eq!(stats.active["last_7_days"], count(Filter::active_in_last_days(7)));
    assert!(stats.total == 2_000 && stats.locked > 0);
    let present = Selection::all().with("status", Filter::any_of(Field::Status, ["deleted"]).not());
    let present = Query::new(present);
    let present_stats = index.stats(&present, "UTC", now()).expect("statistics");
    assert_eq!(present_stats.total, total(&present));
    assert!(present_stats.total < stats.total, "the list leaves out deleted users unless asked");
}

#[test]
fn statistics_and_growth_obey_the_search() {
    let created =
        |number, name: &str, time: &str| UserRecord { created_at: at(time), ..named(number, name) };
    let gone = UserRecord {
        status: "deleted".to_owned(),
        deleted_at: Some(at("2026-11-03T10:00:00.000Z")),
        ..created(3, "Rana Roy", "2026-11-01T10:00:00.000Z")
    };
    let index = Index::from_records(&[
        created(0, "Rana Das", "2026-11-01T10:00:00.000Z"),
        created(1, "Rana Lind", "2026-11-02T10:00:00.000Z"),
        created(2, "Quentin Zebedee", "2026-11-02T10:00:00.000Z"),
        gone,
    ]);
    let present = Selection::all().with("status", Filter::any_of(Field::Status, ["deleted"]).not());
    let rana = Query { selection: present, ..search_query("rana") };
    let stats = index.stats(&rana, "UTC", now()).expect("statistics");
    assert_eq!((stats.total, page(&index, &rana).total), (2, 2));
    assert_eq!(stats.registrations["this_month"], 2);
    let request = GrowthRequest {
        granularity: Granularity::Daily,
        from: date(2026, 11, 1),
        until: date(2026, 11, 4),
        zone: "UTC".to_owned(),
    };
    let points = index.growth(&rana, &request, now()).expect("a series").points;
    let numbers: Vec<(u64, u64, u64)> = points
        .iter()
        .map(|point| (point.new_users, point.deleted_users, point.cumulative))
        .collect();
    assert_eq!(numbers, [(1, 0, 2), (1, 0, 3), (0, 1, 2)]);
}

#[test]
fn every_date_of_a_changing_clock_is_one_point_and_all_users_are_counted() {
    let index = population();
    for (from, until) in
        [(date(2026, 10, 20), date(2026, 10, 30)), (date(2026, 3, 25), date(2026, 4, 3))]
    {
        let series = growth(&index, Granularity::Daily, from, until, "Europe/Berlin");
        let series = series.expect("a series");
        let dates: Vec<&str> =
            series.points.iter().map(|point| point.period_start.as_str()).collect();
        let mut expected = vec![from.to_string()];
        let mut day = from;
        while let Some(next) = day.tomorrow().ok().filter(|next| *next < until) {
            expected.push(next.to_string());
            day = next;
        }
        assert_eq!(dates, expected);
        let start = |date: Date| {
            let zone = jiff::tz::TimeZone::get("Europe/Berlin").expect("the zone");
            let start = date.to_zoned(zone).expect("a day").timestamp().as_millisecond();
            Moment::At(Timestamp::from_millis(start))
        };
        let window = Filter::instant(Field::CreatedAt, Some(start(from)), Some(start(until)));
        let sum: u64 = series.points.iter().map(|point| point.new_users).sum();
        assert_eq!(sum, matching(&index, window).len() as u64);
        assert!(sum > 0);
    }
}

#[test]
fn each_user_is_in_the_date_of_their_offset() {
    let created = |number, time: &str| UserRecord { created_at: at(time), ..user(number) };
    // The clock goes from 3 to 2 at 01:00 UTC; the day has 25 hours.
    let index = Index::from_records(&[
        created(0, "2026-10-24T21:59:59.999Z"),
        created(1, "2026-10-24T22:00:00.000Z"),
        created(2, "2026-10-25T22:59:59.999Z"),
        created(3, "2026-10-25T23:00:00.000Z"),
    ]);
    let (from, until) = (date(2026, 10, 24), date(2026, 10, 27));
    let series = growth(&index, Granularity::Daily, from, until, "Europe/Berlin");
    let points = series.expect("a series").points;
    let new: Vec<u64> = points.iter().map(|point| point.new_users).collect();
    assert_eq!(new, [1, 2, 1]);
    let cumulative: Vec<u64> = points.iter().map(|point| point.cumulative).collect();
    assert_eq!(cumulative, [1, 3, 4]);
}

#[test]
fn a_day_without_midnight_begins_after_the_gap() {
    let created = |number, time: &str| UserRecord { created_at: at(time), ..user(number) };
    for (zone, day, first) in [
        ("America/Santiago", date(2026, 9, 6), "2026-09-06T04:00:00.000Z"),
        ("Africa/Cairo", date(2026, 4, 24), "2026-04-23T22:00:00.000Z"),
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00:00.000Z"),
    ] {
        let before = at(first).plus(-1);
        let index =
            Index::from_records(&[created(0, first), UserRecord { created_at: before, ..user(1) }]);
        let until = day.tomorrow().expect("a date");
        let series = growth(&index, Granularity::Daily, day, until, zone).expect("a series");
        assert_eq!(series.points[0].new_users, 1, "{zone}");
        assert_eq!(series.points[0].cumulative, 2, "{zone}");
    }
}

#[test]
fn weeks_begin_on_monday_and_may_cross_the_year() {
    let index = names(&["Ada"]);
    let (from, until) = (date(2026, 12, 30), date(2027, 1, 5));
    let series = growth(&index, Granularity::Weekly, from, until, "UTC").expect("a series");
    let weeks: Vec<(&str, &str)> = series
        .points
        .iter()
        .map(|point| (point.period_start.as_str(), point.period_end.as_str()))
        .collect();
    assert_eq!(weeks, [("2026-12-28", "2027-01-04"), ("2027-01-04", "2027-01-11")]);
}

#[test]
fn the_running_period_follows_the_time_zone_and_is_partial() {
    let index = names(&["Ada"]);
    let partial = |zone: &str| {
        let (from, until) = (date(2026, 11, 29), date(2026, 11, 30));
        let request =
            GrowthRequest { granularity: Granularity::Daily, from, until, zone: zone.to_owned() };
        let now = at("2026-11-29T18:30:00.000Z");
        let all = Query::new(Selection::all());
        index.growth(&all, &request, now).expect("a series").points[0].partial
    };
    // It is 30 November in Dhaka and in Kathmandu.
    assert_eq!(
        (partial("UTC"), partial("Asia/Dhaka"), partial("Asia/Kathmandu")),
        (true, false, false)
    );
}

#[test]
fn the_running_week_and_month_are_partial() {
    let index = names(&["Ada"]);
    for granularity in [Granularity::Weekly, Granularity::Monthly] {
        let series = growth(&index, granularity, date(2026, 10, 1), date(2026, 11, 30), "UTC");
        let points = series.expect("a series").points;
        let partial: Vec<bool> = points.iter().map(|point| point.partial).collect();
        let (last, earlier) = partial.split_last().expect("points");
        assert!(*last && !earlier.is_empty() && !earlier.contains(&true), "{partial:?}");
    }
}

#[test]
fn today_is_the_date_of_the_time_zone() {
    let created = UserRecord { created_at: at("2026-11-29T17:00:00.000Z"), ..user(0) };
    let index = Index::from_records(&[created]);
    let today = |zone: &str| {
        let everybody = Query::new(Selection::all());
        let stats = index.stats(&everybody, zone, at("2026-11-29T18:30:00.000Z"));
        stats.expect("statistics").registrations["today"]
    };
    // It is 30 November in Dhaka and in Kathmandu.
    assert_eq!((today("UTC"), today("Asia/Dhaka"), today("Asia/Kathmandu")), (1, 0, 0));
}

#[test]
fn a_series_is_neither_empty_nor_too_long() {
    let index = names(&["Ada"]);
    let day = date(2026, 11, 1);
    let refused = |until| growth(&index, Granularity::Daily, day, until, "UTC");
    assert_eq!(refused(day).map(|_| ()), Err(QueryError::Period));
    assert_eq!(refused(date(2028, 11, 1)).map(|_| ()), Err(QueryError::Period));
    let unknown = growth(&index, Granularity::Daily, day, date(2026, 11, 2), "Mars/Phobos");
    assert_eq!(unknown.map(|_| ()), Err(QueryError::UnknownZone("Mars/Phobos".to_owned())));
}

#[test]
fn deletions_count_on_their_day() {
    let deleted = UserRecord {
        status: "deleted".to_owned(),
        created_at: at("2026-11-01T10:00:00.000Z"),
        deleted_at: Some(at("2026-11-03T10:00:00.000Z")),
        ..user(0)
    };
    let other = UserRecord { created_at: at("2026-11-02T10:00:00.000Z"), ..user(1) };
    let index = Index::from_records(&[deleted, other]);
    let (from, until) = (date(2026, 11, 1), date(2026, 11, 4));
    let series = growth(&index, Granularity::Daily, from, until, "UTC").expect("a series");
    let numbers: Vec<(u64, u64, i64, u64)> = series
        .points
        .iter()
        .map(|point| (point.new_users, point.deleted_users, point.net, point.cumulative))
        .collect();
    assert_eq!(numbers, [(1, 0, 1, 1), (1, 0, 1, 2), (0, 1, -1, 1)]);
}
