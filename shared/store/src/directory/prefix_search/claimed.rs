//! Finds users and organisations by their unique names.

use std::collections::HashMap;

use provost_domain::{Email, OrganisationId, UserId, Username, organisation, unique_id};

use crate::{
    Store, StoreError,
    item::{Key, decode},
    memberships::{self, handle_claim},
    records::{self, email_claim, unique_id_claim, username_claim},
};

/// The user or organisation with a given unique name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Claimed {
    /// The user with this address.
    pub email: Option<UserId>,
    /// The user with this username.
    pub username: Option<UserId>,
    /// The user with this unique id.
    pub unique_id: Option<UserId>,
    /// The organisation with this handle.
    pub handle: Option<OrganisationId>,
}

/// No request is made for a text that cannot be a unique id.
fn may_be_unique_id(text: &str) -> bool {
    text.len() >= 4 && unique_id::parse(text).is_ok()
}

impl Store {
    /// The user or organisation with this unique name: one request, and none for a text that cannot
    /// be one.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn claimed(
        &self,
        text: &str,
        people: bool,
        organisations: bool,
    ) -> Result<Claimed, StoreError> {
        let lower = text.to_lowercase();
        let email = text.parse::<Email>().ok().filter(|_| people).map(|email| email_claim(&email));
        let username = lower
            .parse::<Username>()
            .ok()
            .filter(|_| people)
            .map(|username| username_claim(&username));
        let unique_id = (people && may_be_unique_id(text)).then(|| unique_id_claim(text));
        let handle = organisation::handle(&lower)
            .ok()
            .filter(|_| organisations)
            .map(|handle| handle_claim(&handle));
        let mut wanted = HashMap::new();
        let accounts: Vec<_> =
            [&email, &username, &unique_id].into_iter().flatten().cloned().collect();
        if !accounts.is_empty() {
            wanted.insert(self.names.accounts.clone(), accounts);
        }
        if let Some(handle) = &handle {
            wanted.insert(self.names.organisations.clone(), vec![handle.clone()]);
        }
        let mut claimed = Claimed::default();
        if wanted.is_empty() {
            return Ok(claimed);
        }
        for item in self.batch_get_of(wanted, true).await? {
            let pk = item.get("pk").and_then(|pk| pk.as_s().ok()).cloned().unwrap_or_default();
            let is = |key: &Option<Key>| key.as_ref().is_some_and(|key| key.pk == pk);
            if is(&handle) {
                let claim = decode::<memberships::HandleClaim>("a claim", item)?;
                claimed.handle = claim.reserved_until.is_none().then_some(claim.organisation_id);
                continue;
            }
            let claim = decode::<records::Claim>("a claim", item)?;
            // A released username no longer finds its former owner.
            let owner = claim.reserved_until.is_none().then_some(claim.user_id);
            if is(&email) {
                claimed.email = owner;
            } else if is(&username) {
                claimed.username = owner;
            } else {
                claimed.unique_id = owner;
            }
        }
        Ok(claimed)
    }
}
