//! `DELETE /api/admin/export-jobs/{id}/share-links/{linkId}`: revoke a share link. Takes effect
//! immediately.

use provost_domain::{ShareLinkId, export::ExportJob};
use provost_http::{BodyOrQuery, HandlerError, NoContent, RequestContext, StaffOwnerGrant};
use provost_operations::export;
use schemars::JsonSchema;
use serde::Deserialize;

/// Request to revoke a share link.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RevokeShareLink {
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

pub async fn revoke_share_link(
    ctx: RequestContext<StaffOwnerGrant<ExportJob>>,
    BodyOrQuery(input): BodyOrQuery<RevokeShareLink>,
) -> Result<NoContent, HandlerError> {
    let reason = ctx.reason(input.reason.as_deref())?;
    let id: ShareLinkId = ctx.id("linkId", "share link")?;
    let (op, owner) = (ctx.op(reason), ctx.owner()?);
    let change = export::revoke_share_link(&op, &ctx.thing, owner, id).await?;
    ctx.complete(change, |()| NoContent).await
}
