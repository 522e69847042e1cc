//! `GET /api/files/{id}`: a file with a download URL that is valid for one minute. The first
//! request after the upload looks whether the bytes have arrived.

use provost_domain::content::Content;
use provost_http::{HandlerResult, Json, OwnerGrant, Private, Query, RequestContext};
use provost_operations::moderation::{READ_AT_ONCE, confirm_upload, resource};
use provost_store::objects::PRESIGNED_LIFE;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    check_file,
    views::{DownloadView, FileView, FlagView},
};

/// Parameters of a file.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GetFile {
    /// `false` for a file without a download URL, which is not counted as a download. Default: true.
    link: Option<bool>,
}

/// Shows a file.
///
/// # Errors
/// `NOT_FOUND`; `CONTENT_FLAGGED` for the owner of a flagged file.
pub async fn get_file(
    ctx: RequestContext<OwnerGrant<Content>>,
    Query(query): Query<GetFile>,
) -> HandlerResult<Private<Json<DownloadView>>> {
    check_file(&ctx.thing)?;
    if ctx.own {
        ctx.thing.check_served()?;
    }
    let (op, store) = (ctx.op(None), ctx.app.store());
    let content = match confirm_upload(&op, &ctx.thing, READ_AT_ONCE).await? {
        Some(change) => change.commit().await?,
        None => ctx.thing.clone(),
    };
    let mut url = None;
    // A view by staff is audited either way.
    let is_listed = !ctx.own || query.link != Some(false);
    if let Some(place) = content.object.as_ref().filter(|_| content.has_bytes() && is_listed) {
        // In the audit log before it can begin; the downloads of owners are counted from there.
        let action = if ctx.own { "content.downloaded" } else { "content.viewed" };
        store.audit(ctx.entry(action, resource(&content, &ctx.owner))).await?;
        if let Some(there) = ctx.app.store_at(place).await? {
            url = Some(there.presign_download(&place.bucket, &place.key, &content.name).await?);
        }
    }
    let life = i64::try_from(PRESIGNED_LIFE.as_millis()).unwrap_or(0);
    let flag = content.flag.as_ref().filter(|_| !ctx.own).map(|flag| FlagView {
        reason: flag.reason.clone(),
        flagged_at: flag.at,
        flagged_by: flag.by,
    });
    Ok(Private(Json::new(DownloadView {
        file: FileView::from(&content),
        owner_id: content.owner_id,
        url_expires_at: url.as_ref().map(|_| op.now.plus(life)),
        url,
        flag,
    })))
}
