//! The list of requests: filters, exact totals, pagination.

use provost_domain::{BuiltInRole, time::MINUTE};
use serde_json::json;

use crate::stage::{asked, id, world};

#[tokio::test]
async fn the_list_is_newest_first_filtered_and_counted_exactly() {
    let world = world().await;
    let mut grace = world.staff("grace", BuiltInRole::Admin).await;
    let mut requests = Vec::new();
    for number in 0..7 {
        let person = world.person(&format!("Person{number}")).await;
        requests.push((id(&asked(&person).await), person.id, world.app.now()));
        world.advance(MINUTE);
    }
    grace.renew().await;
    for (request, ..) in &requests[..3] {
        grace.post(&format!("/api/admin/deletions/{request}/cancel"), json!({})).await.ok();
    }

    let all = grace.get("/api/admin/deletions").await.ok();
    let ids: Vec<_> = all["data"].as_array().expect("rows").iter().map(id).collect();
    assert_eq!(ids, requests.iter().rev().map(|(request, ..)| request.clone()).collect::<Vec<_>>());
    assert_eq!(
        (all["pagination"]["total"].as_u64(), all["pagination"]["pages"].as_u64()),
        (Some(7), Some(1))
    );

    for (status, total) in [("cancelled", 3), ("scheduled", 4), ("erased", 0), ("held", 0)] {
        let page = grace.get(&format!("/api/admin/deletions?status={status}")).await.ok();
        assert_eq!(
            (page["pagination"]["total"].as_u64(), page["data"].as_array().expect("rows").len()),
            (Some(total), usize::try_from(total).expect("small")),
            "{status}"
        );
        assert!(page["data"].as_array().expect("rows").iter().all(|row| row["status"] == status));
    }
    let of_one = grace.get(&format!("/api/admin/deletions?userId={}", requests[2].1)).await.ok();
    assert_eq!(
        (of_one["pagination"]["total"].as_u64(), id(&of_one["data"][0])),
        (Some(1), requests[2].0.clone())
    );
    let window = grace
        .get(&format!(
            "/api/admin/deletions?from={}&to={}&status=scheduled",
            requests[2].2, requests[4].2
        ))
        .await
        .ok();
    assert_eq!(window["pagination"]["total"], 2);

    let (mut cursor, mut seen) = (None::<String>, Vec::new());
    loop {
        let path = cursor.as_ref().map_or_else(
            || "/api/admin/deletions?limit=3".to_owned(),
            |cursor| format!("/api/admin/deletions?limit=3&cursor={cursor}"),
        );
        let page = grace.get(&path).await.ok();
        assert_eq!(page["pagination"]["total"], 7);
        seen.extend(page["data"].as_array().expect("rows").iter().map(id));
        match page["pagination"]["nextCursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
    }
    assert_eq!(seen, ids);
    assert_eq!(
        grace.get("/api/admin/deletions?limit=3&page=3").await.ok()["data"]
            .as_array()
            .expect("rows")
            .iter()
            .map(id)
            .collect::<Vec<_>>(),
        ids[6..]
    );
    world.settle().await;
}

#[tokio::test]
async fn an_invalid_filter_is_rejected() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    for (query, status, code) in [
        ("status=gone", 422, "VALIDATION_FAILED"),
        ("status=", 422, "VALIDATION_FAILED"),
        ("stat=held", 400, "UNKNOWN_PARAMETER"),
        ("userId=ada", 422, "VALIDATION_FAILED"),
        ("from=2026-11-21&to=2026-11-20", 422, "VALIDATION_FAILED"),
        ("page=0", 422, "VALIDATION_FAILED"),
        ("limit=201", 422, "VALIDATION_FAILED"),
        ("page=1&cursor=x", 422, "VALIDATION_FAILED"),
        ("from=yesterday", 422, "VALIDATION_FAILED"),
    ] {
        grace.get(&format!("/api/admin/deletions?{query}")).await.is(status, code);
    }
}

#[tokio::test]
async fn a_row_names_the_staff_who_requested_and_who_placed_the_hold() {
    let world = world().await;
    let (ada, root) =
        (world.person("ada").await, world.staff("root", BuiltInRole::RootAdmin).await);
    let request = id(&asked(&ada).await);
    root.post(
        &format!("/api/admin/deletions/{request}/hold"),
        json!({ "reason": "a court asked" }),
    )
    .await
    .ok();
    let row = root.get("/api/admin/deletions").await.ok()["data"][0].clone();
    assert_eq!(
        (&row["requestedBy"], &row["hold"]["by"], &row["userId"]),
        (&json!("self"), &json!(root.id), &json!(ada.id))
    );
    world.settle().await;
}
