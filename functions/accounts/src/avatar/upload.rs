//! `POST /api/users/{id}/avatar`: upload a user's avatar. A cropped copy is stored, not the
//! uploaded file.

use provost_domain::profile::Profile;
use provost_http::{AccountGrant, AvatarUpload, HandlerError, HandlerResult, Json, RequestContext};
use provost_operations::user::{ChangedAvatar, discard_avatar, set_avatar};
use schemars::JsonSchema;
use serde::Serialize;

use crate::avatar::account;

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
    let account = account(&ctx).await?;
    let op = ctx.op(ctx.reason(None)?);
    let square = provost_avatar::square(&file)?;
    let change = set_avatar(&op, &account, square, provost_avatar::MEDIA_TYPE).await?;
    let ChangedAvatar { key, replaced } = change.after.clone();
    let profile = Profile { avatar_key: key.clone(), ..account.profile };
    let avatar_url = ctx.app.store().avatar_url(&profile).await?.unwrap_or_default();
    let answer = ctx.complete(change, |_| Json::new(AvatarView { avatar_url })).await;
    match &answer {
        Ok(_) => discard_avatar(&ctx.app, replaced).await,
        // Only if certainly nothing was written; after any other failure the account may already
        // refer to the avatar.
        Err(HandlerError::Collision | HandlerError::Api(_)) => {
            discard_avatar(&ctx.app, key).await;
        }
        Err(_) => {}
    }
    answer
}
