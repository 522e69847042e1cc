//! What the list hides from a caller cannot be filtered, sorted or counted by either.

use std::collections::BTreeSet;

use provost_directory::{
    ListRequest, Names, column_of, hidden_columns, hidden_fields, needed_permission,
};
use provost_domain::{ApiError, BuiltInRole, Code, Permission, PermissionSet};
use provost_search::{
    Field, SortBy,
    query::{PermissionHolders, RoleNames, csv::EXPORT_COLUMNS, describe},
};
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

use crate::users::functions;

/// Parameters that are no condition on a field.
const NO_FILTERS: [&str; 11] = [
    "search",
    "search_mode",
    "filter",
    "tz",
    "on_unavailable",
    "sort",
    "explain",
    "cursor",
    "page",
    "limit",
    "permission",
];

/// Values of which one fits each parameter.
const VALUES: [&str; 17] = [
    "true",
    "1",
    "2026-11-01",
    "active",
    "admin",
    "suspension",
    "free",
    "email",
    "google",
    "BD",
    "AS",
    "Asia/Dhaka",
    "female",
    "en",
    "course",
    "scheduled",
    "usr_01KA9Q00000000000000000003",
];

fn everything() -> PermissionSet {
    Permission::ALL.iter().copied().collect()
}

fn without(permission: Permission) -> PermissionSet {
    Permission::ALL.iter().copied().filter(|held| *held != permission).collect()
}

/// Nothing, everything but one, and what the built-in roles have.
fn callers() -> Vec<PermissionSet> {
    let roles = BuiltInRole::ALL.map(BuiltInRole::permissions);
    let one_less = Permission::ALL.iter().map(|permission| without(*permission));
    roles.into_iter().chain(one_less).chain([PermissionSet::new()]).collect()
}

fn read(query: &str, held: &PermissionSet) -> Result<ListRequest, ApiError> {
    let names = Names {
        roles: vec![RoleNames { id: "admin".to_owned(), names: Vec::new() }],
        permissions: vec![PermissionHolders { name: "user.list".to_owned(), roles: Vec::new() }],
    };
    ListRequest::read(query, &[], &names, held)
}

/// What a query of somebody who may see everything looks at.
fn fields(query: &str) -> Option<BTreeSet<Field>> {
    let ListRequest { query, .. } = read(query, &everything()).ok()?;
    let sorts = query.sort.iter().filter_map(|key| match key.by {
        SortBy::Field(field) => Some(field),
        SortBy::Relevance => None,
    });
    Some(query.selection.filter().fields().into_iter().chain(sorts).collect())
}

/// Every filter, expression and order that the list knows.
fn queries() -> Vec<String> {
    let schema = describe::list();
    let names = schema["properties"].as_object().expect("parameters").keys();
    let mut all = vec!["permission=user.list".to_owned(), "role=admin".to_owned()];
    for name in names.filter(|name| !NO_FILTERS.contains(&name.as_str())) {
        let fits = |value: &&&str| fields(&format!("{name}={value}")).is_some();
        let value = VALUES.iter().find(fits);
        let value = value.unwrap_or_else(|| panic!("{name} takes none of the values"));
        all.extend(["", ".not"].map(|suffix| format!("{name}{suffix}={value}")));
    }
    for field in Field::ALL {
        let conditions = ["pr", "eq+true"].map(|test| format!("{field}+{test}"));
        let fits = |condition: &&String| fields(&format!("filter={condition}")).is_some();
        let condition = conditions.iter().find(fits);
        let condition = condition.unwrap_or_else(|| panic!("{field} takes no condition"));
        all.push(format!("filter={condition}"));
        all.push(format!("filter=not+(status+eq+%22active%22+and+{condition})"));
        if field.uses().sort {
            all.extend(["", "-"].map(|sign| format!("sort={sign}{field}")));
            all.push(format!("sort_by={field}"));
        }
    }
    // Negated words and words of SCIM.
    all.extend(["is_locked", "never_logged_in", "active"].map(|n| format!("filter={n}+eq+true")));
    all.extend(["emails", "phoneNumbers"].map(|name| format!("filter={name}%5Bvalue+pr%5D")));
    all.push("filter=permission+eq+%22user.list%22".to_owned());
    all.push("filter=age+gt+17".to_owned());
    all
}

#[test]
fn a_query_is_refused_exactly_if_it_looks_at_a_hidden_field() {
    let (queries, mut refusals) = (queries(), 0);
    for held in callers() {
        let hidden = hidden_fields(&held);
        for query in &queries {
            let looks_at = fields(query).unwrap_or_else(|| panic!("{query} is not understood"));
            let missing: BTreeSet<&str> = hidden
                .iter()
                .filter(|hidden| looks_at.contains(&hidden.field))
                .map(|hidden| hidden.permission.as_str())
                .collect();
            match read(query, &held) {
                Ok(_) => assert!(missing.is_empty(), "{query} is accepted without {missing:?}"),
                Err(error) => {
                    assert_eq!(error.code, Code::PermissionDenied, "{query}");
                    let named = error.extra["missing"][0].as_str().expect("a permission");
                    assert!(missing.contains(named), "{query}: {named} of {missing:?}");
                    refusals += 1;
                }
            }
        }
    }
    assert!(refusals > 200, "{refusals}");
}

/// The built-in role that may see the list but not every field.
#[test]
fn the_staff_role_has_these_fields_hidden() {
    let hidden = hidden_fields(&BuiltInRole::Staff.permissions());
    let hidden: Vec<&str> = hidden.iter().map(|hidden| hidden.field.name()).collect();
    let expected = [
        "phone",
        "grants",
        "denials",
        "has_address",
        "failed_login_attempts",
        "last_login_at",
        "last_active_at",
        "locked_until",
        "date_of_birth",
    ];
    assert_eq!(hidden, expected);
}

/// Whether a name occurs in an answer, however deep.
fn shows(answer: &Value, name: &str) -> bool {
    match answer {
        Value::Object(fields) => {
            fields.iter().any(|(key, value)| key == name || shows(value, name))
        }
        Value::Array(values) => values.iter().any(|value| shows(value, name)),
        _ => false,
    }
}

/// The name under which the answer of the list shows a column.
fn key_of(column: &'static str) -> &'static str {
    match column {
        "oauth_providers" => "oauth",
        "profile_score" => "score",
        "profile_complete" => "complete",
        "user_type" => "is_admin",
        column => column,
    }
}

async fn deleted_user(world: &World, root: &Someone<'_>) -> Value {
    let body = json!({ "name": "Ada", "email": "ada@hidden.example", "phone": "+8801712345678" });
    let ada = root.post("/v1/users", body).await.status(201);
    let reason = json!({ "reason": "Left the organisation." });
    let id = ada["id"].as_str().expect("an id");
    root.delete_with(&format!("/v1/users/{id}"), reason).await.ok();
    world.settle().await;
    world.pass(2_000).await;
    ada["id"].clone()
}

#[tokio::test]
async fn whatever_the_answer_omits_is_hidden_from_queries_and_exports() {
    let world = World::of(|app| {
        let mut all = functions(app);
        all.push(provost_local::Function::http("users", fn_users::routes().router(app.clone())));
        let deletions = fn_deletions::routes().router(app.clone());
        all.push(provost_local::Function::http("deletions", deletions));
        all
    })
    .await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let clerk = world.staff("clerk", BuiltInRole::Admin).await;
    let id = deleted_user(&world, &root).await;
    let path = format!("/v1/users?status=all&ids={}", id.as_str().expect("an id"));
    let whole = root.get(&path).await.ok()["data"][0].clone();
    let mut omitted = BTreeSet::new();
    for permission in BuiltInRole::Admin.permissions() {
        if permission == Permission::UserList {
            continue;
        }
        let held = without(permission);
        world.edit(clerk.id, |clerk| clerk.denials = [permission].into()).await;
        let seen = clerk.get(&path).await.ok()["data"][0].clone();
        let hidden: BTreeSet<Field> = hidden_fields(&held).iter().map(|h| h.field).collect();
        for column in EXPORT_COLUMNS {
            if shows(&whole, key_of(column)) && !shows(&seen, key_of(column)) {
                let found = hidden_columns(&[column], &held);
                assert_eq!(found, [*column], "the list hides {column} without {permission}");
                omitted.insert(*column);
            }
        }
        for field in Field::ALL {
            let key = key_of(column_of(*field));
            if shows(&whole, key) {
                let expected = !shows(&seen, key);
                assert_eq!(hidden.contains(field), expected, "{field} without {permission}");
            }
        }
    }
    let expected = EXPORT_COLUMNS.iter().copied().filter(|column| {
        // The age in years is no secret, but with dates and time zones it tells the date of birth.
        needed_permission(column).is_some() && *column != "age"
    });
    assert_eq!(omitted, expected.collect());
    let unseen = Field::ALL.iter().filter(|field| !shows(&whole, key_of(column_of(**field))));
    let unseen: Vec<&str> = unseen.map(|field| field.name()).collect();
    // Filters by what is shown elsewhere, or nowhere: decide about every field that joins them.
    assert_eq!(
        unseen,
        ["support_banned", "total_time_spent", "last_learning_activity_at", "enrollments"]
    );
}

#[tokio::test]
async fn every_route_over_the_index_refuses_what_is_hidden() {
    let world = World::of(functions).await;
    let clerk = world.staff("clerk", BuiltInRole::Staff).await;
    world.edit(clerk.id, |clerk| clerk.grants.extend([Permission::UserExport])).await;
    world.settle().await;
    for route in [
        "/v1/users",
        "/v1/users/stats",
        "/v1/users/analytics/growths",
        "/v1/users/bulk/export",
        "/v1/users/filter-values",
        "/v1/users/field-values",
    ] {
        let field = if route.ends_with("field-values") { "field=city&" } else { "" };
        for query in ["inactive_for_days=30", "filter=is_locked+eq+true", "has_location=true"] {
            let refused = clerk.get(&format!("{route}?{field}{query}")).await;
            refused.is(403, "PERMISSION_DENIED");
        }
        clerk.get(&format!("{route}?{field}deletion_state=scheduled")).await.ok();
    }
    let view = json!({ "name": "Idle", "query": "inactive_for_days=30" });
    let refused = clerk.post("/v1/views", view).await.is(403, "PERMISSION_DENIED");
    assert_eq!(refused["missing"], json!(["session.read"]));
}

#[tokio::test]
async fn numbers_of_what_is_hidden_are_left_out_of_the_statistics() {
    let world = World::of(functions).await;
    let clerk = world.staff("clerk", BuiltInRole::Staff).await;
    world.settle().await;
    let path = format!("/v1/users/stats?ids={}", clerk.id);
    let stats = clerk.get(&path).await.ok();
    assert_eq!(stats["redacted"], json!(["active", "locked"]));
    assert_eq!((stats.get("active"), stats.get("locked")), (None, None));
    assert_eq!(stats["deletions"]["scheduled"], 0);
    world.edit(clerk.id, |clerk| clerk.grants.extend([Permission::SessionRead])).await;
    let stats = clerk.get(&path).await.ok();
    assert_eq!((&stats["locked"], stats.get("redacted")), (&json!(0), None));
}
