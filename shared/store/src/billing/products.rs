//! The catalogue of products: few, in one partition of the table `catalogue`.

use provost_domain::{
    ProductId, Timestamp,
    product::{Product, standard_plans},
};

use crate::{
    Conflict, Store, StoreError,
    item::{Key, decode, encode},
    transaction::Condition,
    walk::Walk,
};

/// The partition of all products.
pub const PARTITION: &str = "PRODUCTS";

/// The key of a product.
pub fn key(id: ProductId) -> Key {
    Key::new(PARTITION, format!("PRODUCT#{id}"))
}

impl Store {
    /// Reads one product (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn product(&self, id: ProductId) -> Result<Option<Product>, StoreError> {
        let found = self.get(&self.names.catalogue, &key(id), "reading a product").await?;
        found.map(|item| decode("a product", item)).transpose()
    }

    /// Every product that is in the catalogue, oldest first.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn products(&self) -> Result<Vec<Product>, StoreError> {
        let walk = Walk::of_table(&self.names.catalogue, PARTITION).beginning("sk", "PRODUCT#");
        let (mut products, mut after) = (Vec::new(), None);
        loop {
            let (items, next) = self.next_items(&walk, after.take()).await?;
            for item in items {
                products.push(decode::<Product>("a product", item)?);
            }
            match next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        products.retain(|product| product.deleted_at.is_none());
        Ok(products)
    }

    /// Adds the missing standard plans, and returns how many were added. Plans that were changed
    /// stay unchanged.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn seed_plans(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut added = 0;
        for plan in standard_plans(now) {
            let mut tx = self.transaction();
            tx.put(
                Conflict::Product,
                &self.names.catalogue,
                encode("a product", &key(plan.id), &plan)?,
                Condition::absent(),
            )?;
            match tx.commit().await {
                Ok(()) => added += 1,
                Err(error) if error.conflict().is_some() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(added)
    }
}
