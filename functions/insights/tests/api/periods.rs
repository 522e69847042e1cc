//! Periods of the calendar, and comparisons with those before.

use provost_domain::{BuiltInRole, Timestamp, analytics::Metric};
use provost_store::insights::analytics::Totals;
use serde_json::Value;

use crate::{ANALYTICS, world};

#[tokio::test]
async fn days_weeks_and_months_across_a_change_of_clocks_appear_once_each() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let dates = async |query: &str| -> Vec<String> {
        let found = joan.get(&format!("{ANALYTICS}?tz=Europe/Berlin&{query}")).await.ok();
        let series = found["series"].as_array().expect("a series");
        for pair in series.windows(2) {
            assert_eq!(pair[0]["end"], pair[1]["start"], "without a gap");
        }
        assert_eq!(found["from"], series[0]["start"]);
        assert_eq!(found["to"], series[series.len() - 1]["end"]);
        series.iter().map(|period| period["date"].as_str().expect("a date").to_owned()).collect()
    };
    assert_eq!(
        dates("from=2026-03-28&to=2026-03-30").await,
        ["2026-03-28", "2026-03-29", "2026-03-30"]
    );
    assert_eq!(
        dates("startDate=2026-10-24&endDate=2026-10-26").await,
        ["2026-10-24", "2026-10-25", "2026-10-26"]
    );
    assert_eq!(
        dates("period=week&from=2026-10-24&to=2026-10-26").await,
        ["2026-10-19", "2026-10-26"]
    );
    assert_eq!(
        dates("period=month&from=2026-02-01&to=2026-04-01").await,
        ["2026-02-01", "2026-03-01", "2026-04-01"]
    );
    assert_eq!(dates("").await.len(), 30, "the last thirty days by default");
    let day =
        joan.get(&format!("{ANALYTICS}?tz=Europe/Berlin&from=2026-03-29&to=2026-03-29")).await.ok();
    assert_eq!(
        (&day["from"], &day["to"]),
        (&"2026-03-28T23:00:00.000Z".into(), &"2026-03-29T22:00:00.000Z".into())
    );
}

#[tokio::test]
async fn a_figure_after_nothing_has_no_percentage() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let at = |text: &str| -> Timestamp { text.parse().expect("a time") };
    for (metric, time, by) in [
        (Metric::Exports, "2026-06-02T12:00:00Z", 5),
        (Metric::Logins, "2026-06-01T12:00:00Z", 50),
        (Metric::Logins, "2026-06-02T12:00:00Z", 100),
        // Outside both.
        (Metric::Logins, "2026-05-31T23:59:59Z", 7),
        (Metric::Logins, "2026-06-03T00:00:00Z", 7),
    ] {
        let counts = [(metric, at(time), by)];
        let now = world.app.now();
        let record = format!("{time}{by}");
        world
            .app
            .store()
            .count_record(&record, &counts, Totals::default(), &[], now)
            .await
            .expect("counted");
    }
    let found = joan.get(&format!("{ANALYTICS}?from=2026-06-02&to=2026-06-02")).await.ok();
    let compared = |name: &str| {
        ["previous", "current", "changePercent"].map(|part| found["summary"][name][part].clone())
    };
    assert_eq!(compared("exports"), [Value::from(0), Value::from(5), Value::Null]);
    assert_eq!(compared("reports"), [Value::from(0), Value::from(0), Value::Null]);
    assert_eq!(compared("logins"), [Value::from(50), Value::from(100), Value::from(100.0)]);
}

#[tokio::test]
async fn an_invalid_range_is_an_error() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    for (query, field) in [
        ("from=2026-06-02&to=2026-06-01", "from"),
        ("from=2020-01-01&to=2026-01-01", "from"),
        ("from=2026-06-01&startDate=2026-06-01", "startDate"),
        ("to=2026-06-01&endDate=2026-06-01", "endDate"),
        ("from=yesterday", "from"),
        ("period=hour", "period"),
        ("tz=Berlin", "tz"),
    ] {
        let problem = joan.get(&format!("{ANALYTICS}?{query}")).await.is(422, "VALIDATION_FAILED");
        assert_eq!(problem["errors"][0]["field"], field, "{query}");
    }
}
