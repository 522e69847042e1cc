//! Changes of status, as part of `PUT /v1/users/{user_id}`. Each is the same operation as that of
//! its own route: a suspension, its end, a deletion, a restoration.

use provost_api::DirectoryUser;
use provost_domain::{ApiError, Status, Timestamp, User, user::SuspensionKind};
use provost_http::{HandlerResult, RequestContext, StaffTargetGrant};
use provost_operations::{
    Change,
    user::{WantedStatus, set_status, status_permission},
};

use crate::{
    delete::{self, DeletionOptions},
    views::view,
};

/// A wanted change of status.
#[derive(Debug)]
pub struct StatusChange {
    /// The new status.
    pub to: Status,
    /// Time at which a suspension ends; none for no end.
    pub until: Option<Timestamp>,
    /// Reason.
    pub reason: Option<String>,
    /// Whether the user is notified.
    pub notify: bool,
}

/// The change of status of the user in the path, and the user as it leaves them.
///
/// # Errors
/// `INVALID_ACTION` with `allowed`, `VALIDATION_FAILED` without a required reason or for an end that
/// is not in the future, `PERMISSION_DENIED`, `LAST_SUPERADMIN`, `SOLE_OWNER`.
pub async fn prepare(
    ctx: &RequestContext<StaffTargetGrant>,
    wanted: StatusChange,
) -> HandlerResult<(Option<Change<User>>, DirectoryUser)> {
    let (target, now) = (&ctx.target, ctx.now());
    let StatusChange { to, until, reason, notify } = wanted;
    let kind = SuspensionKind::Suspension;
    let wanted = WantedStatus { to, kind, until, notify };
    if let Some(permission) = status_permission(target.status, to) {
        ctx.caller.require(permission)?;
    }
    if to == Status::Deleted {
        wanted.check(reason.as_deref(), now)?;
        target.check_next_status(to, now)?;
        return delete::prepare(ctx, reason, DeletionOptions { grace_days: None, notify }).await;
    }
    let change = set_status(&ctx.op(reason), ctx.caller.acting(), target, wanted).await?;
    let found = ctx.app.store().user_in_full(target.user_id).await?;
    let mut found = found.ok_or_else(ApiError::no_such_user)?;
    found.user = change.after.clone();
    let shown = view(ctx, &found).await?;
    Ok((Some(change), shown))
}
