use provost_domain::{
    ApiError, Permission, Status, Timestamp, User,
    deletion::CancelledBy,
    rank::{Acting, check_grant},
    user::SuspensionKind,
};

use super::{Ban, Lift, ban, change_status, lift_suspension};
use crate::{Change, Op, OperationError, user::restore};

/// A wanted status of a user.
#[derive(Debug, Clone, Copy)]
pub struct WantedStatus {
    /// The status: any but `deleted`.
    pub to: Status,
    /// Kind of suspension, for the status `suspended`.
    pub kind: SuspensionKind,
    /// Time at which the suspension ends; none for no end.
    pub until: Option<Timestamp>,
    /// Whether the user is notified.
    pub notify: bool,
}

impl WantedStatus {
    /// Checks what does not depend on the user.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` on `suspended_until` for an end that is not in the future, or of anything
    /// but a suspension; on `reason` without a required one.
    pub fn check(&self, reason: Option<&str>, now: Timestamp) -> Result<(), ApiError> {
        self.check_end(now)?;
        if matches!(self.to, Status::Suspended | Status::PendingVerification) {
            required(reason)?;
        }
        Ok(())
    }

    fn check_end(&self, now: Timestamp) -> Result<(), ApiError> {
        if self.until.is_some() && self.to != Status::Suspended {
            return Err(ApiError::field(
                "suspended_until",
                "contradiction",
                "Only a suspension has an end. Omit this field, or suspend the user.",
            ));
        }
        if self.until.is_some_and(|until| until <= now) {
            return Err(ApiError::field(
                "suspended_until",
                "out_of_range",
                "This time is in the past. Enter a time in the future.",
            ));
        }
        Ok(())
    }
}

fn required(reason: Option<&str>) -> Result<String, ApiError> {
    reason.map(str::to_owned).ok_or_else(|| {
        ApiError::field(
            "reason",
            "required",
            "A reason is required. Give it in `reason` or in the header X-Reason.",
        )
    })
}

/// The permission that a change of status needs, besides `user.update`.
pub const fn status_permission(from: Status, to: Status) -> Option<Permission> {
    match (from, to) {
        (Status::Deleted, _) | (_, Status::Deleted) => Some(Permission::UserDelete),
        (Status::Suspended, _) | (_, Status::Suspended) => Some(Permission::UserSuspend),
        _ => None,
    }
}

/// Gives a user another status. Each change is the same operation as that of its own route: a
/// suspension, its end, a restoration.
///
/// # Errors
/// `INVALID_ACTION` with `allowed`, `VALIDATION_FAILED` without a required reason, or for a time
/// that is not in the future, `PERMISSION_DENIED`, `LAST_SUPERADMIN`.
pub async fn set_status(
    op: &Op<'_>,
    by: Acting<'_>,
    target: &User,
    wanted: WantedStatus,
) -> Result<Change<User>, OperationError> {
    let WantedStatus { to, kind, until, notify } = wanted;
    if let Some(permission) = status_permission(target.status, to) {
        check_grant(by, &[permission].into())?;
    }
    target.check_next_status(to, op.now)?;
    let reason = op.reason.as_deref();
    match target.status {
        // A restored account has to confirm its address in any case.
        Status::Deleted => wanted.check_end(op.now)?,
        _ => wanted.check(reason, op.now)?,
    }
    match (target.status, to) {
        (_, Status::Suspended) => {
            let reason = required(reason)?;
            let by = by.user.pseudonym;
            ban(op, target, Ban { kind, by, reason, expires_at: until, notify }).await
        }
        (Status::Deleted, _) => {
            let by = CancelledBy::Staff(by.user.rank());
            Ok(restore(op, target, by).await?.map(|restored| restored.account))
        }
        (Status::Suspended, _) => lift_suspension(op, target, Lift { notify, to: Some(to) }),
        // Verification in place of the user, or against them, needs a reason.
        (Status::PendingVerification, _) => {
            required(reason)?;
            change_status(op, target, to).await
        }
        _ => change_status(op, target, to).await,
    }
}
