//! `POST /api/users/{id}/avatar`: upload a user's avatar. A cropped copy is stored, not the
//! uploaded file.

use provost_domain::FileId;
use provost_http::{AccountGrant, AvatarUpload, HandlerResult, Json, RequestContext};
use schemars::JsonSchema;
use serde::Serialize;

use crate::avatar::{account, forget, object_key, save};

/// A newly uploaded avatar.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AvatarView {
    /// URL of the avatar, valid for one minute. Get the account for a new URL.
    pub avatar_url: String,
}

pub async fn upload_user_avatar(
    ctx: RequestContext<AccountGrant>,
    AvatarUpload(file): AvatarUpload,
) -> HandlerResult<Json<AvatarView>> {
    let (principal, mut profile) = account(&ctx).await?;
    let reason = ctx.reason(None)?;
    let square = provost_picture::square(&file)?;
    let (store, bucket) = (ctx.app.store(), &ctx.app.store().names().files);
    let key = object_key(ctx.target.user_id, ctx.app.id(FileId::new));
    let before = profile.avatar_key.replace(key.clone());
    // The avatar is uploaded before the account refers to it.
    store.put_object(bucket, &key, provost_picture::MEDIA_TYPE, square.into()).await?;
    let answer = Json::new(AvatarView { avatar_url: store.presign_picture(bucket, &key).await? });
    if let Err(problem) =
        save(&ctx, principal, &profile, before.as_ref(), reason, ctx.now(), &answer).await
    {
        // Only if certainly nothing was written; after any other failure the account may already
        // refer to the avatar.
        if matches!(
            problem,
            provost_http::HandlerError::Collision | provost_http::HandlerError::Api(_)
        ) {
            forget(&ctx.app, Some(key)).await;
        }
        return Err(problem);
    }
    forget(&ctx.app, before).await;
    Ok(answer)
}
