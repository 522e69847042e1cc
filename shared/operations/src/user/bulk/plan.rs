use std::collections::{BTreeSet, HashMap};

use futures_util::{StreamExt, TryStreamExt, stream};
use provost_auth::secret::hex_digest;
use provost_domain::{
    ApiError, BulkJobId, Pseudonym, User, UserId,
    bulk::{
        BulkAction, BulkApproval, BulkEntry, BulkJob, BulkStatus, BulkTally, DUPLICATE, PLAN_LIFE,
        UNCHANGED, UNREADABLE,
    },
    rank::Acting,
};
use serde_json::Value;

use super::{
    announce_start,
    apply::{PreparedBulk, apply, refusal},
};
use crate::{Change, Op, OperationError};

/// Users that are read at a time.
const BATCH: usize = 100;
/// How many users are looked at at the same time. Most need no request.
const CONCURRENCY: usize = 16;
/// Number of users that a plan shows.
const SAMPLE: usize = 10;

/// A wanted bulk action.
#[derive(Debug)]
pub struct NewBulkPlan<'a> {
    /// What to do.
    pub action: BulkAction,
    /// The selected users, in the order of the request.
    pub users: &'a [UserId],
    /// The filter that selected them, as the caller sent it; none for users named by id.
    pub filter: Option<Value>,
}

/// A selected user who cannot be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockedUser {
    /// The id, as it was selected.
    pub user: UserId,
    /// Stable code.
    pub code: &'static str,
    /// What is wrong, and what to do about it.
    pub detail: String,
}

/// A plan, and whom it leaves out.
#[derive(Debug, Clone)]
pub struct PlannedBulk {
    /// The plan.
    pub job: BulkJob,
    /// Selected users who cannot be changed.
    pub blocked: Vec<BlockedUser>,
    /// The first users who are to be changed.
    pub sample: Vec<UserId>,
    /// The rule about approvals at the time of the plan.
    pub rule: BulkApproval,
}

/// The digest of a set of users.
pub(super) fn digest_of(users: &[UserId]) -> String {
    let distinct: BTreeSet<_> = users.iter().collect();
    let text: String = distinct.into_iter().map(|user| format!("{user}\n")).collect();
    hex_digest(&text)
}

/// Plans a bulk action: decides for each selected user what the worker would do, and changes nobody.
///
/// # Errors
/// `NOT_FOUND` when a role of the action is gone; the store failed.
pub async fn plan_bulk_action(
    op: &Op<'_>,
    by: Acting<'_>,
    wanted: NewBulkPlan<'_>,
) -> Result<Change<PlannedBulk>, OperationError> {
    let filter = wanted.filter.clone();
    let (plan, entries) = Box::pin(look(op, by, wanted)).await?;
    let mut tx = op.transaction();
    tx.create_bulk_job(&plan.job, &entries, filter.as_ref())?;
    Ok(Change::new(tx, plan))
}

/// Starts a bulk action on a few users at once, without a plan that the caller has seen.
///
/// # Errors
/// As [`plan_bulk_action`]; `INVALID_ACTION` with `blocked` when nobody can be changed.
pub async fn unplanned_bulk_action(
    op: &Op<'_>,
    by: Acting<'_>,
    wanted: NewBulkPlan<'_>,
) -> Result<Change<BulkJob>, OperationError> {
    let (plan, entries) = Box::pin(look(op, by, wanted)).await?;
    let named = |blocked: &BlockedUser| serde_json::json!({ "user_id": blocked.user, "code": blocked.code });
    let blocked: Value = plan.blocked.iter().map(named).collect();
    let job =
        plan.job.start(None, plan.rule, op.now).map_err(|error| error.with("blocked", blocked))?;
    let mut tx = op.transaction();
    tx.create_bulk_job(&job, &entries, None)?;
    announce_start(op, &mut tx, &job)?;
    Ok(Change::new(tx, job))
}

async fn look(
    op: &Op<'_>,
    by: Acting<'_>,
    wanted: NewBulkPlan<'_>,
) -> Result<(PlannedBulk, Vec<BulkEntry>), OperationError> {
    let NewBulkPlan { action, users, .. } = wanted;
    let prepared = PreparedBulk::of(op.app.store(), &action).await?;
    let (mut seen, mut distinct) = (BTreeSet::new(), Vec::new());
    let (mut entries, mut blocked, mut sample) = (Vec::new(), Vec::new(), Vec::new());
    for user in users {
        if seen.insert(*user) {
            distinct.push(*user);
        } else {
            let detail = "This user is named more than once. The first one counts.".to_owned();
            blocked.push(BlockedUser { user: *user, code: DUPLICATE, detail });
        }
    }
    for ids in distinct.chunks(BATCH) {
        let found = op.app.store().users_by_ids(ids).await?;
        let (mut people, mut unreadable) = (Vec::new(), BTreeSet::new());
        for person in found {
            match person {
                Ok(user) => people.push(user),
                Err((user, _)) => drop(unreadable.insert(user)),
            }
        }
        let decided = Box::pin(decide(op, by, &prepared, people)).await?;
        for id in ids {
            let Some(Decided { pseudonym, staff, refused }) = decided.get(id) else {
                let (code, detail) = if unreadable.contains(id) {
                    (UNREADABLE, "This account cannot be read.".to_owned())
                } else {
                    let missing = ApiError::no_such_user();
                    ("NOT_FOUND", missing.detail)
                };
                blocked.push(BlockedUser { user: *id, code, detail });
                continue;
            };
            let code = refused.as_ref().map(|(code, _)| (*code).to_owned());
            entries.push(BulkEntry { user: *pseudonym, code, staff: *staff });
            match refused {
                Some((code, detail)) => {
                    let (code, detail) = (*code, detail.clone());
                    blocked.push(BlockedUser { user: *id, code, detail });
                }
                None if sample.len() < SAMPLE => sample.push(*id),
                None => {}
            }
        }
    }
    let planned = || entries.iter().filter(|entry| entry.code.is_none());
    let job = BulkJob {
        id: op.app.id(BulkJobId::new),
        action,
        reason: op.reason.clone(),
        requested_by: by.user.pseudonym,
        permissions: by.permissions.clone(),
        status: BulkStatus::Planned,
        digest: digest_of(users),
        total: entries.len() as u64,
        planned: planned().count() as u64,
        staff: planned().filter(|entry| entry.staff).count() as u64,
        approval: None,
        tally: BulkTally::default(),
        cursor: None,
        fence: 0,
        created_at: op.now,
        expires_at: op.now.plus(PLAN_LIFE),
        reported_at: op.now,
        ended_at: None,
        error: None,
        undone_by: None,
    };
    let rule = op.app.store().settings().await?.bulk_approval();
    Ok((PlannedBulk { job, blocked, sample, rule }, entries))
}

/// Why a user cannot be changed: code and sentence.
type Refusal = Option<(&'static str, String)>;

/// What the worker would do with a user.
struct Decided {
    pseudonym: Pseudonym,
    staff: bool,
    refused: Refusal,
}

/// What the worker would do with each user.
async fn decide(
    op: &Op<'_>,
    by: Acting<'_>,
    prepared: &PreparedBulk,
    people: Vec<User>,
) -> Result<HashMap<UserId, Decided>, OperationError> {
    let one = |user: User| async move {
        let refused = match apply(op, by, &user, prepared).await {
            Ok(Some(_)) => None,
            Ok(None) => Some((UNCHANGED, "This user is as wanted already.".to_owned())),
            Err(error) => {
                let refused = refusal(error)?;
                Some((refused.code.as_str(), refused.detail))
            }
        };
        let (pseudonym, staff) = (user.pseudonym, user.is_staff());
        Ok::<_, OperationError>((user.user_id, Decided { pseudonym, staff, refused }))
    };
    // Boxed, since the states of so many operations are large.
    let all = stream::iter(people).map(|user| Box::pin(one(user)));
    all.buffer_unordered(CONCURRENCY).try_collect().await
}
