//! `DELETE /api/users/{id}/avatar`: delete a user's avatar. Succeeds also when there is none.

use provost_http::{AccountGrant, Answer, BodyOrQuery, Nothing, RequestContext};
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

pub async fn delete_user_avatar(call: RequestContext<AccountGrant>, BodyOrQuery(body): BodyOrQuery<RemoveAvatar>) -> Answer<Nothing> {
    let reason = call.reason(body.reason.as_deref())?;
    let (principal, mut profile) = account(&call).await?;
    let Some(before) = profile.avatar_key.take() else { return Ok(Nothing) };
    save(&call, principal, &profile, Some(&before), reason, call.now(), &Nothing).await?;
    forget(&call.app, Some(before)).await;
    Ok(Nothing)
}
