//! What staff see of a user in a list. Fields that the caller cannot see are omitted and listed in
//! `redacted`.

use provost_auth::Caller;
use provost_domain::{
    BuiltInRole, Permission, Status, Timestamp, UserId,
    user::{PortalTier, SuspensionKind},
};
use provost_store::directory::UserRow;
use schemars::JsonSchema;
use serde::Serialize;

/// A user in a list.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserRowView {
    /// User id.
    id: UserId,
    /// Display name.
    name: String,
    /// Email address for sign-in. Requires `user.view`.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Built-in role, which determines the rank.
    role: BuiltInRole,
    /// Built-in roles of the user. Currently one.
    roles: Vec<BuiltInRole>,
    /// Status of the account at the time of the request. A ban that has ended is not reported.
    status: Status,
    /// Whether the email address is confirmed.
    email_verified: bool,
    /// Whether the identity is verified.
    id_verified: bool,
    /// Whether the student status is verified.
    student_verified: bool,
    /// Tier, which decides what the account may use.
    portal_tier: PortalTier,
    /// Whether a second factor is enabled.
    two_factor_enabled: bool,
    /// Number of passkeys.
    passkey_count: u32,
    /// Time at which the account was created.
    created_at: Timestamp,
    /// Time of the last successful sign-in, null if there was none. Requires `session.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_login_at: Option<Option<Timestamp>>,
    /// IP address of the last successful sign-in, null if there was none. Requires `session.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_login_ip: Option<Option<String>>,
    /// Storage used, in bytes.
    storage_used: u64,
    /// Storage quota, in bytes.
    storage_quota: u64,
    /// Number of stored files.
    total_files: u64,
    /// Time at which the account was banned; null when it is not banned.
    banned_at: Option<Timestamp>,
    /// Reason for the ban; null when the account is not banned.
    ban_reason: Option<String>,
    /// Names of the fields that the caller cannot see.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redacted: Vec<String>,
}

impl UserRowView {
    /// The view for this caller at this time.
    pub fn of(row: UserRow, caller: &Caller, now: Timestamp) -> Self {
        let sees_email = caller.permissions.contains(&Permission::UserView);
        let sees_sessions = caller.permissions.contains(&Permission::SessionRead);
        let ban =
            row.suspension_at(now).filter(|suspension| suspension.kind == SuspensionKind::Ban);
        let (banned_at, ban_reason) =
            ban.map_or((None, None), |ban| (Some(ban.at), Some(ban.reason.clone())));
        Self {
            id: row.user_id,
            status: row.status_at(now),
            banned_at,
            ban_reason,
            role: row.role,
            roles: vec![row.role],
            name: row.name,
            email: sees_email.then_some(row.email),
            email_verified: row.email_verified,
            id_verified: row.id_verified,
            student_verified: row.student_verified,
            portal_tier: row.portal_tier,
            two_factor_enabled: row.two_factor_enabled,
            passkey_count: row.passkey_count,
            created_at: row.created_at,
            last_login_at: sees_sessions.then_some(row.last_login_at),
            last_login_ip: sees_sessions.then_some(row.last_login_ip),
            storage_used: row.storage_used,
            storage_quota: row.storage_quota,
            total_files: row.total_files,
            redacted: redacted(&[
                ("email", sees_email),
                ("lastLoginAt", sees_sessions),
                ("lastLoginIp", sees_sessions),
            ]),
        }
    }
}

/// The names of the fields that are not seen, for `redacted`.
pub fn redacted(fields: &[(&str, bool)]) -> Vec<String> {
    fields.iter().filter(|(_, seen)| !seen).map(|(name, _)| (*name).to_owned()).collect()
}
