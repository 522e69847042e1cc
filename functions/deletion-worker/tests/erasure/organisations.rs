//! What an erasure does to organisations: it tells of it, it empties none that somebody joined, and
//! it takes no invitation that is another's.

use provost_domain::{
    InviteId, OrganisationId, Pseudonym, UserId,
    organisation::{Member, MemberRole, Organisation},
    organisation_invite::{INVITE_LIFE, Invite, InviteStatus},
    page::{PageFrom, PageRequest},
};
use provost_store::{
    memberships::HANDLE_CLAIM, organisation_invites::address_key, principals::REVISION,
};
use provost_testkit::World;

use crate::person::{complete, deliver, is_erased, person, schedule, stands};

const FIRST_PAGE: PageRequest = PageRequest { from: PageFrom::Page(1), limit: 50 };

/// How often the worker wrote an action into the audit log.
async fn told(world: &World, action: &str) -> usize {
    let found = world
        .emulators
        .dynamodb()
        .scan()
        .table_name(&world.app.store().names().audit)
        .filter_expression("#action = :action")
        .expression_attribute_names("#action", "action")
        .expression_attribute_values(":action", provost_store::item::s(action))
        .send()
        .await
        .expect("the table answers");
    found.items().iter().filter(|item| format!("{item:?}").contains("deletion-worker")).count()
}

async fn owned(world: &World, owner: UserId, handle: &str) -> Organisation {
    let organisation = Organisation::found(
        world.app.id(OrganisationId::new),
        handle.to_owned(),
        handle.to_owned(),
        owner,
        world.app.now(),
    );
    let mut tx = world.app.transaction();
    tx.create_organisation(&organisation).expect("an organisation");
    tx.commit().await.expect("it is new");
    organisation
}

#[tokio::test]
async fn members_read_who_left_and_the_log_what_was_deleted_and_freed() {
    let world = World::of(|_| Vec::new()).await;
    let subject = complete(&world, 1).await;
    let store = world.app.store();
    let shared = store.memberships(subject.id).await.expect("the index answers");
    let shared = shared
        .iter()
        .find(|member| member.role == MemberRole::Member)
        .expect("a seat")
        .organisation_id;
    assert!(deliver(&world, subject.request).await);
    is_erased(&world, &subject).await;
    let activity = store.activity(shared, &FIRST_PAGE).await.expect("the table answers").rows;
    assert_eq!(
        activity.iter().map(|entry| (entry.action.as_str(), entry.about)).collect::<Vec<_>>(),
        [("organisation.member_left", Some(subject.pseudonym))]
    );
    for action in ["organisation.member_left", "organisation.deleted", "node.assigned"] {
        assert_eq!(told(&world, action).await, 1, "{action}");
    }
    let nodes = store.nodes(&FIRST_PAGE).await.expect("the table answers").rows;
    assert_eq!(
        nodes.iter().map(|node| (node.organisation_id, node.servers)).collect::<Vec<_>>(),
        [(None, 0)]
    );
}

#[tokio::test]
async fn an_organisation_that_somebody_joined_stays_whole_and_the_request_says_why_it_waits() {
    let world = World::of(|_| Vec::new()).await;
    let subject = complete(&world, 1).await;
    let store = world.app.store();
    let own = store.memberships(subject.id).await.expect("the index answers");
    let own = own
        .iter()
        .find(|member| member.role == MemberRole::Owner)
        .expect("their own")
        .organisation_id;
    assert!(matches!(
        fn_deletion_worker::fence::pass(&world.app, subject.request).await,
        Ok(fn_deletion_worker::fence::Fenced::Through(..))
    ));
    let friend = world.person("friend").await;
    let mut tx = world.app.transaction();
    tx.add_member(&Member {
        organisation_id: own,
        member_id: friend.id,
        role: MemberRole::Member,
        joined_at: world.app.now(),
    })
    .expect("a member");
    tx.commit().await.expect("they are new");

    assert!(!deliver(&world, subject.request).await, "it waits");
    let counters = store.counters(own).await.expect("the table answers");
    assert_eq!((counters.servers, counters.nodes, counters.zones), (1, 1, 1));
    assert_eq!(store.open_invites(own, world.app.now()).await.expect("the table answers").len(), 1);
    assert!(stands(&world, subject.request).await.blocked.expect("it says why").contains("-lab"));

    let mut tx = world.app.transaction();
    tx.remove_member(own, friend.id).expect("a member");
    tx.commit().await.expect("they are one");
    assert!(deliver(&world, subject.request).await);
    is_erased(&world, &subject).await;
}

#[tokio::test]
async fn an_organisation_that_took_another_handle_meanwhile_is_not_removed_by_the_old_one() {
    let world = World::of(|_| Vec::new()).await;
    let owner = world.person("owner").await;
    let (read, unknown_login) =
        (owned(&world, owner.id, "first-handle").await, world.person("stranger").await);
    let mut tx = world.app.transaction();
    tx.save_organisation(&Organisation { handle: "second-handle".to_owned(), ..read.clone() })
        .expect("an organisation");
    tx.move_handle(read.id, "first-handle", "second-handle", world.app.now()).expect("a handle");
    tx.commit().await.expect("nobody else writes");
    // The handle is held for its organisation until then.
    world.advance(provost_domain::reserved::HELD_FOR);
    owned(&world, unknown_login.id, "first-handle").await;
    let mut tx = world.app.transaction();
    tx.remove_organisation(&read, owner.id, None).expect("a removal");
    assert!(tx.commit().await.is_err());
    let mut tx = world.app.transaction();
    tx.create_organisation(&Organisation::found(
        world.app.id(OrganisationId::new),
        "Third".to_owned(),
        "first-handle".to_owned(),
        owner.id,
        world.app.now(),
    ))
    .expect("an organisation");
    assert_eq!(
        tx.commit().await.expect_err("the handle is the stranger's").conflict(),
        Some(HANDLE_CLAIM)
    );
}

#[tokio::test]
async fn an_invitation_to_an_address_that_was_never_proved_stays_with_whoever_has_it() {
    let world = World::of(|_| Vec::new()).await;
    let subject = person(&world, 1).await;
    world.edit(subject.id, |principal| principal.email_verified = false).await;
    let email = world.principal(subject.id).await.expect("they exist").email;
    let host = world.person("host").await;
    let organisation = owned(&world, host.id, "hall").await;
    let now = world.app.now();
    let invite = Invite {
        id: world.app.id(InviteId::new),
        organisation_id: organisation.id,
        address_key: address_key(&email),
        email: Some(email.clone()),
        role: MemberRole::Member,
        ownership: None,
        status: InviteStatus::Pending,
        invited_by: world.app.id(Pseudonym::new),
        created_at: now,
        sent_at: now,
        expires_at: now.plus(INVITE_LIFE),
        version: 1,
    };
    let mut tx = world.app.transaction();
    tx.create_invite(&invite, None).expect("an invitation");
    tx.commit().await.expect("it is new");
    let subject = schedule(&world, subject).await;
    assert!(deliver(&world, subject.request).await);
    assert!(stands(&world, subject.request).await.receipt.is_some());
    assert_eq!(world.app.store().invite_signs(&email).await.expect("the table answers").len(), 1);
}

#[tokio::test]
async fn past_the_fence_nobody_changes_the_account_and_a_stale_look_at_it_removes_nothing() {
    let world = World::of(|_| Vec::new()).await;
    let subject = schedule(&world, person(&world, 1).await).await;
    assert!(matches!(
        fn_deletion_worker::fence::pass(&world.app, subject.request).await,
        Ok(fn_deletion_worker::fence::Fenced::Through(..))
    ));
    let read = world.principal(subject.id).await.expect("they exist");
    let mut tx = world.app.transaction();
    tx.save_principal(&read.clone().changed(world.app.now())).expect("a principal");
    assert_eq!(tx.commit().await.expect_err("it is being erased").conflict(), Some(REVISION));

    // An older version, which knows no such rule, moves the address between the look and the
    // removal.
    let (before, after) =
        (read.email.clone(), "elsewhere@example.org".parse().expect("an address"));
    let mut tx = world.app.transaction();
    tx.save_principal_past_fence(&provost_domain::Principal { email: after, ..read.clone() })
        .expect("a principal");
    tx.move_email(subject.id, &before, &"elsewhere@example.org".parse().expect("an address"))
        .expect("a claim");
    tx.commit().await.expect("nobody else writes");
    let mut tx = world.app.transaction();
    tx.remove_principal(&read, &[], subject.request).expect("a removal");
    assert_eq!(
        tx.commit().await.expect_err("it was read before").conflict(),
        Some(provost_store::erasure::FENCED)
    );
    assert!(deliver(&world, subject.request).await);
    is_erased(&world, &subject).await;
    let owner = world
        .app
        .store()
        .owner_of_email(&"elsewhere@example.org".parse().expect("an address"))
        .await;
    assert_eq!(owner.expect("the table answers"), None);
}
