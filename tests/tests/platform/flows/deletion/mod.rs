//! Deletions that someone tries to evade or to force, or cannot finish: what each party may do, and
//! what always holds.

mod ban;
mod hold;
mod obstacle;
mod purge;

use provost_domain::{Permission, UserId};
use provost_testkit::{Reply, Someone, World, people::PASSWORD};
use serde_json::{Value, json};

fn id(body: &Value) -> String {
    body["id"].as_str().unwrap_or_else(|| panic!("no id in {body}")).to_owned()
}

/// Signs in from a separate IP address, so that limits of other sign-ins do not apply.
async fn sign_in(world: &World, email: &str, more: Value) -> Reply {
    let mut body = json!({ "email": email, "password": PASSWORD });
    for (name, value) in more.as_object().expect("fields") {
        body[name] = value.clone();
    }
    world.anyone().post("/api/sessions/login", body).await
}

async fn signed_in<'w>(world: &'w World, email: &str) -> Someone<'w> {
    let tokens = sign_in(world, email, json!({})).await.status(200);
    world.anyone().with_token(tokens["accessToken"].as_str().expect("a token"))
}

async fn ask(person: &Someone<'_>) -> String {
    id(&person.post("/api/users/me/deletion-request", json!({})).await.status(202))
}

/// A user with one permission and no role.
async fn holder<'w>(world: &'w World, name: &str, permission: Permission) -> Someone<'w> {
    let person = world.person(name).await;
    world
        .edit(person.id, |person| {
            person.grants.insert(permission);
        })
        .await;
    person
}

/// The path of the link in the email about a deletion.
async fn cancel_link(world: &World, user: UserId) -> String {
    format!(
        "/cancel-deletion/{}",
        super::token(&super::email_text(world, &user.to_string(), "deletion-requested").await)
    )
}

/// An organisation of one user that another has joined.
async fn shared_organisation(
    world: &World,
    owner: &Someone<'_>,
    member: &Someone<'_>,
    handle: &str,
) -> String {
    let path = format!(
        "/api/organisations/{}",
        id(&owner
            .post("/api/organisations", json!({ "name": "Lab", "handle": handle }))
            .await
            .status(201))
    );
    join(world, &path, member).await;
    path
}

/// Adds a member, as staff can, even while the owner waits for deletion.
async fn join(world: &World, organisation: &str, member: &Someone<'_>) {
    use provost_domain::organisation::{Member, MemberRole};
    let organisation_id =
        organisation.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id");
    let mut tx = world.app.transaction();
    tx.add_member(&Member {
        organisation_id,
        member_id: member.id,
        role: MemberRole::Member,
        joined_at: world.app.now(),
    })
    .expect("a member");
    tx.commit().await.expect("the member is new");
}

async fn audited(world: &World, action: &str) -> usize {
    let names = world.app.store().names();
    let found = world
        .emulators
        .dynamodb()
        .scan()
        .table_name(&names.audit)
        .send()
        .await
        .expect("the table responds");
    found
        .items()
        .iter()
        .filter(|item| {
            item.get("action").and_then(|value| value.as_s().ok()).is_some_and(|it| it == action)
        })
        .count()
}
