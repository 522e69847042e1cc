//! The snapshot that fraud rules evaluate, read from existing data about a user.

use std::collections::BTreeMap;

use provost_domain::{
    Timestamp, User, UserId, address,
    fraud::{Attempt, Features, WINDOW, features::mailbox},
    profile::{Profile, age, consent_age},
    session::{SignIn, SignInStatus},
};

use crate::{Store, StoreError, sightings::Sighting};

/// The number of latest sign-in attempts that rules evaluate.
const ATTEMPTS: u32 = 200;
/// The number of latest sightings of a user, of each kind, that are evaluated.
const MAX_SIGHTINGS: usize = 10;

/// A snapshot and related data.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The input of the rules.
    pub features: Features,
    /// The IP address of the latest sign-in.
    pub source_ip: Option<String>,
}

/// Where a user was seen recently, and when last.
fn sightings(user: &User, sign_ins: &[SignIn], now: Timestamp) -> BTreeMap<Sighting, Timestamp> {
    let mut sightings = BTreeMap::from([(Sighting::Mailbox(mailbox(&user.email)), now)]);
    if let Some(phone) = &user.phone {
        sightings.insert(Sighting::PhoneBlock(phone.block().to_owned()), now);
    }
    let recent = || {
        sign_ins.iter().filter(|sign_in| {
            sign_in.status == SignInStatus::Success
                && !sign_in.ip.is_empty()
                && now.since(sign_in.created_at) <= WINDOW
        })
    };
    let (mut addresses, mut devices) = (0, 0);
    // Newest first: the first sighting at each place is the latest.
    for sign_in in recent() {
        let counted = address::group(&sign_in.ip);
        let address = Sighting::Address(counted.clone());
        if addresses < MAX_SIGHTINGS && !sightings.contains_key(&address) {
            sightings.insert(address, sign_in.created_at);
            addresses += 1;
        }
        let device = Sighting::Device(counted, sign_in.user_agent.clone());
        if devices < MAX_SIGHTINGS && !sightings.contains_key(&device) {
            sightings.insert(device, sign_in.created_at);
            devices += 1;
        }
    }
    sightings
}

/// What is known about the places where a user was seen.
struct Known {
    profile: Profile,
    sign_ins: Vec<SignIn>,
    sightings: BTreeMap<Sighting, Timestamp>,
}

impl Store {
    async fn known(&self, user: &User, now: Timestamp) -> Result<Known, StoreError> {
        let profile = self.profile(user.user_id).await?;
        let sign_ins = self.latest_sign_ins(user.user_id, ATTEMPTS, now).await?;
        let sightings = sightings(user, &sign_ins, now);
        Ok(Known { profile, sign_ins, sightings })
    }

    async fn write_sightings(
        &self,
        user: UserId,
        sightings: &BTreeMap<Sighting, Timestamp>,
    ) -> Result<(), StoreError> {
        let mut tx = self.transaction();
        tx.check_not_erasing(user)?;
        for (sighting, seen) in sightings {
            tx.add_sighting(user, sighting, *seen)?;
        }
        tx.commit().await
    }

    /// Saves a user's sightings for the scans of others, and nothing else.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`; `Conflict` with the label `erasing` for a user who is being
    /// erased.
    pub async fn save_sightings(&self, user: &User, now: Timestamp) -> Result<(), StoreError> {
        let known = self.known(user, now).await?;
        self.write_sightings(user.user_id, &known.sightings).await
    }

    /// Takes a snapshot of a user. With `saves_sightings` it also saves the user's own for the scans of
    /// others; that fails with the label `erasing` for a user who is being erased.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`, `Conflict`.
    pub async fn features_of(
        &self,
        record: &User,
        saves_sightings: bool,
        now: Timestamp,
    ) -> Result<Snapshot, StoreError> {
        let user = record.user_id;
        let Known { profile, sign_ins, sightings } = self.known(record, now).await?;
        let mut keys: Vec<Timestamp> =
            self.api_keys(user).await?.into_iter().map(|key| key.created_at).collect();
        keys.sort_unstable();
        if saves_sightings {
            self.write_sightings(user, &sightings).await?;
        }
        let mut features = Features {
            user,
            now,
            email: record.email.clone(),
            age: profile.date_of_birth.as_deref().and_then(|born| age(born, now)),
            consent_age: consent_age(profile.billing_country.as_ref()),
            billing_country: profile.billing_country.clone(),
            attempts: sign_ins.iter().rev().map(attempt).collect(),
            keys,
            at_address: 1,
            at_device: 1,
            same_mailbox: 0,
            similar_phone: 0,
            similar_address: self.similar_addresses(&record.email).await?,
            users_with_banned_name: self.users_with_banned_name(record).await?,
        };
        for sighting in sightings.keys() {
            let others = self.others_at(sighting, user, now).await?;
            let count = match sighting {
                Sighting::Address(_) => &mut features.at_address,
                Sighting::Device(..) => &mut features.at_device,
                Sighting::Mailbox(_) => &mut features.same_mailbox,
                Sighting::PhoneBlock(_) => &mut features.similar_phone,
            };
            *count =
                (*count).max(if matches!(sighting, Sighting::Address(_) | Sighting::Device(..)) {
                    others.saturating_add(1)
                } else {
                    others
                });
        }
        let source_ip = sign_ins
            .iter()
            .find(|sign_in| sign_in.status == SignInStatus::Success)
            .map(|sign_in| sign_in.ip.clone())
            .filter(|ip| !ip.is_empty());
        Ok(Snapshot { features, source_ip })
    }
}

fn attempt(sign_in: &SignIn) -> Attempt {
    Attempt {
        at: sign_in.created_at,
        success: sign_in.status == SignInStatus::Success,
        country: sign_in.country.clone(),
        guess: matches!(sign_in.reason.as_deref(), Some("wrong_password" | "wrong_code")),
    }
}
