//! Bulk actions on users: a dry run plans one, its `plan_id` carries it out.

pub mod delete;
mod select;
pub mod update;

use std::collections::{BTreeMap, HashMap};

use provost_api::bulk::{BulkBlockedUser, BulkJobView, BulkPlan};
use provost_domain::{
    ApiError, BulkJobId, Pseudonym, UserId,
    bulk::{BulkAction, BulkJob, BulkStatus, MAX_UNPLANNED},
};
use provost_http::{
    Accepted, HandlerError, HandlerResult, Json, PlanOrJob, RequestContext, access::StaffGrant,
    users,
};
use provost_operations::bulk::{
    NewBulkPlan, PlannedBulk, check_drift, plan_bulk_action, start_bulk_job, unplanned_bulk_action,
};
use provost_search::query::selection::SelectionBody;

use crate::jobs::{job_view, staff_of};

/// The answer of a bulk action: its plan, or its job.
pub type BulkAnswer = PlanOrJob<BulkPlan, BulkJobView>;

/// A bulk action as a caller asks for it.
struct Wanted {
    /// Which users.
    selection: SelectionBody,
    /// Whether to plan it only.
    dry_run: bool,
    /// Reason.
    reason: Option<String>,
}

/// Plans a bulk action, or starts one on a few users who are named by id.
async fn plan(
    ctx: &RequestContext<StaffGrant>,
    wanted: Wanted,
    action: BulkAction,
) -> HandlerResult<BulkAnswer> {
    let Wanted { selection, dry_run, reason } = wanted;
    for permission in action.permissions() {
        ctx.caller.require(*permission)?;
    }
    let users = select::users(ctx, &selection).await?;
    let is_few = selection.user_ids.is_some() && users.len() <= MAX_UNPLANNED;
    if !dry_run && !is_few {
        return Err(ApiError::field(
            "dry_run",
            "required",
            format!("A filter, or more than {MAX_UNPLANNED} users, need a plan. Send `dry_run: true`, check the plan, then send its `plan_id`."),
        )
        .into());
    }
    let filter = selection.filter.is_some().then(|| select::stored(&selection)).transpose()?;
    let wanted = NewBulkPlan { action, users: &users, filter };
    let (op, by) = (ctx.op(reason), ctx.caller.acting());
    if !dry_run {
        let change = unplanned_bulk_action(&op, by, wanted).await?;
        return ctx.complete(change, |job| started(ctx, &job, &HashMap::new())).await;
    }
    let change = plan_bulk_action(&op, by, wanted).await?;
    let shown = shown(ctx, &change.after).await?;
    ctx.complete(change, |_| PlanOrJob::Plan(Json::new(shown))).await
}

/// Carries out a plan of the caller that this route has made.
async fn carry_out(
    ctx: &RequestContext<StaffGrant>,
    plan: BulkJobId,
    reason: Option<String>,
    is_ours: fn(&BulkAction) -> bool,
) -> HandlerResult<BulkAnswer> {
    let (store, caller) = (ctx.app.store(), &ctx.caller.user);
    let own = |job: &BulkJob| job.requested_by == caller.pseudonym && is_ours(&job.action);
    let plan = store.bulk_job(plan).await?.filter(own);
    let plan = plan.ok_or_else(|| ApiError::missing("plan"))?;
    for permission in plan.action.permissions() {
        ctx.caller.require(*permission)?;
    }
    if plan.status != BulkStatus::Planned {
        return Ok(started(
            ctx,
            &plan,
            &staff_of(&ctx.app, &ctx.caller, std::slice::from_ref(&plan)).await?,
        ));
    }
    if ctx.now() >= plan.expires_at {
        return Err(ApiError::missing("plan").into());
    }
    if let Some(filter) = store.bulk_filter(plan.id).await? {
        let users = select::users(ctx, &select::read(filter)?).await;
        // A filter that matches nobody any more is no error of the request.
        let users = match users {
            Err(HandlerError::Api(error)) if select::is_empty(&error) => Vec::new(),
            users => users?,
        };
        check_drift(&plan, &users)?;
    }
    let change = start_bulk_job(&ctx.op(reason), &plan).await?;
    ctx.complete(change, |job| started(ctx, &job, &HashMap::new())).await
}

fn started(
    ctx: &RequestContext<StaffGrant>,
    job: &BulkJob,
    names: &HashMap<Pseudonym, UserId>,
) -> BulkAnswer {
    let view = job_view(&ctx.caller, job, names, ctx.now());
    PlanOrJob::Job(Accepted(view, format!("/v1/jobs/{}", job.id)))
}

async fn shown(
    ctx: &RequestContext<StaffGrant>,
    plan: &PlannedBulk,
) -> Result<BulkPlan, HandlerError> {
    let PlannedBulk { job, blocked, sample, rule } = plan;
    let found = ctx.app.store().users_in_full(sample).await?;
    let found: HashMap<UserId, _> =
        found.into_iter().map(|found| (found.user.user_id, found)).collect();
    let mut shown = Vec::new();
    for found in sample.iter().filter_map(|id| found.get(id)) {
        shown.push(users::directory_view(&ctx.app, found, &ctx.caller.permissions).await?);
    }
    let mut by_code = BTreeMap::new();
    for user in blocked {
        *by_code.entry(user.code.to_owned()).or_default() += 1;
    }
    let blocked = blocked.iter().map(|user| BulkBlockedUser {
        user_id: user.user,
        code: user.code.to_owned(),
        detail: user.detail.clone(),
    });
    Ok(BulkPlan {
        plan_id: job.id,
        kind: job.action.as_str(),
        count: job.planned,
        sample: shown,
        blocked: blocked.collect(),
        blocked_by_code: by_code,
        digest: job.digest.clone(),
        requires_approval: job.needs_approval(*rule),
        expires_at: job.expires_at,
    })
}

/// Checks that a request with a `plan_id` has nothing else but a reason.
fn check_plan_alone(others: bool) -> Result<(), ApiError> {
    if !others {
        return Ok(());
    }
    Err(ApiError::field(
        "plan_id",
        "contradiction",
        "A plan has its own selection and change. Send `plan_id` alone, or with a `reason`.",
    ))
}
