//! Searching users: by the prefix of a name or an address or by a complete id, each user once and
//! with an exact total.

use provost_domain::{BuiltInRole, text};
use provost_store::Conflict;
use serde_json::json;

use crate::{
    crowd::{compare, gather, has_status},
    world,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_finds_every_match_in_every_order() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let (everybody, now) = (gather(&world, &joan).await, world.app.now());
    let someone = &everybody[42];
    let (id, unique_id, address) =
        (someone.user_id.to_string(), someone.unique_id.clone(), someone.email.to_string());
    let mut least = Vec::new();
    for (search, encoded) in [
        ("ada", "ada"),
        ("ADA lo", "ADA%20lo"),
        ("ada  l", "ada++l"),
        ("Ädna", "%C3%84dna"),
        ("grace", "grace"),
        ("usr", "usr"),
        ("l.tor", "l.tor"),
        ("joan", "joan"),
        ("j", "j"),
        ("nobody", "nobody"),
        (&id, &id),
        (&unique_id, &unique_id),
        (&address, &address.replace('@', "%40")),
        ("CROWD", "CROWD"),
        ("lovelace", "lovelace"),
    ] {
        let (name, lower) = (text::fold(search), search.to_lowercase());
        let found = |person: &provost_domain::User| {
            text::fold(&person.name()).starts_with(&name)
                || person.email.as_str().starts_with(&lower)
                || person.user_id.to_string() == search
                || person.unique_id == search
        };
        for sort in ["recent", "active", "storage-usage"] {
            least.push(
                compare(
                    &joan,
                    &everybody,
                    &format!("&search={encoded}&sort={sort}"),
                    sort,
                    13,
                    found,
                )
                .await,
            );
            if sort != "active" {
                continue;
            }
            compare(
                &joan,
                &everybody,
                &format!("&search={encoded}&sort={sort}&status=active"),
                sort,
                13,
                |person| found(person) && has_status(person, "active", now),
            )
            .await;
            compare(
                &joan,
                &everybody,
                &format!("&search={encoded}&sort={sort}&status=banned&role=USER"),
                sort,
                13,
                |person| {
                    found(person)
                        && has_status(person, "banned", now)
                        && person.role == BuiltInRole::User
                },
            )
            .await;
        }
    }
    assert!(
        least.contains(&0) && least.contains(&1) && least.iter().any(|n| *n > 40),
        "the searches have no, one and many matches: {least:?}"
    );
}

#[tokio::test]
async fn a_search_costs_two_prefix_reads_and_one_for_the_rows() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    gather(&world, &joan).await;
    world.interceptor.reset();
    joan.get("/api/admin/users?search=l.tor&limit=10").await.ok();
    assert_eq!(
        world.interceptor.spent().requests(),
        5,
        "one more for a possible unique id: {:?}",
        world.interceptor.log()
    );
    world.interceptor.reset();
    joan.get("/api/admin/users?search=CROWD0007").await.ok();
    assert_eq!(
        world.interceptor.spent().requests(),
        6,
        "two more for a unique id: {:?}",
        world.interceptor.log()
    );
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

#[tokio::test]
async fn a_name_stored_in_the_previous_format_is_still_found() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let person = world.person("somebody").await;
    world.edit(person.id, |person| person.first_name = "Zoë".to_owned()).await;
    // As the previous release stored it.
    let store = world.app.store();
    let (place, key) =
        (provost_store::records::key(person.id), provost_store::item::s("zoë lindqvist"));
    let mut tx = world.app.transaction();
    let earlier = provost_store::transaction::Condition::none().value(":key", key);
    tx.update(Conflict::Revision, &store.names().accounts, &place, "SET nameKey = :key", earlier)
        .unwrap();
    tx.commit().await.unwrap();
    let total = async |search: &str| {
        joan.get(&format!("/api/admin/users?search={search}")).await.ok()["pagination"]["total"]
            .clone()
    };
    assert_eq!(total("Zo%C3%AB").await, json!(1));
    assert_eq!(total("zoe").await, json!(0), "not found in the previous format");
    world.edit(person.id, |_| {}).await;
    assert_eq!(total("zoe").await, json!(1));
    assert_eq!(total("Zo%C3%AB").await, json!(1), "found exactly once");
}
