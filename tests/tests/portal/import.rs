//! Users from a file: plan, confirmation, result.

use provost_domain::{BuiltInRole, Email, UserId};
use provost_testkit::World;

use crate::{Browser, world};

const IMPORT: &str = "/staff/users/import";
const FILE: &str = "email,name,date_of_birth\n\
    ada@import.example,Ada L,1990-05-01\n\
    no address,Bela,\n\
    cleo@import.example,Cléo,\n";

async fn owner(world: &World, email: &str) -> Option<UserId> {
    let email: Email = email.parse().expect("an address");
    world.app.store().owner_of_email(&email).await.expect("the table responds")
}

fn fields(hidden: &[(String, String)]) -> Vec<(&str, &str)> {
    hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[tokio::test]
async fn a_file_is_planned_and_imported_without_choosing_it_again() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let mut browser = Browser::of(&world, &root.email).await;
    browser.get(IMPORT).await.shows("provost import FILE").shows("multipart/form-data");
    let sent = [("reason", "The school’s list."), ("send_welcome", "on")];
    let page = browser.send_file(IMPORT, &sent, "file", "school.csv", FILE.as_bytes()).await;
    assert_eq!(page.status(), 200, "{}", page.html);
    page.shows("2 users would be created").shows("school.csv").shows("Refused rows");
    // Line 3 is refused, with its column and the reason.
    page.shows("data-label=\"Line\"").shows("<code>email</code>");
    assert_eq!(page.reply.header("cache-control"), "no-store");
    assert_eq!(owner(&world, "ada@import.example").await, None, "nobody is created by a plan");

    let hidden = page.hidden();
    let done = browser.post("/staff/users/import/start", &fields(&hidden)).await;
    assert_eq!(done.status(), 200, "{}", done.html);
    let ada = owner(&world, "ada@import.example").await.expect("she is created");
    done.shows("2 users were created.").shows(&ada.to_string());
    assert!(owner(&world, "cleo@import.example").await.is_some());
    // A reload sends the form again, and shows the same.
    let again = browser.post("/staff/users/import/start", &fields(&hidden)).await;
    again.shows("2 users were created.");
    let log = root.get("/api/admin/audit/logs?action=user.imported").await.ok();
    let entries = log["data"].as_array().expect("entries");
    assert_eq!(entries.len(), 1, "{log}");
    assert_eq!(entries[0]["reason"], "The school’s list.");
    world.settle().await;
}

#[tokio::test]
async fn a_file_that_is_refused_is_kept_and_an_existing_user_is_left_alone() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let bob = world.person("bob").await;
    let mut browser = Browser::of(&world, &root.email).await;
    let lines = format!("{{\"email\":\"{}\",\"name\":\"Rob\"}}\n", bob.email);
    // Only a table has a delimiter.
    let sent = [("delimiter", ";"), ("reason", "A test.")];
    let page = browser.send_file(IMPORT, &sent, "file", "users.ndjson", lines.as_bytes()).await;
    assert_eq!(page.status(), 422, "{}", page.html);
    page.shows("users.ndjson").shows("Only a table has this parameter");
    let hidden = page.hidden();
    let page =
        browser.post(IMPORT, &[&fields(&hidden)[..], &[("reason", "A test.")]].concat()).await;
    assert_eq!(page.status(), 200, "{}", page.html);
    page.shows("0 users would be created").shows("Users who exist already");
    page.shows(&bob.id.to_string()).shows("There is nobody to create.").lacks("import/start");

    let page = browser.post(IMPORT, &fields(&browser.tab().get(IMPORT).await.hidden())).await;
    assert_eq!(page.status(), 422);
    page.shows("Choose a file.");
    let large = vec![b'a'; (1 << 20) + 1];
    let page = browser.send_file(IMPORT, &[], "file", "large.csv", &large).await;
    assert_eq!(page.status(), 413);
    page.shows("provost import").lacks("_carried");
}

#[tokio::test]
async fn a_file_that_changed_since_its_plan_creates_nobody() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let mut browser = Browser::of(&world, &root.email).await;
    let page = browser.send_file(IMPORT, &[], "file", "school.csv", FILE.as_bytes()).await;
    let mut hidden = page.hidden();
    for (name, value) in &mut hidden {
        if name == "_carried" {
            use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
            *value = URL_SAFE_NO_PAD.encode("email\neve@import.example\n");
        }
    }
    let page = browser.post("/staff/users/import/start", &fields(&hidden)).await;
    assert_eq!(page.status(), 409, "{}", page.html);
    page.shows("changed since the plan");
    assert_eq!(owner(&world, "eve@import.example").await, None);
}

#[tokio::test]
async fn only_who_may_create_users_imports_them() {
    let world = world().await;
    let sam = world.staff("sam", BuiltInRole::Staff).await;
    let mut browser = Browser::of(&world, &sam.email).await;
    browser.get("/staff/users").await.lacks(IMPORT);
    let page = browser.get(IMPORT).await;
    assert_eq!(page.status(), 403);
    page.shows("user.create").lacks("type=\"file\"");
}
