//! `DELETE /v1/rbac/roles/{id}`: delete a custom role that nobody holds.

use provost_http::{BodyOrQuery, HandlerResult, NoContent, RequestContext, StaffGrant};
use provost_operations::role;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::input;

/// Request to delete a role.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DeleteRole {
    /// Reason for the audit log.
    reason: Option<String>,
}

pub async fn delete_role(
    ctx: RequestContext<StaffGrant>,
    BodyOrQuery(body): BodyOrQuery<DeleteRole>,
) -> HandlerResult<NoContent> {
    let op = ctx.op(ctx.reason(body.reason.as_deref())?);
    let role = input::role(&ctx, "id").await?.custom()?;
    ctx.check_version(role.version)?;
    let change = role::delete_role(&op, ctx.caller.acting(), &role)?;
    ctx.complete(change, |()| NoContent).await
}
