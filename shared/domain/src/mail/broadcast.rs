//! A broadcast: an email to many users, sent page by page by a worker that can be killed at any
//! moment. Who gets it is decided when it is sent, and nobody gets it twice.

use serde::{Deserialize, Serialize};

use crate::{
    ApiError, BroadcastId, Pseudonym, Status, Timestamp, User,
    job::{Job, JobKind, JobProgress, JobState, LongJob},
    stored_enum::stored_enum,
    time::{DAY, HOUR},
    user::PortalTier,
};

/// A broadcast that would be sent this much later than planned is not sent by itself, in
/// milliseconds.
pub const TOO_LATE: i64 = 2 * HOUR;
/// Longest time between the request and the planned time, in milliseconds.
pub const MAX_AHEAD: i64 = 90 * DAY;
/// Retention time of a broadcast after the request, in milliseconds.
pub const KEPT: i64 = 400 * DAY;

stored_enum! {
    /// Users that a broadcast is for.
    pub enum Audience {
        /// All users.
        All = "all",
        /// Users with a confirmed email address.
        Verified = "verified",
        /// Users without a confirmed email address.
        Unverified = "unverified",
        /// Members of staff.
        Admin = "admin",
        /// Users on the portal tier in `plan`.
        Plan = "plan",
    }
}

stored_enum! {
    /// Status of a broadcast.
    pub enum BroadcastStatus {
        /// Waiting for its time.
        Scheduled = "scheduled",
        /// Waiting for a worker.
        Queued = "queued",
        /// A worker is sending it.
        Running = "running",
        /// It was sent to everybody that it is for.
        Completed = "completed",
        /// Cancelled. Emails that were sent before are counted.
        Cancelled = "cancelled",
        /// Not sent, or not to the end, because its time has passed by more than two hours. It can
        /// be resumed.
        Missed = "missed",
    }
}

/// What became of an email of a broadcast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// The transport accepted it.
    Sent,
    /// The transport refused it, or the account cannot be read.
    Failed,
    /// Not sent, for a reason of the recipient: unsubscribed, suppressed, suspended or leaving.
    LeftOut,
    /// The run was stopped, or the transport did not respond, after the email was given to it.
    Unknown,
}

/// How many users a broadcast is for, and what became of their emails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Tally {
    /// Users that it is for, as far as they were listed.
    pub planned: u64,
    /// Emails that the transport accepted.
    pub sent: u64,
    /// Emails that could not be sent.
    pub failed: u64,
    /// Users who get no broadcasts.
    pub left_out: u64,
    /// Emails that may have been sent.
    pub unknown: u64,
}

impl Tally {
    /// Counts one user.
    pub fn count(&mut self, delivery: Delivery) {
        self.planned += 1;
        match delivery {
            Delivery::Sent => self.sent += 1,
            Delivery::Failed => self.failed += 1,
            Delivery::LeftOut => self.left_out += 1,
            Delivery::Unknown => self.unknown += 1,
        }
    }

    fn add(&mut self, page: Self) {
        self.planned += page.planned;
        self.sent += page.sent;
        self.failed += page.failed;
        self.left_out += page.left_out;
        self.unknown += page.unknown;
    }
}

/// A broadcast. Its content is stored beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Broadcast {
    /// Id.
    pub id: BroadcastId,
    /// Subject line, before variables are filled in.
    pub subject: String,
    /// Users that it is for.
    pub audience: Audience,
    /// Portal tier, if it is for the users on one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub plan: Option<PortalTier>,
    /// Whether recipients are only counted.
    #[serde(default)]
    pub dry_run: bool,
    /// Pseudonym of the member of staff who requested it, or resumed it last: it is sent in their
    /// name.
    pub requested_by: Pseudonym,
    /// Status.
    pub status: BroadcastStatus,
    /// Planned time; none to send at once.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scheduled_at: Option<Timestamp>,
    /// Users on the platform at the time of the request.
    pub users: u64,
    /// Users listed so far, whether it is for them or not.
    #[serde(default)]
    pub listed: u64,
    /// Whom it is for, and what became of their emails.
    #[serde(default)]
    pub tally: Tally,
    /// Position to resume from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cursor: Option<String>,
    /// Fencing token.
    pub fence: u64,
    /// Time of the request.
    pub created_at: Timestamp,
    /// Time of the last report; the planned time before the first.
    pub reported_at: Timestamp,
    /// Time at which it ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ended_at: Option<Timestamp>,
}

impl Broadcast {
    /// Whether it is for a user, by the data of now.
    pub fn is_for(&self, user: &User) -> bool {
        match self.audience {
            Audience::All => true,
            Audience::Verified => user.email_verified,
            Audience::Unverified => !user.email_verified,
            Audience::Admin => user.is_staff(),
            Audience::Plan => self.plan == Some(user.portal_tier),
            // Of a later release: it is for nobody here.
            Audience::Unknown(_) => false,
        }
    }

    /// Whether it can still be cancelled.
    pub fn is_open(&self) -> bool {
        matches!(
            self.status,
            BroadcastStatus::Scheduled | BroadcastStatus::Queued | BroadcastStatus::Running
        )
    }

    /// Whether it is too late to send it, or to send the rest.
    pub fn is_too_late(&self, now: Timestamp) -> bool {
        now.since(self.reported_at) > TOO_LATE
    }

    /// Cancels it.
    ///
    /// # Errors
    /// `INVALID_ACTION` when it has ended.
    pub fn cancel(mut self, now: Timestamp) -> Result<Self, ApiError> {
        if !self.is_open() {
            let detail = format!(
                "This broadcast is {} and cannot be cancelled. Emails that were sent cannot be recalled.",
                self.status.as_str()
            );
            return Err(ApiError::invalid_action(detail, &[]));
        }
        self.status = BroadcastStatus::Cancelled;
        self.ended_at = Some(now);
        Ok(self)
    }

    /// Sends it at its planned time, or gives it up if that is too long ago.
    #[must_use]
    pub fn begin(mut self, now: Timestamp) -> Self {
        if self.is_too_late(now) {
            return self.miss(now);
        }
        self.status = BroadcastStatus::Queued;
        self.reported_at = now;
        self
    }

    /// Gives it up until staff resume it.
    #[must_use]
    pub fn miss(mut self, now: Timestamp) -> Self {
        self.status = BroadcastStatus::Missed;
        self.ended_at = Some(now);
        self
    }

    /// Resumes a missed broadcast where it stopped.
    ///
    /// # Errors
    /// `INVALID_ACTION` unless it is missed.
    pub fn resume(mut self, by: Pseudonym, now: Timestamp) -> Result<Self, ApiError> {
        if self.status != BroadcastStatus::Missed {
            let detail = format!(
                "This broadcast is {}. Only a missed broadcast can be resumed.",
                self.status.as_str()
            );
            return Err(ApiError::invalid_action(detail, &[]));
        }
        self.status = BroadcastStatus::Queued;
        self.requested_by = by;
        self.reported_at = now;
        self.ended_at = None;
        Ok(self)
    }

    /// Reports a page of `listed` users; `next` is the start of the following page, none after the
    /// last.
    pub fn report(&mut self, listed: u64, page: Tally, next: Option<String>, now: Timestamp) {
        self.listed += listed;
        self.tally.add(page);
        let is_last = next.is_none();
        let job = self.job();
        let progress = job.progress;
        let job = job.report(progress, next, now);
        self.set_job(if is_last { job.complete(now) } else { job });
    }

    /// Progress, 0 to 100; 100 only once it is completed.
    pub fn percent(&self) -> u64 {
        match self.status {
            BroadcastStatus::Completed => 100,
            _ => (self.listed * 100).checked_div(self.users.max(self.listed)).unwrap_or(0).min(99),
        }
    }
}

/// Whether a user gets no broadcasts because of the state of the account.
pub fn is_left_out(user: &User) -> bool {
    match user.standing() {
        Status::Active | Status::Inactive | Status::PendingVerification => user.deletion.is_some(),
        Status::Suspended | Status::Deleted | Status::Unknown(_) => true,
    }
}

/// The life of a broadcast, once it is sent. Its units are the users of the platform.
impl LongJob for Broadcast {
    const KIND: JobKind = JobKind::Broadcast;

    fn job(&self) -> Job {
        Job {
            id: self.id.to_string(),
            kind: Self::KIND,
            state: match self.status {
                BroadcastStatus::Queued => JobState::Queued,
                BroadcastStatus::Running => JobState::Running,
                BroadcastStatus::Completed => JobState::Completed,
                BroadcastStatus::Cancelled | BroadcastStatus::Missed => JobState::Cancelled,
                BroadcastStatus::Scheduled | BroadcastStatus::Unknown(_) => JobState::Unknown,
            },
            fence: self.fence,
            progress: JobProgress {
                done: self.listed,
                total: self.users.max(self.listed),
                failed: self.tally.failed,
            },
            cursor: self.cursor.clone(),
            created_at: self.created_at,
            reported_at: Some(self.reported_at),
            ended_at: self.ended_at,
            error: None,
        }
    }

    fn set_job(&mut self, job: Job) {
        self.status = match job.state {
            JobState::Queued => BroadcastStatus::Queued,
            JobState::Running => BroadcastStatus::Running,
            // A broadcast does not fail: each email that cannot be sent is counted.
            JobState::Completed | JobState::Failed => BroadcastStatus::Completed,
            JobState::Cancelled => BroadcastStatus::Cancelled,
            JobState::Unknown => self.status,
        };
        self.fence = job.fence;
        self.cursor = job.cursor;
        self.reported_at = job.reported_at.unwrap_or(self.reported_at);
        self.ended_at = job.ended_at;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ulid::Ulid;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn broadcast(status: BroadcastStatus) -> Broadcast {
        let id = Ulid::from_parts(1, 1);
        Broadcast {
            id: BroadcastId::new(id),
            subject: "News".to_owned(),
            audience: Audience::All,
            plan: None,
            dry_run: false,
            requested_by: Pseudonym::new(id),
            status,
            scheduled_at: Some(at(0)),
            users: 4,
            listed: 0,
            tally: Tally::default(),
            cursor: None,
            fence: 0,
            created_at: at(0),
            reported_at: at(0),
            ended_at: None,
        }
    }

    #[test]
    fn a_broadcast_that_is_too_late_waits_for_staff() {
        let scheduled = broadcast(BroadcastStatus::Scheduled);
        assert_eq!(scheduled.clone().begin(at(TOO_LATE)).status, BroadcastStatus::Queued);
        let missed = scheduled.begin(at(TOO_LATE + 1));
        assert_eq!(missed.status, BroadcastStatus::Missed);
        let by = Pseudonym::new(Ulid::from_parts(2, 2));
        let resumed = missed.resume(by, at(TOO_LATE + 2)).unwrap();
        assert_eq!(resumed.requested_by, by);
        assert!(!resumed.is_too_late(at(TOO_LATE + 3)));
        assert!(resumed.resume(by, at(TOO_LATE + 4)).is_err());
    }

    #[test]
    fn the_counts_add_up_at_every_report() {
        let mut job = broadcast(BroadcastStatus::Queued).claimed(at(1)).unwrap();
        for next in [Some("next".to_owned()), None] {
            let mut page = Tally::default();
            for delivery in [Delivery::Sent, Delivery::Failed, Delivery::LeftOut, Delivery::Unknown]
            {
                page.count(delivery);
            }
            assert_eq!(job.status, BroadcastStatus::Running);
            job.report(4, page, next, at(2));
            let Tally { planned, sent, failed, left_out, unknown } = job.tally;
            assert_eq!(planned, sent + failed + left_out + unknown);
        }
        assert_eq!((job.status, job.percent()), (BroadcastStatus::Completed, 100));
        assert!(job.cancel(at(3)).is_err());
    }
}
