use provost_domain::{
    FlagId, Pseudonym, User,
    audit::note_change,
    content::{Content, Flag, FlagEnd},
};
use provost_store::{Conflict, StoreError, Transaction};

use super::resource;
use crate::{Change, Op, OperationError};

/// Flags content of a user: from now on it is not served. The reason of the operation is the reason
/// of the flag.
///
/// # Errors
/// `INVALID_ACTION` when it is flagged already or removed.
pub fn flag_content(
    op: &Op<'_>,
    content: &Content,
    owner: &User,
    notes: Option<String>,
    by: Pseudonym,
) -> Result<Change<Content>, OperationError> {
    let reason = op.reason.clone().unwrap_or_default();
    let flag = Flag::new(op.app.id(FlagId::new), content, reason, notes, by, op.now);
    let after = content.clone().flag(&flag)?;
    let mut entry = op.entry("content.flagged", resource(content, owner));
    note_change(&mut entry.changes, "flagged", &false, &true);
    let mut tx = op.transaction();
    tx.check_user(owner)?;
    tx.save_content(&after)?;
    tx.add_flag(&flag)?;
    tx.audit(entry)?;
    Ok(Change::new(tx, after).decided_again_on(&[Conflict::Content]))
}

/// Lifts the flag of content. The flag stays in the history, with the reason of the operation.
///
/// # Errors
/// `INVALID_ACTION` when it is not flagged.
pub async fn unflag_content(
    op: &Op<'_>,
    content: &Content,
    owner: &User,
    by: Pseudonym,
) -> Result<Change<Content>, OperationError> {
    let (after, _) = content.clone().unflag()?;
    let mut entry = op.entry("content.unflagged", resource(content, owner));
    note_change(&mut entry.changes, "flagged", &true, &false);
    let mut tx = op.transaction();
    tx.check_user(owner)?;
    tx.save_content(&after)?;
    let end = FlagEnd { reason: op.reason.clone(), by: Some(by), at: op.now, removed: false };
    end_flag(op, &mut tx, content, end).await?;
    tx.audit(entry)?;
    Ok(Change::new(tx, after).decided_again_on(&[Conflict::Content]))
}

/// Ends the flag that content has, if any, as part of a transaction that saves the content.
pub(super) async fn end_flag(
    op: &Op<'_>,
    tx: &mut Transaction,
    content: &Content,
    end: FlagEnd,
) -> Result<(), StoreError> {
    let Some(live) = &content.flag else { return Ok(()) };
    if let Some(flag) = op.app.store().flag(content.id, live.id).await? {
        tx.end_flag(&flag.ended(end))?;
    }
    Ok(())
}
