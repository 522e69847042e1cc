//! Flags: each blocks its content until it is lifted, and stays in the history.

use serde::{Deserialize, Serialize};

use super::{Content, ContentId, ContentKind};
use crate::{FlagId, Pseudonym, Timestamp, UserId};

/// The current flag of content, as the content itself keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LiveFlag {
    /// Flag id.
    pub id: FlagId,
    /// Reason for the flag.
    pub reason: String,
    /// Pseudonym of the staff member who flagged it.
    pub by: Pseudonym,
    /// Time of the flag.
    pub at: Timestamp,
}

/// The end of a flag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FlagEnd {
    /// Reason for the end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Pseudonym of the staff member who ended it; none for a service.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<Pseudonym>,
    /// Time of the end.
    pub at: Timestamp,
    /// Whether it ended because the content was removed.
    #[serde(default)]
    pub removed: bool,
}

/// One round of flagging.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Flag {
    /// Flag id; ids sort by time of creation.
    pub id: FlagId,
    /// Id of the content.
    pub content_id: ContentId,
    /// Kind of content.
    pub kind: ContentKind,
    /// Name of the content.
    pub name: String,
    /// User id of the owner.
    pub owner_id: UserId,
    /// Reason for the flag.
    pub reason: String,
    /// Notes for other staff.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub notes: Option<String>,
    /// Pseudonym of the staff member who flagged it.
    pub by: Pseudonym,
    /// Time of the flag.
    pub created_at: Timestamp,
    /// The end of the flag; none while it is in force.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub end: Option<FlagEnd>,
}

impl Flag {
    /// A new flag.
    pub fn new(
        id: FlagId,
        content: &Content,
        reason: String,
        notes: Option<String>,
        by: Pseudonym,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            content_id: content.id,
            kind: content.kind,
            name: content.name.clone(),
            owner_id: content.owner_id,
            reason,
            notes,
            by,
            created_at: now,
            end: None,
        }
    }

    /// The flag as its content keeps it.
    pub fn live(&self) -> LiveFlag {
        LiveFlag { id: self.id, reason: self.reason.clone(), by: self.by, at: self.created_at }
    }

    /// Ends the flag.
    #[must_use]
    pub fn ended(self, end: FlagEnd) -> Self {
        Self { end: Some(end), ..self }
    }
}
