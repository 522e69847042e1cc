use provost_domain::{
    ApiError, User,
    audit::{Resource, note_change},
    enrollment::Enrollment,
};
use provost_store::Conflict;

use crate::{Change, Op, OperationError};

/// Records the enrolment of a user, as a service reports it. `known` is the recorded one. A report
/// that a later one has overtaken is decided again, and then finds the later one.
///
/// # Errors
/// `INVALID_ACTION` for an account that is being erased.
pub fn record_enrollment(
    op: &Op<'_>,
    user: &User,
    known: Option<&Enrollment>,
    new: Enrollment,
) -> Result<Change<Enrollment>, OperationError> {
    if user.is_being_erased() {
        return Err(ApiError::invalid_action(
            "This account is being erased and can no longer be changed.",
            &[],
        )
        .into());
    }
    let mut entry = op.entry(
        "enrollment.recorded",
        Resource::Owned { kind: "enrollment", id: new.program_id.clone(), owner: user.subject() },
    );
    note_change(&mut entry.changes, "status", &known.map(|known| known.status), &Some(new.status));
    note_change(
        &mut entry.changes,
        "progress",
        &known.map(|known| known.progress),
        &Some(new.progress),
    );
    let mut tx = op.transaction();
    // An enrolment must not be added to an account that is being erased. The account knows that it
    // has enrolments, so that nobody looks for those of a user without any.
    if user.has_enrollments {
        tx.check_user(user)?;
    } else {
        tx.save_user(&User { has_enrollments: true, ..user.clone() })?;
    }
    tx.record_enrollment(user.user_id, &new)?;
    tx.audit(entry)?;
    Ok(Change::new(tx, new).decided_again_on(&[Conflict::Enrollment]))
}
