//! The view of an account, for its user and, with redactions, for staff. It contains no secrets.

use std::collections::BTreeMap;

use provost_api::Details;
use provost_domain::{
    BuiltInRole, Email, Permission, PermissionSet, Rank, Status, Timestamp, User, UserId, Username,
    impersonation::ImpersonationPolicy,
    profile::Profile,
    user::{PortalTier, SuspensionKind},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// A user's account.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserView {
    /// User id.
    pub id: UserId,
    /// Short identifier for use in other systems.
    pub unique_id: String,
    /// Email address.
    pub email: Email,
    /// Whether the email address is confirmed.
    pub email_verified: bool,
    /// Whether the phone number is confirmed.
    pub phone_verified: bool,
    /// Unique username; null if none is set.
    pub username: Option<Username>,
    /// First name of the user.
    pub first_name: String,
    /// Last name of the user.
    pub last_name: String,
    /// Display name; first and last name if none is set.
    pub display_name: String,
    /// Status of the account.
    pub status: Status,
    /// Whether the account is currently suspended or banned.
    pub suspended: bool,
    /// Current suspension or ban; absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspension: Option<SuspensionView>,
    /// Pending deletion; absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion: Option<PendingDeletionView>,
    /// Built-in role, which determines the rank.
    pub role: BuiltInRole,
    /// Names of all roles of the user: the built-in one, then custom ones.
    pub roles: Vec<String>,
    /// Effective permissions. Staff need `role.read` to see them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<PermissionSet>,
    /// Whether the role is `admin` or higher.
    pub is_admin: bool,
    /// Portal tier, which determines the limits.
    pub portal_tier: PortalTier,
    /// Whether the user has the verified badge.
    pub is_verified: bool,
    /// Whether the identity is verified by documents.
    pub id_verified: bool,
    /// Whether the student status is verified.
    pub student_verified: bool,
    /// How the student status was verified.
    #[serde(flatten)]
    pub student: provost_api::StudentView,
    /// Whether the user is banned from support.
    pub support_banned: bool,
    /// Whether staff may act as the user: `none` lets them, `notify` also notifies the user,
    /// `opt_out` forbids it.
    pub impersonation_policy: ImpersonationPolicy,
    /// Whether the user has used the demo.
    pub demo_used: bool,
    /// Age in full years; null if the date of birth is not known.
    pub age: Option<u8>,
    /// Whether the user is below the age of digital consent of their country.
    pub is_child_account: bool,
    /// Profile and billing details.
    #[serde(flatten)]
    pub details: Details,
    /// Id of the organisation that the user has selected; only in `GET /api/users/me`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_organisation_id: Option<provost_domain::OrganisationId>,
    /// Limits of the current plan.
    pub limits: BTreeMap<String, Value>,
    /// Whether two-factor authentication is enabled.
    pub two_factor_enabled: bool,
    /// Number of passkeys.
    pub passkey_count: u32,
    /// Sign-in security. Staff need `session.read` to see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security: Option<SecurityView>,
    /// Storage used, in bytes.
    pub storage_used: u64,
    /// Storage quota, in bytes.
    pub storage_quota: u64,
    /// Number of stored files.
    pub total_files: u64,
    /// Time of registration.
    pub created_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
    /// Time of the soft deletion; absent if the account is not deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// Version, increased by every change; the same as the `ETag`.
    pub version: u64,
    /// Names of fields that are omitted because the caller lacks the permission.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redacted: Vec<&'static str>,
}

/// A suspension or ban of an account.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SuspensionView {
    /// Kind: suspension or ban.
    pub kind: SuspensionKind,
    /// Reason for the suspension.
    pub reason: String,
    /// Start time.
    pub at: Timestamp,
    /// End time; null until staff lift it.
    pub expires_at: Option<Timestamp>,
}

/// A pending deletion of an account.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PendingDeletionView {
    /// Deletion request id.
    pub id: provost_domain::DeletionId,
    /// Earliest time of the erasure.
    pub due_at: Timestamp,
}

/// Sign-in security of an account.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecurityView {
    /// End of the lockout after failed sign-ins; null if not locked.
    pub locked_until: Option<Timestamp>,
    /// Number of failed sign-ins since the last success.
    pub failed_login_attempts: u32,
    /// Time of the last successful sign-in; null if never.
    pub last_login_at: Option<Timestamp>,
    /// IP address of the last successful sign-in.
    pub last_login_ip: Option<String>,
    /// Time when a session was last started or refreshed; null if never.
    pub last_active_at: Option<Timestamp>,
}

/// The account as its user sees it.
pub fn own(user: &User, profile: &Profile, now: Timestamp) -> UserView {
    view(user, profile, |_| true, now)
}

/// The account as staff with these permissions see it.
pub fn for_staff(user: &User, profile: &Profile, held: &PermissionSet, now: Timestamp) -> UserView {
    view(user, profile, |permission| held.contains(&permission), now)
}

/// Permissions that staff need to see fields of the account; the details have their own rules.
const GUARDED: [(Permission, &str); 2] =
    [(Permission::RoleRead, "permissions"), (Permission::SessionRead, "security")];

fn view(
    user: &User,
    profile: &Profile,
    may: impl Fn(Permission) -> bool,
    now: Timestamp,
) -> UserView {
    let suspended = user.status == Status::Suspended && !user.suspension_over(now);
    let suspension = user.suspension.as_ref().filter(|_| suspended);
    UserView {
        id: user.user_id,
        unique_id: user.unique_id.clone(),
        email: user.email.clone(),
        email_verified: user.email_verified,
        phone_verified: user.phone_verified,
        username: user.username.clone(),
        first_name: user.first_name.clone(),
        last_name: user.last_name.clone(),
        display_name: user.name(),
        status: user.status,
        suspended,
        suspension: suspension.map(|s| SuspensionView {
            kind: s.kind,
            reason: s.reason.clone(),
            at: s.at,
            expires_at: s.expires_at,
        }),
        deletion: user
            .deletion
            .as_ref()
            .map(|d| PendingDeletionView { id: d.id, due_at: d.due_at }),
        role: user.role,
        roles: std::iter::once(user.role.as_str().to_owned())
            .chain(user.custom_roles.values().map(|role| role.name.clone()))
            .collect(),
        permissions: may(Permission::RoleRead).then(|| user.permissions()),
        is_admin: user.rank() >= Rank::Admin,
        portal_tier: user.portal_tier,
        is_verified: user.is_verified,
        id_verified: user.id_verified,
        student_verified: user.student_verified,
        student: (&user.entitlements).into(),
        support_banned: user.support_banned,
        impersonation_policy: user.impersonation_policy,
        demo_used: user.demo_used,
        age: profile.age(now),
        is_child_account: profile.is_child(now),
        details: Details::of(user, profile, &may),
        active_organisation_id: None,
        limits: profile.limits.clone(),
        two_factor_enabled: user.two_factor_enabled,
        passkey_count: user.passkey_count,
        security: may(Permission::SessionRead).then(|| security(user)),
        storage_used: user.storage_used,
        storage_quota: user.storage_quota,
        total_files: user.total_files,
        created_at: user.created_at,
        updated_at: user.updated_at,
        deleted_at: user.deleted_at,
        version: user.version,
        redacted: Details::hidden(&may)
            .chain(
                GUARDED
                    .into_iter()
                    .filter(|(permission, _)| !may(*permission))
                    .map(|(_, field)| field),
            )
            .collect(),
    }
}

fn security(user: &User) -> SecurityView {
    SecurityView {
        locked_until: user.failures.locked_until,
        failed_login_attempts: user.failures.count,
        last_login_at: user.last_login_at,
        last_login_ip: user.last_login_ip.clone(),
        last_active_at: user
            .sessions
            .values()
            .map(|session| session.last_active_at)
            .max()
            .max(user.last_login_at),
    }
}
