//! The approval of a bulk action by a second person.

use serde::{Deserialize, Serialize};

use super::{BulkApproval, BulkEntry, BulkItem, BulkJob, BulkOutcome, BulkStatus};
use crate::{ApiError, Code, Pseudonym, Timestamp, time::DAY};

/// How long a started job waits for its approval, in milliseconds.
pub const APPROVAL_LIFE: i64 = DAY;

/// The approval that a job needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// Time until which the job waits for it.
    pub until: Timestamp,
    /// What a second person decided; none as long as nobody has.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub decision: Option<ApprovalDecision>,
}

/// What a second person decided about a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalDecision {
    /// Whether the job was approved; otherwise it was rejected.
    pub approved: bool,
    /// Pseudonym of the staff member who decided.
    pub by: Pseudonym,
    /// Time of the decision.
    pub at: Timestamp,
    /// Reason, as the staff member gave it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

impl Approval {
    /// An approval that nobody has given yet.
    pub const fn until(until: Timestamp) -> Self {
        Self { until, decision: None }
    }
}

impl BulkItem {
    /// What a plan says about a user, as an item of a job that waits for its approval.
    pub fn planned(entry: BulkEntry, at: Timestamp) -> Self {
        let BulkEntry { user, code, .. } = entry;
        let outcome = match code {
            None => BulkOutcome::Planned,
            Some(_) => BulkOutcome::Blocked,
        };
        Self { user, outcome, code, at, journal: None }
    }
}

impl BulkJob {
    /// Whether it needs the approval of a second person under a rule.
    pub fn needs_approval(&self, rule: BulkApproval) -> bool {
        rule.is_needed(self.planned, self.staff)
    }

    /// The staff member who approved it; none if it needs no approval, or has none yet.
    pub fn approved_by(&self) -> Option<Pseudonym> {
        let decision = self.approval.as_ref()?.decision.as_ref()?;
        decision.approved.then_some(decision.by)
    }

    /// The status at a time: a job that waited too long for its approval has expired.
    pub fn status_at(&self, now: Timestamp) -> BulkStatus {
        let has_time = |approval: &Approval| now < approval.until;
        match self.status {
            BulkStatus::AwaitingApproval if !self.approval.as_ref().is_some_and(has_time) => {
                BulkStatus::Expired
            }
            status => status,
        }
    }

    /// Checks that this staff member may decide about it now, as far as the job says.
    ///
    /// # Errors
    /// `SECOND_PERSON_REQUIRED` for the staff member who started it, `INVALID_ACTION` when it does
    /// not wait for a decision.
    pub fn check_decision(&self, by: Pseudonym, now: Timestamp) -> Result<(), ApiError> {
        match self.status_at(now) {
            BulkStatus::AwaitingApproval if self.requested_by == by => Err(ApiError::new(
                Code::SecondPersonRequired,
                "You started this job, so another member of staff must decide about it. Send them \
                 the link of the job, or cancel it.",
            )),
            BulkStatus::AwaitingApproval => Ok(()),
            BulkStatus::Expired => Err(ApiError::invalid_action(
                "Nobody decided about this job within a day, so it has expired. Make a new plan.",
                &[],
            )),
            status => Err(ApiError::invalid_action(
                format!("This job is {} and waits for no decision.", status.as_str()),
                &[],
            )),
        }
    }

    /// Approves it: it waits for a worker then.
    ///
    /// # Errors
    /// As [`BulkJob::check_decision`].
    pub fn approve(
        mut self,
        by: Pseudonym,
        reason: Option<String>,
        now: Timestamp,
    ) -> Result<Self, ApiError> {
        self.check_decision(by, now)?;
        self.decide(true, by, reason, now);
        self.status = BulkStatus::Queued;
        self.reported_at = now;
        Ok(self)
    }

    /// Rejects it, which ends it. Nothing has changed.
    ///
    /// # Errors
    /// As [`BulkJob::check_decision`].
    pub fn reject(
        mut self,
        by: Pseudonym,
        reason: Option<String>,
        now: Timestamp,
    ) -> Result<Self, ApiError> {
        self.check_decision(by, now)?;
        self.decide(false, by, reason, now);
        Ok(self.end_unapproved(BulkStatus::Rejected, now))
    }

    /// Ends it before it was sent to a worker.
    pub(super) const fn end_unapproved(mut self, status: BulkStatus, now: Timestamp) -> Self {
        self.status = status;
        self.reported_at = now;
        self.ended_at = Some(now);
        self
    }

    fn decide(&mut self, approved: bool, by: Pseudonym, reason: Option<String>, at: Timestamp) {
        if let Some(approval) = &mut self.approval {
            approval.decision = Some(ApprovalDecision { approved, by, at, reason });
        }
    }
}
