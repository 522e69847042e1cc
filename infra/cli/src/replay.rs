//! `provost replay-erasures --since TIME`: after a restore, and before the restored tables are
//! used, applies the later changes of deletion requests to them. Erased accounts are erased again,
//! cancelled requests are cancelled, new requests and legal holds are carried over.
//! `docs/decisions/0035-erasures-after-a-restore.md` explains why.
//!
//! It can be killed at any point and run again: each change is one transaction, and completed work
//! is skipped.

use std::{fmt, time::Duration};

use fn_deletion_worker::erase::erase;
use provost_app::{App, Options};
use provost_auth::Purpose;
use provost_domain::{
    DeletionId, Timestamp, User, UserId,
    deletion::{DeletionRequest, DeletionState, Receipt},
};
use provost_jobs::{Deadline, Outcome};
use provost_operations::deletion::{carry_over_deletion, keep_receipt, repeat_erasure};

use crate::{Failed, arguments::RestoredTables, operator, platform::Environment, promote::op};

/// Time limit of one erasure; no function limits it here.
const PATIENCE: Duration = Duration::from_secs(12 * 3600);

/// The result of a replay.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Repeated erasures.
    pub erased: Vec<DeletionId>,
    /// Erasures of accounts that are not in the restored tables, or no longer.
    pub gone: Vec<DeletionId>,
    /// Erasures that wait because a legal hold protects the restored account.
    pub held: Vec<DeletionId>,
    /// Requests that were carried over as open or cancelled.
    pub carried_over: Vec<DeletionId>,
    /// Erasures that failed, and why.
    pub left: Vec<(DeletionId, String)>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = [&self.erased, &self.gone, &self.held, &self.carried_over].map(Vec::len);
        writeln!(
            f,
            "{} erased again, {} gone already, {} held, {} requests carried over, {} left.",
            count[0],
            count[1],
            count[2],
            count[3],
            self.left.len()
        )?;
        for (what, ids) in [
            ("erased again", &self.erased),
            ("held", &self.held),
            ("carried over", &self.carried_over),
        ] {
            for id in ids {
                writeln!(f, "  {id}: {what}")?;
            }
        }
        for (id, why) in &self.left {
            writeln!(f, "  {id}: left, because {why}")?;
        }
        if !self.held.is_empty() {
            writeln!(
                f,
                "Held accounts are closed. They are erased when staff lift the legal hold."
            )?;
        }
        Ok(())
    }
}

/// Replays and prints the result.
///
/// # Errors
/// When an erasure failed, or the store is not available.
pub async fn run(
    surroundings: &Environment,
    since: Timestamp,
    tables: &RestoredTables,
) -> Result<(), Failed> {
    if surroundings.variable("TABLE_ACCOUNTS").is_none() {
        return Err(Failed::new(
            "the environment names no deployment; run eval \"$(infra/deploy/environment.sh STACK)\" first",
        ));
    }
    let mut restored = surroundings.environment.clone();
    for (name, table) in [
        ("TABLE_ACCOUNTS", &tables.accounts),
        ("TABLE_ORGANISATIONS", &tables.organisations),
        ("TABLE_OPERATIONS", &tables.operations),
    ] {
        if surroundings.variable(name) == Some(table.as_str()) {
            return Err(Failed::new(format!(
                "{table} is the deployment's own table; name the restored one"
            )));
        }
        restored.insert(name.to_owned(), table.clone());
    }
    let from = App::new(&surroundings.environment, Options::default()).await?;
    let to = App::new(&restored, Options::default()).await?;
    let report = replay(&from, &to, since).await?;
    operator::notify(report.to_string().trim_end())?;
    if report.left.is_empty() {
        return Ok(());
    }
    Err(Failed::new(
        "some erasures are left. Remove the obstacles and run the same command again. Do not use the restored tables until then",
    ))
}

/// Replays into `to`, the restored tables, the changes of deletion requests in `from` since
/// `since`.
///
/// # Errors
/// When the store is not available, or a receipt is not from this deployment.
pub async fn replay(from: &App, to: &App, since: Timestamp) -> Result<Report, Failed> {
    let mut report = Report::default();
    let requests = from.store().deletions_to_replay(since).await?;
    let is_erasure = |request: &DeletionRequest| {
        matches!(request.state, DeletionState::Erased | DeletionState::Executing)
    };
    // Holds first: a hold that was placed since must exist before anything is erased.
    for request in requests.iter().filter(|request| !is_erasure(request)) {
        if carry_over(from, to, request).await? {
            report.carried_over.push(request.id);
        }
    }
    for request in requests.into_iter().filter(is_erasure) {
        erase_again(to, request, &mut report).await?;
    }
    Ok(report)
}

/// Checks that this deployment signed the receipt for this request.
fn check_receipt(app: &App, request: &DeletionRequest) -> Result<(), Failed> {
    let Some(signed) = &request.receipt else { return Ok(()) };
    let wrong = || {
        Failed::new(format!(
            "the receipt of {} does not verify with the deployment's public keys; no account was erased for it",
            request.id
        ))
    };
    let receipt: Receipt =
        app.verifier().verify(Purpose::Receipt, signed, app.now()).map_err(|_| wrong())?;
    if (receipt.deletion_id, receipt.pseudonym) == (request.id, request.pseudonym) {
        Ok(())
    } else {
        Err(wrong())
    }
}

async fn erase_again(
    to: &App,
    request: DeletionRequest,
    report: &mut Report,
) -> Result<(), Failed> {
    let (store, id) = (to.store(), request.id);
    check_receipt(to, &request)?;
    let found = store.deletion(id).await?;
    match found.as_ref().map(|found| found.state) {
        Some(DeletionState::Erased) => {
            report.gone.push(id);
            return Ok(());
        }
        // The backup was made during the erasure, or an earlier replay was killed.
        Some(DeletionState::Executing) => {}
        // An earlier replay started it.
        _ if found.as_ref().is_some_and(|found| {
            found.is_open()
                && request.receipt.is_some()
                && found.earlier_receipts.last() == request.receipt.as_ref()
        }) => {}
        _ => {
            let Some(user) = restored_account(to, &request, found.as_ref()).await? else {
                if let Some(kept) = keep_receipt(&op(to), &request, found.as_ref())? {
                    kept.commit().await?;
                }
                report.gone.push(id);
                return Ok(());
            };
            let again = repeat_erasure(&op(to), request, found.as_ref(), user).await?;
            again.commit().await?;
        }
    }
    let outcome = Box::pin(erase(to, id, Deadline::within(PATIENCE))).await;
    let Some(now) = store.deletion(id).await? else {
        return Err(Failed::new(format!("{id} vanished while it was replayed")));
    };
    match (now.state, outcome) {
        (DeletionState::Erased, _) => report.erased.push(id),
        (DeletionState::Held, _) => report.held.push(id),
        (_, Outcome::Retry(why) | Outcome::GiveUp(why)) => report.left.push((id, why)),
        (DeletionState::Blocked, _) => {
            report.left.push((id, now.blocked.unwrap_or_else(|| "something blocks it".to_owned())))
        }
        (_, Outcome::Done | Outcome::AlreadyDone) => {
            report.left.push((id, "an upload may still arrive; wait five minutes".to_owned()));
        }
    }
    Ok(())
}

/// The account of a request in the backup: by its id, or after the erasure by its pseudonym.
async fn restored_account(
    to: &App,
    request: &DeletionRequest,
    found: Option<&DeletionRequest>,
) -> Result<Option<User>, Failed> {
    let named: Option<UserId> = request.user_id.or_else(|| found.and_then(|found| found.user_id));
    let user = match named {
        Some(user) => Some(user),
        None => to
            .store()
            .subjects([request.pseudonym])
            .await?
            .get(&request.pseudonym)
            .map(|subject| subject.user_id),
    };
    Ok(match user {
        Some(user) => to.store().user(user).await?,
        None => None,
    })
}

/// Carries an open or cancelled request over to the restored tables; returns whether anything
/// changed.
async fn carry_over(from: &App, to: &App, request: &DeletionRequest) -> Result<bool, Failed> {
    let found = to.store().deletion(request.id).await?;
    if found
        .as_ref()
        .is_some_and(|found| found.version >= request.version && found.state == request.state)
    {
        return Ok(false);
    }
    if found.as_ref().is_some_and(|found| {
        matches!(found.state, DeletionState::Executing | DeletionState::Erased)
    }) {
        return Ok(false);
    }
    let Some(user) = restored_account(to, request, found.as_ref()).await? else {
        return Ok(false);
    };
    let live = from.store().user(user.user_id).await?;
    let change = carry_over_deletion(&op(to), request, found.as_ref(), user, live)?;
    change.commit().await?;
    Ok(true)
}
