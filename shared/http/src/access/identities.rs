//! The identities that a rule accepts: users, staff who act as a user, other services.

use provost_domain::{
    ApiError, Code,
    identity::{Identity, ImpersonationMode},
};

use crate::route::effect::Effect;

/// The identities that an access rule accepts. This is the one place that decides about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identities {
    users: bool,
    impersonators: bool,
    services: bool,
}

impl Identities {
    /// Users who act for themselves.
    pub const USERS: Self = Self { users: true, impersonators: false, services: false };
    /// Other services.
    pub const SERVICES: Self = Self { users: false, impersonators: false, services: true };

    /// Also staff who act as a user, for what their mode allows.
    #[must_use]
    pub const fn and_impersonators(self) -> Self {
        Self { impersonators: true, ..self }
    }

    /// Also other services.
    #[must_use]
    pub const fn and_services(self) -> Self {
        Self { services: true, ..self }
    }

    /// Whether staff who act as a user are accepted, for what their mode allows.
    pub const fn accept_impersonators(self) -> bool {
        self.impersonators
    }

    /// Checks that the identity is accepted for a route with this effect.
    ///
    /// # Errors
    /// `PERMISSION_DENIED` for an impersonator where none is accepted, and for sensitive effects;
    /// `IMPERSONATION_READ_ONLY` for a change in a mode that only reads; `UNAUTHENTICATED` for a
    /// service where only users are accepted; `SYSTEM_KEY_REQUIRED` for a user where only services
    /// are.
    pub fn check(self, identity: Identity<'_>, effect: Effect) -> Result<(), ApiError> {
        match identity {
            Identity::User(_) if self.users => Ok(()),
            Identity::System { .. } if self.services => Ok(()),
            Identity::System { .. } => Err(ApiError::new(
                Code::Unauthenticated,
                "A system key cannot be used here. Sign in, or use an API key.",
            )),
            Identity::Impersonated { by, .. } if self.impersonators => match (effect, by.mode) {
                (_, ImpersonationMode::Unknown(_)) | (Effect::Sensitive, _) => Err(denied()),
                (Effect::Read, _) | (Effect::Write, ImpersonationMode::Masquerade) => Ok(()),
                (Effect::Write, ImpersonationMode::Impersonation) => Err(ApiError::new(
                    Code::ImpersonationReadOnly,
                    "You cannot make changes while you impersonate a user. Stop the impersonation first.",
                )),
            },
            Identity::Impersonated { .. } if self.users => Err(denied()),
            Identity::User(_) | Identity::Impersonated { .. } => Err(ApiError::new(
                Code::SystemKeyRequired,
                "Only other services can do this. Send a system key.",
            )),
        }
    }
}

fn denied() -> ApiError {
    ApiError::new(
        Code::PermissionDenied,
        "You cannot do this while you act as another user. Stop the impersonation first.",
    )
}

#[cfg(test)]
mod tests {
    use provost_domain::{
        BuiltInRole, PermissionSet, Pseudonym, Status, Timestamp, User, UserId,
        identity::{Impersonator, SystemKey},
        new_user_record::NewUserRecord,
        rank::Acting,
        secret::SubjectKey,
        stored_enum::{StoredEnum, UnknownName},
    };

    use super::*;

    fn of(number: u128, role: BuiltInRole) -> User {
        let new = NewUserRecord {
            user_id: UserId::new(number.into()),
            pseudonym: Pseudonym::new((100 + number).into()),
            subject_key: SubjectKey([7; 32]),
            email: "ada@user.example".parse().expect("an address"),
            username: None,
            phone: None,
            first_name: "Ada".to_owned(),
            last_name: "Lindqvist".to_owned(),
            display_name: None,
        };
        User { role, status: Status::Active, ..new.begin(Timestamp::from_millis(0)) }
    }

    fn begin(
        actor: &User,
        target: &User,
        mode: ImpersonationMode,
    ) -> Result<Impersonator, ApiError> {
        let permissions = actor.permissions();
        let acting = Acting { user: actor, permissions: &permissions };
        Impersonator::check(acting, target, mode, Timestamp::from_millis(0))
    }

    fn key() -> SystemKey {
        SystemKey { name: "learning".to_owned(), scopes: PermissionSet::new() }
    }

    const EFFECTS: [Effect; 3] = [Effect::Read, Effect::Write, Effect::Sensitive];

    #[test]
    fn each_rule_accepts_only_its_identities() {
        let (user, admin, key) = (of(1, BuiltInRole::User), of(2, BuiltInRole::Admin), key());
        let unknown = ImpersonationMode::unknown(UnknownName::new("ghost").expect("a name"));
        let by = [ImpersonationMode::Impersonation, ImpersonationMode::Masquerade, unknown]
            .map(|mode| begin(&admin, &user, mode).expect("an administrator may"));
        let identities = [
            Identity::User(&user),
            Identity::Impersonated { target: &user, by: &by[0] },
            Identity::Impersonated { target: &user, by: &by[1] },
            Identity::Impersonated { target: &user, by: &by[2] },
            Identity::System { key: &key },
        ];
        let decide = |rule: Identities| {
            identities.map(|identity| {
                EFFECTS.map(|effect| rule.check(identity, effect).map_err(|error| error.code))
            })
        };
        let (yes, no) = (Ok(()), Err(Code::PermissionDenied));
        let read_only = Err(Code::ImpersonationReadOnly);
        let (no_user, no_key) = (Err(Code::Unauthenticated), Err(Code::SystemKeyRequired));
        assert_eq!(decide(Identities::USERS), [[yes; 3], [no; 3], [no; 3], [no; 3], [no_user; 3]]);
        assert_eq!(
            decide(Identities::USERS.and_impersonators()),
            [[yes; 3], [yes, read_only, no], [yes, yes, no], [no; 3], [no_user; 3]]
        );
        assert_eq!(
            decide(Identities::SERVICES),
            [[no_key; 3], [no_key; 3], [no_key; 3], [no_key; 3], [yes; 3]]
        );
    }

    #[test]
    fn a_staff_route_accepts_impersonators_only_if_it_says_so() {
        use provost_domain::Permission;

        use crate::access::{Access, AccessRule};

        let rule = Access::staff(Permission::UserList);
        assert_eq!(rule.identities(), Identities::USERS);
        assert_eq!(rule.describe(), "user.list");
        let also = rule.while_impersonating();
        assert_eq!(also.identities(), Identities::USERS.and_impersonators());
        assert_eq!(also.describe(), "user.list or impersonating");
        assert_eq!(Access::signed_in().identities(), Identities::USERS.and_impersonators());
        let of_target = Access::staff(Permission::UserSuspend).above_target("id");
        assert_eq!(of_target.identities(), Identities::USERS);
    }
}
