//! The customer at Stripe that stands for an account, in the user's partition.

use provost_domain::{Timestamp, UserId, customer::Customer, stripe_id::StripeId};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, encode},
    records::partition,
    subscriptions::{customer_claim, own},
    transaction::Condition,
};

/// The sort key of a customer.
pub const SORT: &str = "BILLINGCUSTOMER";

/// The sort key of the intent to create one.
pub const INTENT: &str = "CUSTOMERINTENT";

/// A customer that is being created at Stripe, or was, by a run that did not end. It is written before
/// Stripe is asked, so that the customer is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomerIntent {
    /// Email address of the customer.
    pub email: String,
    /// Time of the latest attempt.
    pub at: Timestamp,
}

fn intent_key(user: UserId) -> Key {
    Key::new(partition(user), INTENT)
}

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

    /// Records that a customer is about to be created.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn intend_customer(
        &mut self,
        user: UserId,
        intent: &CustomerIntent,
    ) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        let item = encode("an intent", &intent_key(user), intent)?;
        self.put(Conflict::StripeCustomer, &table, item, Condition::none())
    }

    /// Records that nothing is left of an intent.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn end_customer_intent(&mut self, user: UserId) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        self.delete(Conflict::StripeCustomer, &table, &intent_key(user), Condition::none())
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
    /// The customer of a user that may have been created without being known (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn customer_intent(
        &self,
        user: UserId,
    ) -> Result<Option<CustomerIntent>, StoreError> {
        let found = self.get(&self.names.accounts, &intent_key(user), "reading an intent").await?;
        found.map(|item| decode("an intent", item)).transpose()
    }

    /// The customer of a user (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn customer(&self, user: UserId) -> Result<Option<Customer>, StoreError> {
        let found = self.get(&self.names.accounts, &key(user), "reading a customer").await?;
        found.map(|item| decode("a customer", item)).transpose()
    }
}
