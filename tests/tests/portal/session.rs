//! The session of the portal, and its protection against other sites.

use provost_domain::BuiltInRole;
use serde_json::json;

use crate::{Browser, browser::PASSWORD, world};

const HOUR: i64 = 60 * 60 * 1000;

#[tokio::test]
async fn a_member_of_staff_signs_in_and_out() {
    let world = world().await;
    let ada = world.staff("ada", BuiltInRole::Admin).await;
    let mut browser = Browser::new(&world);
    let page = browser.get("/staff/users?search=bo&page=2").await;
    assert_eq!(page.status(), 303);
    assert_eq!(page.location(), "/staff/sign-in?next=%2Fstaff%2Fusers%3Fsearch%3Dbo%26page%3D2");
    let page = browser
        .post(
            "/staff/sign-in",
            &[
                ("email", &ada.email),
                ("password", PASSWORD),
                ("next", "/staff/users?search=bo&page=2"),
            ],
        )
        .await;
    assert_eq!((page.status(), page.location().as_str()), (303, "/staff/users?search=bo&page=2"));
    for line in page.reply.headers.get_all("set-cookie") {
        let line = line.to_str().expect("text");
        assert!(line.starts_with("__Host-provost-portal-"), "{line}");
        for attribute in ["Path=/", "HttpOnly", "Secure", "SameSite=Lax"] {
            assert!(line.contains(attribute), "{line} lacks {attribute}");
        }
    }
    browser.get("/staff").await.shows("Hello, ").shows("Sign out");
    let token = browser.get("/staff").await;
    let token = token
        .html
        .split("name=\"_token\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a token")
        .to_owned();
    let page = browser.post("/staff/sign-out", &[("_token", &token)]).await;
    assert_eq!(page.location(), "/staff/sign-in");
    assert!(browser.cookies().is_empty());
    assert_eq!(browser.get("/staff").await.status(), 303);
}

#[tokio::test]
async fn a_wrong_password_is_explained_and_counted_by_the_api() {
    let world = world().await;
    let ada = world.staff("ada", BuiltInRole::Admin).await;
    let mut browser = Browser::new(&world);
    let page = browser.sign_in(&ada.email, "Not-The-Password-1").await;
    assert_eq!(page.status(), 401);
    page.shows(&ada.email).lacks("Not-The-Password-1");
    assert!(browser.cookies().is_empty());
    let shown = ada.get(&format!("/api/admin/users/{}", ada.id)).await.ok();
    assert_eq!(shown["security"]["failedLoginAttempts"], 1);
}

#[tokio::test]
async fn nobody_is_signed_out_while_working_and_a_session_lasts_a_working_day() {
    let world = world().await;
    let ada = world.staff("ada", BuiltInRole::Admin).await;
    let mut browser = Browser::of(&world, &ada.email).await;
    let first = browser.cookies().clone();
    world.clock.advance(11 * 60 * 1000);
    browser.get("/staff").await.shows("Hello, ");
    assert_ne!(*browser.cookies(), first, "the tokens are renewed");
    world.clock.advance(11 * HOUR);
    browser.get("/staff").await.shows("Hello, ");
    world.clock.advance(2 * HOUR);
    assert_eq!(browser.get("/staff").await.status(), 303);
}

#[tokio::test]
async fn two_pages_that_renew_at_once_both_stay_signed_in() {
    let world = world().await;
    let ada = world.staff("ada", BuiltInRole::Admin).await;
    let mut one = Browser::of(&world, &ada.email).await;
    let mut other = one.tab();
    world.clock.advance(11 * 60 * 1000);
    let (first, second) = tokio::join!(one.get("/staff"), other.get("/staff"));
    first.shows("Hello, ");
    second.shows("Hello, ");
    one.get("/staff").await.shows("Hello, ");
    other.get("/staff").await.shows("Hello, ");
}

#[tokio::test]
async fn a_form_of_another_site_does_nothing() {
    let world = world().await;
    let ada = world.staff("ada", BuiltInRole::Admin).await;
    let bob = world.person("bob").await;
    let mut browser = Browser::of(&world, &ada.email).await;
    let path = format!("/staff/users/{}/note", bob.id);
    let hidden = browser.get(&path).await.hidden();
    let mut fields: Vec<(&str, &str)> =
        hidden.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    fields.push(("text", "A note"));
    for headers in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[],
    ] {
        let page = browser.post_from(headers, &path, &fields).await;
        assert_eq!(page.status(), 403, "{headers:?}");
    }
    fields.retain(|(name, _)| *name != "_token");
    fields.push(("_token", "guessed"));
    assert_eq!(
        browser.post(&path, &fields).await.status(),
        403,
        "a form without the session's token"
    );
    ada.get(&format!("/api/admin/users/{}/notes", bob.id)).await.ok()["data"]
        .as_array()
        .map(|notes| assert!(notes.is_empty()))
        .expect("a list");
}

#[tokio::test]
async fn what_was_typed_is_kept_when_the_session_ends() {
    let world = world().await;
    let ada = world.staff("ada", BuiltInRole::Admin).await;
    let bob = world.person("bob").await;
    let mut browser = Browser::of(&world, &ada.email).await;
    let path = format!("/staff/users/{}/note", bob.id);
    let hidden = browser.get(&path).await.hidden();
    world.clock.advance(13 * HOUR);
    let text = "A long note. ".repeat(160);
    let mut fields: Vec<(&str, &str)> =
        hidden.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    fields.push(("text", &text));
    let page = browser.post(&path, &fields).await;
    assert_eq!(page.status(), 401);
    page.shows("What you entered is kept");
    let kept = page.hidden();
    let mut fields: Vec<(&str, &str)> =
        kept.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    fields.extend([("email", ada.email.as_str()), ("password", PASSWORD)]);
    let page = browser.post("/staff/sign-in", &fields).await;
    assert_eq!(page.status(), 200);
    page.shows("You are signed in again").shows(text.trim());
    let hidden = page.hidden();
    let fields: Vec<(&str, &str)> = hidden.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let page = browser.post(&path, &fields).await;
    assert_eq!(page.status(), 303, "{}", page.html);
    let mut ada = ada;
    ada.renew().await;
    let notes = ada.get(&format!("/api/admin/users/{}/notes", bob.id)).await.ok();
    assert_eq!(notes["data"][0]["text"], json!(text.trim()));
}

#[tokio::test]
async fn a_dangerous_action_needs_the_password_after_ten_minutes() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let bob = world.person("bob").await;
    let mut browser = Browser::of(&world, &root.email).await;
    let path = format!("/staff/users/{}/role", bob.id);
    browser.get(&path).await.lacks("Confirm that it is you");
    world.clock.advance(15 * 60 * 1000);
    browser.get(&path).await.shows("Confirm that it is you");
    let fields = [("role", "staff"), ("reason", "Joins the support team.")];
    let page = browser.fill(&path, &fields).await;
    assert_eq!(page.status(), 422);
    page.shows("Enter your password").shows("Joins the support team.");
    let page =
        browser.fill(&path, &[fields[0], fields[1], ("_password", "Not-The-Password-1")]).await;
    assert_eq!(page.status(), 401);
    assert_eq!(world.user(bob.id).await.expect("bob").role, BuiltInRole::User);
    let page = browser.fill(&path, &[fields[0], fields[1], ("_password", PASSWORD)]).await;
    assert_eq!(page.status(), 303, "{}", page.html);
    assert_eq!(world.user(bob.id).await.expect("bob").role, BuiltInRole::Staff);
    browser.get(&path).await.lacks("Confirm that it is you");
}
