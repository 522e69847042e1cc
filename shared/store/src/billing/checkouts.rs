//! Checkouts that an account has started. Stripe's events about an account count only where the
//! account itself started the checkout: anyone can put another account's id into a payment link.

use provost_domain::{Timestamp, UserId, stripe_id::StripeId};
use serde::Serialize;

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, encode},
    payments::REMEMBERED,
    records::partition,
    transaction::Condition,
    walk::Walk,
};

/// The prefix of the sort key of a started checkout.
pub const PREFIX: &str = "CHECKOUT#";

/// The key of a started checkout.
pub fn key(user: UserId, session: &StripeId) -> Key {
    Key::new(partition(user), format!("{PREFIX}{session}"))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Started {
    started_at: Timestamp,
    ttl: i64,
}

impl Transaction {
    /// Records that an account has started this checkout session; kept for as long as Stripe may
    /// report its completion.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn start_checkout(
        &mut self,
        user: UserId,
        session: &StripeId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let started = Started { started_at: now, ttl: now.plus(REMEMBERED).seconds() };
        let (item, table) = (
            encode("a checkout", &key(user, session), &started)?,
            self.store().names().accounts.clone(),
        );
        self.put(Conflict::Checkout, &table, item, Condition::none())
    }
}

impl Store {
    /// Whether this account has started this checkout session.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn has_started_checkout(
        &self,
        user: UserId,
        session: &StripeId,
    ) -> Result<bool, StoreError> {
        Ok(self
            .get(&self.names.accounts, &key(user, session), "reading a checkout")
            .await?
            .is_some())
    }

    /// Whether this account has started any checkout.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn has_started_any_checkout(&self, user: UserId) -> Result<bool, StoreError> {
        let walk = Walk::of_table(&self.names.accounts, partition(user)).beginning("sk", PREFIX);
        Ok(!self.next_items(&walk, None).await?.0.is_empty())
    }
}
