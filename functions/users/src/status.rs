//! Changes of status, as part of `PUT /v1/users/{user_id}`. Each is the same operation as that of
//! its own route: a suspension, its end, a deletion, a restoration.

use provost_api::DirectoryUser;
use provost_domain::{
    ApiError, Permission, Status, Timestamp, User, deletion::CancelledBy, user::SuspensionKind,
};
use provost_http::{HandlerResult, RequestContext, StaffTargetGrant};
use provost_operations::{
    Change,
    user::{self, Ban, Lift, change_status, lift_suspension, restore},
};

use crate::{
    delete::{self, Wanted},
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
    if until.is_some() && to != Status::Suspended {
        return Err(ApiError::field(
            "suspended_until",
            "contradiction",
            "Only a suspension has an end. Omit this field, or suspend the user.",
        )
        .into());
    }
    if let Some(permission) = permission(target, to) {
        ctx.caller.require(permission)?;
    }
    target.check_next_status(to, now)?;
    let required = || {
        reason.clone().ok_or_else(|| {
            ApiError::field(
                "reason",
                "required",
                "A reason is required. Give it in `reason` or in the header X-Reason.",
            )
        })
    };
    if to == Status::Deleted {
        return delete::prepare(ctx, reason, Wanted { grace_days: None, notify }).await;
    }
    let change = match (target.status, to) {
        (_, Status::Suspended) => {
            if until.is_some_and(|until| until <= now) {
                return Err(ApiError::field(
                    "suspended_until",
                    "out_of_range",
                    "This time is in the past. Enter a time in the future.",
                )
                .into());
            }
            let ban = Ban {
                kind: SuspensionKind::Suspension,
                by: ctx.caller.user.pseudonym,
                reason: required()?,
                expires_at: until,
                notify,
            };
            user::ban(&ctx.op(reason), target, ban).await?
        }
        (Status::Deleted, _) => {
            let by = CancelledBy::Staff(ctx.caller.user.rank());
            restore(&ctx.op(reason), target, by).await?.map(|restored| restored.account)
        }
        (Status::Suspended, _) => {
            lift_suspension(&ctx.op(reason), target, Lift { notify, to: Some(to) })?
        }
        // Verification in place of the user, or against them, needs a reason.
        (Status::PendingVerification, _) | (_, Status::PendingVerification) => {
            required()?;
            change_status(&ctx.op(reason), target, to).await?
        }
        _ => change_status(&ctx.op(reason), target, to).await?,
    };
    let found = ctx.app.store().user_in_full(target.user_id).await?;
    let mut found = found.ok_or_else(ApiError::no_such_user)?;
    found.user = change.after.clone();
    let shown = view(ctx, &found).await?;
    Ok((Some(change), shown))
}

/// The permission that a change of status needs, besides that of the route.
fn permission(target: &User, to: Status) -> Option<Permission> {
    match (target.status, to) {
        (Status::Deleted, _) | (_, Status::Deleted) => Some(Permission::UserDelete),
        (Status::Suspended, _) | (_, Status::Suspended) => Some(Permission::UserSuspend),
        _ => None,
    }
}
