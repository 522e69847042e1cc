//! Notifications: messages in a user's mailbox on the platform, which reach the user even when
//! email does not.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::{NotificationId, Timestamp, time::DAY};

/// Retention time of a notification, in milliseconds.
pub const KEPT: i64 = 365 * DAY;

/// Category of a notification, by which a client can sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotificationKind {
    /// Security of the account.
    Security,
    /// The account itself.
    Account,
    /// An invitation.
    Invite,
    /// An organisation that the user is a member of.
    Organisation,
    /// A verification of identity or student status.
    Verification,
    /// Plans and billing.
    Billing,
    /// The platform.
    System,
}

/// A notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// Notification id; ids sort by time of creation.
    pub id: NotificationId,
    /// Category.
    #[serde(rename = "type")]
    pub kind: NotificationKind,
    /// Title.
    pub title: String,
    /// Text, one or two sentences.
    pub body: String,
    /// Path on the platform for the next step.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub url: Option<String>,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Time at which it was read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub read_at: Option<Timestamp>,
}

impl Notification {
    /// Creates an unread notification.
    pub fn new(
        id: NotificationId,
        kind: NotificationKind,
        title: impl Into<String>,
        body: impl Into<String>,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            kind,
            title: title.into(),
            body: body.into(),
            url: None,
            created_at: now,
            read_at: None,
        }
    }

    /// Adds a path on the platform for the next step.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.url = Some(path.into());
        self
    }
}

/// Ids of notifications that have expired are lower than this one.
pub fn oldest_kept(now: Timestamp) -> NotificationId {
    NotificationId::new(Ulid::from_parts(u64::try_from(now.plus(-KEPT).millis()).unwrap_or(0), 0))
}
