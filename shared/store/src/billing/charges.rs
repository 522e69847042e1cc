//! Charges from which something was taken, in the user's partition.

use provost_domain::{UserId, charge::Charge, stripe_id::StripeId};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, encode},
    records::partition,
    transaction::Condition,
};

/// The prefix of the sort key of a charge.
pub const PREFIX: &str = "CHARGE#";

/// The key of a charge.
pub fn key(user: UserId, id: &StripeId) -> Key {
    Key::new(partition(user), format!("{PREFIX}{id}"))
}

impl Transaction {
    /// Writes a charge. The revision of the account does not change with it, so the sums in it guard
    /// it: fails with [`Conflict::Charge`] when they are not those that were read.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn save_charge(
        &mut self,
        user: UserId,
        before: Option<&Charge>,
        after: &Charge,
    ) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        let unchanged = match before {
            None => Condition::absent(),
            Some(before) => {
                let stored = encode("a charge", &key(user, &before.id), before)?;
                let mut condition = Condition::expression(
                    "#reports = :reports AND #failed = :failed AND #disputes = :disputes",
                );
                for name in ["reports", "failed", "disputes"] {
                    if let Some(value) = stored.get(name) {
                        condition = condition
                            .name(format!("#{name}"), name)
                            .value(format!(":{name}"), value.clone());
                    }
                }
                condition
            }
        };
        let item = encode("a charge", &key(user, &after.id), after)?;
        self.put(Conflict::Charge, &table, item, unchanged)
    }
}

impl Store {
    /// A charge of a user (strongly consistent); none when nothing was taken from it yet.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn charge(&self, user: UserId, id: &StripeId) -> Result<Option<Charge>, StoreError> {
        let found = self.get(&self.names.accounts, &key(user, id), "reading a charge").await?;
        found.map(|item| decode("a charge", item)).transpose()
    }
}
