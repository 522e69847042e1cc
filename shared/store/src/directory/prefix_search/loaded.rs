//! Reads the users and organisations that a search found.

use std::collections::{BTreeSet, HashMap};

use provost_domain::{OrganisationId, User, UserId, organisation::Organisation};

use crate::{Store, StoreError, item::decode, memberships, records};

/// Complete users and organisations by id; missing ones are left out.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Users.
    pub people: HashMap<UserId, User>,
    /// Organisations.
    pub organisations: HashMap<OrganisationId, Organisation>,
}

impl Store {
    /// Reads users and organisations in one strongly consistent request, at most a hundred together;
    /// makes no request for an empty list.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn whole(
        &self,
        people: impl IntoIterator<Item = UserId>,
        organisations: impl IntoIterator<Item = OrganisationId>,
    ) -> Result<Loaded, StoreError> {
        let distinct: BTreeSet<_> = people.into_iter().collect();
        let people: Vec<_> = distinct.into_iter().map(records::key).collect();
        let distinct: BTreeSet<_> = organisations.into_iter().collect();
        let organisations: Vec<_> = distinct.into_iter().map(memberships::key).collect();
        let wanted: HashMap<_, _> = [
            (self.names.accounts.clone(), people),
            (self.names.organisations.clone(), organisations),
        ]
        .into_iter()
        .filter(|(_, keys)| !keys.is_empty())
        .collect();
        let mut loaded = Loaded::default();
        for item in self.batch_get_of(wanted, true).await? {
            if item.get("sk").and_then(|sk| sk.as_s().ok()).is_some_and(|sk| sk == "PRINCIPAL") {
                let user = records::read(item)?;
                loaded.people.insert(user.user_id, user);
            } else {
                let organisation: Organisation = decode("an organisation", item)?;
                loaded.organisations.insert(organisation.id, organisation);
            }
        }
        Ok(loaded)
    }
}
