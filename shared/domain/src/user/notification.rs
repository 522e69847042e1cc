//! Notifications: messages in a user's mailbox on the platform, which reach the user even when
//! email does not.

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::{NotificationId, Timestamp, stored_enum::stored_enum, time::DAY};

/// Retention time of a notification, in milliseconds.
pub const KEPT: i64 = 365 * DAY;

stored_enum! {
    /// Category of a notification, by which a client can sort.
    pub enum NotificationKind {
        /// Security of the account.
        Security = "security",
        /// The account itself.
        Account = "account",
        /// An invitation.
        Invite = "invite",
        /// An organisation that the user is a member of.
        Organisation = "organisation",
        /// A verification of identity or student status.
        Verification = "verification",
        /// Plans and billing.
        Billing = "billing",
        /// The platform.
        System = "system",
    }
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

    /// Marks the notification as read or unread. The time of the first reading is kept. Returns none
    /// if this changes nothing.
    #[must_use]
    pub fn mark(mut self, read: bool, now: Timestamp) -> Option<Self> {
        if self.read_at.is_some() == read {
            return None;
        }
        self.read_at = read.then_some(now);
        Some(self)
    }

    /// Whether the notification has not expired.
    pub fn is_kept(&self, now: Timestamp) -> bool {
        self.id >= oldest_kept(now)
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
