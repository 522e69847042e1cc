use provost_domain::{User, profile::Profile};

use crate::{
    Change, Op, OperationError,
    billing::{Entitled, change_entitlements},
};

/// Requires a student to verify again. The account is on the free tier until then. Returns no
/// change if it is required already.
///
/// # Errors
/// `INVALID_ACTION` without student status.
pub fn require_reverification(
    op: &Op<'_>,
    before: &User,
    profile: Profile,
) -> Result<Option<Change<Entitled>>, OperationError> {
    if before.entitlements.reverify_required() {
        return Ok(None);
    }
    let (account, limits) = before.clone().require_reverify(profile.limits.clone(), op.now)?;
    let after = Entitled { account, limits };
    change_entitlements(op, "student.reverify_required", before, profile, after).map(Some)
}
