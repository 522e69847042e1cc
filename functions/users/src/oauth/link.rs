//! `POST /v1/users/{user_id}/oauth/link`: link an account of another provider to a user.

use provost_api::DirectoryUser;
use provost_domain::{
    ApiError, Email,
    oauth::{self, OauthIdentity, OauthProvider},
    profile::MAX_NAME,
    text,
};
use provost_http::{
    Body, HandlerResult, Json, RequestContext, StaffTargetGrant,
    user_fields::{named, named_in},
};
use provost_operations::user::link_oauth;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::view;

/// Request to link an account of another provider.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkOauthAccount {
    /// Provider of the account.
    provider: OauthProvider,
    /// The user's id at the provider, 1 to 255 visible characters.
    provider_user_id: String,
    /// Email address at the provider.
    email: Option<Email>,
    /// Name at the provider, at most 64 characters.
    display_name: Option<String>,
    /// Whether it replaces another account of the provider. Default: false.
    #[serde(default)]
    replace: bool,
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

/// Links an account of another provider.
///
/// # Errors
/// `VALIDATION_FAILED`, `INVALID_ACTION` for an account that is scheduled for deletion,
/// `ALREADY_EXISTS` with `field`, `STALE_VERSION`.
pub async fn link_oauth_account(
    ctx: RequestContext<StaffTargetGrant>,
    Body(body): Body<LinkOauthAccount>,
) -> HandlerResult<Json<DirectoryUser>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let replace = body.replace;
    let op = ctx.op(reason);
    let display_name =
        body.display_name.map(|name| text::line("display_name", &name, MAX_NAME)).transpose()?;
    let identity = OauthIdentity {
        provider: body.provider,
        provider_user_id: oauth::provider_user_id(&body.provider_user_id).map_err(named)?,
        email: body.email,
        display_name,
        linked_at: op.now,
    };
    let before = &ctx.target;
    ctx.check_version(before.version)?;
    let found = ctx.app.store().user_in_full(before.user_id).await?;
    let mut found = found.ok_or_else(ApiError::no_such_user)?;
    let change = link_oauth(&op, before, identity, replace).map_err(named_in)?;
    found.user = change.as_ref().map_or(before, |change| &change.after).clone();
    let version = found.user.version;
    let answer = Json::new(view(&ctx, &found).await?).version(version);
    let Some(mut change) = change else { return Ok(answer) };
    change.conflicts = change.conflicts.map_errors(named);
    ctx.complete(change, |_| answer).await
}
