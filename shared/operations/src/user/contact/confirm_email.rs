use provost_domain::{
    User,
    audit::{Resource, note_change},
};

use crate::{Change, Op, OperationError, credential::end_earlier};

/// Confirms the email address of a user who has proved with an emailed link to control it. The first
/// confirmation revokes credentials that somebody else may have left in the account, unless `theirs`:
/// the user confirms while signed in. Returns no change if the address is confirmed.
///
/// # Errors
/// The store failed.
pub async fn confirm_email(
    op: &Op<'_>,
    before: &User,
    theirs: bool,
) -> Result<Option<Change<User>>, OperationError> {
    if before.email_verified {
        return Ok(None);
    }
    let after = before.clone().confirm_email(theirs, op.now);
    let mut entry =
        op.by_owner(before).entry("user.email_verified", Resource::User(before.subject()));
    note_change(&mut entry.changes, "emailVerified", &false, &true);
    note_change(&mut entry.changes, "status", &before.status, &after.status);
    let mut tx = op.transaction();
    tx.save_user(&after)?;
    if before.never_confirmed() && !theirs {
        end_earlier(op, &mut tx, before, &after, &mut entry.changes).await?;
    }
    tx.audit(entry)?;
    Ok(Some(Change::new(tx, after)))
}
