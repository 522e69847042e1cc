//! `POST /api/admin/fraud-alerts/dismiss`: dismiss several fraud alerts, by id or by a plan.

use provost_api::fraud::AlertView;
use provost_domain::{
    AlertId, ApiError, Code, DismissalId, Timestamp,
    fraud::{Alert, Chosen, Filter, dismissal::MAX},
};
use provost_http::{Body, HandlerError, HandlerResult, Json, RequestContext, StaffGrant};
use provost_operations::fraud::{MAX_AT_ONCE, dismiss_alerts, plan_dismissal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    find,
    select::{self, Blocked, Selection},
};

/// Number of alerts that a plan shows.
const SAMPLE: usize = 10;
/// Number of retries after a conflict with another change.
const ATTEMPTS: u32 = 4;

/// Request to dismiss fraud alerts: `ids`, or `filter` with `dryRun`, or the `planId` that a dry
/// run returned.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Dismiss {
    /// Ids of the alerts to dismiss, at most 200.
    ids: Option<Vec<AlertId>>,
    /// Filter for the alerts to dismiss, at most 200. Requires `dryRun` first. Dismiss more alerts
    /// in parts, by `createdAfter` and `createdBefore`.
    filter: Option<Filter>,
    /// Whether to create a plan without dismissing anything. The response has the selected alerts
    /// and a `planId`. Default: false.
    dry_run: bool,
    /// Id of the plan to execute. Refused if the selection has changed since the plan was created.
    plan_id: Option<DismissalId>,
    /// Reason for the dismissal, 3 to 500 characters. Kept in the history of each alert and in the
    /// audit log. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

/// A planned or executed dismissal of fraud alerts.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DismissView {
    /// Id of the plan, to send back as `planId`. Present only for a plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan_id: Option<DismissalId>,
    /// Number of selected alerts that can be dismissed.
    pub count: usize,
    /// Number of alerts dismissed, including by interrupted earlier attempts. 0 for a plan.
    pub dismissed: usize,
    /// First selected alerts. Present only for a plan.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sample: Vec<AlertView>,
    /// Selected alerts that cannot be dismissed.
    pub blocked: Vec<Blocked>,
    /// Time until which the plan can be executed. Present only for a plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

pub async fn dismiss_fraud_alerts(
    ctx: RequestContext<StaffGrant>,
    Body(body): Body<Dismiss>,
) -> HandlerResult<Json<DismissView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let chosen = match (body.ids, body.filter, body.plan_id) {
        (None, None, Some(plan)) if !body.dry_run => return carry_out(&ctx, plan, reason).await,
        (Some(ids), None, None) => Chosen::Ids(checked(ids)?),
        (None, Some(filter), None) => {
            filter.check()?;
            if !body.dry_run {
                return Err(ApiError::field(
                    "dryRun",
                    "required",
                    "A filter needs a plan. Send `dryRun: true`, review the selected alerts, then send the `planId`.",
                )
                .into());
            }
            Chosen::Filter(filter)
        }
        (None, None, None) => {
            return Err(ApiError::field(
                "ids",
                "required",
                "No alerts are selected. Send `ids`, a `filter` or a `planId`.",
            )
            .into());
        }
        _ => {
            return Err(ApiError::field(
                "ids",
                "contradiction",
                "These fields cannot be combined. Send only one of `ids`, `filter` and `planId`, and `planId` without `dryRun`.",
            )
            .into());
        }
    };
    let selection = select::find(&ctx.app, &ctx.caller, &chosen).await?;
    if selection.alerts.is_empty() {
        return Err(nothing(selection).into());
    }
    if body.dry_run {
        plan(&ctx, chosen, selection).await
    } else {
        write(&ctx, selection, None, 0, reason).await
    }
}

fn checked(ids: Vec<AlertId>) -> Result<Vec<AlertId>, ApiError> {
    if ids.is_empty() {
        return Err(ApiError::field(
            "ids",
            "empty",
            "No alerts are selected. Send at least one alert id.",
        ));
    }
    if ids.len() > MAX {
        return Err(ApiError::field(
            "ids",
            "too_many",
            format!("Too many alerts are selected. Send at most {MAX} alert ids."),
        ));
    }
    Ok(ids)
}

fn nothing(selection: Selection) -> ApiError {
    let blocked = serde_json::to_value(&selection.blocked).unwrap_or_default();
    let refused = selection.by_rank.unwrap_or_else(|| {
        ApiError::new(
            Code::InvalidAction,
            "None of the selected alerts is open, so there is nothing to dismiss. Check the list of alerts again.",
        )
    });
    refused.with("blocked", blocked)
}

async fn plan(
    ctx: &RequestContext<StaffGrant>,
    chosen: Chosen,
    selection: Selection,
) -> HandlerResult<Json<DismissView>> {
    let by = ctx.caller.user.pseudonym;
    let change = plan_dismissal(&ctx.op(None), chosen, &selection.alerts, by)?;
    let shown = selection.alerts.get(..SAMPLE).unwrap_or(&selection.alerts);
    let sample = find::views(&ctx.app, &ctx.caller, shown).await?;
    ctx.complete(change, |plan| {
        Json::new(DismissView {
            plan_id: Some(plan.id),
            count: selection.alerts.len(),
            dismissed: 0,
            sample,
            blocked: selection.blocked,
            expires_at: Some(plan.expires_at),
        })
    })
    .await
}

async fn carry_out(
    ctx: &RequestContext<StaffGrant>,
    id: DismissalId,
    reason: Option<String>,
) -> HandlerResult<Json<DismissView>> {
    let store = ctx.app.store();
    let plan = store
        .dismissal(id, ctx.now())
        .await?
        .filter(|plan| plan.by == ctx.caller.user.pseudonym)
        .ok_or_else(|| ApiError::missing("plan"))?;
    let planned: Vec<AlertId> = plan.alerts.iter().copied().collect();
    let done: Vec<AlertId> = store
        .alerts_by_id(&planned)
        .await?
        .into_iter()
        .filter(|alert| alert.dismissed_in == Some(id))
        .map(|alert| alert.id)
        .collect();
    let selection = select::find(&ctx.app, &ctx.caller, &plan.chosen).await?;
    plan.check(selection.alerts.iter().map(|alert| alert.id), done.iter().copied())?;
    write(ctx, selection, Some(id), done.len(), reason).await
}

/// Dismisses the alerts in batches; `before` is the number that an interrupted run of the same plan
/// has dismissed. If someone else decides one of them at the same time, its batch is checked again:
/// decided alerts are blocked, and the rest is dismissed.
async fn write(
    ctx: &RequestContext<StaffGrant>,
    selection: Selection,
    plan: Option<DismissalId>,
    before: usize,
    reason: Option<String>,
) -> HandlerResult<Json<DismissView>> {
    let Selection { alerts, blocked, .. } = selection;
    let (op, by) = (ctx.op(reason), ctx.caller.user.pseudonym);
    let mut view = DismissView {
        plan_id: plan,
        count: before + alerts.len(),
        dismissed: before,
        sample: Vec::new(),
        blocked,
        expires_at: None,
    };
    let mut chunks = alerts.chunks(MAX_AT_ONCE).peekable();
    while let Some(chunk) = chunks.next() {
        let (mut chunk, is_last, mut attempts) = (chunk.to_vec(), chunks.peek().is_none(), 0);
        loop {
            attempts += 1;
            let change = dismiss_alerts(&op, &chunk, plan, by).await?;
            let answer = DismissView { dismissed: view.dismissed + chunk.len(), ..view.clone() };
            // The response is stored with the last batch.
            let written = match is_last {
                true => ctx.complete(change, |_| Json::new(answer.clone())).await.map(|_| ()),
                false => change.commit().await.map(|_| ()).map_err(HandlerError::from),
            };
            match written {
                Ok(()) => {
                    view = answer;
                    break;
                }
                // Not the whole request, since the alerts that it has already dismissed would block
                // it.
                Err(problem) => {
                    if attempts == ATTEMPTS || !matches!(problem, HandlerError::Collision) {
                        return Err(problem);
                    }
                    let (left, done) = look_again(ctx, &chunk, plan).await?;
                    view.dismissed += done;
                    view.blocked.extend(left.blocked);
                    chunk = left.alerts;
                }
            }
        }
    }
    Ok(Json::new(view))
}

/// Which of these alerts can still be dismissed, which cannot, and how many another run of the same
/// plan has dismissed.
async fn look_again(
    ctx: &RequestContext<StaffGrant>,
    alerts: &[Alert],
    plan: Option<DismissalId>,
) -> HandlerResult<(Selection, usize)> {
    let ids: Vec<AlertId> = alerts.iter().map(|alert| alert.id).collect();
    let now = ctx.app.store().alerts_by_id(&ids).await?;
    let done: Vec<AlertId> = now
        .iter()
        .filter(|alert| plan.is_some() && alert.dismissed_in == plan)
        .map(|alert| alert.id)
        .collect();
    let left: Vec<AlertId> = ids.into_iter().filter(|id| !done.contains(id)).collect();
    Ok((select::named(&ctx.app, &ctx.caller, &left).await?, done.len()))
}
