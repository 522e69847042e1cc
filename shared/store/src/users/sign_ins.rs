//! Sign-ins: one item for each attempt, in the user's partition, newest last; TTL removes it after
//! 90 days.

use provost_domain::{
    SessionId, Timestamp, UserId,
    page::{Page, PageFrom, PageRequest},
    session::{HISTORY, SignIn, oldest_kept},
};
use serde::Serialize;

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, encode},
    records::partition,
    transaction::Condition,
    walk::Walk,
};

/// The prefix of the sort key; the ids sort by time.
pub const PREFIX: &str = "SIGNIN#";

/// The key of an attempt.
pub fn key(user: UserId, id: SessionId) -> Key {
    Key::new(partition(user), format!("{PREFIX}{id}"))
}

#[derive(Serialize)]
struct Stored<'a> {
    #[serde(flatten)]
    sign_in: &'a SignIn,
    ttl: i64,
}

impl Transaction {
    /// Records an attempt.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn add_sign_in(&mut self, user: UserId, sign_in: &SignIn) -> Result<(), StoreError> {
        let stored = Stored { sign_in, ttl: sign_in.created_at.plus(HISTORY).seconds() };
        let (item, table) = (
            encode("a sign-in", &key(user, sign_in.id), &stored)?,
            self.store().names().accounts.clone(),
        );
        self.put(Conflict::SignIn, &table, item, Condition::none())
    }
}

/// TTL removes items late; the range leaves out expired ones.
fn history(store: &Store, user: UserId, now: Timestamp) -> Walk {
    Walk::of_table(&store.names.accounts, partition(user))
        .between("sk", format!("{PREFIX}{}", oldest_kept(now)), format!("{PREFIX}~"))
        .backward()
}

impl Store {
    /// The attempts that created these sessions.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn sign_ins(
        &self,
        user: UserId,
        sessions: impl IntoIterator<Item = SessionId>,
    ) -> Result<Vec<SignIn>, StoreError> {
        let keys: Vec<_> = sessions.into_iter().map(|id| key(user, id)).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let items = self.batch_get(&self.names.accounts, keys, true).await?;
        let mut found = items
            .into_iter()
            .map(|item| decode::<SignIn>("a sign-in", item))
            .collect::<Result<Vec<_>, _>>()?;
        found.sort_by_key(|sign_in| std::cmp::Reverse(sign_in.id));
        Ok(found)
    }

    /// The impersonations of a user by staff during the last 90 days, newest first.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn impersonations(
        &self,
        user: UserId,
        request: &PageRequest,
        now: Timestamp,
    ) -> Result<Page<SignIn>, StoreError> {
        let walk = history(self, user, now).filter(
            "attribute_exists(#by)",
            &[("#by", "impersonatedBy")],
            Vec::new(),
        );
        let page = self.page(&walk, request, None).await?;
        let rows = page
            .rows
            .into_iter()
            .map(|item| decode("a sign-in", item))
            .collect::<Result<_, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }

    /// A user's attempts of the last 90 days, newest first.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn login_history(
        &self,
        user: UserId,
        request: &PageRequest,
        now: Timestamp,
    ) -> Result<Page<SignIn>, StoreError> {
        // Staff who acted as the user are in a list of their own.
        let walk = history(self, user, now).filter(
            "attribute_not_exists(#by)",
            &[("#by", "impersonatedBy")],
            Vec::new(),
        );
        let page = self.page(&walk, request, None).await?;
        let rows = page
            .rows
            .into_iter()
            .map(|item| decode("a sign-in", item))
            .collect::<Result<_, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }

    /// The latest attempts up to a maximum, newest first; earlier ones are not read.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn latest_sign_ins(
        &self,
        user: UserId,
        most: u32,
        now: Timestamp,
    ) -> Result<Vec<SignIn>, StoreError> {
        let request = PageRequest { from: PageFrom::Page(1), limit: most };
        // The total is not needed, and counting would read all attempts.
        let page = self.page(&history(self, user, now), &request, Some(0)).await?;
        page.rows.into_iter().map(|item| decode("a sign-in", item)).collect()
    }
}
