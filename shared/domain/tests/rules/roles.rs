//! Roles and rank: the rank is that of the highest role, and roles of a later release give nothing.

use provost_domain::{
    BuiltInRole, Code, Permission, PermissionSet, Rank, Status, User, UserId,
    rank::{Acting, check_rank, check_staff_rank},
    stored_enum::{StoredEnum, UnknownName},
};
use serde_json::json;

use crate::{ada, id, now};

fn of(number: u128, role: BuiltInRole) -> User {
    User { user_id: UserId::new(id(number)), role, status: Status::Active, ..ada() }
}

fn later() -> BuiltInRole {
    BuiltInRole::unknown(UnknownName::new("owner").expect("a name"))
}

fn check(actor: &User, target: &User) -> [Result<(), Code>; 2] {
    let permissions = actor.permissions();
    let acting = Acting { user: actor, permissions: &permissions };
    [check_rank(acting, target), check_staff_rank(acting, target)]
        .map(|checked| checked.map_err(|error| error.code))
}

#[test]
fn the_rank_is_that_of_the_highest_role() {
    let ranks = BuiltInRole::ALL.map(BuiltInRole::rank);
    assert_eq!(ranks, [Rank::User, Rank::Staff, Rank::Admin, Rank::Root]);
    assert!(ranks.is_sorted());
    let several = User {
        roles: ["staff", "admin", "reviewer"].into_iter().collect(),
        ..of(1, BuiltInRole::User)
    };
    assert_eq!((several.rank(), several.is_root()), (Rank::Admin, false));
    assert_eq!(several.permissions(), BuiltInRole::Admin.permissions());
    for name in ["user", "staff", "admin", "reviewer"] {
        assert!(several.has_role(name), "{name}");
    }
    assert!(!several.has_role("rootAdmin"));
    assert!(of(1, BuiltInRole::RootAdmin).is_root());
}

#[test]
fn a_role_of_a_later_release_gives_no_rank_and_protects_its_holder() {
    let root = of(11, BuiltInRole::RootAdmin);
    let admin = of(12, BuiltInRole::Admin);
    let holders = [
        of(13, later()),
        User { roles: ["reviewer"].into_iter().collect(), ..of(13, BuiltInRole::User) },
        User {
            grants: PermissionSet::from([Permission::Unknown(
                UnknownName::new("teleport.write").expect("a name"),
            )]),
            ..of(13, BuiltInRole::User)
        },
    ];
    for holder in &holders {
        assert_eq!((holder.rank(), holder.permissions()), (Rank::User, PermissionSet::new()));
        assert!(holder.is_staff() && holder.has_unknown_rights());
        assert_eq!(check(&admin, holder), [Err(Code::Outranked), Err(Code::Outranked)]);
        assert_eq!(check(&root, holder), [Ok(()), Ok(())]);
    }
    assert_eq!(check(&admin, &of(13, BuiltInRole::User)), [Ok(()), Ok(())]);
}

#[test]
fn roles_are_kept_and_written_only_where_a_later_release_wrote_them() {
    let plain = serde_json::to_value(of(1, BuiltInRole::Admin)).expect("JSON");
    assert_eq!((&plain["role"], plain.get("roles")), (&json!("admin"), None));
    let mut stored = plain;
    stored["roles"] = json!(["admin", "reviewer"]);
    let mut read: User = serde_json::from_value(stored.clone()).expect("an account");
    assert_eq!(serde_json::to_value(&read).expect("JSON"), stored);
    read.set_role(BuiltInRole::Staff);
    assert_eq!(read.rank(), Rank::Staff);
    let written = serde_json::to_value(&read).expect("JSON");
    assert_eq!((&written["role"], &written["roles"]), (&json!("staff"), &json!(["reviewer"])));
}

#[test]
fn restoring_an_account_removes_every_role() {
    let pending = provost_domain::user::PendingDeletion {
        id: provost_domain::DeletionId::new(id(5)),
        due_at: now(),
        before: Status::Active,
        executing: false,
    };
    let account =
        User { roles: ["admin", "reviewer"].into_iter().collect(), ..of(1, BuiltInRole::Admin) };
    let deleted = account.delete(pending, None, now()).expect("it is active");
    let restored = deleted.restore(now()).expect("it waits");
    assert_eq!((restored.rank(), restored.roles.is_empty()), (Rank::User, true));
}
