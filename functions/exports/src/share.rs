//! `POST /api/admin/export-jobs/{id}/share-link`: share an archive with a recipient who has no
//! account.

use provost_auth::{password, secret};
use provost_domain::{
    ShareLinkId, Timestamp,
    export::ExportJob,
    share_link::{LinkLimits, ShareLink, check_password},
    text,
};
use provost_http::{Body, Created, HandlerError, RequestContext, StaffOwnerGrant};
use provost_operations::export::{NewShareLink as NewLink, create_share_link as create_link};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::JOBS;

/// Request to create a share link.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateShareLink {
    /// Lifetime of the link in hours, 1 to 720. Default: 24. The link expires with the archive at
    /// the latest; `expiresAt` in the response is the actual time.
    #[serde(default)]
    #[schemars(range(min = 1, max = 720))]
    expires_in_hours: Option<u32>,
    /// Maximum number of downloads, 1 to 100. Default: 1.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100))]
    max_downloads: Option<u32>,
    /// Password for the link, 8 to 128 characters. Send it to the recipient over another channel
    /// than the link.
    #[serde(default)]
    password: Option<String>,
    /// Note about the purpose of the link, at most 200 characters. Visible to staff only.
    #[serde(default)]
    note: Option<String>,
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    #[serde(default)]
    reason: Option<String>,
}

/// A share link, with its URL, which is not shown again.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewShareLink {
    /// Share link id. The id does not open the link.
    id: ShareLinkId,
    /// URL of the link. Returned only in this response.
    url: String,
    /// Time at which the link expires.
    expires_at: Timestamp,
    /// Maximum number of downloads.
    max_downloads: u32,
    /// Number of downloads left.
    remaining: u32,
    /// Whether the link requires a password.
    password_required: bool,
}

pub async fn create_share_link(
    ctx: RequestContext<StaffOwnerGrant<ExportJob>>,
    Body(body): Body<CreateShareLink>,
) -> Result<Created<NewShareLink>, HandlerError> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let limits = LinkLimits::new(body.expires_in_hours, body.max_downloads)?;
    let note = body.note.as_deref().map(|note| text::note("note", note, 200)).transpose()?;
    body.password.as_deref().map(check_password).transpose()?;
    let token = secret::token()?;
    let new = NewLink {
        by: ctx.caller.user.pseudonym,
        digest: secret::hex_digest(&token),
        limits,
        password_hash: body.password.as_deref().map(password::hash).transpose()?,
        note,
    };
    let job = &ctx.thing;
    let change = create_link(&ctx.op(reason), job, ctx.owner()?, new)?;
    let url = format!("{}/share/{token}", ctx.app.public_url());
    ctx.complete(change, |link| {
        Created(NewShareLink::of(link, url), format!("{JOBS}/{}/share-links", job.id))
    })
    .await
}

impl NewShareLink {
    fn of(link: ShareLink, url: String) -> Self {
        Self {
            id: link.id,
            url,
            expires_at: link.expires_at,
            max_downloads: link.max_downloads,
            remaining: link.remaining,
            password_required: link.password_hash.is_some(),
        }
    }
}
