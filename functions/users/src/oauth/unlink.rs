//! `POST /v1/users/{user_id}/oauth/unlink`: unlink an account of another provider.

use provost_api::DirectoryUser;
use provost_domain::{ApiError, oauth::OauthProvider};
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffTargetGrant};
use provost_operations::user::unlink_oauth;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::view;

/// Request to unlink an account of another provider.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnlinkOauthAccount {
    /// Provider of the account.
    provider: OauthProvider,
    /// The user's id at the provider, to unlink only this one.
    provider_user_id: Option<String>,
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

/// Unlinks an account of another provider.
///
/// # Errors
/// `NOT_FOUND` when it is not linked, `INVALID_ACTION` when the user could not sign in any more,
/// `STALE_VERSION`.
pub async fn unlink_oauth_account(
    ctx: RequestContext<StaffTargetGrant>,
    Body(body): Body<UnlinkOauthAccount>,
) -> HandlerResult<Json<DirectoryUser>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let before = &ctx.target;
    ctx.check_version(before.version)?;
    let id = body.provider_user_id.as_deref();
    let change = unlink_oauth(&ctx.op(reason), before, body.provider, id).await?;
    let found = ctx.app.store().user_in_full(before.user_id).await?;
    let mut found = found.ok_or_else(ApiError::no_such_user)?;
    found.user = change.after.clone();
    let version = found.user.version;
    let answer = Json::new(view(&ctx, &found).await?).version(version);
    ctx.complete(change, |_| answer).await
}
