//! A month whose partition has no throughput left: writes continue in overflow partitions, and the
//! log shows all entries in order.

use provost_domain::BuiltInRole;
use provost_store::{audit::partition, item::Key};
use provost_testkit::{Someone, World};
use serde_json::json;

use crate::{LOGS, world};

/// The number of entries in each partition of this month.
async fn partitions(world: &World) -> Vec<(String, usize)> {
    let store = world.app.store();
    let mut filled = Vec::new();
    for number in 0..=64 {
        let name = if number == 0 { "2026-11".to_owned() } else { format!("2026-11#{number}") };
        let (keys, _): (Vec<Key>, _) = store
            .keys_of(&store.names().audit, &partition(&name), None)
            .await
            .expect("the table responds");
        if !keys.is_empty() {
            filled.push((name, keys.len()));
        }
    }
    filled
}

/// Bans the user and lifts the ban: two entries.
async fn change(world: &World, staff: &Someone<'_>, user: &Someone<'_>) {
    let path = format!("/api/admin/users/{}/ban", user.id);
    staff.post(&path, json!({ "type": "permanent", "reason": "spam" })).await.ok();
    world.advance(1);
    staff.delete(&path).await.ok();
    world.advance(1);
}

#[tokio::test]
async fn a_throttled_month_continues_in_overflow_partitions_and_is_listed_in_order() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    change(&world, &grace, &ada).await;
    assert_eq!(partitions(&world).await, [("2026-11".to_owned(), 2)]);

    world.interceptor.throttle("MONTH#2026-11");
    for _ in 0..10 {
        change(&world, &grace, &ada).await;
    }
    assert_eq!(
        world.interceptor.refused_writes(),
        1,
        "a process remembers that the month is throttled"
    );
    let filled = partitions(&world).await;
    assert_eq!(filled[0], ("2026-11".to_owned(), 2), "existing entries stay in place");
    assert!(
        filled.len() > 2 && filled.iter().map(|(_, count)| count).sum::<usize>() == 22,
        "{filled:?}"
    );

    let whole = grace.get(&format!("{LOGS}?limit=200")).await.ok();
    let times: Vec<_> = whole["data"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| row["at"].as_str().expect("a time").to_owned())
        .collect();
    assert!(times.len() == 22 && times.is_sorted_by(|one, other| one > other), "{times:?}");
    assert_eq!(whole["pagination"]["total"], 22);
    assert_eq!(
        grace.get(&format!("{LOGS}?target={}", ada.id)).await.ok()["pagination"]["total"],
        22
    );
    assert_eq!(
        grace.get(&format!("{LOGS}?action=user.banned")).await.ok()["pagination"]["total"],
        11
    );
}

#[tokio::test]
async fn throttled_overflow_partitions_are_followed_by_more() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    for name in ["2026-11", "2026-11#1", "2026-11#2", "2026-11#3", "2026-11#4"] {
        world.interceptor.throttle(&partition(name));
    }
    for _ in 0..10 {
        change(&world, &grace, &ada).await;
    }
    let filled = partitions(&world).await;
    let numbers: Vec<u32> = filled
        .iter()
        .map(|(name, _)| name["2026-11#".len()..].parse().expect("a number"))
        .collect();
    assert!(numbers.iter().all(|number| (5..=16).contains(number)), "{filled:?}");
    assert_eq!(grace.get(LOGS).await.ok()["pagination"]["total"], 20);
}

#[tokio::test]
async fn a_denial_whose_partition_is_throttled_is_logged_in_another() {
    let world = world().await;
    let (grace, sam, ada) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("sam", BuiltInRole::Staff).await,
        world.person("ada").await,
    );
    world.interceptor.throttle("MONTH#2026-11");
    change(&world, &grace, &ada).await;
    sam.post(
        &format!("/api/admin/users/{}/ban", ada.id),
        json!({ "type": "permanent", "reason": "spam" }),
    )
    .await
    .is(403, "PERMISSION_DENIED");
    let refused = grace.get(&format!("{LOGS}?success=false")).await.ok();
    assert_eq!(
        (&refused["pagination"]["total"], &refused["data"][0]["actor"]["id"]),
        (&json!(1), &json!(sam.id))
    );
}

#[tokio::test]
async fn a_page_of_a_month_with_four_overflow_partitions_meets_its_budget() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    change(&world, &grace, &ada).await;
    world.interceptor.throttle("MONTH#2026-11");
    for _ in 0..20 {
        change(&world, &grace, &ada).await;
    }
    assert_eq!(partitions(&world).await.len(), 5);
    grace.get(LOGS).await.ok();
    world.interceptor.reset();
    grace.get(LOGS).await.ok();
    assert_eq!(
        world.interceptor.spent().requests(),
        1 + 1 + 5 + 5 + 1,
        "decision, totals, counts, rows, users: {:?}",
        world.interceptor.log()
    );
}
