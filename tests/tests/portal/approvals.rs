//! A second person finds, sees and approves a large change; pages offer nothing that is refused.

use provost_domain::{BuiltInRole, Status};

use crate::{Browser, world};

#[tokio::test]
async fn a_second_person_approves_what_another_has_started() {
    let world = world().await;
    let maker = world.staff("maker", BuiltInRole::RootAdmin).await;
    let second = world.staff("second", BuiltInRole::RootAdmin).await;
    let sam = world.staff("sam", BuiltInRole::Staff).await;
    world.settle().await;
    world.pass(2_000).await;
    let mut browser = Browser::of(&world, &maker.email).await;
    let chosen = format!("/staff/users/bulk?row={}", sam.id);
    let fields = [("change", "inactive"), ("reason", "Left the team.")];
    let page = browser.fill(&chosen, &fields).await;
    page.shows("A second person must approve this");
    let hidden = page.hidden();
    let fields: Vec<(&str, &str)> =
        hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let started = browser.post("/staff/users/bulk/start", &fields).await;
    assert_eq!(started.status(), 303, "{}", started.html);
    let job = started.location();
    let (approve, cancel) = (format!("href=\"{job}/approve"), format!("href=\"{job}/cancel"));
    let page = browser.get(&job).await;
    page.shows("Waits for a second person until").shows(&cancel).lacks(&approve);
    browser.get("/staff/jobs").await.shows("Nothing waits for your approval.");

    let mut browser = Browser::of(&world, &second.email).await;
    browser.get("/staff/jobs").await.shows(&format!("href=\"{job}\""));
    let page = browser.get(&job).await;
    page.shows(&approve).shows("Left the team.").shows(&maker.id.to_string());
    browser.get(&format!("{job}/users")).await.shows(&sam.id.to_string());
    let page = browser.fill(&format!("{job}/approve"), &[("reason", "She told me.")]).await;
    assert_eq!(page.status(), 303, "{}", page.html);
    world.settle().await;
    assert_eq!(world.user(sam.id).await.expect("sam").status, Status::Inactive);
    browser.get(&job).await.shows("She told me.").lacks(&approve);
}

#[tokio::test]
async fn the_list_of_users_offers_only_orders_that_the_person_may_see() {
    let world = world().await;
    let admin = world.staff("ada", BuiltInRole::Admin).await;
    let sam = world.staff("sam", BuiltInRole::Staff).await;
    world.settle().await;
    world.pass(2 * 60 * 60 * 1000).await;
    world.settle().await;
    let mut browser = Browser::of(&world, &admin.email).await;
    browser.get("/staff/users").await.shows("value=\"-last_login_at\"");
    let mut sam = sam;
    sam.renew().await;
    let mut browser = Browser::of(&world, &sam.email).await;
    browser.get("/staff/users").await.lacks("value=\"-last_login_at\"").shows("value=\"email\"");
    for filter in fn_portal::staff::users::USERS.filters {
        let value = match filter.name {
            "search" => "sam",
            "status" => "active",
            "roles" => "staff",
            "portal_tier" => "free",
            "country" => "BD",
            "filter" => "status+eq+%22active%22",
            name if name.starts_with("created") => "2026-11-01",
            _ => "true",
        };
        sam.get(&format!("/v1/users?{}={value}", filter.name)).await.ok();
    }
}
