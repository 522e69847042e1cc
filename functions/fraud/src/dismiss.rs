//! `POST /api/admin/fraud-alerts/dismiss`: dismiss many alerts at once, planned before it is done.

use provost_domain::{
    AlertId, Code, DismissalId, Refused, Timestamp,
    fraud::{
        Alert, AlertStatus, AlertView, Chosen, Dismissal, Filter,
        dismissal::{MOST, PLAN_LIFE},
    },
};
use provost_http::{Answer, Body, Call, Json, Staff};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    find,
    select::{self, Blocked, Selection},
};

/// How many alerts a plan shows.
const SAMPLE: usize = 10;
/// How many alerts are written at once: three items each, and a change has a hundred at most.
const AT_ONCE: usize = 25;

/// What to dismiss: `ids`, or `filter` with `dryRun`, or the `planId` that a dry run answered.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Dismiss {
    /// These alerts, at most 200.
    ids: Option<Vec<AlertId>>,
    /// Whatever this finds, at most 200; it must be planned first. A flood is taken in parts, by `createdAfter` and `createdBefore`.
    filter: Option<Filter>,
    /// Only plan: say what would be dismissed, and answer a `planId`.
    dry_run: bool,
    /// Carry out a plan, as long as it still finds what it found.
    plan_id: Option<DismissalId>,
    /// Why; it stands in the history of each alert and in the audit log.
    reason: Option<String>,
}

/// What is, or was, dismissed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DismissView {
    /// The plan, to be sent back as `planId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan_id: Option<DismissalId>,
    /// How many alerts the choice found that can be dismissed.
    pub count: usize,
    /// How many alerts this request dismissed; 0 for a plan.
    pub dismissed: usize,
    /// The first of them as they stand; only for a plan.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sample: Vec<AlertView>,
    /// What was named and cannot be dismissed.
    pub blocked: Vec<Blocked>,
    /// Until when the plan can be carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

pub async fn dismiss(call: Call<Staff>, Body(body): Body<Dismiss>) -> Answer<Json<DismissView>> {
    let reason = call.reason(body.reason.as_deref())?;
    let chosen = match (body.ids, body.filter, body.plan_id) {
        (None, None, Some(plan)) if !body.dry_run => return carry_out(&call, plan, reason).await,
        (Some(ids), None, None) => Chosen::Ids(checked(ids)?),
        (None, Some(filter), None) => {
            filter.check()?;
            if !body.dry_run {
                return Err(Refused::field(
                    "dryRun",
                    "required",
                    "A filter is planned first: send `dryRun: true`, look at what it finds, and send the `planId`.",
                )
                .into());
            }
            Chosen::Filter(filter)
        }
        (None, None, None) => {
            return Err(Refused::field("ids", "required", "Say what to dismiss: `ids`, a `filter`, or a `planId`.").into());
        }
        _ => {
            return Err(
                Refused::field("ids", "contradiction", "Give one of `ids`, `filter` and `planId`; a `planId` without `dryRun`.").into()
            );
        }
    };
    let selection = select::find(&call.app, &chosen).await?;
    if selection.alerts.is_empty() {
        return Err(nothing(&selection).into());
    }
    if body.dry_run { plan(&call, chosen, selection).await } else { write(&call, selection, None, reason).await }
}

fn checked(ids: Vec<AlertId>) -> Result<Vec<AlertId>, Refused> {
    if ids.is_empty() {
        return Err(Refused::field("ids", "empty", "Name at least one alert."));
    }
    if ids.len() > MOST {
        return Err(Refused::field("ids", "too_many", format!("Name at most {MOST} alerts.")));
    }
    Ok(ids)
}

fn nothing(selection: &Selection) -> Refused {
    let blocked = serde_json::to_value(&selection.blocked).unwrap_or_default();
    Refused::new(
        Code::InvalidAction,
        "None of the alerts that this chooses waits for a decision, so there is nothing to dismiss; look at the list again.",
    )
    .with("blocked", blocked)
}

async fn plan(call: &Call<Staff>, chosen: Chosen, selection: Selection) -> Answer<Json<DismissView>> {
    let plan = Dismissal {
        id: call.app.id(DismissalId::new),
        by: call.caller.principal.pseudonym,
        chosen,
        alerts: selection.alerts.iter().map(|alert| alert.id).collect(),
        expires_at: call.now().plus(PLAN_LIFE),
    };
    let sample = find::views(&call.app, selection.alerts.get(..SAMPLE).unwrap_or(&selection.alerts)).await?;
    let answer = Json::new(DismissView {
        plan_id: Some(plan.id),
        count: selection.alerts.len(),
        dismissed: 0,
        sample,
        blocked: selection.blocked,
        expires_at: Some(plan.expires_at),
    });
    let mut tx = call.app.transaction();
    tx.plan_dismissal(&plan)?;
    call.commit(tx, &answer).await?;
    Ok(answer)
}

async fn carry_out(call: &Call<Staff>, id: DismissalId, reason: Option<String>) -> Answer<Json<DismissView>> {
    let store = call.app.store();
    let plan = store
        .dismissal(id, call.now())
        .await?
        .filter(|plan| plan.by == call.caller.principal.pseudonym)
        .ok_or_else(|| Refused::missing("plan"))?;
    let planned: Vec<AlertId> = plan.alerts.iter().copied().collect();
    let done = store.alerts_by_id(&planned).await?.into_iter().filter(|alert| alert.dismissed_in == Some(id)).map(|alert| alert.id);
    let selection = select::find(&call.app, &plan.chosen).await?;
    plan.check(selection.alerts.iter().map(|alert| alert.id), done)?;
    write(call, selection, Some(id), reason).await
}

/// Dismisses them, some at a time. When somebody else decides one of them at the same moment, what was dismissed until then stays, and the rest is to be planned anew.
async fn write(call: &Call<Staff>, selection: Selection, plan: Option<DismissalId>, reason: Option<String>) -> Answer<Json<DismissView>> {
    let count = selection.alerts.len();
    let answer =
        Json::new(DismissView { plan_id: plan, count, dismissed: count, sample: Vec::new(), blocked: selection.blocked, expires_at: None });
    let mut chunks = selection.alerts.chunks(AT_ONCE).peekable();
    while let Some(chunk) = chunks.next() {
        let mut tx = call.app.transaction();
        for alert in chunk {
            add(call, &mut tx, alert, plan, reason.clone()).await?;
        }
        // The answer is remembered with the last of them.
        if chunks.peek().is_some() {
            tx.commit().await.map_err(|error| find::collided(error.into()))?;
        } else {
            call.commit(tx, &answer).await.map_err(find::collided)?;
        }
    }
    Ok(answer)
}

async fn add(
    call: &Call<Staff>,
    tx: &mut provost_store::Transaction,
    alert: &Alert,
    plan: Option<DismissalId>,
    reason: Option<String>,
) -> Answer<()> {
    let settled = call.app.store().alert_place(alert.user_id, alert.rule_set).await?.map(|place| place.settled).unwrap_or_default();
    let mut dismissed = alert.clone().go(AlertStatus::Dismissed, call.caller.principal.pseudonym, reason.clone(), call.now())?;
    dismissed.dismissed_in = plan;
    tx.save_alert(&dismissed, true, settled)?;
    let mut entry = call.entry("fraud.alert_dismissed", find::resource(&call.app, &dismissed).await?);
    entry.reason = reason;
    Ok(tx.audit(entry)?)
}
