//! `GET /api/admin/export-jobs/{id}/share-links`: the links of an archive, each with the trail of those who used it.

use provost_domain::{
    Code, Permission, Pseudonym, ShareLinkId, Timestamp,
    export::ExportJob,
    share_link::{ShareLink, Visit},
};
use provost_http::{Call, Json, List, OwnedGrant, Paging, Problem, Query};
use schemars::JsonSchema;
use serde::Serialize;

/// Whether a link still opens anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkStatus {
    /// It does.
    Open,
    /// Its time is up.
    Expired,
    /// It has been used as often as it may be.
    UsedUp,
    /// Somebody withdrew it.
    Revoked,
    /// It closed itself after too many wrong passwords.
    Locked,
}

/// A link as staff see it. The link itself is not here: only whoever made it has it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShareLinkView {
    /// Its id.
    id: ShareLinkId,
    /// Whether it still opens anything.
    status: LinkStatus,
    /// When it stops working.
    expires_at: Timestamp,
    /// How often the archive may be downloaded.
    max_downloads: u32,
    /// How often it still may.
    remaining: u32,
    /// Whether it asks for a password.
    password_required: bool,
    /// Wrong passwords left before it closes itself.
    tries_left: u32,
    /// When it was withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<Timestamp>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// Who made it, by pseudonym.
    created_by: Pseudonym,
    /// When.
    created_at: Timestamp,
    /// Who asked for the archive by it, in order of time.
    trail: Vec<VisitView>,
    /// The fields that this caller may not see.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    redacted: Vec<&'static str>,
}

/// Somebody asked for the archive by a link.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VisitView {
    /// When.
    at: Timestamp,
    /// The address that it came from; only with `session.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<String>,
    /// The user agent; only with `session.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
    /// `redeemed`, `wrong_password`.
    outcome: String,
}

impl VisitView {
    fn of(visit: Visit, sees_addresses: bool) -> Self {
        let Visit { at, ip, user_agent, outcome } = visit;
        Self { at, ip: sees_addresses.then_some(ip), user_agent: sees_addresses.then_some(user_agent), outcome }
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
            tries_left: link.tries_left,
            revoked_at: link.revoked_at,
            note: link.note,
            created_by: link.created_by,
            created_at: link.created_at,
            trail: link.trail.into_iter().map(|visit| VisitView::of(visit, sees_addresses)).collect(),
            redacted: if sees_addresses { Vec::new() } else { vec!["trail.ip", "trail.userAgent"] },
        }
    }
}

pub async fn list_share_links(
    call: Call<OwnedGrant<ExportJob>>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<ShareLinkView>>, Problem> {
    let request = call.page_request(&paging).await?;
    let job = call.thing.clone();
    let (page, now) = (call.app.store().share_links(job.id, &request).await?, call.now());
    let sees_addresses = call.caller.permissions.contains(&Permission::SessionRead);
    Ok(Json::new(call.list(page.map(|link| ShareLinkView::of(link, sees_addresses, now)), &request).await?))
}
