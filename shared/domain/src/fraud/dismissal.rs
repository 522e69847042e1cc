//! A planned dismissal: the selected alerts, and whether the selection is still the same when the
//! plan is executed.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Alert, AlertStatus, Rule};
use crate::{AlertId, ApiError, Code, DismissalId, Pseudonym, Timestamp, time::HOUR};

/// Lifetime of a plan, in milliseconds.
pub const PLAN_LIFE: i64 = HOUR;
/// Maximum number of alerts per dismissal: what one request can process in its time limit.
pub const MAX: usize = 200;

/// Filter for open fraud alerts to dismiss.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Filter {
    /// Only alerts with this status: `open`, `investigating` or `escalated`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<AlertStatus>,
    /// Only alerts in which this rule matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    /// Only alerts with at most this score, 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_score: Option<u32>,
    /// Only alerts raised by this version of the rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule_set: Option<u64>,
    /// Only alerts raised after this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_after: Option<Timestamp>,
    /// Only alerts raised before this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_before: Option<Timestamp>,
}

impl Filter {
    /// Checks that the filter has a condition.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` when it has none, or selects closed alerts.
    pub fn check(&self) -> Result<(), ApiError> {
        if *self == Self::default() {
            return Err(ApiError::field(
                "filter",
                "empty",
                "This filter matches every alert. Add status, rule, maxScore, ruleSet, createdAfter or createdBefore.",
            ));
        }
        if self.status.is_some_and(|status| !status.is_live()) {
            return Err(ApiError::field(
                "filter.status",
                "invalid",
                "Alerts with this status are already closed. Use open, investigating or escalated.",
            ));
        }
        if self
            .created_after
            .zip(self.created_before)
            .is_some_and(|(after, before)| after >= before)
        {
            return Err(ApiError::field(
                "filter.createdBefore",
                "contradiction",
                "The range ends before it starts. Enter a time after `createdAfter`.",
            ));
        }
        Ok(())
    }

    /// Whether the filter matches an alert.
    pub fn finds(&self, alert: &Alert) -> bool {
        alert.status.is_live()
            && self.status.is_none_or(|status| alert.status == status)
            && self.rule.is_none_or(|rule| alert.rules().any(|spoke| spoke == rule))
            && self.max_score.is_none_or(|most| alert.score <= most)
            && self.rule_set.is_none_or(|version| alert.rule_set == version)
            && self.created_after.is_none_or(|after| alert.created_at > after)
            && self.created_before.is_none_or(|before| alert.created_at < before)
    }
}

/// A selection of alerts to dismiss.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chosen {
    /// Alerts by id.
    Ids(Vec<AlertId>),
    /// Alerts by filter.
    Filter(Filter),
    /// A selection of a later release, which this one cannot carry out.
    #[serde(untagged)]
    Unknown(serde_json::Value),
}

/// A planned dismissal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dismissal {
    /// Id of the plan.
    pub id: DismissalId,
    /// Pseudonym of the staff member who created the plan. Only they can execute it.
    pub by: Pseudonym,
    /// The selection.
    pub chosen: Chosen,
    /// The alerts that matched the selection.
    pub alerts: BTreeSet<AlertId>,
    /// Time until which the plan can be executed.
    pub expires_at: Timestamp,
}

impl Dismissal {
    /// Checks that the selection still matches the planned alerts: `found` is what it matches now,
    /// `done` what this plan has already dismissed.
    ///
    /// # Errors
    /// `PLAN_DRIFTED`.
    pub fn check(
        &self,
        found: impl Iterator<Item = AlertId>,
        done: impl Iterator<Item = AlertId>,
    ) -> Result<(), ApiError> {
        let now: BTreeSet<AlertId> = found.chain(done).collect();
        if now == self.alerts {
            return Ok(());
        }
        Err(ApiError::new(Code::PlanDrifted, "The selected alerts changed since the plan was created, so no further alerts were dismissed. Create a new plan and review its selection.").with("planned", self.alerts.len()).with("found", now.len()))
    }
}
