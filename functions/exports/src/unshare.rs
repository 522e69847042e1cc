//! `DELETE /api/admin/export-jobs/{id}/share-links/{linkId}`: revoke a share link. Takes effect immediately.

use provost_domain::{ApiError, ShareLinkId, export::ExportJob};
use provost_http::{BodyOrQuery, HandlerError, Nothing, RequestContext, StaffOwnerGrant};
use provost_store::share_links::LINK;
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
    call: RequestContext<StaffOwnerGrant<ExportJob>>,
    BodyOrQuery(input): BodyOrQuery<RevokeShareLink>,
) -> Result<Nothing, HandlerError> {
    let reason = call.reason(input.reason.as_deref())?;
    let id: ShareLinkId = call.id("linkId", "share link")?;
    let job = call.thing.clone();
    let found = call.app.store().share_link_of(job.id, id).await?.ok_or_else(|| ApiError::missing("share link"))?;
    let mut tx = call.app.transaction();
    tx.revoke_share_link(&found.digest, call.now())?;
    let mut entry = call.entry("share_link.revoked", find::link(id, call.owner()?.subject()));
    entry.reason = reason;
    tx.audit(entry)?;
    match call.commit(tx, &Nothing).await {
        Err(HandlerError::Failed { action: LINK, .. }) => Err(ApiError::invalid_action("This link has already been revoked.", &[]).into()),
        result => result.map(|()| Nothing),
    }
}
