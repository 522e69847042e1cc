//! What becomes of a job: those that wait for an approval, the users that it processed, its approval, its cancellation and its undo.

pub mod approve;
pub mod cancel;
pub mod items;
pub mod list;
pub mod undo;

use std::collections::{BTreeSet, HashMap};

use provost_api::bulk::{BulkJobView, BulkViewer};
use provost_app::App;
use provost_auth::Caller;
use provost_domain::{ApiError, BulkJobId, Pseudonym, Timestamp, UserId, bulk::BulkJob};
use provost_http::{HandlerError, HandlerResult, JobGrant, RequestContext};

/// The bulk job in the path, which the caller has started. Other jobs are reported as not found.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn own_bulk_job(ctx: &RequestContext<JobGrant>) -> HandlerResult<BulkJob> {
    bulk_job(ctx, |job| is_own(&ctx.caller, job)).await
}

/// The bulk job in the path, which the caller has started, or which needs the approval of a second
/// person and the caller has its permissions. Other jobs are reported as not found.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn visible_bulk_job(ctx: &RequestContext<JobGrant>) -> HandlerResult<BulkJob> {
    let caller = &ctx.caller;
    bulk_job(ctx, |job| is_own(caller, job) || approves(caller, job)).await
}

async fn bulk_job(
    ctx: &RequestContext<JobGrant>,
    sees: impl FnOnce(&BulkJob) -> bool,
) -> HandlerResult<BulkJob> {
    let id: BulkJobId = ctx.id("id", "job")?;
    let job = ctx.app.store().bulk_job(id).await?.filter(sees);
    Ok(job.ok_or_else(|| ApiError::missing("job"))?)
}

/// A key that the owner narrowed sees only jobs that it could have started.
fn is_own(caller: &Caller, job: &BulkJob) -> bool {
    let is_own = job.requested_by == caller.user.pseudonym;
    is_own && (has_permissions(caller, job) || !caller.is_narrowed())
}

/// Whether a job is one about which staff with the permissions of the caller decide.
fn approves(caller: &Caller, job: &BulkJob) -> bool {
    job.approval.is_some() && caller.user.is_staff() && has_permissions(caller, job)
}

fn has_permissions(caller: &Caller, job: &BulkJob) -> bool {
    let held = &caller.permissions;
    !held.is_empty() && job.action.permissions().iter().all(|permission| held.contains(permission))
}

/// The user ids of the other staff members whom these jobs name.
///
/// # Errors
/// If the store is not available.
pub async fn staff_of(
    app: &App,
    caller: &Caller,
    jobs: &[BulkJob],
) -> Result<HashMap<Pseudonym, UserId>, HandlerError> {
    let named = jobs.iter().flat_map(|job| {
        let decision = job.approval.as_ref().and_then(|approval| approval.decision.as_ref());
        [Some(job.requested_by), decision.map(|decision| decision.by)]
    });
    let is_other = |staff: &Pseudonym| *staff != caller.user.pseudonym;
    let others: BTreeSet<Pseudonym> = named.flatten().filter(is_other).collect();
    if others.is_empty() {
        return Ok(HashMap::new());
    }
    let subjects = app.store().subjects(others).await?;
    Ok(subjects.into_iter().map(|(pseudonym, subject)| (pseudonym, subject.user_id)).collect())
}

/// A job as the caller sees it; `names` are the other staff members whom it names.
pub fn job_view(
    caller: &Caller,
    job: &BulkJob,
    names: &HashMap<Pseudonym, UserId>,
    now: Timestamp,
) -> BulkJobView {
    let mut names = names.clone();
    names.insert(caller.user.pseudonym, caller.user.user_id);
    BulkJobView::of(job, BulkViewer { caller: caller.user.pseudonym, names: &names, now })
}
