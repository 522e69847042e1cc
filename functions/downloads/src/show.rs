//! `GET /share/{token}`: get a share link. It changes nothing, since mail scanners follow links.

use http::StatusCode;
use provost_auth::secret::hex_digest;
use provost_domain::{Timestamp, share_link::ShareLink};
use provost_http::{HandlerError, Json, PublicGrant, RequestContext, wants_page};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    page::{self, Shown},
    refusal,
};

/// What a share link offers for download.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SharedArchive {
    /// File name of the archive.
    name: String,
    /// Size in bytes.
    size: u64,
    /// Expiry time of the link.
    expires_at: Timestamp,
    /// Number of remaining downloads.
    remaining: u32,
    /// Whether the link requires a password.
    password_required: bool,
}

impl SharedArchive {
    fn of(link: &ShareLink) -> Self {
        Self {
            name: link.file_name(),
            size: link.size,
            expires_at: link.expires_at,
            remaining: link.remaining,
            password_required: link.password_hash.is_some(),
        }
    }
}

pub async fn get_share_link(
    ctx: RequestContext<PublicGrant>,
) -> Result<Shown<Json<SharedArchive>>, HandlerError> {
    let page_wanted = wants_page(&ctx.headers);
    // The same is done for every token: its digest is looked up. The token itself is never
    // compared.
    let link = ctx.app.store().share_link(&hex_digest(ctx.param("token").trim())).await?;
    let opened = refusal::of(link.as_ref(), ctx.now());
    match (link, opened) {
        (Some(link), Ok(())) if page_wanted => {
            Ok(Shown::page(StatusCode::OK, page::archive(&link, None), ctx.app.public_url()))
        }
        (Some(link), Ok(())) => Ok(Shown::Answer(Json::new(SharedArchive::of(&link)))),
        (_, Err(refused)) if page_wanted => Ok(Shown::refused(&refused, ctx.app.public_url())),
        (_, Err(refused)) => Err(refused.into()),
        (None, Ok(())) => Err(refusal::missing().into()),
    }
}
