//! Organisations in use: the one read that decides a request about one, its members page by page,
//! and changes of ownership and handle.

pub mod memberships;
pub mod organisation_activity;
pub mod organisation_invites;

use std::collections::HashMap;

use provost_domain::{
    OrganisationId, Timestamp, User, UserId,
    organisation::{Member, MemberRole, Organisation},
    page::{Page, PageRequest},
    reserved::HELD_FOR,
};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{decode, encode, n, s},
    memberships::{
        HandleClaim, MEMBER_PREFIX, free_handle, handle_claim, key, member_key, partition, stored,
    },
    records,
    transaction::Condition,
    walk::Walk,
};

/// The data that decides a request about an organisation.
#[derive(Debug, Clone, Default)]
pub struct MemberAccess {
    /// The caller.
    pub user: Option<User>,
    /// The organisation.
    pub organisation: Option<Organisation>,
    /// The caller's membership.
    pub member: Option<Member>,
}

impl Store {
    /// Reads caller, organisation and the caller's membership in one strongly consistent request.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn standing(
        &self,
        caller: UserId,
        id: OrganisationId,
    ) -> Result<MemberAccess, StoreError> {
        let wanted = [
            (self.names.accounts.clone(), vec![records::key(caller)]),
            (self.names.organisations.clone(), vec![key(id), member_key(id, caller)]),
        ];
        let mut standing = MemberAccess::default();
        for item in self.batch_get_of(wanted.into(), true).await? {
            match item.get("sk").and_then(|sk| sk.as_s().ok()).map(String::as_str) {
                Some("PRINCIPAL") => standing.user = Some(records::read(item)?),
                Some("ORGANISATION") => {
                    standing.organisation = Some(decode("an organisation", item)?)
                }
                _ => standing.member = Some(decode("a membership", item)?),
            }
        }
        self.complete(standing.user.as_mut()).await?;
        Ok(standing)
    }

    /// An organisation and one membership of it, in one strongly consistent request.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn organisation_and_member(
        &self,
        id: OrganisationId,
        member: UserId,
    ) -> Result<(Option<Organisation>, Option<Member>), StoreError> {
        let (mut organisation, mut membership) = (None, None);
        for item in self
            .batch_get(&self.names.organisations, vec![key(id), member_key(id, member)], true)
            .await?
        {
            match item.get("sk").and_then(|sk| sk.as_s().ok()).map(String::as_str) {
                Some("ORGANISATION") => organisation = Some(decode("an organisation", item)?),
                _ => membership = Some(decode("a membership", item)?),
            }
        }
        Ok((organisation, membership))
    }

    /// A membership and the user, in one strongly consistent request.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn member_and_user(
        &self,
        id: OrganisationId,
        member: UserId,
    ) -> Result<(Option<Member>, Option<User>), StoreError> {
        let (mut membership, mut user) = (None, None);
        let wanted = [
            (self.names.accounts.clone(), vec![records::key(member)]),
            (self.names.organisations.clone(), vec![member_key(id, member)]),
        ];
        for item in self.batch_get_of(wanted.into(), true).await? {
            match item.get("sk").and_then(|sk| sk.as_s().ok()).map(String::as_str) {
                Some("PRINCIPAL") => user = Some(records::read(item)?),
                _ => membership = Some(decode("a membership", item)?),
            }
        }
        Ok((membership, self.completed(user).await?))
    }

    /// Whether a user is a member of an organisation. A query for one item, since some callers have
    /// permission only to query this table.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn is_member(&self, id: OrganisationId, member: UserId) -> Result<bool, StoreError> {
        let place = member_key(id, member);
        let call = self
            .dynamo
            .query()
            .table_name(&self.names.organisations)
            .key_condition_expression("pk = :pk AND sk = :sk")
            .expression_attribute_values(":pk", s(place.pk))
            .expression_attribute_values(":sk", s(place.sk))
            .consistent_read(true);
        let answer = call
            .send()
            .await
            .map_err(|cause| StoreError::unavailable("reading a membership", cause))?;
        Ok(answer.count() > 0)
    }

    /// The organisations with these ids, in any order; missing ones are left out.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn organisations(
        &self,
        ids: impl IntoIterator<Item = OrganisationId>,
    ) -> Result<HashMap<OrganisationId, Organisation>, StoreError> {
        let keys = ids
            .into_iter()
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .map(key)
            .collect();
        let mut found = HashMap::new();
        for item in self.batch_get(&self.names.organisations, keys, true).await? {
            let organisation: Organisation = decode("an organisation", item)?;
            found.insert(organisation.id, organisation);
        }
        Ok(found)
    }

    /// The members of an organisation, a page at a time. The total comes from the organisation.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn members(
        &self,
        organisation: &Organisation,
        request: &PageRequest,
    ) -> Result<Page<Member>, StoreError> {
        let walk = Walk::of_table(&self.names.organisations, partition(organisation.id))
            .beginning("sk", MEMBER_PREFIX);
        let page = self.page(&walk, request, Some(organisation.member_count)).await?;
        let rows = page
            .rows
            .into_iter()
            .map(|item| decode("a membership", item))
            .collect::<Result<_, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }

    /// Users by id; missing users are left out.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn users_of(
        &self,
        users: impl IntoIterator<Item = UserId>,
    ) -> Result<HashMap<UserId, User>, StoreError> {
        let keys = users
            .into_iter()
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .map(records::key)
            .collect();
        let mut found = HashMap::new();
        for item in self.batch_get(&self.names.accounts, keys, false).await? {
            let user = records::read(item)?;
            found.insert(user.user_id, user);
        }
        self.complete(found.values_mut()).await?;
        Ok(found)
    }
}

impl Condition {
    /// The organisation exists, and its deletion has not begun.
    pub(crate) fn there() -> Self {
        Self::expression("attribute_exists(pk) AND attribute_not_exists(deletingSince)")
    }
}

impl Transaction {
    /// Writes a changed organisation, on condition that it is unchanged since it was read.
    /// Increments the version.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn save_organisation(&mut self, organisation: &Organisation) -> Result<(), StoreError> {
        let written = Organisation { version: organisation.version + 1, ..organisation.clone() };
        let (item, table) = (stored(&written)?, self.store().names().organisations.clone());
        self.put(
            Conflict::Organisation,
            &table,
            item,
            Condition::equals("version", n(organisation.version)),
        )
    }

    /// Requires that an organisation still exists and that its deletion has not begun.
    ///
    /// # Errors
    /// `Unreadable` when the check cannot be built.
    pub fn check_organisation(&mut self, id: OrganisationId) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        self.check(Conflict::Organisation, &table, &key(id), Condition::there())
    }

    /// Requires that a user is still a member of an organisation.
    ///
    /// # Errors
    /// `Unreadable` when the check cannot be built.
    pub fn check_member(&mut self, id: OrganisationId, member: UserId) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        self.check(Conflict::Member, &table, &member_key(id, member), Condition::present())
    }

    /// Changes an organisation's handle. The earlier one is reserved for it for a while, to prevent
    /// impersonation.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn move_handle(
        &mut self,
        id: OrganisationId,
        from: &str,
        to: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        self.put(
            Conflict::Handle,
            &table,
            encode("a claim", &handle_claim(to), &HandleClaim::of(id))?,
            free_handle(id, None, now),
        )?;
        let until = now.plus(HELD_FOR);
        let held = Condition::equals("organisationId", s(id.to_string()))
            .name("#ttl", "ttl")
            .value(":until", s(until.to_string()))
            .value(":ttl", n(until.seconds() + 1));
        self.update(
            Conflict::FormerHandle,
            &table,
            &handle_claim(from),
            "SET reservedUntil = :until, #ttl = :ttl",
            held,
        )
    }

    /// Changes the role of a member, if it is unchanged since it was read.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn change_member_role(
        &mut self,
        id: OrganisationId,
        member: UserId,
        from: MemberRole,
        to: MemberRole,
    ) -> Result<(), StoreError> {
        let table = self.store().names().organisations.clone();
        let as_read = Condition::expression("#role = :read")
            .name("#role", "role")
            .value(":read", s(from.as_str()))
            .value(":role", s(to.as_str()));
        self.update(Conflict::Member, &table, &member_key(id, member), "SET #role = :role", as_read)
    }
}
