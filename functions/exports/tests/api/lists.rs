//! `GET /api/admin/export-jobs` and one job.

use provost_domain::{BuiltInRole, time::SECOND};

use crate::support::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_are_listed_newest_first_and_filtered() {
    let world = world().await;
    let (sam, grace) = (
        world.staff("sam", BuiltInRole::Staff).await,
        world.staff("grace", BuiltInRole::Admin).await,
    );
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let first = finished(&world, &grace, &ada).await;
    world.advance(SECOND);
    let second = asked(&grace, &bob).await;
    world.advance(SECOND);
    let third = asked(&grace, &ada).await;
    let ids = |body: serde_json::Value| {
        body["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let get =
        async |query: &str| sam.get(&format!("/api/admin/export-jobs{query}")).await.status(200);
    assert_eq!(ids(get("").await), [third.clone(), second.clone(), first.clone()]);
    assert_eq!(ids(get("?status=queued").await), [third.clone(), second.clone()]);
    assert_eq!(get("?status=queued").await["pagination"]["total"], 2);
    assert_eq!(ids(get(&format!("?userId={}", ada.id)).await), [third.clone(), first.clone()]);
    assert_eq!(
        ids(get(&format!("?userId={}&status=completed", ada.id)).await),
        std::slice::from_ref(&first)
    );
    let page = get("?limit=2").await;
    assert_eq!(
        (
            ids(page.clone()),
            page["pagination"]["total"].as_u64(),
            page["pagination"]["pages"].as_u64()
        ),
        (vec![third, second], Some(3), Some(2))
    );
    let cursor = page["pagination"]["nextCursor"].as_str().unwrap();
    assert_eq!(ids(get(&format!("?limit=2&cursor={cursor}")).await), std::slice::from_ref(&first));
    assert_eq!(ids(get("?limit=2&page=2").await), [first]);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invalid_filter_is_rejected_and_never_ignored() {
    let world = world().await;
    let sam = world.staff("sam", BuiltInRole::Staff).await;
    for query in [
        "?status=",
        "?status=done",
        "?userId=usr_1",
        "?userId=",
        "?limit=0",
        "?limit=201",
        "?page=0",
        "?status=queued&status=failed",
    ] {
        sam.get(&format!("/api/admin/export-jobs{query}")).await.is(422, "VALIDATION_FAILED");
    }
    assert_eq!(
        sam.get("/api/admin/export-jobs?state=queued").await.is(400, "UNKNOWN_PARAMETER")["suggestion"],
        "status"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_is_visible_only_with_the_permission() {
    let world = world().await;
    let (sam, grace, ada) = (
        world.staff("sam", BuiltInRole::Staff).await,
        world.staff("grace", BuiltInRole::Admin).await,
        world.person("ada").await,
    );
    let id = finished(&world, &grace, &ada).await;
    let shown = sam.get(&job(&id)).await.status(200);
    assert_eq!(
        (shown["progress"]["percent"].as_u64(), shown["progress"]["stage"].as_str()),
        (Some(100), Some("completed"))
    );
    for field in ["size", "sha256", "createdAt", "completedAt", "expiresAt", "downloadUrl"] {
        assert!(!shown[field].is_null(), "{field}");
    }
    for field in ["fence", "uploadId", "version"] {
        assert!(shown.get(field).is_none(), "{field} is internal");
    }
    for path in [job(&id), "/api/admin/export-jobs".to_owned(), job(&format!("{id}/share-links"))] {
        world.anyone().get(&path).await.is(401, "UNAUTHENTICATED");
        ada.get(&path).await.is(403, "ADMIN_REQUIRED");
    }
    sam.get(&job("exp_01ARZ3NDEKTSV4RRFFQ69G5FAV")).await.is(404, "NOT_FOUND");
    sam.get(&job("usr_01ARZ3NDEKTSV4RRFFQ69G5FAV")).await.is(404, "NOT_FOUND");
}
