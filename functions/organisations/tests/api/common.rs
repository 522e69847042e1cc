//! A world with all functions that organisations use, and helpers for their users' requests.

use provost_local::Function;
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

pub async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("organisations", fn_organisations::routes().router(app.clone())),
            Function::http("accounts", fn_accounts::routes().router(app.clone())),
            Function::http("mail", fn_mail::routes().router(app.clone())),
            Function::http("deletions", fn_deletions::routes().router(app.clone())),
            Function::worker_over("mail-worker", app, fn_mail_worker::handle),
            Function::worker_over("deletion-worker", app, fn_deletion_worker::handle),
            Function::worker_over("outbox", app, fn_outbox::handle),
        ]
    })
    .await
}

/// Creates an organisation. Returns its path.
pub async fn found(owner: &Someone<'_>, handle: &str) -> String {
    let made = owner
        .post("/api/organisations", json!({"name": "Apex Gaming", "handle": handle}))
        .await
        .status(201);
    format!("/api/organisations/{}", made["id"].as_str().expect("an id"))
}

/// Invites an address. Returns the invitation's id.
pub async fn invite(by: &Someone<'_>, organisation: &str, email: &str) -> String {
    let made =
        by.post(&format!("{organisation}/invite"), json!({"email": email})).await.status(201);
    made["id"].as_str().expect("an id").to_owned()
}

/// Invites a user, who accepts and gets this role.
pub async fn join(by: &Someone<'_>, organisation: &str, person: &Someone<'_>, role: &str) {
    let id = invite(by, organisation, &person.email).await;
    person.post(&format!("/api/organisations/invites/{id}/accept"), json!({})).await.ok();
    if role != "member" {
        by.post(&format!("{organisation}/users/{}/role", person.id), json!({"role": role}))
            .await
            .ok();
    }
}

/// Offers a member the ownership. Returns the offer's id.
pub async fn offer(by: &Someone<'_>, organisation: &str, member: &Someone<'_>) -> String {
    let asked = by
        .post(&format!("{organisation}/users/{}/role", member.id), json!({"role": "owner"}))
        .await
        .ok();
    asked["ownershipOffer"]["id"].as_str().unwrap_or_else(|| panic!("no offer: {asked}")).to_owned()
}

/// Transfers the ownership to a member, who accepts.
pub async fn hand_over(by: &Someone<'_>, organisation: &str, member: &Someone<'_>) {
    let id = offer(by, organisation, member).await;
    member.post(&format!("/api/organisations/invites/{id}/accept"), json!({})).await.ok();
}

/// The members' names and roles, as a user sees them.
pub async fn roles(by: &Someone<'_>, organisation: &str) -> Vec<(String, String)> {
    let list = by.get(&format!("{organisation}/users?limit=200")).await.ok();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let mut roles: Vec<_> = list["data"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| (text(row, "name"), text(row, "role")))
        .collect();
    roles.sort();
    assert_eq!(
        list["pagination"]["total"].as_u64(),
        Some(roles.len() as u64),
        "the member count is exact"
    );
    roles
}

/// One grey pixel.
pub fn pixel() -> bytes::Bytes {
    bytes::Bytes::from_static(&[
        0x89, 0x50, 0x4e, 0x47, 0xd, 0xa, 0x1a, 0xa, 0, 0, 0, 0xd, 0x49, 0x48, 0x44, 0x52, 0, 0, 0,
        1, 0, 0, 0, 1, 8, 0, 0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 0xa, 0x49, 0x44, 0x41, 0x54,
        0x78, 0x9c, 0x63, 0x68, 0, 0, 0, 0x82, 0, 0x81, 0x77, 0xcd, 0x72, 0xb6, 0, 0, 0, 0, 0x49,
        0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
    ])
}
