//! `DELETE /api/admin/export-jobs/{id}/share-links/{linkId}`: revoke a share link. Takes effect
//! immediately.

use provost_domain::{ApiError, ShareLinkId, export::ExportJob};
use provost_http::{BodyOrQuery, HandlerError, NoContent, RequestContext, StaffOwnerGrant};
use provost_store::Conflict;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::find;

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
    let job = ctx.thing.clone();
    let found = ctx
        .app
        .store()
        .share_link_of(job.id, id)
        .await?
        .ok_or_else(|| ApiError::missing("share link"))?;
    let mut tx = ctx.app.transaction();
    tx.revoke_share_link(&found.digest, ctx.now())?;
    let mut entry = ctx.entry("share_link.revoked", find::link(id, ctx.owner()?.subject()));
    entry.reason = reason;
    tx.audit(entry)?;
    match ctx.commit(tx, &NoContent).await {
        Err(HandlerError::Conflict(Conflict::ShareLink)) => {
            Err(ApiError::invalid_action("This link has already been revoked.", &[]).into())
        }
        result => result.map(|()| NoContent),
    }
}
