//! Shared helpers for the tests of this function.

use provost_auth::{Purpose, secret::hex_digest, token::LinkClaims};
use provost_domain::{
    UserId,
    message::Message,
    time::{DAY, HOUR},
};
use provost_local::Function;
use provost_store::item::Item;
use provost_testkit::{Reply, Someone, World};
use serde_json::{Value, json};

pub const GOOD: &str = "Wintry-Harbour-9";

pub async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("accounts", fn_accounts::routes().router(app.clone())),
            Function::http("sessions", fn_sessions::routes().router(app.clone())),
        ]
    })
    .await
}

pub fn registration(email: &str) -> Value {
    json!({"email": email, "password": GOOD, "firstName": "Ada", "lastName": "Lindqvist"})
}

/// The same body with one field changed.
pub fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

pub async fn register(who: &Someone<'_>, email: &str) -> Reply {
    who.post("/api/users/register", registration(email)).await
}

pub async fn sign_in(world: &World, email: &str, password: &str) -> Reply {
    world
        .anyone()
        .from("203.0.113.5")
        .post("/api/sessions/login", json!({"email": email, "password": password}))
        .await
}

/// The token of the address verification email.
pub async fn confirmation(world: &World, user: UserId, email: &str) -> String {
    link(world, LinkClaims::VerifyEmail { sub: user, email: hex_digest(email) }, 3 * DAY).await
}

/// The token of the password reset email.
pub async fn reset_link(world: &World, user: UserId, resets: u64) -> String {
    let email =
        world.user(user).await.map(|record| hex_digest(record.email.as_str())).unwrap_or_default();
    link(world, LinkClaims::ResetPassword { sub: user, resets, email }, HOUR).await
}

pub async fn link(world: &World, claims: LinkClaims, life: i64) -> String {
    world
        .app
        .keys()
        .signer(Purpose::Link, world.app.now())
        .await
        .unwrap()
        .sign(claims, world.app.now(), life)
        .unwrap()
}

/// The emails in the outbox: recipient and template.
pub async fn emails(world: &World) -> Vec<(UserId, String)> {
    let waiting = world.app.store().overdue_messages(world.app.now().plus(DAY), 100).await.unwrap();
    waiting
        .into_iter()
        .filter_map(|waiting| match waiting.message {
            Message::Mail { user, template, .. } => Some((user, template.as_str().to_owned())),
            _ => None,
        })
        .collect()
}

/// A response without the parts that differ between any two responses.
pub fn without_request_id(reply: &Reply) -> String {
    let mut body = reply.json();
    if let Some(map) = body.as_object_mut() {
        map.remove("requestId");
    }
    let mut headers: Vec<String> = reply
        .headers
        .iter()
        .filter(|(name, _)| !["x-request-id", "apigw-requestid"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    headers.sort();
    format!("{} {headers:?} {} {body}", reply.status, reply.body.len())
}

/// The audit entries of the month, oldest first.
pub async fn entries(world: &World) -> Vec<Item> {
    let walk = provost_store::walk::Walk::of_table(
        &world.app.store().names().audit,
        format!("MONTH#{}", world.app.now().month()),
    );
    world.app.store().next_items(&walk, None).await.unwrap().0
}

pub fn text(item: &Item, name: &str) -> String {
    item.get(name).and_then(|value| value.as_s().ok().cloned()).unwrap_or_default()
}

pub async fn actions(world: &World) -> Vec<String> {
    entries(world).await.iter().map(|item| text(item, "action")).collect()
}

/// Runs all futures concurrently on one thread.
pub async fn together<F: Future>(all: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = all.into_iter().map(|one| (Box::pin(one), None)).collect();
    std::future::poll_fn(|context| {
        let mut waiting = false;
        for (one, done) in running.iter_mut().filter(|(_, done)| done.is_none()) {
            match one.as_mut().poll(context) {
                std::task::Poll::Ready(output) => *done = Some(output),
                std::task::Poll::Pending => waiting = true,
            }
        }
        if waiting { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
    })
    .await;
    running.into_iter().filter_map(|(_, done)| done).collect()
}
