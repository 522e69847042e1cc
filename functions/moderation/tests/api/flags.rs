//! Flags: what they block, and their history.

use provost_domain::{
    BuiltInRole, ShortUrlId,
    content::{Content, ContentKind, ContentStatus},
};
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

use super::support::*;

fn because(reason: &str) -> Value {
    json!({ "reason": reason })
}

async fn short_url(world: &World, owner: &Someone<'_>) -> Value {
    let content = Content {
        id: world.app.id(ShortUrlId::new).into(),
        kind: ContentKind::Url,
        owner_id: owner.id,
        name: "to my page".to_owned(),
        content_type: None,
        size: 0,
        sha256: None,
        target: Some("https://ada.example/".to_owned()),
        object: None,
        status: ContentStatus::Available,
        created_at: world.app.now(),
        flag: None,
        removal: None,
        version: 1,
    };
    let mut tx = world.app.transaction();
    tx.register_content(&content).expect("content");
    tx.commit().await.expect("the id is new");
    json!({ "id": content.id })
}

#[tokio::test]
async fn a_flagged_file_is_blocked_for_its_owner_and_not_for_staff() {
    let world = world().await;
    let (ada, grace) = (world.person("ada").await, world.staff("grace", BuiltInRole::Admin).await);
    let sent = uploaded(&ada, "song.mp3", SONG).await;
    ada.get(&path(&sent)).await.ok();
    let body = json!({"reason": "looks like a copy", "notes": "see the label's mail"});
    let flagged = grace.post(&staff_path(&sent, "flag"), body).await.ok();
    assert_eq!(
        (&flagged["fileId"], &flagged["flagged"], &flagged["reason"]),
        (&sent["id"], &json!(true), &json!("looks like a copy"))
    );
    assert_eq!(flagged["flaggedAt"], world.app.now().to_string());
    let refused = ada.get(&path(&sent)).await;
    assert!(!refused.text().contains("copy"), "the reason is for staff");
    assert!(refused.header("cache-control").contains("no-store"), "no cache answers before us");
    refused.is(451, "CONTENT_FLAGGED");
    let shown = grace.get(&path(&sent)).await.ok();
    assert_eq!(shown["flag"]["reason"], "looks like a copy");
    assert_eq!(fetched(&shown["url"]).await.0, 200);

    let unflagged = grace.post(&staff_path(&sent, "unflag"), because("it is hers")).await.ok();
    assert_eq!(
        (&unflagged["success"], &unflagged["message"]),
        (&json!(true), &json!("File unflagged"))
    );
    assert_eq!(fetched(&ada.get(&path(&sent)).await.ok()["url"]).await.0, 200);
    assert_eq!(
        actions(&world, ada.id).await,
        [
            "content.registered",
            "content.uploaded",
            "content.downloaded",
            "content.flagged",
            "content.viewed",
            "content.unflagged",
            "content.downloaded",
        ]
    );
}

#[tokio::test]
async fn a_file_that_is_flagged_again_starts_a_new_round() {
    let world = world().await;
    let (ada, grace) = (world.person("ada").await, world.staff("grace", BuiltInRole::Admin).await);
    let sent = uploaded(&ada, "song.mp3", SONG).await;
    grace.post(&staff_path(&sent, "unflag"), because("nothing")).await.is(409, "INVALID_ACTION");
    for (what, reason) in [("flag", "first"), ("unflag", "a mistake"), ("flag", "second")] {
        grace.post(&staff_path(&sent, what), because(reason)).await.ok();
        world.advance(1000);
    }
    grace.post(&staff_path(&sent, "flag"), because("third")).await.is(409, "INVALID_ACTION");
    ada.get(&path(&sent)).await.is(451, "CONTENT_FLAGGED");
    let list = grace.get(FLAGGED).await.ok();
    assert_eq!(
        (&list["pagination"]["total"], &list["data"][0]["reason"]),
        (&json!(1), &json!("second"))
    );
    let id = id(&sent).parse().expect("an id");
    let history = world.app.store().flags_of(id).await.expect("the table responds");
    let rounds: Vec<_> = history
        .iter()
        .map(|flag| {
            let end = flag.end.as_ref();
            (flag.reason.as_str(), end.and_then(|end| end.reason.as_deref()))
        })
        .collect();
    assert_eq!(rounds, [("first", Some("a mistake")), ("second", None)]);
}

#[tokio::test]
async fn two_flags_at_once_are_one_round() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (grace, heidi) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("heidi", BuiltInRole::Admin).await,
    );
    let sent = uploaded(&ada, "song.mp3", SONG).await;
    let path = staff_path(&sent, "flag");
    let (one, two) =
        tokio::join!(grace.post(&path, because("a copy")), heidi.post(&path, because("a copy")));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let id = id(&sent).parse().expect("an id");
    assert_eq!(world.app.store().flags_of(id).await.expect("the table responds").len(), 1);
}

#[tokio::test]
async fn flagged_files_are_listed_newest_first_by_reason_and_page() {
    let world = world().await;
    let (ada, grace) = (world.person("ada").await, world.staff("grace", BuiltInRole::Admin).await);
    for (name, reason) in [("a", "A Copy of a song"), ("b", "malware"), ("c", "another copy")] {
        let sent = uploaded(&ada, name, SONG).await;
        grace.post(&staff_path(&sent, "flag"), because(reason)).await.ok();
        world.advance(1000);
    }
    let url = short_url(&world, &ada).await;
    let body =
        json!({"contentType": "url", "contentId": url["id"], "flagged": true, "reason": "a copy"});
    grace.post(FLAG, body).await.ok();

    let names = |list: &Value| -> Vec<String> {
        let rows = list["data"].as_array().expect("rows");
        rows.iter().map(|row| row["name"].as_str().expect("a name").to_owned()).collect()
    };
    let list = grace.get(FLAGGED).await.ok();
    assert_eq!(names(&list), ["c", "b", "a"], "short URLs are not among the files");
    let row = &list["data"][0];
    assert_eq!(
        (&row["owner"], &row["flaggedBy"]),
        (&json!({"id": ada.id, "name": "ada Lindqvist"}), &json!({"id": grace.id}))
    );
    assert_eq!(names(&grace.get(&format!("{FLAGGED}?reason=COPY")).await.ok()), ["c", "a"]);
    let mut seen = Vec::new();
    let mut next = format!("{FLAGGED}?limit=1");
    loop {
        let page = grace.get(&next).await.ok();
        assert_eq!(page["pagination"]["total"], 3);
        seen.extend(names(&page));
        match page["pagination"]["nextCursor"].as_str() {
            Some(cursor) => next = format!("{FLAGGED}?limit=1&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, ["c", "b", "a"]);
    grace.get(&format!("{FLAGGED}?reason=")).await.is(422, "VALIDATION_FAILED");
    grace.get(&format!("{FLAGGED}?status=open")).await.is(400, "UNKNOWN_PARAMETER");
}

#[tokio::test]
async fn content_of_either_kind_is_flagged_and_unflagged_by_its_id() {
    let world = world().await;
    let (ada, grace) = (world.person("ada").await, world.staff("grace", BuiltInRole::Admin).await);
    let (sent, url) = (uploaded(&ada, "song.mp3", SONG).await, short_url(&world, &ada).await);
    let body = |kind: &str, content: &Value, flagged: bool| json!({"contentType": kind, "contentId": content["id"], "flagged": flagged, "reason": "a copy"});
    for (kind, content) in [("file", &sent), ("FILE", &sent), ("url", &url), ("URL", &url)] {
        for flagged in [true, false] {
            let view = grace.post(FLAG, body(kind, content, flagged)).await.ok();
            assert_eq!(view, json!({"id": content["id"], "flagged": flagged}));
            let live = stored(&world, content).await.and_then(|content| content.flag).is_some();
            assert_eq!(live, flagged, "{kind}");
            grace.post(FLAG, body(kind, content, flagged)).await.is(409, "INVALID_ACTION");
        }
    }
    for (kind, id) in [("url", &sent["id"]), ("file", &json!(NOTHING)), ("url", &json!("x"))] {
        grace.post(FLAG, body(kind, &json!({ "id": id }), true)).await.is(404, "NOT_FOUND");
    }
    grace.post(FLAG, body("page", &sent, true)).await.is(422, "VALIDATION_FAILED");
    let mut silent = body("file", &sent, true);
    silent["reason"] = json!(null);
    grace.post(FLAG, silent).await.is(422, "VALIDATION_FAILED");
    // A short URL is no file.
    grace.post(&staff_path(&url, "flag"), because("a copy")).await.is(404, "NOT_FOUND");
}

#[tokio::test]
async fn only_staff_above_the_owner_flag_content() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (grace, heidi, linus) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("heidi", BuiltInRole::Admin).await,
        world.staff("linus", BuiltInRole::Staff).await,
    );
    let sent = uploaded(&ada, "song.mp3", SONG).await;
    let (own, peer) =
        (uploaded(&grace, "own.mp3", SONG).await, uploaded(&heidi, "peer.mp3", SONG).await);
    let flag = |file: &Value| json!({"contentType": "file", "contentId": file["id"], "flagged": true, "reason": "a copy"});
    for (path, body) in [
        (staff_path(&sent, "flag"), because("a copy")),
        (staff_path(&sent, "unflag"), because("a copy")),
        (FLAG.to_owned(), flag(&sent)),
    ] {
        world.anyone().post(&path, body.clone()).await.is(401, "UNAUTHENTICATED");
        ada.post(&path, body.clone()).await.is(403, "ADMIN_REQUIRED");
        linus.post(&path, body).await.is(403, "PERMISSION_DENIED");
        grace.post(&path, json!({})).await.is(422, "VALIDATION_FAILED");
    }
    ada.get(FLAGGED).await.is(403, "ADMIN_REQUIRED");
    for (file, code, status) in [(&own, "CANNOT_MODIFY_SELF", 409), (&peer, "OUTRANKED", 403)] {
        grace.post(&staff_path(file, "flag"), because("a copy")).await.is(status, code);
        grace.post(FLAG, flag(file)).await.is(status, code);
    }
}

#[tokio::test]
async fn a_list_shows_neither_flagger_nor_reason_to_the_owner_and_staff_of_the_same_rank() {
    let world = world().await;
    let (grace, heidi, root) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("heidi", BuiltInRole::Admin).await,
        world.staff("root", BuiltInRole::RootAdmin).await,
    );
    let sent = uploaded(&grace, "song.mp3", SONG).await;
    let body = json!({"reason": "a stolen copy", "notes": "She sold it."});
    root.post(&staff_path(&sent, "flag"), body).await.ok();
    for refused in [&grace, &heidi] {
        let listed = refused.get(FLAGGED).await.ok()["data"][0].clone();
        assert_eq!((&listed["id"], &listed["flaggedBy"]["id"]), (&sent["id"], &Value::Null));
        assert_eq!((&listed["reason"], &listed["notes"]), (&Value::Null, &Value::Null));
        assert_eq!(listed["redacted"], json!(["reason", "notes", "flaggedBy"]));
        let found = refused.get(&format!("{FLAGGED}?reason=stolen")).await.ok();
        assert_eq!(found["data"], json!([]), "a search does not tell the reason");
    }
    let listed = root.get(FLAGGED).await.ok()["data"][0].clone();
    assert_eq!(
        (&listed["reason"], &listed["notes"]),
        (&json!("a stolen copy"), &json!("She sold it."))
    );
    assert_eq!((&listed["flaggedBy"]["id"], listed.get("redacted")), (&json!(root.id), None));
}
