use provost_domain::{catalogue::note_product, product::Product};
use provost_store::Conflict;

use super::create_product::of;
use crate::{Change, Op, OperationError};

/// Removes a product from the catalogue. Its item stays: subscribers keep the product. `None` if it
/// is removed.
///
/// # Errors
/// The store failed.
pub fn remove_product(
    op: &Op<'_>,
    before: &Product,
) -> Result<Option<Change<Product>>, OperationError> {
    let Some(after) = before.removed(op.now) else { return Ok(None) };
    let mut entry = op.entry("product.removed", of(before));
    note_product(&mut entry.changes, Some(before), &after);
    let mut tx = op.transaction();
    tx.update_product(before, &after)?;
    tx.audit(entry)?;
    Ok(Some(Change::new(tx, after).decided_again_on(&[Conflict::Product])))
}
