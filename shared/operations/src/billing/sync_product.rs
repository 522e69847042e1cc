use provost_app::stripe::{
    NewPrice,
    objects::{PRODUCT, Price, Reference},
};
use provost_domain::{
    catalogue::note_product,
    currency::Currency,
    product::{PriceTerms, Product},
};
use provost_store::Conflict;

use super::{create_product::of, stripe_failure::stripe_failed};
use crate::{Change, Op, OperationError};

/// A product that Stripe has.
#[derive(Debug)]
pub struct Synced {
    /// The product.
    pub product: Product,
    /// Whether something was stored: Stripe had another state before.
    pub changed: bool,
}

/// Brings a product to Stripe: its texts, and the price that the catalogue says. A price at Stripe
/// never changes, so another one is created, becomes the default, and only then the earlier one is
/// archived. Every step finds what an interrupted run has left, so a second run creates nothing.
///
/// # Errors
/// `UNAVAILABLE` if Stripe is not configured, could not be reached or did not accept something.
pub async fn sync_product(op: &Op<'_>, product: &Product) -> Result<Synced, OperationError> {
    let (stripe, run) = (op.app.stripe(), op.origin.request_id.to_string());
    let known = match &product.stripe_product_id {
        Some(id) => {
            stripe.update_product(id, product, &run, op.now).await.map_err(stripe_failed)?
        }
        None => None,
    };
    let theirs = match known {
        Some(theirs) => theirs,
        None => stripe.create_product(product, op.now).await.map_err(stripe_failed)?,
    };
    // The id is stored at once: it is what a later run finds.
    let mut product = store(op, product, &theirs.id, None).await?;
    let mut changed = product.1;
    let Some(terms) = product.0.price_terms() else {
        return Ok(Synced { product: product.0, changed });
    };
    let active = stripe.active_prices(&theirs.id, op.now).await.map_err(stripe_failed)?;
    let amount = currency(&product.0)?.to_stripe("price", terms.amount)?;
    let mut fitting: Vec<&Price> =
        active.iter().filter(|price| charges(price, &terms, amount)).collect();
    fitting.sort_by_key(|price| product.0.stripe_price_id.as_deref() != Some(&price.id));
    let price = match fitting.first() {
        Some(price) => price.id.clone(),
        None => {
            let new = NewPrice {
                product: &theirs.id,
                amount,
                currency: currency(&product.0)?.stripe_code(),
                interval: terms.interval.as_str(),
                catalogue: product.0.id.to_string(),
            };
            let so_far = product.0.stripe_price_id.as_deref().unwrap_or("none");
            let state = format!("{}-{so_far}", product.0.version);
            stripe.create_price(&new, &state, op.now).await.map_err(stripe_failed)?.id
        }
    };
    let default = theirs.default_price.as_ref().map(Reference::id);
    if default != Some(price.as_str()) {
        stripe.set_default_price(&theirs.id, &price, &run, op.now).await.map_err(stripe_failed)?;
    }
    product = store(op, &product.0, &theirs.id, Some(&price)).await?;
    changed |= product.1;
    // Prices that others made at Stripe are not ours to archive.
    let ours = |other: &&Price| {
        other.id != price
            && (other.metadata.get(PRODUCT) == Some(&product.0.id.to_string())
                || product.0.has_price(&other.id))
    };
    for other in active.iter().filter(ours) {
        stripe.archive_price(&other.id, &run, op.now).await.map_err(stripe_failed)?;
    }
    Ok(Synced { product: product.0, changed })
}

fn currency(product: &Product) -> Result<Currency, OperationError> {
    product.currency.parse().map_err(|_| {
        OperationError::Refused(provost_domain::ApiError::invalid_action(
            "The currency of this product cannot be charged. Change it first.",
            &[],
        ))
    })
}

/// Whether a price at Stripe charges what the catalogue says.
fn charges(price: &Price, terms: &PriceTerms, amount: i64) -> bool {
    let recurring = price.recurring.as_ref().is_some_and(|recurring| {
        recurring.interval == terms.interval.as_str() && recurring.interval_count.unwrap_or(1) == 1
    });
    recurring
        && price.unit_amount == Some(amount)
        && price.currency.eq_ignore_ascii_case(&terms.currency)
}

/// Stores what Stripe has, and whether that was news.
async fn store(
    op: &Op<'_>,
    before: &Product,
    product: &str,
    price: Option<&str>,
) -> Result<(Product, bool), OperationError> {
    // A product that is sold is synchronised only with its price.
    let after = if price.is_none() && before.price_terms().is_some() {
        let known = before.stripe_product_id.as_deref() == Some(product);
        let id = Some(product.to_owned());
        let version = before.version + 1;
        (!known).then(|| Product { stripe_product_id: id, version, ..before.clone() })
    } else {
        before.synced(product, price)
    };
    let Some(after) = after else { return Ok((before.clone(), false)) };
    let mut entry = op.entry("product.synced", of(before));
    note_product(&mut entry.changes, Some(before), &after);
    let mut tx = op.transaction();
    tx.update_product(before, &after)?;
    tx.audit(entry)?;
    Change::new(tx, (after, true)).decided_again_on(&[Conflict::Product]).commit().await
}
