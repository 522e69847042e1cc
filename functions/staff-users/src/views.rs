//! What staff see of a user. What the caller may not see is left out and named in `redacted`.

use provost_auth::Caller;
use provost_domain::{
    BuiltInRole, Permission, Status, Timestamp, UserId,
    principal::{PortalTier, SuspensionKind},
};
use provost_store::directory::UserRow;
use schemars::JsonSchema;
use serde::Serialize;

/// One user in a list.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserRowView {
    /// The id.
    id: UserId,
    /// The display name.
    name: String,
    /// The sign-in address.
    email: String,
    /// The built-in role, which is the rank.
    role: BuiltInRole,
    /// All roles.
    roles: Vec<BuiltInRole>,
    /// Where the account stands at this moment; a ban that has run out no longer counts.
    status: Status,
    /// Whether the address was confirmed.
    email_verified: bool,
    /// Identity verified by documents.
    id_verified: bool,
    /// Student status verified.
    student_verified: bool,
    /// The portal tier.
    portal_tier: PortalTier,
    /// Whether a second factor is on.
    two_factor_enabled: bool,
    /// How many passkeys there are.
    passkey_count: u32,
    /// When the account was made.
    created_at: Timestamp,
    /// The last successful sign-in.
    last_login_at: Option<Timestamp>,
    /// Its address; only for those who may see sessions.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_login_ip: Option<Option<String>>,
    /// Bytes stored.
    storage_used: u64,
    /// Bytes allowed.
    storage_quota: u64,
    /// Files stored.
    total_files: u64,
    /// Since when the account is banned.
    banned_at: Option<Timestamp>,
    /// Why it is banned.
    ban_reason: Option<String>,
    /// The fields that this caller may not see.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redacted: Vec<String>,
}

impl UserRowView {
    /// The row as this caller sees it at this moment.
    pub fn of(row: UserRow, caller: &Caller, now: Timestamp) -> Self {
        let sees_sessions = caller.permissions.contains(&Permission::SessionRead);
        let ban = row.suspension_at(now).filter(|suspension| suspension.kind == SuspensionKind::Ban);
        let (banned_at, ban_reason) = ban.map_or((None, None), |ban| (Some(ban.at), Some(ban.reason.clone())));
        Self {
            id: row.user_id,
            status: row.status_at(now),
            banned_at,
            ban_reason,
            role: row.role,
            roles: vec![row.role],
            name: row.name,
            email: row.email,
            email_verified: row.email_verified,
            id_verified: row.id_verified,
            student_verified: row.student_verified,
            portal_tier: row.portal_tier,
            two_factor_enabled: row.two_factor_enabled,
            passkey_count: row.passkey_count,
            created_at: row.created_at,
            last_login_at: row.last_login_at,
            last_login_ip: sees_sessions.then_some(row.last_login_ip),
            storage_used: row.storage_used,
            storage_quota: row.storage_quota,
            total_files: row.total_files,
            redacted: if sees_sessions { Vec::new() } else { vec!["lastLoginIp".to_owned()] },
        }
    }
}
