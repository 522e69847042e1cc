//! Numbers that the documentation promises.

use provost_domain::{
    OrganisationId, UserId,
    dns::ZONE_CHECKS,
    export::{OWN_EXPORT_EVERY, STALLED_AFTER},
    lockout::{
        AddressLimit, CONFIRMATIONS, CONTACT_CHANGES, FAILED_SIGN_INS, PASSWORD_CHANGES,
        PASSWORD_RESETS, REGISTRATIONS, RESET_MAILS, SIGN_INS,
    },
    new_user_record::STORAGE_QUOTA,
    organisation::{FOUNDED, MAX_OWNED, Member, MemberRole, check_may_own_another},
    organisation_invite::INVITES,
};

use crate::{id, now};

#[test]
fn limits_are_as_documented() {
    let figures = |limit: AddressLimit| {
        (limit.most, limit.window / 60_000, limit.block / 60_000, limit.sliding)
    };
    assert_eq!(figures(SIGN_INS), (10, 1, 0, false));
    assert_eq!(figures(FAILED_SIGN_INS), (20, 10, 30, false));
    assert_eq!(figures(REGISTRATIONS), (5, 60, 0, true));
    assert_eq!(figures(PASSWORD_RESETS), (3, 5, 0, true));
    assert_eq!(figures(RESET_MAILS), (3, 60, 0, true));
    assert_eq!(figures(CONTACT_CHANGES), (5, 60, 0, true));
    assert_eq!(figures(PASSWORD_CHANGES), (5, 60, 0, true));
    assert_eq!(figures(CONFIRMATIONS), (3, 60, 0, true));
    assert_eq!(figures(INVITES), (100, 60, 0, true));
    assert_eq!(figures(FOUNDED), (20, 60, 0, false));
    assert_eq!(figures(ZONE_CHECKS), (30, 10, 0, false));
    assert_eq!((STALLED_AFTER, OWN_EXPORT_EVERY), (15 * 60_000, 24 * 60 * 60_000));
    assert_eq!(STORAGE_QUOTA, 10_737_418_240);
}

#[test]
fn a_user_owns_fifty_organisations_and_is_a_member_of_any_number() {
    let members = |count: u32, role: MemberRole| -> Vec<Member> {
        let one = |n: u32| Member {
            organisation_id: OrganisationId::new(id(n.into())),
            member_id: UserId::new(id(1)),
            role,
            joined_at: now(),
        };
        (0..count).map(one).collect()
    };
    assert!(check_may_own_another(&members(MAX_OWNED - 1, MemberRole::Owner)).is_ok());
    assert!(check_may_own_another(&members(MAX_OWNED, MemberRole::Owner)).is_err());
    assert!(check_may_own_another(&members(MAX_OWNED, MemberRole::Admin)).is_ok());
}
