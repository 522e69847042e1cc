//! Deletion requests as staff see them, and as the user whose account is to be erased sees them.

use std::collections::BTreeMap;

use provost_domain::{
    DeletionId, Pseudonym, Timestamp, UserId,
    deletion::{DeletionRequest, DeletionState, Hold, SELF},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

impl DeletionView {
    /// The request as staff see it; `name` resolves a pseudonym to a user id.
    pub fn for_staff(
        request: &DeletionRequest,
        name: impl Fn(Pseudonym) -> Option<UserId>,
    ) -> Self {
        let named = |pseudonym: Pseudonym| {
            name(pseudonym).map_or_else(|| pseudonym.to_string(), |user| user.to_string())
        };
        let requested_by =
            request.requested_by.parse().map_or_else(|_| request.requested_by.clone(), named);
        let hold = request.hold.as_ref().map(|hold| HoldView::for_staff(hold, named(hold.by)));
        Self {
            id: request.id,
            user_id: request.user_id,
            status: request.state,
            requested_by,
            reason: request.reason.clone(),
            requested_at: request.created_at,
            due_at: request.due_at,
            purge: request.is_purge(),
            hold,
            blocked: request.blocked.clone(),
            counts: request.counts.clone(),
            receipt: request.receipt.clone(),
            earlier_receipts: request.earlier_receipts.clone(),
            ended_at: request.ended_at,
            version: request.version,
        }
    }

    /// The request as the user concerned sees it, without the staff members who requested or
    /// stopped it and their reasons.
    pub fn for_owner(request: &DeletionRequest) -> Self {
        let own = request.requested_by == SELF;
        Self {
            requested_by: if own { SELF } else { "staff" }.to_owned(),
            reason: request.reason.clone().filter(|_| own),
            hold: request.hold.as_ref().map(|hold| HoldView {
                reason: None,
                by: None,
                at: hold.at,
            }),
            ..Self::for_staff(request, |_| None)
        }
    }
}

impl HoldView {
    /// The hold as staff see it; `by` is the staff member who placed it.
    pub fn for_staff(hold: &Hold, by: String) -> Self {
        Self { reason: Some(hold.reason.clone()), by: Some(by), at: hold.at }
    }
}
