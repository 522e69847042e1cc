//! Purges, holds, and who comes in to remove an obstacle.

use provost_domain::{
    Code, DeletionId, Principal, Pseudonym, Status,
    deletion::{DeletionRequest, DeletionState, Hold, NewDeletion, SELF},
};

use crate::{ada, id, now};

fn request(requested_by: &str, blocked: bool) -> DeletionRequest {
    let Principal { user_id, pseudonym, .. } = ada();
    let new = NewDeletion {
        id: DeletionId::new(id(5)),
        user: user_id,
        pseudonym,
        requested_by: requested_by.to_owned(),
        reason: None,
        due_at: now(),
        blocked: blocked.then(|| "An organisation has other members.".to_owned()),
    };
    DeletionRequest::new(new, now())
}

#[test]
fn a_request_without_a_mark_is_a_purge_if_somebody_else_made_it() {
    let staff = Pseudonym::new(id(6)).to_string();
    let unmarked = |by: &str| DeletionRequest { purge: None, ..request(by, false) };
    assert!(!unmarked(SELF).is_purge() && unmarked(&staff).is_purge());
    assert!(!request(&staff, false).is_purge() && request(SELF, false).as_purge().is_purge());
}

#[test]
fn whom_a_blocked_request_lets_in() {
    let mut active = ada();
    active.status = Status::Active;
    assert!(request(SELF, true).lets_owner_in(&active));
    assert!(!request(SELF, false).lets_owner_in(&active), "nothing blocks it");
    assert!(!request(SELF, true).as_purge().lets_owner_in(&active), "a purge gives no way back");
    let inactive = Principal { status: Status::Inactive, ..active };
    assert!(!request(SELF, true).lets_owner_in(&inactive));
}

#[test]
fn a_request_that_is_held_is_not_held_again_but_can_be_lifted() {
    let hold = || Hold { reason: "A court asked".to_owned(), by: Pseudonym::new(id(6)), at: now() };
    let held = request(SELF, false).hold(hold()).expect("it waits");
    assert_eq!(held.state, DeletionState::Held);
    let refused = held.clone().hold(hold()).expect_err("it is held");
    assert_eq!(
        (refused.code, refused.detail.as_str()),
        (Code::InvalidAction, "A legal hold is already in place for this deletion.")
    );
    assert_eq!(held.lift_hold().expect("it is held").state, DeletionState::Scheduled);
}
