use provost_domain::{User, profile::Profile};

use crate::{
    Change, Op, OperationError,
    billing::{Entitled, change_entitlements},
};

/// Removes student status, with the educational tier and its limits. Returns no change if the
/// account has no student status.
///
/// # Errors
/// The store failed.
pub fn remove_student_status(
    op: &Op<'_>,
    before: &User,
    profile: Profile,
) -> Result<Option<Change<Entitled>>, OperationError> {
    let Some((account, limits)) = before.clone().end_student(profile.limits.clone(), op.now) else {
        return Ok(None);
    };
    change_entitlements(op, "student.deassigned", before, profile, Entitled { account, limits })
        .map(Some)
}
