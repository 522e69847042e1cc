//! Each group has its own pagination, up to its last row, with every row once.

use provost_domain::BuiltInRole;
use provost_testkit::{Someone, World};

use crate::stage::{PRO, encoded, field, found, ids, organisation, path, server, world};

/// All pages of a kind: the ids (or users) in order, and the number of pages.
async fn all(
    by: &Someone<'_>,
    q: &str,
    kind: &str,
    limit: usize,
    name: &str,
) -> (Vec<String>, usize) {
    let (mut rows, mut pages, mut cursor) = (Vec::new(), 0, None::<String>);
    loop {
        let mut asked = format!("{}&kind={kind}&limit={limit}", path(q));
        if let Some(cursor) = &cursor {
            asked.push_str(&format!("&cursor={}", encoded(cursor)));
        }
        let reply = by.get(&asked).await.ok();
        assert_eq!(
            reply["groups"].as_object().expect("groups").len(),
            1,
            "only the requested kind"
        );
        let group = reply["groups"][kind].clone();
        let page = field(&group, name);
        assert!(page.len() <= limit);
        rows.extend(page);
        pages += 1;
        assert!(pages < 100, "the pagination ends");
        match group["nextCursor"].as_str() {
            Some(next) => {
                assert!(kind == "users" || group["total"].is_null(), "a total is a count");
                cursor = Some(next.to_owned());
            }
            None => return (rows, pages),
        }
    }
}

async fn crowd(world: &World) -> Vec<String> {
    let mut expected = Vec::new();
    for n in 0..13 {
        let someone = world.person(&format!("mara{n:02}")).await;
        // Every third user is found by the address only.
        if n % 3 == 0 {
            world.edit(someone.id, |person| person.first_name = format!("Xenia{n:02}")).await;
        }
        expected.push((n % 3 == 0, someone.id.to_string()));
    }
    expected.sort_by_key(|(by_address, _)| *by_address);
    expected.into_iter().map(|(_, id)| id).collect()
}

#[tokio::test]
async fn every_page_size_returns_every_user_once_in_the_same_order() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let mut expected = crowd(&world).await;
    let (all_at_once, _) = all(&grace, "mara", "users", 50, "id").await;
    for limit in [1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 14] {
        let (rows, pages) = all(&grace, "mara", "users", limit, "id").await;
        assert_eq!(rows, all_at_once, "pages of {limit}");
        assert_eq!(pages, rows.len().div_ceil(limit), "pages of {limit}");
    }
    let mut found = all_at_once;
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
    let group =
        grace.get(&format!("{}&limit=2", path("mara"))).await.ok()["groups"]["users"].clone();
    assert_eq!((group["total"].as_u64(), group["nextCursor"].is_null()), (Some(13), false));
}

#[tokio::test]
async fn users_matched_by_unique_names_appear_once_for_every_page_size() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let (first, second, third) =
        (world.person("neo1").await, world.person("neo2").await, world.person("neo3").await);
    // The text is the username of one user and a former unique id of another.
    for (someone, as_username) in [(&second, true), (&third, false)] {
        let mut user = world.user(someone.id).await.expect("the user exists");
        let mut tx = world.app.transaction();
        if as_username {
            let username = "neo1".parse().expect("a username");
            tx.move_username(someone.id, None, &username, world.app.now()).expect("a claim");
            user.username = Some(username);
        } else {
            let store = world.app.store();
            let item = provost_store::item::encode(
                "a claim",
                &provost_store::records::unique_id_claim("neo1"),
                &provost_store::records::Claim { user_id: someone.id, reserved_until: None },
            )
            .expect("a claim");
            store
                .dynamo()
                .put_item()
                .table_name(&store.names().accounts)
                .set_item(Some(item))
                .send()
                .await
                .expect("the table responds");
        }
        tx.save_user(&user).expect("a user");
        tx.commit().await.expect("no concurrent write");
    }
    for limit in [1, 2, 3, 10] {
        let (rows, _) = all(&grace, "neo1", "users", limit, "id").await;
        assert_eq!(
            rows,
            [third.id.to_string(), second.id.to_string(), first.id.to_string()],
            "pages of {limit}"
        );
        let page = grace.get(&format!("{}&kind=users&limit={limit}", path("neo1"))).await.ok();
        assert_eq!(page["groups"]["users"]["total"], 3);
    }
}

#[tokio::test]
async fn organisations_servers_and_orders_are_paginated_to_the_end() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let exact = organisation(&world, &ada, "Team Ten", "team").await;
    let (mut organisations, mut servers) = (vec![exact.to_string()], Vec::new());
    for n in 0..9 {
        organisations.push(
            organisation(&world, &ada, &format!("Team {n}"), &format!("group-{n}"))
                .await
                .to_string(),
        );
        servers.push(server(&world, exact, &format!("team {n}")).await.to_string());
    }
    for limit in [1, 2, 3, 9, 10, 50] {
        assert_eq!(
            all(&grace, "team", "organisations", limit, "id").await.0,
            organisations,
            "pages of {limit}"
        );
        assert_eq!(
            all(&grace, "team", "servers", limit, "id").await.0,
            servers,
            "pages of {limit}"
        );
    }
    let mut holders = Vec::new();
    for n in 0..7 {
        let someone = world.person(&format!("payer{n}")).await;
        grace
            .post(
                &format!("/api/admin/users/{}/apply-plan", someone.id),
                serde_json::json!({"planId": PRO}),
            )
            .await
            .ok();
        world.advance(1000);
        holders.insert(0, someone.id.to_string());
    }
    for limit in [1, 3, 7, 50] {
        assert_eq!(
            all(&grace, PRO, "orders", limit, "userId").await.0,
            holders,
            "pages of {limit}"
        );
    }
    // One response has the first page of every group; each group then continues separately.
    let groups = grace.get(&format!("{}&limit=2", path("team"))).await.ok()["groups"].clone();
    for kind in ["organisations", "servers"] {
        let cursor = groups[kind]["nextCursor"].as_str().expect("a next page");
        let page = grace
            .get(&format!("{}&kind={kind}&limit=3&cursor={}", path("team"), encoded(cursor)))
            .await
            .ok();
        let expected = if kind == "servers" { &servers } else { &organisations };
        assert_eq!(ids(&page["groups"][kind]), expected[2..5], "{kind}");
    }
    assert_eq!(ids(&found(&grace, "team").await["users"]), Vec::<String>::new());
}

#[tokio::test]
async fn a_cursor_is_valid_only_for_its_own_caller_text_and_kind() {
    let world = world().await;
    let (grace, other, ada) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("other", BuiltInRole::Admin).await,
        world.person("ada").await,
    );
    crowd(&world).await;
    for n in 0..3 {
        organisation(&world, &ada, &format!("Mara {n}"), &format!("mara-{n}")).await;
    }
    let groups = grace.get(&format!("{}&limit=2", path("mara"))).await.ok()["groups"].clone();
    let cursor = encoded(groups["users"]["nextCursor"].as_str().expect("a next page"));
    grace.get(&format!("{}&kind=users&cursor={cursor}", path("mara"))).await.ok();
    // A different page size is allowed.
    grace.get(&format!("{}&kind=users&limit=50&cursor={cursor}", path(" mara "))).await.ok();
    for (someone, asked) in [
        (&other, format!("{}&kind=users&cursor={cursor}", path("mara"))),
        (&grace, format!("{}&kind=users&cursor={cursor}", path("mar"))),
        (&grace, format!("{}&kind=organisations&cursor={cursor}", path("mara"))),
        (&grace, format!("{}&kind=users&cursor=nonsense", path("mara"))),
        (&grace, format!("{}&cursor={cursor}", path("mara"))),
    ] {
        someone.get(&asked).await.is(422, "VALIDATION_FAILED");
    }
}
