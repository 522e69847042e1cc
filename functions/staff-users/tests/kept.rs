//! What staff record about a user: the badge, notes, grants, and the contributor profile.

use std::time::Duration;

use provost_domain::{BuiltInRole, Status, UserId, time::DAY};
use provost_jobs::Deadline;
use provost_local::Function;
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("staff-users", fn_staff_users::routes().router(app.clone())),
            Function::worker_over("scheduler", app, fn_scheduler::handle),
        ]
    })
    .await
}

async fn actions(world: &World, user: UserId) -> Vec<String> {
    let record = world.user(user).await.expect("the account exists");
    let entries = world
        .app
        .store()
        .recent_entries_about(record.pseudonym, 100)
        .await
        .expect("the table responds");
    entries.into_iter().map(|entry| entry.action).collect()
}

async fn tick(world: &World) -> usize {
    let swept = fn_scheduler::handle(
        world.app.clone(),
        json!({"job": "due"}),
        Deadline::within(Duration::from_secs(240)),
    )
    .await;
    swept.expect("all jobs succeed").grants
}

fn path(someone: &Someone<'_>, what: &str) -> String {
    format!("/api/admin/users/{}/{what}", someone.id)
}

fn rows(list: &Value) -> &Vec<Value> {
    list["data"].as_array().expect("rows")
}

#[tokio::test]
async fn a_temporary_ban_is_lifted_at_its_planned_end() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    grace
        .post(&path(&ada, "ban"), json!({"type": "temporary", "durationDays": 1, "reason": "spam"}))
        .await
        .ok();
    world.advance(DAY - 1);
    tick(&world).await;
    assert_eq!(world.user(ada.id).await.expect("ada").status, Status::Suspended);
    world.advance(1);
    tick(&world).await;
    let ada = world.user(ada.id).await.expect("ada");
    assert_eq!((ada.status, ada.suspension), (Status::Active, None));
}

#[tokio::test]
async fn the_badge_is_given_and_removed_once_each() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let badge = path(&ada, "verify");
    assert_eq!(grace.post(&badge, json!({"reason": "well known"})).await.ok()["isVerified"], true);
    grace.post(&badge, json!({})).await.ok();
    assert!(world.user(ada.id).await.expect("ada").is_verified);
    world.advance(1000);
    assert_eq!(
        grace.delete(&format!("{badge}?reason=no%20longer")).await.ok()["isVerified"],
        false
    );
    grace.delete(&badge).await.ok();
    assert!(!world.user(ada.id).await.expect("ada").is_verified);
    assert_eq!(
        actions(&world, ada.id).await,
        ["user.unverified", "user.verified"],
        "a request that changes nothing is not audited"
    );
}

#[tokio::test]
async fn giving_the_badge_requires_the_permission() {
    let world = world().await;
    let (grace, linus, ada) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("linus", BuiltInRole::Staff).await,
        world.person("ada").await,
    );
    let badge = path(&ada, "verify");
    world.anyone().post(&badge, json!({})).await.is(401, "UNAUTHENTICATED");
    ada.post(&badge, json!({})).await.is(403, "ADMIN_REQUIRED");
    linus.post(&badge, json!({})).await.is(403, "PERMISSION_DENIED");
    grace.post(&path(&grace, "verify"), json!({})).await.is(409, "CANNOT_MODIFY_SELF");
    grace.post(&badge, json!({"reason": "x"})).await.is(422, "VALIDATION_FAILED");
    grace
        .post("/api/admin/users/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV/verify", json!({}))
        .await
        .is(404, "INVALID_USER_ID");
    grace.with_header("if-match", "\"77\"").post(&badge, json!({})).await.is(412, "STALE_VERSION");
    assert!(!world.user(ada.id).await.expect("ada").is_verified);
}

#[tokio::test]
async fn notes_are_paged_newest_first_and_name_their_author() {
    let world = world().await;
    let (grace, linus, ada) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("linus", BuiltInRole::Staff).await,
        world.person("ada").await,
    );
    let notes = path(&ada, "notes");
    for n in 1..=3 {
        world.advance(1000);
        grace
            .post(&notes, json!({"text": format!("Called about bill {n}.\nWas friendly.")}))
            .await
            .status(201);
    }
    let first = linus.get(&format!("{notes}?limit=2")).await.ok();
    assert_eq!((first["pagination"]["total"].clone(), rows(&first).len()), (json!(3), 2));
    assert_eq!(rows(&first)[0]["text"], "Called about bill 3.\nWas friendly.");
    assert_eq!(rows(&first)[0]["author"]["id"], grace.id.to_string());
    let rest = linus
        .get(&format!(
            "{notes}?limit=2&cursor={}",
            first["pagination"]["nextCursor"].as_str().expect("there is more")
        ))
        .await
        .ok();
    assert_eq!((rows(&rest).len(), &rest["pagination"]["nextCursor"]), (1, &Value::Null));
    assert_eq!(
        actions(&world, ada.id).await.iter().filter(|action| *action == "user.note_added").count(),
        3
    );
}

#[tokio::test]
async fn a_note_is_readable_only_with_the_users_key() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    grace.post(&path(&ada, "notes"), json!({"text": "keeps-a-parrot"})).await.status(201);
    let store = world.app.store();
    let (keys, _) = store
        .keys_of(&store.names().accounts, &format!("USER#{}", ada.id), None)
        .await
        .expect("the table responds");
    let items =
        store.batch_get(&store.names().accounts, keys, true).await.expect("the table responds");
    assert!(items.iter().any(|item| item.contains_key("sealed")));
    assert!(!format!("{items:?}").contains("keeps-a-parrot"));
}

#[tokio::test]
async fn a_note_requires_a_text_a_user_and_the_permission() {
    let world = world().await;
    let (grace, linus, ada) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("linus", BuiltInRole::Staff).await,
        world.person("ada").await,
    );
    let notes = path(&ada, "notes");
    world.anyone().get(&notes).await.is(401, "UNAUTHENTICATED");
    ada.get(&notes).await.is(403, "ADMIN_REQUIRED");
    linus.post(&notes, json!({"text": "x"})).await.is(403, "PERMISSION_DENIED");
    for body in [
        json!({}),
        json!({"text": " "}),
        json!({"text": "x".repeat(4001)}),
        json!({"text": "a\u{202e}b"}),
        json!({"text": "x", "more": 1}),
    ] {
        grace.post(&notes, body).await.is(422, "VALIDATION_FAILED");
    }
    grace
        .post("/api/admin/users/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV/notes", json!({"text": "x"}))
        .await
        .is(404, "INVALID_USER_ID");
    assert_eq!(grace.get(&notes).await.ok()["pagination"]["total"], 0);
}

#[tokio::test]
async fn granted_storage_is_in_the_quota_until_it_is_revoked() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let grants = path(&ada, "grants");
    let quota = async || world.user(ada.id).await.expect("ada").storage_quota;
    let before = quota().await;
    let grant = grace
        .post(
            &grants,
            json!({"type": "storage", "amount": 1_073_741_824, "reason": "helped a lot"}),
        )
        .await
        .status(201);
    assert_eq!(quota().await, before + 1_073_741_824);
    grace.post(&grants, json!({"type": "domains", "amount": 2})).await.status(201);
    assert_eq!(quota().await, before + 1_073_741_824, "only storage counts towards the quota");
    let id = grant["id"].as_str().expect("an id");
    assert_eq!(grant["active"], true);
    let revoked = grace.delete(&format!("{grants}?grantId={id}")).await.ok();
    assert_eq!((&revoked["end"], &revoked["active"]), (&json!("revoked"), &json!(false)));
    assert_eq!(quota().await, before);
    grace.delete(&format!("{grants}?grantId={id}")).await.is(409, "INVALID_ACTION");
    assert_eq!(quota().await, before);
    let list = grace.get(&grants).await.ok();
    assert_eq!(list["pagination"]["total"], 2);
    assert_eq!(grace.get(&format!("{grants}?active=true")).await.ok()["pagination"]["total"], 1);
    let ended = grace.get(&format!("{grants}?active=false")).await.ok();
    assert_eq!(
        (ended["pagination"]["total"].clone(), ended["data"][0]["id"].as_str()),
        (json!(1), Some(id))
    );
    assert_eq!(
        (&ended["data"][0]["active"], &ended["data"][0]["endedAt"]),
        (&json!(false), &json!(world.app.now()))
    );
    let mut recorded = actions(&world, ada.id).await;
    recorded.sort();
    assert_eq!(recorded, ["grant.awarded", "grant.awarded", "grant.revoked"]);
}

#[tokio::test]
async fn grants_and_revocations_require_the_current_version() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let grants = path(&ada, "grants");
    let body = || json!({"type": "storage", "amount": 100});
    let before = world.user(ada.id).await.expect("ada");
    grace.with_header("if-match", "\"77\"").post(&grants, body()).await.is(412, "STALE_VERSION");
    let given = grace
        .with_header("if-match", &format!("\"{}\"", before.version))
        .post(&grants, body())
        .await;
    let (id, tag) =
        (given.status(201)["id"].as_str().expect("an id").to_owned(), given.header("etag"));
    assert_eq!(tag, format!("\"{}\"", before.version + 1));
    let take = format!("{grants}?grantId={id}");
    grace.with_header("if-match", "\"77\"").delete(&take).await.is(412, "STALE_VERSION");
    assert_eq!(world.user(ada.id).await.expect("ada").storage_quota, before.storage_quota + 100);
    let taken = grace.with_header("if-match", &tag).delete(&take).await;
    taken.ok();
    assert_eq!(taken.header("etag"), format!("\"{}\"", before.version + 2));
}

#[tokio::test]
async fn an_expired_grant_is_deducted_from_the_quota_once() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let before = world.user(ada.id).await.expect("ada").storage_quota;
    let end = world.app.now().plus(DAY).to_string();
    grace
        .post(&path(&ada, "grants"), json!({"type": "storage", "amount": 5000, "expiresAt": end}))
        .await
        .status(201);
    assert_eq!(tick(&world).await, 0);
    world.advance(DAY);
    world.advance(1000);
    assert_eq!(tick(&world).await, 1);
    assert_eq!(tick(&world).await, 0);
    assert_eq!(world.user(ada.id).await.expect("ada").storage_quota, before);
    assert_eq!(actions(&world, ada.id).await.first().map(String::as_str), Some("grant.expired"));
}

#[tokio::test]
async fn a_grant_requires_a_type_an_amount_and_the_permission() {
    let world = world().await;
    let (grace, linus, ada, bob) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("linus", BuiltInRole::Staff).await,
        world.person("ada").await,
        world.person("bob").await,
    );
    let grants = path(&ada, "grants");
    world.anyone().post(&grants, json!({})).await.is(401, "UNAUTHENTICATED");
    ada.post(&grants, json!({})).await.is(403, "ADMIN_REQUIRED");
    linus.get(&grants).await.is(403, "PERMISSION_DENIED");
    let past = world.app.now().plus(-1).to_string();
    for body in [
        json!({"type": "gold", "amount": 1}),
        json!({"type": "storage", "amount": 0}),
        json!({"type": "storage", "amount": -1}),
        json!({"type": "storage"}),
        json!({"type": "storage", "amount": 1, "expiresAt": past}),
    ] {
        grace.post(&grants, body).await.is(422, "VALIDATION_FAILED");
    }
    grace
        .post(&path(&grace, "grants"), json!({"type": "storage", "amount": 1}))
        .await
        .is(409, "CANNOT_MODIFY_SELF");
    let grant = grace.post(&grants, json!({"type": "urls", "amount": 1})).await.status(201);
    grace
        .delete(&format!(
            "{}?grantId={}",
            path(&bob, "grants"),
            grant["id"].as_str().expect("an id")
        ))
        .await
        .is(404, "NOT_FOUND");
    grace.delete(&grants).await.is(422, "VALIDATION_FAILED");
    grace.delete(&format!("{grants}?grantId=x")).await.is(404, "NOT_FOUND");
}

#[tokio::test]
async fn concurrent_grants_are_all_in_the_quota() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let before = world.user(ada.id).await.expect("ada").storage_quota;
    let path = path(&ada, "grants");
    let grant = || grace.post(&path, json!({"type": "storage", "amount": 100}));
    let replies = futures_util::future::join_all((0..4).map(|_| grant())).await;
    let given = replies.iter().filter(|reply| reply.status.is_success()).count() as u64;
    assert!(given >= 1);
    assert_eq!(world.user(ada.id).await.expect("ada").storage_quota, before + 100 * given);
    assert_eq!(grace.get(&path).await.ok()["pagination"]["total"], given);
}

#[tokio::test]
async fn a_contributor_has_a_score_and_a_ledger() {
    let world = world().await;
    let (grace, linus, ada) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("linus", BuiltInRole::Staff).await,
        world.person("ada").await,
    );
    let profile = path(&ada, "contributor-profile");
    assert_eq!(linus.get(&profile).await.ok()["score"], 0);
    let ledger = json!([{"date": "2026-01-02", "label": "Fixed a leak", "points": 5}, {"date": "2026-03-04", "label": "Wrote a guide", "points": 7, "url": "https://example.org/guide"}]);
    let put = grace
        .put(&profile, json!({"githubLogin": "ada-l", "title": "Maintainer", "ledger": ledger}))
        .await;
    let view = put.ok();
    assert_eq!(
        (
            view["score"].clone(),
            view["githubProfileUrl"].clone(),
            view["ledger"][0]["date"].clone()
        ),
        (json!(12), json!("https://github.com/ada-l"), json!("2026-03-04"))
    );
    assert_eq!(linus.get(&profile).await.ok(), view);
    grace.with_header("if-match", "\"1\"").put(&profile, json!({})).await.is(412, "STALE_VERSION");
    assert_eq!(actions(&world, ada.id).await, ["user.contributor_profile_changed"]);
}

#[tokio::test]
async fn a_contributor_profile_is_checked_field_by_field() {
    let world = world().await;
    let (grace, linus, ada) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("linus", BuiltInRole::Staff).await,
        world.person("ada").await,
    );
    let profile = path(&ada, "contributor-profile");
    world.anyone().get(&profile).await.is(401, "UNAUTHENTICATED");
    ada.get(&profile).await.is(403, "ADMIN_REQUIRED");
    linus.put(&profile, json!({})).await.is(403, "PERMISSION_DENIED");
    let entry = |extra: Value| {
        let mut entry = json!({"date": "2026-01-02", "label": "x"});
        entry
            .as_object_mut()
            .expect("an object")
            .extend(extra.as_object().cloned().unwrap_or_default());
        json!({"ledger": [entry]})
    };
    let tomorrow = &world.app.now().plus(DAY).to_string()[..10];
    let many: Vec<Value> = (0..201).map(|_| json!({"date": "2026-01-02", "label": "x"})).collect();
    let wrong = [
        json!({"githubLogin": "no spaces"}),
        json!({"githubLogin": "-x"}),
        json!({"title": "x".repeat(65)}),
        entry(json!({"date": "2026-02-30"})),
        entry(json!({"date": tomorrow})),
        entry(json!({"points": 0})),
        entry(json!({"points": 1001})),
        entry(json!({"url": "javascript:alert(1)"})),
        entry(json!({"label": ""})),
        entry(json!({"other": 1})),
        json!({"ledger": many}),
    ];
    for body in wrong {
        grace.put(&profile, body).await.is(422, "VALIDATION_FAILED");
    }
    grace
        .put("/api/admin/users/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV/contributor-profile", json!({}))
        .await
        .is(404, "INVALID_USER_ID");
    assert_eq!(grace.get(&profile).await.ok()["updatedAt"], Value::Null);
}

#[tokio::test]
async fn a_ledger_too_large_for_an_item_is_rejected_by_name() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let profile = path(&ada, "contributor-profile");
    let ledger = |entries: usize| {
        let entry = json!({"date": "2026-01-02", "label": "漢".repeat(120), "details": "字".repeat(500), "url": format!("https://example.org/{}", "x".repeat(280))});
        json!({"ledger": vec![entry; entries]})
    };
    assert_eq!(
        grace.put(&profile, ledger(200)).await.is(422, "VALIDATION_FAILED")["errors"][0]["field"],
        "ledger"
    );
    grace.put(&profile, ledger(100)).await.ok();
}

#[tokio::test]
async fn profile_changes_are_audited_and_a_repeated_request_is_not() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let profile = path(&ada, "contributor-profile");
    let fixed = json!({"date": "2026-01-02", "label": "Fixed a leak", "points": 5});
    grace.put(&profile, json!({"ledger": [fixed]})).await.ok();
    world.advance(1000);
    let body =
        json!({"ledger": [fixed, {"date": "2026-03-04", "label": "Wrote a guide", "points": 7}]});
    let first = grace.put(&profile, body.clone()).await;
    let pseudonym = world.user(ada.id).await.expect("ada").pseudonym;
    let entries =
        world.app.store().recent_entries_about(pseudonym, 100).await.expect("the table responds");
    let ledger = &entries[0].changes["ledger"];
    assert_eq!(
        (&ledger.before, &ledger.after),
        (&json!([]), &json!(["2026-03-04 Wrote a guide (7)"]))
    );
    world.advance(1000);
    let again = grace.put(&profile, body).await;
    assert_eq!((again.ok(), again.header("etag")), (first.ok(), first.header("etag")));
    assert_eq!(actions(&world, ada.id).await.len(), 2, "a repeated request changes nothing");
}

#[tokio::test]
async fn staff_cannot_change_their_own_score() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let ledger = json!([{"date": "2026-01-02", "label": "Was great", "points": 1000}]);
    grace
        .put(&path(&grace, "contributor-profile"), json!({"ledger": ledger}))
        .await
        .is(409, "CANNOT_MODIFY_SELF");
    grace.get(&path(&grace, "contributor-profile")).await.ok();
}
