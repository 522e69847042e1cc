//! `GET /v1/users/analytics/overview`.

use provost_app::App;
use provost_domain::{BuiltInRole, time::DAY};
use provost_local::Function;
use provost_testkit::World;
use serde_json::json;

const OVERVIEW: &str = "/v1/users/analytics/overview";

fn functions(app: &App) -> Vec<Function> {
    let mut functions = crate::users::functions(app);
    functions.push(Function::worker_over("insights-worker", app, fn_insights_worker::handle));
    functions
}

#[tokio::test]
async fn a_day_is_compared_with_the_same_part_of_the_day_before() {
    let world = World::of(functions).await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let ada = world.person("ada").await;
    let ban = json!({"type": "permanent", "reason": "Spam."});
    root.post(&format!("/api/admin/users/{}/ban", ada.id), ban).await.ok();
    world.settle().await;
    let today = root.get(&format!("{OVERVIEW}?period=day")).await.ok();
    let first =
        json!({"current": 2, "previous": 0, "delta": 2, "change_pct": null, "trend": "increasing"});
    assert_eq!((&today["new_users"], &today["total_users"]), (&first, &first));
    assert_eq!(today["suspended_users"]["current"], 1);
    let none =
        json!({"current": 0, "previous": 0, "delta": 0, "change_pct": null, "trend": "stable"});
    assert_eq!(today["deleted_users"], none);
    assert_eq!(today["active_users"]["previous"], json!(null));

    world.pass(DAY).await;
    let root = world.staff("rita", BuiltInRole::RootAdmin).await;
    world.settle().await;
    world.pass(2_000).await;
    let next = root.get(&format!("{OVERVIEW}?period=day&tz=UTC")).await.ok();
    let halved = json!({"current": 1, "previous": 2, "delta": -1, "change_pct": -50.0, "trend": "decreasing"});
    assert_eq!(next["new_users"], halved);
    assert_eq!(next["total_users"]["current"], 3);
    let ended = json!({"current": 0, "previous": 1, "delta": -1, "change_pct": -100.0, "trend": "decreasing"});
    assert_eq!(next["suspended_users"], ended);
    assert_eq!(next["previous_period"]["from"], today["current_period"]["from"]);
}

#[tokio::test]
async fn an_unknown_period_and_filters_are_refused() {
    let world = World::of(functions).await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    for wrong in ["period=year", "tz=Mars/Olympus"] {
        root.get(&format!("{OVERVIEW}?{wrong}")).await.is(422, "VALIDATION_FAILED");
    }
    // The counters know no filters.
    root.get(&format!("{OVERVIEW}?status=active")).await.is(400, "UNKNOWN_PARAMETER");
}
