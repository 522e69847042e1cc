//! Helpers for the tests of this function.

use provost_local::Function;
use provost_testkit::{Reply, Someone, World, people::PASSWORD};
use serde_json::{Value, json};

pub async fn world() -> World {
    World::of(|app| vec![Function::http("sessions", fn_sessions::routes().router(app.clone()))])
        .await
}

pub async fn sign_in(who: &Someone<'_>, email: &str, password: &str) -> Reply {
    who.post("/api/sessions/login", json!({ "email": email, "password": password })).await
}

/// Signs a user in with the correct password and returns the response.
pub async fn signed_in(world: &World, email: &str) -> Value {
    sign_in(&world.anyone(), email, PASSWORD).await.status(200)
}

pub fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("{name} in {value}")).to_owned()
}

pub async fn refresh(world: &World, token: &str) -> Reply {
    world.anyone().post("/api/sessions/refresh", json!({ "refreshToken": token })).await
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
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or("?")))
        .collect();
    headers.sort();
    let length = reply.body.len();
    format!("{} {headers:?} {length} {body}", reply.status)
}

/// The audit actions about a user, oldest first, found by the pseudonym.
pub async fn audited(world: &World, user: provost_domain::UserId) -> Vec<String> {
    let pseudonym = world.user(user).await.expect("the account exists").pseudonym;
    let month = format!("MONTH#{}", world.app.now().month());
    let walk = provost_store::walk::Walk::of_table(&world.app.store().names().audit, month);
    let (items, _) = world.app.store().next_items(&walk, None).await.expect("the table responds");
    let text = |item: &provost_store::item::Item, name: &str| {
        item.get(name).and_then(|value| value.as_s().ok().cloned()).unwrap_or_default()
    };
    items
        .iter()
        .filter(|item| text(item, "targetKey") == pseudonym.to_string())
        .map(|item| text(item, "action"))
        .collect()
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
