//! `DELETE /api/users/{id}/avatar`: delete a user's avatar. Succeeds also when there is none.

use provost_http::{AccountGrant, BodyOrQuery, HandlerResult, NoContent, RequestContext};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::avatar::{account, forget, save};

/// Request to delete an avatar.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RemoveAvatar {
    /// Reason for the audit log, for another user's account.
    reason: Option<String>,
}

pub async fn delete_user_avatar(
    ctx: RequestContext<AccountGrant>,
    BodyOrQuery(body): BodyOrQuery<RemoveAvatar>,
) -> HandlerResult<NoContent> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let (principal, mut profile) = account(&ctx).await?;
    let Some(before) = profile.avatar_key.take() else { return Ok(NoContent) };
    save(&ctx, principal, &profile, Some(&before), reason, ctx.now(), &NoContent).await?;
    forget(&ctx.app, Some(before)).await;
    Ok(NoContent)
}
