//! `GET /api/admin/export-jobs/{id}/share-links`: the share links of an archive, each with its
//! visits.

use provost_domain::{
    Code, Permission, Pseudonym, ShareLinkId, Timestamp,
    export::ExportJob,
    share_link::{ShareLink, Visit},
};
use provost_http::{HandlerError, Json, List, Paging, Query, RequestContext, StaffOwnerGrant};
use schemars::JsonSchema;
use serde::Serialize;

/// Status of a share link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkStatus {
    /// The archive can be downloaded.
    Open,
    /// The link has expired.
    Expired,
    /// The download limit is reached.
    UsedUp,
    /// Revoked by staff.
    Revoked,
    /// Locked after too many wrong passwords.
    Locked,
}

/// A share link as staff see it, without its URL, which was returned only to its creator.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShareLinkView {
    /// Share link id.
    id: ShareLinkId,
    /// Status of the link.
    status: LinkStatus,
    /// Time at which the link expires.
    expires_at: Timestamp,
    /// Maximum number of downloads.
    max_downloads: u32,
    /// Number of downloads left.
    remaining: u32,
    /// Whether the link requires a password.
    password_required: bool,
    /// Number of wrong passwords left before the link is locked.
    attempts_left: u32,
    /// Time at which the link was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<Timestamp>,
    /// Note about the purpose of the link.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// Pseudonym of the staff member who created the link.
    created_by: Pseudonym,
    /// Time of creation.
    created_at: Timestamp,
    /// Visits that requested the archive, oldest first.
    trail: Vec<VisitView>,
    /// Names of the fields that the caller cannot see.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    redacted: Vec<&'static str>,
}

/// A visit to a share link that requested the archive.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VisitView {
    /// Time of the visit.
    at: Timestamp,
    /// IP address of the visitor. Requires `session.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<String>,
    /// User agent of the visitor. Requires `session.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
    /// Result of the visit: `redeemed` or `wrong_password`.
    outcome: String,
}

impl VisitView {
    fn of(visit: Visit, sees_addresses: bool) -> Self {
        let Visit { at, ip, user_agent, outcome } = visit;
        Self {
            at,
            ip: sees_addresses.then_some(ip),
            user_agent: sees_addresses.then_some(user_agent),
            outcome,
        }
    }
}

impl ShareLinkView {
    fn of(link: ShareLink, sees_addresses: bool, now: Timestamp) -> Self {
        let status = match link.check_open(now).map_err(|refused| refused.code) {
            Ok(()) => LinkStatus::Open,
            Err(Code::LinkExpired) => LinkStatus::Expired,
            Err(Code::LinkUsedUp) => LinkStatus::UsedUp,
            Err(_) if link.revoked_at.is_some() => LinkStatus::Revoked,
            Err(_) => LinkStatus::Locked,
        };
        Self {
            id: link.id,
            status,
            expires_at: link.expires_at,
            max_downloads: link.max_downloads,
            remaining: link.remaining,
            password_required: link.password_hash.is_some(),
            attempts_left: link.tries_left,
            revoked_at: link.revoked_at,
            note: link.note,
            created_by: link.created_by,
            created_at: link.created_at,
            trail: link
                .trail
                .into_iter()
                .map(|visit| VisitView::of(visit, sees_addresses))
                .collect(),
            redacted: if sees_addresses { Vec::new() } else { vec!["trail.ip", "trail.userAgent"] },
        }
    }
}

pub async fn list_share_links(
    ctx: RequestContext<StaffOwnerGrant<ExportJob>>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<ShareLinkView>>, HandlerError> {
    let request = ctx.page_request(&paging).await?;
    let job = ctx.thing.clone();
    let (page, now) = (ctx.app.store().share_links(job.id, &request).await?, ctx.now());
    let sees_addresses = ctx.caller.permissions.contains(&Permission::SessionRead);
    Ok(Json::new(
        ctx.list(page.map(|link| ShareLinkView::of(link, sees_addresses, now)), &request).await?,
    ))
}
