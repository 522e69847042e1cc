//! Acting as a user inside the portal.

use provost_domain::BuiltInRole;
use provost_testkit::Someone;

use crate::{
    Browser,
    browser::{PASSWORD, Page},
    world,
};

const MINUTE: i64 = 60 * 1000;
const COOKIE: &str = "__Host-provost-portal-acting";

async fn start(browser: &mut Browser<'_>, user: &Someone<'_>, mode: &str) -> Page {
    let path = format!("/staff/users/{}/impersonate", user.id);
    let fields = [("view_mode", mode), ("reason", "The list of servers is empty.")];
    let page = browser.fill(&path, &fields).await;
    assert_eq!(page.status(), 303, "{}", page.html);
    page
}

async fn stop(browser: &mut Browser<'_>, page: &Page) -> Page {
    browser.post("/staff/stop-acting", &[("_token", &page.first_token())]).await
}

#[tokio::test]
async fn a_banner_says_who_acts_as_whom_and_stop_returns_to_the_session_of_before() {
    let world = world().await;
    let ada = world.staff("ada", BuiltInRole::Admin).await;
    let (bob, eve) = (world.person("bob").await, world.person("eve").await);
    let mut browser = Browser::of(&world, &ada.email).await;
    let before = browser.cookies().clone();
    for user in [&bob, &eve] {
        let page = start(&mut browser, user, "impersonation").await;
        assert_eq!(page.location(), "/account");
        let line = page.reply.header("set-cookie");
        for attribute in [COOKIE, "Path=/", "HttpOnly", "Secure", "SameSite=Lax"] {
            assert!(line.contains(attribute), "{line} lacks {attribute}");
        }
        let page = browser.get("/account").await;
        page.shows("sees what is shown to").shows("30 minutes").shows(&user.email);
        page.lacks("href=\"/account/profile\"").lacks(&ada.email);
        browser.get("/account/sessions").await.shows("sees what is shown to");
        assert_eq!(browser.get("/staff/users").await.status(), 403);
        let acting = browser.tab();
        let page = stop(&mut browser, &page).await;
        assert_eq!(page.location(), format!("/staff/users/{}?done=stopped-acting", user.id));
        browser.get(&page.location()).await.shows("You act for yourself again.");
        assert_eq!(*browser.cookies(), before, "the session is that of before");
        // A tab that still has the token is told that it has no effect.
        let mut acting = acting;
        assert_eq!(acting.get("/account").await.location(), "/staff?done=acting-is-over");
        bob.get("/api/users/me").await.ok();
    }
    let seen = bob.get("/api/users/me/impersonations").await.ok();
    assert_eq!(seen["data"].as_array().map(Vec::len), Some(1), "{seen}");
}

#[tokio::test]
async fn looking_changes_nothing_and_a_masquerade_changes_the_user() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let bob = world.person("bob").await;
    let mut browser = Browser::of(&world, &root.email).await;
    start(&mut browser, &bob, "impersonation").await;
    let page = browser.fill("/account/profile", &[("firstName", "Changed")]).await;
    assert_eq!(page.status(), 403);
    page.shows("role=\"alert\"");
    let page = browser.get("/account").await;
    stop(&mut browser, &page).await;
    assert_ne!(bob.get("/api/users/me").await.ok()["firstName"], "Changed");

    start(&mut browser, &bob, "masquerade").await;
    browser.get("/account").await.shows("acts as").shows("href=\"/account/profile\"");
    let page = browser.fill("/account/profile", &[("firstName", "Changed")]).await;
    assert_eq!(page.status(), 303, "{}", page.html);
    assert_eq!(bob.get("/api/users/me").await.ok()["firstName"], "Changed");
    assert_ne!(root.get("/api/users/me").await.ok()["firstName"], "Changed");
    // What is sensitive is refused with the sentence of the API.
    let page = browser.fill("/account/delete", &[]).await;
    assert_eq!(page.status(), 403, "{}", page.html);
    assert!(world.user(bob.id).await.expect("bob").deletion.is_none());
}

#[tokio::test]
async fn a_form_that_was_opened_as_the_user_is_not_sent_as_the_member_of_staff() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let bob = world.person("bob").await;
    let mut browser = Browser::of(&world, &root.email).await;
    start(&mut browser, &bob, "masquerade").await;
    let form = browser.get("/account/profile").await;
    let hidden = form.hidden();
    let mut fields: Vec<(&str, &str)> =
        hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.push(("firstName", "Changed"));
    stop(&mut browser, &form).await;
    assert_eq!(browser.post("/account/profile", &fields).await.status(), 403);
    assert_ne!(root.get("/api/users/me").await.ok()["firstName"], "Changed");

    // The same when the time is over, or the session of the member of staff.
    for minutes in [16, 13 * 60] {
        let mut browser = Browser::of(&world, &root.email).await;
        start(&mut browser, &bob, "masquerade").await;
        let hidden = browser.get("/account/profile").await.hidden();
        let mut fields: Vec<(&str, &str)> =
            hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        fields.push(("firstName", "Changed"));
        world.clock.advance(minutes * MINUTE);
        let page = browser.post("/account/profile", &fields).await;
        assert_ne!(page.status(), 303);
        page.lacks("Changed");
        assert!(!browser.cookies().contains_key(COOKIE));
        let page = browser.sign_in(&root.email, PASSWORD).await;
        page.lacks("Changed");
        browser.get("/account").await.lacks("Changed").shows(&root.email);
    }
}

#[tokio::test]
async fn acting_ends_with_its_time_and_with_the_rights_of_the_member_of_staff() {
    let world = world().await;
    let ada = world.staff("ada", BuiltInRole::Admin).await;
    let bob = world.person("bob").await;
    let mut browser = Browser::of(&world, &ada.email).await;
    start(&mut browser, &bob, "impersonation").await;
    world.clock.advance(28 * MINUTE);
    browser.get("/account").await.shows("2 minutes").shows(&bob.email);
    world.clock.advance(3 * MINUTE);
    let page = browser.get("/account").await;
    assert_eq!(page.location(), "/staff?done=acting-is-over");
    browser.get(&page.location()).await.shows("the time is over").lacks("sees what is shown");

    // It is more than ten minutes since the sign-in, so the password is needed.
    let path = format!("/staff/users/{}/impersonate", bob.id);
    let fields = [
        ("view_mode", "impersonation"),
        ("reason", "The list of servers is empty."),
        ("_password", PASSWORD),
    ];
    assert_eq!(browser.fill(&path, &fields).await.location(), "/account");
    browser.get("/account").await.shows("sees what is shown to");
    world.edit(ada.id, |user| user.role = BuiltInRole::User).await;
    let page = browser.get("/account").await;
    assert_eq!(page.location(), "/staff?done=acting-is-over");
    browser.get("/account").await.shows(&ada.email);
}

#[tokio::test]
async fn signing_out_while_acting_ends_both() {
    let world = world().await;
    let ada = world.staff("ada", BuiltInRole::Admin).await;
    let bob = world.person("bob").await;
    let mut browser = Browser::of(&world, &ada.email).await;
    start(&mut browser, &bob, "impersonation").await;
    let mut acting = browser.tab();
    let token = browser.get("/account").await.first_token();
    let page = browser.post("/staff/sign-out", &[("_token", &token)]).await;
    assert_eq!(page.location(), "/staff/sign-in");
    assert!(browser.cookies().is_empty(), "{:?}", browser.cookies());
    let page = acting.get("/account").await;
    assert_ne!(page.status(), 200, "{}", page.html);
}
