//! The point of no return: not before the due date, not under a legal hold, not after a
//! cancellation, and not while others depend on the user.

use provost_domain::{
    MessageId, OrganisationId, Pseudonym, UserId,
    deletion::{CancelledBy, DeletionState, Hold},
    organisation::{Member, MemberRole, Organisation},
    time::DAY,
};
use provost_operations::deletion;
use provost_testkit::World;

use crate::person::{Subject, complete, deliver, is_erased, leftovers, person, schedule, stands};

async fn change(
    world: &World,
    subject: &Subject,
    change: impl FnOnce(
        provost_domain::deletion::DeletionRequest,
    ) -> provost_domain::deletion::DeletionRequest,
) {
    let request = stands(world, subject.request).await;
    let read = request.version;
    let mut tx = world.app.transaction();
    tx.save_deletion(&change(request), read, world.app.now()).expect("a request");
    tx.commit().await.expect("no concurrent write");
}

#[tokio::test]
async fn nothing_happens_before_the_due_time_and_everything_exactly_at_it() {
    let world = World::of(|_| Vec::new()).await;
    let subject = complete(&world, 1).await;
    let due = world.app.now().plus(DAY);
    change(&world, &subject, |mut request| {
        request.due_at = due;
        request.changed()
    })
    .await;
    world.advance(DAY - 1);
    assert!(deliver(&world, subject.request).await, "the message is handled");
    assert_eq!(stands(&world, subject.request).await.state, DeletionState::Scheduled);
    assert!(!leftovers(&world, &subject).await.is_empty());
    world.advance(1);
    assert!(deliver(&world, subject.request).await);
    is_erased(&world, &subject).await;
}

#[tokio::test]
async fn a_hold_stops_the_deletion_until_it_is_lifted() {
    let world = World::of(|_| Vec::new()).await;
    let subject = complete(&world, 1).await;
    let (by, at) = (world.app.id(Pseudonym::new), world.app.now());
    change(&world, &subject, |request| {
        request.hold(Hold { reason: "a court asked".to_owned(), by, at }).expect("it is scheduled")
    })
    .await;
    assert!(deliver(&world, subject.request).await);
    assert_eq!(stands(&world, subject.request).await.state, DeletionState::Held);
    assert!(
        !world
            .user(subject.id)
            .await
            .expect("the user exists")
            .deletion
            .expect("it is pending")
            .executing
    );
    change(&world, &subject, |request| request.lift_hold().expect("it is held")).await;
    assert!(deliver(&world, subject.request).await);
    is_erased(&world, &subject).await;
}

#[tokio::test]
async fn a_message_for_a_cancelled_request_does_nothing() {
    let world = World::of(|_| Vec::new()).await;
    let subject = complete(&world, 1).await;
    let request = stands(&world, subject.request).await;
    let mut tx = world.app.transaction();
    let user = world.user(subject.id).await;
    deletion::cancel(
        &mut tx,
        request,
        user,
        CancelledBy::Owner,
        world.app.id(MessageId::new),
        world.app.now(),
    )
    .expect("it is open");
    tx.commit().await.expect("no concurrent write");
    assert!(deliver(&world, subject.request).await);
    assert_eq!(stands(&world, subject.request).await.state, DeletionState::Cancelled);
    assert_eq!(
        world.user(subject.id).await.expect("the user exists").status,
        provost_domain::Status::Active
    );
}

#[tokio::test]
async fn of_a_concurrent_hold_and_point_of_no_return_one_wins() {
    let world = World::of(|_| Vec::new()).await;
    for number in 0..12 {
        let subject = schedule(&world, person(&world, number).await).await;
        let request = stands(&world, subject.request).await;
        let read = request.version;
        let hold = Hold {
            reason: "a court asked".to_owned(),
            by: world.app.id(Pseudonym::new),
            at: world.app.now(),
        };
        let mut tx = world.app.transaction();
        tx.save_deletion(&request.hold(hold).expect("it is scheduled"), read, world.app.now())
            .expect("a request");
        let (held, _) = tokio::join!(tx.commit(), deliver(&world, subject.request));
        let state = stands(&world, subject.request).await.state;
        match held {
            Ok(()) => assert_eq!(state, DeletionState::Held),
            Err(_) => assert_eq!(state, DeletionState::Erased),
        }
    }
}

#[tokio::test]
async fn of_a_concurrent_account_hold_and_point_of_no_return_one_wins() {
    let world = World::of(|_| Vec::new()).await;
    for number in 0..12 {
        let subject = schedule(&world, person(&world, number).await).await;
        let hold = Hold {
            reason: "a court asked".to_owned(),
            by: world.app.id(Pseudonym::new),
            at: world.app.now(),
        };
        let user = world.user(subject.id).await.expect("the user exists");
        let mut tx = world.app.transaction();
        tx.save_user(&user.place_hold(hold, world.app.now()).expect("there is no hold"))
            .expect("a user");
        let (held, _) = tokio::join!(tx.commit(), deliver(&world, subject.request));
        // The queue redelivers a run that lost to the hold, and the next run finds the hold.
        deliver(&world, subject.request).await;
        match held {
            Ok(()) => {
                assert_eq!(stands(&world, subject.request).await.state, DeletionState::Held);
                let user = world.user(subject.id).await.expect("the account is kept");
                assert!(user.hold.is_some() && !user.is_being_erased());
            }
            Err(_) => {
                is_erased(&world, &subject).await;
            }
        }
    }
}

#[tokio::test]
async fn a_hold_on_the_account_alone_stops_a_request_that_is_due_or_blocked() {
    let world = World::of(|_| Vec::new()).await;
    let hold = || Hold {
        reason: "a court asked".to_owned(),
        by: world.app.id(Pseudonym::new),
        at: world.app.now(),
    };
    for (number, blocked) in [false, true].into_iter().enumerate() {
        let subject = complete(&world, number).await;
        if blocked {
            change(&world, &subject, |request| request.block("an obstacle".to_owned())).await;
        }
        let hold = hold();
        world.edit(subject.id, |user| user.hold = Some(hold.clone())).await;
        assert!(deliver(&world, subject.request).await);
        let request = stands(&world, subject.request).await;
        assert_eq!((request.state, request.hold), (DeletionState::Held, Some(hold)));
        assert!(!leftovers(&world, &subject).await.is_empty());
    }
}

#[tokio::test]
async fn a_concurrent_cancellation_and_erasure_leave_a_complete_account_or_none() {
    let world = World::of(|_| Vec::new()).await;
    for number in 0..12 {
        let subject = schedule(&world, person(&world, number).await).await;
        let (request, user) = (stands(&world, subject.request).await, world.user(subject.id).await);
        let mut tx = world.app.transaction();
        deletion::cancel(
            &mut tx,
            request,
            user,
            CancelledBy::Owner,
            world.app.id(MessageId::new),
            world.app.now(),
        )
        .expect("it is open");
        let (kept, _) = tokio::join!(tx.commit(), deliver(&world, subject.request));
        let (state, user) =
            (stands(&world, subject.request).await.state, world.user(subject.id).await);
        match kept {
            Ok(()) => {
                assert_eq!(state, DeletionState::Cancelled);
                let user = user.expect("the account is kept");
                assert!(user.status == provost_domain::Status::Active && user.deletion.is_none());
                assert!(
                    world
                        .app
                        .store()
                        .credential(subject.id)
                        .await
                        .expect("the table responds")
                        .is_some()
                );
            }
            Err(_) => {
                assert_eq!(state, DeletionState::Erased);
                is_erased(&world, &subject).await;
            }
        }
    }
}

fn organisation(world: &World, owner: UserId) -> Organisation {
    Organisation::found(
        world.app.id(OrganisationId::new),
        "Lab".to_owned(),
        "lab".to_owned(),
        owner,
        world.app.now(),
    )
}

#[tokio::test]
async fn owning_a_shared_organisation_blocks_the_deletion_until_the_members_leave() {
    let world = World::of(|_| Vec::new()).await;
    let subject = person(&world, 1).await;
    let friend = world.person("friend").await;
    let organisation = organisation(&world, subject.id);
    let mut tx = world.app.transaction();
    tx.create_organisation(&organisation).expect("an organisation");
    tx.commit().await.expect("it is new");
    let mut tx = world.app.transaction();
    tx.add_member(&Member {
        organisation_id: organisation.id,
        member_id: friend.id,
        role: MemberRole::Member,
        joined_at: world.app.now(),
    })
    .expect("a member");
    tx.commit().await.expect("the member is new");
    let subject = schedule(&world, subject).await;

    for _ in 0..2 {
        assert!(deliver(&world, subject.request).await);
        let request = stands(&world, subject.request).await;
        assert_eq!(request.state, DeletionState::Blocked);
        assert!(request.blocked.expect("it gives a reason").contains("lab"));
    }
    let told = world
        .app
        .store()
        .overdue_messages(world.app.now().plus(DAY), 10)
        .await
        .expect("the index responds");
    assert_eq!(told.len(), 1, "the owner is notified once");
    world.app.store().deliver(&told[0]).await.expect("the queue accepts it");
    let mut tx = world.app.transaction();
    tx.remove_member(organisation.id, friend.id).expect("a member");
    tx.commit().await.expect("the member exists");
    assert!(deliver(&world, subject.request).await);
    assert_eq!(is_erased(&world, &subject).await.counts.get("organisations"), Some(&1));
}
