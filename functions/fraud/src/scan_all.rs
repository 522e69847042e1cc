//! `POST /api/admin/fraud-scan-all`: scan every account in the background.

use provost_domain::{
    Code, FraudSweepId, Refused,
    audit::Resource,
    fraud::{RuleSet, Sweep, SweepView},
    message::Message,
};
use provost_fraud::watch;
use provost_http::{Accepted, Answer, Body, Call, Problem, Staff, access::Granted};
use provost_store::fraud_sweeps::{SLOT, Slot};
use schemars::JsonSchema;
use serde::Deserialize;

/// How to scan.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ScanAll {
    /// Only count what would be raised.
    dry_run: bool,
    /// Other rules to try; only with `dryRun`. Those of the settings unless given; a rule that is left out stands as by default.
    rules: Option<RuleSet>,
    /// Why, for the audit log.
    reason: Option<String>,
}

pub async fn scan_all_users_for_fraud(call: Call<Staff>, Body(body): Body<ScanAll>) -> Answer<Accepted<SweepView>> {
    let reason = call.reason(body.reason.as_deref())?;
    let rules = rules(&call, body.rules, body.dry_run).await?;
    let (store, now, by) = (call.app.store(), call.now(), call.caller.principal.pseudonym);
    let slot = if body.dry_run { Slot::Dry(by) } else { Slot::Real };
    let (before, latest) = store.latest_sweep(slot).await?;
    if let Some(running) = latest.filter(Sweep::is_under_way) {
        let is_silent = running.is_silent(now);
        if !body.dry_run || running.rules == rules {
            // Its worker may be gone for good; a message too many does no harm.
            if is_silent {
                store.enqueue(&Message::FraudSweep { job: running.id }, 0).await?;
            }
            return accepted(&call, &running).await;
        }
        if !is_silent {
            return Err(busy(&running).into());
        }
    }
    let sweep = Sweep::new(call.app.id(FraudSweepId::new), by, body.dry_run, rules, store.count_users().await?, now);
    let mut tx = call.app.transaction();
    tx.begin_sweep(&sweep, slot, before)?;
    let action = if body.dry_run { "fraud.sweep_tried" } else { "fraud.sweep_started" };
    let mut entry = call.entry(action, Resource::Other { kind: "fraud_sweep", id: sweep.id.to_string() });
    entry.reason = reason;
    tx.audit(entry)?;
    call.app.send(&mut tx, Message::FraudSweep { job: sweep.id })?;
    let answer = accepted(&call, &sweep).await?;
    match call.commit(tx, &answer).await {
        Ok(()) => Ok(answer),
        // Somebody began one at the same moment: decide anew, and answer theirs.
        Err(Problem::Failed { action: SLOT, .. }) => Err(Problem::Collision),
        Err(problem) => Err(problem),
    }
}

/// The rules that count, or others that are only tried.
///
/// # Errors
/// `VALIDATION_FAILED` for others that are not only tried, or make no sense.
pub(crate) async fn rules<G: Granted>(call: &Call<G>, others: Option<RuleSet>, dry: bool) -> Answer<RuleSet> {
    if others.is_some() && !dry {
        return Err(Refused::field("rules", "contradiction", "Other rules can only be tried: send `dryRun: true` with them.").into());
    }
    let current = call.app.store().settings().await?.fraud;
    let rules = match others {
        Some(others) => others.proposed_after(&current),
        None => current,
    };
    rules.check()?;
    Ok(rules)
}

fn place(sweep: &Sweep) -> String {
    format!("/v1/jobs/{}", sweep.id)
}

async fn accepted(call: &Call<Staff>, sweep: &Sweep) -> Answer<Accepted<SweepView>> {
    Ok(Accepted(watch::view(&call.app, sweep).await?, place(sweep)))
}

fn busy(running: &Sweep) -> Refused {
    Refused::new(
        Code::InvalidAction,
        format!("Your dry run of other rules is still under way; wait until {} says that it is completed.", place(running)),
    )
    .with("jobId", running.id.to_string())
}
