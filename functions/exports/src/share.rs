//! `POST /api/admin/export-jobs/{id}/share-link`: share an archive with a recipient who has no
//! account.

use provost_auth::{password, secret};
use provost_domain::{
    ApiError, ShareLinkId, Timestamp,
    export::ExportJob,
    password::prepare,
    share_link::{self, MAX_DOWNLOADS, MAX_HOURS, PASSWORD_TRIES, ShareLink},
    text,
};
use provost_http::{Body, Created, HandlerError, RequestContext, StaffOwnerGrant};
use provost_store::Conflict;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{JOBS, find};

/// Default lifetime of a link, in hours.
const HOURS: u32 = 24;

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

/// A new share link.
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
    let hours = within("expiresInHours", body.expires_in_hours.unwrap_or(HOURS), MAX_HOURS)?;
    let max_downloads = within("maxDownloads", body.max_downloads.unwrap_or(1), MAX_DOWNLOADS)?;
    let note = body.note.as_deref().map(|note| text::note("note", note, 200)).transpose()?;
    if body
        .password
        .as_ref()
        .is_some_and(|password| !(8..=128).contains(&prepare(password).chars().count()))
    {
        return Err(ApiError::field(
            "password",
            "length",
            "This password is too short or too long. Use 8 to 128 characters, or omit the field.",
        )
        .into());
    }
    let job = ctx.thing.clone();
    let now = ctx.now();
    job.check_ready(now)?;

    let token = secret::token()?;
    let wanted = share_link::expiry(now, hours);
    let link = ShareLink {
        id: ctx.app.id(ShareLinkId::new),
        job_id: job.id,
        user_id: job.user_id,
        size: job.size.unwrap_or(0),
        expires_at: job.expires_at.map_or(wanted, |end| end.min(wanted)),
        max_downloads,
        remaining: max_downloads,
        password_hash: body.password.as_deref().map(password::hash).transpose()?,
        tries_left: PASSWORD_TRIES,
        attempts_pending: 0,
        revoked_at: None,
        note,
        created_by: ctx.caller.principal.pseudonym,
        created_at: now,
        trail: Vec::new(),
    };
    let mut tx = ctx.app.transaction();
    tx.create_share_link(&secret::hex_digest(&token), &link)?;
    tx.check_completed(job.id)?;
    let mut entry = ctx.entry("share_link.created", find::link(link.id, ctx.owner()?.subject()));
    entry.reason = reason;
    tx.audit(entry)?;
    let answer = Created(
        NewShareLink {
            id: link.id,
            url: format!("{}/share/{token}", ctx.app.public_url()),
            expires_at: link.expires_at,
            max_downloads,
            remaining: max_downloads,
            password_required: link.password_hash.is_some(),
        },
        format!("{JOBS}/{}/share-links", job.id),
    );
    match ctx.commit(tx, &answer).await {
        // The archive was removed since the job was read: evaluate the request again.
        Err(HandlerError::Conflict(Conflict::ExportJob)) => Err(HandlerError::Collision),
        result => result.map(|()| answer),
    }
}

fn within(field: &str, given: u32, most: u32) -> Result<u32, ApiError> {
    if (1..=most).contains(&given) {
        Ok(given)
    } else {
        Err(ApiError::field(
            field,
            "out_of_range",
            format!("This number is out of range. Enter a number from 1 to {most}."),
        ))
    }
}
