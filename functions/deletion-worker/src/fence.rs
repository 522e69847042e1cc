//! The point of no return: a deletion is carried out only if it is due, not held, not cancelled and
//! not blocked, and no export of the user is running. After it, nothing can be added to the
//! account, and the deletion cannot be cancelled.

use provost_app::App;
use provost_domain::{
    DeletionId, User, UserId,
    deletion::{DeletionRequest, DeletionState},
    organisation::blocked_by,
};
use provost_operations::{
    Change, Op,
    deletion::{Erasure, begin_erasure, block_deletion, hold_back_deletion, unblock_deletion},
};

use crate::run::{Stop, WORKER};

/// Result of the check at the point of no return.
#[derive(Debug)]
pub enum Fenced {
    /// This run has claimed the request and may erase the user.
    Through(Box<DeletionRequest>, UserId),
    /// There is nothing to do now.
    Closed(&'static str),
}

/// Claims a request for this run, also from an earlier run that stopped responding.
///
/// # Errors
/// [`Stop`] when another run was faster, an export is running, or the store is unavailable.
pub async fn pass(app: &App, id: DeletionId) -> Result<Fenced, Stop> {
    let Some(mut request) = app.store().deletion(id).await? else {
        return Ok(Fenced::Closed("there is no such request"));
    };
    let Some(user) = request.user_id else { return Ok(Fenced::Closed("the account is erased")) };
    let op = Op::system(app, WORKER, app.request_id());
    let mut first = None;
    if matches!(request.state, DeletionState::Scheduled | DeletionState::Blocked) {
        if op.now < request.due_at {
            return Ok(Fenced::Closed("it is not due yet"));
        }
        let Some(account) = app.store().user(user).await? else {
            return Ok(Fenced::Closed("there is no such account"));
        };
        request = match free(&op, request, &account).await? {
            Free::Yes(request) => *request,
            Free::No(why) => return Ok(Fenced::Closed(why)),
        };
        first = Some(account);
    }
    match begin_erasure(&op, request, first)? {
        Erasure::Begins(change) => Ok(Fenced::Through(Box::new(write(*change).await?), user)),
        Erasure::Closed(why) => Ok(Fenced::Closed(why)),
    }
}

/// Whether anything stops a due request.
enum Free {
    Yes(Box<DeletionRequest>),
    No(&'static str),
}

/// Holds back or blocks a request that a legal hold, an organisation or a subscription stops, and
/// releases one that nothing blocks any more.
async fn free(op: &Op<'_>, request: DeletionRequest, account: &User) -> Result<Free, Stop> {
    if let Some(hold) = &account.hold {
        write(hold_back_deletion(op, request, hold.clone())?).await?;
        return Ok(Free::No("a legal hold protects the account"));
    }
    let user = account.user_id;
    let owned = op.app.store().owned_with_others(user).await?;
    let (why, is_settled_by_owner) =
        match (blocked_by(&owned), op.app.unpaid_subscription(user).await?) {
            (Some(why), _) => (why, true),
            (None, Some(why)) => (why, false),
            (None, None) if request.state == DeletionState::Blocked => {
                let free = write(unblock_deletion(op, request)?).await?;
                return Ok(Free::Yes(Box::new(free)));
            }
            (None, None) => return Ok(Free::Yes(Box::new(request))),
        };
    // Users are notified once, and only of an obstacle that they can remove.
    let is_new = request.state == DeletionState::Scheduled;
    let notified = (is_settled_by_owner && is_new && !request.is_purge()).then_some(user);
    write(block_deletion(op, request, why, notified)?).await?;
    Ok(Free::No("something outside the account has to be settled first"))
}

/// Writes a change. What a conflict means to a run is in [`Stop`].
async fn write(change: Change<DeletionRequest>) -> Result<DeletionRequest, Stop> {
    change.tx.commit().await?;
    Ok(change.after)
}
