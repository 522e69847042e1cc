//! `DELETE /api/users/{id}/avatar`: delete a user's avatar. Succeeds also when there is none.

use provost_http::{AccountGrant, BodyOrQuery, HandlerResult, NoContent, RequestContext};
use provost_operations::user::{self, discard_avatar};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::avatar::account;

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
    let account = account(&ctx).await?;
    let Some(change) = user::remove_avatar(&ctx.op(reason), &account)? else {
        return Ok(NoContent);
    };
    let replaced = change.after.replaced.clone();
    let answer = ctx.complete(change, |_| NoContent).await?;
    discard_avatar(&ctx.app, replaced).await;
    Ok(answer)
}
