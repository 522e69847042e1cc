//! Failed sign-ins for addresses that nobody has. They are counted and locked as an account's are, or the answers would tell which addresses have one.

use aws_lc_rs::digest::{SHA256, digest};
use provost_domain::{
    Email, Timestamp,
    lockout::{Failures, REMEMBERED},
};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError, Transaction,
    item::{Key, decode, encode, n, s},
    principals::{REVISION, email_claim},
    transaction::Condition,
};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    #[serde(flatten)]
    failures: Failures,
    expires_at: Timestamp,
    ttl: i64,
}

/// Where they stand: under the address's digest, since it is none of ours to keep.
fn key(email: &Email) -> Key {
    Key::new(format!("THROTTLE#stranger#{}", hex::encode(digest(&SHA256, email.as_str().as_bytes()))), "FAILURES")
}

impl Store {
    /// The failures of an address that nobody has.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn stranger(&self, email: &Email, now: Timestamp) -> Result<Failures, StoreError> {
        // A batch of one, so that it is the same kind of request as the one that reads an account.
        let Some(item) = self.batch_get(&self.names.operations, vec![key(email)], true).await?.pop() else {
            return Ok(Failures::default());
        };
        let stored: Stored = decode("failed sign-ins", item)?;
        Ok(if now < stored.expires_at { stored.failures } else { Failures::default() })
    }
}

impl Transaction {
    /// Writes the failures of an address that nobody has, as long as nobody has it and nobody wrote them since they were read.
    ///
    /// # Errors
    /// `Unreadable` when they have no form as an item.
    pub fn save_stranger(&mut self, email: &Email, read: Failures, failures: Failures, now: Timestamp) -> Result<(), StoreError> {
        let expires_at = now.plus(REMEMBERED);
        let item = encode("failed sign-ins", &key(email), &Stored { failures, expires_at, ttl: expires_at.seconds() })?;
        let condition = Condition::expression("attribute_not_exists(pk) OR #count = :read OR expiresAt <= :now")
            .name("#count", "count")
            .value(":read", n(read.count))
            .value(":now", s(now.to_string()));
        let (accounts, operations) = (self.store().names().accounts.clone(), self.store().names().operations.clone());
        self.put(REVISION, &operations, item, condition)?;
        self.check(REVISION, &accounts, &email_claim(email), Condition::absent())
    }
}
