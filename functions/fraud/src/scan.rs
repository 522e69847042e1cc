//! `POST /api/admin/fraud-scan/{id}`: scan one account for fraud.

use provost_api::fraud::AlertView;
use provost_domain::{
    UserId,
    fraud::{RuleSet, ScanOutcome, Signal},
};
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffTargetGrant};
use provost_operations::fraud::{Scanned, request_scan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{find, scan_all::rules};

/// Request to scan an account for fraud.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Scan {
    /// Whether to return the findings without raising an alert. Default: false.
    dry_run: bool,
    /// Rules to try instead of the current ones. Requires `dryRun`.
    rules: Option<RuleSet>,
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

/// The result of a fraud scan.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScanView {
    /// User id of the scanned account.
    pub user_id: UserId,
    /// Total score of the signals, 0 to 100.
    pub score: u32,
    /// Findings of the rules that matched.
    pub signals: Vec<Signal>,
    /// Version of the rules.
    pub rule_set: u64,
    /// Score from which an account gets an alert, 1 to 100.
    pub raise_at: u32,
    /// Outcome of the scan.
    pub outcome: ScanOutcome,
    /// The alert. Absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alert: Option<AlertView>,
}

pub async fn scan_user_for_fraud(
    ctx: RequestContext<StaffTargetGrant>,
    Body(body): Body<Scan>,
) -> HandlerResult<Json<ScanView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let rules = rules(&ctx, body.rules, body.dry_run).await?;
    let change = request_scan(&ctx.op(reason), &ctx.target, &rules, body.dry_run).await?;
    let alert = match &change.after.alert {
        Some(alert) => Some(find::view(&ctx.app, &ctx.caller, alert).await?),
        None => None,
    };
    let answer = |scanned: Scanned| {
        Json::new(ScanView {
            user_id: ctx.target.user_id,
            score: scanned.score,
            signals: scanned.signals,
            rule_set: rules.version,
            raise_at: rules.raise_at,
            outcome: scanned.outcome,
            alert,
        })
    };
    if body.dry_run {
        return Ok(answer(change.after));
    }
    ctx.complete(change, answer).await
}
