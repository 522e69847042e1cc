//! `GET /api/admin/users/{id}`: one user, as much of them as the caller may see.

use provost_domain::{
    DeletionId, Permission, PermissionSet, Principal, Refused, Timestamp, audit::Record, principal::Suspension, profile::Profile,
};
use provost_http::{Answer, Call, Json, access::Staff};
use provost_store::directory::UserRow;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{person, views::UserRowView};

/// How many entries of the activity are shown.
const ACTIVITY: u64 = 20;

/// One user.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserDetailView {
    /// What a list shows.
    #[serde(flatten)]
    row: UserRowView,
    /// How student status was shown.
    #[serde(flatten)]
    student: provost_domain::entitlement::StudentShown,
    /// A short identifier that staff and other systems may use.
    unique_id: String,
    /// Sign-in name.
    username: Option<String>,
    /// First name.
    first_name: String,
    /// Last name.
    last_name: String,
    /// The verified badge.
    is_verified: bool,
    /// Why and until when the account is suspended.
    suspension: Option<Suspension>,
    /// The deletion that the account waits for; only for those who may see deletions.
    #[serde(skip_serializing_if = "Option::is_none")]
    deletion: Option<Option<PendingDeletionView>>,
    /// How well the account is guarded; only for those who may see sessions.
    #[serde(skip_serializing_if = "Option::is_none")]
    security: Option<SecurityView>,
    /// What the person told about themselves; the address on the bill only for those who may see bills.
    profile: Profile,
    /// Effective permissions; only for those who may see roles.
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions: Option<PermissionSet>,
    /// What was done to the account lately, newest first; only for those who may read the audit log.
    #[serde(skip_serializing_if = "Option::is_none")]
    activity: Option<Vec<Record>>,
    /// When the account last changed.
    updated_at: Timestamp,
    /// When it was soft-deleted.
    deleted_at: Option<Timestamp>,
    /// Counts the changes; also the `ETag`.
    version: u64,
}

/// A deletion that an account waits for.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PendingDeletionView {
    /// The request.
    id: DeletionId,
    /// When it falls due.
    due_at: Timestamp,
    /// Whether it is being carried out and can't be taken back.
    executing: bool,
}

/// How well an account is guarded.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecurityView {
    /// Until when sign-ins are refused after wrong passwords.
    locked_until: Option<Timestamp>,
    /// Wrong passwords since the last success.
    failed_login_attempts: u32,
    /// Live sessions.
    session_count: usize,
    /// Live API keys.
    api_key_count: usize,
}

/// Shows one user.
///
/// # Errors
/// `INVALID_USER_ID` when there is none.
pub async fn show(call: Call<Staff>) -> Answer<Json<UserDetailView>> {
    let store = call.app.store();
    let user = person::named(&call).await?;
    let (principal, profile) = store.principal_and_profile(user).await?.ok_or_else(Refused::no_such_user)?;
    let activity = if call.caller.permissions.contains(&Permission::AuditRead) {
        Some(store.recent_entries_about(principal.pseudonym, ACTIVITY).await?)
    } else {
        None
    };
    let version = principal.version;
    Ok(Json::new(view(&call, principal, profile, activity)).version(version))
}

fn view(call: &Call<Staff>, principal: Principal, profile: Profile, activity: Option<Vec<Record>>) -> UserDetailView {
    let now = call.now();
    let sees = |permission| call.caller.permissions.contains(&permission);
    let row = UserRow::of(&principal);
    let suspension = row.suspension_at(now).cloned();
    let mut row = UserRowView::of(row, &call.caller, now);
    let deletion = principal.deletion.as_ref().map(|deletion| PendingDeletionView {
        id: deletion.id,
        due_at: deletion.due_at,
        executing: deletion.executing,
    });
    let security = SecurityView {
        locked_until: principal.failures.locked_until.filter(|until| now < *until),
        failed_login_attempts: principal.failures.count,
        session_count: principal.sessions.values().filter(|session| now < session.expires_at).count(),
        api_key_count: principal.api_keys.values().filter(|key| key.is_live(now)).count(),
    };
    let redacted = [
        ("deletion", sees(Permission::DeletionRead)),
        ("security", sees(Permission::SessionRead)),
        ("permissions", sees(Permission::RoleRead)),
        ("activity", activity.is_some()),
        ("profile.billing", sees(Permission::BillingRead)),
    ];
    row.redacted.extend(redacted.into_iter().filter(|(_, seen)| !seen).map(|(field, _)| field));
    UserDetailView {
        row,
        student: principal.entitlements.student_shown(),
        suspension,
        activity,
        deletion: sees(Permission::DeletionRead).then_some(deletion),
        security: sees(Permission::SessionRead).then_some(security),
        permissions: sees(Permission::RoleRead).then(|| principal.permissions()),
        profile: if sees(Permission::BillingRead) { profile } else { without_bills(profile) },
        unique_id: principal.unique_id,
        username: principal.username.map(|name| name.to_string()),
        first_name: principal.first_name,
        last_name: principal.last_name,
        is_verified: principal.is_verified,
        updated_at: principal.updated_at,
        deleted_at: principal.deleted_at,
        version: principal.version,
    }
}

fn without_bills(profile: Profile) -> Profile {
    Profile { billing_company: None, billing_city: None, billing_state: None, billing_zip: None, billing_country: None, ..profile }
}
