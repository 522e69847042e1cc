use provost_domain::{
    User,
    audit::{Resource, note_change},
    staff_record::{Grant, GrantEnd, GrantType},
};
use provost_store::Conflict;

use crate::{Change, Op, OperationError};

/// A grant that has ended.
#[derive(Debug, Clone)]
pub struct EndedGrant {
    /// The account after the change.
    pub owner: User,
    /// The grant.
    pub grant: Grant,
}

/// Ends a grant of a user, by revocation or since it has expired. Granted storage is removed from
/// the quota; stored files remain.
///
/// # Errors
/// `INVALID_ACTION` when it has ended.
pub fn end_grant(
    op: &Op<'_>,
    before: &User,
    grant: Grant,
    end: GrantEnd,
) -> Result<Change<EndedGrant>, OperationError> {
    let action = if end == GrantEnd::Expired { "grant.expired" } else { "grant.revoked" };
    let grant = grant.finish(end, op.now)?;
    let owner = if grant.r#type == GrantType::Storage {
        before.clone().withdraw_storage(grant.amount, op.now)
    } else {
        before.clone().changed(op.now)
    };

    let mut entry = op.entry(
        action,
        Resource::Owned { kind: "grant", id: grant.id.to_string(), owner: before.subject() },
    );
    note_change(&mut entry.changes, "amount", &Some(grant.amount), &None);
    note_change(&mut entry.changes, "storageQuota", &before.storage_quota, &owner.storage_quota);
    let mut tx = op.transaction();
    tx.save_user(&owner)?;
    tx.end_grant(before.user_id, &grant)?;
    tx.audit(entry)?;
    // Ended by another request at the same time: decided again, it says so.
    Ok(Change::new(tx, EndedGrant { owner, grant }).decided_again_on(&[Conflict::Grant]))
}
