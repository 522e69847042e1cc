//! Identities: who may act as a user, and whom the audit log names.

use provost_domain::{
    BuiltInRole, Code, PermissionSet, Pseudonym, Status, User, UserId,
    audit::Actor,
    identity::{Identity, ImpersonationMode, Impersonator, SystemKey},
    rank::Acting,
};

use crate::{ada, id, now};

fn of(number: u128, role: BuiltInRole) -> User {
    User {
        user_id: UserId::new(id(number)),
        pseudonym: Pseudonym::new(id(100 + number)),
        role,
        status: Status::Active,
        ..ada()
    }
}

fn begin(actor: &User, target: &User, mode: ImpersonationMode) -> Result<Impersonator, Code> {
    let permissions = actor.permissions();
    Impersonator::check(Acting { user: actor, permissions: &permissions }, target, mode, now())
        .map_err(|error| error.code)
}

fn key() -> SystemKey {
    SystemKey { name: "learning".to_owned(), scopes: PermissionSet::new() }
}

#[test]
fn acting_as_a_user_needs_the_permission_and_a_higher_rank() {
    let mode = ImpersonationMode::Impersonation;
    let (user, staff) = (of(1, BuiltInRole::User), of(2, BuiltInRole::Staff));
    let (admin, root) = (of(3, BuiltInRole::Admin), of(4, BuiltInRole::RootAdmin));
    assert!(begin(&admin, &user, mode).is_ok() && begin(&root, &admin, mode).is_ok());
    assert_eq!(begin(&staff, &user, mode).err(), Some(Code::PermissionDenied));
    assert_eq!(begin(&admin, &root, mode).err(), Some(Code::Outranked));
    assert_eq!(begin(&admin, &admin, mode).err(), Some(Code::CannotModifySelf));
    let banned = User { status: Status::Suspended, ..admin };
    assert_eq!(begin(&banned, &user, mode).err(), Some(Code::AccountSuspended));
}

#[test]
fn the_audit_log_names_who_acts_and_as_whom() {
    let (user, admin, key) = (of(1, BuiltInRole::User), of(2, BuiltInRole::Admin), key());
    let by = begin(&admin, &user, ImpersonationMode::Masquerade).expect("an administrator may");
    let identity = Identity::Impersonated { target: &user, by: &by };
    assert_eq!(identity.user().map(|user| user.user_id), Some(user.user_id));
    let Actor::Impersonator { staff, user: named } = identity.actor() else {
        panic!("both are named")
    };
    assert_eq!((staff.user, named.user), (admin.user_id, user.user_id));
    assert!(
        matches!(Identity::User(&user).actor(), Actor::User(subject) if subject.user == user.user_id)
    );
    let service = Identity::System { key: &key };
    assert!(service.user().is_none());
    assert!(matches!(service.actor(), Actor::Service(name) if name == "learning"));
}
