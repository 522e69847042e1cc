//! The staff's directory of users: filtered, ordered and searched, every list with its exact total
//! and none of them by a scan.
//!
//! A list is one partition of the index of its order. The status of an account is evaluated at the
//! time of the request: an expired temporary ban counts as over even before it is lifted, here as
//! at sign-in.

mod everybody;
pub mod prefix_search;
pub(crate) mod transaction_conflict;

mod roots;
mod search;

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join;
use provost_domain::{
    BuiltInRole, Status, Timestamp, User, UserId,
    page::{Page, PageRequest},
    user::{PortalTier, Suspension, SuspensionKind},
};
use serde::Deserialize;

use crate::{
    Store, StoreError,
    item::{decode, s},
    walk::Walk,
    wire::{Row, Stored},
};

pub use roots::is_active_root;
pub(crate) use search::may_be_unique_id;

/// The one partition of every index over users.
const EVERYBODY: &str = "users";

/// The order of a list of users.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// Newest account first.
    #[default]
    Recent,
    /// Latest sign-in first; accounts that never signed in come last.
    Active,
    /// Most bytes stored first.
    Storage,
}

/// The state of an account that a list filters by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// In this status at the time of the request; `Suspended` means either kind.
    In(Status),
    /// Currently suspended, with this kind of suspension.
    Stopped(SuspensionKind),
}

/// The filter of a list of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filter {
    /// Only this built-in role.
    pub role: Option<BuiltInRole>,
    /// Only accounts in this state.
    pub standing: Option<Standing>,
    /// Only accounts created after this time, exclusive.
    pub created_after: Option<Timestamp>,
    /// The time of the request.
    pub now: Timestamp,
}

/// A user as a list shows it; every attribute is in the index.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserRow {
    /// The user id.
    pub user_id: UserId,
    /// The display name.
    pub name: String,
    /// The sign-in address.
    pub email: String,
    /// The built-in role.
    pub role: BuiltInRole,
    /// The stored status; see [`Self::status_at`].
    pub status: Status,
    /// The suspension, if suspended.
    #[serde(default)]
    pub suspension: Option<Suspension>,
    /// Whether the address was confirmed.
    pub email_verified: bool,
    /// Identity verified by documents.
    pub id_verified: bool,
    /// Student status verified.
    pub student_verified: bool,
    /// The portal tier.
    pub portal_tier: PortalTier,
    /// Whether two-factor authentication is on.
    pub two_factor_enabled: bool,
    /// The number of passkeys.
    pub passkey_count: u32,
    /// When the account was created.
    pub created_at: Timestamp,
    /// The last successful sign-in.
    #[serde(default)]
    pub last_login_at: Option<Timestamp>,
    /// The IP address of the last sign-in.
    #[serde(default)]
    pub last_login_ip: Option<String>,
    /// Bytes stored.
    pub storage_used: u64,
    /// Bytes allowed.
    pub storage_quota: u64,
    /// Files stored.
    pub total_files: u64,
}

impl UserRow {
    /// The list entry of a user that was read completely.
    pub fn of(user: &User) -> Self {
        let p = user;
        Self {
            user_id: p.user_id,
            name: p.name(),
            email: p.email.to_string(),
            role: p.role,
            status: p.status,
            suspension: p.suspension.clone(),
            email_verified: p.email_verified,
            id_verified: p.id_verified,
            student_verified: p.student_verified,
            portal_tier: p.portal_tier,
            two_factor_enabled: p.two_factor_enabled,
            passkey_count: p.passkey_count,
            created_at: p.created_at,
            last_login_at: p.last_login_at,
            last_login_ip: p.last_login_ip.clone(),
            storage_used: p.storage_used,
            storage_quota: p.storage_quota,
            total_files: p.total_files,
        }
    }

    /// The status of the account at this time.
    pub fn status_at(&self, now: Timestamp) -> Status {
        status_at(self.status, self.suspension.as_ref(), now)
    }

    /// The suspension, unless it has expired; also for an account with a pending deletion.
    pub fn suspension_at(&self, now: Timestamp) -> Option<&Suspension> {
        self.suspension
            .as_ref()
            .filter(|_| matches!(self.status, Status::Suspended | Status::Deleted))
            .filter(|it| it.expires_at.is_none_or(|end| now < end))
    }
}

/// The status of an account at a time: an expired temporary suspension gives the status from before
/// the suspension.
fn status_at(status: Status, suspension: Option<&Suspension>, now: Timestamp) -> Status {
    match suspension {
        Some(Suspension { before, expires_at: Some(end), .. })
            if status == Status::Suspended && *end <= now =>
        {
            *before
        }
        _ => status,
    }
}

impl Order {
    const fn index(self) -> (&'static str, &'static str) {
        match self {
            Self::Recent => ("users-by-created", "createdAt"),
            Self::Active => ("users-by-active", "lastActiveKey"),
            Self::Storage => ("users-by-storage", "storageUsed"),
        }
    }
}

impl Filter {
    /// All users.
    pub const fn everybody(now: Timestamp) -> Self {
        Self { role: None, standing: None, created_after: None, now }
    }

    const fn is_everybody(&self) -> bool {
        self.role.is_none() && self.standing.is_none() && self.created_after.is_none()
    }

    /// The walk over this filter's users in an order.
    fn walk(&self, table: &str, order: Order) -> Walk {
        let (index, range) = order.index();
        let mut walk = Walk::of_index(table, index, "directory", EVERYBODY, range).backward();
        match self.created_after {
            // This is the sort key of the order: DynamoDB starts and stops at the right item and
            // reads nothing else.
            Some(after) if order == Order::Recent => {
                walk = walk.between(range, after.plus(1).to_string(), "~")
            }
            Some(after) => {
                walk = walk.filter(
                    "#createdAt > :createdAfter",
                    &[("#createdAt", "createdAt")],
                    vec![(":createdAfter", s(after.to_string()))],
                )
            }
            None => {}
        }
        if let Some(role) = self.role {
            walk = walk.filter(
                "#role = :role",
                &[("#role", "role")],
                vec![(":role", s(role.as_str()))],
            );
        }
        match self.standing {
            Some(standing) => self.stand(walk, standing),
            None => walk,
        }
    }

    fn stand(&self, walk: Walk, standing: Standing) -> Walk {
        const STATUS: (&str, &str) = ("#status", "status");
        const SUSPENSION: (&str, &str) = ("#suspension", "suspension");
        const EXPIRES: (&str, &str) = ("#expiresAt", "expiresAt");
        let suspended = || (":suspended", s(Status::Suspended.as_str()));
        let now = || (":now", s(self.now.to_string()));
        match standing {
            Standing::In(Status::Suspended) => walk.filter(
                "#status = :suspended AND (attribute_not_exists(#suspension.#expiresAt) OR #suspension.#expiresAt > :now)", &[STATUS, SUSPENSION, EXPIRES], vec![suspended(), now()],
            ),
            Standing::Stopped(kind) => walk.filter(
                "#status = :suspended AND #suspension.#kind = :kind AND (attribute_not_exists(#suspension.#expiresAt) OR #suspension.#expiresAt > :now)",
                &[STATUS, SUSPENSION, EXPIRES, ("#kind", "kind")], vec![suspended(), now(), (":kind", kind_value(kind))],
            ),
            Standing::In(status) => walk.filter(
                "(#status = :status OR (#status = :suspended AND #suspension.#expiresAt <= :now AND #suspension.#before = :status))",
                &[STATUS, SUSPENSION, EXPIRES, ("#before", "before")], vec![suspended(), now(), (":status", s(status.as_str()))],
            ),
        }
    }
}

fn kind_value(kind: SuspensionKind) -> AttributeValue {
    s(kind.as_str())
}

impl Store {
    /// One page of users. `search` is the beginning of a name or email address, or a complete id or
    /// unique id.
    ///
    /// Without a filter this takes two concurrent requests: the page from its index, and the
    /// counters of users.
    ///
    /// # Errors
    /// `Unavailable`; `Unreadable` for a position from another list.
    pub async fn users(
        &self,
        filter: &Filter,
        order: Order,
        search: Option<&str>,
        request: &PageRequest,
    ) -> Result<Page<UserRow>, StoreError> {
        if let Some(search) = search {
            return self.search_users(filter, order, search, request).await;
        }
        let walk = filter.walk(&self.names.accounts, order);
        let page = if filter.is_everybody() {
            let (total, page) =
                try_join(self.count_users(), self.page_of::<Row>(&walk, request, Some(0))).await?;
            Page { total, ..page }
        } else {
            self.page_of::<Row>(&walk, request, None).await?
        };
        let rows = page.rows.into_iter().map(row).collect::<Result<_, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }
}

fn row(item: impl Stored) -> Result<UserRow, StoreError> {
    decode("a user's row", item)
}
