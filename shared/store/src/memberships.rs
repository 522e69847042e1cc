//! Organisations and who belongs to them: an organisation's items share its partition, and the
//! index `memberships` leads from a person to theirs.

use provost_domain::{
    OrganisationId, Pseudonym, Timestamp, UserId,
    organisation::{Member, MemberRole, Organisation},
    page::{Page, PageRequest},
    reserved::HELD_FOR,
    text,
};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError, Transaction,
    item::{Item, Key, decode, encode, n, s},
    prefix_search,
    transaction::Condition,
    walk::Walk,
};

/// The label of the claim on a handle in a transaction.
pub const HANDLE_CLAIM: &str = "handle";
/// The label of an organisation's condition in a transaction: it is as it was read.
pub const ORGANISATION: &str = "organisation";
/// The label of a membership's condition in a transaction: it is there, or not there, as it was
/// read.
pub const MEMBER: &str = "member";
/// How a membership's sort key begins.
pub const MEMBER_PREFIX: &str = "MEMBER#";

/// The partition of an organisation.
pub fn partition(id: OrganisationId) -> String {
    format!("ORG#{id}")
}

/// Where an organisation stands.
pub fn key(id: OrganisationId) -> Key {
    Key::new(partition(id), "ORGANISATION")
}

/// Where a membership stands.
pub fn member_key(id: OrganisationId, member: UserId) -> Key {
    Key::new(partition(id), format!("{MEMBER_PREFIX}{member}"))
}

/// Where the claim on a handle stands.
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
/// `Unreadable` when it has no form as an item.
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
    /// Set when the handle was given up: until then nobody else may have it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) reserved_until: Option<Timestamp>,
}

impl HandleClaim {
    pub(crate) const fn of(organisation_id: OrganisationId) -> Self {
        Self { organisation_id, reserved_until: None }
    }
}

/// Nobody has a handle, or it was given up: by this organisation or this person, or so long ago
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
    /// Creates an organisation with its owner as its first member. `member_count` must say 1.
    ///
    /// # Errors
    /// `Unreadable` when something has no form as an item.
    pub fn create_organisation(&mut self, organisation: &Organisation) -> Result<(), StoreError> {
        self.found_organisation(organisation, None)
    }

    /// The same for a founder who may take a handle that is held for them since an organisation of
    /// theirs was deleted.
    ///
    /// # Errors
    /// `Unreadable` when something has no form as an item.
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
            HANDLE_CLAIM,
            &table,
            encode(
                "a claim",
                &handle_claim(&organisation.handle),
                &HandleClaim::of(organisation.id),
            )?,
            free_handle(organisation.id, founder, organisation.created_at),
        )?;
        self.put(ORGANISATION, &table, stored(organisation)?, Condition::absent())?;
        self.put(
            MEMBER,
            &table,
            encode("a membership", &member_key(organisation.id, owner.member_id), &owner)?,
            Condition::absent(),
        )
    }

    /// Adds a member and counts them.
    ///
    /// # Errors
    /// `Unreadable` when something has no form as an item.
    pub fn add_member(&mut self, member: &Member) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        self.put(
            MEMBER,
            &table,
            encode("a membership", &member_key(member.organisation_id, member.member_id), member)?,
            Condition::absent(),
        )?;
        self.count_member(member.organisation_id, 1)
    }

    /// Takes a member out and counts them. The owner stays: whoever was made the owner in this very
    /// moment is not taken out.
    ///
    /// # Errors
    /// `Unreadable` when the write could not be put together.
    pub fn remove_member(&mut self, id: OrganisationId, member: UserId) -> Result<(), StoreError> {
        self.remove_members(id, &[member])
    }

    /// Takes members out and counts them, at most 90 at a time.
    ///
    /// # Errors
    /// `Unreadable` when the write could not be put together.
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
            self.delete(MEMBER, &table, &member_key(id, *member), no_owner)?;
        }
        self.count_member(id, -i64::try_from(members.len()).unwrap_or(i64::MAX))
    }

    fn count_member(&mut self, id: OrganisationId, by: i64) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        // Whoever belongs to an organisation that is being deleted can leave it; nobody joins.
        let there = if by > 0 { Condition::there() } else { Condition::present() };
        self.update(
            ORGANISATION,
            &table,
            &key(id),
            "ADD memberCount :by, version :one",
            there.value(":by", n(by)).value(":one", n(1)),
        )
    }

    /// Removes an organisation whose last member leaves, as it was read: the organisation, the
    /// membership and the handle. Nothing can be added to it from then on; what else stands in its
    /// partition is cleared after it. The handle is held for its last owner, by pseudonym, where
    /// `held_for` names them; it is free at once where not, as when they are erased.
    ///
    /// # Errors
    /// `Unreadable` when the write could not be put together.
    pub fn remove_organisation(
        &mut self,
        organisation: &Organisation,
        last: UserId,
        held_for: Option<(Pseudonym, Timestamp)>,
    ) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        // Whoever joins in this very moment keeps the organisation alive.
        let alone = Condition::expression("memberCount = :one AND #version = :read")
            .name("#version", "version")
            .value(":one", n(1))
            .value(":read", n(organisation.version));
        self.delete(ORGANISATION, &table, &key(organisation.id), alone)?;
        self.delete(MEMBER, &table, &member_key(organisation.id, last), Condition::present())?;
        let (id, handle) = (organisation.id.to_string(), handle_claim(&organisation.handle));
        let Some((owner, now)) = held_for else {
            let own = Condition::expression("attribute_not_exists(pk) OR organisationId = :id")
                .value(":id", s(id));
            return self.delete(HANDLE_CLAIM, &table, &handle, own);
        };
        let until = now.plus(HELD_FOR);
        let held = Condition::equals("organisationId", s(id))
            .name("#ttl", "ttl")
            .value(":until", s(until.to_string()))
            .value(":ttl", n(until.seconds() + 1))
            .value(":owner", s(owner.to_string()));
        self.update(
            HANDLE_CLAIM,
            &table,
            &handle,
            "SET reservedUntil = :until, formerOwner = :owner, #ttl = :ttl",
            held,
        )
    }
}

impl Store {
    /// Whether a handle is held for somebody who gave it up lately.
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

    /// Reads an organisation, strongly consistent. A query of one item, since some of those who ask
    /// may only query this table.
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

    /// Every membership of a person.
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

    /// A page of a person's memberships, in the order in which their organisations were founded.
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

    /// The organisations that a person owns and that others belong to as well: someone else must
    /// own them before the person can go.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn owned_with_others(&self, owner: UserId) -> Result<Vec<Organisation>, StoreError> {
        let mut owned = Vec::new();
        for member in self.memberships(owner).await? {
            // The index may lag behind, in the role too; the organisation itself says who owns it
            // and how many belong to it.
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
