use provost_domain::{
    GrantId, Pseudonym, Timestamp, User,
    audit::{Resource, note_change},
    benefit::{self, check_amount},
    staff_record::{Grant, GrantType},
};

use crate::{Change, Op, OperationError};

/// A benefit to grant.
#[derive(Debug, Clone)]
pub struct NewGrant {
    /// Pseudonym of the staff member who grants it.
    pub by: Pseudonym,
    /// Type of benefit.
    pub r#type: GrantType,
    /// Amount. In bytes for storage.
    pub amount: u64,
    /// Time at which the grant ends; none for no end.
    pub expires_at: Option<Timestamp>,
}

/// A benefit that was granted.
#[derive(Debug, Clone)]
pub struct Granted {
    /// The account after the change.
    pub owner: User,
    /// The grant.
    pub grant: Grant,
    /// Whether the wanted end was reduced to the maximum.
    pub clamped: bool,
}

/// Grants a benefit to a user. Storage is added to the quota.
///
/// # Errors
/// `VALIDATION_FAILED` on `amount` or `expiresAt`.
pub fn grant_benefit(
    op: &Op<'_>,
    before: &User,
    new: NewGrant,
) -> Result<Change<Granted>, OperationError> {
    check_amount(new.amount)?;
    let (expires_at, clamped) = benefit::end(new.expires_at, op.now)?;
    let grant = Grant {
        id: op.app.id(GrantId::new),
        r#type: new.r#type,
        amount: new.amount,
        reason: op.reason.clone(),
        by: new.by,
        created_at: op.now,
        expires_at,
        ended_at: None,
        end: None,
    };
    let owner = if grant.r#type == GrantType::Storage {
        before.clone().grant_storage(grant.amount, op.now)
    } else {
        before.clone().changed(op.now)
    };

    let mut entry = op.entry(
        "grant.awarded",
        Resource::Owned { kind: "grant", id: grant.id.to_string(), owner: before.subject() },
    );
    note_change(&mut entry.changes, "type", &None, &Some(&grant.r#type));
    note_change(&mut entry.changes, "amount", &None, &Some(grant.amount));
    note_change(&mut entry.changes, "storageQuota", &before.storage_quota, &owner.storage_quota);
    let mut tx = op.transaction();
    tx.save_user(&owner)?;
    tx.add_grant(before.user_id, &grant)?;
    tx.audit(entry)?;
    Ok(Change::new(tx, Granted { owner, grant, clamped }))
}
