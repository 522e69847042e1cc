use provost_domain::{
    ApiError, Code, User,
    audit::{Resource, note_change},
    unique_id,
};
use provost_store::Conflict;

use crate::{Change, Op, OperationError};

/// The unique id that a user is to have.
#[derive(Debug, Clone)]
pub enum WantedUniqueId {
    /// This one.
    Given(String),
    /// A new one by the scheme of the platform.
    Generated,
}

/// A user with another unique id.
#[derive(Debug, Clone)]
pub struct SetUniqueId {
    /// The account after the change.
    pub account: User,
    /// The unique id before the change.
    pub previous: String,
}

/// Gives a user another unique id. The former one still finds the user, unless it is released.
/// Returns no change if it is the same.
///
/// # Errors
/// `INVALID_ACTION` for an account that is scheduled for deletion. `ALREADY_EXISTS` with `field` when
/// another user has the unique id.
pub fn set_unique_id(
    op: &Op<'_>,
    before: &User,
    wanted: WantedUniqueId,
    release: bool,
) -> Result<Option<Change<SetUniqueId>>, OperationError> {
    before.check_not_scheduled_for_deletion()?;
    let is_generated = matches!(wanted, WantedUniqueId::Generated);
    let wanted = match wanted {
        WantedUniqueId::Given(given) => given,
        WantedUniqueId::Generated => unique_id::generate(before, op.app.id(|ulid| ulid)),
    };
    if wanted == before.unique_id {
        return Ok(None);
    }
    let mut after = before.clone().changed(op.now);
    let (previous, released) = after.take_unique_id(wanted, release);

    let mut entry = op.entry("user.unique_id_changed", Resource::User(before.subject()));
    note_change(&mut entry.changes, "uniqueId", &previous, &after.unique_id);
    let mut tx = op.transaction();
    tx.save_user(&after)?;
    tx.move_unique_id(after.user_id, &after.unique_id, &released)?;
    tx.audit(entry)?;
    let change = Change::new(tx, SetUniqueId { account: after, previous });
    Ok(Some(if is_generated {
        // Decided again, there is another random one.
        change.decided_again_on(&[Conflict::UniqueId])
    } else {
        change.refused_on(Conflict::UniqueId, unique_id_taken())
    }))
}

/// The error for a unique id that another user has or had.
pub(super) fn unique_id_taken() -> ApiError {
    ApiError::new(Code::AlreadyExists, "This unique id is already in use. Choose another one.")
        .with("field", "uniqueId")
}
