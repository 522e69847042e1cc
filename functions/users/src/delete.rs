//! `DELETE /v1/users/{user_id}`: schedule the erasure of a user after a grace period.

use provost_api::DirectoryUser;
use provost_domain::{ApiError, Permission, Status, User};
use provost_http::{BodyOrQuery, HandlerResult, Json, RequestContext, StaffTargetGrant};
use provost_operations::{
    Change,
    deletion::{Requester, request_deletion},
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::view;

/// Request to delete a user, in the body or in the query.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DeleteUser {
    /// Reason for the deletion, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
    /// Days until the account can be erased, 0 to 365. Fewer than in the settings require
    /// `deletion.expedite`. Default: those of the settings.
    #[schemars(range(min = 0, max = 365))]
    grace_days: Option<i64>,
    /// Whether to notify the user by email, with a link to cancel the deletion. Default: true.
    notify: Option<bool>,
}

/// How a deletion is requested.
#[derive(Debug, Clone, Copy)]
pub struct DeletionOptions {
    /// Days until the account can be erased; none for the setting.
    pub grace_days: Option<i64>,
    /// Whether the user is notified.
    pub notify: bool,
}

/// Schedules the erasure of a user. A pending deletion is not an error.
///
/// # Errors
/// `VALIDATION_FAILED`, `SOLE_OWNER`, `LAST_SUPERADMIN`, `STALE_VERSION`.
pub async fn request_user_deletion(
    ctx: RequestContext<StaffTargetGrant>,
    BodyOrQuery(body): BodyOrQuery<DeleteUser>,
) -> HandlerResult<Json<DirectoryUser>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let wanted =
        DeletionOptions { grace_days: body.grace_days, notify: body.notify.unwrap_or(true) };
    let (change, shown) = prepare(&ctx, reason, wanted).await?;
    let version = shown.version;
    let answer = Json::new(shown).version(version);
    match change {
        Some(change) => ctx.complete(change, |_| answer).await,
        None => Ok(answer),
    }
}

/// The deletion of the user in the path, and the user as it leaves them. There is no change if a
/// deletion is pending.
///
/// # Errors
/// As [`request_user_deletion`].
pub async fn prepare(
    ctx: &RequestContext<StaffTargetGrant>,
    reason: Option<String>,
    wanted: DeletionOptions,
) -> HandlerResult<(Option<Change<User>>, DirectoryUser)> {
    let target = &ctx.target;
    check_grace(ctx, wanted.grace_days).await?;
    let store = ctx.app.store();
    let found = store.user_in_full(target.user_id).await?;
    let mut found = found.ok_or_else(ApiError::no_such_user)?;
    if target.status == Status::Deleted {
        return Ok((None, view(ctx, &found).await?));
    }
    ctx.check_version(target.version)?;
    let DeletionOptions { grace_days, notify } = wanted;
    let by = Requester::Staff { by: ctx.caller.user.pseudonym, grace_days, notify };
    let change = request_deletion(&ctx.op(reason), target, by).await?;
    found.user = change.after.account.clone();
    let mut shown = view(ctx, &found).await?;
    if shown.deletion.is_some() {
        // The request is not stored yet, so the view gets it directly.
        shown.deletion = Some(Some((&change.after.request).into()));
    }
    Ok((Some(change.map(|requested| requested.account)), shown))
}

/// Checks that the caller may choose this grace period.
async fn check_grace(
    ctx: &RequestContext<StaffTargetGrant>,
    days: Option<i64>,
) -> HandlerResult<()> {
    let Some(days) = days else { return Ok(()) };
    if !(0..=365).contains(&days) {
        return Err(ApiError::field(
            "grace_days",
            "out_of_range",
            "This number of days is out of range. Use a number from 0 to 365.",
        )
        .into());
    }
    if days < ctx.app.store().settings().await?.deletion_grace_days {
        ctx.caller.require(Permission::DeletionExpedite)?;
    }
    Ok(())
}
