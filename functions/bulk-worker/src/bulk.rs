//! Changes many users, page by page, each in one transaction that also stores what became of the
//! user. A run that repeats a page finds the outcomes that are stored and changes nobody twice. A
//! job that was cancelled, or that another run has, changes nobody any more: each transaction
//! requires that this run has the job.

use std::collections::HashMap;

use provost_app::App;
use provost_domain::{
    ApiError, BulkJobId, Pseudonym, Timestamp, User, UserId,
    audit::Actor,
    bulk::{
        BulkAction, BulkEntry, BulkItem, BulkJob, BulkOutcome, BulkTally, Journal, UNREADABLE,
        undo_code,
    },
    job::LongJob,
    rank::Acting,
};
use provost_jobs::{Deadline, Outcome, Run, Work, work};
use provost_operations::{
    Change, Op, OperationError,
    bulk::{PreparedBulk, apply, undo_user},
};
use provost_store::{Conflict, StoreError};
use tracing::{error, info};

/// Users per page.
pub const PAGE: u32 = 25;
/// Maximum number of attempts to change a user whose account changes meanwhile.
const ATTEMPTS: u32 = 4;

/// One run of a bulk job, `page` users at a time.
pub async fn run(app: &App, job: BulkJobId, page: u32, deadline: Deadline) -> Outcome {
    match attempt(app, job, page, deadline).await {
        Ok(outcome) => outcome,
        Err(error) => Outcome::retry(error),
    }
}

async fn attempt(
    app: &App,
    id: BulkJobId,
    limit: u32,
    deadline: Deadline,
) -> Result<Outcome, StoreError> {
    let store = app.store();
    let Some(job) = store.bulk_job(id).await?.filter(|found| found.job().is_active()) else {
        return Ok(Outcome::AlreadyDone);
    };
    let Some(job) = store.claim_job(job, app.now()).await? else {
        return Ok(Outcome::AlreadyDone);
    };
    let mut users = Users { app, limit, unreported: None };
    let run = work(store, job, deadline, &mut users).await;
    match run? {
        Run::Ended(BulkJob { tally, status, .. }) => {
            let status = status.as_str();
            info!(job.id = %id, status, done = tally.done, blocked = tally.blocked, "bulk job {id} has ended");
            Ok(Outcome::Done)
        }
        Run::Lost => {
            // Cancelled during the page: the users who were changed before count all the same.
            if let Some(unreported) = users.unreported {
                store.report_cancelled_bulk_job(&unreported).await?;
            }
            Ok(Outcome::AlreadyDone)
        }
        Run::HandedOver(outcome) => Ok(outcome),
    }
}

/// The pages of a bulk job.
struct Users<'a> {
    app: &'a App,
    limit: u32,
    /// The job with the counts of the latest page, in case the report of the page fails.
    unreported: Option<BulkJob>,
}

/// A user of a page.
struct Entry {
    user: Pseudonym,
    /// Why the plan leaves the user out.
    code: Option<String>,
    /// What is to be undone.
    journal: Option<Journal>,
}

/// What each user of a page is changed by.
struct PageWork<'a> {
    op: Op<'a>,
    by: Acting<'a>,
    job: &'a BulkJob,
    action: Action,
}

enum Action {
    Apply(PreparedBulk),
    Undo { notify: bool },
}

/// What became of a user, and what a stored outcome says.
struct Decision {
    outcome: BulkOutcome,
    code: Option<String>,
    journal: Option<Journal>,
}

impl Decision {
    fn of(outcome: BulkOutcome, code: Option<&str>) -> Self {
        Self { outcome, code: code.map(str::to_owned), journal: None }
    }
}

impl Work<BulkJob> for Users<'_> {
    fn now(&self) -> Timestamp {
        self.app.now()
    }

    async fn piece(&mut self, job: &mut BulkJob) -> Result<(), StoreError> {
        let app = self.app;
        let Some(requester) = allowed(app, job, job.requested_by).await? else {
            job.stop(
                "The member of staff who started this job may not do this any more.",
                app.now(),
            );
            return Ok(());
        };
        if let Some(approver) = job.approved_by()
            && allowed(app, job, approver).await?.is_none()
        {
            job.stop(
                "The member of staff who approved this job may not do this any more.",
                app.now(),
            );
            return Ok(());
        }
        let (action, source) = match &job.action {
            BulkAction::Undo { job: undone } => {
                let Some(source) = app.store().bulk_job(*undone).await? else {
                    job.stop("The job that was to be undone is gone.", app.now());
                    return Ok(());
                };
                (Action::Undo { notify: source.action.notifies() }, Some(source.id))
            }
            action => match PreparedBulk::of(app.store(), action).await {
                Ok(prepared) => (Action::Apply(prepared), None),
                Err(OperationError::Refused(_)) => {
                    job.stop(
                        "A role of this job is gone, or a later version made the job.",
                        app.now(),
                    );
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            },
        };
        let (entries, next) = self.page(job, source).await?;
        let permissions = requester.permissions();
        let permissions = permissions.intersection(&job.permissions).copied().collect();
        let op = Op {
            actor: Actor::User(requester.subject()),
            account: Some(&requester),
            reason: job.reason.clone(),
            ..Op::system(app, "bulk-worker", app.request_id())
        };
        let by = Acting { user: &requester, permissions: &permissions };
        let change = PageWork { op, by, job, action };
        // On the heap, since the states of the operations are large.
        let (tally, is_lost) = Box::pin(change.all(entries)).await?;
        job.report(tally, next, app.now());
        self.unreported = Some(job.clone());
        if is_lost {
            info!(job.id = %job.id, "job {} was cancelled, or another run has it", job.id);
        }
        Ok(())
    }
}

/// The staff member who started or approved a job, while they may do what it does.
async fn allowed(app: &App, job: &BulkJob, by: Pseudonym) -> Result<Option<User>, StoreError> {
    let Some(subject) = app.store().subjects([by]).await?.remove(&by) else { return Ok(None) };
    let Some(user) = app.store().user(subject.user_id).await? else { return Ok(None) };
    let permissions = user.permissions();
    let mut needed = job.action.permissions().iter();
    let may = user.is_staff()
        && user.check_usable(app.now()).is_ok()
        && !user.awaits_second_factor()
        && needed.all(|permission| permissions.contains(permission));
    Ok(may.then_some(user))
}

impl Users<'_> {
    /// The users of the next page, and the start of the one after it. An undo goes through the users
    /// whom the other job changed.
    async fn page(
        &self,
        job: &BulkJob,
        source: Option<BulkJobId>,
    ) -> Result<(Vec<Entry>, Option<String>), StoreError> {
        let store = self.app.store();
        let Some(source) = source else {
            let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
            let page = store.planned_users(job, job.cursor.as_deref(), limit).await?;
            let entry = |BulkEntry { user, code, .. }| Entry { user, code, journal: None };
            return Ok((page.entries.into_iter().map(entry).collect(), page.next));
        };
        let page = store.bulk_items_after(source, job.cursor.clone(), self.limit).await?;
        let done = page.rows.into_iter().filter(|item| item.outcome == BulkOutcome::Done);
        let entry = |item: BulkItem| Entry { user: item.user, code: None, journal: item.journal };
        Ok((done.map(entry).collect(), page.next))
    }
}

impl PageWork<'_> {
    /// Changes the users of a page. Returns what became of them, and whether this run has lost the
    /// job.
    async fn all(&self, entries: Vec<Entry>) -> Result<(BulkTally, bool), StoreError> {
        let store = self.op.app.store();
        let pseudonyms = || entries.iter().map(|entry| entry.user);
        let stored = store.bulk_items_of(self.job.id, pseudonyms()).await?;
        let subjects = store.subjects(pseudonyms()).await?;
        let ids: Vec<UserId> = subjects.values().map(|subject| subject.user_id).collect();
        let mut people = HashMap::new();
        for person in store.users_by_ids(&ids).await? {
            match person {
                Ok(user) => drop(people.insert(user.user_id, user)),
                // An account that this version cannot read must not stop the job.
                Err((user, cause)) => {
                    error!(user.id = %user, job.id = %self.job.id, %cause, "the account {user} cannot be read");
                }
            }
        }
        let mut tally = BulkTally::default();
        for entry in &entries {
            if let Some(item) = stored.get(&entry.user) {
                tally.count(item.outcome);
                continue;
            }
            let id = subjects.get(&entry.user).map(|subject| subject.user_id);
            let user = id.and_then(|id| people.remove(&id));
            let outcome = match (&entry.code, user) {
                (Some(code), _) => {
                    self.record(entry, Decision::of(BulkOutcome::Blocked, Some(code))).await?
                }
                (None, Some(user)) => Box::pin(self.one(entry, user)).await?,
                (None, None) => {
                    let (outcome, code) = match id {
                        Some(_) => (BulkOutcome::Failed, UNREADABLE),
                        None => (BulkOutcome::Blocked, "NOT_FOUND"),
                    };
                    self.record(entry, Decision::of(outcome, Some(code))).await?
                }
            };
            match outcome {
                Some(outcome) => tally.count(outcome),
                None => return Ok((tally, true)),
            }
        }
        Ok((tally, false))
    }

    /// Changes one user; none if this run has lost the job.
    async fn one(&self, entry: &Entry, mut user: User) -> Result<Option<BulkOutcome>, StoreError> {
        let store = self.op.app.store();
        for _ in 0..ATTEMPTS {
            let decided = match (&self.action, &entry.journal) {
                (Action::Apply(action), _) => {
                    let changed = Box::pin(apply(&self.op, self.by, &user, action)).await;
                    changed.map(|change| {
                        change.map(|change| {
                            let journal = Journal::of(&user, &change.after, self.op.now);
                            change.map(|_| Some(journal))
                        })
                    })
                }
                (Action::Undo { notify }, Some(journal)) => {
                    let (op, by, notify) = (&self.op, self.by, *notify);
                    let undone = Box::pin(undo_user(op, by, &user, journal, notify)).await;
                    undone.map(|change| change.map(|change| change.map(|()| None)))
                }
                (Action::Undo { .. }, None) => Ok(None),
            };
            let decision = match decided {
                Ok(Some(change)) => match Box::pin(self.commit(entry, change)).await? {
                    Committed::As(outcome) => return Ok(outcome),
                    Committed::Refused(error) => self.refused(&error),
                    Committed::Changed => match store.user(user.user_id).await? {
                        Some(now) => {
                            user = now;
                            continue;
                        }
                        None => Decision::of(BulkOutcome::Blocked, Some("NOT_FOUND")),
                    },
                },
                Ok(None) => Decision::of(BulkOutcome::Unchanged, None),
                Err(OperationError::Refused(error)) => self.refused(&error),
                Err(error) => return Err(error.into()),
            };
            return self.record(entry, decision).await;
        }
        Err(StoreError::Conflict(Conflict::Collision))
    }

    fn refused(&self, error: &ApiError) -> Decision {
        Decision::of(BulkOutcome::Blocked, Some(undo_code(error)))
    }

    async fn commit(
        &self,
        entry: &Entry,
        change: Change<Option<Journal>>,
    ) -> Result<Committed, StoreError> {
        let Change { mut tx, after: journal, conflicts } = change;
        let decision = Decision { outcome: BulkOutcome::Done, code: None, journal };
        let outcome = decision.outcome;
        tx.record_bulk_item(self.job, &self.item(entry, decision))?;
        let Err(error) = tx.commit().await else { return Ok(Committed::As(Some(outcome))) };
        if let Some(stored) = self.stored(entry, &error).await? {
            return Ok(Committed::As(stored));
        }
        match conflicts.explain(error) {
            OperationError::Refused(error) => Ok(Committed::Refused(error)),
            OperationError::Collision => Ok(Committed::Changed),
            OperationError::Store(error) => Err(error),
        }
    }

    /// Stores what became of a user who is not changed; none if this run has lost the job.
    async fn record(
        &self,
        entry: &Entry,
        decision: Decision,
    ) -> Result<Option<BulkOutcome>, StoreError> {
        let outcome = decision.outcome;
        let mut tx = self.op.transaction();
        tx.record_bulk_item(self.job, &self.item(entry, decision))?;
        let Err(error) = tx.commit().await else { return Ok(Some(outcome)) };
        match self.stored(entry, &error).await? {
            Some(stored) => Ok(stored),
            None => Err(error),
        }
    }

    /// What a conflict with another run means: the outcome that it stored, or that it has the job.
    /// None for any other error.
    async fn stored(
        &self,
        entry: &Entry,
        error: &StoreError,
    ) -> Result<Option<Option<BulkOutcome>>, StoreError> {
        match error.conflict() {
            Some(Conflict::BulkJob) => Ok(Some(None)),
            Some(Conflict::BulkItem) => {
                let store = self.op.app.store();
                let stored = store.bulk_items_of(self.job.id, [entry.user]).await?;
                Ok(Some(stored.get(&entry.user).map(|item| item.outcome)))
            }
            _ => Ok(None),
        }
    }

    fn item(&self, entry: &Entry, decision: Decision) -> BulkItem {
        let Decision { outcome, code, journal } = decision;
        BulkItem { user: entry.user, outcome, code, at: self.op.app.now(), journal }
    }
}

/// What became of a transaction.
enum Committed {
    /// The outcome that is stored; none if this run has lost the job.
    As(Option<BulkOutcome>),
    /// A rule forbids the change.
    Refused(ApiError),
    /// The account has changed since it was read.
    Changed,
}
