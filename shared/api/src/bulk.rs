//! Bulk actions on users, as the directory API shows them.

use std::collections::BTreeMap;

use provost_domain::{
    BulkJobId, Pseudonym, Timestamp, UserId,
    bulk::{BulkItem, BulkJob, BulkOutcome, BulkStatus, BulkTally},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::DirectoryUser;

/// A selected user who cannot be changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BulkBlockedUser {
    /// User id, as it was selected.
    pub user_id: UserId,
    /// Stable code: an error code of the route for one user, `DUPLICATE`, `UNCHANGED`, or
    /// `UNREADABLE`.
    pub code: String,
    /// What is wrong, and what to do about it.
    pub detail: String,
}

/// A planned bulk action. Nothing has changed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BulkPlan {
    /// Id of the plan, to send back as `plan_id`. The job that carries it out has the same id.
    pub plan_id: BulkJobId,
    /// Kind of job: `bulk_delete`, `bulk_status` or `bulk_roles`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Number of users who are to be changed.
    pub count: u64,
    /// First users who are to be changed.
    pub sample: Vec<DirectoryUser>,
    /// Selected users who cannot be changed, each with the reason.
    pub blocked: Vec<BulkBlockedUser>,
    /// Number of entries in `blocked`, by code.
    pub blocked_by_code: BTreeMap<String, u64>,
    /// Digest of the selected users. It is the same as long as the same users are selected.
    pub digest: String,
    /// Time until which the plan can be carried out.
    pub expires_at: Timestamp,
}

/// How many users were processed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BulkProgress {
    /// Number of users processed.
    pub done: u64,
    /// Number of users to process: those of the plan, with those whom it leaves out.
    pub total: u64,
    /// Progress, 0 to 100. Reaches 100 only when the job is completed.
    pub percent: u64,
}

/// How many users had which outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BulkOutcomes {
    /// Number of users who were changed.
    pub done: u64,
    /// Number of users who were as wanted already.
    pub unchanged: u64,
    /// Number of users whom a rule protected.
    pub blocked: u64,
    /// Number of users whose account could not be read.
    pub failed: u64,
}

/// A bulk action on users, as a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BulkJobView {
    /// Job id.
    pub id: BulkJobId,
    /// Job id; same value as `id`.
    pub job_id: BulkJobId,
    /// Kind of job: `bulk_delete`, `bulk_status`, `bulk_roles` or `bulk_undo`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Status of the job.
    pub status: BulkStatus,
    /// Progress of the job.
    pub progress: BulkProgress,
    /// Outcomes so far.
    pub outcomes: BulkOutcomes,
    /// Reason for the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// User id of the staff member who started the job, or pseudonym after erasure.
    pub requested_by: String,
    /// Time at which the plan was made.
    pub created_at: Timestamp,
    /// Time of the last progress report.
    pub updated_at: Timestamp,
    /// Time at which the job ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
    /// Why the job failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Time until which the job can be undone; absent while it is in progress, and if it changed
    /// nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo_until: Option<Timestamp>,
    /// Id of the latest job that undoes this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undone_by: Option<BulkJobId>,
}

impl BulkJobView {
    /// The job as staff see it; `requested_by` is the user id of the staff member who started it.
    pub fn of(job: &BulkJob, requested_by: Option<UserId>) -> Self {
        let BulkTally { done, unchanged, blocked, failed } = job.tally;
        Self {
            id: job.id,
            job_id: job.id,
            kind: job.action.as_str(),
            status: job.status,
            progress: BulkProgress {
                done: job.tally.sum(),
                total: job.total,
                percent: job.percent(),
            },
            outcomes: BulkOutcomes { done, unchanged, blocked, failed },
            reason: job.reason.clone(),
            requested_by: requested_by
                .map_or_else(|| job.requested_by.to_string(), |user| user.to_string()),
            created_at: job.created_at,
            updated_at: job.reported_at,
            completed_at: job.ended_at,
            error: job.error.clone(),
            undo_until: job.undo_until(),
            undone_by: job.undone_by,
        }
    }
}

/// What became of a user in a bulk job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BulkItemView {
    /// User id, or pseudonym after erasure.
    pub user_id: String,
    /// What became of the user.
    pub outcome: BulkOutcome,
    /// Why the user was not changed: an error code of the route for one user, `CHANGED_SINCE` in an
    /// undo, or `UNREADABLE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Time at which it was decided.
    pub at: Timestamp,
}

impl BulkItemView {
    /// The item as staff see it; `name` resolves a pseudonym to a user id.
    pub fn of(item: &BulkItem, name: impl Fn(Pseudonym) -> Option<UserId>) -> Self {
        Self {
            user_id: name(item.user).map_or_else(|| item.user.to_string(), |user| user.to_string()),
            outcome: item.outcome,
            code: item.code.clone(),
            at: item.at,
        }
    }
}
