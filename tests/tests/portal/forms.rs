//! Forms: one effect however often they are sent, refusals in place, and the person's address in the
//! audit log.

use provost_domain::{BuiltInRole, Status};
use serde_json::json;

use crate::{Browser, world};

#[tokio::test]
async fn a_form_that_is_sent_twice_has_one_effect() {
    let world = world().await;
    let ada = world.staff("ada", BuiltInRole::Admin).await;
    let bob = world.person("bob").await;
    let mut browser = Browser::of(&world, &ada.email).await;
    let path = format!("/staff/users/{}/note", bob.id);
    let hidden = browser.get(&path).await.hidden();
    let mut fields: Vec<(&str, &str)> =
        hidden.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    fields.push(("text", "Called; the address is correct now."));
    let first = browser.post(&path, &fields).await;
    let second = browser.post(&path, &fields).await;
    assert_eq!((first.status(), second.status()), (303, 303));
    assert_eq!(first.location(), second.location());
    browser.get(&first.location()).await.shows("The note is added.");
    let notes = ada.get(&format!("/api/admin/users/{}/notes", bob.id)).await.ok();
    assert_eq!(notes["data"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_refusal_is_shown_in_place_with_what_was_entered() {
    let world = world().await;
    let ada = world.staff("ada", BuiltInRole::Admin).await;
    let bob = world.person("bob").await;
    let mut browser = Browser::of(&world, &ada.email).await;
    let path = format!("/staff/users/{}/ban", bob.id);
    let page = browser
        .fill(
            &path,
            &[("type", "temporary"), ("durationDays", "-3"), ("reason", "Adverts in messages.")],
        )
        .await;
    assert_eq!(page.status(), 422);
    page.shows("role=\"alert\"").shows("Adverts in messages.").shows("value=\"-3\"");
    assert!(world.user(bob.id).await.expect("bob").suspension.is_none());
}

#[tokio::test]
async fn the_audit_log_has_the_address_and_the_browser_of_the_person() {
    let world = world().await;
    let ada = world.staff("ada", BuiltInRole::Admin).await;
    let bob = world.person("bob").await;
    let mut browser = Browser::of(&world, &ada.email).await;
    browser.move_to("203.0.113.77", "A browser of staff");
    let page = browser
        .fill(
            &format!("/staff/users/{}/ban", bob.id),
            &[("type", "permanent"), ("reason", "Adverts in messages.")],
        )
        .await;
    assert_eq!(page.status(), 303, "{}", page.html);
    let log = ada.get("/api/admin/audit/logs?action=user.banned").await.ok();
    let entry = &log["data"][0];
    assert_eq!(entry["ip"], "203.0.113.77");
    assert_eq!(entry["userAgent"], "A browser of staff");
    assert_eq!(entry["actor"]["id"], ada.id.to_string());
    assert_eq!(entry["reason"], "Adverts in messages.");
}

#[tokio::test]
async fn the_main_job_from_a_misspelt_name_to_a_share_link() {
    let world = world().await;
    let ada = world.staff("ada", BuiltInRole::Admin).await;
    let bob = world.person("katharina").await;
    world.settle().await;
    world.pass(2 * 60 * 60 * 1000).await;
    world.settle().await;
    let mut browser = Browser::of(&world, &ada.email).await;
    let page = browser.get("/staff/users?search=katarina").await;
    page.shows(&bob.id.to_string()).shows("spelled similarly");
    browser.get(&format!("/staff/users/{}/sessions", bob.id)).await.shows("Signed in");
    let page = browser
        .fill(&format!("/staff/users/{}/export", bob.id), &[("reason", "Asked for by email.")])
        .await;
    assert_eq!(page.status(), 200, "{}", page.html);
    page.shows("AGE-SECRET-KEY-");
    world.settle().await;
    let page = browser.get(&format!("/staff/users/{}/exports", bob.id)).await;
    page.shows("completed");
    let export = page
        .links()
        .into_iter()
        .find(|link| link.starts_with("/staff/exports/exp_"))
        .expect("an export");
    let page = browser
        .fill(&format!("{export}/share"), &[("maxDownloads", "2"), ("reason", "For the user.")])
        .await;
    page.shows("https://provost.example/share/");
    let link = page
        .html
        .split("https://provost.example")
        .find_map(|rest| rest.strip_prefix("/share/"))
        .expect("a link");
    let token = link.split(['<', '"']).next().expect("a token").to_owned();
    let someone = world.person("receiver").await;
    assert_eq!(someone.get(&format!("/share/{token}")).await.ok()["remaining"], 2);
    let page = browser.get(&format!("{export}/download")).await;
    assert_eq!(page.status(), 303);
    assert!(page.location().starts_with("http"), "{}", page.location());
}

#[tokio::test]
async fn many_users_are_changed_by_a_plan_and_the_job_is_undone() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let bob = world.person("bob").await;
    world.person("bea").await;
    world.settle().await;
    world.pass(2 * 60 * 60 * 1000).await;
    world.settle().await;
    let mut browser = Browser::of(&world, &root.email).await;
    browser.get("/staff/users?search=bob").await.shows("/staff/users/bulk?search=bob");
    let fields = [("change", "inactive"), ("reason", "Left the school.")];
    let page = browser.fill("/staff/users/bulk?search=bob", &fields).await;
    assert_eq!(page.status(), 200, "{}", page.html);
    page.shows("1 user would be changed").shows("Change 1 user");
    let hidden = page.hidden();
    let fields: Vec<(&str, &str)> =
        hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let page = browser.post("/staff/users/bulk/start", &fields).await;
    assert_eq!(page.status(), 303, "{}", page.html);
    let job = page.location();
    world.settle().await;
    assert_eq!(world.user(bob.id).await.expect("bob").status, Status::Inactive);
    browser.get(&job).await.shows("completed");
    browser.get(&format!("{job}/users")).await.shows(&bob.id.to_string()).shows("done");
    let page = browser.fill(&format!("{job}/undo"), &[("reason", "The wrong school.")]).await;
    assert_eq!(page.status(), 303, "{}", page.html);
    world.settle().await;
    assert_eq!(world.user(bob.id).await.expect("bob").status, Status::Active);
}

#[tokio::test]
async fn a_view_is_saved_and_opened_and_the_selection_is_a_file() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let bob = world.person("bob").await;
    world.settle().await;
    world.pass(2 * 60 * 60 * 1000).await;
    world.settle().await;
    let mut browser = Browser::of(&world, &root.email).await;
    let page = browser.get("/staff/users?search=bob&sort=name").await;
    let save = page
        .links()
        .into_iter()
        .find(|link| link.starts_with("/staff/views/new?"))
        .expect("a link");
    let page = browser.get(&save).await;
    page.shows("value=\"search=bob&amp;sort=name\"");
    let page = browser
        .fill(&save, &[("name", "People called Bob"), ("query", "search=bob&sort=name")])
        .await;
    assert_eq!(page.status(), 303, "{}", page.html);
    let page = browser.get("/staff/views").await;
    page.shows("People called Bob").shows("href=\"/staff/users?search=bob&amp;sort=name\"");
    let file = browser.get("/staff/users/export?search=bob").await;
    assert_eq!(file.status(), 200);
    assert!(file.reply.header("content-disposition").contains("users.csv"));
    assert!(file.html.contains(&bob.email), "{}", file.html);
}

#[tokio::test]
async fn a_change_that_came_second_is_refused_with_what_is_stored_and_what_was_entered() {
    let world = world().await;
    let (ada, joan) = (
        world.staff("ada", BuiltInRole::RootAdmin).await,
        world.staff("joan", BuiltInRole::RootAdmin).await,
    );
    let mut second = Browser::of(&world, &joan.email).await;
    let path = "/staff/settings/passwords/change";
    let hidden = second.get(path).await.hidden();
    let first = json!({ "value": { "policy": "length-only" }, "reason": "Our rules." });
    ada.put("/api/admin/settings/passwords", first).await.ok();
    let mut fields: Vec<(&str, &str)> =
        hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.extend([("value", r#"{"policy":"composed"}"#), ("reason", "As NIST says.")]);
    let page = second.post(path, &fields).await;
    assert_eq!(page.status(), 412, "{}", page.html);
    page.shows("As NIST says.").shows("&quot;composed&quot;").shows("Show what is stored now");
    page.shows("length-only");
    // The person has seen both, and sends the form again.
    let hidden = page.hidden();
    let mut fields: Vec<(&str, &str)> =
        hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.extend([("value", r#"{"policy":"composed"}"#), ("reason", "As NIST says.")]);
    assert_eq!(second.post(path, &fields).await.status(), 303);
}
