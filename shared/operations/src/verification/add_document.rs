use provost_domain::{User, audit::Resource, staff_record::Document};

use crate::{Change, Op, OperationError};

/// Adds a document about a user, whose content is stored already.
///
/// # Errors
/// The store failed.
pub fn add_document(
    op: &Op<'_>,
    user: &User,
    document: Document,
) -> Result<Change<Document>, OperationError> {
    let mut tx = op.transaction();
    // Nothing is added to an account that is being erased.
    tx.check_user(user)?;
    tx.add_document(user.user_id, &document)?;
    let id = document.id.to_string();
    tx.audit(
        op.entry("document.added", Resource::Owned { kind: "document", id, owner: user.subject() }),
    )?;
    Ok(Change::new(tx, document))
}
