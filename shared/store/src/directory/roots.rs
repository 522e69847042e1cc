//! Somebody always can: the last active root administrator is never demoted, suspended or deleted.
//!
//! There is no counter that could drift. Whoever takes a root administrator away names another one who stays, and the same transaction demands of that person's own
//! item that they still are one. Of two root administrators who remove each other at the same moment, one loses, because the witness is the very item that the other changes.

use provost_domain::{BuiltInRole, Code, Principal, Refused, Status, UserId};

use super::{EVERYBODY, Order, row};
use crate::{
    Store, StoreError, Transaction,
    item::s,
    principals::{REVISION, key},
    transaction::Condition,
    walk::Walk,
};

/// Whether this person is a root administrator who can act.
pub fn is_active_root(principal: &Principal) -> bool {
    principal.role == BuiltInRole::RootAdmin && principal.status == Status::Active
}

impl Transaction {
    /// Keeps an active root administrator: to be called with every change that may suspend, demote or delete one. It costs nothing unless this change does.
    ///
    /// `actor` is the one who makes the change; when that is another active root administrator, they are the witness and nothing is read. Otherwise (someone leaves
    /// by themselves, or an operator acts from the command line) a witness is looked for, the oldest account first.
    ///
    /// When the witness ceases to be one before the change is written, the transaction fails under [`REVISION`], so that the request is decided anew.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`. The refusal, `LAST_SUPERADMIN`, is in the answer.
    pub async fn keep_a_root(
        &mut self,
        before: &Principal,
        after: &Principal,
        actor: Option<&Principal>,
    ) -> Result<Result<(), Refused>, StoreError> {
        if !is_active_root(before) || is_active_root(after) {
            return Ok(Ok(()));
        }
        let acting = actor.filter(|actor| is_active_root(actor) && actor.user_id != before.user_id).map(|actor| actor.user_id);
        let witness = match acting {
            Some(witness) => Some(witness),
            None => self.store().another_root(before.user_id).await?,
        };
        let Some(witness) = witness else {
            return Ok(Err(Refused::new(Code::LastSuperadmin, "This is the last active root administrator; make someone else one first.")));
        };
        let condition = Condition::expression("#role = :role AND #status = :active")
            .name("#role", "role")
            .name("#status", "status")
            .value(":role", s(BuiltInRole::RootAdmin.as_str()))
            .value(":active", s(Status::Active.as_str()));
        let table = self.store().names().accounts.clone();
        self.check(REVISION, &table, &key(witness), condition)?;
        Ok(Ok(()))
    }
}

impl Store {
    /// The oldest account with the role of a root administrator, whatever its status.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn oldest_root(&self) -> Result<Option<Principal>, StoreError> {
        let (index, range) = Order::Recent.index();
        let walk = Walk::of_index(&self.names.accounts, index, "directory", EVERYBODY, range).filter(
            "#role = :role",
            &[("#role", "role")],
            vec![(":role", s(BuiltInRole::RootAdmin.as_str()))],
        );
        let mut after = None;
        loop {
            let (items, next) = self.next_items(&walk, after.take()).await?;
            for item in items {
                // The index may lag behind the account.
                let found = self.principal(row(item)?.user_id).await?;
                if let Some(root) = found.filter(|found| found.role == BuiltInRole::RootAdmin) {
                    return Ok(Some(root));
                }
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(None),
            }
        }
    }

    /// An active root administrator other than this person. Oldest first, since the first root administrator is among the first accounts of a deployment.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    async fn another_root(&self, except: UserId) -> Result<Option<UserId>, StoreError> {
        let walk = oldest_roots(&self.names.accounts);
        let mut after = None;
        loop {
            let (items, next) = self.next_items(&walk, after.take()).await?;
            for item in items {
                let candidate = row(item)?.user_id;
                // The index may lag behind; the person's own item decides, now and again in the transaction.
                if candidate != except && self.principal(candidate).await?.as_ref().is_some_and(is_active_root) {
                    return Ok(Some(candidate));
                }
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(None),
            }
        }
    }
}

fn oldest_roots(table: &str) -> Walk {
    let (index, range) = Order::Recent.index();
    Walk::of_index(table, index, "directory", EVERYBODY, range).filter(
        "#role = :role AND #status = :active",
        &[("#role", "role"), ("#status", "status")],
        vec![(":role", s(BuiltInRole::RootAdmin.as_str())), (":active", s(Status::Active.as_str()))],
    )
}
