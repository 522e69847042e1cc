//! What remains of an erased user in organisations: only pseudonyms in the activity.

use provost_domain::BuiltInRole;
use provost_testkit::World;
use serde_json::{Value, json};

use crate::common::{found, invite, join, world};

/// Everything in the organisations table, as a string.
async fn everything(world: &World) -> String {
    let store = world.app.store();
    let found = store
        .dynamo()
        .scan()
        .table_name(&store.names().organisations)
        .send()
        .await
        .expect("a scan");
    format!("{:?}", found.items())
}

#[tokio::test]
async fn an_erased_user_leaves_only_a_pseudonym() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let (org, other) = (found(&ada, "apex").await, found(&ada, "other").await);
    let own = found(&bob, "own").await;
    invite(&bob, &own, "somebody@example.org").await;
    join(&ada, &org, &bob, "admin").await;
    invite(&ada, &other, &bob.email).await;
    invite(&bob, &org, "friend@example.org").await;
    world.settle().await;
    let pseudonym = world.user(bob.id).await.expect("bob").pseudonym.to_string();

    root.delete_with(
        &format!("/api/admin/users/{}", bob.id),
        json!({"confirmDelete": true, "reason": "asked for it"}),
    )
    .await
    .ok();
    world.settle().await;
    assert!(world.user(bob.id).await.is_none(), "bob is erased");
    let left = everything(&world).await;
    for trace in [
        bob.id.to_string(),
        bob.email.clone(),
        "somebody@example.org".to_owned(),
        own.replace("/api/organisations/", ""),
    ] {
        assert!(!left.contains(&trace), "{trace} is left");
    }
    assert_eq!(ada.get(&org).await.ok()["memberCount"], 1);
    assert_eq!(ada.get(&other).await.ok()["invites"], json!([]));
    let activity = ada.get(&format!("{org}/activity?limit=200")).await.ok();
    let rows = activity["data"].as_array().expect("rows");
    // The actor and the affected member.
    let names = |action: &str| -> Vec<(Value, Value)> {
        rows.iter()
            .filter(|row| row["action"] == action)
            .map(|row| (row["actor"]["id"].clone(), row["member"].clone()))
            .collect()
    };
    let (ada_id, bob_was) = (json!(ada.id.to_string()), json!(pseudonym));
    assert_eq!(names("organisation.member_joined"), [(bob_was.clone(), bob_was.clone())]);
    assert_eq!(names("organisation.role_changed"), [(ada_id.clone(), bob_was.clone())]);
    let mut sent: Vec<_> =
        names("organisation.invite_sent").into_iter().map(|(actor, _)| actor).collect();
    sent.sort_by_key(ToString::to_string);
    let mut wanted = vec![ada_id, bob_was];
    wanted.sort_by_key(ToString::to_string);
    assert_eq!(sent, wanted);
    assert!(!activity.to_string().contains(&bob.id.to_string()), "{activity}");
    found(&ada, "own").await;
}

#[tokio::test]
async fn emails_sent_before_the_account_existed_are_erased_with_it() {
    let world = world().await;
    let (ada, root) =
        (world.person("ada").await, world.staff("root", BuiltInRole::RootAdmin).await);
    let org = found(&ada, "apex").await;
    invite(&ada, &org, "new@user.example").await;
    world.settle().await;
    let new = world.person("new").await;
    let emails = async || {
        root.get("/api/admin/email/logs?to=new@user.example&template=invitation").await.ok()["pagination"]["total"].clone()
    };
    assert_eq!((emails().await, new.email.as_str()), (json!(1), "new@user.example"));
    root.delete_with(
        &format!("/api/admin/users/{}", new.id),
        json!({"confirmDelete": true, "reason": "asked for it"}),
    )
    .await
    .ok();
    world.settle().await;
    assert!(world.user(new.id).await.is_none(), "the account is erased");
    assert_eq!(emails().await, json!(0));
}
