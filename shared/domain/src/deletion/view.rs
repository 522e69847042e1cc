//! A deletion request as staff see it, and as the person whose account it is does.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DeletionRequest, DeletionState, Hold, SELF};
use crate::{DeletionId, Pseudonym, Timestamp, UserId};

/// A request as callers see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeletionView {
    /// Its id.
    pub id: DeletionId,
    /// Whose account; absent once it is erased.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user_id: Option<UserId>,
    /// Where it stands.
    pub status: DeletionState,
    /// `self`, or the member of staff who asked: their id, or their pseudonym once they are erased themselves. The person concerned reads `staff`.
    pub requested_by: String,
    /// The reason given; gone after the erasure.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When the account may be erased.
    pub due_at: Timestamp,
    /// Whether a root administrator purged the account, so that only a root administrator can cancel it.
    #[serde(default)]
    pub purge: bool,
    /// The legal hold that stops it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hold: Option<HoldView>,
    /// What stands in its way, and what to do about it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub blocked: Option<String>,
    /// What was removed, by category.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub counts: BTreeMap<String, u64>,
    /// The signed receipt, a JWS.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub receipt: Option<String>,
    /// Receipts of the same deletion from before a restored backup brought the account back, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub earlier_receipts: Vec<String>,
    /// When it ended: erased or cancelled.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ended_at: Option<Timestamp>,
    /// Counts every change.
    pub version: u64,
}

/// A hold as callers see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HoldView {
    /// The reason given; not for the person concerned.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Who holds it; not for the person concerned.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<String>,
    /// Since when.
    pub at: Timestamp,
}

impl DeletionRequest {
    /// The request as staff see it; `name` says who is behind a pseudonym.
    pub fn for_staff(&self, name: impl Fn(Pseudonym) -> Option<UserId>) -> DeletionView {
        let named = |pseudonym: Pseudonym| name(pseudonym).map_or_else(|| pseudonym.to_string(), |user| user.to_string());
        let requested_by = self.requested_by.parse().map_or_else(|_| self.requested_by.clone(), named);
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

    /// The request as the person concerned sees it: who of the staff asked or holds it, and why, is not for them.
    pub fn for_owner(&self) -> DeletionView {
        let own = self.requested_by == SELF;
        DeletionView {
            requested_by: if own { SELF } else { "staff" }.to_owned(),
            reason: self.reason.clone().filter(|_| own),
            hold: self.hold.as_ref().map(|hold| HoldView { reason: None, by: None, at: hold.at }),
            ..self.for_staff(|_| None)
        }
    }

    /// Every pseudonym of staff that a view names.
    pub fn staff(&self) -> impl Iterator<Item = Pseudonym> {
        self.requested_by.parse().ok().into_iter().chain(self.hold.as_ref().map(|hold| hold.by))
    }
}

impl Hold {
    /// The hold as staff see it; `by` names who placed it.
    pub fn for_staff(&self, by: String) -> HoldView {
        HoldView { reason: Some(self.reason.clone()), by: Some(by), at: self.at }
    }
}
