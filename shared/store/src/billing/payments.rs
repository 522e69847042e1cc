//! The ledger of payments, in the user's partition, in order of time; and the marks of Stripe
//! events that were processed.

use provost_domain::{Timestamp, UserId, payment::Payment, stripe_id::StripeId, time::DAY};
use serde::Serialize;

use crate::{
    Conflict, StoreError, Transaction,
    item::{Key, encode},
    principals::partition,
    transaction::Condition,
};

/// The prefix of the sort key of a payment.
pub const PREFIX: &str = "PAYMENT#";
/// How long a processed event is remembered, in milliseconds: Stripe retries for three days
/// automatically, and for thirty on request.
pub const REMEMBERED: i64 = 40 * DAY;

/// The key of a payment.
pub fn key(user: UserId, payment: &Payment) -> Key {
    Key::new(partition(user), format!("{PREFIX}{}#{}", payment.at, payment.event))
}

/// The key of the mark of an event.
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
    /// Marks a Stripe event as processed; fails with [`Conflict::StripeEvent`] when it already was.
    /// Put it first in a transaction, so that a duplicate fails with this label.
    ///
    /// # Errors
    /// `Unreadable` when the mark cannot be serialized.
    pub fn mark_event(&mut self, event: &StripeId, now: Timestamp) -> Result<(), StoreError> {
        let seen = Seen { seen_at: now, ttl: now.plus(REMEMBERED).seconds() };
        let (item, table) = (
            encode("an event", &event_key(event), &seen)?,
            self.store().names().operations.clone(),
        );
        self.put(Conflict::StripeEvent, &table, item, Condition::absent())
    }

    /// Adds an entry to a user's ledger.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn record_payment(&mut self, user: UserId, payment: &Payment) -> Result<(), StoreError> {
        let (item, table) = (
            encode("a payment", &key(user, payment), payment)?,
            self.store().names().accounts.clone(),
        );
        self.put(Conflict::Payment, &table, item, Condition::absent())
    }
}
