//! Status of an account during a ban or a pending deletion, rank, roles, and the age of children.

use provost_domain::{
    BuiltInRole, Code, Country, DeletionId, Permission, PermissionSet, Pseudonym, SessionId,
    Status, User, UserId,
    product::{BillingInterval, standard_plans},
    profile::{Profile, consent_age},
    rank::{Acting, check_rank},
    session::LiveSession,
    staff_record::{Contribution, MAX_LEDGER, check_size, github_login},
    user::{PendingDeletion, Suspension, SuspensionKind},
};

use crate::{ada, id, now, session};

fn suspension(kind: SuspensionKind) -> Suspension {
    Suspension {
        id: None,
        kind,
        reason: "Selling fakes".to_owned(),
        by: Pseudonym::new(id(6)),
        at: now(),
        expires_at: None,
        before: Status::Active,
    }
}

fn with_pending_deletion(person: User, executing: bool) -> User {
    let pending = PendingDeletion {
        id: DeletionId::new(id(5)),
        due_at: now(),
        before: person.status,
        executing,
    };
    User { status: Status::Deleted, deletion: Some(pending), ..person }
}

fn active() -> User {
    User { status: Status::Active, ..ada() }
}

#[test]
fn an_account_with_a_pending_deletion_can_be_banned() {
    let banned = with_pending_deletion(active(), false)
        .suspend(suspension(SuspensionKind::Ban), now())
        .expect("it can be banned");
    assert_eq!(
        (banned.status, banned.standing(), banned.is_banned()),
        (Status::Deleted, Status::Suspended, true)
    );
    assert_eq!(banned.restore_from_deletion(now()).expect("it waits").status, Status::Suspended);
    let refused = with_pending_deletion(active(), true)
        .suspend(suspension(SuspensionKind::Ban), now())
        .expect_err("it is being erased");
    assert_eq!(refused.code, Code::InvalidAction);
}

#[test]
fn a_suspension_is_not_a_ban_and_an_ended_ban_is_not_either() {
    let suspended =
        active().suspend(suspension(SuspensionKind::Suspension), now()).expect("it is active");
    assert!(!suspended.is_banned());
    let banned = active().suspend(suspension(SuspensionKind::Ban), now()).expect("it is active");
    assert!(banned.is_banned());
    assert!(!User { status: Status::Active, ..banned }.is_banned());
}

#[test]
fn a_restored_account_that_was_never_confirmed_still_has_its_first_confirmation() {
    let never = with_pending_deletion(ada(), false).restore(now()).expect("a deletion is pending");
    assert!(!never.confirmed_once && never.never_confirmed());
    let once =
        with_pending_deletion(active(), false).restore(now()).expect("a deletion is pending");
    assert!(once.confirmed_once && !once.never_confirmed());
    assert_eq!((once.status, once.role), (Status::PendingVerification, BuiltInRole::User));
}

#[test]
fn the_names_of_roles_and_statuses_match_the_api() {
    for (role, words) in [
        (BuiltInRole::User, ["user", "USER"]),
        (BuiltInRole::Staff, ["staff", "STAFF"]),
        (BuiltInRole::Admin, ["admin", "ADMIN"]),
        (BuiltInRole::RootAdmin, ["rootAdmin", "SUPERADMIN"]),
    ] {
        assert_eq!(words.map(BuiltInRole::parse), [Some(role), Some(role)]);
        assert_eq!(role.as_str(), words[0]);
    }
    assert_eq!(BuiltInRole::parse("root"), None);
    for status in [
        Status::PendingVerification,
        Status::Active,
        Status::Inactive,
        Status::Suspended,
        Status::Deleted,
    ] {
        assert_eq!(serde_json::to_value(status).expect("JSON"), status.as_str());
    }
}

#[test]
fn a_higher_rank_needs_a_higher_role_and_every_permission_of_the_other() {
    let of = |number: u128, role: BuiltInRole| User {
        user_id: UserId::new(id(number)),
        role,
        ..active()
    };
    let check = |actor: &User, permissions: &PermissionSet, target: &User| {
        check_rank(Acting { user: actor, permissions }, target).map_err(|refused| refused.code)
    };
    let (root, admin, staff) =
        (of(11, BuiltInRole::RootAdmin), of(12, BuiltInRole::Admin), of(13, BuiltInRole::Staff));
    assert_eq!(check(&root, &root.permissions(), &of(14, BuiltInRole::RootAdmin)), Ok(()));
    assert_eq!(check(&admin, &admin.permissions(), &staff), Ok(()));
    assert_eq!(
        check(&admin, &admin.permissions(), &of(14, BuiltInRole::Admin)),
        Err(Code::Outranked)
    );
    assert_eq!(
        check(&staff, &root.permissions(), &admin),
        Err(Code::Outranked),
        "the role matters, too"
    );
    assert_eq!(
        check(&admin, &PermissionSet::new(), &staff),
        Err(Code::Outranked),
        "a key with scopes"
    );
    let mut gifted = staff.clone();
    gifted.grants.insert(Permission::UserPurge);
    assert_eq!(
        check(&admin, &admin.permissions(), &gifted),
        Err(Code::Outranked),
        "the target has a permission that the actor lacks"
    );
    assert_eq!(check(&root, &root.permissions(), &root), Err(Code::CannotModifySelf));
}

#[test]
fn a_stored_session_is_read_back_as_it_was_written() {
    for (mfa, pending_deletion) in [(false, false), (true, false), (false, true), (true, true)] {
        let written = LiveSession { mfa, pending_deletion, ..session(now()) };
        let read: LiveSession =
            serde_json::from_value(serde_json::to_value(&written).expect("JSON"))
                .expect("a session");
        assert_eq!(
            (read.mfa, read.pending_deletion, read.expires_at, read.last_active_at),
            (mfa, pending_deletion, written.expires_at, written.last_active_at)
        );
        assert!(read.family.matches(&written.family) && read.refresh.matches(&written.refresh));
    }
    let sessions = std::collections::BTreeMap::from([(SessionId::new(id(3)), session(now()))]);
    assert_eq!(
        serde_json::to_value(sessions).expect("JSON").as_object().map(serde_json::Map::len),
        Some(1)
    );
}

#[test]
fn a_child_is_below_the_age_of_consent() {
    let country = |code: &str| code.parse::<Country>().expect("a country");
    for (code, years) in
        [("DE", 16), ("NL", 16), ("FR", 15), ("AT", 14), ("ES", 14), ("US", 13), ("SE", 13)]
    {
        assert_eq!(consent_age(Some(&country(code))), years, "{code}");
        let born = |age: u8| Profile {
            date_of_birth: Some(format!("{}-11-20", 2026 - i32::from(age))),
            billing_country: Some(country(code)),
            ..Profile::default()
        };
        assert!(born(years - 1).is_child(now()) && !born(years).is_child(now()), "{code}");
    }
    assert_eq!(consent_age(None), 13);
    assert!(!Profile::default().is_child(now()), "the age is unknown");
}

#[test]
fn a_free_plan_is_not_billed_and_an_unavailable_plan_is_not_applied() {
    for plan in standard_plans(now()) {
        assert_eq!(
            plan.billing_interval,
            (plan.price != 0).then_some(BillingInterval::Month),
            "{}",
            plan.name
        );
        assert!(plan.is_applicable_plan());
        let mut withdrawn = plan.clone();
        withdrawn.active = false;
        assert!(!withdrawn.is_applicable_plan() && withdrawn.can_be_subscribed());
        withdrawn.deleted_at = Some(now());
        assert!(withdrawn.can_be_subscribed(), "it is still paid for");
    }
}

#[test]
fn a_ledger_fits_into_an_item_and_a_github_name_has_single_inner_hyphens() {
    let entry = |letters: usize| -> Contribution {
        let entry = serde_json::json!({ "date": "2026-11-20", "label": "x", "details": "x".repeat(letters) });
        serde_json::from_value(entry).expect("a contribution")
    };
    let rest = serde_json::to_vec(&[entry(1)]).expect("JSON").len() - 1;
    assert!(check_size(&[entry(MAX_LEDGER - rest)]).is_ok());
    assert!(check_size(&[entry(MAX_LEDGER - rest + 1)]).is_err());
    for good in ["ada", "a-d-a", "A1", &"a".repeat(39)] {
        assert!(github_login(good).is_ok(), "{good}");
    }
    for bad in ["", "-ada", "ada-", "a--da", "a_da", "a da", &"a".repeat(40)] {
        assert!(github_login(bad).is_err(), "{bad}");
    }
}
