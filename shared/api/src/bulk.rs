//! Bulk actions on users, as the directory API shows them.

use std::collections::{BTreeMap, HashMap};

use provost_domain::{
    BuiltInRole, BulkJobId, Pseudonym, RoleId, Status, Timestamp, UserId,
    bulk::{BulkAction, BulkItem, BulkJob, BulkOutcome, BulkStatus, BulkStatusChange, BulkTally},
    user::SuspensionKind,
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
    /// Whether a second person must approve the job: it changes more users than the threshold of the
    /// setting `bulkApproval`, or a staff member.
    pub requires_approval: bool,
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
    /// What the job does with each user.
    pub change: BulkChange,
    /// Number of users who are to be changed, by the plan.
    pub planned: u64,
    /// Number of staff members among them, when the plan was made.
    pub staff: u64,
    /// Progress of the job.
    pub progress: BulkProgress,
    /// Outcomes so far.
    pub outcomes: BulkOutcomes,
    /// Reason for the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// User id of the staff member who started the job, or pseudonym after erasure.
    pub requested_by: String,
    /// Approval of a second person; absent for a job that needs none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<BulkApprovalView>,
    /// User id of the staff member who approved the job, or pseudonym after erasure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
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

/// What a bulk action does with each user. Fields of other kinds of jobs are absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BulkChange {
    /// New status of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Kind of the suspension.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspension_kind: Option<SuspensionKind>,
    /// Time at which the suspension ends; absent for no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspended_until: Option<Timestamp>,
    /// New built-in role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<BuiltInRole>,
    /// Custom roles to assign.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub add_roles: Vec<RoleId>,
    /// Custom roles to remove.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remove_roles: Vec<RoleId>,
    /// Days until the erasure of a deleted account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_days: Option<i64>,
    /// Id of the job that is undone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undoes: Option<BulkJobId>,
    /// Whether each user is notified.
    pub notify: bool,
}

impl BulkChange {
    fn of(action: &BulkAction) -> Self {
        let none = Self { notify: action.notifies(), ..Self::default() };
        match action {
            BulkAction::Delete { grace_days, .. } => {
                Self { status: Some(Status::Deleted), grace_days: Some(*grace_days), ..none }
            }
            BulkAction::Status(BulkStatusChange { to, kind, until, .. }) => Self {
                status: Some(*to),
                suspension_kind: (*to == Status::Suspended).then_some(*kind),
                suspended_until: *until,
                ..none
            },
            BulkAction::Roles { role, add, remove } => {
                let (add_roles, remove_roles) = (add.clone(), remove.clone());
                Self { role: *role, add_roles, remove_roles, ..none }
            }
            BulkAction::Undo { job } => Self { undoes: Some(*job), ..none },
            BulkAction::Unknown(_) => none,
        }
    }
}

/// The approval of a bulk action by a second person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BulkApprovalView {
    /// Time until which the job waits for it.
    pub until: Timestamp,
    /// Whether you may approve or reject the job: it waits, and another member of staff started it.
    pub may_decide: bool,
    /// Whether the job was approved; absent as long as nobody has decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved: Option<bool>,
    /// User id of the staff member who decided, or pseudonym after erasure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// Time of the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Timestamp>,
    /// Reason for the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// For whom a job is shown.
#[derive(Debug, Clone, Copy)]
pub struct BulkViewer<'a> {
    /// Pseudonym of the caller.
    pub caller: Pseudonym,
    /// User ids of the caller and of the staff members whom the job names, by pseudonym.
    pub names: &'a HashMap<Pseudonym, UserId>,
    /// Time of the request.
    pub now: Timestamp,
}

impl BulkViewer<'_> {
    fn name(&self, staff: Pseudonym) -> String {
        self.names.get(&staff).map_or_else(|| staff.to_string(), UserId::to_string)
    }

    fn approval(&self, job: &BulkJob) -> Option<BulkApprovalView> {
        let approval = job.approval.as_ref()?;
        let decision = approval.decision.as_ref();
        Some(BulkApprovalView {
            until: approval.until,
            may_decide: job.check_decision(self.caller, self.now).is_ok(),
            approved: decision.map(|decision| decision.approved),
            decided_by: decision.map(|decision| self.name(decision.by)),
            decided_at: decision.map(|decision| decision.at),
            reason: decision.and_then(|decision| decision.reason.clone()),
        })
    }
}

impl BulkJobView {
    /// The job as a staff member sees it.
    pub fn of(job: &BulkJob, viewer: BulkViewer<'_>) -> Self {
        let BulkTally { done, unchanged, blocked, failed } = job.tally;
        Self {
            id: job.id,
            job_id: job.id,
            kind: job.action.as_str(),
            status: job.status_at(viewer.now),
            change: BulkChange::of(&job.action),
            planned: job.planned,
            staff: job.staff,
            progress: BulkProgress {
                done: job.tally.sum(),
                total: job.total,
                percent: job.percent(),
            },
            outcomes: BulkOutcomes { done, unchanged, blocked, failed },
            reason: job.reason.clone(),
            requested_by: viewer.name(job.requested_by),
            approval: viewer.approval(job),
            approved_by: job.approved_by().map(|staff| viewer.name(staff)),
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
    /// What became of the user; `planned` for a user who is to be changed once the job is approved.
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
