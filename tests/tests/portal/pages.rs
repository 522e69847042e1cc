//! Every page: what each role sees, links that lead somewhere, texts of users that stay texts.

use std::collections::{BTreeSet, VecDeque};

use provost_domain::{BuiltInRole, Permission};

use fn_portal::{model::FilterKind, staff::users};

use crate::{Browser, world};

#[tokio::test]
async fn each_role_sees_the_pages_that_its_permissions_open() {
    for (name, role) in [
        ("una", BuiltInRole::User),
        ("sam", BuiltInRole::Staff),
        ("ada", BuiltInRole::Admin),
        ("rut", BuiltInRole::RootAdmin),
    ] {
        let world = world().await;
        let someone = world.staff(name, role).await;
        let held = role.permissions();
        let mut browser = Browser::of(&world, &someone.email).await;
        let home = browser.get("/staff").await;
        for list in fn_portal::staff::lists()
            .filter(|list| list.path.starts_with("/staff/") && !list.path.contains('{'))
        {
            let may = list
                .permission
                .parse::<Permission>()
                .is_ok_and(|permission| held.contains(&permission));
            let page = browser.get(list.path).await;
            assert_eq!(page.status(), if may { 200 } else { 403 }, "{name}: {}", list.path);
            let link = format!("href=\"{}\"", list.path);
            let is_linked = home.html.contains(&link);
            assert!(may || !is_linked, "{name} is shown a link to {}", list.path);
        }
    }
}

#[tokio::test]
async fn every_link_leads_to_a_page_in_the_language_of_the_reader() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let bob = world.person("bob").await;
    bob.post("/api/users/me/export-request", serde_json::json!({})).await.status(202);
    bob.post("/api/users/me/deletion-request", serde_json::json!({})).await.status(202);
    world.settle().await;
    let mut browser = Browser::of(&world, &root.email).await.speaking("de");
    let (mut seen, mut open) = (BTreeSet::new(), VecDeque::from(["/staff".to_owned()]));
    let mut english = BTreeSet::new();
    while let Some(path) = open.pop_front() {
        let is_page = path.starts_with("/staff") || path.starts_with("/account");
        // One page of each kind is enough: ids are left out of what was seen.
        let kind: String =
            path.split('/')
                .map(|part| {
                    if part.contains('_') || path.starts_with("/staff/api/") { "{}" } else { part }
                })
                .collect::<Vec<_>>()
                .join("/");
        if !is_page || !seen.insert(kind) || seen.len() > 400 {
            continue;
        }
        let page = browser.get(&path).await;
        assert!(page.status() < 500, "{path} answers {}: {}", page.status(), page.html);
        // What the API refuses is explained, such as a resource that is gone.
        let is_explained = page.html.contains("<code>req_");
        assert!([200, 303].contains(&page.status()) || is_explained, "{path} is no page");
        open.extend(page.links());
        // The descriptions of the API are English, and templates are in the language of their emails.
        let is_data =
            ["/staff/api", "/staff/email-templates"].iter().any(|of| path.starts_with(of));
        if page.html.starts_with("<!DOCTYPE html>") && !is_data {
            let left = page.texts().into_iter().filter(|text| is_english(text));
            english.extend(left.map(|text| format!("{path}: {text}")));
        }
    }
    assert!(seen.len() > 100, "only {} pages were found", seen.len());
    assert!(english.is_empty(), "not translated: {english:#?}");
}

/// Whether a text of a page has a translation, and is shown without it. A word in small letters can be
/// the name of a role.
fn is_english(text: &str) -> bool {
    let known = fn_portal::ui::texts::german();
    let is_name = text.chars().all(|c| c.is_ascii_lowercase());
    !is_name
        && known.get(text).is_some_and(|german| *german != text)
        && !known.values().any(|german| *german == text)
}

#[tokio::test]
async fn texts_of_users_stay_texts() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let bob = world.person("bob").await;
    let script = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
    world
        .edit(bob.id, |user| {
            user.display_name = Some(script.to_owned());
        })
        .await;
    world.settle().await;
    let mut browser = Browser::of(&world, &root.email).await;
    for path in [format!("/staff/users/{}", bob.id), "/staff/users".to_owned()] {
        let page = browser.get(&path).await;
        page.lacks("<script>alert").lacks("<img src=x").shows("&lt;script&gt;alert(1)");
        let policy = page.reply.header("content-security-policy");
        assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
    }
    let page = browser.get("/staff/search?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").await;
    page.lacks("<script>alert");
}

#[tokio::test]
async fn a_page_after_the_last_says_how_many_there_are() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let mut browser = Browser::of(&world, &root.email).await;
    let page = browser.get("/staff/audit?page=99").await;
    assert_eq!(page.status(), 200);
    page.shows("Go to the last page");
}

#[tokio::test]
async fn pages_are_small_and_their_files_are_kept() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let mut browser = Browser::of(&world, &root.email).await;
    let page = browser.get("/staff/users").await;
    let mut found = 0;
    for link in page.html.split('"').filter(|text| text.starts_with("/staff/assets/")) {
        let file = browser.get(link).await;
        assert_eq!(file.status(), 200, "{link}");
        assert!(file.reply.header("cache-control").contains("immutable"), "{link}");
        let limit = if link.ends_with("script.js") { 20_000 } else { 15_000 };
        assert!(file.html.len() <= limit, "{link} has {} bytes", file.html.len());
        found += 1;
    }
    assert_eq!(found, 3);
    assert_eq!(page.reply.header("cache-control"), "no-store");
}

#[tokio::test]
async fn every_filter_and_order_of_the_users_list_is_accepted() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    world.settle().await;
    world.pass(2 * 60 * 60 * 1000).await;
    world.settle().await;
    let mut browser = Browser::of(&world, &root.email).await;
    let mut addresses = Vec::new();
    for (order, _, _) in users::list::SORTS {
        addresses.push(format!("/staff/users?sort={order}"));
    }
    for filter in users::USERS.filters {
        let values: &[&str] = match filter.kind {
            FilterKind::Choice(values) => values,
            FilterKind::Flag => &["true", "false"],
            FilterKind::Date => &["2026-11-01"],
            FilterKind::Text => continue,
        };
        addresses
            .extend(values.iter().map(|value| format!("/staff/users?{}={value}", filter.name)));
    }
    for address in addresses {
        let page = browser.get(&address).await;
        assert_eq!(page.status(), 200, "{address}");
        assert!(!page.html.contains("role=\"alert\""), "{address} is refused: {}", page.html);
    }
}
