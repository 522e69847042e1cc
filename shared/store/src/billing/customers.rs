//! The customer at Stripe that stands for an account, in the user's partition.

use provost_domain::{UserId, customer::Customer, stripe_id::StripeId};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, encode},
    records::partition,
    subscriptions::{customer_claim, own},
    transaction::Condition,
};

/// The sort key of a customer.
pub const SORT: &str = "BILLINGCUSTOMER";

/// The key of a user's customer.
pub fn key(user: UserId) -> Key {
    Key::new(partition(user), SORT)
}

impl Transaction {
    /// Makes this the user's customer. The claim on the one that it replaces is removed.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn save_customer(
        &mut self,
        user: UserId,
        customer: &Customer,
        replaced: Option<&StripeId>,
    ) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        if let Some(replaced) = replaced.filter(|replaced| **replaced != customer.id) {
            self.delete(Conflict::StripeCustomer, &table, &customer_claim(replaced), own(user))?;
        }
        self.bind_customer(user, &customer.id)?;
        let item = encode("a customer", &key(user), customer)?;
        self.put(Conflict::StripeCustomer, &table, item, Condition::none())
    }

    /// Removes the user's customer and the claim on it.
    ///
    /// # Errors
    /// `Unreadable` when a write cannot be built.
    pub fn remove_customer(
        &mut self,
        conflict: Conflict,
        user: UserId,
        customer: &Customer,
    ) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        self.remove_present(conflict, &table, &key(user))?;
        self.delete(Conflict::StripeCustomer, &table, &customer_claim(&customer.id), own(user))
    }
}

impl Store {
    /// The customer of a user (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn customer(&self, user: UserId) -> Result<Option<Customer>, StoreError> {
        let found = self.get(&self.names.accounts, &key(user), "reading a customer").await?;
        found.map(|item| decode("a customer", item)).transpose()
    }
}
