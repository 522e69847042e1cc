//! `DELETE /v1/impersonations/{id}`: end the impersonation of another staff member.

use provost_http::{
    BodyOrQuery, HandlerResult, ListedImpersonation, NoContent, RequestContext,
    access::StaffOwnerGrant,
};
use provost_operations::impersonation;
use schemars::JsonSchema;
use serde::Deserialize;

/// Request to end an impersonation.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EndImpersonation {
    /// Reason for the audit log.
    reason: Option<String>,
}

pub async fn end_impersonation(
    ctx: RequestContext<StaffOwnerGrant<ListedImpersonation>>,
    BodyOrQuery(body): BodyOrQuery<EndImpersonation>,
) -> HandlerResult<NoContent> {
    let op = ctx.op(ctx.reason(body.reason.as_deref())?);
    let record = ctx.thing.record.clone();
    let target = ctx.app.store().user(record.target_id).await?;
    let change =
        impersonation::force_end_impersonation(&op, ctx.owner.as_ref(), record, target.as_ref())?;
    ctx.complete(change, |()| NoContent).await
}
