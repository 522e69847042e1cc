//! `POST /api/admin/fraud-scan-all`: scan all accounts for fraud in a background job.

use provost_domain::{
    ApiError, Code, FraudSweepId,
    audit::Resource,
    fraud::{RuleSet, Sweep, SweepView},
    message::Message,
};
use provost_fraud::watch;
use provost_http::{
    Accepted, Body, HandlerError, HandlerResult, RequestContext, StaffGrant, access::AccessGrant,
};
use provost_store::Conflict;
use provost_store::fraud_sweeps::Slot;
use schemars::JsonSchema;
use serde::Deserialize;

/// Request to scan all accounts for fraud.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ScanAll {
    /// Whether to count alerts without raising any. Default: false.
    dry_run: bool,
    /// Rules to try instead of the current ones. Requires `dryRun`. Rules that are omitted have
    /// their default settings.
    rules: Option<RuleSet>,
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

pub async fn scan_all_users_for_fraud(
    ctx: RequestContext<StaffGrant>,
    Body(body): Body<ScanAll>,
) -> HandlerResult<Accepted<SweepView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let rules = rules(&ctx, body.rules, body.dry_run).await?;
    let (store, now, by) = (ctx.app.store(), ctx.now(), ctx.caller.principal.pseudonym);
    let slot = if body.dry_run { Slot::Dry(by) } else { Slot::Real };
    let (before, latest) = store.latest_sweep(slot).await?;
    if let Some(running) = latest.filter(Sweep::is_under_way) {
        let is_silent = running.is_silent(now);
        if !body.dry_run || running.rules == rules {
            // Its worker may have been killed; an extra message does no harm.
            if is_silent {
                store.enqueue(&Message::FraudSweep { job: running.id }, 0).await?;
            }
            return accepted(&ctx, &running).await;
        }
        if !is_silent {
            return Err(busy(&running).into());
        }
    }
    let sweep = Sweep::new(
        ctx.app.id(FraudSweepId::new),
        by,
        body.dry_run,
        rules,
        store.count_users().await?,
        now,
    );
    let mut tx = ctx.app.transaction();
    tx.begin_sweep(&sweep, slot, before)?;
    let action = if body.dry_run { "fraud.sweep_tried" } else { "fraud.sweep_started" };
    let mut entry =
        ctx.entry(action, Resource::Other { kind: "fraud_sweep", id: sweep.id.to_string() });
    entry.reason = reason;
    tx.audit(entry)?;
    ctx.app.send(&mut tx, Message::FraudSweep { job: sweep.id })?;
    let answer = accepted(&ctx, &sweep).await?;
    match ctx.commit(tx, &answer).await {
        Ok(()) => Ok(answer),
        // Another scan was started at the same time: evaluate the request again, to return that
        // scan.
        Err(HandlerError::Conflict(Conflict::ScanSlot)) => Err(HandlerError::Collision),
        Err(problem) => Err(problem),
    }
}

/// The current rules, or other rules for a dry run.
///
/// # Errors
/// `VALIDATION_FAILED` for other rules without a dry run, or with invalid values.
pub(crate) async fn rules<G: AccessGrant>(
    ctx: &RequestContext<G>,
    others: Option<RuleSet>,
    dry: bool,
) -> HandlerResult<RuleSet> {
    if others.is_some() && !dry {
        return Err(ApiError::field(
            "rules",
            "contradiction",
            "Other rules can only be used in a dry run. Send `dryRun: true` as well.",
        )
        .into());
    }
    let current = ctx.app.store().settings().await?.fraud;
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

async fn accepted(
    ctx: &RequestContext<StaffGrant>,
    sweep: &Sweep,
) -> HandlerResult<Accepted<SweepView>> {
    Ok(Accepted(watch::view(&ctx.app, sweep).await?, place(sweep)))
}

fn busy(running: &Sweep) -> ApiError {
    ApiError::new(
        Code::InvalidAction,
        format!("Your dry run with other rules is still in progress. Wait until {} has the status completed.", place(running)),
    )
    .with("jobId", running.id.to_string())
}
