//! The ledger of payments, in the user's partition, in order of time; and the marks of Stripe
//! events that were processed.

use provost_domain::{
    Timestamp, UserId,
    payment::{Payment, PaymentKind},
    stripe_id::StripeId,
    time::DAY,
};
use serde::Serialize;

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, encode, n},
    records::partition,
    transaction::Condition,
};

/// The prefix of the sort key of a payment.
pub const PREFIX: &str = "PAYMENT#";
/// How long a processed event is remembered, in milliseconds: Stripe retries for three days
/// automatically, and for thirty on request.
pub const REMEMBERED: i64 = 40 * DAY;

/// The key of a payment. One event may report a refund and its failure, so each kind that takes or
/// gives back has its own key.
pub fn key(user: UserId, payment: &Payment) -> Key {
    let kind = match payment.kind {
        PaymentKind::RefundFailed => "#refundFailed",
        PaymentKind::DisputeWon => "#disputeWon",
        _ => "",
    };
    Key::new(partition(user), format!("{PREFIX}{}#{}{kind}", payment.at, payment.event))
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

    /// Adds an entry to a user's ledger. Count it with [`Transaction::count_revenue`].
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

/// The key of the count of foreign events of a month.
fn foreign_key(now: Timestamp) -> Key {
    Key::new("STRIPEFOREIGN", now.month())
}

impl Store {
    /// Counts an event that is not about this platform.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn count_foreign_event(&self, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.transaction();
        tx.update(
            Conflict::Count,
            &self.names.operations,
            &foreign_key(now),
            "ADD #total :by",
            Condition::none().name("#total", "total").value(":by", n(1)),
        )?;
        tx.commit().await
    }

    /// Number of events of this month that were not about this platform.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn foreign_events(&self, now: Timestamp) -> Result<u64, StoreError> {
        let found =
            self.get(&self.names.operations, &foreign_key(now), "counting foreign events").await?;
        let total = found.and_then(|item| item.get("total")?.as_n().ok()?.parse().ok());
        Ok(total.unwrap_or(0))
    }
}
