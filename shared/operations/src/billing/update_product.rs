use provost_domain::{
    catalogue::{ProductEdit, note_product, slug_taken},
    product::Product,
};
use provost_store::Conflict;

use super::create_product::{check_slug, of};
use crate::{Change, Op, OperationError};

/// Changes a product. Subscribers keep the price at which they subscribed; a new price is sold after
/// the product is synchronised. `None` if the edit changes nothing.
///
/// # Errors
/// `VALIDATION_FAILED`, `INVALID_ACTION` for a removed product, `ALREADY_EXISTS` for a slug that
/// another product has.
pub async fn update_product(
    op: &Op<'_>,
    before: &Product,
    edit: ProductEdit,
) -> Result<Option<Change<Product>>, OperationError> {
    let mut after = before.edited(edit)?;
    if after == *before {
        return Ok(None);
    }
    after.version = before.version + 1;
    if after.slug != before.slug {
        check_slug(op, &after).await?;
    }
    let mut entry = op.entry("product.changed", of(before));
    note_product(&mut entry.changes, Some(before), &after);
    let mut tx = op.transaction();
    tx.save_product(Some(before), &after)?;
    tx.audit(entry)?;
    Ok(Some(
        Change::new(tx, after)
            .refused_on(Conflict::ProductSlug, slug_taken())
            .decided_again_on(&[Conflict::Product]),
    ))
}
