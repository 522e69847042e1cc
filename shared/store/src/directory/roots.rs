//! Keeps at least one root administrator: the only one who can act is never demoted, suspended or
//! deleted.
//!
//! There is no counter that could drift. A change that removes a root administrator names another
//! one who stays, the witness, and the same transaction requires of the witness's own items that
//! they are still a root administrator and can sign in. Of two root administrators who remove each
//! other at the same time, one fails, because the witness is the very item that the other changes.

use aws_sdk_dynamodb::types::AttributeValue;
use provost_domain::{BuiltInRole, Status, Timestamp, User, UserId};

use super::{by_registration, everybody::Id};
use crate::{
    Conflict, Store, StoreError, Transaction, credentials,
    item::{Item, decode, s},
    records::key,
    transaction::Condition,
    walk::Walk,
};

/// Whether this user is a root administrator in normal use.
pub fn is_active_root(user: &User) -> bool {
    user.is_root() && user.status == Status::Active
}

/// What a user can do as a root administrator. A confirmed one can only be replaced by a confirmed
/// one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Power {
    /// Nothing: no root administrator, or one who cannot use the account.
    None,
    /// Everything, although the email address is not confirmed.
    Unconfirmed,
    /// Everything.
    Full,
}

impl Power {
    fn of(user: &User, now: Timestamp) -> Self {
        if !user.is_root() || user.check_usable(now).is_err() {
            return Self::None;
        }
        if user.status == Status::PendingVerification { Self::Unconfirmed } else { Self::Full }
    }

    /// The condition that a stored user has at least this power.
    fn condition(self) -> Condition {
        let condition = match self {
            Self::None | Self::Unconfirmed => {
                Condition::expression("#role = :role AND #status IN (:active, :pending)")
                    .value(":pending", s(Status::PendingVerification.as_str()))
            }
            Self::Full => Condition::expression("#role = :role AND #status = :active"),
        };
        condition
            .name("#role", "role")
            .name("#status", "status")
            .value(":role", s(BuiltInRole::RootAdmin.as_str()))
            .value(":active", s(Status::Active.as_str()))
    }
}

impl Transaction {
    /// Keeps a root administrator who can act, and returns whether there is one. Part of every change
    /// that may suspend, demote or delete one; it makes no request otherwise.
    ///
    /// `actor` is the user who makes the change; an actor who is another root administrator and can
    /// sign in is the witness. Otherwise (a user deletes their own account, or an operator acts
    /// from the command line) a witness is searched, the oldest account first.
    ///
    /// When the witness is no longer a root administrator before the change is written, the
    /// transaction fails with [`Conflict::Revision`], so that the request is evaluated again.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn keep_root(
        &mut self,
        before: &User,
        after: &User,
        actor: Option<&User>,
    ) -> Result<bool, StoreError> {
        // The change contains its own time.
        let needed = Power::of(before, after.updated_at);
        if Power::of(after, after.updated_at) >= needed {
            return Ok(true);
        }
        self.keep_another_root(before.user_id, needed, actor).await
    }

    /// The same for a change after which a root administrator must set a new password before
    /// signing in.
    ///
    /// # Errors
    /// As [`Self::keep_root`].
    pub async fn keep_root_besides(
        &mut self,
        locked_out: &User,
        actor: Option<&User>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        match Power::of(locked_out, now) {
            Power::None => Ok(true),
            needed => self.keep_another_root(locked_out.user_id, needed, actor).await,
        }
    }

    async fn keep_another_root(
        &mut self,
        except: UserId,
        needed: Power,
        actor: Option<&User>,
    ) -> Result<bool, StoreError> {
        let store = self.store().clone();
        let witness = match actor {
            Some(actor) if actor.user_id != except && store.can_stay(actor, needed).await? => {
                Some(actor.user_id)
            }
            _ => store.another_root(except, needed).await?,
        };
        let Some(witness) = witness else { return Ok(false) };
        let table = store.names().accounts.clone();
        self.check(Conflict::Revision, &table, &key(witness), needed.condition())?;
        let can_sign_in = Condition::expression(
            "attribute_exists(pk) AND (attribute_not_exists(mustReset) OR mustReset = :no)",
        )
        .value(":no", AttributeValue::Bool(false));
        self.check(Conflict::Revision, &table, &credentials::key(witness), can_sign_in)?;
        Ok(true)
    }
}

impl Store {
    /// The oldest account with the role of a root administrator, in any status.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn oldest_root(&self) -> Result<Option<User>, StoreError> {
        let walk = by_registration(&self.names.accounts).filter(
            "#role = :role",
            &[("#role", "role")],
            vec![(":role", s(BuiltInRole::RootAdmin.as_str()))],
        );
        let mut after = None;
        loop {
            let (items, next) = self.next_items(&walk, after.take()).await?;
            for item in items {
                // The index may lag behind the account.
                let found = self.user(listed(item)?).await?;
                if let Some(root) = found.filter(User::is_root) {
                    return Ok(Some(root));
                }
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(None),
            }
        }
    }

    /// Whether a root administrator can be the witness: with at least this power, and able to sign
    /// in.
    async fn can_stay(&self, user: &User, needed: Power) -> Result<bool, StoreError> {
        let status = match needed {
            Power::Full => user.status == Status::Active,
            Power::None | Power::Unconfirmed => {
                matches!(user.status, Status::Active | Status::PendingVerification)
            }
        };
        if !user.is_root() || !status {
            return Ok(false);
        }
        Ok(self.credential(user.user_id).await?.is_some_and(|credential| !credential.must_reset))
    }

    /// Another root administrator who can be the witness. Oldest first, since the first root
    /// administrator is among the first accounts of a deployment.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    async fn another_root(
        &self,
        except: UserId,
        needed: Power,
    ) -> Result<Option<UserId>, StoreError> {
        let walk = oldest_roots(&self.names.accounts);
        let mut after = None;
        loop {
            let (items, next): (Vec<Item>, _) = self.next_items(&walk, after.take()).await?;
            for item in items {
                let candidate = listed(item)?;
                // The index may lag behind; the account itself decides, now and again in the
                // transaction.
                if candidate != except
                    && let Some(user) = self.user(candidate).await?
                    && self.can_stay(&user, needed).await?
                {
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
    by_registration(table).filter(
        "#role = :role AND #status IN (:active, :pending)",
        &[("#role", "role"), ("#status", "status")],
        vec![
            (":role", s(BuiltInRole::RootAdmin.as_str())),
            (":active", s(Status::Active.as_str())),
            (":pending", s(Status::PendingVerification.as_str())),
        ],
    )
}

fn listed(item: Item) -> Result<UserId, StoreError> {
    decode::<Id>("a user's row", item).map(|row| row.user_id)
}
