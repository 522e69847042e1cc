//! `DELETE /v1/users/bulk/delete`: schedule the erasure of many users.

use provost_domain::{BulkJobId, bulk::BulkAction};
use provost_http::{BodyOrQuery, HandlerResult, RequestContext, access::StaffGrant};
use provost_search::query::selection::SelectionBody;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{BulkAnswer, Wanted, carry_out, check_plan_alone, plan};

/// Request to delete many users: `user_ids`, or `filter` with `dry_run`, or the `plan_id` that a dry
/// run returned.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BulkDeleteUsers {
    /// Ids of the users, 1 to 10,000. More than 100 require `dry_run` first.
    user_ids: Option<Vec<String>>,
    /// Filter for the users: the parameters of `GET /v1/users` as an object, such as
    /// `{"status": "inactive"}`. It may match up to 10,000 users. Requires `dry_run` first.
    filter: Option<Map<String, Value>>,
    /// Ids of users who match the filter and are left out.
    exclude_ids: Option<Vec<String>>,
    /// Must be true for a filter that restricts nothing.
    match_all: Option<bool>,
    /// Whether to plan the deletion without deleting anybody. The response has a `plan_id`.
    /// Default: false.
    #[serde(alias = "dryRun")]
    dry_run: bool,
    /// Id of the plan to carry out. Refused if its filter selects other users by now.
    #[serde(alias = "planId")]
    plan_id: Option<BulkJobId>,
    /// Whether to notify each user by email, with a link to cancel the deletion. Default: true.
    notify: Option<bool>,
    /// Reason for the deletion, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

/// Plans or starts the deletion of many users.
///
/// # Errors
/// What is wrong with the selection; `PLAN_DRIFTED`; `INVALID_ACTION` when there is nobody to
/// delete.
pub async fn bulk_delete_users(
    ctx: RequestContext<StaffGrant>,
    BodyOrQuery(body): BodyOrQuery<BulkDeleteUsers>,
) -> HandlerResult<BulkAnswer> {
    let BulkDeleteUsers { user_ids, filter, exclude_ids, match_all, dry_run, .. } = body;
    let reason = ctx.reason(body.reason.as_deref())?;
    let selection = SelectionBody { user_ids, filter, exclude_ids, match_all };
    if let Some(plan) = body.plan_id {
        let others = selection != SelectionBody::default() || dry_run || body.notify.is_some();
        check_plan_alone(others)?;
        let is_ours = |action: &BulkAction| matches!(action, BulkAction::Delete { .. });
        return Box::pin(carry_out(&ctx, plan, reason, is_ours)).await;
    }
    let grace_days = ctx.app.store().settings().await?.deletion_grace_days;
    let action = BulkAction::Delete { grace_days, notify: body.notify.unwrap_or(true) };
    Box::pin(plan(&ctx, Wanted { selection, dry_run, reason }, action)).await
}
