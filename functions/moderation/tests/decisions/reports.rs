//! Filing, listing and assigning reports.

use provost_domain::{BuiltInRole, Permission};
use provost_testkit::World;
use serde_json::{Value, json};

use super::support::*;

#[tokio::test]
async fn a_report_is_shown_to_its_reporter_and_to_staff() {
    let world = world().await;
    let (ada, mallory) = (world.person("ada").await, world.person("mallory").await);
    let grace = world.staff("grace", BuiltInRole::Staff).await;
    let filed = ada.post(REPORTS, about(mallory.id)).await.status(201);
    assert_eq!((&filed["status"], &filed["type"]), (&json!("open"), &json!("user")));

    let own = ada.get(REPORTS).await.ok();
    assert_eq!((&own["data"][0], &own["pagination"]["total"]), (&filed, &json!(1)));
    assert_eq!(mallory.get(REPORTS).await.ok()["pagination"]["total"], 0);

    let listed = grace.get(ADMIN_REPORTS).await.ok()["data"][0].clone();
    let mallory_is = json!({"id": mallory.id, "name": user(&world, mallory.id).await.name()});
    assert_eq!(listed["reportedItem"]["owner"], mallory_is);
    assert_eq!(listed["reportedItem"]["type"], "user");
    assert_eq!(listed["reportedBy"]["id"], json!(ada.id));
    assert_eq!(
        (&listed["severity"], &listed["category"], &listed["evidence"]),
        (&json!("low"), &json!("spam"), &json!([]))
    );
    let shown = grace.get(&report_path(&filed)).await.ok();
    assert_eq!(shown["history"][0]["kind"], "filed");
    assert_eq!(shown["contentEvidence"], Value::Null);

    world.anyone().get(ADMIN_REPORTS).await.is(401, "UNAUTHENTICATED");
    ada.get(ADMIN_REPORTS).await.is(403, "ADMIN_REQUIRED");
    ada.get(&report_path(&filed)).await.is(403, "ADMIN_REQUIRED");
    let dismissed = json!({"status": "dismissed"});
    grace.patch(&report_path(&filed), dismissed).await.is(403, "PERMISSION_DENIED");
    grace.get(&format!("{ADMIN_REPORTS}/rpt_x")).await.is(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_report_names_a_user_or_content_of_someone_else() {
    let world = world().await;
    let ada = world.person("ada").await;
    let mine = uploaded(&world, ada.id).await.id.to_string();
    world.anyone().post(REPORTS, about(ada.id)).await.is(401, "UNAUTHENTICATED");
    ada.post(REPORTS, about(ada.id)).await.is(409, "CANNOT_MODIFY_SELF");
    ada.post(REPORTS, about_content(&mine)).await.is(409, "CANNOT_MODIFY_SELF");
    let nobody = world.app.id(provost_domain::UserId::new);
    ada.post(REPORTS, about(nobody)).await.is(404, "INVALID_USER_ID");
    let nothing = "fil_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    ada.post(REPORTS, about_content(nothing)).await.is(404, "NOT_FOUND");
    let with = |change: Value| {
        let mut body = about(nobody);
        body.as_object_mut().expect("an object").extend(change.as_object().expect("too").clone());
        body
    };
    for (change, field) in [
        (json!({"reportedUserId": null}), "reportedUserId"),
        (json!({"contentId": mine}), "contentId"),
        (json!({"category": "boring"}), "category"),
        (json!({"reason": "too short"}), "reason"),
        (json!({"evidence": ["javascript:alert(1)"]}), "evidence"),
        (json!({"description": "x".repeat(2001)}), "description"),
    ] {
        let refused = ada.post(REPORTS, with(change)).await.is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], field, "{refused}");
    }
}

#[tokio::test]
async fn one_report_sent_five_times_at_once_is_filed_once() {
    let world = world().await;
    let (ada, mallory) = (world.person("ada").await, world.person("mallory").await);
    let send = || ada.post(REPORTS, about(mallory.id));
    let (a, b, c, d, e) = tokio::join!(send(), send(), send(), send(), send());
    let mut codes: Vec<_> = [a, b, c, d, e].iter().map(|reply| reply.status.as_u16()).collect();
    codes.sort_unstable();
    assert_eq!(codes, [201, 409, 409, 409, 409]);
    send().await.is(409, "ALREADY_EXISTS");
    assert_eq!(ada.get(REPORTS).await.ok()["pagination"]["total"], 1);

    // Under one key, every answer is the same.
    let eve = world.person("eve").await;
    let keyed = ada.with_header("idempotency-key", "once");
    let send = || keyed.post(REPORTS, about(eve.id));
    let (a, b) = tokio::join!(send(), send());
    assert_eq!(a.status(201), b.status(201));
}

#[tokio::test]
async fn after_a_decision_the_same_person_can_report_again() {
    let world = world().await;
    let (ada, mallory) = (world.person("ada").await, world.person("mallory").await);
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let first = ada.post(REPORTS, about(mallory.id)).await.status(201);
    let dismissed = grace.patch(&report_path(&first), json!({"status": "DISMISSED"})).await.ok();
    assert_eq!(
        (&dismissed["status"], &dismissed["decidedBy"], &dismissed["action"]),
        (&json!("dismissed"), &json!(grace.id), &Value::Null)
    );
    let second = ada.post(REPORTS, about(mallory.id)).await.status(201);
    assert_ne!(first["id"], second["id"]);
    assert_eq!(second["status"], "open");
    let own = ada.get(REPORTS).await.ok()["data"].clone();
    assert_eq!((&own[0]["status"], &own[1]["status"]), (&json!("open"), &json!("dismissed")));
}

#[tokio::test]
async fn a_list_is_filtered_by_every_property_in_either_spelling() {
    let world = world().await;
    let (ada, mallory, eve) =
        (world.person("ada").await, world.person("mallory").await, world.person("eve").await);
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let spam = ada.post(REPORTS, about(mallory.id)).await.status(201);
    let song = uploaded(&world, mallory.id).await.id.to_string();
    let copy = eve.post(REPORTS, about_content(&song)).await.status(201);
    let closed = eve.post(REPORTS, about(mallory.id)).await.status(201);
    let changes = json!({"status": "investigating", "severity": "high", "assignedTo": "me"});
    grace.patch(&report_path(&copy), changes).await.ok();
    grace.patch(&report_path(&closed), json!({"status": "dismissed"})).await.ok();
    for (query, found) in [
        ("", vec![&closed, &copy, &spam]),
        ("status=open", vec![&spam]),
        ("status=OPEN", vec![&spam]),
        ("status=PENDING", vec![&spam]),
        ("status=REVIEWING", vec![&copy]),
        ("status=dismissed", vec![&closed]),
        ("type=content", vec![&copy]),
        ("type=user&status=open", vec![&spam]),
        ("severity=high", vec![&copy]),
        ("severity=HIGH&status=investigating", vec![&copy]),
        ("severity=low&status=investigating", vec![]),
        ("category=COPYRIGHT", vec![&copy]),
        ("assignedTo=me", vec![&copy]),
        ("assignedTo=me&status=open", vec![]),
    ] {
        let listed = grace.get(&format!("{ADMIN_REPORTS}?{query}")).await.ok();
        let ids: Vec<_> =
            listed["data"].as_array().expect("a list").iter().map(|row| &row["id"]).collect();
        let wanted: Vec<_> = found.iter().map(|report| &report["id"]).collect();
        assert_eq!(ids, wanted, "{query}");
        assert_eq!(listed["pagination"]["total"], wanted.len(), "{query}");
    }
    for query in ["status=lost", "severity=", "colour=red", "assignedTo=usr_x"] {
        let refused = grace.get(&format!("{ADMIN_REPORTS}?{query}")).await;
        assert!(matches!(refused.status.as_u16(), 400 | 422), "{query}");
    }
    let first = grace.get(&format!("{ADMIN_REPORTS}?limit=2")).await.ok();
    let cursor = first["pagination"]["nextCursor"].as_str().expect("more").to_owned();
    let rest = grace.get(&format!("{ADMIN_REPORTS}?limit=2&cursor={cursor}")).await.ok();
    assert_eq!((&rest["data"][0]["id"], &rest["pagination"]["total"]), (&spam["id"], &json!(3)));
}

#[tokio::test]
async fn a_report_is_assigned_only_to_staff_who_can_decide_it() {
    let world = world().await;
    let (ada, mallory) = (world.person("ada").await, world.person("mallory").await);
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let report = ada.post(REPORTS, about(mallory.id)).await.status(201);
    let path = report_path(&report);
    let assign = |to: Value| grace.patch(&path, json!({"assignedTo": to}));
    assign(json!(ada.id)).await.is(422, "VALIDATION_FAILED");
    assert_eq!(assign(json!("me")).await.ok()["assignedTo"], json!(grace.id));
    assert_eq!(assign(Value::Null).await.ok()["assignedTo"], Value::Null);
    grace.patch(&path, json!({"reason": "nothing else"})).await.is(422, "VALIDATION_FAILED");
    let stale = grace.with_header("if-match", "\"1\"");
    stale.patch(&path, json!({"severity": "high"})).await.is(412, "STALE_VERSION");
}

#[tokio::test]
async fn staff_neither_decide_reports_about_themselves_nor_see_who_filed_them() {
    let world = world().await;
    let ada = world.person("ada").await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let report = ada.post(REPORTS, about(grace.id)).await.status(201);
    let path = report_path(&report);
    grace.get(&path).await.is(409, "CANNOT_MODIFY_SELF");
    grace.patch(&path, json!({"status": "dismissed"})).await.is(409, "CANNOT_MODIFY_SELF");
    let listed = grace.get(ADMIN_REPORTS).await.ok().to_string();
    assert!(!listed.contains(&ada.id.to_string()), "{listed}");

    let peer = world.staff("heidi", BuiltInRole::Admin).await;
    peer.patch(&path, json!({"status": "dismissed"})).await.is(403, "OUTRANKED");
    let helper = helper(&world, "ivan", &[Permission::ReportRead]).await;
    helper.get(&path).await.is(403, "OUTRANKED");
}

#[tokio::test]
async fn reports_are_limited_by_account() {
    let world: World = world().await;
    let (ada, mallory) = (world.person("ada").await, world.person("mallory").await);
    ada.post(REPORTS, about(mallory.id)).await.status(201);
    for _ in 1..30 {
        ada.post(REPORTS, about(mallory.id)).await.is(409, "ALREADY_EXISTS");
    }
    ada.post(REPORTS, about(mallory.id)).await.is(429, "RATE_LIMITED");
}

#[tokio::test]
async fn a_list_shows_no_texts_of_a_report_that_the_caller_cannot_read() {
    let world = world().await;
    let ada = world.person("ada").await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let peer = world.staff("heidi", BuiltInRole::Admin).await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let mut body = about(grace.id);
    body["description"] = json!("It was in the canteen.");
    body["evidence"] = json!(["https://ada.example/evidence"]);
    let report = ada.post(REPORTS, body).await.status(201);
    let note = json!({"assignedTo": root.id, "notes": "Ask her about the canteen."});
    root.patch(&report_path(&report), note).await.ok();
    for refused in [&grace, &peer] {
        let listed = refused.get(ADMIN_REPORTS).await.ok()["data"][0].clone();
        assert_eq!((&listed["id"], &listed["status"]), (&report["id"], &json!("open")));
        for field in ["reportedBy", "reason", "description", "assignedTo"] {
            assert_eq!(listed[field], Value::Null, "{field}");
        }
        let redacted = listed["redacted"].as_array().expect("a list");
        assert!(redacted.contains(&json!("reason")) && redacted.contains(&json!("history.note")));
        let text = listed.to_string();
        for hidden in
            ["advert", "canteen", "evidence\":[\"", &ada.id.to_string(), &root.id.to_string()]
        {
            assert!(!text.contains(hidden), "{hidden}: {text}");
        }
    }
    let listed = root.get(ADMIN_REPORTS).await.ok()["data"][0].clone();
    assert_eq!(listed["description"], "It was in the canteen.");
    assert_eq!((&listed["reportedBy"]["id"], listed.get("redacted")), (&json!(ada.id), None));
}
