//! The ledger of payments, in the person's partition, in order of time; and the marks of Stripe's
//! events that took effect.

use provost_domain::{Timestamp, UserId, payment::Payment, stripe_id::StripeId, time::DAY};
use serde::Serialize;

use crate::{
    StoreError, Transaction,
    item::{Key, encode},
    principals::partition,
    transaction::Condition,
};

/// The label of the condition that an event did not take effect before.
pub const EVENT: &str = "stripe event";
/// How the sort key of a payment begins.
pub const PREFIX: &str = "PAYMENT#";
/// How long it is remembered that an event took effect, in milliseconds: Stripe sends again for
/// three days by itself, and by hand for thirty.
pub const REMEMBERED: i64 = 40 * DAY;

/// Where a payment stands.
pub fn key(user: UserId, payment: &Payment) -> Key {
    Key::new(partition(user), format!("{PREFIX}{}#{}", payment.at, payment.event))
}

/// Where the mark of an event stands.
pub fn event_key(event: &StripeId) -> Key {
    Key::new(format!("STRIPEEVENT#{event}"), "SEEN")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Seen {
    seen_at: Timestamp,
    ttl: i64,
}

impl Transaction {
    /// Marks an event of Stripe's as one that took effect; fails under [`EVENT`] when it did
    /// before. It belongs first into a transaction, so that it is what a twin hears of.
    ///
    /// # Errors
    /// `Unreadable` when the mark has no form as an item.
    pub fn mark_event(&mut self, event: &StripeId, now: Timestamp) -> Result<(), StoreError> {
        let seen = Seen { seen_at: now, ttl: now.plus(REMEMBERED).seconds() };
        let (item, table) = (
            encode("an event", &event_key(event), &seen)?,
            self.store().names().operations.clone(),
        );
        self.put(EVENT, &table, item, Condition::absent())
    }

    /// Adds an entry to a person's ledger.
    ///
    /// # Errors
    /// `Unreadable` when it has no form as an item.
    pub fn record_payment(&mut self, user: UserId, payment: &Payment) -> Result<(), StoreError> {
        let (item, table) = (
            encode("a payment", &key(user, payment), payment)?,
            self.store().names().accounts.clone(),
        );
        self.put("payment", &table, item, Condition::absent())
    }
}
