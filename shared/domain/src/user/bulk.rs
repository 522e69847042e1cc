//! Bulk actions: one change of many users. A bulk action is planned first: the plan names every
//! selected user who cannot be changed, and why. The plan is then carried out by a worker as a job,
//! one user at a time, and can be undone for a day.
//!
//! What is stored about users in a plan, a job or an item of a job is their pseudonym, which cannot
//! be linked to them after an erasure.

mod approval;
mod approval_rule;
mod journal;
mod life;

use serde::{Deserialize, Serialize};

pub use approval::{APPROVAL_LIFE, Approval, ApprovalDecision};
pub use approval_rule::{BulkApproval, DEFAULT_BULK_THRESHOLD};
pub use journal::{CHANGED_SINCE, Journal, Recorded, RecordedSuspension, changed_since, undo_code};

use crate::{
    ApiError, BuiltInRole, BulkJobId, Code, Permission, PermissionSet, Pseudonym, RoleId, Status,
    Timestamp,
    job::LongJob,
    stored_enum::stored_enum,
    time::{DAY, MINUTE},
    user::SuspensionKind,
};

/// How long a plan can be carried out, in milliseconds.
pub const PLAN_LIFE: i64 = 30 * MINUTE;
/// How long an ended job can be undone, in milliseconds.
pub const UNDO_LIFE: i64 = DAY;
/// Retention time of a job and its items after the plan, in milliseconds. A job ends within
/// minutes, and its items are only needed for its undo.
pub const KEPT: i64 = 30 * DAY;
/// Maximum number of users of a bulk action. The plan looks at each of them within the time of one
/// request.
pub const MAX_USERS: usize = 10_000;
/// Maximum number of users of a bulk action without a plan, who must be named by id.
pub const MAX_UNPLANNED: usize = 100;
/// Maximum number of roles that a bulk action assigns, and of roles that it removes.
pub const MAX_ROLES: usize = 10;

/// The code of a user id that is named more than once. The first one counts.
pub const DUPLICATE: &str = "DUPLICATE";
/// The code of a user who is as wanted already.
pub const UNCHANGED: &str = "UNCHANGED";
/// The code of a user whose account cannot be read.
pub const UNREADABLE: &str = "UNREADABLE";

stored_enum! {
    /// Status of a bulk job.
    pub enum BulkStatus {
        /// A plan. Nothing has changed yet.
        Planned = "planned",
        /// Waiting for the approval of a second person. Nothing has changed yet.
        AwaitingApproval = "awaiting_approval",
        /// A second person rejected it. Nothing has changed.
        Rejected = "rejected",
        /// Nobody approved it in time. Nothing has changed.
        Expired = "expired",
        /// Waiting for a worker.
        Queued = "queued",
        /// A worker is changing users.
        Running = "running",
        /// Every user was processed.
        Completed = "completed",
        /// Cancelled. Users who were changed before stay changed.
        Cancelled = "cancelled",
        /// Stopped: `error` says why. Users who were changed before stay changed.
        Failed = "failed",
    }
}

stored_enum! {
    /// What became of a user in a bulk job.
    #[derive(PartialOrd, Ord)]
    pub enum BulkOutcome {
        /// The user was changed.
        Done = "done",
        /// The user was as wanted already.
        Unchanged = "unchanged",
        /// A rule did not allow the change: `code` says which.
        Blocked = "blocked",
        /// The account could not be read.
        Failed = "failed",
        /// Nothing yet: the user is to be changed once the job is approved.
        Planned = "planned",
    }
}

/// A new status for many users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BulkStatusChange {
    /// The new status.
    pub to: Status,
    /// Kind of suspension, for the status `suspended`.
    pub kind: SuspensionKind,
    /// Time at which the suspension ends; none for no end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<Timestamp>,
    /// Whether each user is notified.
    pub notify: bool,
}

/// What a bulk job does with each user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum BulkAction {
    /// Schedules the erasure.
    Delete {
        /// Days until each account can be erased.
        grace_days: i64,
        /// Whether each user is notified.
        notify: bool,
    },
    /// Changes the status.
    Status(BulkStatusChange),
    /// Changes the roles.
    Roles {
        /// The built-in role; none to leave it.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        role: Option<BuiltInRole>,
        /// Custom roles to assign.
        #[serde(default)]
        add: Vec<RoleId>,
        /// Custom roles to remove.
        #[serde(default)]
        remove: Vec<RoleId>,
    },
    /// Undoes another bulk job.
    Undo {
        /// The other job.
        job: BulkJobId,
    },
    /// An action of a later release, which only that release carries out.
    #[serde(untagged)]
    Unknown(serde_json::Value),
}

impl BulkAction {
    /// The kind of job in the API and in the audit log.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Delete { .. } => "bulk_delete",
            Self::Status(_) => "bulk_status",
            Self::Roles { .. } => "bulk_roles",
            Self::Undo { .. } => "bulk_undo",
            Self::Unknown(_) => "unknown",
        }
    }

    /// Whether each user is notified.
    pub const fn notifies(&self) -> bool {
        match self {
            Self::Delete { notify, .. } => *notify,
            Self::Status(change) => change.notify,
            Self::Roles { .. } | Self::Undo { .. } | Self::Unknown(_) => false,
        }
    }

    /// The permissions that its maker needs, until it ends. An undo needs those of each
    /// change that it undoes.
    pub const fn permissions(&self) -> &'static [Permission] {
        match self {
            Self::Delete { .. } => &[Permission::UserDelete],
            Self::Status(change) if matches!(change.to, Status::Suspended) => {
                &[Permission::UserUpdate, Permission::UserSuspend]
            }
            Self::Status(_) => &[Permission::UserUpdate],
            Self::Roles { .. } => &[Permission::UserUpdate, Permission::RoleAssign],
            Self::Undo { .. } | Self::Unknown(_) => &[],
        }
    }
}

/// How many users had which outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BulkTally {
    /// Users who were changed.
    pub done: u64,
    /// Users who were as wanted already.
    pub unchanged: u64,
    /// Users whom a rule protected.
    pub blocked: u64,
    /// Users whose account could not be read.
    pub failed: u64,
}

impl BulkTally {
    /// Counts one user.
    pub const fn count(&mut self, outcome: BulkOutcome) {
        match outcome {
            BulkOutcome::Done => self.done += 1,
            BulkOutcome::Unchanged => self.unchanged += 1,
            BulkOutcome::Blocked => self.blocked += 1,
            BulkOutcome::Failed | BulkOutcome::Unknown(_) => self.failed += 1,
            BulkOutcome::Planned => {}
        }
    }

    /// All users that were processed.
    pub const fn sum(self) -> u64 {
        self.done + self.unchanged + self.blocked + self.failed
    }

    const fn add(&mut self, page: Self) {
        self.done += page.done;
        self.unchanged += page.unchanged;
        self.blocked += page.blocked;
        self.failed += page.failed;
    }
}

/// A user of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BulkEntry {
    /// The user.
    pub user: Pseudonym,
    /// Why the plan leaves the user out; none for a user who is to be changed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<String>,
    /// Whether the user was a staff member when the plan was made.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub staff: bool,
}

/// What became of a user in a bulk job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BulkItem {
    /// The user.
    pub user: Pseudonym,
    /// What became of the user.
    pub outcome: BulkOutcome,
    /// Why the user was not changed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<String>,
    /// When it was decided.
    pub at: Timestamp,
    /// What changed, for an undo.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub journal: Option<Journal>,
}

/// A bulk action, from its plan to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BulkJob {
    /// Id of the plan and of the job.
    pub id: BulkJobId,
    /// What it does.
    pub action: BulkAction,
    /// Reason, as staff gave it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Pseudonym of the staff member who requested it: each user is changed in their name.
    pub requested_by: Pseudonym,
    /// Permissions of the request, which an API key can narrow. The job never has more.
    pub permissions: PermissionSet,
    /// Status.
    pub status: BulkStatus,
    /// Digest of the selected users.
    pub digest: String,
    /// Users to process: those who are to be changed, and those whom the plan leaves out.
    pub total: u64,
    /// Users who are to be changed, by the plan.
    pub planned: u64,
    /// How many of those who are to be changed are staff.
    #[serde(default)]
    pub staff: u64,
    /// The approval of a second person; none if the job needs none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub approval: Option<Approval>,
    /// What became of them so far.
    #[serde(default)]
    pub tally: BulkTally,
    /// Position to resume from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cursor: Option<String>,
    /// Fencing token.
    pub fence: u64,
    /// Time of the plan.
    pub created_at: Timestamp,
    /// Time until which the plan can be carried out.
    pub expires_at: Timestamp,
    /// Time of the last report; of the start before the first.
    pub reported_at: Timestamp,
    /// Time at which it ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ended_at: Option<Timestamp>,
    /// Why it failed, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
    /// The latest job that undoes it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub undone_by: Option<BulkJobId>,
}

impl BulkJob {
    /// Starts a planned job, which then waits for a worker, or for the approval of a second person.
    ///
    /// # Errors
    /// `INVALID_ACTION` when there is nobody to change, or it was started before.
    pub fn start(
        mut self,
        reason: Option<String>,
        rule: BulkApproval,
        now: Timestamp,
    ) -> Result<Self, ApiError> {
        if self.status != BulkStatus::Planned {
            return Err(ApiError::invalid_action("This plan was carried out before.", &[]));
        }
        if self.planned == 0 {
            return Err(ApiError::invalid_action(
                "None of the selected users can be changed. Change the selection.",
                &[],
            ));
        }
        self.approval = self.needs_approval(rule).then(|| Approval::until(now.plus(APPROVAL_LIFE)));
        self.status = match self.approval {
            Some(_) => BulkStatus::AwaitingApproval,
            None => BulkStatus::Queued,
        };
        self.reason = reason.or(self.reason);
        self.reported_at = now;
        Ok(self)
    }

    /// Cancels it. Users who were changed stay changed.
    ///
    /// # Errors
    /// `INVALID_ACTION` when it has ended, or is only a plan.
    pub fn cancel(mut self, now: Timestamp) -> Result<Self, ApiError> {
        if self.status_at(now) == BulkStatus::AwaitingApproval {
            return Ok(self.end_unapproved(BulkStatus::Cancelled, now));
        }
        let Some(cancelled) = self.job().cancel(now) else {
            let status = self.status_at(now).as_str();
            let detail = format!("This job is {status} and cannot be cancelled.");
            return Err(ApiError::invalid_action(detail, &["undo"]));
        };
        self.set_job(cancelled);
        Ok(self)
    }

    /// The time until which it can be undone; none if it cannot.
    pub fn undo_until(&self) -> Option<Timestamp> {
        let undoable = !matches!(self.action, BulkAction::Undo { .. } | BulkAction::Unknown(_));
        let ended = self.ended_at.filter(|_| undoable && self.tally.done > 0)?;
        Some(ended.plus(UNDO_LIFE))
    }

    /// Checks that it can be undone now; `undo` is the latest job that undoes it.
    ///
    /// # Errors
    /// `IN_PROGRESS` while it or its undo is under way; `INVALID_ACTION` when it cannot be undone,
    /// or was undone, or its time has passed.
    pub fn check_undo(&self, undo: Option<&Self>, now: Timestamp) -> Result<(), ApiError> {
        let is_active = |job: &Self| job.job().is_active();
        if is_active(self) || undo.is_some_and(is_active) {
            return Err(ApiError::new(
                Code::InProgress,
                "This job, or its undo, is still in progress. Cancel it, or wait until it has ended.",
            ));
        }
        if undo.is_some_and(|undo| undo.status == BulkStatus::Completed) {
            return Err(ApiError::invalid_action("This job was undone before.", &[]));
        }
        match self.undo_until() {
            Some(end) if now < end => Ok(()),
            Some(_) => Err(ApiError::invalid_action(
                "This job ended more than a day ago and can no longer be undone.",
                &[],
            )),
            None => Err(ApiError::invalid_action(
                "This job changed no user, or is an undo. There is nothing to undo.",
                &[],
            )),
        }
    }

    /// Reports a page of users; `next` is the start of the following page, none after the last.
    pub fn report(&mut self, page: BulkTally, next: Option<String>, now: Timestamp) {
        self.tally.add(page);
        let is_last = next.is_none();
        let job = self.job();
        let progress = job.progress;
        let job = job.report(progress, next, now);
        self.set_job(if is_last { job.complete(now) } else { job });
    }

    /// Stops it; `why` is a sentence.
    pub fn stop(&mut self, why: &str, now: Timestamp) {
        let failed = self.job().fail(why, now);
        self.set_job(failed);
    }

    /// Progress, 0 to 100; 100 only once it is completed.
    pub fn percent(&self) -> u64 {
        match self.status {
            BulkStatus::Completed => 100,
            _ => (self.tally.sum() * 100).checked_div(self.total).unwrap_or(0).min(99),
        }
    }
}
