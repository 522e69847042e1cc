//! The catalogue of products: few, in one partition of the table `catalogue`.

use provost_domain::{
    ProductId, Timestamp,
    product::{Product, standard_plans},
};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, encode, n, s},
    transaction::Condition,
    walk::Walk,
};

/// The partition of all products.
pub const PARTITION: &str = "PRODUCTS";

/// The key of a product.
pub fn key(id: ProductId) -> Key {
    Key::new(PARTITION, format!("PRODUCT#{id}"))
}

/// The key of the claim on a slug.
pub fn slug_claim(slug: &str) -> Key {
    Key::new(format!("PRODUCTSLUG#{slug}"), "CLAIM")
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SlugClaim {
    product_id: ProductId,
}

impl Transaction {
    /// Writes a product: a new one, or the next version of `before`. Its slug becomes its own; fails
    /// with [`Conflict::ProductSlug`] when another product has it, and with [`Conflict::Product`]
    /// when the product has changed.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn save_product(
        &mut self,
        before: Option<&Product>,
        after: &Product,
    ) -> Result<(), StoreError> {
        let table = self.store().names().catalogue.clone();
        let id = s(after.id.to_string());
        let own = || {
            Condition::expression("attribute_not_exists(pk) OR productId = :id")
                .value(":id", id.clone())
        };
        let claim = slug_claim(&after.slug);
        let claimed = encode("a claim", &claim, &SlugClaim { product_id: after.id })?;
        self.put(Conflict::ProductSlug, &table, claimed, own())?;
        if let Some(before) = before.filter(|before| before.slug != after.slug) {
            self.delete(Conflict::ProductSlug, &table, &slug_claim(&before.slug), own())?;
        }
        let unchanged = before.map_or_else(Condition::absent, |before| {
            Condition::expression("#version = :read")
                .name("#version", "version")
                .value(":read", n(before.version))
        });
        let item = encode("a product", &key(after.id), after)?;
        self.put(Conflict::Product, &table, item, unchanged)
    }

    /// Writes the next version of a product whose slug stays.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn update_product(&mut self, before: &Product, after: &Product) -> Result<(), StoreError> {
        let table = self.store().names().catalogue.clone();
        let unchanged = Condition::expression("#version = :read")
            .name("#version", "version")
            .value(":read", n(before.version));
        let item = encode("a product", &key(after.id), after)?;
        self.put(Conflict::Product, &table, item, unchanged)
    }
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
        let mut products = self.all_products().await?;
        products.retain(|product| product.deleted_at.is_none());
        Ok(products)
    }

    /// Every product, also those that were removed and may still be paid for, oldest first.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn all_products(&self) -> Result<Vec<Product>, StoreError> {
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
