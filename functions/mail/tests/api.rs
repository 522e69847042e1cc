//! The mail log and the list of templates, as staff see them.

use provost_domain::{
    BuiltInRole, MessageId, UserId, mail::Template, message::Message, time::HOUR,
};
use provost_local::Function;
use provost_store::Conflict;
use provost_testkit::World;

const LOGS: &str = "/api/admin/email/logs";
const TEMPLATES: &str = "/api/admin/emails/templates";

async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("mail", fn_mail::routes().router(app.clone())),
            Function::worker_over("mail-worker", app, fn_mail_worker::handle),
            Function::worker_over("insights-worker", app, fn_insights_worker::handle),
        ]
    })
    .await
}

async fn write(world: &World, user: UserId, template: Template) {
    let message = Message::Mail { id: world.app.id(MessageId::new), user, template, about: None };
    world
        .runner
        .send_raw("mail", &serde_json::to_string(&message).expect("a message is JSON"))
        .await
        .expect("the queue accepts the message");
    world.settle().await;
}

#[tokio::test]
async fn the_log_requires_the_permission() {
    let world = world().await;
    world.anyone().get(LOGS).await.is(401, "UNAUTHENTICATED");
    world.person("ada").await.get(LOGS).await.is(403, "ADMIN_REQUIRED");
    world.staff("grace", BuiltInRole::Admin).await.get(LOGS).await.is(403, "SUPERADMIN_REQUIRED");
    world.staff("joan", BuiltInRole::RootAdmin).await.get(LOGS).await.ok();
}

#[tokio::test]
async fn the_log_is_paged_newest_first_with_an_exact_total() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let ada = world.person("ada").await;
    for _ in 0..5 {
        write(&world, ada.id, Template::PasswordChanged).await;
        world.advance(1000);
    }
    let first = joan.get(&format!("{LOGS}?limit=2")).await.ok();
    assert_eq!(first["pagination"]["total"], 5);
    assert_eq!(first["pagination"]["pages"], 3);
    let mut seen: Vec<String> = Vec::new();
    let mut page = first;
    loop {
        seen.extend(
            page["data"]
                .as_array()
                .expect("rows")
                .iter()
                .map(|row| row["createdAt"].as_str().expect("a time").to_owned()),
        );
        let Some(cursor) = page["pagination"]["nextCursor"].as_str() else { break };
        page = joan.get(&format!("{LOGS}?limit=2&cursor={cursor}")).await.ok();
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted_by(|earlier, later| earlier >= later), "{seen:?}");
    assert_eq!(
        joan.get(&format!("{LOGS}?limit=2&page=3")).await.ok()["data"].as_array().map(Vec::len),
        Some(1)
    );
}

#[tokio::test]
async fn each_filter_narrows_the_log() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    write(&world, ada.id, Template::PasswordChanged).await;
    world.advance(HOUR);
    let later = world.app.now();
    write(&world, bob.id, Template::PasswordReset).await;
    let mut joan = joan;
    joan.renew().await;
    let total = async |query: String| {
        joan.get(&format!("{LOGS}?{query}")).await.ok()["pagination"]["total"].as_u64()
    };
    assert_eq!(total("status=sent".to_owned()).await, Some(2));
    assert_eq!(total("status=failed".to_owned()).await, Some(0));
    assert_eq!(total("template=password-reset".to_owned()).await, Some(1));
    assert_eq!(total(format!("to={}", ada.email)).await, Some(1));
    assert_eq!(total(format!("since={later}")).await, Some(1));
    assert_eq!(total(format!("since={later}&to={}", ada.email)).await, Some(0));
    assert_eq!(total(format!("until={later}")).await, Some(1), "the time itself is excluded");
    assert_eq!(total(format!("since={later}&until={later}")).await, Some(0));
    assert_eq!(total(format!("userId={}", bob.id)).await, Some(1));
    assert_eq!(total(format!("userId={}&since={later}", bob.id)).await, Some(1));
    assert_eq!(total(format!("userId={}&until={later}", bob.id)).await, Some(0));
    assert_eq!(total(format!("userId={}&template=password-changed", bob.id)).await, Some(0));
}

#[tokio::test]
async fn an_invalid_filter_is_rejected_and_never_ignored() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    joan.get(&format!("{LOGS}?status=lost")).await.is(422, "VALIDATION_FAILED");
    joan.get(&format!("{LOGS}?template=telegram")).await.is(422, "VALIDATION_FAILED");
    joan.get(&format!("{LOGS}?since=yesterday")).await.is(422, "VALIDATION_FAILED");
    joan.get(&format!("{LOGS}?until=today")).await.is(422, "VALIDATION_FAILED");
    joan.get(&format!("{LOGS}?userId=me")).await.is(422, "VALIDATION_FAILED");
    joan.get(&format!("{LOGS}?to=nobody")).await.is(422, "VALIDATION_FAILED");
    joan.get(&format!("{LOGS}?to=")).await.is(422, "VALIDATION_FAILED");
    joan.get(&format!("{LOGS}?limit=0")).await.is(422, "VALIDATION_FAILED");
    joan.get(&format!("{LOGS}?page=1&cursor=x")).await.is(422, "VALIDATION_FAILED");
    joan.get(&format!("{LOGS}?cursor=x")).await.is(422, "VALIDATION_FAILED");
    assert_eq!(
        joan.get(&format!("{LOGS}?stats=sent")).await.is(400, "UNKNOWN_PARAMETER")["suggestion"],
        "status"
    );
}

#[tokio::test]
async fn the_templates_are_listed_with_their_purpose() {
    let world = world().await;
    world.anyone().get(TEMPLATES).await.is(401, "UNAUTHENTICATED");
    world.person("ada").await.get(TEMPLATES).await.is(403, "ADMIN_REQUIRED");
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let list = grace.get(TEMPLATES).await.ok();
    // Messages of staff and broadcasts have a content of their own each time.
    assert_eq!(list["pagination"]["total"].as_u64(), Some(Template::ALL.len() as u64 - 2));
    for row in list["data"].as_array().expect("rows") {
        for field in ["id", "name", "subject", "about"] {
            assert!(row[field].as_str().is_some_and(|text| !text.is_empty()), "{row}");
        }
    }
    grace.get(&format!("{TEMPLATES}?colour=red")).await.is(400, "UNKNOWN_PARAMETER");
}

#[tokio::test]
async fn totals_of_the_log_equal_its_rows_and_are_not_counted_from_it() {
    let world = world().await;
    let mut joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let mut times = Vec::new();
    for n in 0..12 {
        let template = [Template::PasswordChanged, Template::PasswordReset][n % 2];
        write(&world, [ada.id, bob.id][n % 2], template).await;
        times.push(world.app.now());
        world.advance(7 * HOUR);
    }
    joan.renew().await;
    let rows = async |query: &str| {
        let page = joan.get(&format!("{LOGS}?limit=200{query}")).await.ok();
        let rows = page["data"].as_array().expect("rows").len();
        (rows as u64, page["pagination"]["total"].as_u64().expect("a total"))
    };
    for query in ["", "&status=sent", "&status=failed", "&template=password-reset"] {
        let (rows, total) = rows(query).await;
        assert_eq!(rows, total, "{query}");
    }
    for since in &times {
        for until in &times {
            let query = format!("&since={since}&until={until}&template=password-reset");
            let (rows, total) = rows(&query).await;
            assert_eq!(rows, total, "{query}");
        }
    }
    // A page reads its rows, however long the log is.
    world.interceptor.reset();
    let first = joan.get(&format!("{LOGS}?limit=1")).await.ok();
    assert_eq!(first["pagination"]["total"], 12);
    assert_eq!(world.interceptor.spent().passed_over, 0, "no email was only counted");
    world.interceptor.reset();
    assert_eq!(rows(&format!("&to={}", ada.email)).await, (6, 6));
    assert_eq!(world.interceptor.spent().passed_over, 0, "no email to another address was read");

    // An erasure removes the emails of its user, and the total follows.
    let store = world.app.store();
    let partition = format!("USER#{}", ada.id);
    let (keys, _) = store.keys_of(&store.names().accounts, &partition, None).await.expect("keys");
    for key in keys.into_iter().filter(|key| key.sk.starts_with("MAIL#")) {
        let mut tx = world.app.transaction();
        tx.remove_item(Conflict::Gone, &store.names().accounts, &key).expect("a key");
        tx.commit().await.expect("the table responds");
    }
    world.settle().await;
    assert_eq!(rows("").await, (6, 6));
}
