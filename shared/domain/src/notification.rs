//! Notifications: messages in a user's mailbox on the platform, which reach the user even if email does not.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::{NotificationId, Timestamp, time::DAY};

/// How long a notice is kept, in milliseconds.
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

/// A notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// Its id; ids sort by the time they were made.
    pub id: NotificationId,
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: NotificationKind,
    /// In a few words.
    pub title: String,
    /// In a sentence or two.
    pub body: String,
    /// Where to go on: a path of the platform.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub url: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub read_at: Option<Timestamp>,
}

impl Notification {
    /// A new notice, not yet read.
    pub fn new(id: NotificationId, kind: NotificationKind, title: impl Into<String>, body: impl Into<String>, now: Timestamp) -> Self {
        Self { id, kind, title: title.into(), body: body.into(), url: None, created_at: now, read_at: None }
    }

    /// With a path of the platform to go on at.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.url = Some(path.into());
        self
    }
}

/// The id before which a mailbox holds nothing any more.
pub fn oldest_kept(now: Timestamp) -> NotificationId {
    NotificationId::new(Ulid::from_parts(u64::try_from(now.plus(-KEPT).millis()).unwrap_or(0), 0))
}
