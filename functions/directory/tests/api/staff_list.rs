//! `GET /api/admin/users`: every filter and order, page by page to the end, with the right total
//! each time.

use provost_domain::{
    BuiltInRole, Status,
    time::{DAY, HOUR},
};

use provost_local::Function;
use provost_testkit::World;
use serde_json::json;

use crate::{
    crowd::{PEOPLE, compare, gather, has_status},
    users,
};

/// A world without the worker that writes the index, so a new deployment: the list is answered from
/// the table.
pub async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("directory", fn_directory::routes().router(app.clone())),
            Function::http("staff-users", fn_staff_users::routes().router(app.clone())),
        ]
    })
    .await
}

const SORTS: [&str; 3] = ["recent", "active", "storage-usage"];
const STATUSES: [&str; 6] =
    ["active", "inactive", "suspended", "banned", "pending_verification", "deleted"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_role_status_and_order_is_listed_completely() {
    let world = World::of(users::functions).await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let (everybody, now) = (gather(&world, &joan).await, world.app.now());
    world.settle().await;
    let mut met = 0;
    for (role, spelling) in [
        (None, ""),
        (Some(BuiltInRole::User), "USER"),
        (Some(BuiltInRole::Staff), "staff"),
        (Some(BuiltInRole::Admin), "admin"),
        (Some(BuiltInRole::RootAdmin), "SUPERADMIN"),
    ] {
        for status in [None].into_iter().chain(STATUSES.map(Some)) {
            for sort in SORTS {
                let mut query = format!("&sort={sort}");
                if role.is_some() {
                    query.push_str(&format!("&role={spelling}"));
                }
                if let Some(status) = status {
                    query.push_str(&format!("&status={status}"));
                }
                let limit = if role.is_none() && status.is_none() { 60 } else { 17 };
                met += compare(&joan, &everybody, &query, sort, limit, |person| {
                    role.is_none_or(|role| person.role == role)
                        && status.is_none_or(|status| has_status(person, status, now))
                })
                .await;
            }
        }
    }
    // Each user is in the unfiltered list, in that of the role, of the status, and of both, in
    // three orders.
    assert_eq!(met, (PEOPLE + 1) * 4 * 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn created_after_is_exclusive_and_works_in_every_order() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let (everybody, now) = (gather(&world, &joan).await, world.app.now());
    let moment = now.plus(-10 * 7 * HOUR - DAY);
    assert!(
        everybody.iter().any(|person| person.created_at == moment),
        "a user was created at that instant"
    );
    for sort in SORTS {
        for after in [moment, moment.plus(-1), now.plus(HOUR)] {
            compare(
                &joan,
                &everybody,
                &format!("&sort={sort}&createdAfter={after}"),
                sort,
                9,
                |person| person.created_at > after,
            )
            .await;
            compare(
                &joan,
                &everybody,
                &format!("&sort={sort}&createdAfter={after}&status=active&role=ADMIN"),
                sort,
                3,
                |person| {
                    person.created_at > after
                        && person.role == BuiltInRole::Admin
                        && has_status(person, "active", now)
                },
            )
            .await;
        }
    }
}

#[tokio::test]
async fn a_page_takes_the_access_check_and_one_read_of_its_rows() {
    let world = World::of(users::functions).await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    gather(&world, &joan).await;
    world.settle().await;
    for query in ["", "?sort=active", "?page=3", "?search=lovelace", "?role=user&status=banned"] {
        let path = format!("/api/admin/users{query}");
        joan.get(&path).await.ok();
        world.interceptor.reset();
        let page = joan.get(&path).await.ok();
        let rows = page["data"].as_array().map_or(0, Vec::len);
        let spent = world.interceptor.spent();
        assert_eq!(spent.requests(), 2, "{query}: {:?}", spent.calls);
        assert!(spent.reads <= 2.0 + rows as f64 * 1.5, "{query}: {} read units", spent.reads);
    }
}

#[tokio::test]
async fn a_new_deployment_is_listed_from_the_table_until_it_has_an_index() {
    let world = World::of(users::functions).await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let ada = world.person("ada").await;
    assert_eq!(joan.get("/api/admin/users").await.ok()["pagination"]["total"], 2);
    world.settle().await;
    let bob = world.person("bob").await;
    // The index does not know the new user yet; neither does the list.
    assert_eq!(joan.get("/api/admin/users").await.ok()["pagination"]["total"], 2);
    world.settle().await;
    world.pass(2_000).await;
    let listed = joan.get("/api/admin/users?role=user&sort=recent").await.ok();
    let mut ids = listed["data"].as_array().expect("rows").iter().map(|row| row["id"].clone());
    assert_eq!(listed["pagination"]["total"], 2);
    assert!(ids.clone().any(|id| id == json!(ada.id)) && ids.any(|id| id == json!(bob.id)));
}

#[tokio::test]
async fn a_change_is_listed_at_once_with_its_consistency_token() {
    let world = World::of(users::functions).await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let ada = world.person("ada").await;
    world.settle().await;
    let banned = "/api/admin/users?status=banned";
    assert_eq!(joan.get(banned).await.ok()["pagination"]["total"], 0);
    let ban = json!({"type": "permanent", "reason": "Spam."});
    let reply = joan.post(&format!("/api/admin/users/{}/ban", ada.id), ban).await;
    reply.ok();
    // The filter is that of the index, which lags; the rows are those of the table.
    assert_eq!(joan.get(banned).await.ok()["pagination"]["total"], 0);
    let row = joan.get("/api/admin/users?search=ada").await.ok()["data"][0].clone();
    assert_eq!(row["status"], "suspended");
    let token = reply.header("x-consistency-token");
    let seen = joan.with_header("x-consistency-token", &token).get(banned).await.ok();
    assert_eq!(seen["data"][0]["id"], json!(ada.id));
    assert_eq!(seen["pagination"]["total"], 1);
    world.settle().await;
}

#[tokio::test]
async fn a_row_has_the_documented_fields() {
    let world = world().await;
    let (joan, ada) = (world.staff("joan", BuiltInRole::Admin).await, world.person("ada").await);
    joan.post(
        &format!("/api/admin/users/{}/ban", ada.id),
        serde_json::json!({"type": "permanent", "reason": "spam"}),
    )
    .await
    .ok();
    let page = joan.get("/api/admin/users?status=banned").await.ok();
    let row = &page["data"][0];
    for field in [
        "id",
        "name",
        "email",
        "role",
        "roles",
        "status",
        "emailVerified",
        "idVerified",
        "studentVerified",
        "portalTier",
        "twoFactorEnabled",
        "passkeyCount",
        "createdAt",
        "lastLoginAt",
        "lastLoginIp",
        "storageUsed",
        "storageQuota",
        "totalFiles",
        "bannedAt",
        "banReason",
    ] {
        assert!(row.get(field).is_some(), "a row has {field}: {row}");
    }
    assert_eq!(row["id"], ada.id.to_string());
    assert_eq!(
        (&row["name"], &row["email"], &row["role"]),
        (&"ada Lindqvist".into(), &"ada@user.example".into(), &"user".into())
    );
    assert_eq!((&row["status"], &row["banReason"]), (&"suspended".into(), &"spam".into()));
    assert_eq!(row["bannedAt"], world.app.now().to_string());
    assert_eq!(row.as_object().map(serde_json::Map::len), Some(20), "no other fields: {row}");
}

#[tokio::test]
async fn without_the_session_permission_addresses_are_redacted() {
    let world = world().await;
    let sam = world.staff("sam", BuiltInRole::Staff).await;
    let page = sam.get("/api/admin/users").await.ok();
    assert_eq!(page["data"][0]["redacted"], serde_json::json!(["lastLoginAt", "lastLoginIp"]));
    assert!(page["data"][0].get("lastLoginAt").is_none());
    assert!(page["data"][0].get("lastLoginIp").is_none());
    let refused = sam.get("/api/admin/users?sort=active").await.is(403, "PERMISSION_DENIED");
    assert_eq!(refused["missing"], serde_json::json!(["session.read"]));
}

#[tokio::test]
async fn without_the_permission_to_view_users_nobody_is_found_by_an_address() {
    let world = world().await;
    let (sam, ada) = (world.staff("sam", BuiltInRole::Staff).await, world.person("ada").await);
    let search = format!("/api/admin/search?q={}", ada.email);
    let found = |answer: serde_json::Value| answer["groups"]["users"]["rows"].clone();
    assert_eq!(found(sam.get(&search).await.ok())[0]["email"], ada.email);
    world.edit(sam.id, |sam| _ = sam.denials.insert(provost_domain::Permission::UserView)).await;
    assert_eq!(found(sam.get(&search).await.ok()), serde_json::json!([]));
    let by_name = found(sam.get("/api/admin/search?q=ada").await.ok());
    assert_eq!(by_name[0]["redacted"], serde_json::json!(["email", "lastLoginAt"]));
    assert_eq!(
        (by_name[0]["name"].as_str(), by_name[0].get("email")),
        (Some("ada Lindqvist"), None)
    );
    let page = sam.get(&format!("/api/admin/users?search={}", ada.email)).await.ok();
    assert_eq!(page["data"], serde_json::json!([]));
    assert!(!sam.get("/api/admin/users").await.text().contains(&ada.email));
}

#[tokio::test]
async fn the_list_requires_staff() {
    let world = world().await;
    world.anyone().get("/api/admin/users").await.is(401, "UNAUTHENTICATED");
    world.person("ada").await.get("/api/admin/users").await.is(403, "ADMIN_REQUIRED");
    let sam = world.staff("sam", BuiltInRole::Staff).await;
    sam.get("/api/admin/users").await.ok();
    world
        .edit(sam.id, |sam| {
            sam.denials.insert(provost_domain::Permission::UserList);
        })
        .await;
    assert_eq!(
        sam.get("/api/admin/users").await.is(403, "PERMISSION_DENIED")["missing"],
        serde_json::json!(["user.list"])
    );
    world.edit(sam.id, |sam| sam.status = Status::Inactive).await;
    sam.get("/api/admin/users").await.is(403, "ACCOUNT_INACTIVE");
}

#[tokio::test]
async fn an_invalid_filter_is_rejected_and_never_ignored() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::Admin).await;
    for (query, code, field) in [
        ("role=wizard", "VALIDATION_FAILED", "role"),
        ("role=", "VALIDATION_FAILED", "role"),
        ("role=Admin", "VALIDATION_FAILED", "role"),
        ("status=gone", "VALIDATION_FAILED", "status"),
        ("status=active&status=banned", "VALIDATION_FAILED", "status"),
        ("createdAfter=yesterday", "VALIDATION_FAILED", "createdAfter"),
        ("createdAfter=2026-13-01", "VALIDATION_FAILED", "createdAfter"),
        ("sort=oldest", "VALIDATION_FAILED", "sort"),
        ("search=", "VALIDATION_FAILED", "search"),
        ("search=%20", "VALIDATION_FAILED", "search"),
        ("search=a%00b", "VALIDATION_FAILED", "search"),
        ("page=0", "VALIDATION_FAILED", "page"),
        ("page=-1", "VALIDATION_FAILED", "page"),
        ("limit=0", "VALIDATION_FAILED", "limit"),
        ("limit=201", "VALIDATION_FAILED", "limit"),
        ("limit=many", "VALIDATION_FAILED", "limit"),
        ("page=1&cursor=x", "VALIDATION_FAILED", "cursor"),
        ("cursor=x", "VALIDATION_FAILED", "cursor"),
    ] {
        let body = joan.get(&format!("/api/admin/users?{query}")).await.is(422, code);
        assert_eq!(body["errors"][0]["field"], field, "{query}");
    }
    let long = "a".repeat(255);
    joan.get(&format!("/api/admin/users?search={long}")).await.is(422, "VALIDATION_FAILED");
    let unknown = joan.get("/api/admin/users?statu=active").await.is(400, "UNKNOWN_PARAMETER");
    assert_eq!(unknown["suggestion"], "status");
    let allowed =
        joan.get("/api/admin/users?role=wizard").await.json()["errors"][0]["allowed"].clone();
    assert_eq!(allowed, serde_json::json!(["user", "staff", "admin", "rootAdmin"]));
}

#[tokio::test]
async fn a_cursor_is_valid_only_for_its_own_caller_and_query() {
    let world = world().await;
    let (joan, grace) = (
        world.staff("joan", BuiltInRole::RootAdmin).await,
        world.staff("grace", BuiltInRole::Admin).await,
    );
    gather(&world, &joan).await;
    for query in ["role=user", "role=user&search=a"] {
        let page = joan.get(&format!("/api/admin/users?limit=2&{query}")).await.ok();
        let cursor = page["pagination"]["nextCursor"].as_str().expect("there are more").to_owned();
        joan.get(&format!("/api/admin/users?limit=5&cursor={cursor}&{query}")).await.ok();
        grace
            .get(&format!("/api/admin/users?limit=2&cursor={cursor}&{query}"))
            .await
            .is(422, "VALIDATION_FAILED");
        joan.get(&format!("/api/admin/users?limit=2&cursor={cursor}&{query}&status=active"))
            .await
            .is(422, "VALIDATION_FAILED");
        joan.get(&format!("/api/admin/users?limit=2&cursor={cursor}"))
            .await
            .is(422, "VALIDATION_FAILED");
        let other = if cursor.ends_with('A') { "B" } else { "A" };
        joan.get(&format!(
            "/api/admin/users?limit=2&cursor={}{other}&{query}",
            &cursor[..cursor.len() - 1]
        ))
        .await
        .is(422, "VALIDATION_FAILED");
    }
}

#[tokio::test]
async fn an_expired_ban_is_no_longer_listed() {
    let world = world().await;
    let (mut joan, ada) =
        (world.staff("joan", BuiltInRole::Admin).await, world.person("ada").await);
    joan.post(
        &format!("/api/admin/users/{}/ban", ada.id),
        serde_json::json!({"type": "temporary", "durationDays": 1, "reason": "spam"}),
    )
    .await
    .ok();
    assert_eq!(joan.get("/api/admin/users?status=banned").await.ok()["pagination"]["total"], 1);
    world.advance(DAY);
    joan.renew().await;
    assert_eq!(joan.get("/api/admin/users?status=banned").await.ok()["pagination"]["total"], 0);
    let page = joan.get("/api/admin/users?status=active&role=user").await.ok();
    assert_eq!(
        (&page["data"][0]["status"], &page["data"][0]["bannedAt"]),
        (&"active".into(), &serde_json::Value::Null)
    );
}
