//! Failed sign-ins for unknown addresses. They are counted and locked like an account's, since
//! otherwise the responses would reveal which addresses have one.

use aws_lc_rs::digest::{SHA256, digest};
use provost_domain::{
    Email, Timestamp,
    lockout::{Failures, REMEMBERED},
};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, decode, encode, n, s},
    records::{counted_try, email_claim},
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

/// The key: the address's digest, since the address itself must not be stored.
fn key(email: &Email) -> Key {
    Key::new(
        format!("THROTTLE#stranger#{}", hex::encode(digest(&SHA256, email.as_str().as_bytes()))),
        "FAILURES",
    )
}

/// The failures are unchanged since they were read. An expired item counts as absent.
fn as_read(read: Failures, now: Timestamp) -> Condition {
    let unchanged = if read.pending == 0 {
        Condition::expression(
            "attribute_not_exists(pk) OR (#count = :read AND attribute_not_exists(#pending)) OR #expires <= :today",
        )
    } else {
        Condition::expression("(#count = :read AND #pending = :pending) OR #expires <= :today")
            .value(":pending", n(read.pending))
    };
    unchanged
        .name("#count", "count")
        .name("#pending", "pending")
        .name("#expires", "expiresAt")
        .value(":read", n(read.count))
        .value(":today", s(now.to_string()))
}

impl Store {
    /// Counts an attempt at a password for an unknown address before it is checked; the same kind
    /// of request as [`Store::count_try`].
    ///
    /// # Errors
    /// `Conflict` when another request counted one since the failures were read; `Unavailable`.
    pub async fn count_unknown_login_try(
        &self,
        email: &Email,
        read: Failures,
        counted: Failures,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let expires_at = now.plus(REMEMBERED);
        let item: Item = encode(
            "failed sign-ins",
            &key(email),
            &Stored { failures: counted, expires_at, ttl: expires_at.seconds() },
        )?;
        let (mut set, mut remove) = (Vec::new(), Vec::new());
        let mut call = self
            .dynamo
            .update_item()
            .table_name(&self.names.operations)
            .set_key(Some(key(email).attributes()));
        for (at, name) in
            ["count", "lockedUntil", "lastAt", "pending", "pendingAt", "expiresAt", "ttl"]
                .into_iter()
                .enumerate()
        {
            call = call.expression_attribute_names(format!("#{at}"), name);
            match item.get(name) {
                Some(value) => {
                    set.push(format!("#{at} = :{at}"));
                    call = call.expression_attribute_values(format!(":{at}"), value.clone());
                }
                None => remove.push(format!("#{at}")),
            }
        }
        let update = format!(
            "SET {}{}{}",
            set.join(", "),
            if remove.is_empty() { "" } else { " REMOVE " },
            remove.join(", ")
        );
        let Condition { expression, names, values } = as_read(read, now);
        let mut call = call.update_expression(update).set_condition_expression(expression);
        for (placeholder, name) in names {
            call = call.expression_attribute_names(placeholder, name);
        }
        for (placeholder, value) in values {
            call = call.expression_attribute_values(placeholder, value);
        }
        counted_try(call.send().await)
    }

    /// The failures of an unknown address.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn unknown_login(
        &self,
        email: &Email,
        now: Timestamp,
    ) -> Result<Failures, StoreError> {
        // A batch of one, to make the same kind of request as the one that reads an account.
        let Some(item) =
            self.batch_get(&self.names.operations, vec![key(email)], true).await?.pop()
        else {
            return Ok(Failures::default());
        };
        let stored: Stored = decode("failed sign-ins", item)?;
        Ok(if now < stored.expires_at { stored.failures } else { Failures::default() })
    }
}

impl Transaction {
    /// Writes the failures of an unknown address, if no account has the address and the failures
    /// are unchanged since they were read.
    ///
    /// # Errors
    /// `Unreadable` when they cannot be serialized.
    pub fn save_unknown_login(
        &mut self,
        email: &Email,
        read: Failures,
        failures: Failures,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let expires_at = now.plus(REMEMBERED);
        let item = encode(
            "failed sign-ins",
            &key(email),
            &Stored { failures, expires_at, ttl: expires_at.seconds() },
        )?;
        let condition = as_read(read, now);
        let (accounts, operations) =
            (self.store().names().accounts.clone(), self.store().names().operations.clone());
        self.put(Conflict::Revision, &operations, item, condition)?;
        self.check(Conflict::Revision, &accounts, &email_claim(email), Condition::absent())
    }
}
