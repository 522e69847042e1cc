use provost_domain::{
    Pseudonym, User,
    audit::{Resource, note_change},
    mail::Template,
    message::About,
    profile::Profile,
    time::DAY,
    verification::{Verification, VerificationStatus, VerificationType},
};
use provost_store::Conflict;

use super::accept_image;
use crate::{Change, Op, OperationError};

/// Approves or rejects a verification, with its effect on the account, and notifies the user by
/// email. The reason of the operation is the reason of the decision.
///
/// # Errors
/// `INVALID_ACTION` when it has already been decided, or for an approval when an image is missing or
/// unsuitable; `NOT_FOUND` when the user is being erased.
pub async fn decide_verification(
    op: &Op<'_>,
    found: &Verification,
    owner: &User,
    status: VerificationStatus,
    by: Pseudonym,
) -> Result<Change<Verification>, OperationError> {
    let store = op.app.store();
    let decided = found.clone().decide(status, by, op.reason.clone(), op.now)?;
    let days = store.settings().await?.verification_retention_days.clamp(0, 3650);

    let (action, template) = match status {
        VerificationStatus::Approved => ("verification.approved", Template::VerificationApproved),
        _ => ("verification.rejected", Template::VerificationRejected),
    };
    let resource =
        Resource::Owned { kind: "verification", id: found.id.to_string(), owner: owner.subject() };
    let mut entry = op.entry(action, resource);
    note_change(&mut entry.changes, "status", &found.status, &decided.status);
    let mut tx = op.transaction();
    if status == VerificationStatus::Approved {
        for image in &found.images {
            accept_image(op, found, image).await?;
        }
        let profile = store.profile(owner.user_id).await?;
        let (changed, limits) = match (found.r#type, found.student.clone()) {
            (VerificationType::Student, Some(claim)) => {
                owner.clone().become_student(claim, profile.limits.clone(), op.now)
            }
            _ => (owner.clone().confirm_identity(op.now), profile.limits.clone()),
        };
        let changes = &mut entry.changes;
        note_change(changes, "idVerified", &owner.id_verified, &changed.id_verified);
        note_change(changes, "studentVerified", &owner.student_verified, &changed.student_verified);
        note_change(changes, "portalTier", &owner.portal_tier, &changed.portal_tier);
        tx.save_user(&changed)?;
        if limits != profile.limits {
            tx.save_profile(owner.user_id, &Profile { limits, ..profile })?;
        }
    } else {
        // A decision must not be written about an account that is being erased.
        tx.check_user(owner)?;
    }
    tx.decide_verification(&decided, op.now.plus(days * DAY))?;
    tx.audit(entry)?;
    op.mail(&mut tx, owner.user_id, template, Some(About::Verification(decided.id)))?;
    // Another staff member may be faster.
    Ok(Change::new(tx, decided).decided_again_on(&[Conflict::Verification]))
}
