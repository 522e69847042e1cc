use provost_domain::{
    ProductId,
    audit::Resource,
    catalogue::{ProductEdit, note_product, slug_taken},
    product::{Product, ProductType},
};
use provost_store::Conflict;

use crate::{Change, Op, OperationError};

/// Adds a product to the catalogue. Stripe gets it when it is synchronised.
///
/// # Errors
/// `VALIDATION_FAILED`, `ALREADY_EXISTS` for a slug that another product has.
pub async fn create_product(
    op: &Op<'_>,
    r#type: ProductType,
    edit: ProductEdit,
) -> Result<Change<Product>, OperationError> {
    let product = Product::create(op.app.id(ProductId::new), r#type, edit, op.now)?;
    check_slug(op, &product).await?;
    let mut entry = op.entry("product.created", of(&product));
    note_product(&mut entry.changes, None, &product);
    let mut tx = op.transaction();
    tx.save_product(None, &product)?;
    tx.audit(entry)?;
    Ok(Change::new(tx, product)
        .refused_on(Conflict::ProductSlug, slug_taken())
        .decided_again_on(&[Conflict::Product]))
}

/// A product as the resource of an audit entry.
pub(super) fn of(product: &Product) -> Resource {
    Resource::Other { kind: "product", id: product.id.to_string() }
}

/// Products that an earlier release added have no claim on their slug.
pub(super) async fn check_slug(op: &Op<'_>, product: &Product) -> Result<(), OperationError> {
    let taken = op
        .app
        .store()
        .products()
        .await?
        .iter()
        .any(|other| other.id != product.id && other.slug == product.slug);
    if taken { Err(slug_taken().into()) } else { Ok(()) }
}
