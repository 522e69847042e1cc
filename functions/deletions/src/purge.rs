//! `DELETE /api/admin/users/{id}`: erase an account without a grace period.

use provost_api::DeletionView;
use provost_domain::ApiError;
use provost_http::{Accepted, BodyOrQuery, HandlerResult, RequestContext, StaffTargetGrant};
use provost_operations::deletion::purge_account;
use serde::Deserialize;

use crate::changes::{location, view};

/// Request to purge a user, in the body or in the query.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct PurgeUser {
    /// Reason for the purge, 3 to 500 characters. Required, here or in the header `X-Reason`.
    reason: Option<String>,
    /// Must be true, to confirm the erasure without a grace period.
    confirm_delete: Option<bool>,
}

pub(crate) async fn delete_user(
    ctx: RequestContext<StaffTargetGrant>,
    BodyOrQuery(body): BodyOrQuery<PurgeUser>,
) -> HandlerResult<Accepted<DeletionView>> {
    let reason = ctx.required_reason(body.reason.as_deref())?;
    if body.confirm_delete != Some(true) {
        return Err(ApiError::field(
            "confirmDelete",
            "required",
            "A purge must be confirmed. Send `confirmDelete: true`. Only a root administrator can cancel a purge, and only until the erasure begins.",
        )
        .into());
    }
    let by = ctx.caller.user.pseudonym;
    let change = purge_account(&ctx.op(Some(reason)), &ctx.target, by).await?;
    let view = view(&ctx.app, &change.after).await?;
    ctx.complete(change, |request| Accepted(view, location(&request))).await
}
