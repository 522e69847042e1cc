//! Subscriptions, in the user's partition, and the claims that map a Stripe customer to the user.

use provost_domain::{
    User, UserId, profile::Profile, stripe_id::StripeId, subscription::Subscription,
};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, encode, s},
    profiles,
    records::{self, Claim, partition},
    transaction::Condition,
    walk::Walk,
};

/// The prefix of the sort key of a subscription.
pub const PREFIX: &str = "SUBSCRIPTION#";

/// The key of a subscription.
pub fn key(user: UserId, id: &StripeId) -> Key {
    Key::new(partition(user), format!("{PREFIX}{id}"))
}

/// The key of the claim on a Stripe customer.
pub fn customer_claim(customer: &StripeId) -> Key {
    Key::new(format!("CUSTOMER#{customer}"), "CLAIM")
}

/// A user with the data that a change of their subscription needs.
#[derive(Debug, Clone)]
pub struct Subscriber {
    /// The account.
    pub user: User,
    /// Limits and other details.
    pub profile: Profile,
    /// The subscription, when it is known.
    pub subscription: Option<Subscription>,
}

impl Transaction {
    /// Writes a subscription. The account's revision, written or checked in the same transaction,
    /// guards it.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn save_subscription(
        &mut self,
        user: UserId,
        subscription: &Subscription,
    ) -> Result<(), StoreError> {
        let item = encode("a subscription", &key(user, &subscription.id), subscription)?;
        let table = self.store().names().accounts.clone();
        self.put(Conflict::Subscription, &table, item, Condition::none())
    }

    /// Assigns a customer to this user; fails with [`Conflict::StripeCustomer`] when it belongs to
    /// another user.
    ///
    /// # Errors
    /// `Unreadable` when the claim cannot be serialized.
    pub fn bind_customer(&mut self, user: UserId, customer: &StripeId) -> Result<(), StoreError> {
        let item = encode("a claim", &customer_claim(customer), &Claim::of(user))?;
        let table = self.store().names().accounts.clone();
        self.put(Conflict::StripeCustomer, &table, item, own(user))
    }

    /// Removes an existing subscription, with the given conflict, and the claim on its customer if
    /// it is this user's.
    ///
    /// # Errors
    /// `Unreadable` when a write cannot be built.
    pub fn remove_subscription(
        &mut self,
        conflict: Conflict,
        user: UserId,
        subscription: &Subscription,
    ) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        self.remove_present(conflict, &table, &key(user, &subscription.id))?;
        self.delete(
            Conflict::StripeCustomer,
            &table,
            &customer_claim(&subscription.customer),
            own(user),
        )
    }
}

/// The condition that a claim is free or this user's.
pub(crate) fn own(user: UserId) -> Condition {
    Condition::expression("attribute_not_exists(pk) OR userId = :user")
        .value(":user", s(user.to_string()))
}

impl Store {
    /// The user behind a Stripe customer.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn owner_of_customer(
        &self,
        customer: &StripeId,
    ) -> Result<Option<UserId>, StoreError> {
        self.claim(&customer_claim(customer)).await
    }

    /// A user, their details and one of their subscriptions, in one strongly consistent request.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn subscriber(
        &self,
        user: UserId,
        id: &StripeId,
    ) -> Result<Option<Subscriber>, StoreError> {
        let (mut record, mut profile, mut subscription) = (None, Profile::default(), None);
        for item in self
            .batch_get(
                &self.names.accounts,
                vec![records::key(user), profiles::key(user), key(user, id)],
                true,
            )
            .await?
        {
            match item.get("sk").and_then(|sk| sk.as_s().ok()).map(String::as_str) {
                Some("PRINCIPAL") => record = Some(records::read(item)?),
                Some("PROFILE") => profile = decode("a profile", item)?,
                _ => subscription = Some(decode("a subscription", item)?),
            }
        }
        let record = self.completed(record).await?;
        Ok(record.map(|record| Subscriber { user: record, profile, subscription }))
    }

    /// A user and, if a payment is for one, their subscription, in one strongly consistent request.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn payer(
        &self,
        user: UserId,
        id: Option<&StripeId>,
    ) -> Result<Option<(User, Option<Subscription>)>, StoreError> {
        let Some(id) = id else {
            return Ok(self.user(user).await?.map(|record| (record, None)));
        };
        let (mut record, mut subscription) = (None, None);
        for item in self
            .batch_get(&self.names.accounts, vec![records::key(user), key(user, id)], true)
            .await?
        {
            match item.get("sk").and_then(|sk| sk.as_s().ok()).map(String::as_str) {
                Some("PRINCIPAL") => record = Some(records::read(item)?),
                _ => subscription = Some(decode("a subscription", item)?),
            }
        }
        Ok(self.completed(record).await?.map(|record| (record, subscription)))
    }

    /// Every subscription of a user (strongly consistent): few, since each is paid.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn subscriptions(&self, user: UserId) -> Result<Vec<Subscription>, StoreError> {
        let walk = Walk::of_table(&self.names.accounts, partition(user)).beginning("sk", PREFIX);
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let (items, next) = self.next_items(&walk, after.take()).await?;
            for item in items {
                found.push(decode("a subscription", item)?);
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(found),
            }
        }
    }
}
