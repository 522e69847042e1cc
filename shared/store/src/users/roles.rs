//! Custom roles: one partition of few definitions, each with the number of its holders; the claims
//! on their names; and an item for each holder. They are in the table of the accounts, so that the
//! functions that read an account may also read what its roles give.

use std::collections::{BTreeMap, BTreeSet};

use provost_domain::{
    RoleId, Timestamp, User, UserId,
    page::{Page, PageRequest},
    role::Role,
};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, encode, n},
    records,
    transaction::Condition,
    walk::Walk,
};

const PARTITION: &str = "ROLES";
const PREFIX: &str = "ROLE#";
const HOLDER: &str = "HOLDER#";

/// The key of a role.
pub fn key(id: RoleId) -> Key {
    Key::new(PARTITION, format!("{PREFIX}{id}"))
}

fn name_key(name: &str) -> Key {
    Key::new(format!("ROLENAME#{name}"), "CLAIM")
}

fn holders(id: RoleId) -> String {
    format!("ROLEHOLDERS#{id}")
}

fn holder_key(id: RoleId, user: UserId) -> Key {
    Key::new(holders(id), format!("{HOLDER}{user}"))
}

/// The partition of an item.
#[derive(Deserialize)]
struct Place {
    pk: String,
}

/// The claim on a name.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NameClaim {
    role_id: RoleId,
}

/// A user who holds a role.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Holder {
    /// The user.
    pub user_id: UserId,
    /// When the user got the role.
    pub since: Timestamp,
}

impl Transaction {
    /// Adds a role; [`Conflict::RoleName`] when another has its name.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn create_role(&mut self, role: &Role) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        self.put(
            Conflict::Role,
            &table,
            encode("a role", &key(role.id), role)?,
            Condition::absent(),
        )?;
        self.claim_role_name(role)
    }

    fn claim_role_name(&mut self, role: &Role) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        let claim =
            encode("a claim", &name_key(&role.name_key()), &NameClaim { role_id: role.id })?;
        self.put(Conflict::RoleName, &table, claim, Condition::absent())
    }

    fn release_role_name(&mut self, role: &Role) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        self.delete(Conflict::RoleName, &table, &name_key(&role.name_key()), Condition::none())
    }

    /// Writes a changed role, on condition that neither its definition nor the number of its holders
    /// has changed since it was read; [`Conflict::RoleName`] when another has its new name.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn save_role(&mut self, before: &Role, after: &Role) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        self.put(
            Conflict::Role,
            &table,
            encode("a role", &key(after.id), after)?,
            as_read(before),
        )?;
        if before.name_key() == after.name_key() {
            return Ok(());
        }
        self.claim_role_name(after)?;
        self.release_role_name(before)
    }

    /// Removes a role and frees its name, on condition that it is as it was read, without holders.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn remove_role(&mut self, role: &Role) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        self.delete(Conflict::Role, &table, &key(role.id), as_read(role))?;
        self.release_role_name(role)
    }

    /// Notes that a user gets a role, on condition that its definition is as it was read. The account
    /// is written in the same transaction.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn add_role_holder(
        &mut self,
        role: &Role,
        user: UserId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        let same = Condition::expression("#version = :version")
            .name("#version", "version")
            .name("#holders", "holders")
            .value(":version", n(role.version))
            .value(":by", n(1));
        self.update(Conflict::Role, &table, &key(role.id), "ADD #holders :by", same)?;
        let holder = Holder { user_id: user, since: now };
        let item = encode("a holder", &holder_key(role.id, user), &holder)?;
        self.put(Conflict::RoleHolder, &table, item, Condition::absent())
    }

    /// Notes that a user no longer has a role. The account is written or removed in the same
    /// transaction.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn remove_role_holder(&mut self, role: RoleId, user: UserId) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        let there = Condition::present().name("#holders", "holders").value(":by", n(-1));
        self.update(Conflict::Role, &table, &key(role), "ADD #holders :by", there)?;
        let held = Condition::present();
        self.delete(Conflict::RoleHolder, &table, &holder_key(role, user), held)
    }

    /// Notes which custom roles a user no longer has after a change.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn release_roles(&mut self, before: &User, after: &User) -> Result<(), StoreError> {
        let kept: BTreeSet<_> = after.roles.custom().collect();
        for role in before.custom_roles.keys().filter(|role| !kept.contains(role)) {
            self.remove_role_holder(*role, before.user_id)?;
        }
        Ok(())
    }
}

fn as_read(role: &Role) -> Condition {
    Condition::expression("#version = :version AND #holders = :holders")
        .name("#version", "version")
        .name("#holders", "holders")
        .value(":version", n(role.version))
        .value(":holders", n(role.holders))
}

impl Store {
    /// Reads a role (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn role(&self, id: RoleId) -> Result<Option<Role>, StoreError> {
        let found = self.get(&self.names.accounts, &key(id), "reading a role").await?;
        found.map(|item| decode("a role", item)).transpose()
    }

    /// All custom roles, oldest first.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn roles(&self, request: &PageRequest) -> Result<Page<Role>, StoreError> {
        let walk = Walk::of_table(&self.names.accounts, PARTITION).beginning("sk", PREFIX);
        let page = self.page(&walk, request, None).await?;
        let rows =
            page.rows.into_iter().map(|item| decode("a role", item)).collect::<Result<_, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }

    /// The users who hold a role, oldest accounts first.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn role_holders(
        &self,
        role: &Role,
        request: &PageRequest,
    ) -> Result<Page<Holder>, StoreError> {
        let walk = Walk::of_table(&self.names.accounts, holders(role.id)).beginning("sk", HOLDER);
        let page = self.page(&walk, request, Some(role.holders)).await?;
        let rows =
            page.rows.into_iter().map(|item| decode("a holder", item)).collect::<Result<_, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }

    /// Reads accounts, and the definitions of the custom roles that they had when they were last
    /// read, in one strongly consistent request. Their order is undefined.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn accounts(&self, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
        let hinted = self.role_hints.of(ids);
        let keys: Vec<_> =
            ids.iter().copied().map(records::key).chain(hinted.into_iter().map(key)).collect();
        let rows = match keys.as_slice() {
            [one] => self
                .get_row(&self.names.accounts, one, "reading a user")
                .await?
                .into_iter()
                .collect(),
            many => self.get_rows(&self.names.accounts, many).await?,
        };
        let (mut users, mut known) = (Vec::new(), BTreeMap::new());
        for row in rows {
            let Place { pk } = decode("a key", row.clone())?;
            if pk == PARTITION {
                let role: Role = decode("a role", row)?;
                known.insert(role.id, role);
            } else {
                users.push(records::read(row)?);
            }
        }
        self.complete_with(users.iter_mut(), known).await?;
        Ok(users)
    }

    /// Completes accounts that were just read: adds the definitions of their custom roles, as they
    /// are now, and removes grants and denials that have ended. Without custom roles it reads
    /// nothing.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub(crate) async fn complete<'u>(
        &self,
        users: impl IntoIterator<Item = &'u mut User>,
    ) -> Result<(), StoreError> {
        self.complete_with(users, BTreeMap::new()).await
    }

    /// The same with definitions that were read together with the accounts.
    async fn complete_with<'u>(
        &self,
        users: impl IntoIterator<Item = &'u mut User>,
        mut known: BTreeMap<RoleId, Role>,
    ) -> Result<(), StoreError> {
        let mut users: Vec<_> = users.into_iter().collect();
        let now = self.now();
        let mut missing = BTreeSet::new();
        for user in &mut users {
            user.forget_ended(now);
            let held: Vec<_> = user.roles.custom().collect();
            missing.extend(held.iter().copied().filter(|id| !known.contains_key(id)));
            self.role_hints.remember(user.user_id, held);
        }
        if !missing.is_empty() {
            let keys = missing.into_iter().map(key).collect();
            for item in self.batch_get(&self.names.accounts, keys, true).await? {
                let role: Role = decode("a role", item)?;
                known.insert(role.id, role);
            }
        }
        for user in users {
            let held: Vec<_> = user.roles.custom().collect();
            let held = held.into_iter().filter_map(|id| Some((id, known.get(&id)?.definition())));
            user.custom_roles = held.collect();
        }
        Ok(())
    }

    /// The same for one account, which may not exist.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub(crate) async fn completed(
        &self,
        mut user: Option<User>,
    ) -> Result<Option<User>, StoreError> {
        self.complete(user.as_mut()).await?;
        Ok(user)
    }
}
