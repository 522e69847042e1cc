//! The id of a request is in everything that follows from it: audit entries, messages, emails and
//! log lines.

use std::{collections::BTreeSet, time::Duration};

use provost_domain::{BuiltInRole, MessageId, mail::Template, message::Message, time::MINUTE};
use provost_http::{HandlerResult, NoContent, Public, PublicGrant, RequestContext, Routes};
use provost_store::item::Item;
use provost_testkit::World;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::logs;

/// The items of a table whose sort or partition key has this prefix. Only a test may scan.
async fn items(world: &World, table: &str, prefix: &str) -> Vec<Item> {
    let answer = world.emulators.dynamodb().scan().table_name(world.emulators.name(table)).send();
    let items = answer.await.expect("the table responds").items().to_vec();
    let begins = |item: &Item, key: &str| item[key].as_s().is_ok_and(|key| key.starts_with(prefix));
    items.into_iter().filter(|item| begins(item, "pk") || begins(item, "sk")).collect()
}

fn request_ids(items: &[Item]) -> Vec<Option<&str>> {
    let text = |item| Item::get(item, "requestId").and_then(|value| value.as_s().ok());
    items.iter().map(|item| text(item).map(String::as_str)).collect()
}

/// The bodies of the messages on a queue, which stay there.
async fn bodies(world: &World, queue: &str) -> Vec<Value> {
    let sqs = world.emulators.sqs();
    let url = sqs.get_queue_url().queue_name(world.emulators.name(queue)).send().await;
    let url = url.expect("the queue exists").queue_url.expect("its address");
    let received =
        sqs.receive_message().queue_url(url).max_number_of_messages(10).visibility_timeout(0);
    let received = received.send().await.expect("the queue responds");
    let body = |text: Option<&str>| serde_json::from_str(text.unwrap_or_default()).expect("JSON");
    received.messages().iter().map(|message| body(message.body())).collect()
}

/// The request ids of the audit entries about a resource or user, by action.
async fn audited(world: &World, target: &str, actions: &[&str]) -> BTreeSet<String> {
    let reader = world.staff(&format!("reader{}", actions.len()), BuiltInRole::RootAdmin).await;
    let log = reader.get(&format!("/api/admin/audit/logs?target={target}")).await.ok();
    let entries = log["data"].as_array().expect("a list").clone();
    let found: Vec<_> = entries
        .iter()
        .filter(|entry| actions.iter().any(|action| entry["action"] == *action))
        .collect();
    assert_eq!(found.len(), actions.len(), "{log}");
    found.iter().map(|entry| entry["requestId"].as_str().expect("an id").to_owned()).collect()
}

/// Sets the clock of a world to a time of its own. Ids begin with the time and count up from there,
/// and the log is that of all worlds, so at the same time two worlds have the same request ids.
fn at_its_own_time(world: World, minutes: i64) -> World {
    world.advance(minutes * MINUTE);
    world
}

/// A world in which the messages of these queues stay there.
async fn without(workers: &[&str]) -> World {
    logs::collect();
    World::of(|app| {
        let mounted = provost::functions(app).into_iter();
        mounted.filter(|function| !workers.contains(&function.name.as_str())).collect()
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ban_its_audit_entry_its_message_and_its_email_share_the_request_id() {
    let world = at_its_own_time(crate::world().await, 1_001);
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let ada = world.person("ada").await;
    let path = format!("/api/admin/users/{}/ban", ada.id);
    let reply = root
        .post(&path, json!({ "type": "permanent", "reason": "Spam.", "notifyUser": true }))
        .await;
    reply.ok();
    let id = reply.header("x-request-id");
    assert!(id.starts_with("req_"), "{id}");
    assert_eq!(request_ids(&items(&world, "operations", "OUTBOX#").await), [Some(&*id)]);
    world.settle().await;
    assert_eq!(request_ids(&items(&world, "accounts", "MAIL#").await), [Some(&*id)]);
    assert_eq!(audited(&world, &ada.id.to_string(), &["user.banned"]).await, [id.clone()].into());

    // The log lines of the request, of the outbox and of the worker, whose id is that of the message
    // on the queue.
    let lines: Vec<_> =
        logs::lines().into_iter().filter(|line| line["span"]["request.id"] == *id).collect();
    let route = "POST /api/admin/users/{id}/ban";
    let answered = lines.iter().find(|line| line["status"] == 200).expect("the request's line");
    assert_eq!(
        (&answered["span"]["name"], &answered["span"]["route"], &answered["span"]["caller"]),
        (&json!("request"), &json!(route), &json!("user")),
    );
    for (target, text) in [("provost_jobs::outbox", "is sent"), ("provost_jobs", "is done")] {
        let line = lines.iter().find(|line| {
            line["target"] == target && line["message"].as_str().is_some_and(|m| m.ends_with(text))
        });
        let span = &line.unwrap_or_else(|| panic!("no line of {target} in {lines:?}"))["span"];
        assert_eq!(
            (&span["name"], &span["queue"], &span["message.kind"]),
            (&json!("message"), &json!("mail"), &json!("mail")),
        );
        assert!(span["message.id"].is_string(), "{span}");
    }
    let kinds: BTreeSet<_> = lines.iter().map(|line| line["span"]["name"].as_str()).collect();
    assert_eq!(kinds, [Some("request"), Some("message")].into(), "no other span has the id");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_message_on_the_queue_has_the_request_id_beside_its_fields() {
    let world = without(&["mail-worker"]).await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let ada = world.person("ada").await;
    let path = format!("/api/admin/users/{}/ban", ada.id);
    let reply = root
        .post(&path, json!({ "type": "permanent", "reason": "Spam.", "notifyUser": true }))
        .await;
    reply.ok();
    world.settle().await;
    let bodies = bodies(&world, "mail").await;
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    assert_eq!(
        (&bodies[0]["type"], &bodies[0]["user"], &bodies[0]["requestId"]),
        (&json!("mail"), &json!(ada.id), &json!(reply.header("x-request-id"))),
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_audits_and_sends_emails_under_the_request_that_began_its_job() {
    let world = crate::world().await;
    let ada = world.person("ada").await;
    let reply = ada.post("/api/users/me/export-request", json!({})).await;
    let (job, id) =
        (reply.status(202)["id"].as_str().expect("an id").to_owned(), reply.header("x-request-id"));
    world.settle().await;
    let actions = ["export.created", "export.completed"];
    assert_eq!(audited(&world, &job, &actions).await, [id.clone()].into());
    assert_eq!(request_ids(&items(&world, "accounts", "MAIL#").await), [Some(&*id)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_hands_over_passes_the_request_id_on() {
    let world = without(&["deletion-worker"]).await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let ada = world.person("ada").await;
    let path = format!("/api/admin/users/{}?confirmDelete=true&reason=Asked", ada.id);
    let reply = root.delete(&path).await;
    reply.status(202);
    world.settle().await;
    let sent = bodies(&world, "deletion").await;
    let id = json!(reply.header("x-request-id"));
    assert_eq!((sent.len(), &sent[0]["requestId"]), (1, &id), "{sent:?}");

    let worker = provost::functions(&world.app)
        .into_iter()
        .find(|function| function.name == "deletion-worker")
        .expect("it is mounted");
    let record = json!({ "messageId": "1", "body": sent[0].to_string(), "eventSource": "aws:sqs" });
    // Too short for more than one step.
    let limit = Duration::from_secs(30);
    let answer = worker.call(json!({ "Records": [record] }), limit).await.expect("it responds");
    assert_eq!(answer["batchItemFailures"], json!([]));
    let handed_over = bodies(&world, "deletion").await;
    assert_eq!(handed_over.len(), 2, "{handed_over:?}");
    assert!(handed_over.iter().all(|body| *body == sent[0]), "{handed_over:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_letter_keeps_the_request_id() {
    let world = crate::world().await;
    let id = "req_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let body = json!({ "type": "teleport", "requestId": id });
    world.runner.send_raw("mail", &body.to_string()).await.expect("the queue responds");
    world.settle().await;
    assert_eq!(bodies(&world, "mail-dlq").await, [body]);
    world.leaves("mail", "a dead letter");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_of_the_release_before_request_ids_are_processed() {
    let world = at_its_own_time(crate::world().await, 2_003);
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let email = |user| Message::Mail {
        id: world.app.id(MessageId::new),
        user,
        template: Template::PasswordChanged,
        about: None,
    };
    // On a queue, and in the outbox: without a request, both are written as that release did.
    let body = serde_json::to_string(&email(ada.id)).expect("a message is JSON");
    assert!(!body.contains("requestId"), "{body}");
    world.runner.send_raw("mail", &body).await.expect("the queue responds");
    let mut tx = world.app.transaction();
    world.app.send(&mut tx, email(bob.id)).expect("a message");
    tx.commit().await.expect("the message is new");
    assert_eq!(request_ids(&items(&world, "operations", "OUTBOX#").await), [None]);
    world.settle().await;

    // Each run has an id of its own, so that its log lines and its email are found together.
    let emails = items(&world, "accounts", "MAIL#").await;
    let ids: BTreeSet<_> = request_ids(&emails).into_iter().flatten().map(str::to_owned).collect();
    assert_eq!((emails.len(), ids.len()), (2, 2), "{emails:?}");
    for id in ids {
        let lines: Vec<_> =
            logs::lines().into_iter().filter(|line| line["span"]["request.id"] == *id).collect();
        assert!(!lines.is_empty(), "no line has {id}");
        assert!(lines.iter().all(|line| line["span"]["queue"] == "mail"), "{lines:?}");
    }
}

async fn logs_a_line(_: RequestContext<PublicGrant>) -> HandlerResult<NoContent> {
    tracing::info!(target: "provost_tests", "a line of a handler");
    Ok(NoContent)
}

#[tokio::test]
async fn a_log_line_of_a_handler_has_the_route_and_the_request_id() {
    logs::collect();
    let world = at_its_own_time(World::of(|_| Vec::new()).await, 3_005);
    let routes = Routes::of("odd").get("/handler/{id}", Public, logs_a_line, "Logs.");
    let request = http::Request::get("/handler/7").body(axum::body::Body::empty());
    let answer = routes.router(world.app.clone()).oneshot(request.expect("a request")).await;
    let id = answer.expect("a router never fails").headers()["x-request-id"].clone();
    let lines = logs::lines();
    let line =
        lines.iter().find(|line| line["message"] == "a line of a handler").expect("the line");
    let span = json!({
        "name": "request",
        "request.id": id.to_str().expect("text"),
        "route": "GET /handler/{id}",
        "caller": "anonymous",
    });
    assert_eq!(line["span"], span);
}

/// S20: what a queue holds is what a dead letter holds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_dead_letter_and_no_error_names_a_user() {
    let world = without(&["mail-worker", "export-worker", "deletion-worker", "bulk-worker"]).await;
    let root = world.staff("Canaryroot", BuiltInRole::RootAdmin).await;
    let person = json!({
        "email": "canary.person@canary.example", "password": "Wintry-Harbour-26",
        "firstName": "Canaryfirst", "lastName": "Canarylast",
    });
    let made = world.anyone().post("/api/users/register", person.clone()).await.status(201);
    let user = format!("/api/admin/users/{}", made["id"].as_str().expect("an id"));
    let reason = json!({ "reason": "Canaryfirst asked" });
    root.post(&format!("{user}/export-job"), reason.clone()).await.status(202);
    let ban = json!({ "type": "permanent", "reason": "Canaryfirst spams", "notifyUser": true });
    root.post(&format!("{user}/ban"), ban).await.ok();
    let news = json!({ "subject": "Canary news", "text": "Canary.", "filter": "all" });
    root.post("/api/admin/emails/broadcast", news).await.status(202);
    let mut errors = Vec::new();
    errors.push(world.anyone().post("/api/users/register", person).await);
    errors.push(root.get("/api/admin/users?role=canaryrole&search=canaryfirst").await);
    errors
        .push(root.post(&format!("{user}/ban"), json!({ "reason": "Canary", "type": "x" })).await);
    let sign_in = json!({ "email": "canary.person@canary.example", "password": "Canary-Wrong-1" });
    errors.push(world.anyone().post("/api/sessions/login", sign_in).await);
    world.settle().await;
    let mut texts = Vec::new();
    for queue in ["mail", "export", "deletion", "bulk"] {
        texts.extend(bodies(&world, queue).await.iter().map(ToString::to_string));
    }
    assert!(texts.len() >= 4, "{texts:?}");
    for error in &errors {
        assert!(error.status.is_client_error(), "{}", error.text());
        texts.push(error.text().to_owned());
    }
    for text in texts {
        let lower = text.to_lowercase();
        for canary in ["canaryfirst", "canarylast", "canary.person", "canary-wrong", "harbour-26"] {
            assert!(!lower.contains(canary), "{canary} is in {text}");
        }
    }
}
