//! Random sequences of changes of roles and permissions: nobody gains what the one who acts lacks,
//! at once or later.

use std::{collections::BTreeMap, sync::LazyLock};

use proptest::prelude::*;
use provost_domain::{
    BuiltInRole, Permission, PermissionSet, Pseudonym, RoleId, Status, Timestamp, User, UserId,
    direct::{Effect, entry_until},
    impersonation::{ImpersonationMode, Impersonator},
    new_user_record::NewUserRecord,
    rank::Acting,
    role::{Role, RoleEdit},
    secret::SubjectKey,
    time::SECOND,
};
use ulid::Ulid;

/// The permissions that the sequences move about: some that administrators have, some that only root
/// has.
const MOVED: [Permission; 6] = [
    Permission::UserList,
    Permission::RoleWrite,
    Permission::RoleAssign,
    Permission::UserImpersonate,
    Permission::UserPurge,
    Permission::SystemKey,
];

fn user(number: usize, role: BuiltInRole) -> User {
    let id = Ulid::from(number as u128 + 1);
    let new = NewUserRecord {
        user_id: UserId::new(id),
        pseudonym: Pseudonym::new(id),
        subject_key: SubjectKey([7; 32]),
        email: format!("user{number}@user.example").parse().expect("an address"),
        username: None,
        phone: None,
        first_name: "Ada".to_owned(),
        last_name: "Lindqvist".to_owned(),
        display_name: None,
    };
    User { role, status: Status::Active, ..new.begin(Timestamp::from_millis(0)) }
}

/// Two ranks of each kind, of which four users define and assign roles.
fn users() -> Vec<User> {
    let mut users: Vec<_> = [
        BuiltInRole::RootAdmin,
        BuiltInRole::Admin,
        BuiltInRole::Admin,
        BuiltInRole::Staff,
        BuiltInRole::Staff,
        BuiltInRole::User,
        BuiltInRole::User,
    ]
    .into_iter()
    .enumerate()
    .map(|(number, role)| user(number, role))
    .collect();
    for someone in &mut users[1..5] {
        someone.grants.extend([Permission::RoleAssign, Permission::RoleWrite]);
    }
    users
}

/// Users and roles, as the store keeps them.
struct World {
    now: Timestamp,
    users: Vec<User>,
    roles: BTreeMap<RoleId, Role>,
}

#[derive(Debug, Clone)]
enum Step {
    Assign(usize, usize, usize),
    Unassign(usize, usize, usize),
    Set(usize, usize, usize, bool, Option<i64>),
    Remove(usize, usize, usize, Option<bool>),
    Edit(usize, usize, Option<Vec<usize>>, Option<bool>),
    Clone(usize, usize),
    Impersonate(usize, usize, bool),
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let (who, role, moved) = (0..7_usize, 0..6_usize, 0..MOVED.len());
    prop_oneof![
        (who.clone(), who.clone(), role.clone()).prop_map(|(a, t, r)| Step::Assign(a, t, r)),
        (who.clone(), who.clone(), role.clone()).prop_map(|(a, t, r)| Step::Unassign(a, t, r)),
        (who.clone(), who.clone(), moved.clone(), any::<bool>(), prop::option::of(1..5_i64))
            .prop_map(|(a, t, p, allow, end)| Step::Set(a, t, p, allow, end)),
        (who.clone(), who.clone(), moved.clone(), prop::option::of(any::<bool>()))
            .prop_map(|(a, t, p, effect)| Step::Remove(a, t, p, effect)),
        (
            who.clone(),
            role.clone(),
            prop::option::of(prop::collection::vec(moved, 0..3)),
            prop::option::of(any::<bool>())
        )
            .prop_map(|(a, r, permissions, active)| Step::Edit(a, r, permissions, active)),
        (who.clone(), role).prop_map(|(a, r)| Step::Clone(a, r)),
        (who.clone(), who, any::<bool>()).prop_map(|(a, t, full)| Step::Impersonate(a, t, full)),
        (1..4_i64).prop_map(Step::Wait),
    ]
}

impl World {
    fn begin() -> Self {
        static USERS: LazyLock<Vec<User>> = LazyLock::new(users);
        let mut world =
            Self { now: Timestamp::from_millis(0), users: USERS.clone(), roles: BTreeMap::new() };
        for permissions in [
            vec![Permission::UserList],
            vec![Permission::UserPurge, Permission::UserList],
            vec![Permission::RoleAssign],
        ] {
            world.define(0, permissions.into_iter().collect());
        }
        world
    }

    fn held(&self, who: usize) -> PermissionSet {
        self.users[who].permissions()
    }

    fn define(&mut self, by: usize, permissions: PermissionSet) -> bool {
        if self.roles.len() == 6 {
            return false;
        }
        let id = RoleId::new(Ulid::from(self.roles.len() as u128 + 1));
        let held = self.held(by);
        let acting = Acting { user: &self.users[by], permissions: &held };
        let name = format!("Role {}", self.roles.len());
        let made = Role::define(acting, id, &name, None, permissions, self.now);
        made.is_ok_and(|role| self.roles.insert(id, role).is_none())
    }

    fn role(&self, number: usize) -> Option<Role> {
        self.roles.values().nth(number).cloned()
    }

    /// Reads all accounts again, as the store does at each request.
    fn read(&mut self) {
        for user in &mut self.users {
            user.forget_ended(self.now);
            let held: Vec<_> = user.roles.custom().collect();
            user.custom_roles =
                held.into_iter().map(|id| (id, self.roles[&id].definition())).collect();
        }
    }

    /// Takes a step; the one who acts, if it is done.
    fn take(&mut self, step: &Step) -> Option<usize> {
        let by = |world: &Self, who: usize| (world.users[who].clone(), world.held(who));
        let actor = match step {
            Step::Assign(who, ..)
            | Step::Unassign(who, ..)
            | Step::Set(who, ..)
            | Step::Remove(who, ..)
            | Step::Edit(who, ..)
            | Step::Clone(who, _)
            | Step::Impersonate(who, ..) => *who,
            Step::Wait(_) => 0,
        };
        let (user, held) = by(self, actor);
        let acting = Acting { user: &user, permissions: &held };
        // The routes require these permissions first.
        let may = |permission| held.contains(&permission);
        match step {
            Step::Assign(_, target, role) if may(Permission::RoleAssign) => {
                let role = self.role(*role)?;
                self.users[*target] = self.users[*target].assign_role(acting, &role).ok()??;
            }
            Step::Unassign(_, target, role) if may(Permission::RoleAssign) => {
                let role = self.role(*role)?;
                self.users[*target] = self.users[*target].unassign_role(acting, &role).ok()?;
            }
            Step::Set(_, target, moved, allow, end) if may(Permission::RoleAssign) => {
                let effect = if *allow { Effect::Allow } else { Effect::Deny };
                let end = end.map(|end| self.now.plus(end * SECOND));
                let entry = entry_until("expires_at", end, self.now).ok()?;
                let after =
                    self.users[*target].set_permission(acting.into(), MOVED[*moved], effect, entry);
                self.users[*target] = after.ok()??;
            }
            Step::Remove(_, target, moved, effect) if may(Permission::RoleAssign) => {
                let effect = effect.map(|allow| if allow { Effect::Allow } else { Effect::Deny });
                let after =
                    self.users[*target].remove_permission(acting.into(), MOVED[*moved], effect);
                self.users[*target] = after.ok()?;
            }
            Step::Edit(_, role, permissions, active) if may(Permission::RoleWrite) => {
                let role = self.role(*role)?;
                let permissions = permissions
                    .as_ref()
                    .map(|moved| moved.iter().map(|at| MOVED[*at]).collect::<PermissionSet>());
                let edit = RoleEdit { permissions, active: *active, ..RoleEdit::default() };
                let after = role.edit(acting, &edit, self.now).ok()?;
                self.roles.insert(after.id, after);
            }
            Step::Clone(_, role) if may(Permission::RoleWrite) => {
                let permissions = self.role(*role)?.permissions;
                self.define(actor, permissions).then_some(())?;
            }
            Step::Wait(seconds) => {
                self.now = self.now.plus(seconds * SECOND);
                return None;
            }
            _ => return None,
        }
        Some(actor)
    }
}

/// What each user has, or has again when a denial ends: what something gives that no denial without
/// an end takes away. A grant with an end counts, since it counts now.
fn reachable(user: &User) -> PermissionSet {
    if user.denial_ends.is_empty() {
        return user.permissions();
    }
    let mut later = user.clone();
    let ends: Vec<_> = later.denial_ends.keys().copied().collect();
    for permission in ends {
        later = later.without_direct(permission, Effect::Deny);
    }
    later.permissions()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_gains_what_the_one_who_acts_lacks(steps in prop::collection::vec(step(), 1..16)) {
        let mut world = World::begin();
        world.read();
        let mut before: Vec<_> = world.users.iter().map(reachable).collect();
        let mut held: Vec<_> = world.users.iter().map(User::permissions).collect();
        for step in &steps {
            if let Step::Impersonate(who, target, full) = step {
                // Staff who act as a user can do nothing that they could not do themselves.
                let mode = if *full {
                    ImpersonationMode::Masquerade
                } else {
                    ImpersonationMode::Impersonation
                };
                let (user, target) = (&world.users[*who], &world.users[*target]);
                let acting = Acting { user, permissions: &held[*who] };
                if Impersonator::check(acting, target, mode, world.now).is_ok() {
                    prop_assert!(target.permissions().is_subset(&held[*who]));
                    prop_assert!(user.user_id != target.user_id && !target.is_root());
                    prop_assert!(user.rank() > target.rank() || user.is_root());
                }
                continue;
            }
            let actor = world.take(step);
            if actor.is_none() && !matches!(step, Step::Wait(_)) {
                continue;
            }
            world.read();
            let after: Vec<_> = world.users.iter().map(reachable).collect();
            let has: Vec<_> = world.users.iter().map(User::permissions).collect();
            if let Some(actor) = actor {
                for (at, reach) in after.iter().enumerate() {
                    let gained: PermissionSet = reach.difference(&before[at]).copied().collect();
                    prop_assert!(
                        gained.is_subset(&held[actor]),
                        "{step:?} by {actor} gave {gained:?} to {at}"
                    );
                }
                prop_assert!(has[actor].is_subset(&held[actor]), "{step:?} gave {actor} their own");
            }
            (before, held) = (after, has);
        }
    }
}
