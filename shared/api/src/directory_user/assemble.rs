//! Assembles the view of a user from the account, the profile and the pending deletion.

use provost_domain::{
    Country, Permission, Status, Timestamp, User,
    profile::{Completeness, Profile},
};

use super::{
    AuthMethod, DirectPermission, DirectoryLinks, DirectoryProfile, DirectorySecurity,
    DirectorySource, DirectoryUser, LinkedAccount, PendingDeletionDetails, PermissionEffect,
    UserRole,
};
use crate::profile::Details;

/// Fields that need a permission, besides those of [`Details`].
const GUARDED: [(Permission, &str); 4] = [
    (Permission::UserView, "email"),
    (Permission::RoleRead, "direct_permissions"),
    (Permission::SessionRead, "security"),
    (Permission::DeletionRead, "deletion"),
];

impl DirectoryUser {
    /// The user as a caller with these permissions sees them at a time.
    pub fn of(
        source: DirectorySource<'_>,
        may: impl Fn(Permission) -> bool,
        now: Timestamp,
    ) -> Self {
        let DirectorySource { user, profile, must_reset, deletion } = source;
        let status = user.status_at(now);
        let suspension = user.suspension.as_ref().filter(|_| status == Status::Suspended);
        let has_password = must_reset.is_some();
        let methods = [
            (AuthMethod::Email, must_reset == Some(false)),
            (AuthMethod::Oauth, !user.oauth.is_empty()),
        ];
        Self {
            id: user.user_id,
            unique_id: user.unique_id.clone(),
            external_id: user.external_id.clone(),
            name: user.name(),
            first_name: user.first_name.clone(),
            last_name: user.last_name.clone(),
            username: user.username.as_ref().map(ToString::to_string),
            email: may(Permission::UserView).then(|| user.email.to_string()),
            email_verified: user.email_verified,
            phone: may(Permission::BillingRead)
                .then(|| user.phone.as_ref().map(ToString::to_string)),
            phone_verified: user.phone_verified,
            status,
            status_reason: suspension.map(|suspension| suspension.reason.clone()),
            suspension_kind: suspension.map(|suspension| suspension.kind),
            suspended_until: suspension.and_then(|suspension| suspension.expires_at),
            is_admin: user.is_admin(),
            is_instructor: user.is_instructor,
            is_learner: user.is_learner,
            roles: roles(user),
            direct_permissions: may(Permission::RoleRead).then(|| direct_permissions(user)),
            auth_methods: methods
                .into_iter()
                .filter(|(_, usable)| *usable)
                .map(|(method, _)| method)
                .collect(),
            has_password,
            must_reset_password: must_reset.unwrap_or(true),
            oauth: user.oauth.iter().map(LinkedAccount::from).collect(),
            mfa_enabled: user.two_factor_enabled,
            passkey_count: user.passkey_count,
            is_verified: user.is_verified,
            id_verified: user.id_verified,
            student_verified: user.student_verified,
            portal_tier: user.portal_tier,
            age: profile.age(now),
            is_child_account: profile.is_child(now),
            profile: directory_profile(profile, &may),
            profile_completeness: Completeness::of(user, profile),
            security: may(Permission::SessionRead).then(|| security(user, now)),
            storage_used: user.storage_used,
            storage_quota: user.storage_quota,
            created_at: user.created_at,
            updated_at: user.updated_at,
            deleted_at: user.deleted_at,
            deletion: may(Permission::DeletionRead)
                .then(|| deletion.map(PendingDeletionDetails::from)),
            version: user.version,
            redacted: redacted(&may),
        }
    }
}

fn roles(user: &User) -> Vec<UserRole> {
    let custom = user.custom_roles.iter().map(|(id, role)| UserRole::custom(*id, role));
    std::iter::once(UserRole::built_in(user.role)).chain(custom).collect()
}

/// The direct entries of a user: grants, grants that end, denials.
pub fn direct_permissions(user: &User) -> Vec<DirectPermission> {
    let entry = |name: &Permission, effect, expires_at: Option<&Timestamp>| DirectPermission {
        name: *name,
        effect,
        expires_at: expires_at.copied(),
    };
    let grants = user.grants.iter().map(|name| entry(name, PermissionEffect::Allow, None));
    let ending = user.temporary_grants.iter();
    let ending = ending.map(|(name, end)| entry(name, PermissionEffect::Allow, Some(end)));
    let denials = user.denials.iter();
    let denials =
        denials.map(|name| entry(name, PermissionEffect::Deny, user.denial_ends.get(name)));
    grants.chain(ending).chain(denials).collect()
}

fn directory_profile(profile: &Profile, may: impl Fn(Permission) -> bool) -> DirectoryProfile {
    let links = &profile.social;
    DirectoryProfile {
        avatar_url: profile.avatar_url.clone(),
        bio: profile.bio.clone(),
        professional_summary: profile.professional_summary.clone(),
        designation: profile.designation.clone(),
        expertise: profile.expertise.clone(),
        gender: profile.gender,
        date_of_birth: may(Permission::UserUpdate).then(|| profile.date_of_birth.clone()),
        address: may(Permission::BillingRead).then(|| profile.address.clone()),
        city: profile.city.clone(),
        state: profile.state.clone(),
        country: profile.country.as_ref().map(ToString::to_string),
        continent: profile.country.as_ref().map(Country::continent),
        timezone: profile.timezone.clone(),
        locale: profile.locale.clone(),
        social: DirectoryLinks {
            linkedin: links.linkedin.clone(),
            twitter: links.twitter.clone(),
            facebook: links.facebook.clone(),
            instagram: links.instagram.clone(),
            youtube: links.youtube.clone(),
            website: links.website.clone(),
        },
    }
}

fn security(user: &User, now: Timestamp) -> DirectorySecurity {
    let locked_until = user.failures.locked_until.filter(|until| now < *until);
    let live = || user.sessions.values().filter(|session| now < session.expires_at);
    DirectorySecurity {
        is_locked: locked_until.is_some(),
        locked_until,
        failed_login_attempts: user.failures.count,
        last_login_at: user.last_login_at,
        last_login_ip: user.last_login_ip.clone(),
        last_active_at: live().map(|session| session.last_active_at).max().max(user.last_login_at),
        session_count: live().count(),
        api_key_count: user.api_keys.values().filter(|key| key.is_live(now)).count(),
    }
}

/// The fields that a caller with these permissions cannot see.
fn redacted(may: impl Fn(Permission) -> bool) -> Vec<String> {
    let shown = ["phone", "address", "dateOfBirth"];
    let details =
        Details::hidden(&may).filter(|field| shown.contains(field)).map(|field| match field {
            "phone" => "phone".to_owned(),
            "address" => "profile.address".to_owned(),
            _ => "profile.date_of_birth".to_owned(),
        });
    let guarded = GUARDED
        .into_iter()
        .filter(|(permission, _)| !may(*permission))
        .map(|(_, field)| field.to_owned());
    details.chain(guarded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_fields_are_named_by_their_path() {
        let hidden =
            |held: &[Permission]| redacted(|permission| held.contains(&permission)).join(" ");
        assert_eq!(
            hidden(&[]),
            "profile.address phone profile.date_of_birth email direct_permissions security deletion"
        );
        assert_eq!(
            hidden(&[
                Permission::UserView,
                Permission::BillingRead,
                Permission::UserUpdate,
                Permission::RoleRead,
                Permission::SessionRead,
                Permission::DeletionRead,
            ]),
            ""
        );
    }
}
