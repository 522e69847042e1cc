//! The effect of an erasure on organisations: it is logged, it deletes no organisation that others
//! joined, and it removes no invitation of another user.

use provost_domain::{
    InviteId, OrganisationId, Pseudonym, UserId,
    organisation::{Member, MemberRole, Organisation},
    organisation_invite::{INVITE_LIFE, Invite, InviteStatus},
    page::{PageFrom, PageRequest},
};
use provost_store::{Conflict, organisation_invites::address_key};
use provost_testkit::World;

use crate::person::{complete, deliver, is_erased, person, schedule, stands};

const FIRST_PAGE: PageRequest = PageRequest { from: PageFrom::Page(1), limit: 50 };

/// The number of audit entries of the worker for an action.
async fn count_logged(world: &World, action: &str) -> usize {
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
        .expect("the table responds");
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
async fn members_see_who_left_and_the_log_lists_deleted_and_freed_items() {
    let world = World::of(|_| Vec::new()).await;
    let subject = complete(&world, 1).await;
    let store = world.app.store();
    let shared = store.memberships(subject.id).await.expect("the index responds");
    let shared = shared
        .iter()
        .find(|member| member.role == MemberRole::Member)
        .expect("a seat")
        .organisation_id;
    assert!(deliver(&world, subject.request).await);
    is_erased(&world, &subject).await;
    let activity = store.activity(shared, &FIRST_PAGE).await.expect("the table responds").rows;
    assert_eq!(
        activity.iter().map(|entry| (entry.action.as_str(), entry.about)).collect::<Vec<_>>(),
        [("organisation.member_left", Some(subject.pseudonym))]
    );
    for action in ["organisation.member_left", "organisation.deleted", "node.assigned"] {
        assert_eq!(count_logged(&world, action).await, 1, "{action}");
    }
    let nodes = store.nodes(&FIRST_PAGE).await.expect("the table responds").rows;
    assert_eq!(
        nodes.iter().map(|node| (node.organisation_id, node.servers)).collect::<Vec<_>>(),
        [(None, 0)]
    );
}

#[tokio::test]
async fn an_organisation_with_new_members_is_kept_and_the_request_says_why_it_waits() {
    let world = World::of(|_| Vec::new()).await;
    let subject = complete(&world, 1).await;
    let store = world.app.store();
    let own = store.memberships(subject.id).await.expect("the index responds");
    let own = own
        .iter()
        .find(|member| member.role == MemberRole::Owner)
        .expect("the user's own organisation")
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
    tx.commit().await.expect("the member is new");

    assert!(!deliver(&world, subject.request).await, "the deletion waits");
    let counters = store.counters(own).await.expect("the table responds");
    assert_eq!((counters.servers, counters.nodes, counters.zones), (1, 1, 1));
    assert_eq!(
        store.open_invites(own, world.app.now()).await.expect("the table responds").len(),
        1
    );
    assert!(
        stands(&world, subject.request).await.blocked.expect("it gives a reason").contains("-lab")
    );

    let mut tx = world.app.transaction();
    tx.remove_member(own, friend.id).expect("a member");
    tx.commit().await.expect("the member exists");
    assert!(deliver(&world, subject.request).await);
    is_erased(&world, &subject).await;
}

#[tokio::test]
async fn an_organisation_that_changed_its_handle_is_not_removed_by_the_old_handle() {
    let world = World::of(|_| Vec::new()).await;
    let owner = world.person("owner").await;
    let (read, unknown_login) =
        (owned(&world, owner.id, "first-handle").await, world.person("stranger").await);
    let mut tx = world.app.transaction();
    tx.save_organisation(&Organisation { handle: "second-handle".to_owned(), ..read.clone() })
        .expect("an organisation");
    tx.move_handle(read.id, "first-handle", "second-handle", world.app.now()).expect("a handle");
    tx.commit().await.expect("no concurrent write");
    // Until then, the old handle is reserved for its organisation.
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
        tx.commit().await.expect_err("another user owns the handle").conflict(),
        Some(Conflict::Handle)
    );
}

#[tokio::test]
async fn an_invitation_to_an_unverified_address_is_kept() {
    let world = World::of(|_| Vec::new()).await;
    let subject = person(&world, 1).await;
    world.edit(subject.id, |user| user.email_verified = false).await;
    let email = world.user(subject.id).await.expect("the user exists").email;
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
    assert_eq!(world.app.store().invite_signs(&email).await.expect("the table responds").len(), 1);
}

#[tokio::test]
async fn past_the_point_of_no_return_writes_and_stale_removals_fail() {
    let world = World::of(|_| Vec::new()).await;
    let subject = schedule(&world, person(&world, 1).await).await;
    assert!(matches!(
        fn_deletion_worker::fence::pass(&world.app, subject.request).await,
        Ok(fn_deletion_worker::fence::Fenced::Through(..))
    ));
    let read = world.user(subject.id).await.expect("the user exists");
    let mut tx = world.app.transaction();
    tx.save_user(&read.clone().changed(world.app.now())).expect("a user");
    assert_eq!(
        tx.commit().await.expect_err("it is being erased").conflict(),
        Some(Conflict::Revision)
    );

    // An older version of the code, without this rule, changes the address between the read and the
    // removal.
    let (before, after) =
        (read.email.clone(), "elsewhere@example.org".parse().expect("an address"));
    let mut tx = world.app.transaction();
    tx.save_user_past_point_of_no_return(&provost_domain::User { email: after, ..read.clone() })
        .expect("a user");
    tx.move_email(subject.id, &before, &"elsewhere@example.org".parse().expect("an address"))
        .expect("a claim");
    tx.commit().await.expect("no concurrent write");
    let mut tx = world.app.transaction();
    tx.remove_user(&read, &[], subject.request).expect("a removal");
    assert_eq!(
        tx.commit().await.expect_err("the read is stale").conflict(),
        Some(Conflict::PastPointOfNoReturn)
    );
    assert!(deliver(&world, subject.request).await);
    is_erased(&world, &subject).await;
    let owner = world
        .app
        .store()
        .owner_of_email(&"elsewhere@example.org".parse().expect("an address"))
        .await;
    assert_eq!(owner.expect("the table responds"), None);
}
