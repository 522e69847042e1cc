//! Results of a search: one group for each kind that the caller can see. A result has what staff
//! need to recognise and open it, and nothing secret.

use provost_domain::{
    BuiltInRole, NodeId, OrganisationId, Permission, PermissionSet, ProductId, ServerId, Status,
    Timestamp, User, UserId, infrastructure::Server, user::PortalTier,
};
use provost_http::redacted;
use provost_store::{directory::UserRow, prefix_search::OrganisationRow};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Kind of search result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Users.
    Users,
    /// Organisations.
    Organisations,
    /// Servers of organisations.
    Servers,
    /// Plans of users.
    Orders,
}

/// Field that matched the search text, most exact first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum MatchedOn {
    /// The id is the search text.
    Id,
    /// The email address is the search text.
    Email,
    /// The username is the search text.
    Username,
    /// The unique id is the search text.
    UniqueId,
    /// The handle is the search text.
    Handle,
    /// The name: that of a user contains a word of the search text, or nearly, that of another result
    /// begins with the search text.
    Name,
    /// The email address begins with a word of the search text.
    EmailPrefix,
    /// The email address contains a word of the search text, or nearly.
    EmailPart,
    /// The username begins with or contains a word of the search text, or nearly.
    UsernamePart,
    /// The unique id begins with or contains a word of the search text.
    UniqueIdPart,
    /// The identifier in another system.
    ExternalId,
    /// The phone number. Requires `billing.read`.
    Phone,
}

/// The results of a search.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchView {
    /// Search text, without surrounding spaces.
    pub query: String,
    /// Results, grouped by kind.
    pub groups: Groups,
}

/// Search results by kind, with one group for each kind that was requested and that the caller can
/// see.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Groups {
    /// Users. Requires `user.list`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub users: Option<Group<UserHit>>,
    /// Organisations. Requires `org.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisations: Option<Group<OrganisationHit>>,
    /// Servers. Requires `org.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub servers: Option<Group<ServerHit>>,
    /// Plans of users. Requires `billing.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orders: Option<Group<OrderHit>>,
}

/// A page of search results of one kind.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "{T}Group")]
pub struct Group<T> {
    /// Results, best match first: ids, then unique names, then names.
    pub rows: Vec<T>,
    /// Total number of results. Exact for users; for other kinds null if not all are on this page,
    /// since they are not counted.
    pub total: Option<u64>,
    /// Cursor of the next page, to send as `cursor` with this `kind` and the same `q`; null on the
    /// last page. The next page can be shorter than the limit.
    pub next_cursor: Option<String>,
    /// How a search for text found the users; absent for an id and for other kinds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<SearchOutcome>,
}

/// How a search found users.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "StaffSearchOutcome")]
pub struct SearchOutcome {
    /// How far the search went: `literal`, `typo`, or `typoInside` of a word.
    pub stage: &'static str,
    /// Number of users that match without typing mistakes. They come first.
    pub literal_total: u64,
}

/// A user in search results.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserHit {
    /// User id.
    id: UserId,
    /// Display name.
    name: String,
    /// Email address for sign-in. Requires `user.view`.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Username; null if the user has none.
    username: Option<String>,
    /// Built-in role.
    role: BuiltInRole,
    /// Status of the account at the time of the request.
    status: Status,
    /// Whether the email address is confirmed.
    email_verified: bool,
    /// Tier, which decides what the account may use.
    portal_tier: PortalTier,
    /// Time at which the account was created.
    created_at: Timestamp,
    /// Time of the last successful sign-in, null if there was none. Requires `session.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_login_at: Option<Option<Timestamp>>,
    /// Field that matched the search text.
    matched_on: MatchedOn,
    /// Names of the fields that the caller cannot see.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    redacted: Vec<String>,
}

impl UserHit {
    /// The view of a user at this time, for a caller with these permissions.
    pub fn of(person: &User, matched_on: MatchedOn, held: &PermissionSet, now: Timestamp) -> Self {
        let row = UserRow::of(person);
        let sees_email = held.contains(&Permission::UserView);
        let sees_sessions = held.contains(&Permission::SessionRead);
        Self {
            id: row.user_id,
            status: row.status_at(now),
            name: row.name,
            email: sees_email.then_some(row.email),
            username: person.username.as_ref().map(ToString::to_string),
            role: row.role,
            email_verified: row.email_verified,
            portal_tier: row.portal_tier,
            created_at: row.created_at,
            last_login_at: sees_sessions.then_some(row.last_login_at),
            matched_on,
            redacted: redacted(&[("email", sees_email), ("lastLoginAt", sees_sessions)]),
        }
    }
}

/// An organisation in search results.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganisationHit {
    /// Organisation id.
    id: OrganisationId,
    /// Name of the organisation.
    name: String,
    /// Handle, unique across all organisations.
    handle: String,
    /// User id of the owner.
    owner_id: UserId,
    /// Tier, which decides what the organisation may use.
    portal_tier: PortalTier,
    /// Time of creation.
    created_at: Timestamp,
    /// Field that matched the search text.
    matched_on: MatchedOn,
}

impl OrganisationHit {
    /// The view of an organisation.
    pub fn of(row: OrganisationRow, matched_on: MatchedOn) -> Self {
        let OrganisationRow { id, name, handle, owner_id, portal_tier, created_at } = row;
        Self { id, name, handle, owner_id, portal_tier, created_at, matched_on }
    }
}

/// A server in search results.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerHit {
    /// Server id.
    id: ServerId,
    /// The organisation that owns the server.
    organisation_id: OrganisationId,
    /// Name that its members gave the server.
    name: String,
    /// Node chosen for the server; null if the platform chooses among the shared nodes.
    node_id: Option<NodeId>,
    /// Time of creation.
    created_at: Timestamp,
    /// Field that matched the search text.
    matched_on: MatchedOn,
}

impl ServerHit {
    /// The view of a server.
    pub fn of(server: Server, matched_on: MatchedOn) -> Self {
        let Server { id, organisation_id, name, node_id, created_at } = server;
        Self { id, organisation_id, name, node_id, created_at, matched_on }
    }
}

/// The plan of a user in search results.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderHit {
    /// Product id.
    plan_id: ProductId,
    /// Name of the product when the plan was applied.
    plan_name: String,
    /// Portal tier of the plan.
    portal_tier: PortalTier,
    /// Time at which the plan was applied.
    applied_at: Timestamp,
    /// User id of the account with the plan.
    user_id: UserId,
    /// Display name of the user.
    user_name: String,
    /// Field that matched the search text: the product id, or a field of the user.
    matched_on: MatchedOn,
}

impl OrderHit {
    /// The plan of a user; `None` if there is none.
    pub fn of(person: &User, matched_on: MatchedOn) -> Option<Self> {
        let plan = person.entitlements.plan.as_ref()?;
        Some(Self {
            plan_id: plan.id,
            plan_name: plan.name.clone(),
            portal_tier: plan.portal_tier,
            applied_at: plan.at,
            user_id: person.user_id,
            user_name: person.name(),
            matched_on,
        })
    }
}
