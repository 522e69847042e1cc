//! Boundary cases of the domain rules, through the public interface: each test fails for a change
//! of a rule that no other test notices.

mod account;
mod deletion;
mod identity;
mod limits;
mod others;
mod records;
mod roles;
mod standing;
mod stored_enums;
mod unknown_values;

use provost_domain::{
    Email, Pseudonym, Timestamp, User, UserId,
    new_user_record::NewUserRecord,
    secret::{HalfDigest, SubjectKey},
    session::{Later, LiveSession, SESSION_IDLE},
};
use ulid::Ulid;

/// When the tests begin.
pub fn now() -> Timestamp {
    "2026-11-20T16:00:00Z".parse().expect("a time")
}

/// A number as an id of any kind.
pub fn id(number: u128) -> Ulid {
    Ulid::from(number)
}

/// A user who has just registered.
pub fn ada() -> User {
    let new = NewUserRecord {
        user_id: UserId::new(id(1)),
        pseudonym: Pseudonym::new(id(2)),
        subject_key: SubjectKey([7; 32]),
        email: "ada@user.example".parse::<Email>().expect("an address"),
        username: None,
        phone: None,
        first_name: "Ada".to_owned(),
        last_name: "Lindqvist".to_owned(),
        display_name: None,
    };
    new.begin(now())
}

/// A session that began at a time.
pub fn session(at: Timestamp) -> LiveSession {
    LiveSession {
        expires_at: at.plus(SESSION_IDLE),
        last_active_at: at,
        family: HalfDigest([1; 16]),
        refresh: HalfDigest([2; 16]),
        mfa: false,
        pending_deletion: false,
        later: Later::default(),
    }
}
