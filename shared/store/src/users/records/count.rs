//! The number of users.

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, n, s},
    transaction::Condition,
};

impl Transaction {
    /// Counts users: exact, because it is part of the transaction that creates or erases one.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    #[expect(clippy::disallowed_methods, reason = "the choice of a shard need not be repeatable")]
    pub fn count_user(&mut self, by: i64) -> Result<(), StoreError> {
        // Sixteen counters share the work, so that many simultaneous registrations do not collide
        // on one item.
        let mut random = [0; 1];
        let shard = aws_lc_rs::rand::fill(&mut random).map_or(0, |()| random[0] % 16);
        let table = self.store().names().accounts.clone();
        self.update(
            Conflict::Count,
            &table,
            &Key::new("COUNT#users", format!("{shard:02}")),
            "ADD #total :by",
            Condition::none().name("#total", "total").value(":by", n(by)),
        )
    }
}

impl Store {
    /// The exact number of users: the sum of sixteen counters, one request.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn count_users(&self) -> Result<u64, StoreError> {
        let call = self
            .dynamo
            .query()
            .table_name(&self.names.accounts)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", s("COUNT#users"))
            .consistent_read(true);
        let answer =
            call.send().await.map_err(|cause| StoreError::unavailable("counting users", cause))?;
        let total: i64 = answer
            .items()
            .iter()
            .filter_map(|item| item.get("total")?.as_n().ok()?.parse::<i64>().ok())
            .sum();
        Ok(u64::try_from(total).unwrap_or(0))
    }
}
