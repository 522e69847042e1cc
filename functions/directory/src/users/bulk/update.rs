//! `POST /v1/users/bulk/update`: change the status or the roles of many users.

use provost_domain::{
    ApiError, BuiltInRole, BulkJobId, RoleId, Status, Timestamp,
    bulk::{BulkAction, BulkStatusChange, MAX_ROLES},
    rank::check_grant,
    text,
    user::SuspensionKind,
};
use provost_http::{Body, HandlerResult, RequestContext, access::StaffGrant};
use provost_operations::user::WantedStatus;
use provost_search::query::selection::SelectionBody;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{BulkAnswer, Wanted, carry_out, check_plan_alone, plan};

/// Request to change many users: `user_ids`, or `filter` with `dry_run`, and either `status` or
/// `roles`; or the `plan_id` that a dry run returned.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BulkUpdateUsers {
    /// Ids of the users, 1 to 10,000. More than 100 require `dry_run` first.
    user_ids: Option<Vec<String>>,
    /// Filter for the users: the parameters of `GET /v1/users` as an object, such as
    /// `{"status": "inactive"}`. It may match up to 10,000 users. Requires `dry_run` first.
    filter: Option<Map<String, Value>>,
    /// Ids of users who match the filter and are left out.
    exclude_ids: Option<Vec<String>>,
    /// Must be true for a filter that restricts nothing.
    match_all: Option<bool>,
    /// Whether to plan the change without changing anybody. The response has a `plan_id`. Default:
    /// false.
    #[serde(alias = "dryRun")]
    dry_run: bool,
    /// Id of the plan to carry out. Refused if its filter selects other users by now.
    #[serde(alias = "planId")]
    plan_id: Option<BulkJobId>,
    /// New status: `active`, `inactive`, `pending_verification` or `suspended`. `suspended` requires
    /// `user.suspend`, as does the end of a suspension.
    status: Option<Status>,
    /// Kind of suspension. Default: `suspension`.
    suspension_kind: Option<SuspensionKind>,
    /// Time at which a suspension ends by itself. Default: no end.
    suspended_until: Option<Timestamp>,
    /// Roles to assign and to remove. Requires `role.assign`.
    roles: Option<BulkRoles>,
    /// Whether to notify each user of a suspension or its end. Default: true.
    notify_user: Option<bool>,
    /// Reason for the change, 3 to 500 characters. Required for roles, for `suspended` and for
    /// `pending_verification`, here or in the header `X-Reason`.
    reason: Option<String>,
}

/// Roles to assign and to remove.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BulkRoles {
    /// Ids of custom roles to assign, at most 10; or one built-in role by name, which replaces the
    /// built-in role of each user.
    add: Vec<String>,
    /// Ids of custom roles to remove, at most 10.
    remove: Vec<String>,
}

/// Plans or starts a change of many users.
///
/// # Errors
/// What is wrong with the selection or the change; `PLAN_DRIFTED`; `INVALID_ACTION` when there is
/// nobody to change.
pub async fn bulk_update_users(
    ctx: RequestContext<StaffGrant>,
    Body(body): Body<BulkUpdateUsers>,
) -> HandlerResult<BulkAnswer> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let selection = SelectionBody {
        user_ids: body.user_ids.clone(),
        filter: body.filter.clone(),
        exclude_ids: body.exclude_ids.clone(),
        match_all: body.match_all,
    };
    if let Some(plan) = body.plan_id {
        let change = body.status.is_some() || body.roles.is_some() || body.has_options();
        check_plan_alone(selection != SelectionBody::default() || body.dry_run || change)?;
        let is_ours = |action: &BulkAction| {
            matches!(action, BulkAction::Status(_) | BulkAction::Roles { .. })
        };
        return Box::pin(carry_out(&ctx, plan, reason, is_ours)).await;
    }
    let action = match (body.status, &body.roles) {
        (Some(to), None) => status(&ctx, &body, to, reason.as_deref())?,
        (None, Some(roles)) => {
            if body.has_options() {
                return Err(contradiction("roles").into());
            }
            ctx.required_reason(reason.as_deref())?;
            assignment(&ctx, roles)?
        }
        (None, None) => {
            return Err(ApiError::field(
                "status",
                "required",
                "It is not said what to change. Send `status` or `roles`.",
            )
            .into());
        }
        (Some(_), Some(_)) => return Err(contradiction("roles").into()),
    };
    Box::pin(plan(&ctx, Wanted { selection, dry_run: body.dry_run, reason }, action)).await
}

fn contradiction(field: &str) -> ApiError {
    ApiError::field(
        field,
        "contradiction",
        "A bulk action makes one change. Send `status` with its options, or `roles`.",
    )
}

impl BulkUpdateUsers {
    fn has_options(&self) -> bool {
        self.suspension_kind.is_some()
            || self.suspended_until.is_some()
            || self.notify_user.is_some()
    }
}

fn status(
    ctx: &RequestContext<StaffGrant>,
    body: &BulkUpdateUsers,
    to: Status,
    reason: Option<&str>,
) -> Result<BulkAction, ApiError> {
    if matches!(to, Status::Deleted | Status::Unknown(_)) {
        return Err(ApiError::field(
            "status",
            "unknown_value",
            "This status cannot be set in bulk. To delete users, use DELETE /v1/users/bulk/delete.",
        ));
    }
    if body.suspension_kind.is_some() && to != Status::Suspended {
        return Err(contradiction("suspension_kind"));
    }
    let kind = body.suspension_kind.unwrap_or(SuspensionKind::Suspension);
    let (until, notify) = (body.suspended_until, body.notify_user.unwrap_or(true));
    WantedStatus { to, kind, until, notify }.check(reason, ctx.now())?;
    Ok(BulkAction::Status(BulkStatusChange { to, kind, until, notify }))
}

fn assignment(ctx: &RequestContext<StaffGrant>, roles: &BulkRoles) -> Result<BulkAction, ApiError> {
    if roles.add.is_empty() && roles.remove.is_empty() {
        return Err(ApiError::field("roles", "empty", "No role is named. Name at least one."));
    }
    if let [name] = roles.add.as_slice()
        && let Some(role) = built_in(name)
    {
        if !roles.remove.is_empty() {
            return Err(contradiction("roles.remove"));
        }
        check_grant(ctx.caller.acting(), &role.permissions())?;
        return Ok(BulkAction::Roles { role: Some(role), add: Vec::new(), remove: Vec::new() });
    }
    let (add, remove) = (ids("roles.add", &roles.add)?, ids("roles.remove", &roles.remove)?);
    if add.iter().any(|role| remove.contains(role)) {
        return Err(contradiction("roles.remove"));
    }
    Ok(BulkAction::Roles { role: None, add, remove })
}

/// A built-in role in any case or spelling.
fn built_in(name: &str) -> Option<BuiltInRole> {
    let key = text::caseless(name);
    let same = |role: &BuiltInRole| text::caseless(role.as_str()) == key;
    BuiltInRole::parse(name).or_else(|| BuiltInRole::ALL.into_iter().find(same))
}

fn ids(field: &str, names: &[String]) -> Result<Vec<RoleId>, ApiError> {
    if names.len() > MAX_ROLES {
        let message = format!("Too many roles are named. Name at most {MAX_ROLES}.");
        return Err(ApiError::field(field, "too_many", message));
    }
    let mut ids = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let id = name.parse().map_err(|_| {
            ApiError::field(
                format!("{field}[{at}]"),
                "invalid",
                "This is not the id of a custom role. A built-in role must be named alone.",
            )
        })?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}
