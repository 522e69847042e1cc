//! What people expect of every page: forms that stay valid, addresses that keep filters, buttons that
//! do what their place says, names in every script, colours that can be read.

use std::collections::BTreeMap;

use provost_domain::BuiltInRole;

use crate::{Browser, world};

const HOUR: i64 = 60 * 60 * 1000;

#[tokio::test]
async fn a_page_that_was_open_all_day_still_sends() {
    let world = world().await;
    let ada = world.staff("ada", BuiltInRole::Admin).await;
    let bob = world.person("bob").await;
    let mut browser = Browser::new(&world);
    // The sign-in page has no token that could expire.
    browser.get("/staff/sign-in").await;
    world.clock.advance(2 * HOUR);
    let page = browser.sign_in(&ada.email, crate::browser::PASSWORD).await;
    assert_eq!(page.status(), 303, "{}", page.html);
    let path = format!("/staff/users/{}/note", bob.id);
    let hidden = browser.get(&path).await.hidden();
    world.clock.advance(11 * HOUR);
    let mut fields: Vec<(&str, &str)> =
        hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.push(("text", "Written in the morning."));
    let page = browser.post(&path, &fields).await;
    assert_eq!(page.status(), 303, "{}", page.html);
}

#[tokio::test]
async fn filters_stay_in_the_address_of_other_pages_and_of_a_bulk_change() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    for number in 0..12 {
        world.person(&format!("bob{number}")).await;
    }
    world.settle().await;
    world.pass(2 * HOUR).await;
    world.settle().await;
    let mut browser = Browser::of(&world, &root.email).await;
    let list = "/staff/users?status=active&sort=name&limit=5&page=2";
    let links = browser.get(list).await.links();
    for page in ["page=1", "page=3"] {
        let link = links.iter().find(|link| link.ends_with(page)).expect(page);
        for kept in ["status=active", "sort=name", "limit=5"] {
            assert!(link.contains(kept), "{link} lacks {kept}");
        }
    }
    let bulk = links.iter().find(|link| link.starts_with("/staff/users/bulk")).expect("a link");
    assert!(bulk.contains("status=active") && !bulk.contains("page="), "{bulk}");
    let page = browser.get(bulk).await;
    page.shows("href=\"/staff/users?status=active\"");
    let fields = [("change", "inactive"), ("reason", "Left the school.")];
    let page = browser.fill(bulk, &fields).await;
    page.shows("href=\"/staff/users?status=active\"").shows("Change 12 users");
}

#[tokio::test]
async fn enter_sends_a_form_and_presses_no_other_button() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let bob = world.person("bob").await;
    let mut browser = Browser::of(&world, &root.email).await;
    let mut seen = 0;
    for action in fn_portal::staff::actions() {
        let path =
            action.path.replace("{id}", &bob.id.to_string()).replace("{permission}", "report.read");
        if path.contains('{') {
            continue;
        }
        let page = browser.get(&path).await;
        if page.status() != 200 {
            continue;
        }
        seen += 1;
        let buttons: Vec<&str> =
            page.html.split("<button").skip(1).filter_map(|rest| rest.split('>').next()).collect();
        for button in &buttons {
            assert!(button.contains("type=\""), "{path} has a button without a type: {button}");
        }
        // Enter presses the first button of its form that sends it.
        let form = page.html.split("<form class=\"action\"").nth(1).expect("a form");
        let first = form.split("<button").nth(1).expect("a button");
        let label = first.split('>').nth(1).and_then(|rest| rest.split('<').next());
        assert_eq!(label, Some(action.button), "{path}");
    }
    assert!(seen > 40, "only {seen} forms were seen");
}

#[tokio::test]
async fn names_in_other_scripts_are_isolated() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let bob = world.person("bob").await;
    let mut browser = Browser::of(&world, &root.email).await;
    for name in ["רבות מחשבות", "ابراهيم", "abc\u{202e}cba"] {
        world.edit(bob.id, |user| user.display_name = Some(name.to_owned())).await;
        let page = browser.get(&format!("/staff/users/{}", bob.id)).await;
        page.shows(&format!("<h1><bdi>{name}</bdi></h1>"));
        let outside = page.html.replace(&format!("<bdi>{name}</bdi>"), "");
        let title = outside.split("</title>").nth(1).expect("a page");
        assert!(!title.contains(name), "{name} is somewhere without isolation");
        let page = browser.get(&format!("/staff/search?q={}", bob.email)).await;
        assert!(page.html.contains(&bob.email), "{}", page.html);
    }
}

/// The values of the colours in a block of the style.
fn colours(block: &str) -> BTreeMap<&str, [f64; 3]> {
    block
        .split(';')
        .filter_map(|line| line.trim().strip_prefix("--")?.split_once(": #"))
        .map(|(name, value)| {
            let part = |from: usize| {
                let byte = u8::from_str_radix(&value[from..from + 2], 16).expect("a colour");
                let share = f64::from(byte) / 255.0;
                if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
            };
            (name, [part(0), part(2), part(4)])
        })
        .collect()
}

/// The contrast of two colours (WCAG 2.2).
fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let light = |[red, green, blue]: [f64; 3]| {
        0.2126f64.mul_add(red, 0.7152f64.mul_add(green, 0.0722 * blue))
    };
    let (one, other) = (light(one), light(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[tokio::test]
async fn each_colour_exists_in_both_themes_and_each_text_can_be_read() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let mut browser = Browser::of(&world, &root.email).await;
    let page = browser.get("/staff").await;
    let link = page.links().into_iter().find(|link| link.ends_with("style.css")).expect("a style");
    let style = browser.get(&link).await.html;
    let block = |from: &str| {
        let rest = style.split(from).nth(1).expect("a block");
        rest.split('}').next().expect("a block").to_owned()
    };
    let (light, dark) = (block(":root {"), block("(prefers-color-scheme: dark) {\n  :root {"));
    let (light, dark) = (colours(&light), colours(&dark));
    assert!(light.len() > 15 && light.keys().eq(dark.keys()), "{light:?} {dark:?}");
    for theme in [&light, &dark] {
        let mut pairs = vec![("on-accent", "accent"), ("on-bad", "bad")];
        for ground in ["ground", "surface", "raised"] {
            pairs.extend(["text", "quiet", "link", "bad"].map(|text| (text, ground)));
        }
        pairs.extend([("good", "good-ground"), ("warn", "warn-ground"), ("bad", "bad-ground")]);
        for (text, ground) in pairs {
            let found = contrast(theme[text], theme[ground]);
            assert!(found >= 4.5, "{text} on {ground} has {found:.2}");
        }
    }
}

#[tokio::test]
async fn all_that_match_means_the_search_and_every_filter() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    for name in ["carol", "carla", "cora"] {
        world.person(name).await;
    }
    world.settle().await;
    world.pass(2 * HOUR).await;
    world.settle().await;
    let mut browser = Browser::of(&world, &root.email).await;
    let page = browser.get("/staff/users?search=carol&status=active&limit=1").await;
    let link = page.links().into_iter().find(|link| link.starts_with("/staff/users/bulk"));
    let link = link.expect("a link");
    assert!(link.contains("search=carol") && link.contains("status=active"), "{link}");
    let total = page.html.split("Change all ").nth(1).and_then(|rest| rest.split(' ').next());
    let total = total.expect("a number").to_owned();
    let fields = [("change", "inactive"), ("reason", "Left the school.")];
    let page = browser.fill(&link, &fields).await;
    page.shows(&format!("Change {total} user")).shows("search").shows("carol");
}

#[tokio::test]
async fn removing_the_last_row_of_a_page_leads_to_no_empty_table() {
    let world = world().await;
    let bob = world.person("bob").await;
    for name in ["first", "second"] {
        bob.post("/api/apikeys", serde_json::json!({ "name": name })).await.status(201);
    }
    let mut browser = Browser::of(&world, &bob.email).await;
    let last = "/account/api-keys?limit=1&page=2";
    let page = browser.get(last).await;
    let delete = page.links().into_iter().find(|link| link.ends_with("/delete")).expect("a link");
    let page = browser.fill(&delete, &[]).await;
    assert_eq!(page.status(), 303, "{}", page.html);
    browser.get(&page.location()).await.shows("The key is deleted.").shows("<tbody>");
    // The page that is gone says how many there are, with a link to the last one.
    let page = browser.get(last).await;
    page.shows("There is 1 page.").shows("/account/api-keys?limit=1&amp;page=1").lacks("<tbody>");
    browser.get("/account/api-keys?limit=1&page=99").await.shows("There is 1 page.");
}

#[tokio::test]
async fn a_job_that_somebody_else_cancelled_ends_on_that_state() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let bob = world.person("bob").await;
    let mut browser = Browser::of(&world, &root.email).await;
    let export = format!("/staff/users/{}/export", bob.id);
    browser.fill(&export, &[("reason", "Asked for by email.")]).await.shows("AGE-SECRET-KEY-");
    let jobs = root.get("/api/admin/export-jobs").await.ok();
    let id = jobs["data"][0]["id"].as_str().expect("an id").to_owned();
    let page = format!("/staff/exports/{id}");
    browser.get(&page).await.shows("data-live").shows("queued");
    let why = serde_json::json!({ "reason": "Not now." });
    root.delete_with(&format!("/api/admin/export-jobs/{id}"), why).await.ok();
    world.settle().await;
    let page = browser.get(&page).await;
    page.shows("cancelled").lacks("data-live").lacks(">100 %<");
}

#[tokio::test]
async fn a_job_that_has_ended_is_not_asked_again() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let mut browser = Browser::of(&world, &root.email).await;
    let page = browser.fill("/staff/fraud/scan", &[("dryRun", "on"), ("reason", "A try.")]).await;
    assert_eq!(page.status(), 303, "{}", page.html);
    let job = page.location().split('?').next().expect("a path").to_owned();
    browser.get(&job).await.shows("data-live");
    world.settle().await;
    browser.get(&job).await.shows("completed").lacks("data-live");
}
