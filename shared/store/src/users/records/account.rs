//! Reading and writing of accounts.

use aws_sdk_dynamodb::types::AttributeValue;
use provost_domain::{ProductId, Timestamp, User, UserId};
use serde::Serialize;

use super::{
    claims::{Claim, email_claim, free_for, phone_claim, unique_id_claim, username_claim},
    subjects::{SubjectItem, subject_key},
};
use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, decode, encode, n},
    transaction::Condition,
    wire,
};

/// The partition of everything that belongs to a user.
pub fn partition(user: UserId) -> String {
    format!("USER#{user}")
}

/// The key of an account.
pub fn key(user: UserId) -> Key {
    Key::new(partition(user), "PRINCIPAL")
}

/// An account with the attributes that only the indexes need. Release 0.1.0 also wrote
/// `lastActiveKey`, and `nameKey` for every account.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stored<'a> {
    #[serde(flatten)]
    user: &'a User,
    directory: &'static str,
    /// The name shown in lists.
    name: String,
    /// The name of a banned account, for the fraud rule about namesakes: the index of names has no
    /// others.
    #[serde(skip_serializing_if = "Option::is_none")]
    name_key: Option<String>,
    /// The plan that was applied, and when: the index of plans contains only users with a plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan_id: Option<ProductId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan_at: Option<Timestamp>,
}

/// An account as an item, for the transaction that writes it.
///
/// # Errors
/// `Unreadable` when it cannot be serialized.
fn item(user: &User) -> Result<Item, StoreError> {
    let plan = user.entitlements.plan.as_ref();
    let stored = Stored {
        user,
        plan_id: plan.map(|plan| plan.id),
        plan_at: plan.map(|plan| plan.at),
        directory: "users",
        name: user.name(),
        // An index key cannot be empty.
        name_key: user.is_banned().then(|| user.name_key()).filter(|name| !name.is_empty()),
    };
    encode("a user", &key(user.user_id), &stored)
}

// Past the point of no return of an erasure, no other change to the account is possible, whatever
// was read before.
pub(super) fn as_read(user: &User) -> Condition {
    Condition::expression("#revision = :read AND (attribute_not_exists(#deletion.#executing) OR #deletion.#executing = :no)")
        .name("#revision", "revision")
        .name("#deletion", "deletion")
        .name("#executing", "executing")
        .value(":read", n(user.revision))
        .value(":no", AttributeValue::Bool(false))
}

/// Reads an account from an item.
///
/// # Errors
/// `Unreadable` for an item in another format.
pub fn read(item: impl wire::Stored) -> Result<User, StoreError> {
    decode("a user", item)
}

impl Transaction {
    /// Creates a user: account, claims and pseudonym. The labels of the claims name the field that
    /// is in use.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn create_user(&mut self, user: &User) -> Result<(), StoreError> {
        self.create_users([user])
    }

    /// Creates several users, and counts them with one write.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn create_users<'a>(
        &mut self,
        users: impl IntoIterator<Item = &'a User>,
    ) -> Result<(), StoreError> {
        let mut created = 0;
        for user in users {
            self.put_account(user)?;
            created += 1;
        }
        self.count_user(created)
    }

    fn put_account(&mut self, user: &User) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        let claim = Claim::of(user.user_id);
        self.note_written(user.user_id, user.revision);
        self.put(Conflict::UserEntry, &table, item(user)?, Condition::absent())?;
        self.put(
            Conflict::Email,
            &table,
            encode("a claim", &email_claim(&user.email), &claim)?,
            Condition::absent(),
        )?;
        if let Some(username) = &user.username {
            self.put(
                Conflict::Username,
                &table,
                encode("a claim", &username_claim(username), &claim)?,
                free_for(user.user_id, user.created_at),
            )?;
        }
        if let Some(phone) = &user.phone {
            self.put(
                Conflict::Phone,
                &table,
                encode("a claim", &phone_claim(phone), &claim)?,
                Condition::absent(),
            )?;
        }
        self.put(
            Conflict::UniqueId,
            &table,
            encode("a claim", &unique_id_claim(&user.unique_id), &claim)?,
            Condition::absent(),
        )?;
        self.move_external_id(user.user_id, None, user.external_id.as_deref())?;
        for identity in &user.oauth {
            self.move_oauth(
                user.user_id,
                identity.provider,
                None,
                Some(&identity.provider_user_id),
            )?;
        }
        let subject = SubjectItem { user_id: user.user_id, subject_key: user.subject_key.clone() };
        self.put(
            Conflict::SubjectKey,
            &table,
            encode("a pseudonym", &subject_key(user.pseudonym), &subject)?,
            Condition::absent(),
        )
    }

    /// Writes a changed account, on condition that it is unchanged since it was read and that it is
    /// not being erased.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn save_user(&mut self, user: &User) -> Result<(), StoreError> {
        self.write_user(user, as_read(user))
    }

    /// Writes an account that is being erased, on condition that it is unchanged since it was read:
    /// only the erasure itself does this.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn save_user_past_point_of_no_return(&mut self, user: &User) -> Result<(), StoreError> {
        self.write_user(user, Condition::equals("revision", n(user.revision)))
    }

    fn write_user(&mut self, user: &User, condition: Condition) -> Result<(), StoreError> {
        let written = User { revision: user.revision + 1, ..user.clone() };
        let table = self.store().names().accounts.clone();
        self.note_written(written.user_id, written.revision);
        self.put(Conflict::Revision, &table, item(&written)?, condition)?;
        self.mark_banned_name(user)
    }

    /// Requires that the account is unchanged since it was read, and writes nothing: a transaction
    /// with this check adds nothing to the partition of a user who is being erased.
    ///
    /// # Errors
    /// `Unreadable` when the check cannot be built.
    pub fn check_user(&mut self, user: &User) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        self.check(Conflict::Revision, &table, &key(user.user_id), as_read(user))
    }
}

impl Store {
    /// Reads one account (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn user(&self, user: UserId) -> Result<Option<User>, StoreError> {
        Ok(self.accounts(&[user]).await?.pop())
    }

    /// Reads two accounts in one strongly consistent request: the caller and the target of the
    /// request.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn caller_and_target(
        &self,
        caller: UserId,
        target: UserId,
    ) -> Result<(Option<User>, Option<User>), StoreError> {
        if caller == target {
            let one = self.user(caller).await?;
            return Ok((one.clone(), one));
        }
        let mut found = self.accounts(&[caller, target]).await?;
        let mut take =
            |user| found.iter().position(|p| p.user_id == user).map(|at| found.swap_remove(at));
        Ok((take(caller), take(target)))
    }

    /// Opens the connection to the table with the smallest possible request, without retries: the
    /// first real request retries anyway.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn warm(&self) -> Result<(), StoreError> {
        let call = self
            .dynamo
            .get_item()
            .table_name(&self.names.accounts)
            .set_key(Some(Key::new("WARM", "WARM").attributes()));
        let once = aws_sdk_dynamodb::Config::builder()
            .retry_config(aws_smithy_types::retry::RetryConfig::disabled());
        call.customize()
            .config_override(once)
            .send()
            .await
            .map(drop)
            .map_err(|cause| StoreError::unavailable("opening the connection", cause))
    }
}
