//! `GET /api/admin/users/{id}`: one user, as much of them as the caller may see.

use provost_domain::{
    BuiltInRole, DeletionId, Permission, PermissionSet, Principal, Refused, Timestamp,
    audit::Record,
    deletion::HoldView,
    entitlement::Limits,
    principal::{PastSuspension, Suspension},
    profile::Profile,
    profile_view::Details,
};
use provost_http::{Answer, Call, Json, access::Staff, users};
use provost_store::directory::UserRow;
use schemars::JsonSchema;
use serde::Serialize;

use crate::views::UserRowView;

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
    /// Whether the phone number is confirmed.
    phone_verified: bool,
    /// First name.
    first_name: String,
    /// Last name.
    last_name: String,
    /// The name to be shown: the chosen one, else first and last name.
    display_name: String,
    /// Whether the role is an administrator's.
    is_admin: bool,
    /// Age in full years, when the date of birth is known.
    age: Option<u8>,
    /// Whether the person is below the age of digital consent of their country.
    is_child_account: bool,
    /// The verified badge.
    is_verified: bool,
    /// Whether support no longer answers this person.
    support_banned: bool,
    /// Whether the demo was used.
    demo_used: bool,
    /// Whether it is suspended or banned at the moment.
    suspended: bool,
    /// Why and until when the account is suspended.
    suspension: Option<Suspension>,
    /// Suspensions that are over, newest first; the last ten.
    past_suspensions: Vec<PastSuspension>,
    /// The deletion that the account waits for; only for those who may see deletions.
    #[serde(skip_serializing_if = "Option::is_none")]
    deletion: Option<Option<DeletionDetailView>>,
    /// The legal hold on the account, null when there is none; only for those who may see deletions.
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<Option<HoldView>>,
    /// How well the account is guarded; only for those who may see sessions.
    #[serde(skip_serializing_if = "Option::is_none")]
    security: Option<SecurityDetailView>,
    /// What the person told about themselves, as much as the caller may see.
    profile: ProfileView,
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

/// What a person told about themselves.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProfileView {
    /// What not everyone of the staff sees.
    #[serde(flatten)]
    details: Details,
    /// Limits that a plan gives.
    limits: Limits,
}

/// A deletion that an account waits for.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeletionDetailView {
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
pub struct SecurityDetailView {
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
pub async fn get_user_details(call: Call<Staff>) -> Answer<Json<UserDetailView>> {
    let store = call.app.store();
    let user = users::named_id(&call).await?;
    let (principal, profile) = store.principal_and_profile(user).await?.ok_or_else(Refused::no_such_user)?;
    let activity = if call.caller.permissions.contains(&Permission::AuditRead) {
        let entries = store.recent_entries_about(principal.pseudonym, ACTIVITY).await?;
        let sees_addresses = call.caller.permissions.contains(&Permission::SessionRead);
        Some(entries.into_iter().map(|entry| if sees_addresses { entry } else { entry.without_addresses() }).collect())
    } else {
        None
    };
    let version = principal.version;
    let picture = users::picture(&call.app, &profile).await?;
    let hold = if call.caller.permissions.contains(&Permission::DeletionRead) { Some(hold(&call, &principal).await?) } else { None };
    let mut view = view(&call, principal, profile, activity);
    view.hold = hold;
    if picture.is_some() {
        view.profile.details.avatar_url = picture;
    }
    Ok(Json::new(view).version(version))
}

/// The hold on the account, also one that an older version wrote on the account's request alone.
async fn hold(call: &Call<Staff>, principal: &Principal) -> Answer<Option<HoldView>> {
    let store = call.app.store();
    let hold = match &principal.hold {
        Some(hold) => Some(hold.clone()),
        None => store.pending_deletion(principal).await?.and_then(|request| request.hold),
    };
    let Some(hold) = hold else { return Ok(None) };
    Ok(Some(hold.for_staff(store.user_or_pseudonym(hold.by).await?)))
}

fn view(call: &Call<Staff>, principal: Principal, profile: Profile, activity: Option<Vec<Record>>) -> UserDetailView {
    let now = call.now();
    let sees = |permission| call.caller.permissions.contains(&permission);
    let row = UserRow::of(&principal);
    let suspension = row.suspension_at(now).cloned();
    let mut row = UserRowView::of(row, &call.caller, now);
    let deletion = principal.deletion.as_ref().map(|deletion| DeletionDetailView {
        id: deletion.id,
        due_at: deletion.due_at,
        executing: deletion.executing,
    });
    let security = SecurityDetailView {
        locked_until: principal.failures.locked_until.filter(|until| now < *until),
        failed_login_attempts: principal.failures.count,
        session_count: principal.sessions.values().filter(|session| now < session.expires_at).count(),
        api_key_count: principal.api_keys.values().filter(|key| key.is_live(now)).count(),
    };
    let redacted = [
        ("deletion", sees(Permission::DeletionRead)),
        ("hold", sees(Permission::DeletionRead)),
        ("security", sees(Permission::SessionRead)),
        ("permissions", sees(Permission::RoleRead)),
        ("activity", activity.is_some()),
    ];
    row.redacted.extend(redacted.into_iter().filter(|(_, seen)| !seen).map(|(field, _)| field.to_owned()));
    row.redacted.extend(Details::hidden(sees).map(|field| format!("profile.{field}")));
    UserDetailView {
        row,
        student: principal.entitlements.student_shown(),
        suspended: suspension.is_some(),
        suspension,
        activity,
        deletion: sees(Permission::DeletionRead).then_some(deletion),
        hold: None,
        security: sees(Permission::SessionRead).then_some(security),
        permissions: sees(Permission::RoleRead).then(|| principal.permissions()),
        age: profile.age(now),
        is_child_account: profile.is_child(now),
        profile: ProfileView { details: Details::of(&principal, &profile, sees), limits: profile.limits },
        display_name: principal.name(),
        is_admin: principal.role >= BuiltInRole::Admin,
        support_banned: principal.support_banned,
        demo_used: principal.demo_used,
        past_suspensions: principal.past_suspensions,
        unique_id: principal.unique_id,
        username: principal.username.map(|name| name.to_string()),
        phone_verified: principal.phone_verified,
        first_name: principal.first_name,
        last_name: principal.last_name,
        is_verified: principal.is_verified,
        updated_at: principal.updated_at,
        deleted_at: principal.deleted_at,
        version: principal.version,
    }
}
