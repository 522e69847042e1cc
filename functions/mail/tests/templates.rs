//! Email templates: shown, changed, previewed, and used for the next email.

use provost_domain::{
    BuiltInRole, MessageId, UserId, mail::Template, message::Message, profile::Profile,
};
use provost_local::Function;
use provost_testkit::World;
use serde_json::{Value, json};

const CHANGED: &str = "/api/admin/emails/templates/password-changed";

async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("mail", fn_mail::routes().router(app.clone())),
            Function::worker_over("outbox", app, fn_outbox::handle),
            Function::worker_over("mail-worker", app, fn_mail_worker::handle),
        ]
    })
    .await
}

async fn write(world: &World, user: UserId) {
    let id = world.app.id(MessageId::new);
    let template = Template::PasswordChanged;
    let message = Message::Mail { id, user, template, about: None };
    let body = serde_json::to_string(&message).expect("a message is JSON");
    world.runner.send_raw("mail", &body).await.expect("the queue accepts the message");
    world.settle().await;
}

async fn newest(world: &World) -> Value {
    let root =
        world.staff(&format!("reader{}", world.app.id(UserId::new)), BuiltInRole::RootAdmin).await;
    root.get("/api/admin/email/logs").await.ok()["data"][0].clone()
}

#[tokio::test]
async fn a_template_is_shown_with_its_contents_and_variables() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let shown = grace.get(CHANGED).await.ok();
    assert_eq!(shown["id"], "password-changed");
    let variables: Vec<_> = shown["variables"]
        .as_array()
        .expect("variables")
        .iter()
        .map(|variable| variable["name"].as_str().expect("a name"))
        .collect();
    assert_eq!(variables, ["firstName", "brand", "url", "time", "email"]);
    let languages = shown["languages"].as_array().expect("languages");
    assert_eq!(languages.len(), 2);
    assert_eq!(languages[0]["language"], "en");
    assert_eq!(languages[0]["content"], languages[0]["builtIn"]);
    assert_eq!((&languages[0]["customised"], &languages[0]["version"]), (&json!(false), &json!(0)));
    assert_eq!(languages[1]["content"]["subject"], "Ihr Passwort wurde geändert");
}

#[tokio::test]
async fn a_template_is_only_for_staff_with_the_permission() {
    let world = world().await;
    let body = json!({ "language": "en", "subject": "x", "text": "y" });
    world.anyone().put(CHANGED, body.clone()).await.is(401, "UNAUTHENTICATED");
    world.person("ada").await.get(CHANGED).await.is(403, "ADMIN_REQUIRED");
    let grace = world.staff("grace", BuiltInRole::Staff).await;
    grace.put(CHANGED, body).await.is(403, "PERMISSION_DENIED");
}

#[tokio::test]
async fn an_email_without_a_content_of_its_own_has_no_template() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    for name in ["telegram", "broadcast", "message"] {
        let path = format!("/api/admin/emails/templates/{name}");
        grace.get(&path).await.is(404, "NOT_FOUND");
        let body = json!({ "language": "en", "subject": "x", "text": "y" });
        grace.put(&path, body).await.is(404, "NOT_FOUND");
        grace.post(&format!("{path}/preview"), json!({})).await.is(404, "NOT_FOUND");
    }
}

#[tokio::test]
async fn emails_are_written_with_a_changed_template_until_it_is_reset() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let ada = world.person("ada").await;
    let body = json!({ "language": "en", "subject": "Hi {{ firstName }}", "text": "Changed on {{ time }}." });
    let saved = grace.put(CHANGED, body.clone()).await.ok();
    assert_eq!((&saved["customised"], &saved["version"]), (&json!(true), &json!(1)));
    assert_eq!(grace.put(CHANGED, body).await.ok()["version"], 1, "the same again");
    write(&world, ada.id).await;
    let email = newest(&world).await;
    assert_eq!(email["subject"], "Hi ada");
    let text = email["body"].as_str().expect("a body");
    assert!(text.starts_with("Changed on 20 November 2026, 16:00 UTC.\n"), "{text}");

    let saved = grace.put(CHANGED, json!({ "language": "en", "reset": true })).await.ok();
    assert_eq!((&saved["customised"], &saved["version"]), (&json!(false), &json!(2)));
    world.advance(1000);
    write(&world, ada.id).await;
    assert_eq!(newest(&world).await["subject"], "Your password has been changed");
}

#[tokio::test]
async fn a_change_of_one_language_leaves_the_other() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let ada = world.person("ada").await;
    let body = json!({ "language": "de", "subject": "Neu", "text": "Neu am {{ time }}." });
    grace.put(CHANGED, body).await.ok();
    write(&world, ada.id).await;
    assert_eq!(newest(&world).await["subject"], "Your password has been changed");
    let profile =
        Profile { settings: [("locale".to_owned(), json!("de-CH"))].into(), ..Profile::default() };
    let mut tx = world.app.transaction();
    tx.save_profile(ada.id, &profile).expect("a profile");
    tx.commit().await.expect("the table responds");
    world.advance(1000);
    write(&world, ada.id).await;
    assert_eq!(newest(&world).await["subject"], "Neu");
}

#[tokio::test]
async fn a_template_with_an_unknown_variable_is_refused_with_the_names_that_exist() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let body = json!({ "language": "en", "subject": "x", "text": "Hello {{fristName}}," });
    for path in [CHANGED.to_owned(), format!("{CHANGED}/preview")] {
        let reply = if path.ends_with("preview") {
            grace.post(&path, body.clone()).await
        } else {
            grace.put(&path, body.clone()).await
        };
        let error = reply.is(422, "VALIDATION_FAILED")["errors"][0].clone();
        assert_eq!((&error["field"], &error["code"]), (&json!("text"), &json!("unknown_variable")));
        assert_eq!(error["allowed"], json!(["firstName", "brand", "url", "time", "email"]));
    }
    assert_eq!(grace.get(CHANGED).await.ok()["languages"][0]["version"], 0, "nothing is saved");
}

#[tokio::test]
async fn an_invalid_content_is_refused_by_its_part() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    for (field, part) in [
        ("subject", json!({ "subject": "Hi\r\nBcc: x@example.org", "text": "y" })),
        ("subject", json!({ "subject": "=?utf-8?q?Hi=0D=0ABcc:_x@example.org?=", "text": "y" })),
        ("subject", json!({ "text": "y" })),
        ("subject", json!({ "subject": "{% if firstName %}Hi{% endif %}", "text": "y" })),
        ("text", json!({ "subject": "x" })),
        ("text", json!({ "subject": "x", "text": "{% for a in %}" })),
        ("text", json!({ "subject": "x", "text": "x".repeat(10_001) })),
        ("html", json!({ "subject": "x", "text": "y", "html": "{{ nobody }}" })),
        ("reset", json!({ "text": "y", "reset": true })),
        ("language", json!({ "language": "tlh", "subject": "x", "text": "y" })),
    ] {
        let mut body = json!({ "language": "en" });
        for (name, value) in part.as_object().expect("an object") {
            body[name] = value.clone();
        }
        let error = grace.put(CHANGED, body).await.is(422, "VALIDATION_FAILED");
        assert_eq!(error["errors"][0]["field"], field, "{part}: {error}");
    }
}

#[tokio::test]
async fn a_change_of_an_outdated_version_is_refused() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let body = |subject: &str| json!({ "language": "en", "subject": subject, "text": "y" });
    let first = grace.with_header("If-Match", "\"0\"");
    first.put(CHANGED, body("one")).await.ok();
    first.put(CHANGED, body("two")).await.is(412, "STALE_VERSION");
}

#[tokio::test]
async fn a_preview_is_the_email_that_would_be_sent() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::RootAdmin).await;
    let path = format!("{CHANGED}/preview");
    let content = json!({
        "subject": "For {{ email }}",
        "text": "Hello {{ firstName }},\n\nchanged on {{ time }}.",
        "html": "<p>{{ firstName }} &amp; {{ brand }}</p>",
        "sendToMe": true,
    });
    let preview = grace.post(&path, content).await.ok();
    assert_eq!(preview["subject"], "For ada@user.example");
    assert!(preview["html"].as_str().expect("HTML").contains("<p>grace &amp; Provost</p>"));
    world.runner.settle().await;
    let log = grace.get("/api/admin/email/logs").await.ok();
    let email = &log["data"][0];
    assert_eq!(email["id"], preview["sentAs"]);
    assert_eq!((&email["to"], &email["status"]), (&json!(grace.email), &json!("sent")));
    assert_eq!((&email["subject"], &email["body"]), (&preview["subject"], &preview["text"]));

    let without = grace.post(&path, json!({ "withoutOptional": true })).await.ok();
    assert!(without["text"].as_str().expect("a text").starts_with("Hello,\n"), "{without}");
    assert_eq!(without.get("sentAs"), None);
}

#[tokio::test]
async fn only_root_changes_an_email_with_a_link_or_token_for_its_reader() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let leak = json!({
        "language": "en", "subject": "x", "text": "{{ link }}",
        "html": "<img src=\"https://other.example/?{{ token }}\">",
    });
    for name in ["password-reset", "password-reset-forced", "verify-email"] {
        let path = format!("/api/admin/emails/templates/{name}");
        grace.put(&path, leak.clone()).await.is(403, "SUPERADMIN_REQUIRED");
        let reset = json!({ "language": "en", "reset": true });
        grace.put(&path, reset).await.is(403, "SUPERADMIN_REQUIRED");
        assert_eq!(grace.get(&path).await.ok()["languages"][0]["version"], 0, "nothing is saved");
    }
    // A link without a token acts for its reader too.
    let body = json!({ "language": "en", "subject": "x", "text": "y" });
    for name in ["account-suspended", "deletion-requested"] {
        let path = format!("/api/admin/emails/templates/{name}");
        grace.put(&path, body.clone()).await.is(403, "SUPERADMIN_REQUIRED");
    }
    root.put("/api/admin/emails/templates/password-reset", body.clone()).await.ok();
    grace.put("/api/admin/emails/templates/account-restored", body).await.ok();
}

#[tokio::test]
async fn a_first_name_is_literal_in_subject_and_text_and_escaped_once_in_html() {
    let world = world().await;
    let root = world.staff("grace", BuiltInRole::RootAdmin).await;
    let path = format!("{CHANGED}/preview");
    let content = json!({
        "subject": "For {{ firstName }}.", "text": "Hello {{ firstName }}.",
        "html": "<p>Hello {{ firstName }}.</p>", "sendToMe": true,
    });
    for (name, escaped) in [
        ("O'Brien & <b>Söhne</b>", "O&#x27;Brien &amp; &lt;b&gt;Söhne&lt;&#x2f;b&gt;"),
        ("Anna Maria", "Anna Maria"),
        ("J. R. R.", "J. R. R."),
    ] {
        world.edit(root.id, |user| user.first_name = name.to_owned()).await;
        world.advance(1000);
        let preview = root.post(&path, content.clone()).await.ok();
        assert_eq!(preview["subject"], format!("For {name}."));
        let text = preview["text"].as_str().expect("a text");
        assert!(text.starts_with(&format!("Hello {name}.\n")), "{text}");
        let html = preview["html"].as_str().expect("HTML");
        assert!(html.contains(&format!("<p>Hello {escaped}.</p>")), "{html}");
        world.runner.settle().await;
        let log = root.get("/api/admin/email/logs").await.ok();
        let email = log["data"]
            .as_array()
            .expect("a list")
            .iter()
            .find(|email| email["id"] == preview["sentAs"]);
        let email = email.expect("it is in the log");
        assert_eq!((&email["subject"], &email["body"]), (&preview["subject"], &preview["text"]));
    }
    for text in [
        "Win at https://evil.example",
        "evil.example",
        "www.evil.example/win",
        "evil。example",
        "me@evil",
        "Call 0800 1234",
        "{{ url }}",
        "A name that is much too long to be one of a person",
    ] {
        world.edit(root.id, |user| user.first_name = text.to_owned()).await;
        let preview = root.post(&path, content.clone()).await.ok();
        assert_eq!(preview["subject"], "For.", "{text}");
    }
    world.settle().await;
}
