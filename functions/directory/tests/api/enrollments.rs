//! Filters by enrolments, which other services report.

use provost_app::App;
use provost_domain::{BuiltInRole, Permission};
use provost_local::Function;
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

fn functions(app: &App) -> Vec<Function> {
    let mut functions = crate::users::functions(app);
    functions.push(Function::http("system", fn_system::routes().router(app.clone())));
    functions.push(Function::http("settings", fn_settings::routes().router(app.clone())));
    functions
}

async fn found(staff: &Someone<'_>, query: &str) -> Vec<String> {
    let page = staff.get(&format!("/v1/users?sort=email&{query}")).await.ok();
    let email = |user: &Value| user["email"].as_str().unwrap_or_default().to_owned();
    page["data"].as_array().expect("users").iter().map(email).collect()
}

#[tokio::test]
async fn one_enrolment_meets_all_conditions_together() {
    let world = World::of(functions).await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let key = json!({ "name": "learning", "scopes": [Permission::EnrollmentWrite] });
    let key = root.post("/api/admin/system-key", key).await.status(201);
    let learning = world.anyone().with_token(key["key"].as_str().expect("a key"));
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let report = async |program: &str, status: &str, progress: u32, version: u32| {
        let path = format!("/v1/system/enrollments/{}/{program}", ada.id);
        let body = json!({
            "program_type": "course", "status": status, "progress": progress, "version": version,
            "total_time_spent": 60, "last_activity_at": "2026-11-19T08:00:00Z",
        });
        learning.put(&path, body).await.ok();
    };
    report("A", "completed", 100, 1).await;
    report("B", "active", 5, 1).await;
    world.settle().await;
    // The account does not change with a later report.
    report("B", "active", 10, 2).await;
    world.settle().await;
    world.pass(2_000).await;

    let (ada, bob) = ([ada.email.clone()], [bob.email.clone(), root.email.clone()]);
    for matching in [
        "enrolled_program_ids=A&enrollment_status=completed",
        "enrolled_program_ids=B&enrollment_status=active",
        "enrolled_program_ids=B&progress_min=10&progress_max=10",
        "has_enrollments=true",
        "total_time_spent_min=120",
    ] {
        assert_eq!(found(&root, matching).await, ada, "{matching}");
    }
    for nothing in [
        "enrolled_program_ids=B&enrollment_status=completed",
        "enrolled_program_ids=B&progress_min=50",
    ] {
        assert_eq!(found(&root, nothing).await, [""; 0], "{nothing}");
    }
    let mut without = found(&root, "has_enrollments=false").await;
    without.sort_unstable();
    let mut others = bob;
    others.sort_unstable();
    assert_eq!(without, others);
}
