//! Deletion requests as staff see them, and as the user whose account is to be erased sees them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DeletionRequest, DeletionState, Hold, SELF};
use crate::{DeletionId, Pseudonym, Timestamp, UserId};

/// A deletion request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeletionView {
    /// Deletion request id.
    pub id: DeletionId,
    /// User id of the account. Absent after erasure.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user_id: Option<UserId>,
    /// Status of the request.
    pub status: DeletionState,
    /// Who requested the deletion: `self`, or the user id of the staff member, or their pseudonym
    /// after erasure. The user concerned sees `staff` instead.
    pub requested_by: String,
    /// Reason for the deletion. Removed at erasure.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Time of the request.
    pub requested_at: Timestamp,
    /// Time from which the account can be erased.
    pub due_at: Timestamp,
    /// Whether a root administrator purged the account. Only a root administrator can cancel a
    /// purge.
    #[serde(default)]
    pub purge: bool,
    /// Legal hold that stops the deletion.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hold: Option<HoldView>,
    /// What blocks the deletion, and how to resolve it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub blocked: Option<String>,
    /// Number of removed items, by category.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub counts: BTreeMap<String, u64>,
    /// Signed receipt (JWS).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub receipt: Option<String>,
    /// Earlier receipts of the same deletion, oldest first. Present if the account was erased again
    /// after a restore from a backup.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub earlier_receipts: Vec<String>,
    /// Time at which the request ended: the account was erased, or the request cancelled.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ended_at: Option<Timestamp>,
    /// Version number; increases with every change.
    pub version: u64,
}

/// A legal hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HoldView {
    /// Reason for the hold. Not shown to the user concerned.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Staff member who placed the hold: user id, or pseudonym after erasure. Not shown to the user
    /// concerned.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<String>,
    /// Time at which the hold was placed.
    pub at: Timestamp,
}

impl DeletionRequest {
    /// The request as staff see it; `name` resolves a pseudonym to a user id.
    pub fn for_staff(&self, name: impl Fn(Pseudonym) -> Option<UserId>) -> DeletionView {
        let named = |pseudonym: Pseudonym| {
            name(pseudonym).map_or_else(|| pseudonym.to_string(), |user| user.to_string())
        };
        let requested_by =
            self.requested_by.parse().map_or_else(|_| self.requested_by.clone(), named);
        let hold = self.hold.as_ref().map(|hold| hold.for_staff(named(hold.by)));
        DeletionView {
            id: self.id,
            user_id: self.user_id,
            status: self.state,
            requested_by,
            reason: self.reason.clone(),
            requested_at: self.created_at,
            due_at: self.due_at,
            purge: self.is_purge(),
            hold,
            blocked: self.blocked.clone(),
            counts: self.counts.clone(),
            receipt: self.receipt.clone(),
            earlier_receipts: self.earlier_receipts.clone(),
            ended_at: self.ended_at,
            version: self.version,
        }
    }

    /// The request as the user concerned sees it, without the staff members who requested or
    /// stopped it and their reasons.
    pub fn for_owner(&self) -> DeletionView {
        let own = self.requested_by == SELF;
        DeletionView {
            requested_by: if own { SELF } else { "staff" }.to_owned(),
            reason: self.reason.clone().filter(|_| own),
            hold: self.hold.as_ref().map(|hold| HoldView { reason: None, by: None, at: hold.at }),
            ..self.for_staff(|_| None)
        }
    }

    /// The pseudonyms of all staff members in a view.
    pub fn staff(&self) -> impl Iterator<Item = Pseudonym> {
        self.requested_by.parse().ok().into_iter().chain(self.hold.as_ref().map(|hold| hold.by))
    }
}

impl Hold {
    /// The hold as staff see it; `by` is the staff member who placed it.
    pub fn for_staff(&self, by: String) -> HoldView {
        HoldView { reason: Some(self.reason.clone()), by: Some(by), at: self.at }
    }
}
