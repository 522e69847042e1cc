//! `POST /api/organisations/{id}/avatar`: upload an organisation's avatar. A cropped copy is
//! stored, not the uploaded file.

use provost_domain::{FileId, organisation::folder};
use provost_http::{
    AvatarUpload, HandlerError, HandlerResult, Json, OrganisationGrant, RequestContext,
};
use provost_operations::organisation as organisations;
use schemars::JsonSchema;
use serde::Serialize;
use tracing::warn;

/// A newly uploaded avatar of an organisation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganisationAvatar {
    /// URL of the avatar, valid for one minute. Get the organisation for a new URL.
    avatar_url: String,
}

pub async fn upload_organisation_avatar(
    ctx: RequestContext<OrganisationGrant>,
    AvatarUpload(file): AvatarUpload,
) -> HandlerResult<Json<OrganisationAvatar>> {
    ctx.check_version(ctx.organisation.version)?;
    let reason = ctx.reason(None)?;
    let square = provost_avatar::square(&file)?;
    let (store, bucket) = (ctx.app.store(), &ctx.app.store().names().files);
    let key = format!("{}avatar/{}.png", folder(ctx.organisation.id), ctx.app.id(FileId::new));
    // The avatar is uploaded before the organisation refers to it.
    store.put_object(bucket, &key, provost_avatar::MEDIA_TYPE, square.into()).await?;
    let answer =
        Json::new(OrganisationAvatar { avatar_url: store.presign_avatar(bucket, &key).await? });
    let op = ctx.op(reason);
    let change = organisations::change_avatar(&op, &ctx.organisation, key.clone(), ctx.by())?;
    let before = change.after.clone();
    match ctx.complete(change, |_| answer).await {
        Ok(answer) => {
            forget(&ctx, before).await;
            Ok(answer)
        }
        Err(problem) => {
            // Only if certainly nothing was written; after any other failure the organisation may
            // already refer to the avatar.
            if matches!(problem, HandlerError::Collision | HandlerError::Api(_)) {
                forget(&ctx, Some(key)).await;
            }
            Err(problem)
        }
    }
}

/// Deletes an avatar that is not in use. If it cannot be deleted now, it remains in the
/// organisation's folder, which is deleted with the organisation. It is not shown meanwhile.
async fn forget(ctx: &RequestContext<OrganisationGrant>, key: Option<String>) {
    let Some(key) = key else { return };
    if let Err(error) = ctx.app.store().delete_object(&ctx.app.store().names().files, &key).await {
        warn!(organisation.id = %ctx.organisation.id, cause = %error, "an old avatar could not be removed");
    }
}
