//! Principals: one strongly consistent read decides a request; every write is conditional on the
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
    Store, StoreError, Transaction,
    error::{is_collision, is_condition},
    item::{Item, Key, decode, encode, n, s},
    transaction::Condition,
};

/// The label of the revision's condition in a transaction.
pub const REVISION: &str = "revision";
/// The labels of claims, by the field that is taken.
pub const EMAIL_CLAIM: &str = "email";
/// See [`EMAIL_CLAIM`].
pub const USERNAME_CLAIM: &str = "username";
/// See [`EMAIL_CLAIM`].
pub const PHONE_CLAIM: &str = "phone";
/// See [`EMAIL_CLAIM`].
pub const UNIQUE_ID_CLAIM: &str = "uniqueId";

/// The partition of everything that belongs to a person.
pub fn partition(user: UserId) -> String {
    format!("USER#{user}")
}

/// Where a principal stands.
pub fn key(user: UserId) -> Key {
    Key::new(partition(user), "PRINCIPAL")
}

/// Where a pseudonym leads to its person, as long as the person exists.
pub fn subject_key(pseudonym: Pseudonym) -> Key {
    Key::new(format!("SUBJECT#{pseudonym}"), "KEY")
}

/// Where the claim on an e-mail address stands.
pub fn email_claim(email: &Email) -> Key {
    Key::new(format!("EMAIL#{email}"), "CLAIM")
}

/// Where the claim on a phone number stands.
pub fn phone_claim(phone: &Phone) -> Key {
    Key::new(format!("PHONE#{phone}"), "CLAIM")
}

/// Where the claim on a username stands.
pub fn username_claim(username: &Username) -> Key {
    Key::new(format!("USERNAME#{username}"), "CLAIM")
}

/// Where the claim on a unique id stands.
pub fn unique_id_claim(unique_id: &str) -> Key {
    Key::new(format!("UNIQUE#{unique_id}"), "CLAIM")
}

/// A unique contact leads to its owner.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// The owner.
    pub user_id: UserId,
    /// Set when the owner gave it up: until then nobody else may have it, and it leads to nobody.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reserved_until: Option<Timestamp>,
}

impl Claim {
    pub(crate) const fn of(user_id: UserId) -> Self {
        Self { user_id, reserved_until: None }
    }
}

/// A pseudonym leads to its person and to the key of what identifies them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubjectItem {
    /// The person.
    pub user_id: UserId,
    /// The key.
    pub subject_key: SubjectKey,
}

/// A principal with the attributes that only the indexes need.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stored<'a> {
    #[serde(flatten)]
    principal: &'a Principal,
    directory: &'static str,
    /// The name as a list row shows it.
    name: String,
    name_key: String,
    last_active_key: String,
    /// The plan that was applied, and when: only who has one appears in the index of plans.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan_id: Option<ProductId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan_at: Option<Timestamp>,
}

/// A principal as an item, for the transaction that writes it.
///
/// # Errors
/// `Unreadable` when it has no form as an item.
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

// "0" sorts before every time: who never signed in comes last when the most active come first.
pub(crate) fn last_active_key(last_login: Option<provost_domain::Timestamp>) -> String {
    last_login.map_or_else(|| "0".to_owned(), |at| at.to_string())
}

// An index key cannot be empty; a person without a name sorts first.
fn non_empty(text: String) -> String {
    if text.is_empty() { " ".to_owned() } else { text }
}

/// Nobody has a name, or it was given up: by this person, or so long ago that it is free.
fn free_for(user: UserId, now: Timestamp) -> Condition {
    Condition::expression("attribute_not_exists(pk) OR (attribute_exists(reservedUntil) AND (userId = :user OR reservedUntil <= :now))")
        .value(":user", s(user.to_string()))
        .value(":now", s(now.to_string()))
}

// Past the fence of an erasure nobody changes a principal or adds to it, whoever they are and
// whatever they read.
fn as_read(principal: &Principal) -> Condition {
    Condition::expression("#revision = :read AND (attribute_not_exists(#deletion.#executing) OR #deletion.#executing = :no)")
        .name("#revision", "revision")
        .name("#deletion", "deletion")
        .name("#executing", "executing")
        .value(":read", n(principal.revision))
        .value(":no", AttributeValue::Bool(false))
}

/// Reads a principal from an item.
///
/// # Errors
/// `Unreadable` for an item of another form.
pub fn read(item: impl crate::wire::Stored) -> Result<Principal, StoreError> {
    decode("a principal", item)
}

impl Transaction {
    /// Creates a person: principal, claims and pseudonym. The labels of the claims name the field
    /// that is taken.
    ///
    /// # Errors
    /// `Unreadable` when something has no form as an item.
    pub fn create_principal(&mut self, principal: &Principal) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        let claim = Claim::of(principal.user_id);
        self.put("user", &table, item(principal)?, Condition::absent())?;
        self.put(
            EMAIL_CLAIM,
            &table,
            encode("a claim", &email_claim(&principal.email), &claim)?,
            Condition::absent(),
        )?;
        if let Some(username) = &principal.username {
            self.put(
                USERNAME_CLAIM,
                &table,
                encode("a claim", &username_claim(username), &claim)?,
                free_for(principal.user_id, principal.created_at),
            )?;
        }
        if let Some(phone) = &principal.phone {
            self.put(
                PHONE_CLAIM,
                &table,
                encode("a claim", &phone_claim(phone), &claim)?,
                Condition::absent(),
            )?;
        }
        self.put(
            UNIQUE_ID_CLAIM,
            &table,
            encode("a claim", &unique_id_claim(&principal.unique_id), &claim)?,
            Condition::absent(),
        )?;
        let subject =
            SubjectItem { user_id: principal.user_id, subject_key: principal.subject_key.clone() };
        self.put(
            "subject",
            &table,
            encode("a pseudonym", &subject_key(principal.pseudonym), &subject)?,
            Condition::absent(),
        )?;
        self.count_user(1)
    }

    /// Writes a changed principal, on condition that nobody wrote it since it was read and that it
    /// is not being erased.
    ///
    /// # Errors
    /// `Unreadable` when it has no form as an item.
    pub fn save_principal(&mut self, principal: &Principal) -> Result<(), StoreError> {
        self.write_principal(principal, as_read(principal))
    }

    /// Writes a principal that is being erased, on condition that nobody wrote it since it was
    /// read: only the erasure itself does.
    ///
    /// # Errors
    /// `Unreadable` when it has no form as an item.
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
        self.put(REVISION, &table, item(&written)?, condition)?;
        self.mark_banned_name(principal)
    }

    /// Demands that nobody wrote the principal since it was read, and writes nothing: what is added
    /// to the person's partition in the same transaction is not added to one that is being erased.
    ///
    /// # Errors
    /// `Unreadable` when the check could not be put together.
    pub fn check_principal(&mut self, principal: &Principal) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        self.check(REVISION, &table, &key(principal.user_id), as_read(principal))
    }

    /// Gives a person a username that nobody has and that is held for nobody else. The one they had
    /// is held for them for a while, so that nobody speaks in their name.
    ///
    /// # Errors
    /// `Unreadable` when something has no form as an item.
    pub fn move_username(
        &mut self,
        user: UserId,
        from: Option<&Username>,
        to: &Username,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        self.put(
            USERNAME_CLAIM,
            &table,
            encode("a claim", &username_claim(to), &Claim::of(user))?,
            free_for(user, now),
        )?;
        let Some(from) = from else { return Ok(()) };
        let until = now.plus(HELD_FOR);
        // The table removes the item when the time is up; whoever asks earlier compares the time.
        let held = Condition::equals("userId", s(user.to_string()))
            .name("#ttl", "ttl")
            .value(":until", s(until.to_string()))
            .value(":ttl", n(until.seconds() + 1));
        self.update(
            "old username",
            &table,
            &username_claim(from),
            "SET reservedUntil = :until, #ttl = :ttl",
            held,
        )
    }

    /// Frees a username that was held for this person.
    ///
    /// # Errors
    /// `Unreadable` when the write could not be put together.
    pub fn release_username(
        &mut self,
        user: UserId,
        username: &Username,
    ) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        self.delete(
            "old username",
            &table,
            &username_claim(username),
            Condition::equals("userId", s(user.to_string())),
        )
    }

    /// Gives a person a phone number or takes it away, and frees the one they had.
    ///
    /// # Errors
    /// `Unreadable` when something has no form as an item.
    pub fn move_phone(
        &mut self,
        user: UserId,
        from: Option<&Phone>,
        to: Option<&Phone>,
    ) -> Result<(), StoreError> {
        self.move_claim(
            (PHONE_CLAIM, "old phone"),
            user,
            from.map(phone_claim),
            to.map(phone_claim),
        )
    }

    /// Moves the claim on an e-mail address.
    ///
    /// # Errors
    /// `Unreadable` when something has no form as an item.
    pub fn move_email(&mut self, user: UserId, from: &Email, to: &Email) -> Result<(), StoreError> {
        self.move_claim(
            (EMAIL_CLAIM, "old email"),
            user,
            Some(email_claim(from)),
            Some(email_claim(to)),
        )
    }

    /// Takes a claim that nobody has, and gives one back that is this person's.
    fn move_claim(
        &mut self,
        (taking, leaving): (&'static str, &'static str),
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

    /// Counts people: exact, because it is part of the transaction that makes or erases one.
    ///
    /// # Errors
    /// `Unreadable` when the write could not be put together.
    pub fn count_user(&mut self, by: i64) -> Result<(), StoreError> {
        // Sixteen counters share the work, so that many registrations at once do not collide on one
        // item.
        let mut random = [0; 1];
        let shard = aws_lc_rs::rand::fill(&mut random).map_or(0, |()| random[0] % 16);
        let table = self.store().names().accounts.clone();
        self.update(
            "count",
            &table,
            &Key::new("COUNT#users", format!("{shard:02}")),
            "ADD #total :by",
            Condition::none().name("#total", "total").value(":by", n(by)),
        )
    }
}

impl Store {
    /// Reads one principal, strongly consistent.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn principal(&self, user: UserId) -> Result<Option<Principal>, StoreError> {
        let found = self.get_row(&self.names.accounts, &key(user), "reading a principal").await?;
        found.map(read).transpose()
    }

    /// Reads two principals in one strongly consistent request: the caller and the one whom the
    /// request is about.
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

    /// Whom an e-mail address belongs to.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn owner_of_email(&self, email: &Email) -> Result<Option<UserId>, StoreError> {
        match self.claim(&email_claim(email)).await? {
            // Addresses were once stored as they were composed by their owner's keyboard.
            None => match email.earlier_form() {
                Some(earlier) => self.claim(&email_claim(&earlier)).await,
                None => Ok(None),
            },
            owner => Ok(owner),
        }
    }

    /// Whom a phone number belongs to.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn owner_of_phone(&self, phone: &Phone) -> Result<Option<UserId>, StoreError> {
        self.claim(&phone_claim(phone)).await
    }

    /// Whom a username belongs to.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn owner_of_username(
        &self,
        username: &Username,
    ) -> Result<Option<UserId>, StoreError> {
        self.claim(&username_claim(username)).await
    }

    /// Whom a unique id belongs to.
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

    /// Whether a username is held for somebody who gave it up lately.
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

    /// Which of the usernames that a person gave up are still held for them: others may have taken
    /// those whose time is up.
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

    /// The people behind pseudonyms, for reading the audit log; whoever is erased is not among
    /// them.
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

    /// Who is behind a pseudonym: their id, or the pseudonym itself once they are erased.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn user_or_pseudonym(&self, pseudonym: Pseudonym) -> Result<String, StoreError> {
        let found = self.subjects([pseudonym]).await?;
        Ok(found
            .get(&pseudonym)
            .map_or_else(|| pseudonym.to_string(), |subject| subject.user_id.to_string()))
    }

    /// How many people there are, exactly: the sum of sixteen counters, one request.
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

/// What came of a write that counts a try.
pub(crate) fn counted_try<T, R>(
    result: Result<T, SdkError<UpdateItemError, R>>,
) -> Result<(), StoreError>
where
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match result {
        Ok(_) => Ok(()),
        Err(error) if is_condition(&error) || is_collision(&error) => {
            Err(StoreError::Conflict { label: REVISION })
        }
        Err(error) => Err(StoreError::unavailable("counting a try", error)),
    }
}

impl Store {
    /// Counts a try of a password or code before it is looked at: one write, on condition that
    /// nobody wrote the principal since it was read. The write moves its revision.
    ///
    /// # Errors
    /// `Conflict` under [`REVISION`]; `Unavailable`.
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

    /// Withdraws a try that was no guess, whatever else was written meanwhile.
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
            // A success in between forgave it, or the account is gone.
            Err(error) if is_condition(&error) => Ok(()),
            Err(error) => Err(StoreError::unavailable("withdrawing a try", error)),
        }
    }

    /// Remembers that an API key was used. It moves no revision, so it never stands in the way of a
    /// change.
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
            // The key was removed in this very moment.
            Err(error) if crate::error::is_condition(&error) => Ok(()),
            Err(error) => Err(StoreError::unavailable("noting a key's use", error)),
        }
    }

    /// Opens the connection to the table with the smallest request there is, tried once: whoever
    /// comes first tries again anyway.
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
