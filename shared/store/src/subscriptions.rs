//! Subscriptions, in the person's partition, and the claims by which a customer at Stripe leads to
//! the person.

use provost_domain::{
    Principal, UserId, profile::Profile, stripe_id::StripeId, subscription::Subscription,
};

use crate::{
    Store, StoreError, Transaction,
    item::{Key, decode, encode, s},
    principals::{self, Claim, partition},
    profiles,
    transaction::Condition,
    walk::Walk,
};

/// The label of the condition that a customer is nobody else's.
pub const CUSTOMER: &str = "customer";
/// How the sort key of a subscription begins.
pub const PREFIX: &str = "SUBSCRIPTION#";

/// Where a subscription stands.
pub fn key(user: UserId, id: &StripeId) -> Key {
    Key::new(partition(user), format!("{PREFIX}{id}"))
}

/// Where a customer at Stripe leads to a person.
pub fn customer_claim(customer: &StripeId) -> Key {
    Key::new(format!("CUSTOMER#{customer}"), "CLAIM")
}

/// A person as a change of a subscription of theirs needs them.
#[derive(Debug, Clone)]
pub struct Subscriber {
    /// Who.
    pub principal: Principal,
    /// Their limits and other details.
    pub profile: Profile,
    /// The subscription, when it is known.
    pub subscription: Option<Subscription>,
}

impl Transaction {
    /// Writes a subscription. The principal's revision, written or checked in the same transaction,
    /// guards it.
    ///
    /// # Errors
    /// `Unreadable` when it has no form as an item.
    pub fn save_subscription(
        &mut self,
        user: UserId,
        subscription: &Subscription,
    ) -> Result<(), StoreError> {
        let item = encode("a subscription", &key(user, &subscription.id), subscription)?;
        let table = self.store().names().accounts.clone();
        self.put("subscription", &table, item, Condition::none())
    }

    /// Makes a customer this person's; fails under [`CUSTOMER`] when it is somebody else's.
    ///
    /// # Errors
    /// `Unreadable` when the claim has no form as an item.
    pub fn bind_customer(&mut self, user: UserId, customer: &StripeId) -> Result<(), StoreError> {
        let item = encode("a claim", &customer_claim(customer), &Claim::of(user))?;
        let table = self.store().names().accounts.clone();
        self.put(CUSTOMER, &table, item, own(user))
    }

    /// Removes a subscription that is there, under the label given, and the claim on its customer
    /// as long as it is this person's.
    ///
    /// # Errors
    /// `Unreadable` when a write could not be put together.
    pub fn remove_subscription(
        &mut self,
        label: &'static str,
        user: UserId,
        subscription: &Subscription,
    ) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        self.remove_present(label, &table, &key(user, &subscription.id))?;
        self.delete(CUSTOMER, &table, &customer_claim(&subscription.customer), own(user))
    }
}

fn own(user: UserId) -> Condition {
    Condition::expression("attribute_not_exists(pk) OR userId = :user")
        .value(":user", s(user.to_string()))
}

impl Store {
    /// Whom a customer at Stripe is.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn owner_of_customer(
        &self,
        customer: &StripeId,
    ) -> Result<Option<UserId>, StoreError> {
        self.claim(&customer_claim(customer)).await
    }

    /// A person, their details and one subscription of theirs, in one strongly consistent request.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn subscriber(
        &self,
        user: UserId,
        id: &StripeId,
    ) -> Result<Option<Subscriber>, StoreError> {
        let (mut principal, mut profile, mut subscription) = (None, Profile::default(), None);
        for item in self
            .batch_get(
                &self.names.accounts,
                vec![principals::key(user), profiles::key(user), key(user, id)],
                true,
            )
            .await?
        {
            match item.get("sk").and_then(|sk| sk.as_s().ok()).map(String::as_str) {
                Some("PRINCIPAL") => principal = Some(principals::read(item)?),
                Some("PROFILE") => profile = decode("a profile", item)?,
                _ => subscription = Some(decode("a subscription", item)?),
            }
        }
        Ok(principal.map(|principal| Subscriber { principal, profile, subscription }))
    }

    /// A person and, when a payment is for one, a subscription of theirs, in one strongly
    /// consistent request.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn payer(
        &self,
        user: UserId,
        id: Option<&StripeId>,
    ) -> Result<Option<(Principal, Option<Subscription>)>, StoreError> {
        let Some(id) = id else {
            return Ok(self.principal(user).await?.map(|principal| (principal, None)));
        };
        let (mut principal, mut subscription) = (None, None);
        for item in self
            .batch_get(&self.names.accounts, vec![principals::key(user), key(user, id)], true)
            .await?
        {
            match item.get("sk").and_then(|sk| sk.as_s().ok()).map(String::as_str) {
                Some("PRINCIPAL") => principal = Some(principals::read(item)?),
                _ => subscription = Some(decode("a subscription", item)?),
            }
        }
        Ok(principal.map(|principal| (principal, subscription)))
    }

    /// Every subscription of a person, strongly consistent: few, since each is paid.
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
