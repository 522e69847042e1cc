//! `POST /share/{token}`: redeem a share link. Without a password this is a single conditional
//! write: it counts the download and records the visit, and no more than the maximum succeed,
//! however many arrive at once.

use http::StatusCode;
use provost_auth::{password, secret::hex_digest};
use provost_domain::{export::object_key, share_link::ShareLink};
use provost_http::{
    HandlerError, PublicGrant, RequestContext, SeeOther, input::JsonOrForm, wants_page,
};
use provost_operations::export::{
    Redemption, Visitor, redeem_share_link as redeem_link, redeem_share_link_with_password,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::page::{self, Shown};

/// Request to download a shared archive.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Redeem {
    /// Password; required if the link has one. Five wrong attempts close the link.
    #[serde(default)]
    password: Option<String>,
}

pub async fn redeem_share_link(
    ctx: RequestContext<PublicGrant>,
    JsonOrForm(body): JsonOrForm<Redeem>,
) -> Result<Shown<SeeOther>, HandlerError> {
    let digest = hex_digest(ctx.param("token").trim());
    let op = ctx.op(None);
    let visitor = Visitor { ip: ctx.ip(), user_agent: ctx.user_agent() };
    let redemption = match body.password {
        Some(given) => {
            let is_password = |hash: Option<&str>| password::verify(&given, hash);
            redeem_share_link_with_password(&op, &digest, visitor, is_password).await?
        }
        None => redeem_link(&op, &digest, visitor).await?,
    };
    let base = ctx.app.public_url();
    let (refused, link) = match redemption {
        Redemption::Counted(link) => return Ok(Shown::Answer(archive(&ctx, &link).await?)),
        Redemption::Refused(refused) => (refused, None),
        Redemption::WrongPassword(refused, link) => (refused, Some(link)),
    };
    match link {
        _ if !wants_page(&ctx.headers) => Err(refused.into()),
        Some(link) => {
            let status =
                StatusCode::from_u16(refused.code.status()).unwrap_or(StatusCode::FORBIDDEN);
            Ok(Shown::page(status, page::archive(&link, Some(&refused)), base))
        }
        None => Ok(Shown::refused(&refused, base)),
    }
}

/// Redirects to the archive. The URL is signed locally, without a request.
async fn archive(
    ctx: &RequestContext<PublicGrant>,
    link: &ShareLink,
) -> Result<SeeOther, HandlerError> {
    let store = ctx.app.store();
    let bucket = &store.names().exports;
    Ok(SeeOther(store.presign_download(bucket, &object_key(link.job_id), &link.file_name()).await?))
}
