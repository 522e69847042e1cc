//! Searching the staff list: words in any order, in the middle, and with typing mistakes, each user
//! once and with an exact total.

use provost_domain::{BuiltInRole, text};
use serde_json::{Value, json};

use crate::{
    crowd::{compare, gather, has_status},
    staff_list::world,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_finds_every_match_in_every_order() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let (everybody, now) = (gather(&world, &joan).await, world.app.now());
    for search in ["ada", "LOVELACE", "torvalds", "owd1.exam", "CROWD"] {
        let (name, lower) = (text::fold(search), search.to_lowercase());
        let found = |person: &provost_domain::User| {
            text::fold(&person.name()).contains(&name)
                || person.email.as_str().contains(&lower)
                || person.unique_id.to_lowercase().contains(&lower)
        };
        for sort in ["recent", "active", "storage-usage"] {
            let query = format!("&search={search}&sort={sort}");
            let many = compare(&joan, &everybody, &query, sort, 13, found).await;
            assert!(many > 13, "{search} finds more than a page");
        }
        compare(
            &joan,
            &everybody,
            &format!("&search={search}&sort=active&status=active&role=USER"),
            "active",
            13,
            |person| {
                found(person)
                    && has_status(person, "active", now)
                    && person.role == BuiltInRole::User
            },
        )
        .await;
    }
}

#[tokio::test]
async fn words_are_found_in_any_order_and_with_typing_mistakes_below_what_matches() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let (romain, keromain) = (world.person("first").await, world.person("second").await);
    for (someone, first, last) in
        [(&romain, "Marguerite", "Romein"), (&keromain, "Marguerite", "Keromain")]
    {
        world
            .edit(someone.id, |person| {
                (person.first_name, person.last_name) = (first.to_owned(), last.to_owned());
            })
            .await;
    }
    let found = async |search: &str| {
        let page = joan.get(&format!("/api/admin/users?search={search}")).await.ok();
        let ids = page["data"].as_array().expect("rows").iter().map(|row| row["id"].clone());
        ids.collect::<Vec<Value>>()
    };
    let (romain, keromain) = (json!(romain.id), json!(keromain.id));
    assert_eq!(found("romein%20marguerite").await, std::slice::from_ref(&romain));
    assert_eq!(found("margurite%20romein").await, std::slice::from_ref(&romain));
    assert_eq!(found("romain").await, [keromain, romain]);
    assert_eq!(found("romxyz").await, [Value::Null; 0]);
}

#[tokio::test]
async fn a_name_is_found_in_different_spellings() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    for (n, (name, searches)) in [
        ("Zoe\u{308}", ["Zo%C3%AB", "zoe", "ZOE%CC%88"]),
        ("\u{130}pek", ["ipek", "IPEK", "%C4%B0pek"]),
        ("O\u{2019}Malley", ["O'Malley", "o%E2%80%99malley", "O%CA%BCMALLEY"]),
        ("Straße", ["STRASSE", "stra%C3%9Fe", "Strasse"]),
    ]
    .into_iter()
    .enumerate()
    {
        let person = world.person(&format!("person-{n}")).await;
        world.edit(person.id, |person| person.first_name = name.to_owned()).await;
        for search in searches {
            let found = joan.get(&format!("/api/admin/users?search={search}")).await.ok();
            assert_eq!(
                (&found["pagination"]["total"], &found["data"][0]["id"]),
                (&json!(1), &json!(person.id)),
                "{search} finds {name}"
            );
        }
    }
}
