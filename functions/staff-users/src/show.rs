//! `GET /api/admin/users/{id}`: one user, with the details that the caller can see.

use provost_api::{Details, HoldView};
use provost_domain::{
    ApiError, DeletionId, Permission, PermissionSet, Rank, Timestamp, User,
    audit::Record,
    entitlement::Limits,
    profile::Profile,
    user::{PastSuspension, Suspension},
};
use provost_http::{HandlerResult, Json, RequestContext, UserRowView, access::StaffGrant, users};
use provost_store::directory::UserRow;
use schemars::JsonSchema;
use serde::Serialize;

/// Number of audit log entries in `activity`.
const ACTIVITY: u64 = 20;

/// A user in full detail.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserDetailView {
    /// Fields of a user in a list.
    #[serde(flatten)]
    row: UserRowView,
    /// Student status.
    #[serde(flatten)]
    student: provost_api::StudentView,
    /// Short unique identifier for staff and other systems.
    unique_id: String,
    /// Id of the user in another system; null if there is none.
    external_id: Option<String>,
    /// Username for sign-in.
    username: Option<String>,
    /// Whether the phone number is confirmed.
    phone_verified: bool,
    /// Given name.
    first_name: String,
    /// Family name.
    last_name: String,
    /// Display name: the chosen name, or first and last name.
    display_name: String,
    /// Whether the role is an administrator role.
    is_admin: bool,
    /// Age in full years; null when the date of birth is not known.
    age: Option<u8>,
    /// Whether the user is below the age of digital consent of their country.
    is_child_account: bool,
    /// Whether the account has the verified badge.
    is_verified: bool,
    /// Whether support no longer answers the user.
    support_banned: bool,
    /// Whether the user has used the demo.
    demo_used: bool,
    /// Whether the account is suspended or banned at the moment.
    suspended: bool,
    /// Current suspension or ban; null when there is none.
    suspension: Option<Suspension>,
    /// The last ten suspensions and bans that have ended, newest first.
    past_suspensions: Vec<PastSuspension>,
    /// Pending deletion of the account, null when there is none. Requires `deletion.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    deletion: Option<Option<DeletionDetailView>>,
    /// Legal hold on the account, null when there is none. Requires `deletion.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<Option<HoldView>>,
    /// Security details of the account. Requires `session.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    security: Option<SecurityDetailView>,
    /// Profile of the user, with the details that the caller can see.
    profile: ProfileView,
    /// Effective permissions. Requires `role.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions: Option<PermissionSet>,
    /// The 20 latest audit log entries about the user, newest first. Requires `audit.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    activity: Option<Vec<Record>>,
    /// Time of the last change.
    updated_at: Timestamp,
    /// Time at which the account was scheduled for deletion; null otherwise.
    deleted_at: Option<Timestamp>,
    /// Version number; increases with every change. Also sent as the `ETag`.
    version: u64,
}

/// The profile of a user.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProfileView {
    /// Personal details, each visible only with the permission for it.
    #[serde(flatten)]
    details: Details,
    /// Limits of the plan, by name.
    limits: Limits,
}

/// The pending deletion of an account.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeletionDetailView {
    /// Deletion request id.
    id: DeletionId,
    /// Time from which the account can be erased.
    due_at: Timestamp,
    /// Whether the erasure is in progress and can no longer be cancelled.
    executing: bool,
}

/// Security details of an account.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecurityDetailView {
    /// Time until which sign-ins are refused after wrong passwords; null when the account is not
    /// locked.
    locked_until: Option<Timestamp>,
    /// Number of failed sign-ins since the last successful one.
    failed_login_attempts: u32,
    /// Number of active sessions.
    session_count: usize,
    /// Number of active API keys.
    api_key_count: usize,
}

/// Shows one user.
///
/// # Errors
/// `INVALID_USER_ID` when the user does not exist.
pub async fn get_user_details(
    ctx: RequestContext<StaffGrant>,
) -> HandlerResult<Json<UserDetailView>> {
    let store = ctx.app.store();
    let user = users::named_id(&ctx).await?;
    let (record, profile) =
        store.user_and_profile(user).await?.ok_or_else(ApiError::no_such_user)?;
    let activity = if ctx.caller.permissions.contains(&Permission::AuditRead) {
        let entries = store.recent_entries_about(record.pseudonym, ACTIVITY).await?;
        let sees_addresses = ctx.caller.permissions.contains(&Permission::SessionRead);
        Some(
            entries
                .into_iter()
                .map(|entry| if sees_addresses { entry } else { entry.without_addresses() })
                .collect(),
        )
    } else {
        None
    };
    let version = record.version;
    let picture = store.avatar_url(&profile).await?;
    let hold = if ctx.caller.permissions.contains(&Permission::DeletionRead) {
        Some(hold(&ctx, &record).await?)
    } else {
        None
    };
    let mut view = view(&ctx, record, profile, activity);
    view.hold = hold;
    if picture.is_some() {
        view.profile.details.avatar_url = picture;
    }
    Ok(Json::new(view).version(version))
}

/// The hold on the account, including one that an older version stored only on the account's
/// request.
async fn hold(ctx: &RequestContext<StaffGrant>, user: &User) -> HandlerResult<Option<HoldView>> {
    let store = ctx.app.store();
    let hold = match &user.hold {
        Some(hold) => Some(hold.clone()),
        None => store.pending_deletion(user).await?.and_then(|request| request.hold),
    };
    let Some(hold) = hold else { return Ok(None) };
    Ok(Some(HoldView::for_staff(&hold, store.user_or_pseudonym(hold.by).await?)))
}

fn view(
    ctx: &RequestContext<StaffGrant>,
    user: User,
    profile: Profile,
    activity: Option<Vec<Record>>,
) -> UserDetailView {
    let now = ctx.now();
    let sees = |permission| ctx.caller.permissions.contains(&permission);
    let row = UserRow::of(&user);
    let suspension = row.suspension_at(now).cloned();
    let mut row = UserRowView::of(row, &ctx.caller, now);
    let deletion = user.deletion.as_ref().map(|deletion| DeletionDetailView {
        id: deletion.id,
        due_at: deletion.due_at,
        executing: deletion.executing,
    });
    let security = SecurityDetailView {
        locked_until: user.failures.locked_until.filter(|until| now < *until),
        failed_login_attempts: user.failures.count,
        session_count: user.sessions.values().filter(|session| now < session.expires_at).count(),
        api_key_count: user.api_keys.values().filter(|key| key.is_live(now)).count(),
    };
    let redacted = [
        ("deletion", sees(Permission::DeletionRead)),
        ("hold", sees(Permission::DeletionRead)),
        ("security", sees(Permission::SessionRead)),
        ("permissions", sees(Permission::RoleRead)),
        ("activity", activity.is_some()),
    ];
    row.redacted
        .extend(redacted.into_iter().filter(|(_, seen)| !seen).map(|(field, _)| field.to_owned()));
    row.redacted.extend(Details::hidden(sees).map(|field| format!("profile.{field}")));
    UserDetailView {
        row,
        student: (&user.entitlements).into(),
        suspended: suspension.is_some(),
        suspension,
        activity,
        deletion: sees(Permission::DeletionRead).then_some(deletion),
        hold: None,
        security: sees(Permission::SessionRead).then_some(security),
        permissions: sees(Permission::RoleRead).then(|| user.permissions()),
        age: profile.age(now),
        is_child_account: profile.is_child(now),
        profile: ProfileView {
            details: Details::of(&user, &profile, sees),
            limits: profile.limits,
        },
        display_name: user.name(),
        is_admin: user.rank() >= Rank::Admin,
        support_banned: user.support_banned,
        demo_used: user.demo_used,
        past_suspensions: user.past_suspensions,
        unique_id: user.unique_id,
        external_id: user.external_id,
        username: user.username.map(|name| name.to_string()),
        phone_verified: user.phone_verified,
        first_name: user.first_name,
        last_name: user.last_name,
        is_verified: user.is_verified,
        updated_at: user.updated_at,
        deleted_at: user.deleted_at,
        version: user.version,
    }
}
