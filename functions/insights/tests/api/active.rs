//! Active users: each counts once per period, in every time zone.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{civil::Date, tz::TimeZone};
use provost_domain::{BuiltInRole, Timestamp, UserId, time::MINUTE};
use serde_json::Value;

use crate::{ANALYTICS, world};

#[tokio::test]
async fn a_user_who_is_active_on_three_days_counts_once_in_the_week_and_the_month() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let ada = world.person("ada").await.id;
    for day in ["2026-06-08", "2026-06-09", "2026-06-10"] {
        for time in ["08:00:00Z", "08:05:00Z", "19:30:00Z"] {
            let at = format!("{day}T{time}").parse().expect("a time");
            world.app.store().mark_active(ada, at).await.expect("the tables respond");
        }
    }
    let active = async |query: &str| -> Vec<Value> {
        let found = joan.get(&format!("{ANALYTICS}?{query}")).await.ok();
        let series = found["series"].as_array().expect("a series");
        series.iter().map(|figures| figures["activeUsers"].clone()).collect()
    };
    assert_eq!(active("from=2026-06-08&to=2026-06-11").await, [1, 1, 1, 0]);
    assert_eq!(active("period=week&from=2026-06-08&to=2026-06-15").await, [1, 0]);
    assert_eq!(active("period=month&from=2026-06-01&to=2026-06-30").await, [1]);
    world.settle().await;
    let year = joan.get(&format!("{ANALYTICS}?period=year&from=2026-01-01")).await.ok();
    assert_eq!(year["summary"]["activeUsers"]["current"], 1 + 1, "and joan, who signed in");
    let days = joan.get(&format!("{ANALYTICS}?from=2026-06-08&to=2026-06-10")).await.ok();
    assert_eq!(days["summary"]["activeUsers"], Value::Null, "days cannot be added up");
}

/// Times in 2026 in no order, many of them around midnight somewhere.
fn times(seed: u64) -> impl Iterator<Item = Timestamp> {
    let start: Timestamp = "2026-01-02".parse().expect("a time");
    let mut state = seed;
    std::iter::repeat_with(move || {
        // Knuth's MMIX generator; the high bits are the random ones.
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (day, quarter) = ((state >> 33) % 60, (state >> 45) % 96);
        start.plus(((day * 5 * 96 + quarter) * 15) as i64 * MINUTE)
    })
}

fn first_of(period: &str, date: Date) -> Date {
    match period {
        "day" => date,
        "week" => date - jiff::Span::new().days(date.weekday().to_monday_zero_offset()),
        "month" => date.first_of_month(),
        _ => date.first_of_year(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_of_active_users_equal_a_recount_in_three_time_zones() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let mut active: Vec<(UserId, Timestamp)> = vec![(joan.id, world.app.now())];
    for (number, name) in ["ada", "bob", "cyd"].into_iter().enumerate() {
        let user = world.person(name).await.id;
        active.push((user, world.app.now()));
        for at in times(number as u64 + 1).take(50) {
            active.push((user, at));
            world.app.store().mark_active(user, at).await.expect("the tables respond");
        }
    }
    world.settle().await;
    for zone in ["UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Apia"] {
        let tz = TimeZone::get(zone).expect("a time zone");
        for period in ["day", "week", "month", "year"] {
            let mut expected: BTreeMap<String, BTreeSet<UserId>> = BTreeMap::new();
            for (user, at) in &active {
                let at = jiff::Timestamp::from_millisecond(at.millis()).expect("a time");
                let first = first_of(period, at.to_zoned(tz.clone()).date());
                expected.entry(first.to_string()).or_default().insert(*user);
            }
            let path =
                format!("{ANALYTICS}?period={period}&from=2026-01-01&to=2026-12-31&tz={zone}");
            let found = joan.get(&path).await.ok();
            let series = found["series"].as_array().expect("a series");
            let counted: BTreeMap<String, u64> = series
                .iter()
                .map(|figures| {
                    let date = figures["date"].as_str().expect("a date").to_owned();
                    (date, figures["activeUsers"].as_u64().expect("a count"))
                })
                .filter(|(_, count)| *count > 0)
                .collect();
            let expected: BTreeMap<String, u64> =
                expected.into_iter().map(|(first, users)| (first, users.len() as u64)).collect();
            assert_eq!(counted, expected, "{period} in {zone}");
        }
    }
}

#[tokio::test]
async fn signing_in_and_using_a_session_count_as_active() {
    let world = world().await;
    let mut joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let ada = world.person("ada").await.id;
    world.pass(30 * 60 * MINUTE).await;
    let now = world.app.now();
    world.edit(ada, |ada| ada.last_login_at = Some(now)).await;
    // A change that is no activity.
    world.edit(joan.id, |joan| joan.total_files = 0).await;
    world.settle().await;
    joan.renew().await;
    let found = joan.get(&format!("{ANALYTICS}?from=2026-11-20&to=2026-11-21")).await.ok();
    let counts = [0, 1].map(|day| found["series"][day]["activeUsers"].clone());
    assert_eq!(counts, [2, 1]);
}
