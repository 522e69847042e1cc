//! Claims: items that give a unique contact or name to one user.

use provost_domain::{
    Email, Phone, Timestamp, User, UserId, Username, oauth::OauthProvider, reserved::HELD_FOR,
    unique_id,
};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, encode, n, s},
    transaction::Condition,
};

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
    Key::new(format!("UNIQUE#{}", unique_id::key(unique_id)), "CLAIM")
}

/// The key of the claim on an external id.
pub fn external_id_claim(external_id: &str) -> Key {
    Key::new(format!("EXTERNAL#{external_id}"), "CLAIM")
}

/// The key of the claim on an account at another provider.
pub fn oauth_claim(provider: OauthProvider, provider_user_id: &str) -> Key {
    Key::new(format!("OAUTH#{}#{provider_user_id}", provider.as_str()), "CLAIM")
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

/// The name is unclaimed, or it was released: by this user, or so long ago that it is free.
pub(super) fn free_for(user: UserId, now: Timestamp) -> Condition {
    Condition::expression("attribute_not_exists(pk) OR (attribute_exists(reservedUntil) AND (userId = :user OR reservedUntil <= :now))")
        .value(":user", s(user.to_string()))
        .value(":now", s(now.to_string()))
}

impl Transaction {
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

    /// Takes a unique id that is free or this user's, and releases former ones. The earlier claims
    /// that are not released still find the user.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn move_unique_id(
        &mut self,
        user: UserId,
        to: &str,
        released: &[String],
    ) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        let own = || {
            Condition::expression("attribute_not_exists(pk) OR userId = :user")
                .value(":user", s(user.to_string()))
        };
        let claim = encode("a claim", &unique_id_claim(to), &Claim::of(user))?;
        self.put(Conflict::UniqueId, &table, claim, own())?;
        for former in released {
            self.delete(Conflict::FormerUniqueId, &table, &unique_id_claim(former), own())?;
        }
        Ok(())
    }

    /// Sets or removes a user's external id, and frees the earlier one.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn move_external_id(
        &mut self,
        user: UserId,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<(), StoreError> {
        self.move_claim(
            (Conflict::ExternalId, Conflict::FormerExternalId),
            user,
            from.map(external_id_claim),
            to.map(external_id_claim),
        )
    }

    /// Claims an account at another provider for a user, and releases another one of this user.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn move_oauth(
        &mut self,
        user: UserId,
        provider: OauthProvider,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<(), StoreError> {
        self.move_claim(
            (Conflict::OauthIdentity, Conflict::FormerOauthIdentity),
            user,
            from.map(|id| oauth_claim(provider, id)),
            to.map(|id| oauth_claim(provider, id)),
        )
    }

    /// Takes a free claim, and releases one of this user.
    fn move_claim(
        &mut self,
        (taken, released): (Conflict, Conflict),
        user: UserId,
        from: Option<Key>,
        to: Option<Key>,
    ) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        if let Some(to) = to {
            self.put(
                taken,
                &table,
                encode("a claim", &to, &Claim::of(user))?,
                Condition::absent(),
            )?;
        }
        let Some(from) = from else { return Ok(()) };
        self.delete(released, &table, &from, Condition::equals("userId", s(user.to_string())))
    }
}

impl Store {
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

    /// The user with this external id.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn owner_of_external_id(
        &self,
        external_id: &str,
    ) -> Result<Option<UserId>, StoreError> {
        self.claim(&external_id_claim(external_id)).await
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
    pub async fn held_usernames(&self, user: &User) -> Result<Vec<Username>, StoreError> {
        let mut held = Vec::new();
        for former in &user.former_usernames {
            let found = self
                .get(&self.names.accounts, &username_claim(&former.username), "reading a claim")
                .await?;
            let claim = found.map(|item| decode::<Claim>("a claim", item)).transpose()?;
            if claim.is_some_and(|claim| {
                claim.user_id == user.user_id && claim.reserved_until.is_some()
            }) {
                held.push(former.username.clone());
            }
        }
        Ok(held)
    }
}
