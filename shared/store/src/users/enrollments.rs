//! Enrolments of users in programs of other services, in their partition.

use provost_domain::{UserId, enrollment::Enrollment};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, encode, n},
    records::partition,
    transaction::Condition,
    walk::Walk,
};

/// The prefix of the sort keys of enrolments.
pub const PREFIX: &str = "ENROLLMENT#";

/// The key of an enrolment.
pub fn key(user: UserId, program: &str) -> Key {
    Key::new(partition(user), format!("{PREFIX}{program}"))
}

impl Store {
    /// Reads the enrolment of a user in a program (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn enrollment(
        &self,
        user: UserId,
        program: &str,
    ) -> Result<Option<Enrollment>, StoreError> {
        let key = key(user, program);
        let found = self.get(&self.names.accounts, &key, "reading an enrolment").await?;
        found.map(|item| decode("an enrolment", item)).transpose()
    }
}

impl Store {
    /// Reads all enrolments of a user (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn enrollments(&self, user: UserId) -> Result<Vec<Enrollment>, StoreError> {
        let walk = Walk::of_table(&self.names.accounts, partition(user)).beginning("sk", PREFIX);
        let (mut enrollments, mut after) = (Vec::new(), None);
        loop {
            let (items, next) = self.next_items(&walk, after.take()).await?;
            for item in items {
                enrollments.push(decode("an enrolment", item)?);
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(enrollments),
            }
        }
    }
}

impl Transaction {
    /// Records an enrolment, on condition that none of the same or a higher version is recorded.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn record_enrollment(
        &mut self,
        user: UserId,
        enrollment: &Enrollment,
    ) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        let key = key(user, &enrollment.program_id);
        let later = Condition::expression("attribute_not_exists(pk) OR #version < :version")
            .name("#version", "version")
            .value(":version", n(enrollment.version));
        self.put(Conflict::Enrollment, &table, encode("an enrolment", &key, enrollment)?, later)
    }
}
