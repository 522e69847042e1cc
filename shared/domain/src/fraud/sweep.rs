//! A scan of all accounts: two passes, page by page, by a worker that can be killed at any moment
//! and resumes from its last report.
//!
//! Rules about what accounts have in common need the data of all of them, so the first pass records
//! it, and the second pass evaluates the rules.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Rule, RuleSet};
use crate::{
    FraudSweepId, Pseudonym, Timestamp,
    time::{DAY, MINUTE},
};

/// A scan whose worker has not reported for this long is considered abandoned, in milliseconds.
pub const SILENT_AFTER: i64 = 20 * MINUTE;
/// Number of sample accounts per rule in a dry run.
pub const SAMPLE: usize = 5;
/// Retention time of a scan after it was requested, in milliseconds.
pub const KEPT: i64 = 90 * DAY;

/// Status of a scan of all accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SweepStatus {
    /// Waiting for a worker.
    Queued,
    /// A worker is scanning accounts.
    Running,
    /// All accounts were scanned.
    Completed,
}

/// A pass of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pass {
    /// Records what accounts have in common.
    Traces,
    /// Evaluates the rules.
    Rules,
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
pub struct Sweep {
    /// Job id.
    pub id: FraudSweepId,
    /// Pseudonym of the staff member who started the scan.
    pub requested_by: Pseudonym,
    /// Status.
    pub status: SweepStatus,
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

impl Sweep {
    /// Creates a queued scan; `total` is the number of accounts.
    pub fn new(
        id: FraudSweepId,
        requested_by: Pseudonym,
        dry_run: bool,
        rules: RuleSet,
        total: u64,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            requested_by,
            status: SweepStatus::Queued,
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
        self.status != SweepStatus::Completed
    }

    /// Whether no worker has reported for too long.
    pub fn is_silent(&self, now: Timestamp) -> bool {
        self.is_under_way() && now.since(self.reported_at) >= SILENT_AFTER
    }

    /// The scan, claimed by a new run.
    #[must_use]
    pub fn claim(mut self, now: Timestamp) -> Self {
        self.fence += 1;
        self.status = SweepStatus::Running;
        self.reported_at = now;
        self
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
        self.reported_at = now;
        self.cursor = next;
        match self.pass {
            Pass::Traces => self.traced += listed,
            Pass::Rules => self.done += listed,
        }
        match (self.pass, &self.cursor) {
            (_, Some(_)) => {}
            (Pass::Traces, None) => self.pass = Pass::Rules,
            (Pass::Rules, None) => {
                self.status = SweepStatus::Completed;
                self.completed_at = Some(now);
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn sweep(dry: bool) -> Sweep {
        let id = ulid::Ulid::from_parts(1, 1);
        Sweep::new(
            FraudSweepId::new(id),
            Pseudonym::new(id),
            dry,
            RuleSet::default(),
            10,
            Timestamp::from_millis(0),
        )
    }

    #[test]
    fn a_scan_completes_after_its_last_page_with_an_exact_total() {
        let mut sweep = sweep(false).claim(Timestamp::from_millis(1));
        assert_eq!((sweep.percent(), sweep.all()), (0, 10));
        sweep.report(5, Some("there".into()), Timestamp::from_millis(2));
        assert_eq!((sweep.percent(), sweep.all(), sweep.pass), (25, 10, Pass::Traces));
        sweep.report(7, None, Timestamp::from_millis(2));
        assert_eq!(
            (sweep.percent(), sweep.all(), sweep.pass, sweep.done),
            (50, 12, Pass::Rules, 0)
        );
        sweep.report(12, Some("there".into()), Timestamp::from_millis(2));
        assert_eq!((sweep.percent(), sweep.all(), sweep.is_under_way()), (99, 12, true));
        sweep.report(0, None, Timestamp::from_millis(3));
        assert_eq!((sweep.percent(), sweep.all(), sweep.is_under_way()), (100, 12, false));
        assert!(!sweep.is_silent(Timestamp::from_millis(SILENT_AFTER * 2)));
    }

    #[test]
    fn matching_rules_and_raised_alerts_are_counted_separately() {
        let who = Pseudonym::new(ulid::Ulid::from_parts(1, 2));
        let mut sweep = sweep(true);
        sweep.count(who, [Rule::KeyBurst].into_iter(), false);
        for _ in 0..SAMPLE + 2 {
            sweep.count(who, [Rule::KeyBurst, Rule::NearDuplicate].into_iter(), true);
        }
        let tally = &sweep.by_rule[&Rule::KeyBurst];
        assert_eq!(
            (sweep.raised, tally.accounts, tally.alerts, tally.sample.len()),
            (7, 8, 7, SAMPLE)
        );
    }
}
