//! Deletion requests: from the request to erase an account to the signed receipt.
//!
//! `scheduled → (held ⇄ scheduled) → executing → erased`, or `→ cancelled`, or `blocked`.

mod as_job;
mod legal_hold;
mod steps;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    BucketId, DeletionId, OrganisationId, Pseudonym, Status, Timestamp, User, UserId,
    stored_enum::stored_enum, time::DAY,
};
pub use legal_hold::Hold;
pub use steps::CancelledBy;

/// Default number of days between a deletion request and the erasure.
pub const DEFAULT_GRACE_DAYS: i64 = 14;
/// Number of days for which backups (point-in-time recovery) still contain erased data.
pub const BACKUP_DAYS: i64 = 35;

stored_enum! {
    /// Status of a deletion request.
    #[derive(PartialOrd, Ord)]
    pub enum DeletionState {
        /// Waiting for the due time.
        Scheduled = "scheduled",
        /// Stopped by a legal hold.
        Held = "held",
        /// Erasure in progress. Cannot be cancelled any more.
        Executing = "executing",
        /// Account erased. The receipt is available.
        Erased = "erased",
        /// Cancelled.
        Cancelled = "cancelled",
        /// Blocked until another user owns the account's organisations.
        Blocked = "blocked",
    }
}

/// Audit action of placing a hold.
pub const HELD: &str = "deletion.held";
/// Audit action of releasing a hold.
pub const HOLD_LIFTED: &str = "deletion.hold_lifted";

/// The value of [`DeletionRequest::requested_by`] for a request by the user.
pub const SELF: &str = "self";

/// Progress of the worker: the step and the position within it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Checkpoint {
    /// The first step that is not done.
    pub step: u32,
    /// Fencing token of the run that holds the request; a run with a lower token must stop.
    pub fence: u64,
    /// The last key of the step's list that is already counted. It may have to be removed again,
    /// but is not counted again. Absent between steps and at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Time until which uploads that started before the point of no return may still arrive; the
    /// last step waits for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uploads_until: Option<Timestamp>,
    /// The organisation that is already removed and may have leftover data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clearing: Option<OrganisationId>,
    /// The assigned storage buckets in which objects of that organisation may be.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub clearing_buckets: BTreeSet<BucketId>,
    /// The assigned storage buckets in which files of the user may be: the last pass over the files
    /// comes after the account, which names the buckets.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub buckets: BTreeSet<BucketId>,
}

/// The data of a new request.
#[derive(Debug, Clone)]
pub struct NewDeletion {
    /// Deletion request id.
    pub id: DeletionId,
    /// User id of the account.
    pub user: UserId,
    /// Pseudonym in the audit log.
    pub pseudonym: Pseudonym,
    /// `self`, or the pseudonym of the staff member.
    pub requested_by: String,
    /// Reason given.
    pub reason: Option<String>,
    /// Time from which the account can be erased.
    pub due_at: Timestamp,
    /// What currently blocks the deletion.
    pub blocked: Option<String>,
}

/// A deletion request.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeletionRequest {
    /// Deletion request id.
    pub id: DeletionId,
    /// User id of the account. Absent after erasure.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user_id: Option<UserId>,
    /// Pseudonym in the audit log.
    pub pseudonym: Pseudonym,
    /// `self`, or the pseudonym of the staff member.
    pub requested_by: String,
    /// Reason given. Removed at erasure, since reasons can contain names.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Status.
    pub state: DeletionState,
    /// Time of the request.
    pub created_at: Timestamp,
    /// Time from which the account can be erased.
    pub due_at: Timestamp,
    /// The legal hold that stops it: a copy of the account's. Only requests of older versions have
    /// one of their own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hold: Option<Hold>,
    /// Whether a root administrator purged the account. Absent in requests of older versions, in
    /// which every request by staff was a purge.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub purge: Option<bool>,
    /// What blocks the deletion.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub blocked: Option<String>,
    /// Progress of the worker.
    #[serde(default)]
    pub checkpoint: Checkpoint,
    /// Number of removed items, by category.
    #[serde(default)]
    pub counts: BTreeMap<String, u64>,
    /// The signed receipt.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub receipt: Option<String>,
    /// The receipts of the same deletion from before a backup brought the account back, oldest
    /// first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub earlier_receipts: Vec<String>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ended_at: Option<Timestamp>,
    /// Version number; increases with every change.
    pub version: u64,
}

impl DeletionRequest {
    /// The pseudonyms of the staff members who requested or stopped the deletion.
    pub fn staff(&self) -> impl Iterator<Item = Pseudonym> {
        self.requested_by.parse().ok().into_iter().chain(self.hold.as_ref().map(|hold| hold.by))
    }

    /// Creates a request: scheduled, or blocked if something blocks it.
    pub fn new(new: NewDeletion, now: Timestamp) -> Self {
        let NewDeletion { id, user, pseudonym, requested_by, reason, due_at, blocked } = new;
        let state =
            if blocked.is_some() { DeletionState::Blocked } else { DeletionState::Scheduled };
        Self {
            id,
            user_id: Some(user),
            pseudonym,
            requested_by,
            reason,
            state,
            created_at: now,
            due_at,
            hold: None,
            purge: Some(false),
            blocked,
            checkpoint: Checkpoint::default(),
            counts: BTreeMap::new(),
            receipt: None,
            earlier_receipts: Vec::new(),
            ended_at: None,
            version: 1,
        }
    }

    /// The request to erase again an account that a backup restored: due now, or held while a legal
    /// hold protects the restored account. It is a purge, so only a root administrator can cancel
    /// it. `self` is the request where the account was erased or was being erased; `found` is its
    /// version in the restored table.
    #[must_use]
    pub fn replayed(
        self,
        user: UserId,
        hold: Option<&Hold>,
        found: Option<u64>,
        now: Timestamp,
    ) -> Self {
        let mut earlier_receipts = self.earlier_receipts;
        earlier_receipts.extend(self.receipt);
        Self {
            user_id: Some(user),
            state: DeletionState::Scheduled,
            due_at: self.due_at.min(now),
            hold: None,
            blocked: None,
            checkpoint: Checkpoint::default(),
            counts: BTreeMap::new(),
            receipt: None,
            earlier_receipts,
            ended_at: None,
            version: self.version.max(found.unwrap_or_default()) + 1,
            ..self
        }
        .as_purge()
        .held_by(hold)
    }

    /// The same request for an account under this legal hold: it starts on hold.
    #[must_use]
    pub fn held_by(self, hold: Option<&Hold>) -> Self {
        match hold {
            Some(hold) => Self { state: DeletionState::Held, hold: Some(hold.clone()), ..self },
            None => self,
        }
    }

    /// The same request as a purge by a root administrator: only a root administrator can cancel
    /// it.
    #[must_use]
    pub fn as_purge(self) -> Self {
        Self { purge: Some(true), ..self }
    }

    /// Whether a root administrator purged the account.
    pub fn is_purge(&self) -> bool {
        self.purge.unwrap_or(self.requested_by != SELF)
    }

    /// Whether the user may cancel the deletion.
    pub fn owner_may_cancel(&self) -> bool {
        self.is_open() && !self.is_purge()
    }

    /// Whether the user may sign in to remove what blocks the deletion.
    pub fn lets_owner_in(&self, user: &User) -> bool {
        let usable = matches!(user.standing(), Status::Active | Status::PendingVerification);
        self.state == DeletionState::Blocked && !self.is_purge() && usable
    }

    /// Whether the request has neither started nor ended.
    pub const fn is_open(&self) -> bool {
        matches!(
            self.state,
            DeletionState::Scheduled | DeletionState::Held | DeletionState::Blocked
        )
    }

    /// Increases the version number.
    #[must_use]
    pub fn changed(mut self) -> Self {
        self.version += 1;
        self
    }
}

/// The due time of a deletion that is requested now.
pub fn due(now: Timestamp, grace_days: i64) -> Timestamp {
    now.plus(grace_days.clamp(0, 365) * DAY)
}

/// Content of an erasure receipt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// Deletion request id.
    pub deletion_id: DeletionId,
    /// Pseudonym of the erased user.
    pub pseudonym: Pseudonym,
    /// Who requested the deletion: `self`, or the pseudonym of a staff member.
    pub authority: String,
    /// Time of the deletion request.
    pub requested_at: Timestamp,
    /// Time at which the erasure was completed.
    pub erased_at: Timestamp,
    /// Number of removed items, by category.
    pub counts: BTreeMap<String, u64>,
    /// Time from which backups no longer contain the data either.
    pub backups_clear_at: Timestamp,
    /// Issuer of the receipt.
    pub issuer: String,
}
