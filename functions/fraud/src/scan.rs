//! `POST /api/admin/fraud-scan/{id}`: ask every rule about one account now.

use provost_domain::{
    Code, Refused, UserId,
    audit::Resource,
    fraud::{AlertView, RuleSet, Signal},
};
use provost_fraud::{By, Outcome};
use provost_http::{Answer, Body, Call, Json, OverGrant, Problem};
use provost_store::exports::ERASING;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{find, scan_all::rules};

/// How to scan.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Scan {
    /// Only say what would be found; nothing is raised.
    dry_run: bool,
    /// Other rules to try; only with `dryRun`. Those of the settings unless given.
    rules: Option<RuleSet>,
    /// Why, for the audit log.
    reason: Option<String>,
}

/// What a scan found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScanView {
    /// The person.
    pub user_id: UserId,
    /// What the signals weigh together, 0 to 100.
    pub score: u32,
    /// What each rule found.
    pub signals: Vec<Signal>,
    /// The version of the rules.
    pub rule_set: u64,
    /// From this score on there is an alert.
    pub raise_at: u32,
    /// What came of it.
    pub outcome: Outcome,
    /// The alert; none when nothing was raised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alert: Option<AlertView>,
}

pub async fn scan_user_for_fraud(call: Call<OverGrant>, Body(body): Body<Scan>) -> Answer<Json<ScanView>> {
    let reason = call.reason(body.reason.as_deref())?;
    let rules = rules(&call, body.rules, body.dry_run).await?;
    let person = call.target.clone();
    let by = By { actor: call.caller.actor(), origin: call.origin.clone(), sweep: None };
    let (scanned, mut tx) =
        provost_fraud::scan(&call.app, &person, &rules, &by, body.dry_run).await.map_err(|error| leaving(error.into()))?;
    let alert = match &scanned.alert {
        Some(alert) => Some(find::view(&call.app, &call.caller, alert).await?),
        None => None,
    };
    let answer = Json::new(ScanView {
        user_id: person.user_id,
        score: scanned.score,
        signals: scanned.signals,
        rule_set: rules.version,
        raise_at: rules.raise_at,
        outcome: scanned.outcome,
        alert,
    });
    if body.dry_run {
        return Ok(answer);
    }
    let mut entry = call.entry("fraud.scanned", Resource::User(person.subject()));
    entry.reason = reason;
    tx.audit(entry)?;
    call.commit(tx, &answer).await.map_err(|problem| leaving(find::collided(problem)))?;
    Ok(answer)
}

/// Nobody is scanned while they are being erased.
fn leaving(problem: Problem) -> Problem {
    match problem {
        Problem::Failed { action: ERASING, .. } => {
            Refused::new(Code::InvalidAction, "This account is being erased, so it is not scanned any more.").into()
        }
        other => other,
    }
}
