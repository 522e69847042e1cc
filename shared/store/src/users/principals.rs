//! User accounts: one strongly consistent read decides a request; every write is conditional on the
//! revision that was read.

use aws_sdk_dynamodb::{
    error::SdkError, operation::update_item::UpdateItemError, types::AttributeValue,
};
use provost_domain::{
    Email, Phone, Principal, ProductId, Pseudonym, Timestamp, UserId, Username, lockout::Failures,
    reserved::HELD_FOR, secret::SubjectKey,
};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    error::{is_collision, is_condition},
    item::{Item, Key, decode, encode, n, s},
    transaction::Condition,
};

/// The partition of everything that belongs to a user.
pub fn partition(user: UserId) -> String {
    format!("USER#{user}")
}

/// The key of an account.
pub fn key(user: UserId) -> Key {
    Key::new(partition(user), "PRINCIPAL")
}

/// The key of the item that maps a pseudonym to its user, while the user exists.
pub fn subject_key(pseudonym: Pseudonym) -> Key {
    Key::new(format!("SUBJECT#{pseudonym}"), "KEY")
}

/// The key of the claim on an email address.
pub fn email_claim(email: &Email) -> Key {
    Key::new(format!("EMAIL#{email}"), "CLAIM")
}

/// The key of the claim on a phone number.
pub fn phone_claim(phone: &Phone) -> Key {
    Key::new(format!("PHONE#{phone}"), "CLAIM")
}

/// The key of the claim on a username.
pub fn username_claim(username: &Username) -> Key {
    Key::new(format!("USERNAME#{username}"), "CLAIM")
}

/// The key of the claim on a unique id.
pub fn unique_id_claim(unique_id: &str) -> Key {
    Key::new(format!("UNIQUE#{unique_id}"), "CLAIM")
}

/// A claim, which maps a unique contact to its owner.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// The owner.
    pub user_id: UserId,
    /// Set when the owner released it: until then it stays reserved, and it finds no user.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reserved_until: Option<Timestamp>,
}

impl Claim {
    pub(crate) const fn of(user_id: UserId) -> Self {
        Self { user_id, reserved_until: None }
    }
}

/// Maps a pseudonym to its user and to the key that encrypts identifying data.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubjectItem {
    /// The user.
    pub user_id: UserId,
    /// The key.
    pub subject_key: SubjectKey,
}

/// An account with the attributes that only the indexes need.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stored<'a> {
    #[serde(flatten)]
    principal: &'a Principal,
    directory: &'static str,
    /// The name shown in lists.
    name: String,
    name_key: String,
    last_active_key: String,
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
fn item(principal: &Principal) -> Result<Item, StoreError> {
    let plan = principal.entitlements.plan.as_ref();
    let stored = Stored {
        principal,
        plan_id: plan.map(|plan| plan.id),
        plan_at: plan.map(|plan| plan.at),
        directory: "users",
        name: principal.name(),
        name_key: non_empty(principal.name_key()),
        last_active_key: last_active_key(principal.last_login_at),
    };
    encode("a principal", &key(principal.user_id), &stored)
}

// "0" sorts before every time: users who never signed in come last when the most active come first.
pub(crate) fn last_active_key(last_login: Option<provost_domain::Timestamp>) -> String {
    last_login.map_or_else(|| "0".to_owned(), |at| at.to_string())
}

// An index key cannot be empty; a user without a name sorts first.
fn non_empty(text: String) -> String {
    if text.is_empty() { " ".to_owned() } else { text }
}

/// The name is unclaimed, or it was released: by this user, or so long ago that it is free.
fn free_for(user: UserId, now: Timestamp) -> Condition {
    Condition::expression("attribute_not_exists(pk) OR (attribute_exists(reservedUntil) AND (userId = :user OR reservedUntil <= :now))")
        .value(":user", s(user.to_string()))
        .value(":now", s(now.to_string()))
}

// Past the point of no return of an erasure, no other change to the account is possible, whatever
// was read before.
fn as_read(principal: &Principal) -> Condition {
    Condition::expression("#revision = :read AND (attribute_not_exists(#deletion.#executing) OR #deletion.#executing = :no)")
        .name("#revision", "revision")
        .name("#deletion", "deletion")
        .name("#executing", "executing")
        .value(":read", n(principal.revision))
        .value(":no", AttributeValue::Bool(false))
}

/// Reads an account from an item.
///
/// # Errors
/// `Unreadable` for an item in another format.
pub fn read(item: impl crate::wire::Stored) -> Result<Principal, StoreError> {
    decode("a principal", item)
}

impl Transaction {
    /// Creates a user: account, claims and pseudonym. The labels of the claims name the field that
    /// is in use.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn create_principal(&mut self, principal: &Principal) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        let claim = Claim::of(principal.user_id);
        self.put(Conflict::UserEntry, &table, item(principal)?, Condition::absent())?;
        self.put(
            Conflict::Email,
            &table,
            encode("a claim", &email_claim(&principal.email), &claim)?,
            Condition::absent(),
        )?;
        if let Some(username) = &principal.username {
            self.put(
                Conflict::Username,
                &table,
                encode("a claim", &username_claim(username), &claim)?,
                free_for(principal.user_id, principal.created_at),
            )?;
        }
        if let Some(phone) = &principal.phone {
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
            encode("a claim", &unique_id_claim(&principal.unique_id), &claim)?,
            Condition::absent(),
        )?;
        let subject =
            SubjectItem { user_id: principal.user_id, subject_key: principal.subject_key.clone() };
        self.put(
            Conflict::SubjectKey,
            &table,
            encode("a pseudonym", &subject_key(principal.pseudonym), &subject)?,
            Condition::absent(),
        )?;
        self.count_user(1)
    }

    /// Writes a changed account, on condition that it is unchanged since it was read and that it is
    /// not being erased.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn save_principal(&mut self, principal: &Principal) -> Result<(), StoreError> {
        self.write_principal(principal, as_read(principal))
    }

    /// Writes an account that is being erased, on condition that it is unchanged since it was read:
    /// only the erasure itself does this.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn save_principal_past_fence(&mut self, principal: &Principal) -> Result<(), StoreError> {
        self.write_principal(principal, Condition::equals("revision", n(principal.revision)))
    }

    fn write_principal(
        &mut self,
        principal: &Principal,
        condition: Condition,
    ) -> Result<(), StoreError> {
        let written = Principal { revision: principal.revision + 1, ..principal.clone() };
        let table = self.store().names().accounts.clone();
        self.put(Conflict::Revision, &table, item(&written)?, condition)?;
        self.mark_banned_name(principal)
    }

    /// Requires that the account is unchanged since it was read, and writes nothing: a transaction
    /// with this check adds nothing to the partition of a user who is being erased.
    ///
    /// # Errors
    /// `Unreadable` when the check cannot be built.
    pub fn check_principal(&mut self, principal: &Principal) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        self.check(Conflict::Revision, &table, &key(principal.user_id), as_read(principal))
    }

    /// Gives a user a username that is neither in use nor reserved for another user. The earlier
    /// one is reserved for the user for a while, to prevent impersonation.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn move_username(
        &mut self,
        user: UserId,
        from: Option<&Username>,
        to: &Username,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        self.put(
            Conflict::Username,
            &table,
            encode("a claim", &username_claim(to), &Claim::of(user))?,
            free_for(user, now),
        )?;
        let Some(from) = from else { return Ok(()) };
        let until = now.plus(HELD_FOR);
        // TTL removes the expired item late, so earlier reads compare the time.
        let held = Condition::equals("userId", s(user.to_string()))
            .name("#ttl", "ttl")
            .value(":until", s(until.to_string()))
            .value(":ttl", n(until.seconds() + 1));
        self.update(
            Conflict::FormerUsername,
            &table,
            &username_claim(from),
            "SET reservedUntil = :until, #ttl = :ttl",
            held,
        )
    }

    /// Frees a username that was reserved for this user.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn release_username(
        &mut self,
        user: UserId,
        username: &Username,
    ) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        self.delete(
            Conflict::FormerUsername,
            &table,
            &username_claim(username),
            Condition::equals("userId", s(user.to_string())),
        )
    }

    /// Sets or removes a user's phone number, and frees the earlier one.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn move_phone(
        &mut self,
        user: UserId,
        from: Option<&Phone>,
        to: Option<&Phone>,
    ) -> Result<(), StoreError> {
        self.move_claim(
            (Conflict::Phone, Conflict::FormerPhone),
            user,
            from.map(phone_claim),
            to.map(phone_claim),
        )
    }

    /// Moves the claim on an email address.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn move_email(&mut self, user: UserId, from: &Email, to: &Email) -> Result<(), StoreError> {
        self.move_claim(
            (Conflict::Email, Conflict::FormerEmail),
            user,
            Some(email_claim(from)),
            Some(email_claim(to)),
        )
    }

    /// Takes a free claim, and releases one of this user.
    fn move_claim(
        &mut self,
        (taking, leaving): (Conflict, Conflict),
        user: UserId,
        from: Option<Key>,
        to: Option<Key>,
    ) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        if let Some(to) = to {
            self.put(
                taking,
                &table,
                encode("a claim", &to, &Claim::of(user))?,
                Condition::absent(),
            )?;
        }
        let Some(from) = from else { return Ok(()) };
        self.delete(leaving, &table, &from, Condition::equals("userId", s(user.to_string())))
    }

    /// Counts users: exact, because it is part of the transaction that creates or erases one.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
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
    /// Reads one account (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn principal(&self, user: UserId) -> Result<Option<Principal>, StoreError> {
        let found = self.get_row(&self.names.accounts, &key(user), "reading a principal").await?;
        found.map(read).transpose()
    }

    /// Reads two accounts in one strongly consistent request: the caller and the target of the
    /// request.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn principals(
        &self,
        caller: UserId,
        target: UserId,
    ) -> Result<(Option<Principal>, Option<Principal>), StoreError> {
        if caller == target {
            let one = self.principal(caller).await?;
            return Ok((one.clone(), one));
        }
        let items = self.get_rows(&self.names.accounts, &[key(caller), key(target)]).await?;
        let mut found = items.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let mut take =
            |user| found.iter().position(|p| p.user_id == user).map(|at| found.swap_remove(at));
        Ok((take(caller), take(target)))
    }

    /// The user with this email address.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn owner_of_email(&self, email: &Email) -> Result<Option<UserId>, StoreError> {
        match self.claim(&email_claim(email)).await? {
            // Addresses were once stored in the Unicode form in which they were typed.
            None => match email.earlier_form() {
                Some(earlier) => self.claim(&email_claim(&earlier)).await,
                None => Ok(None),
            },
            owner => Ok(owner),
        }
    }

    /// The user with this phone number.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn owner_of_phone(&self, phone: &Phone) -> Result<Option<UserId>, StoreError> {
        self.claim(&phone_claim(phone)).await
    }

    /// The user with this username.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn owner_of_username(
        &self,
        username: &Username,
    ) -> Result<Option<UserId>, StoreError> {
        self.claim(&username_claim(username)).await
    }

    /// The user with this unique id.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn owner_of_unique_id(&self, unique_id: &str) -> Result<Option<UserId>, StoreError> {
        self.claim(&unique_id_claim(unique_id)).await
    }

    pub(crate) async fn claim(&self, key: &Key) -> Result<Option<UserId>, StoreError> {
        let found = self.get_row(&self.names.accounts, key, "reading a claim").await?;
        Ok(match found {
            Some(item) => Some(decode::<Claim>("a claim", item)?)
                .filter(|claim| claim.reserved_until.is_none())
                .map(|claim| claim.user_id),
            None => None,
        })
    }

    /// Whether a username is reserved for a user who released it recently.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn is_username_held(&self, username: &Username) -> Result<bool, StoreError> {
        let found =
            self.get(&self.names.accounts, &username_claim(username), "reading a claim").await?;
        Ok(found
            .map(|item| decode::<Claim>("a claim", item))
            .transpose()?
            .is_some_and(|claim| claim.reserved_until.is_some()))
    }

    /// The usernames that a user released and that are still reserved for them: other users may
    /// have taken those whose reservation has expired.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn held_usernames(&self, principal: &Principal) -> Result<Vec<Username>, StoreError> {
        let mut held = Vec::new();
        for former in &principal.former_usernames {
            let found = self
                .get(&self.names.accounts, &username_claim(&former.username), "reading a claim")
                .await?;
            let claim = found.map(|item| decode::<Claim>("a claim", item)).transpose()?;
            if claim.is_some_and(|claim| {
                claim.user_id == principal.user_id && claim.reserved_until.is_some()
            }) {
                held.push(former.username.clone());
            }
        }
        Ok(held)
    }

    /// The users behind pseudonyms, for reading the audit log; erased users are left out.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn subjects(
        &self,
        pseudonyms: impl IntoIterator<Item = Pseudonym>,
    ) -> Result<std::collections::HashMap<Pseudonym, SubjectItem>, StoreError> {
        let distinct: std::collections::BTreeSet<_> = pseudonyms.into_iter().collect();
        let mut found = std::collections::HashMap::new();
        for item in self
            .batch_get(&self.names.accounts, distinct.into_iter().map(subject_key).collect(), false)
            .await?
        {
            let pseudonym = item
                .get("pk")
                .and_then(|pk| pk.as_s().ok())
                .and_then(|pk| pk.strip_prefix("SUBJECT#"))
                .and_then(|text| text.parse().ok());
            if let Some(pseudonym) = pseudonym {
                found.insert(pseudonym, decode("a pseudonym", item)?);
            }
        }
        Ok(found)
    }

    /// The user id behind a pseudonym, or the pseudonym itself after an erasure.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn user_or_pseudonym(&self, pseudonym: Pseudonym) -> Result<String, StoreError> {
        let found = self.subjects([pseudonym]).await?;
        Ok(found
            .get(&pseudonym)
            .map_or_else(|| pseudonym.to_string(), |subject| subject.user_id.to_string()))
    }

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

/// The result of a write that counts an attempt.
pub(crate) fn counted_try<T, R>(
    result: Result<T, SdkError<UpdateItemError, R>>,
) -> Result<(), StoreError>
where
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match result {
        Ok(_) => Ok(()),
        Err(error) if is_condition(&error) || is_collision(&error) => {
            Err(StoreError::Conflict(Conflict::Revision))
        }
        Err(error) => Err(StoreError::unavailable("counting a try", error)),
    }
}

impl Store {
    /// Counts an attempt at a password or code before it is checked: one write, on condition that
    /// the account is unchanged since it was read. The write increments its revision.
    ///
    /// # Errors
    /// `Conflict` with [`Conflict::Revision`]; `Unavailable`.
    pub async fn count_try(
        &self,
        principal: &Principal,
        counted: Failures,
    ) -> Result<(), StoreError> {
        let failures = serde_dynamo::to_attribute_value(counted)
            .map_err(|cause| StoreError::unreadable("failed sign-ins", cause))?;
        let Condition { expression, names, values } = as_read(principal);
        let mut call = self
            .dynamo
            .update_item()
            .table_name(&self.names.accounts)
            .set_key(Some(key(principal.user_id).attributes()))
            .update_expression("SET #failures = :failures, #revision = :next")
            .set_condition_expression(expression)
            .expression_attribute_names("#failures", "failures")
            .expression_attribute_values(":failures", failures)
            .expression_attribute_values(":next", n(principal.revision + 1));
        for (placeholder, name) in names {
            call = call.expression_attribute_names(placeholder, name);
        }
        for (placeholder, value) in values {
            call = call.expression_attribute_values(placeholder, value);
        }
        counted_try(call.send().await)
    }

    /// Withdraws an attempt that was no guess, regardless of other writes in the meantime.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn withdraw_try(&self, user: UserId) -> Result<(), StoreError> {
        let call = self
            .dynamo
            .update_item()
            .table_name(&self.names.accounts)
            .set_key(Some(key(user).attributes()))
            .update_expression(
                "SET #failures.#pending = #failures.#pending - :one, #revision = #revision + :one",
            )
            .condition_expression("#failures.#pending > :zero")
            .expression_attribute_names("#failures", "failures")
            .expression_attribute_names("#pending", "pending")
            .expression_attribute_names("#revision", "revision")
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":zero", n(0));
        match call.send().await {
            Ok(_) => Ok(()),
            // A success in between reset the count, or the account is gone.
            Err(error) if is_condition(&error) => Ok(()),
            Err(error) => Err(StoreError::unavailable("withdrawing a try", error)),
        }
    }

    /// Records that an API key was used. It does not increment the revision, so it never conflicts
    /// with a change.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn note_key_use(
        &self,
        user: UserId,
        id: provost_domain::ApiKeyId,
        now: provost_domain::Timestamp,
    ) -> Result<(), StoreError> {
        let call = self
            .dynamo
            .update_item()
            .table_name(&self.names.accounts)
            .set_key(Some(key(user).attributes()))
            .update_expression("SET apiKeys.#id.lastUsedAt = :now")
            .condition_expression("attribute_exists(apiKeys.#id)")
            .expression_attribute_names("#id", id.to_string())
            .expression_attribute_values(":now", s(now.to_string()));
        match call.send().await {
            Ok(_) => Ok(()),
            // The key was removed in the meantime.
            Err(error) if crate::error::is_condition(&error) => Ok(()),
            Err(error) => Err(StoreError::unavailable("noting a key's use", error)),
        }
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
