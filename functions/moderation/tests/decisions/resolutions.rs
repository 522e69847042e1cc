//! Decisions about reports, and what they do.

use provost_domain::{BuiltInRole, Permission, Status};
use serde_json::{Value, json};

use super::support::*;

#[tokio::test]
async fn of_two_simultaneous_decisions_one_wins_and_the_other_learns_of_it() {
    for round in 0..4 {
        let world = world().await;
        let (ada, mallory) = (world.person("ada").await, world.person("mallory").await);
        let grace = world.staff("grace", BuiltInRole::Admin).await;
        let heidi = world.staff("heidi", BuiltInRole::Admin).await;
        let report = ada.post(REPORTS, about(mallory.id)).await.status(201);
        let path = report_path(&report);
        let (dismissed, banned) = tokio::join!(
            grace.patch(&path, json!({"status": "dismissed"})),
            heidi.patch(&path, resolved("user-banned")),
        );
        let ban_won = banned.status.as_u16() == 200;
        let (won, lost, winner) =
            if ban_won { (banned, dismissed, &heidi) } else { (dismissed, banned, &grace) };
        let (won, lost) = (won.ok(), lost.is(409, "INVALID_ACTION"));
        assert_eq!(lost["decidedBy"], json!(winner.id), "round {round}");
        assert_eq!((&lost["decision"], &won["decidedBy"]), (&won["status"], &json!(winner.id)));
        let status = user(&world, mallory.id).await.status;
        assert_eq!(status == Status::Suspended, ban_won);
        world.settle().await;
    }
}

#[tokio::test]
async fn a_ban_by_a_report_is_a_ban_with_its_email_and_ends_in_the_audit_log() {
    let world = world().await;
    let (ada, mallory) = (world.person("ada").await, world.person("mallory").await);
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let report = ada.post(REPORTS, about(mallory.id)).await.status(201);
    let path = report_path(&report);
    // A reason is required, and shown to the user.
    grace
        .patch(&path, json!({"status": "resolved", "action": "user-banned"}))
        .await
        .is(422, "VALIDATION_FAILED");
    let body = json!({"status": "RESOLVED", "action": "USER_BANNED", "durationDays": 3, "reason": "Spam for weeks.", "notes": "Third report."});
    let decided = grace.patch(&path, body).await.ok();
    assert_eq!((&decided["action"], &decided["actionNote"]), (&json!("user-banned"), &Value::Null));
    let banned = user(&world, mallory.id).await;
    let suspension = banned.suspension.clone().expect("a ban");
    assert!(banned.is_banned() && suspension.expires_at.is_some() && suspension.id.is_some());
    mallory.get(REPORTS).await.is(403, "ACCOUNT_SUSPENDED");
    let texts = emails(&world, mallory.id).await;
    assert_eq!(texts.len(), 1);
    assert!(texts[0].contains("Spam for weeks.") && texts[0].contains("/appeal/"), "{texts:?}");
    assert!(!texts[0].contains("Third report"), "notes are internal");
    let log = actions(&world, mallory.id).await;
    assert_eq!(log, ["report.filed", "user.banned", "report.decided"]);

    // Later reports find the user banned already, and can be closed.
    let eve = world.person("eve").await;
    let later = eve.post(REPORTS, about(mallory.id)).await.status(201);
    let decided = grace.patch(&report_path(&later), resolved("user-banned")).await.ok();
    assert_eq!(decided["actionNote"], "The account was already suspended.");
}

#[tokio::test]
async fn an_action_needs_its_own_permission_and_rank() {
    let world = world().await;
    let (ada, mallory) = (world.person("ada").await, world.person("mallory").await);
    let helper = helper(&world, "grace", &[Permission::ReportDecide]).await;
    let report = ada.post(REPORTS, about(mallory.id)).await.status(201);
    let path = report_path(&report);
    let refused = helper.patch(&path, resolved("user-banned")).await.is(403, "PERMISSION_DENIED");
    assert_eq!(refused["missing"], json!(["user.suspend"]));
    helper.patch(&path, resolved("content-removed")).await.is(422, "VALIDATION_FAILED");
    // A rank is needed to ban, as on the route that bans.
    grant(&world, helper.id, &[Permission::UserSuspend]).await;
    helper.patch(&path, resolved("user-banned")).await.is(403, "OUTRANKED");
    assert_eq!(user(&world, mallory.id).await.status, Status::Active);
    let admin = world.staff("heidi", BuiltInRole::Admin).await;
    assert_eq!(admin.get(&path).await.ok()["status"], "open");

    let song = uploaded(&world, mallory.id).await.id.to_string();
    let copied = ada.post(REPORTS, about_content(&song)).await.status(201);
    let refused = helper.patch(&report_path(&copied), resolved("content-removed")).await;
    assert_eq!(refused.is(403, "PERMISSION_DENIED")["missing"], json!(["content.remove"]));
    for body in [
        json!({"status": "dismissed", "action": "user-warned", "reason": "no"}),
        json!({"action": "user-warned", "reason": "None given."}),
        json!({"status": "resolved", "durationDays": 3}),
        json!({"status": "resolved", "action": "user-exiled", "reason": "None given."}),
    ] {
        admin.patch(&path, body).await.is(422, "VALIDATION_FAILED");
    }
}

#[tokio::test]
async fn a_warning_is_a_notification_and_an_email() {
    let world = world().await;
    let (ada, mallory) = (world.person("ada").await, world.person("mallory").await);
    let helper = helper(&world, "grace", &[Permission::ReportDecide]).await;
    let report = ada.post(REPORTS, about(mallory.id)).await.status(201);
    let warned = helper.patch(&report_path(&report), resolved("user-warned")).await.ok();
    assert_eq!(warned["status"], "resolved");
    let mailbox = mallory.get("/api/mailbox/notifications").await.ok();
    assert_eq!(mailbox["data"][0]["title"], "You have been warned");
    let texts = emails(&world, mallory.id).await;
    assert_eq!(texts.len(), 1);
    assert!(texts[0].contains("\nReason: It breaks the rules.\n"), "{texts:?}");
    assert!(!texts[0].contains("ada"), "the reporter is not named");
    assert!(actions(&world, mallory.id).await.contains(&"user.warned".to_owned()));
}

/// What a URL in a view leads to.
async fn fetched(url: &Value) -> String {
    let url = url.as_str().expect("a URL");
    let copy = provost_testkit::http().get(url).send().await.expect("the bucket responds");
    copy.text().await.expect("a text")
}

#[tokio::test]
async fn reported_content_is_removed_and_its_evidence_stays() {
    let world = world().await;
    let (ada, mallory) = (world.person("ada").await, world.person("mallory").await);
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let song = uploaded(&world, mallory.id).await;
    let report = ada.post(REPORTS, about_content(&song.id.to_string())).await.status(201);
    let path = report_path(&report);
    let decided = grace.patch(&path, resolved("content-removed")).await.ok();
    assert_eq!(
        (&decided["action"], &decided["actionNote"]),
        (&json!("content-removed"), &json!(null))
    );
    let content = world.app.store().content(song.id).await.expect("a table").expect("content");
    assert!(content.is_removed());
    assert!(emails(&world, mallory.id).await[0].contains("It breaks the rules."));
    let shown = grace.get(&path).await.ok();
    let evidence = &shown["contentEvidence"];
    assert_eq!(
        (&evidence["name"], &evidence["size"], &evidence["hasCopy"]),
        (&json!("song.mp3"), &json!(8), &json!(true))
    );
    assert_eq!(fetched(&evidence["copyUrl"]).await, "la la la");
    let reader = world.staff("heidi", BuiltInRole::Staff).await;
    let shown = reader.get(&path).await.ok();
    assert_eq!(shown["contentEvidence"]["copyUrl"], Value::Null);
    assert_eq!(shown["redacted"], json!(["contentEvidence.copyUrl"]));
}

#[tokio::test]
async fn a_report_about_content_that_is_gone_is_resolved_with_a_note() {
    let world = world().await;
    let (ada, mallory) = (world.person("ada").await, world.person("mallory").await);
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let song = uploaded(&world, mallory.id).await.id.to_string();
    let report = ada.post(REPORTS, about_content(&song)).await.status(201);
    let gone = json!({"reason": "It is a copy.", "notifyUser": false});
    grace.delete_with(&format!("/api/admin/content/{song}"), gone).await.ok();
    let decided = grace.patch(&report_path(&report), resolved("content-removed")).await.ok();
    assert_eq!(
        (&decided["status"], &decided["actionNote"]),
        (&json!("resolved"), &json!("The content was gone already."))
    );
    let shown = grace.get(&report_path(&report)).await.ok();
    let evidence = &shown["contentEvidence"];
    assert_eq!(
        (&evidence["name"], &evidence["size"], &evidence["sha256"], &evidence["hasCopy"]),
        (&json!("song.mp3"), &json!(8), &json!("ab".repeat(32)), &json!(true)),
        "as it was when the report came in"
    );
    assert_eq!(fetched(&evidence["copyUrl"]).await, "la la la");
    let again = json!({"contentId": song, "category": "spam", "reason": "It was removed before."});
    ada.post(REPORTS, again).await.is(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_decided_report_takes_notes_and_nothing_else() {
    let world = world().await;
    let (ada, mallory) = (world.person("ada").await, world.person("mallory").await);
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let report = ada.post(REPORTS, about(mallory.id)).await.status(201);
    let path = report_path(&report);
    grace.patch(&path, json!({"status": "dismissed"})).await.ok();
    for body in [
        json!({"status": "resolved"}),
        json!({"status": "open"}),
        json!({"severity": "high"}),
        json!({"assignedTo": "me"}),
        resolved("user-banned"),
    ] {
        let refused = grace.patch(&path, body).await.is(409, "INVALID_ACTION");
        assert_eq!(refused["decidedBy"], json!(grace.id));
    }
    let noted = grace.patch(&path, json!({"notes": "They wrote again."})).await.ok();
    let last = noted["history"].as_array().expect("a list").last().expect("an event").clone();
    assert_eq!((&last["kind"], &last["note"]), (&json!("noted"), &json!("They wrote again.")));
    assert_eq!(noted["status"], "dismissed");
}
