//! The link to unsubscribe.

use provost_domain::BuiltInRole;
use provost_store::preferences::MailPreferences;
use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn a_user_who_unsubscribes_in_one_click_gets_no_broadcast_and_every_other_email() {
    let world = world().await;
    let root = world.staff("grace", BuiltInRole::RootAdmin).await;
    let ada = world.person("ada").await;
    root.post(BROADCAST, news("all")).await.status(202);
    world.settle().await;
    let log = root.get(&format!("/api/admin/email/logs?to={}", ada.email)).await.ok();
    let text = log["data"][0]["body"].as_str().expect("a body").to_owned();
    let at = text.find("/unsubscribe/").expect("the link is in the text");
    let path = text[at..].split_whitespace().next().expect("a link").to_owned();
    // Scanners open links.
    for _ in 0..3 {
        let page = world.anyone().get(&path).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("Unsubscribe from our emails?"));
    }
    let head = "HEAD".parse().expect("a method");
    let answer = world.anyone().ask(head, &path, "", "".into()).await;
    assert!(!answer.status.is_server_error(), "{}", answer.status);
    let preferences = async || world.app.store().mail_preferences(ada.id).await.expect("an answer");
    assert_eq!(preferences().await, MailPreferences::default());
    for (kind, body) in [
        ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"),
        (
            "multipart/form-data; boundary=x",
            "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n",
        ),
        ("", ""),
    ] {
        let page =
            world.anyone().ask("POST".parse().expect("a method"), &path, kind, body.into()).await;
        assert_eq!(page.status, 200, "{kind}: {}", page.text());
        assert!(page.text().contains("You are unsubscribed"));
    }
    assert_eq!(preferences().await.unsubscribed_at, Some(world.app.now()));
    let started = root.post(BROADCAST, news("all")).await.status(202);
    world.settle().await;
    let done = shown(&root, &started["id"]).await;
    assert_eq!((&done["sent"], &done["leftOut"]), (&json!(1), &json!(1)));
    // A message to the user alone is still sent.
    let message = json!({ "to": [ada.email], "subject": "Hello", "text": "Hello." });
    root.post("/api/admin/email/send", message).await.status(202);
    world.leaves("outbox", "the worker for single emails is not part of this world");
    let page = world
        .anyone()
        .ask("POST".parse().expect("a method"), &format!("{path}?subscribe=true"), "", "".into())
        .await;
    assert!(page.text().contains("You are subscribed"), "{}", page.text());
    assert_eq!(preferences().await, MailPreferences::default());
}

#[tokio::test]
async fn a_link_that_is_not_ours_unsubscribes_nobody() {
    let world = world().await;
    for token in ["x", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c3JfMSJ9."] {
        let page = world.anyone().get(&format!("/unsubscribe/{token}")).await;
        assert_eq!(page.status, 404);
        assert!(page.text().contains("This link is not valid"));
    }
}
