use provost_domain::{User, profile::Profile};

use super::{Entitled, change_entitlements};
use crate::{Change, Op, OperationError};

/// Cancels the plan of an account, which returns to exactly what it had before. Returns no change
/// if it has no plan.
///
/// # Errors
/// The store failed.
pub fn cancel_plan(
    op: &Op<'_>,
    before: &User,
    profile: Profile,
) -> Result<Option<Change<Entitled>>, OperationError> {
    let Some((account, limits)) = before.clone().cancel_plan(op.now) else { return Ok(None) };
    change_entitlements(op, "plan.cancelled", before, profile, Entitled { account, limits })
        .map(Some)
}
