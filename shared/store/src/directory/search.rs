//! Finds users by the beginning of a name or an email address, or by a complete id: both prefix
//! indexes are read to the end, so that the total is exact and each user appears once.

use std::collections::{BTreeSet, HashMap};

use futures_util::future::try_join3;
use provost_domain::{
    BuiltInRole, Email, Status, Timestamp, User, UserId,
    page::{Page, PageRequest},
    text, unique_id,
    user::Suspension,
};
use serde::Deserialize;

use super::{EVERYBODY, Filter, Order, Standing, UserRow, row, status_at};
use crate::{Store, StoreError, item::decode, records::key, walk::Walk};

/// The attributes in the prefix indexes: enough to filter and to order, not to show.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Facts {
    user_id: UserId,
    role: BuiltInRole,
    status: Status,
    #[serde(default)]
    suspension: Option<Suspension>,
    created_at: Timestamp,
    last_active_key: String,
    storage_used: u64,
}

impl Facts {
    fn of(user: User) -> Self {
        Self {
            user_id: user.user_id,
            role: user.role,
            status: user.status,
            suspension: user.suspension,
            created_at: user.created_at,
            last_active_key: crate::records::last_active_key(user.last_login_at),
            storage_used: user.storage_used,
        }
    }

    /// The position in an order, as text that sorts as the order does.
    fn place(&self, order: Order) -> String {
        match order {
            Order::Recent => self.created_at.to_string(),
            Order::Active => self.last_active_key.clone(),
            Order::Storage => format!("{:020}", self.storage_used),
        }
    }
}

impl Filter {
    /// The same filter as that of [`Filter::walk`], on attributes in memory.
    fn accepts(&self, facts: &Facts) -> bool {
        let status = status_at(facts.status, facts.suspension.as_ref(), self.now);
        let kind = facts.suspension.as_ref().map(|suspension| suspension.kind);
        self.role.is_none_or(|role| facts.role == role)
            && self.created_after.is_none_or(|after| facts.created_at > after)
            && self.standing.is_none_or(|standing| match standing {
                Standing::In(wanted) => status == wanted,
                Standing::Stopped(wanted) => status == Status::Suspended && kind == Some(wanted),
            })
    }
}

/// No request is made for a text that cannot be a unique id.
pub(crate) fn may_be_unique_id(text: &str) -> bool {
    text.len() >= 4 && unique_id::parse(text).is_ok()
}

impl Store {
    pub(super) async fn search_users(
        &self,
        filter: &Filter,
        order: Order,
        search: &str,
        request: &PageRequest,
    ) -> Result<Page<UserRow>, StoreError> {
        let table = &self.names.accounts;
        // Names that were not saved since the normal form changed are stored in the earlier form.
        let by_name = text::folds(search)
            .into_iter()
            .map(|form| {
                Walk::of_index(table, "users-by-name", "directory", EVERYBODY, "nameKey")
                    .beginning("nameKey", form)
            })
            .collect::<Vec<_>>();
        let by_email = [Walk::of_index(table, "users-by-email", "directory", EVERYBODY, "email")
            .beginning("email", Email::beginning(search))];
        let (named, addressed, exact) = try_join3(
            self.facts(&by_name, filter, order),
            self.facts(&by_email, filter, order),
            self.exact(search.trim(), filter, order),
        )
        .await?;

        // By id: a user in both indexes is listed once, even while one index lags behind the other.
        let found: HashMap<UserId, String> =
            named.into_iter().chain(addressed).chain(exact).collect();
        let mut found: Vec<(String, UserId)> =
            found.into_iter().map(|(user, place)| (place, user)).collect();
        found.sort_unstable_by(|a, b| b.cmp(a));

        let start = match request.after() {
            Some(position) => {
                let last: (String, UserId) = serde_json::from_str(position)
                    .map_err(|cause| StoreError::unreadable("a position", cause))?;
                found.partition_point(|row| *row >= last)
            }
            None => usize::try_from(request.skip()).unwrap_or(usize::MAX).min(found.len()),
        };
        let end = start.saturating_add(request.limit as usize).min(found.len());
        let next = if end < found.len() && end > start {
            serde_json::to_string(&found[end - 1]).ok()
        } else {
            None
        };
        let users: Vec<UserId> = found[start..end].iter().map(|(_, user)| *user).collect();
        Ok(Page { rows: self.user_rows(&users).await?, total: found.len() as u64, next })
    }

    async fn facts(
        &self,
        walks: &[Walk],
        filter: &Filter,
        order: Order,
    ) -> Result<Vec<(UserId, String)>, StoreError> {
        let mut found = Vec::new();
        for walk in walks {
            found.extend(self.facts_of(walk, filter, order).await?);
        }
        Ok(found)
    }

    async fn facts_of(
        &self,
        walk: &Walk,
        filter: &Filter,
        order: Order,
    ) -> Result<Vec<(UserId, String)>, StoreError> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let (items, next) = self.next_items(walk, after.take()).await?;
            for item in items {
                let facts: Facts = decode("a user in an index", item)?;
                if filter.accepts(&facts) {
                    found.push((facts.user_id, facts.place(order)));
                }
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(found),
            }
        }
    }

    async fn exact(
        &self,
        search: &str,
        filter: &Filter,
        order: Order,
    ) -> Result<Option<(UserId, String)>, StoreError> {
        let user = match search.parse() {
            Ok(user) => Some(user),
            Err(_) if may_be_unique_id(search) => self.owner_of_unique_id(search).await?,
            Err(_) => None,
        };
        let Some(user) = user else { return Ok(None) };
        let facts = self.user(user).await?.map(Facts::of).filter(|facts| filter.accepts(facts));
        Ok(facts.map(|facts| (facts.user_id, facts.place(order))))
    }

    /// The rows of users in the given order; users who were erased are left out.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn user_rows(&self, users: &[UserId]) -> Result<Vec<UserRow>, StoreError> {
        let distinct: BTreeSet<UserId> = users.iter().copied().collect();
        let keys = distinct.into_iter().map(key).collect();
        let items = self.batch_get(&self.names.accounts, keys, false).await?;
        let mut rows = items
            .into_iter()
            .map(|item| row(item).map(|row| (row.user_id, row)))
            .collect::<Result<HashMap<_, _>, _>>()?;
        // Users who were erased between the two reads are left out.
        Ok(users.iter().filter_map(|user| rows.remove(user)).collect())
    }
}

#[cfg(test)]
mod tests {
    use provost_domain::user::SuspensionKind;

    use super::*;

    const NOW: &str = "2026-11-20T16:00:00Z";

    fn facts(status: Status, suspension: Option<(SuspensionKind, Option<&str>)>) -> Facts {
        let suspension = suspension.map(|(kind, end)| Suspension {
            id: None,
            kind,
            reason: "spam".to_owned(),
            by: "psn_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
            at: "2026-11-01".parse().unwrap(),
            expires_at: end.map(|end| end.parse().unwrap()),
            before: Status::Inactive,
        });
        Facts {
            user_id: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
            role: BuiltInRole::Staff,
            status,
            suspension,
            created_at: "2026-11-20T15:00:00Z".parse().unwrap(),
            last_active_key: "0".to_owned(),
            storage_used: 1 << 40,
        }
    }

    #[test]
    fn a_ban_is_over_at_its_exact_expiry() {
        let filter = |standing| Filter {
            standing: Some(standing),
            ..Filter::everybody(NOW.parse().unwrap())
        };
        let banned = filter(Standing::Stopped(SuspensionKind::Ban));
        let over = facts(Status::Suspended, Some((SuspensionKind::Ban, Some(NOW))));
        assert!(!banned.accepts(&over));
        assert!(filter(Standing::In(Status::Inactive)).accepts(&over));
        let lasting =
            facts(Status::Suspended, Some((SuspensionKind::Ban, Some("2026-11-20T16:00:00.001Z"))));
        assert!(banned.accepts(&lasting));
        assert!(!filter(Standing::Stopped(SuspensionKind::Suspension)).accepts(&lasting));
        assert!(filter(Standing::In(Status::Suspended)).accepts(&lasting));
    }

    #[test]
    fn created_after_is_exclusive() {
        let filter = |after: &str| Filter {
            created_after: Some(after.parse().unwrap()),
            ..Filter::everybody(NOW.parse().unwrap())
        };
        assert!(!filter("2026-11-20T15:00:00Z").accepts(&facts(Status::Active, None)));
        assert!(filter("2026-11-20T14:59:59.999Z").accepts(&facts(Status::Active, None)));
    }

    #[test]
    fn bytes_sort_as_numbers() {
        let small = Facts { storage_used: 9, ..facts(Status::Active, None) };
        assert!(small.place(Order::Storage) < facts(Status::Active, None).place(Order::Storage));
    }
}
