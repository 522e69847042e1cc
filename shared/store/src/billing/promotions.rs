//! Promotion codes that are being created at Stripe, where they live: an intent is written before Stripe
//! is asked, together with its audit entry, and removed with the entry that the code is there.

use provost_domain::{Timestamp, time::DAY};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, encode, n, s},
    transaction::Condition,
};

/// How long an intent is kept that nobody completes, in milliseconds.
const KEPT: i64 = 90 * DAY;

/// The intent to create a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PromotionIntent {
    /// Names the operation at Stripe: in the idempotency keys, and in the metadata of the code.
    pub operation: String,
    /// What the code gives.
    pub content: String,
    /// Time of the intent.
    pub at: Timestamp,
}

fn key(code: &str) -> Key {
    Key::new(format!("PROMOTIONCODE#{code}"), "INTENT")
}

impl Transaction {
    /// Records the intent to create a code, in place of the one that was read.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn intend_promotion_code(
        &mut self,
        code: &str,
        before: Option<&PromotionIntent>,
        intent: &PromotionIntent,
    ) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        let mut item = encode("an intent", &key(code), intent)?;
        item.insert("ttl".to_owned(), n(intent.at.plus(KEPT).seconds()));
        let unchanged = before.map_or_else(Condition::absent, as_read);
        self.put(Conflict::PromotionCode, &table, item, unchanged)
    }

    /// Ends an intent.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn end_promotion_intent(
        &mut self,
        code: &str,
        intent: &PromotionIntent,
    ) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        self.delete(Conflict::PromotionCode, &table, &key(code), as_read(intent))
    }
}

fn as_read(intent: &PromotionIntent) -> Condition {
    Condition::equals("operation", s(intent.operation.clone()))
}

impl Store {
    /// The intent to create a code (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn promotion_intent(
        &self,
        code: &str,
    ) -> Result<Option<PromotionIntent>, StoreError> {
        let found = self.get(&self.names.operations, &key(code), "reading an intent").await?;
        found.map(|item| decode("an intent", item)).transpose()
    }
}
