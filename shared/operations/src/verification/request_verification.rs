use provost_domain::{
    ApiError, Code, User, UserId, VerificationId,
    audit::{Resource, note_change},
    time::HOUR,
    verification::{Verification, VerificationStatus, VerificationType},
};
use provost_store::{Conflict, StoreError};

use super::has_image;
use crate::{Change, Op, OperationError};

/// Submits a verification, whose images are stored or will be uploaded (`awaits_uploads`, which an
/// erasure waits for). It replaces `stalled`, which can never be decided. Without one,
/// [`OpenVerification`](Conflict::OpenVerification) means that one of this type is pending: see
/// [`stalled_verification`].
///
/// # Errors
/// `INVALID_ACTION` for a user who is already verified, or when the stalled verification has been
/// decided; `IN_PROGRESS` when another one is pending by now.
pub fn request_verification(
    op: &Op<'_>,
    owner: &User,
    new: Verification,
    awaits_uploads: bool,
    stalled: Option<Verification>,
) -> Result<Change<Verification>, OperationError> {
    new.r#type.check_needed(owner)?;
    let entry = |action, id: VerificationId| {
        let id = id.to_string();
        op.entry(action, Resource::Owned { kind: "verification", id, owner: owner.subject() })
    };
    let mut tx = op.transaction();
    // Nothing is added to an account that is being erased.
    tx.check_user(owner)?;
    if awaits_uploads {
        tx.open_upload_window(owner.user_id, op.now)?;
    }
    let is_replacement = stalled.is_some();
    match stalled {
        None => tx.create_verification(&new)?,
        Some(stalled) => {
            let ended = stalled.clone().supersede(op.now)?;
            let mut entry = entry("verification.superseded", ended.id);
            note_change(&mut entry.changes, "status", &stalled.status, &ended.status);
            tx.replace_verification(&ended, &new, op.now.plus(HOUR))?;
            tx.audit(entry)?;
        }
    }
    tx.audit(entry("verification.requested", new.id))?;
    // Staff may decide the other one at the same time.
    let change = Change::new(tx, new).decided_again_on(&[Conflict::Verification]);
    Ok(match is_replacement {
        true => change.refused_on(Conflict::OpenVerification, already_pending()),
        false => change,
    })
}

/// The pending verification of a user if it can never be decided: an image was not uploaded, and
/// its upload URLs have expired.
///
/// # Errors
/// The store failed.
pub async fn stalled_verification(
    op: &Op<'_>,
    user: UserId,
    r#type: VerificationType,
) -> Result<Option<Verification>, StoreError> {
    let store = op.app.store();
    let found = store.waiting_verification(user, r#type).await?;
    let Some(found) = found
        .filter(|found| found.status == VerificationStatus::Pending && found.uploads_over(op.now))
    else {
        return Ok(None);
    };
    for image in &found.images {
        if !has_image(store, &found, image).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The error for a verification of a type of which another is pending.
pub fn already_pending() -> ApiError {
    ApiError::new(
        Code::InProgress,
        "A verification of this type is already pending. You will receive an email with the decision. If its images were not uploaded, you can submit a new one after five minutes.",
    )
}
