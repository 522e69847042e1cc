//! An account as its owner and, less what is not for them, staff see it. No secret is part of it.

use std::collections::BTreeMap;

use provost_domain::{
    BuiltInRole, Email, Permission, PermissionSet, Principal, Status, Timestamp, UserId, Username,
    principal::{PortalTier, SuspensionKind},
    profile::Profile,
    profile_view::Details,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// An account.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserView {
    /// The person's id.
    pub id: UserId,
    /// A short identifier for other systems.
    pub unique_id: String,
    /// E-mail address.
    pub email: Email,
    /// Whether the address is confirmed.
    pub email_verified: bool,
    /// Whether the phone number is confirmed.
    pub phone_verified: bool,
    /// Name to be found by.
    pub username: Option<Username>,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// The name to be shown: the chosen one, else first and last name.
    pub display_name: String,
    /// Where the account stands.
    pub status: Status,
    /// Whether it is suspended or banned at the moment.
    pub suspended: bool,
    /// Why it is suspended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspension: Option<SuspensionView>,
    /// The deletion that it waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion: Option<PendingDeletionView>,
    /// The built-in role, which is the rank.
    pub role: BuiltInRole,
    /// Every role.
    pub roles: Vec<BuiltInRole>,
    /// Effective permissions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<PermissionSet>,
    /// Whether the role is an administrator's.
    pub is_admin: bool,
    /// The portal tier.
    pub portal_tier: PortalTier,
    /// The verified badge.
    pub is_verified: bool,
    /// Whether identity was verified by documents.
    pub id_verified: bool,
    /// Whether student status was verified.
    pub student_verified: bool,
    /// How student status was shown.
    #[serde(flatten)]
    pub student: provost_domain::entitlement::StudentShown,
    /// Whether support no longer answers this person.
    pub support_banned: bool,
    /// Whether the demo was used.
    pub demo_used: bool,
    /// Age in full years, when the date of birth is known.
    pub age: Option<u8>,
    /// Whether the person is below the age of digital consent of their country.
    pub is_child_account: bool,
    /// What the person tells about themselves and for their bills.
    #[serde(flatten)]
    pub details: Details,
    /// The organisation that the person works in at the moment; in `GET /api/users/me` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_organisation_id: Option<provost_domain::OrganisationId>,
    /// Limits that the plan gives.
    pub limits: BTreeMap<String, Value>,
    /// Whether a second factor is on.
    pub two_factor_enabled: bool,
    /// How many passkeys there are.
    pub passkey_count: u32,
    /// How the account is guarded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security: Option<SecurityView>,
    /// Bytes stored.
    pub storage_used: u64,
    /// Bytes allowed.
    pub storage_quota: u64,
    /// Files stored.
    pub total_files: u64,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was soft-deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// Counts its changes; the same as the `ETag`.
    pub version: u64,
    /// Fields that are left out because the caller may not see them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redacted: Vec<&'static str>,
}

/// Why an account is suspended.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SuspensionView {
    /// Suspension or ban.
    pub kind: SuspensionKind,
    /// The reason given.
    pub reason: String,
    /// Since when.
    pub at: Timestamp,
    /// Until when; null means until somebody lifts it.
    pub expires_at: Option<Timestamp>,
}

/// The deletion that an account waits for.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PendingDeletionView {
    /// The request.
    pub id: provost_domain::DeletionId,
    /// When the account may be erased.
    pub due_at: Timestamp,
}

/// How an account is guarded.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecurityView {
    /// Until when it refuses every password.
    pub locked_until: Option<Timestamp>,
    /// Wrong passwords since the last success.
    pub failed_login_attempts: u32,
    /// The last successful sign-in.
    pub last_login_at: Option<Timestamp>,
    /// Its address.
    pub last_login_ip: Option<String>,
    /// When a session was last used to get new tokens, or begun.
    pub last_active_at: Option<Timestamp>,
}

/// The account as its owner sees it.
pub fn own(principal: &Principal, profile: &Profile, now: Timestamp) -> UserView {
    view(principal, profile, |_| true, now)
}

/// The account as a member of staff with these permissions sees it.
pub fn for_staff(principal: &Principal, profile: &Profile, held: &PermissionSet, now: Timestamp) -> UserView {
    view(principal, profile, |permission| held.contains(&permission), now)
}

/// What staff need to see a field of the account itself; the details have a rule of their own.
const GUARDED: [(Permission, &str); 2] = [(Permission::RoleRead, "permissions"), (Permission::SessionRead, "security")];

fn view(principal: &Principal, profile: &Profile, may: impl Fn(Permission) -> bool, now: Timestamp) -> UserView {
    let suspended = principal.status == Status::Suspended && !principal.suspension_over(now);
    let suspension = principal.suspension.as_ref().filter(|_| suspended);
    UserView {
        id: principal.user_id,
        unique_id: principal.unique_id.clone(),
        email: principal.email.clone(),
        email_verified: principal.email_verified,
        phone_verified: principal.phone_verified,
        username: principal.username.clone(),
        first_name: principal.first_name.clone(),
        last_name: principal.last_name.clone(),
        display_name: principal.name(),
        status: principal.status,
        suspended,
        suspension: suspension.map(|s| SuspensionView { kind: s.kind, reason: s.reason.clone(), at: s.at, expires_at: s.expires_at }),
        deletion: principal.deletion.as_ref().map(|d| PendingDeletionView { id: d.id, due_at: d.due_at }),
        role: principal.role,
        roles: vec![principal.role],
        permissions: may(Permission::RoleRead).then(|| principal.permissions()),
        is_admin: principal.role >= BuiltInRole::Admin,
        portal_tier: principal.portal_tier,
        is_verified: principal.is_verified,
        id_verified: principal.id_verified,
        student_verified: principal.student_verified,
        student: principal.entitlements.student_shown(),
        support_banned: principal.support_banned,
        demo_used: principal.demo_used,
        age: profile.age(now),
        is_child_account: profile.is_child(now),
        details: Details::of(principal, profile, &may),
        active_organisation_id: None,
        limits: profile.limits.clone(),
        two_factor_enabled: principal.two_factor_enabled,
        passkey_count: principal.passkey_count,
        security: may(Permission::SessionRead).then(|| security(principal)),
        storage_used: principal.storage_used,
        storage_quota: principal.storage_quota,
        total_files: principal.total_files,
        created_at: principal.created_at,
        updated_at: principal.updated_at,
        deleted_at: principal.deleted_at,
        version: principal.version,
        redacted: Details::hidden(&may)
            .chain(GUARDED.into_iter().filter(|(permission, _)| !may(*permission)).map(|(_, field)| field))
            .collect(),
    }
}

fn security(principal: &Principal) -> SecurityView {
    SecurityView {
        locked_until: principal.failures.locked_until,
        failed_login_attempts: principal.failures.count,
        last_login_at: principal.last_login_at,
        last_login_ip: principal.last_login_ip.clone(),
        last_active_at: principal.sessions.values().map(|session| session.last_active_at).max().max(principal.last_login_at),
    }
}
