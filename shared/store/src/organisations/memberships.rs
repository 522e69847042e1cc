//! Organisations and their members: an organisation's items share its partition, and the index
//! `memberships` finds a user's memberships.

use provost_domain::{
    OrganisationId, Pseudonym, Timestamp, UserId,
    organisation::{Member, MemberRole, Organisation},
    page::{Page, PageRequest},
    reserved::HELD_FOR,
    text,
};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, decode, encode, n, s},
    prefix_search,
    transaction::Condition,
    walk::Walk,
};

/// The prefix of a membership's sort key.
pub const MEMBER_PREFIX: &str = "MEMBER#";

/// The partition of an organisation.
pub fn partition(id: OrganisationId) -> String {
    format!("ORG#{id}")
}

/// The key of an organisation.
pub fn key(id: OrganisationId) -> Key {
    Key::new(partition(id), "ORGANISATION")
}

/// The key of a membership.
pub fn member_key(id: OrganisationId, member: UserId) -> Key {
    Key::new(partition(id), format!("{MEMBER_PREFIX}{member}"))
}

/// The key of the claim on a handle.
pub fn handle_claim(handle: &str) -> Key {
    Key::new(format!("HANDLE#{handle}"), "CLAIM")
}

/// An organisation with the attributes that only the index `by-name` needs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stored<'a> {
    #[serde(flatten)]
    organisation: &'a Organisation,
    directory: &'static str,
    name_key: String,
}

/// An organisation as an item, for the transaction that writes it.
///
/// # Errors
/// `Unreadable` when it cannot be serialized.
pub(crate) fn stored(organisation: &Organisation) -> Result<Item, StoreError> {
    let stored = Stored {
        organisation,
        directory: prefix_search::ORGANISATIONS,
        name_key: text::fold(&organisation.name),
    };
    encode("an organisation", &key(organisation.id), &stored)
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HandleClaim {
    pub(crate) organisation_id: OrganisationId,
    /// Set when the handle was released: until then it stays reserved.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) reserved_until: Option<Timestamp>,
}

impl HandleClaim {
    pub(crate) const fn of(organisation_id: OrganisationId) -> Self {
        Self { organisation_id, reserved_until: None }
    }
}

/// The handle is unclaimed, or it was released: by this organisation or this user, or so long ago
/// that it is free.
pub(crate) fn free_handle(
    organisation: OrganisationId,
    founder: Option<Pseudonym>,
    now: Timestamp,
) -> Condition {
    Condition::expression(
        "attribute_not_exists(pk) OR (attribute_exists(reservedUntil) AND (organisationId = :id OR formerOwner = :founder OR reservedUntil <= :now))",
    )
    .value(":id", s(organisation.to_string()))
    .value(":founder", s(founder.map_or_else(|| "nobody".to_owned(), |founder| founder.to_string())))
    .value(":now", s(now.to_string()))
}

impl Transaction {
    /// Creates an organisation with its owner as its first member. `member_count` must be 1.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn create_organisation(&mut self, organisation: &Organisation) -> Result<(), StoreError> {
        self.found_organisation(organisation, None)
    }

    /// The same for a founder who may take a handle that is reserved for them since an organisation
    /// of theirs was deleted.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn found_organisation(
        &mut self,
        organisation: &Organisation,
        founder: Option<Pseudonym>,
    ) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        let owner = Member {
            organisation_id: organisation.id,
            member_id: organisation.owner_id,
            role: MemberRole::Owner,
            joined_at: organisation.created_at,
        };
        self.put(
            Conflict::Handle,
            &table,
            encode(
                "a claim",
                &handle_claim(&organisation.handle),
                &HandleClaim::of(organisation.id),
            )?,
            free_handle(organisation.id, founder, organisation.created_at),
        )?;
        self.put(Conflict::Organisation, &table, stored(organisation)?, Condition::absent())?;
        self.put(
            Conflict::Member,
            &table,
            encode("a membership", &member_key(organisation.id, owner.member_id), &owner)?,
            Condition::absent(),
        )
    }

    /// Adds a member and updates the count.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn add_member(&mut self, member: &Member) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        self.put(
            Conflict::Member,
            &table,
            encode("a membership", &member_key(member.organisation_id, member.member_id), member)?,
            Condition::absent(),
        )?;
        self.count_member(member.organisation_id, 1)
    }

    /// Removes a member and updates the count. The owner stays: a member who becomes the owner at
    /// the same time is not removed.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn remove_member(&mut self, id: OrganisationId, member: UserId) -> Result<(), StoreError> {
        self.remove_members(id, &[member])
    }

    /// Removes members and updates the count, at most 90 at a time.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn remove_members(
        &mut self,
        id: OrganisationId,
        members: &[UserId],
    ) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        for member in members {
            let no_owner = Condition::expression("attribute_exists(pk) AND #role <> :owner")
                .name("#role", "role")
                .value(":owner", s("owner"));
            self.delete(Conflict::Member, &table, &member_key(id, *member), no_owner)?;
        }
        self.count_member(id, -i64::try_from(members.len()).unwrap_or(i64::MAX))
    }

    fn count_member(&mut self, id: OrganisationId, by: i64) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        // Members of an organisation that is being deleted can leave it; nobody can join.
        let there = if by > 0 { Condition::there() } else { Condition::present() };
        self.update(
            Conflict::Organisation,
            &table,
            &key(id),
            "ADD memberCount :by, version :one",
            there.value(":by", n(by)).value(":one", n(1)),
        )
    }

    /// Removes an organisation whose last member leaves, on condition that it is unchanged since it
    /// was read: the organisation, the membership and the handle. Nothing can be added to it
    /// afterwards; the rest of its partition is cleared later. The handle is reserved for its last
    /// owner, by pseudonym, if `held_for` names them; otherwise it is free immediately, as when the
    /// owner is erased.
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn remove_organisation(
        &mut self,
        organisation: &Organisation,
        last: UserId,
        held_for: Option<(Pseudonym, Timestamp)>,
    ) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        // A member who joins at the same time keeps the organisation alive.
        let alone = Condition::expression("memberCount = :one AND #version = :read")
            .name("#version", "version")
            .value(":one", n(1))
            .value(":read", n(organisation.version));
        self.delete(Conflict::Organisation, &table, &key(organisation.id), alone)?;
        self.delete(
            Conflict::Member,
            &table,
            &member_key(organisation.id, last),
            Condition::present(),
        )?;
        let (id, handle) = (organisation.id.to_string(), handle_claim(&organisation.handle));
        let Some((owner, now)) = held_for else {
            let own = Condition::expression("attribute_not_exists(pk) OR organisationId = :id")
                .value(":id", s(id));
            return self.delete(Conflict::Handle, &table, &handle, own);
        };
        let until = now.plus(HELD_FOR);
        let held = Condition::equals("organisationId", s(id))
            .name("#ttl", "ttl")
            .value(":until", s(until.to_string()))
            .value(":ttl", n(until.seconds() + 1))
            .value(":owner", s(owner.to_string()));
        self.update(
            Conflict::Handle,
            &table,
            &handle,
            "SET reservedUntil = :until, formerOwner = :owner, #ttl = :ttl",
            held,
        )
    }
}

impl Store {
    /// Whether a handle is reserved for an owner who released it recently.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn is_handle_held(&self, handle: &str) -> Result<bool, StoreError> {
        let found =
            self.get(&self.names.organisations, &handle_claim(handle), "reading a claim").await?;
        Ok(found
            .map(|item| decode::<HandleClaim>("a claim", item))
            .transpose()?
            .is_some_and(|claim| claim.reserved_until.is_some()))
    }

    /// Reads an organisation (strongly consistent). A query for one item, since some callers have
    /// permission only to query this table.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn organisation(
        &self,
        id: OrganisationId,
    ) -> Result<Option<Organisation>, StoreError> {
        let key = key(id);
        let call = self
            .dynamo
            .query()
            .table_name(&self.names.organisations)
            .key_condition_expression("pk = :pk AND sk = :sk")
            .expression_attribute_values(":pk", s(key.pk))
            .expression_attribute_values(":sk", s(key.sk))
            .consistent_read(true);
        let answer = call
            .send()
            .await
            .map_err(|cause| StoreError::unavailable("reading an organisation", cause))?;
        answer
            .items
            .unwrap_or_default()
            .pop()
            .map(|item| decode("an organisation", item))
            .transpose()
    }

    /// Every membership of a user.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn memberships(&self, member: UserId) -> Result<Vec<Member>, StoreError> {
        let (mut members, mut start) = (Vec::new(), None);
        loop {
            let call = self
                .dynamo
                .query()
                .table_name(&self.names.organisations)
                .index_name("memberships")
                .key_condition_expression("memberId = :member")
                .expression_attribute_values(":member", s(member.to_string()))
                .set_exclusive_start_key(start.take());
            let answer = call
                .send()
                .await
                .map_err(|cause| StoreError::unavailable("reading memberships", cause))?;
            for item in answer.items.unwrap_or_default() {
                members.push(decode("a membership", item)?);
            }
            match answer.last_evaluated_key {
                Some(next) => start = Some(next),
                None => return Ok(members),
            }
        }
    }

    /// A page of a user's memberships, in the order in which their organisations were founded.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn memberships_page(
        &self,
        member: UserId,
        request: &PageRequest,
    ) -> Result<Page<Member>, StoreError> {
        let walk = Walk::of_index(
            &self.names.organisations,
            "memberships",
            "memberId",
            member.to_string(),
            "pk",
        );
        let page = self.page(&walk, request, None).await?;
        let rows = page
            .rows
            .into_iter()
            .map(|item| decode("a membership", item))
            .collect::<Result<_, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }

    /// The organisations that a user owns and that have other members: they need a new owner before
    /// the user can be deleted.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn owned_with_others(&self, owner: UserId) -> Result<Vec<Organisation>, StoreError> {
        let mut owned = Vec::new();
        for member in self.memberships(owner).await? {
            // The index may lag behind, for the role too; the organisation itself has the current
            // owner and member count.
            if let Some(organisation) = self.organisation(member.organisation_id).await?
                && organisation.owner_id == owner
                && organisation.member_count > 1
            {
                owned.push(organisation);
            }
        }
        Ok(owned)
    }
}
