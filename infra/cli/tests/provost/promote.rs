//! `provost promote`: assigns a role from the command line and audits it.

use provost::promote::promote;
use provost_domain::{BuiltInRole, Status};
use provost_testkit::World;

async fn world() -> World {
    World::of(|_| Vec::new()).await
}

/// The actions of the audit log, with their actors.
pub(crate) async fn audited(world: &World) -> Vec<(String, String)> {
    let items = world
        .emulators
        .dynamodb()
        .scan()
        .table_name(world.emulators.name("audit"))
        .send()
        .await
        .expect("the table can be read")
        .items
        .unwrap_or_default();
    let text =
        |item: &std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue>,
         name: &str| { item[name].as_s().expect("a text").clone() };
    items.iter().map(|item| (text(item, "action"), text(item, "actorType"))).collect()
}

#[tokio::test]
async fn the_first_root_is_promoted_from_the_command_line_and_audited() {
    let world = world().await;
    let ada = world.person("ada").await;
    let said =
        promote(&world.app, &ada.email.parse().unwrap(), BuiltInRole::RootAdmin).await.unwrap();
    assert!(said.contains("was user and is now rootAdmin"), "{said}");
    let promoted = world.user(ada.id).await.unwrap();
    assert_eq!((promoted.role, promoted.version), (BuiltInRole::RootAdmin, 2));
    assert_eq!(audited(&world).await, [("user.role_changed".to_owned(), "cli".to_owned())]);
}

#[tokio::test]
async fn assigning_the_current_role_changes_nothing() {
    let world = world().await;
    let ada = world.person("ada").await;
    promote(&world.app, &ada.email.parse().unwrap(), BuiltInRole::User).await.unwrap();
    assert_eq!(world.user(ada.id).await.unwrap().version, 1);
    assert!(audited(&world).await.is_empty());
}

#[tokio::test]
async fn unknown_users_and_users_with_a_pending_deletion_are_not_promoted() {
    let world = world().await;
    let failed = promote(&world.app, &"nobody@example.org".parse().unwrap(), BuiltInRole::Admin)
        .await
        .unwrap_err();
    assert!(failed.to_string().contains("no user has this email address"), "{failed}");
    let ada = world.person("ada").await;
    world.edit(ada.id, |user| user.status = Status::Deleted).await;
    assert!(promote(&world.app, &ada.email.parse().unwrap(), BuiltInRole::Admin).await.is_err());
    assert_eq!(world.user(ada.id).await.unwrap().role, BuiltInRole::User);
    assert!(audited(&world).await.is_empty());
}

#[tokio::test]
async fn the_last_root_cannot_be_demoted() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let failed =
        promote(&world.app, &joan.email.parse().unwrap(), BuiltInRole::Admin).await.unwrap_err();
    assert!(failed.to_string().contains("No other root administrator can sign in"), "{failed}");
    let ada = world.person("ada").await;
    promote(&world.app, &ada.email.parse().unwrap(), BuiltInRole::RootAdmin).await.unwrap();
    promote(&world.app, &joan.email.parse().unwrap(), BuiltInRole::Admin).await.unwrap();
    assert_eq!(world.user(joan.id).await.unwrap().role, BuiltInRole::Admin);
}
