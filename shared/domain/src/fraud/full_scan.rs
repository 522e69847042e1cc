//! A scan of all accounts: two passes, page by page, by a worker that can be killed at any moment
//! and resumes from its last report.
//!
//! Rules about what accounts have in common need the data of all of them, so the first pass records
//! it, and the second pass evaluates the rules.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Rule, RuleSet};
use crate::{
    FraudScanId, Pseudonym, Timestamp,
    job::{Job, JobKind, JobProgress, JobState, LongJob},
    stored_enum::stored_enum,
    time::DAY,
};

/// A scan whose worker has not reported for this long is considered abandoned, in milliseconds.
pub const SILENT_AFTER: i64 = JobKind::FraudScan.silent_after();
/// Number of sample accounts per rule in a dry run.
pub const SAMPLE: usize = 5;
/// Retention time of a scan after it was requested, in milliseconds.
pub const KEPT: i64 = 90 * DAY;

stored_enum! {
    /// Status of a scan of all accounts.
    pub enum FraudScanStatus {
        /// Waiting for a worker.
        Queued = "queued",
        /// A worker is scanning accounts.
        Running = "running",
        /// All accounts were scanned.
        Completed = "completed",
    }
}

stored_enum! {
    /// A pass of a scan.
    pub enum Pass {
        /// Records what accounts have in common.
        Traces = "traces",
        /// Evaluates the rules.
        Rules = "rules",
    }
}

impl Pass {
    /// The only pass of scans of earlier releases.
    const fn only() -> Self {
        Self::Rules
    }
}

/// Findings of one rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Tally {
    /// Number of accounts in which the rule matched, with or without an alert.
    pub accounts: u64,
    /// Number of new alerts in which the rule matched; in a dry run, of alerts that would be
    /// raised.
    pub alerts: u64,
    /// Pseudonyms of the first of these accounts; only in a dry run.
    pub sample: Vec<Pseudonym>,
}

/// A scan of all accounts.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FullScan {
    /// Job id.
    pub id: FraudScanId,
    /// Pseudonym of the staff member who started the scan.
    pub requested_by: Pseudonym,
    /// Status.
    pub status: FraudScanStatus,
    /// Whether this is a dry run, which only counts alerts and raises none.
    pub dry_run: bool,
    /// The rules at the time of the request.
    pub rules: RuleSet,
    /// Number of accounts at the time of the request.
    pub total: u64,
    /// The current pass.
    #[serde(default = "Pass::only")]
    pub pass: Pass,
    /// Number of accounts processed in the first pass.
    #[serde(default)]
    pub traced: u64,
    /// Number of accounts processed in the second pass.
    pub done: u64,
    /// Number of accounts that could not be scanned because their data could not be read.
    pub failed: u64,
    /// Number of alerts raised, or that would be raised.
    pub raised: u64,
    /// Findings by rule.
    pub by_rule: BTreeMap<Rule, Tally>,
    /// Position to resume from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cursor: Option<String>,
    /// Fencing token: counts the runs; a run with a lower token must stop.
    pub fence: u64,
    /// Time of the request.
    pub created_at: Timestamp,
    /// Time of the last progress report.
    pub reported_at: Timestamp,
    /// Time of completion.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub completed_at: Option<Timestamp>,
}

impl FullScan {
    /// The pseudonyms of all users in the scan.
    pub fn people(&self) -> impl Iterator<Item = Pseudonym> + '_ {
        self.by_rule
            .values()
            .flat_map(|tally| tally.sample.iter().copied())
            .chain([self.requested_by])
    }

    /// Creates a queued scan; `total` is the number of accounts.
    pub fn new(
        id: FraudScanId,
        requested_by: Pseudonym,
        dry_run: bool,
        rules: RuleSet,
        total: u64,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            requested_by,
            status: FraudScanStatus::Queued,
            dry_run,
            rules,
            total,
            pass: Pass::Traces,
            traced: 0,
            done: 0,
            failed: 0,
            raised: 0,
            by_rule: BTreeMap::new(),
            cursor: None,
            fence: 0,
            created_at: now,
            reported_at: now,
            completed_at: None,
        }
    }

    /// Whether the scan is queued or running.
    pub fn is_under_way(&self) -> bool {
        matches!(self.status, FraudScanStatus::Queued | FraudScanStatus::Running)
    }

    /// Whether a worker of this release can continue the scan. One in a pass that only a later
    /// release knows waits until it is resent to that release.
    pub fn can_continue(&self) -> bool {
        self.is_under_way() && self.pass.is_known()
    }

    /// Whether no worker has reported for too long.
    pub fn is_silent(&self, now: Timestamp) -> bool {
        self.job().is_silent(now)
    }

    /// Counts the signals of one account; `is_new` if they raised a new alert, or would in a dry
    /// run.
    pub fn count(&mut self, who: Pseudonym, spoke: impl Iterator<Item = Rule>, is_new: bool) {
        self.raised += u64::from(is_new);
        for rule in spoke {
            let tally = self.by_rule.entry(rule).or_default();
            tally.accounts += 1;
            tally.alerts += u64::from(is_new);
            if self.dry_run && is_new && tally.sample.len() < SAMPLE {
                tally.sample.push(who);
            }
        }
    }

    /// Reports a page of `listed` accounts: `next` is the start of the following page, `None` after
    /// the last page of this pass.
    pub fn report(&mut self, listed: u64, next: Option<String>, now: Timestamp) {
        match self.pass {
            Pass::Traces => self.traced += listed,
            Pass::Rules => self.done += listed,
            Pass::Unknown(_) => {}
        }
        let job = self.job();
        let progress = job.progress;
        let is_last_page = next.is_none();
        let job = job.report(progress, next, now);
        match (self.pass, is_last_page) {
            (Pass::Rules, true) => self.set_job(job.complete(now)),
            (Pass::Traces, true) => {
                self.pass = Pass::Rules;
                self.set_job(job);
            }
            (Pass::Unknown(_), true) | (_, false) => self.set_job(job),
        }
    }

    /// Number of accounts to scan; exact once the scan is completed.
    pub fn all(&self) -> u64 {
        if self.is_under_way() { self.total.max(self.traced).max(self.done) } else { self.done }
    }

    /// Progress over both passes, 0 to 100; 100 only once the scan is completed.
    pub fn percent(&self) -> u64 {
        if self.is_under_way() {
            ((self.traced + self.done) * 50).checked_div(self.all()).unwrap_or(0).min(99)
        } else {
            100
        }
    }
}

/// The life of a scan. Its units are the accounts of both passes, which the record counts itself.
impl LongJob for FullScan {
    const KIND: JobKind = JobKind::FraudScan;

    fn job(&self) -> Job {
        Job {
            id: self.id.to_string(),
            kind: Self::KIND,
            state: match self.status {
                FraudScanStatus::Queued => JobState::Queued,
                FraudScanStatus::Running => JobState::Running,
                FraudScanStatus::Completed => JobState::Completed,
                FraudScanStatus::Unknown(_) => JobState::Unknown,
            },
            fence: self.fence,
            progress: JobProgress {
                done: self.traced + self.done,
                total: 2 * self.all(),
                failed: self.failed,
            },
            cursor: self.cursor.clone(),
            created_at: self.created_at,
            reported_at: Some(self.reported_at),
            ended_at: self.completed_at,
            error: None,
        }
    }

    fn set_job(&mut self, job: Job) {
        self.status = match job.state {
            JobState::Queued => FraudScanStatus::Queued,
            JobState::Running => FraudScanStatus::Running,
            // A scan is neither cancelled nor does it fail: accounts that cannot be read are
            // counted.
            JobState::Completed | JobState::Failed | JobState::Cancelled => {
                FraudScanStatus::Completed
            }
            JobState::Unknown => self.status,
        };
        self.fence = job.fence;
        self.cursor = job.cursor;
        self.reported_at = job.reported_at.unwrap_or(self.reported_at);
        self.completed_at = job.ended_at;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(dry: bool) -> FullScan {
        let id = ulid::Ulid::from_parts(1, 1);
        FullScan::new(
            FraudScanId::new(id),
            Pseudonym::new(id),
            dry,
            RuleSet::default(),
            10,
            Timestamp::from_millis(0),
        )
    }

    #[test]
    fn a_scan_completes_after_its_last_page_with_an_exact_total() {
        let mut scan = scan(false).claimed(Timestamp::from_millis(1)).expect("it is queued");
        assert_eq!((scan.percent(), scan.all()), (0, 10));
        scan.report(5, Some("there".into()), Timestamp::from_millis(2));
        assert_eq!((scan.percent(), scan.all(), scan.pass), (25, 10, Pass::Traces));
        scan.report(7, None, Timestamp::from_millis(2));
        assert_eq!((scan.percent(), scan.all(), scan.pass, scan.done), (50, 12, Pass::Rules, 0));
        scan.report(12, Some("there".into()), Timestamp::from_millis(2));
        assert_eq!((scan.percent(), scan.all(), scan.is_under_way()), (99, 12, true));
        scan.report(0, None, Timestamp::from_millis(3));
        assert_eq!((scan.percent(), scan.all(), scan.is_under_way()), (100, 12, false));
        assert!(!scan.is_silent(Timestamp::from_millis(SILENT_AFTER * 2)));
    }

    #[test]
    fn matching_rules_and_raised_alerts_are_counted_separately() {
        let who = Pseudonym::new(ulid::Ulid::from_parts(1, 2));
        let mut scan = scan(true);
        scan.count(who, [Rule::KeyBurst].into_iter(), false);
        for _ in 0..SAMPLE + 2 {
            scan.count(who, [Rule::KeyBurst, Rule::NearDuplicate].into_iter(), true);
        }
        let tally = &scan.by_rule[&Rule::KeyBurst];
        assert_eq!(
            (scan.raised, tally.accounts, tally.alerts, tally.sample.len()),
            (7, 8, 7, SAMPLE)
        );
    }
}
