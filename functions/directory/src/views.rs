//! What a search answers: groups of rows, one for each kind that the caller may see. A row says enough to recognise a thing and to open it, and nothing secret.

use provost_domain::{
    BuiltInRole, NodeId, OrganisationId, Principal, ProductId, ServerId, Status, Timestamp, UserId, infrastructure::Server,
    principal::PortalTier,
};
use provost_store::{directory::UserRow, finding::OrganisationRow};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A kind of thing that can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// People.
    Users,
    /// Organisations.
    Organisations,
    /// Servers of organisations.
    Servers,
    /// Plans that people have.
    Orders,
}

/// What a thing was found by, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum FoundBy {
    /// Its id is the text.
    Id,
    /// Its address is the text.
    Email,
    /// Its username is the text.
    Username,
    /// Its unique id is the text.
    UniqueId,
    /// Its handle is the text.
    Handle,
    /// Its name begins with the text.
    Name,
    /// Its address begins with the text.
    EmailPrefix,
}

/// What was found.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchView {
    /// What was looked for, without the spaces around it.
    pub query: String,
    /// What was found, by kind.
    pub groups: Groups,
}

/// One group for each kind that was asked for and that the caller may see.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Groups {
    /// People.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub users: Option<Group<UserHit>>,
    /// Organisations; only for those who may see any organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisations: Option<Group<OrganisationHit>>,
    /// Servers; only for those who may see any organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub servers: Option<Group<ServerHit>>,
    /// Plans that people have; only for those who may see subscriptions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orders: Option<Group<OrderHit>>,
}

/// A page of one kind.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "{T}Group")]
pub struct Group<T> {
    /// The surest first: an id, then a unique name, then names that begin so, then addresses that begin so.
    pub rows: Vec<T>,
    /// How many there are, when all of them are here; null when there may be more, since counting them would mean reading them.
    pub total: Option<u64>,
    /// Send this as `cursor` with this `kind` and the same `q` for the next page, which may be shorter than asked for; null on the last.
    pub next_cursor: Option<String>,
}

/// A person.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserHit {
    /// The id.
    id: UserId,
    /// The display name.
    name: String,
    /// The sign-in address.
    email: String,
    /// The username.
    username: Option<String>,
    /// The built-in role.
    role: BuiltInRole,
    /// Where the account stands at this moment.
    status: Status,
    /// Whether the address was confirmed.
    email_verified: bool,
    /// The portal tier.
    portal_tier: PortalTier,
    /// When the account was made.
    created_at: Timestamp,
    /// The last successful sign-in.
    last_login_at: Option<Timestamp>,
    /// What the person was found by.
    found_by: FoundBy,
}

impl UserHit {
    /// The row at this moment.
    pub fn of(person: &Principal, found_by: FoundBy, now: Timestamp) -> Self {
        let row = UserRow::of(person);
        Self {
            id: row.user_id,
            status: row.status_at(now),
            name: row.name,
            email: row.email,
            username: person.username.as_ref().map(ToString::to_string),
            role: row.role,
            email_verified: row.email_verified,
            portal_tier: row.portal_tier,
            created_at: row.created_at,
            last_login_at: row.last_login_at,
            found_by,
        }
    }
}

/// An organisation.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganisationHit {
    /// The id.
    id: OrganisationId,
    /// Its name.
    name: String,
    /// Its globally unique handle.
    handle: String,
    /// Who answers for it.
    owner_id: UserId,
    /// Its tier.
    portal_tier: PortalTier,
    /// When it was founded.
    created_at: Timestamp,
    /// What it was found by.
    found_by: FoundBy,
}

impl OrganisationHit {
    /// The row.
    pub fn of(row: OrganisationRow, found_by: FoundBy) -> Self {
        let OrganisationRow { id, name, handle, owner_id, portal_tier, created_at } = row;
        Self { id, name, handle, owner_id, portal_tier, created_at, found_by }
    }
}

/// A server.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerHit {
    /// The id.
    id: ServerId,
    /// Whose it is.
    organisation_id: OrganisationId,
    /// What its members call it.
    name: String,
    /// The node that was chosen for it.
    node_id: Option<NodeId>,
    /// When it was added.
    created_at: Timestamp,
    /// What it was found by.
    found_by: FoundBy,
}

impl ServerHit {
    /// The row.
    pub fn of(server: Server, found_by: FoundBy) -> Self {
        let Server { id, organisation_id, name, node_id, created_at } = server;
        Self { id, organisation_id, name, node_id, created_at, found_by }
    }
}

/// A plan that somebody has.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderHit {
    /// The product.
    plan_id: ProductId,
    /// Its name when it was applied.
    plan_name: String,
    /// The tier that it gives.
    portal_tier: PortalTier,
    /// Since when.
    applied_at: Timestamp,
    /// Who has it.
    user_id: UserId,
    /// Their display name.
    user_name: String,
    /// What it was found by: the plan's own id, or what its holder was found by.
    found_by: FoundBy,
}

impl OrderHit {
    /// The plan of a person who has one.
    pub fn of(person: &Principal, found_by: FoundBy) -> Option<Self> {
        let plan = person.entitlements.plan.as_ref()?;
        Some(Self {
            plan_id: plan.id,
            plan_name: plan.name.clone(),
            portal_tier: plan.portal_tier,
            applied_at: plan.at,
            user_id: person.user_id,
            user_name: person.name(),
            found_by,
        })
    }
}
