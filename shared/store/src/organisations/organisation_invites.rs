//! Invitations: one item in the organisation's partition, and an address entry under the address's
//! digest by which the invitee finds it. There is one address entry for each organisation and
//! address, which also prevents two simultaneous invitations of an address.

use aws_lc_rs::digest::{SHA256, digest};
use provost_domain::{
    Email, InviteId, OrganisationId, Timestamp, UserId,
    organisation::{self, Member, Organisation},
    organisation_invite::{Invite, InviteStatus, REMEMBERED},
};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, decode, encode, n, s},
    memberships,
    transaction::Condition,
    walk::Walk,
};

/// The prefix of an invitation's sort key.
pub const PREFIX: &str = "INVITE#";
/// The prefix of an address entry's partition.
const ADDRESS: &str = "ADDRESS#";
/// The maximum number of an organisation's invitations in a response.
const SHOWN: usize = 200;

/// The key of an invitation.
pub fn key(organisation: OrganisationId, id: InviteId) -> Key {
    Key::new(memberships::partition(organisation), format!("{PREFIX}{id}"))
}

/// The key of an invitation's address entry.
fn sign_key(address: &str, organisation: OrganisationId) -> Key {
    Key::new(format!("{ADDRESS}{address}"), format!("ORG#{organisation}"))
}

/// The digest of an address, by which invitations to it are found.
pub fn address_key(email: &Email) -> String {
    address_digest(email.as_str())
}

/// The digest of an address in its normal form.
pub fn address_digest(address: &str) -> String {
    hex::encode(digest(&SHA256, address.as_bytes()))
}

/// An address entry, which points from an address to an invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sign {
    /// The organisation.
    pub organisation_id: OrganisationId,
    /// The invitation.
    pub invite_id: InviteId,
    /// Whether it waits for an answer, unless it has expired.
    pub open: bool,
    /// When it expires.
    pub expires_at: Timestamp,
}

impl Sign {
    /// Whether the invitation waits for an answer.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.open && now < self.expires_at
    }

    fn of(invite: &Invite) -> Self {
        Self {
            organisation_id: invite.organisation_id,
            invite_id: invite.id,
            open: invite.status == InviteStatus::Pending,
            expires_at: invite.expires_at,
        }
    }
}

// An invitation contains an address, so it is not kept longer than it is used.
fn with_end(mut item: Item, invite: &Invite) -> Item {
    item.insert("ttl".to_owned(), n(invite.expires_at.plus(REMEMBERED).seconds()));
    item
}

impl Transaction {
    /// Writes a new invitation. `earlier` is the address entry that was read for this address,
    /// whose invitation has ended; both are removed with this change.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn create_invite(
        &mut self,
        invite: &Invite,
        earlier: Option<&Sign>,
    ) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        let sign = sign_key(&invite.address_key, invite.organisation_id);
        let as_read = match earlier {
            None => Condition::absent(),
            Some(earlier) => {
                self.delete(
                    Conflict::Invitation,
                    &table,
                    &key(invite.organisation_id, earlier.invite_id),
                    Condition::none(),
                )?;
                Condition::equals("inviteId", s(earlier.invite_id.to_string()))
            }
        };
        self.put(
            Conflict::Invitation,
            &table,
            with_end(encode("a sign", &sign, &Sign::of(invite))?, invite),
            as_read,
        )?;
        self.put(
            Conflict::Invitation,
            &table,
            with_end(
                encode("an invitation", &key(invite.organisation_id, invite.id), invite)?,
                invite,
            ),
            Condition::absent(),
        )
    }

    /// Writes a changed invitation and its address entry, on condition that the stored version is
    /// one less: the invitation is unchanged since it was read.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn save_invite(&mut self, invite: &Invite) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        let sign = sign_key(&invite.address_key, invite.organisation_id);
        let as_read = Condition::equals("version", n(invite.version.saturating_sub(1)));
        self.put(
            Conflict::Invitation,
            &table,
            with_end(
                encode("an invitation", &key(invite.organisation_id, invite.id), invite)?,
                invite,
            ),
            as_read,
        )?;
        self.put(
            Conflict::Invitation,
            &table,
            with_end(encode("a sign", &sign, &Sign::of(invite))?, invite),
            Condition::equals("inviteId", s(invite.id.to_string())),
        )
    }

    /// Removes an invitation and its address entry, if the entry is unchanged since it was read.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn forget_invite(&mut self, email: &Email, sign: &Sign) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        let as_read = Condition::equals("inviteId", s(sign.invite_id.to_string()));
        self.delete(
            Conflict::Invitation,
            &table,
            &sign_key(&address_key(email), sign.organisation_id),
            as_read,
        )?;
        self.delete(
            Conflict::Invitation,
            &table,
            &key(sign.organisation_id, sign.invite_id),
            Condition::none(),
        )
    }
}

impl Store {
    /// Reads an invitation.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn invite(
        &self,
        organisation: OrganisationId,
        id: InviteId,
    ) -> Result<Option<Invite>, StoreError> {
        let found = self
            .get(&self.names.organisations, &key(organisation, id), "reading an invitation")
            .await?;
        found.map(|item| decode("an invitation", item)).transpose()
    }

    /// The address entry for an address in an organisation.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn invite_sign(
        &self,
        organisation: OrganisationId,
        email: &Email,
    ) -> Result<Option<Sign>, StoreError> {
        let found = self
            .get(
                &self.names.organisations,
                &sign_key(&address_key(email), organisation),
                "reading an invitation",
            )
            .await?;
        found.map(|item| decode("a sign", item)).transpose()
    }

    /// The address entries of every invitation to an address, including invitations that ended.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn invite_signs(&self, email: &Email) -> Result<Vec<Sign>, StoreError> {
        let (mut signs, mut start) = (Vec::new(), None);
        loop {
            let call = self
                .dynamo
                .query()
                .table_name(&self.names.organisations)
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", s(format!("{ADDRESS}{}", address_key(email))))
                .consistent_read(true)
                .set_exclusive_start_key(start.take());
            let answer = call
                .send()
                .await
                .map_err(|cause| StoreError::unavailable("reading invitations", cause))?;
            for item in answer.items.unwrap_or_default() {
                signs.push(decode("a sign", item)?);
            }
            match answer.last_evaluated_key {
                Some(next) => start = Some(next),
                None => return Ok(signs),
            }
        }
    }

    /// An invitation with its organisation and the membership that the invitee may already have, in
    /// one strongly consistent request.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn invited(
        &self,
        sign: &Sign,
        person: UserId,
    ) -> Result<(Option<Invite>, Option<Organisation>, Option<Member>), StoreError> {
        let id = sign.organisation_id;
        let (mut invite, mut organisation, mut member) = (None, None, None);
        for item in self
            .batch_get(
                &self.names.organisations,
                vec![
                    key(id, sign.invite_id),
                    memberships::key(id),
                    memberships::member_key(id, person),
                ],
                true,
            )
            .await?
        {
            match item.get("sk").and_then(|sk| sk.as_s().ok()).map(String::as_str) {
                Some("ORGANISATION") => organisation = Some(decode("an organisation", item)?),
                Some(sort) if sort.starts_with(PREFIX) => {
                    invite = Some(decode("an invitation", item)?)
                }
                _ => member = Some(decode("a membership", item)?),
            }
        }
        Ok((invite, organisation, member))
    }

    /// Invitations by address entry; missing ones are left out.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn invites_at(&self, signs: &[Sign]) -> Result<Vec<Invite>, StoreError> {
        let keys = signs.iter().map(|sign| key(sign.organisation_id, sign.invite_id)).collect();
        self.batch_get(&self.names.organisations, keys, true)
            .await?
            .into_iter()
            .map(|item| decode("an invitation", item))
            .collect()
    }

    /// The newest invitations of an organisation that wait for an answer, at most 200. Ended
    /// invitations are skipped, regardless of their number.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn open_invites(
        &self,
        organisation: OrganisationId,
        now: Timestamp,
    ) -> Result<Vec<Invite>, StoreError> {
        let walk = Walk::of_table(&self.names.organisations, memberships::partition(organisation))
            .beginning("sk", PREFIX)
            .backward()
            .filter(
                "#status = :pending AND expiresAt > :now",
                &[("#status", "status")],
                vec![(":pending", s("pending")), (":now", s(now.to_string()))],
            );
        let (mut open, mut after) = (Vec::new(), None);
        loop {
            let (items, next) = self.next_items(&walk, after.take()).await?;
            for item in items {
                open.push(decode("an invitation", item)?);
                if open.len() == SHOWN {
                    return Ok(open);
                }
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(open),
            }
        }
    }

    /// Removes an organisation's data besides its members: its avatar, its activity and its
    /// invitations, with their address entries.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn clear_organisation(&self, id: OrganisationId) -> Result<(), StoreError> {
        self.release_infrastructure(id).await?;
        self.erase_objects(&self.names.files, &organisation::folder(id)).await?;
        let mut start = None;
        loop {
            let call = self
                .dynamo
                .query()
                .table_name(&self.names.organisations)
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", s(memberships::partition(id)))
                .projection_expression("pk, sk, addressKey")
                .consistent_read(true)
                .set_exclusive_start_key(start.take());
            let answer = call
                .send()
                .await
                .map_err(|cause| StoreError::unavailable("listing what to remove", cause))?;
            let text = |item: &Item, name: &str| {
                item.get(name).and_then(|value| value.as_s().ok().cloned())
            };
            let mut keys = Vec::new();
            for item in answer.items() {
                let Some(sort) = text(item, "sk") else { continue };
                if sort == "ORGANISATION" || sort.starts_with(memberships::MEMBER_PREFIX) {
                    continue;
                }
                if let Some(address) = text(item, "addressKey") {
                    keys.push(sign_key(&address, id));
                }
                keys.push(Key::new(memberships::partition(id), sort));
            }
            for chunk in keys.chunks(50) {
                let mut tx = self.transaction();
                for key in chunk {
                    tx.delete(Conflict::Gone, &self.names.organisations, key, Condition::none())?;
                }
                tx.commit().await?;
            }
            match answer.last_evaluated_key {
                Some(next) => start = Some(next),
                None => return Ok(()),
            }
        }
    }
}
