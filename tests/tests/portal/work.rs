//! What staff do in the portal, page by page.

use provost_domain::BuiltInRole;
use serde_json::json;

use crate::{Browser, world};

/// The smallest PNG that decodes: one pixel.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

fn png() -> Vec<u8> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    STANDARD.decode(PNG).expect("base64")
}

#[tokio::test]
async fn a_change_of_a_role_is_shown_before_it_is_saved() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let bob = world.person("bob").await;
    let mut browser = Browser::of(&world, &root.email).await;
    let fields = [
        ("name", "Reviewer"),
        ("permissions", "report.read"),
        ("permissions", "report.decide"),
        ("reason", "The review team begins."),
    ];
    browser.get("/staff/roles/new").await.shows("value=\"report.read\"");
    let page = browser.fill("/staff/roles/new", &fields).await;
    assert_eq!(page.status(), 303, "{}", page.html);
    let role = page.location().split('?').next().expect("a path").to_owned();
    let id = role.rsplit('/').next().expect("an id").to_owned();
    let assign = format!("/staff/users/{}/permissions/assign", bob.id);
    browser.get(&assign).await.shows("Reviewer");
    let page = browser.fill(&assign, &[("role", &id), ("reason", "Joins the team.")]).await;
    assert_eq!(page.status(), 303, "{}", page.html);

    let change = [
        ("name", "Reviewer"),
        ("permissions", "report.read"),
        ("permissions", "content.flag"),
        ("active", "on"),
        ("reason", "Reviewers flag content."),
    ];
    let with_preview: Vec<_> = change.into_iter().chain([("_preview", "1")]).collect();
    let page = browser.fill(&format!("{role}/change"), &with_preview).await;
    assert_eq!(page.status(), 200, "{}", page.html);
    page.shows("This would change").shows("Nothing is saved yet").shows("Reviewers flag content.");
    let notice = page.html.split("This would change").nth(1).expect("a notice");
    let notice = notice.split("<form").next().expect("a notice");
    assert!(notice.contains("content.flag") && notice.contains("report.decide"), "{notice}");
    let stored = root.get(&format!("/v1/rbac/roles/{id}")).await.ok();
    assert_eq!(stored["permissions"], json!(["report.read", "report.decide"]));
    let page = browser.fill(&format!("{role}/change"), &change).await;
    assert_eq!(page.status(), 303, "{}", page.html);
    let stored = root.get(&format!("/v1/rbac/roles/{id}")).await.ok();
    assert_eq!(stored["permissions"], json!(["report.read", "content.flag"]));

    // The matrix has a column for the role, and the user's page says why they have a permission.
    browser.get("/staff/roles/compare").await.shows("Reviewer").shows("content.flag");
    browser.get(&format!("{role}/users")).await.shows(&bob.id.to_string());
    let permissions = format!("/staff/users/{}/permissions", bob.id);
    browser.get(&permissions).await.shows("content.flag").shows("custom role");
    let deny = [("permission", "content.flag"), ("effect", "deny"), ("reason", "On probation.")];
    browser.fill(&format!("{permissions}/set"), &deny).await;
    browser.get(&permissions).await.shows("Denied").shows("denial");
    let remove = format!("{permissions}/content.flag/remove");
    let page = browser.fill(&remove, &[("reason", "Probation is over.")]).await;
    assert_eq!(page.status(), 303, "{}", page.html);
    browser.get(&permissions).await.lacks("Denied");
}

#[tokio::test]
async fn a_queue_of_verifications_is_worked_through() {
    let world = world().await;
    let ada = world.staff("ada", BuiltInRole::Admin).await;
    let image = json!({ "contentType": "image/png", "data": PNG });
    for name in ["bob", "eve"] {
        let person = world.person(name).await;
        let papers = json!({ "document": image, "selfie": image });
        person.post("/api/verifications/identity", papers).await.status(201);
    }
    let mut browser = Browser::of(&world, &ada.email).await;
    let first = browser.get("/staff/verifications/next").await.location();
    let page = browser.get(&first).await;
    page.shows("The document of the user").shows("The selfie of the user");
    // The images are on another server, which the policy of this page allows.
    let image = page.html.split("<img src=\"").nth(1).expect("an image");
    let origin = image.split("/provost-files").next().expect("an address").to_owned();
    let origin = origin.split('/').take(3).collect::<Vec<_>>().join("/");
    let policy = page.reply.header("content-security-policy");
    assert!(policy.contains(&origin), "{policy} lacks {origin}");
    let page = browser.fill(&format!("{first}/approve"), &[("reason", "The face matches.")]).await;
    assert_eq!(page.status(), 303, "{}", page.html);
    let page = browser.get(&page.location()).await;
    let second = page.location();
    assert!(second.starts_with("/staff/verifications/ver_") && !second.starts_with(&first));
    browser.get(&second).await.shows("The verification is approved.");
    let second = second.split('?').next().expect("a path").to_owned();
    let page = browser.fill(&format!("{second}/reject"), &[("reason", "Too dark.")]).await;
    let page = browser.get(&page.location()).await;
    assert!(page.location().starts_with("/staff/verifications?status=pending"));
    browser.get(&page.location()).await.shows("Nothing matches these filters.");
    world.settle().await;

    // Who may not see the images sees the request without them.
    let sam = world.staff("sam", BuiltInRole::Staff).await;
    let mut browser = Browser::of(&world, &sam.email).await;
    browser.get(&second).await.shows("verification.images").lacks("<img");
}

#[tokio::test]
async fn a_record_that_is_wrong_is_explained_beside_its_field() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let bob = world.person("bob").await;
    let organisation =
        bob.post("/api/organisations", json!({ "name": "Lindqvist", "handle": "lindqvist" })).await;
    let organisation = organisation.status(201)["id"].as_str().expect("an id").to_owned();
    let mut browser = Browser::of(&world, &root.email).await;
    let zones = format!("/staff/organisations/{organisation}/zones");
    let page = browser.fill(&format!("{zones}/new"), &[("name", "lindqvist.example")]).await;
    assert_eq!(page.status(), 303, "{}", page.html);
    let page = browser.get(&zones).await;
    page.shows("lindqvist.example");
    let zone = page
        .links()
        .into_iter()
        .find(|link| link.starts_with(&format!("{zones}/zon_")))
        .expect("a zone");
    let zone = zone.trim_end_matches("/records").to_owned();
    browser.get(&zone).await.shows("_provost-challenge.lindqvist.example");
    let new = format!("{zone}/records/new");
    let page =
        browser.fill(&new, &[("name", "www"), ("type", "A"), ("content", "192.0.2.700")]).await;
    assert_eq!(page.status(), 422);
    page.shows("aria-invalid=\"true\"").shows("id=\"field-content-error\"").shows("192.0.2.700");
    let page =
        browser.fill(&new, &[("name", "www"), ("type", "A"), ("content", "192.0.2.7")]).await;
    assert_eq!(page.status(), 303, "{}", page.html);
    let page = browser.get(&format!("{zone}/records")).await;
    page.shows("www.lindqvist.example").shows("192.0.2.7");
    let change = page.links().into_iter().find(|link| link.contains("/change?")).expect("a link");
    browser.get(&change).await.shows("value=\"www.lindqvist.example\"").shows("192.0.2.7");
    let page = browser.get(&format!("{zone}/file")).await;
    assert!(page.html.contains("192.0.2.7") && page.status() == 200, "{}", page.html);
}

#[tokio::test]
async fn files_are_sent_from_forms() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let bob = world.person("bob").await;
    let mut browser = Browser::of(&world, &root.email).await;
    let path = format!("/staff/users/{}/documents/new", bob.id);
    let fields = [("description", "Signed contract"), ("reason", "Sent by mail.")];
    browser.get(&path).await.shows("multipart/form-data");
    let page = browser.send_file(&path, &fields, "data", "contract.png", &png()).await;
    assert_eq!(page.status(), 303, "{}", page.html);
    browser.get(&page.location()).await.shows("contract.png").shows("The document is added.");
    // What is no document is refused in place.
    let page = browser.send_file(&path, &fields, "data", "contract.exe", b"MZ").await;
    assert_eq!(page.status(), 422, "{}", page.html);
    page.shows("role=\"alert\"").shows("Signed contract");

    let page = browser.send_file("/account/avatar", &[], "file", "me.png", &png()).await;
    assert_eq!(page.status(), 303, "{}", page.html);
    let me = root.get("/api/users/me").await.ok();
    assert!(me["avatarUrl"].is_string(), "{me}");
    let path = format!("/staff/users/{}/avatar", bob.id);
    let page = browser.send_file(&path, &[], "file", "bob.png", &png()).await;
    assert_eq!(page.status(), 303, "{}", page.html);
}

#[tokio::test]
async fn chosen_rows_are_changed_and_no_others() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let (bob, eve, pia) =
        (world.person("bob").await, world.person("eve").await, world.person("pia").await);
    world.settle().await;
    world.pass(2 * 60 * 60 * 1000).await;
    world.settle().await;
    let mut browser = Browser::of(&world, &root.email).await;
    let page = browser.get("/staff/users").await;
    page.shows("Change all 4 that match").shows(&format!("value=\"{}\"", bob.id));
    let chosen = format!("/staff/users/bulk?row={}&row={}", bob.id, eve.id);
    browser.get(&chosen).await.shows("<strong>2</strong> users that you chose");
    let page =
        browser.fill(&chosen, &[("change", "inactive"), ("reason", "Left the school.")]).await;
    page.shows("Change 2 users");
    let hidden = page.hidden();
    let fields: Vec<(&str, &str)> =
        hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let page = browser.post("/staff/users/bulk/start", &fields).await;
    assert_eq!(page.status(), 303, "{}", page.html);
    world.settle().await;
    let status = async |id| world.user(id).await.expect("a user").status;
    assert_eq!(status(bob.id).await, provost_domain::Status::Inactive);
    assert_eq!(status(eve.id).await, provost_domain::Status::Inactive);
    assert_eq!(status(pia.id).await, provost_domain::Status::Active);
}

#[tokio::test]
async fn a_search_finds_pages_and_actions_that_the_person_may_open() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let sam = world.staff("sam", BuiltInRole::Staff).await;
    let mut browser = Browser::of(&world, &root.email).await;
    browser.get("/staff/search").await.shows("href=\"/staff/audit\"");
    browser.get("/staff/search?q=system+key").await.shows("href=\"/staff/system-keys/new\"");
    let mut browser = Browser::of(&world, &sam.email).await;
    browser.get("/staff/search?q=system+key").await.lacks("/staff/system-keys");
}

#[tokio::test]
async fn the_api_is_described_with_a_command_for_each_route() {
    let world = world().await;
    let sam = world.staff("sam", BuiltInRole::Staff).await;
    let mut browser = Browser::of(&world, &sam.email).await;
    let list = browser.get("/staff/api").await;
    let operations: Vec<_> =
        list.links().into_iter().filter(|link| link.starts_with("/staff/api/")).collect();
    let described = sam.get("/openapi.json").await.ok();
    let methods = described["paths"].as_object().expect("paths").values();
    let count: usize = methods.map(|path| path.as_object().map_or(0, serde_json::Map::len)).sum();
    assert_eq!(operations.len(), count, "every operation has a page");
    for operation in &operations {
        let page = browser.get(operation).await;
        assert_eq!(page.status(), 200, "{operation}");
        page.shows("curl -sS -X ").shows("Answers");
    }
    let page = browser.get("/staff/api?q=ban+user").await;
    page.shows("/staff/api/banUser").lacks("/staff/api/getHealth");
    let page = browser.get("/staff/api/banUser").await;
    page.shows("Idempotency-Key").shows("durationDays").shows("Authorization: Bearer $TOKEN");
    assert_eq!(browser.get("/staff/api/nothing").await.status(), 404);
}

#[tokio::test]
async fn an_integration_is_tested_without_storing_its_credentials() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let mut browser = Browser::of(&world, &root.email).await;
    let fields = [("integration", "github"), ("credentials", "pat = github_pat_example")];
    let page = browser.fill("/staff/integrations/test", &fields).await;
    assert_eq!(page.status(), 200, "{}", page.html);
    page.shows("could not be reached");
}
