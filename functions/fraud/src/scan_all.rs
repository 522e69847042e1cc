//! `POST /api/admin/fraud-scan-all`: scan all accounts for fraud in a background job.

use provost_api::fraud::FraudScanView;
use provost_domain::{
    ApiError,
    fraud::{FullScan, RuleSet},
};
use provost_http::{
    Accepted, Body, HandlerResult, RequestContext, StaffGrant, access::AccessGrant,
};
use provost_operations::fraud::{FullScanStart, start_full_scan};
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
) -> HandlerResult<Accepted<FraudScanView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let rules = rules(&ctx, body.rules, body.dry_run).await?;
    let (op, by) = (ctx.op(reason), ctx.caller.user.pseudonym);
    match start_full_scan(&op, by, rules, body.dry_run).await? {
        FullScanStart::Running(scan) => accepted(&ctx, &scan).await,
        FullScanStart::Started(change) => {
            let answer = accepted(&ctx, &change.after).await?;
            ctx.complete(change, |_| answer).await
        }
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

async fn accepted(
    ctx: &RequestContext<StaffGrant>,
    scan: &FullScan,
) -> HandlerResult<Accepted<FraudScanView>> {
    let location = format!("/v1/jobs/{}", scan.id);
    let users = ctx.app.store().subjects(scan.people()).await?;
    let view = FraudScanView::of(scan, |pseudonym| users.get(&pseudonym).map(|user| user.user_id));
    Ok(Accepted(view, location))
}
