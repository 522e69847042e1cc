//! Purges, holds, and sign-in to remove what blocks a deletion.

use provost_domain::{
    Code, DeletionId, Pseudonym, Status, User,
    deletion::{DeletionRequest, DeletionState, Hold, NewDeletion, SELF},
};

use crate::{ada, id, now};

fn request(requested_by: &str, blocked: bool) -> DeletionRequest {
    let User { user_id, pseudonym, .. } = ada();
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
fn a_request_without_the_purge_field_is_a_purge_if_staff_made_it() {
    let staff = Pseudonym::new(id(6)).to_string();
    let unmarked = |by: &str| DeletionRequest { purge: None, ..request(by, false) };
    assert!(!unmarked(SELF).is_purge() && unmarked(&staff).is_purge());
    assert!(!request(&staff, false).is_purge() && request(SELF, false).as_purge().is_purge());
}

#[test]
fn only_a_blocked_request_lets_the_user_sign_in() {
    let mut active = ada();
    active.status = Status::Active;
    assert!(request(SELF, true).lets_owner_in(&active));
    assert!(!request(SELF, false).lets_owner_in(&active), "nothing blocks it");
    assert!(!request(SELF, true).as_purge().lets_owner_in(&active), "only root cancels a purge");
    let inactive = User { status: Status::Inactive, ..active };
    assert!(!request(SELF, true).lets_owner_in(&inactive));
}

#[test]
fn a_held_request_cannot_be_held_again_but_released() {
    let hold = || Hold { reason: "A court asked".to_owned(), by: Pseudonym::new(id(6)), at: now() };
    let held = request(SELF, false).hold(hold()).expect("it is scheduled");
    assert_eq!(held.state, DeletionState::Held);
    let refused = held.clone().hold(hold()).expect_err("it is held");
    assert_eq!(
        (refused.code, refused.detail.as_str()),
        (Code::InvalidAction, "A legal hold is already in place for this deletion.")
    );
    assert_eq!(held.lift_hold().expect("it is held").state, DeletionState::Scheduled);
}
