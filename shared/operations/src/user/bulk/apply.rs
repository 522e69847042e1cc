use provost_domain::{
    ApiError, BuiltInRole, RoleId, Status, User,
    bulk::{BulkAction, BulkStatusChange},
    rank::{Acting, check_grant, check_rank},
    role::Role,
};
use provost_store::{Store, StoreError};

use crate::{
    Change, Op, OperationError,
    deletion::{Requester, request_deletion},
    role::change_roles,
    user::{WantedStatus, change_role, set_status},
};

/// A bulk action with what it needs to change each user.
#[derive(Debug, Clone)]
pub enum PreparedBulk {
    /// Schedules the erasure.
    Delete {
        /// Days until each account can be erased.
        grace_days: i64,
        /// Whether each user is notified.
        notify: bool,
    },
    /// Changes the status.
    Status(WantedStatus),
    /// Replaces the built-in role.
    Role(BuiltInRole),
    /// Assigns and removes custom roles.
    Roles {
        /// Roles to assign.
        add: Vec<Role>,
        /// Roles to remove.
        remove: Vec<Role>,
    },
}

impl PreparedBulk {
    /// Reads what an action needs. An undo, and an action of a later release, change nobody this
    /// way.
    ///
    /// # Errors
    /// `NOT_FOUND` when a role is gone, or the action is none that changes users.
    pub async fn of(store: &Store, action: &BulkAction) -> Result<Self, OperationError> {
        Ok(match action {
            BulkAction::Delete { grace_days, notify } => {
                Self::Delete { grace_days: *grace_days, notify: *notify }
            }
            BulkAction::Status(BulkStatusChange { to, kind, until, notify }) => {
                let (to, kind, until, notify) = (*to, *kind, *until, *notify);
                Self::Status(WantedStatus { to, kind, until, notify })
            }
            BulkAction::Roles { role: Some(role), .. } => Self::Role(*role),
            BulkAction::Roles { add, remove, .. } => {
                Self::Roles { add: roles(store, add).await?, remove: roles(store, remove).await? }
            }
            BulkAction::Undo { .. } | BulkAction::Unknown(_) => {
                return Err(ApiError::missing("action").into());
            }
        })
    }
}

async fn roles(store: &Store, ids: &[RoleId]) -> Result<Vec<Role>, OperationError> {
    let mut roles = Vec::new();
    for id in ids {
        roles.push(store.role(*id).await?.ok_or_else(|| ApiError::missing("role"))?);
    }
    Ok(roles)
}

/// The change of one user by a bulk action: the operation of the user's own route, with its rule of
/// rank. Returns no change for a user who is as wanted. An account under a legal hold is not
/// deleted in bulk.
///
/// # Errors
/// As the operations; `CANNOT_MODIFY_SELF`, `OUTRANKED`, `LEGAL_HOLD`.
pub async fn apply(
    op: &Op<'_>,
    by: Acting<'_>,
    before: &User,
    action: &PreparedBulk,
) -> Result<Option<Change<User>>, OperationError> {
    check_rank(by, before)?;
    match action {
        PreparedBulk::Delete { grace_days, notify } => {
            if before.status == Status::Deleted {
                return Ok(None);
            }
            before.check_not_held()?;
            let requester = Requester::Staff {
                by: by.user.pseudonym,
                grace_days: Some(*grace_days),
                notify: *notify,
            };
            let change = request_deletion(op, before, requester).await?;
            Ok(Some(change.map(|requested| requested.account)))
        }
        PreparedBulk::Status(wanted) => {
            if before.status_at(op.now) == wanted.to {
                return Ok(None);
            }
            set_status(op, by, before, *wanted).await.map(Some)
        }
        PreparedBulk::Role(role) => {
            check_grant(by, &role.permissions())?;
            change_role(op, before, *role).await
        }
        PreparedBulk::Roles { add, remove } => change_roles(op, by, before, add, remove).await,
    }
}

/// Whether the store failed, rather than a rule.
pub(super) fn refusal(error: OperationError) -> Result<ApiError, StoreError> {
    match error {
        OperationError::Refused(error) => Ok(error),
        error => Err(error.into()),
    }
}
