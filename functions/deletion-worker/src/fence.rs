//! The point of no return: a deletion is carried out only if it is due, not held, not cancelled and
//! not blocked, and no export of the user is running. After it, nothing can be added to the
//! account, and the deletion cannot be cancelled.

use provost_app::App;
use provost_domain::{
    DeletionId, MessageId, UserId,
    deletion::{DeletionRequest, DeletionState, Hold},
    mail::Template,
    message::{About, Message},
    organisation::blocked_by,
    principal::PendingDeletion,
};

use crate::run::Stop;

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
    let (store, now) = (app.store(), app.now());
    let Some(mut request) = store.deletion(id).await? else {
        return Ok(Fenced::Closed("there is no such request"));
    };
    let Some(user) = request.user_id else { return Ok(Fenced::Closed("the account is erased")) };
    let mut first = None;
    if matches!(request.state, DeletionState::Scheduled | DeletionState::Blocked) {
        if now < request.due_at {
            return Ok(Fenced::Closed("it is not due yet"));
        }
        let Some(principal) = store.principal(user).await? else {
            return Ok(Fenced::Closed("there is no such account"));
        };
        if let Some(hold) = &principal.hold {
            return hold_back(app, request, hold.clone()).await;
        }
        let owned = store.owned_with_others(user).await?;
        request = match (blocked_by(&owned), app.unpaid_subscription(user).await?) {
            (Some(why), _) => return block(app, request, user, why, true).await,
            (None, Some(why)) => return block(app, request, user, why, false).await,
            (None, None) if request.state == DeletionState::Blocked => {
                unblock(app, request).await?
            }
            (None, None) => request,
        };
        first = Some(principal);
    }
    let read = request.version;
    let Ok(taken) = request.execute(now) else {
        return Ok(Fenced::Closed("it is held or has ended"));
    };
    let mut tx = app.transaction();
    tx.save_deletion(&taken, read, now)?;
    if let Some(mut principal) = first {
        match principal.deletion.take() {
            Some(pending) if pending.id == id => {
                principal.deletion = Some(PendingDeletion { executing: true, ..pending })
            }
            _ => return Ok(Fenced::Closed("the account does not wait for this request")),
        }
        // Only if the account has not changed since it was read: a hold placed in between wins.
        tx.save_principal(&principal.changed(now))?;
        tx.check_no_export(user)?;
    }
    tx.commit().await?;
    Ok(Fenced::Through(Box::new(taken), user))
}

/// Puts a request on hold whose account is on hold: an older version, which stored holds on
/// requests only, created or changed it.
async fn hold_back(app: &App, request: DeletionRequest, hold: Hold) -> Result<Fenced, Stop> {
    let read = request.version;
    let Ok(held) = request.hold(hold) else { return Err(Stop::Overtaken) };
    let mut tx = app.transaction();
    tx.save_deletion(&held, read, app.now())?;
    tx.commit().await?;
    Ok(Fenced::Closed("a legal hold protects the account"))
}

/// `settled_by_owner` says whether the user can remove the obstacle. If so, they are notified once.
async fn block(
    app: &App,
    request: DeletionRequest,
    user: UserId,
    why: String,
    settled_by_owner: bool,
) -> Result<Fenced, Stop> {
    let (read, id) = (request.version, request.id);
    let tells =
        settled_by_owner && request.state == DeletionState::Scheduled && !request.is_purge();
    let mut tx = app.transaction();
    // Saved even if the request was already blocked: it is checked again later, and the reason may
    // be new.
    tx.save_deletion(&request.block(why), read, app.now())?;
    if tells {
        let mail = app.id(MessageId::new);
        app.send(
            &mut tx,
            Message::Mail {
                id: mail,
                user,
                template: Template::DeletionRequested,
                about: Some(About::Deletion(id)),
            },
        )?;
    }
    tx.commit().await?;
    Ok(Fenced::Closed("something outside the account has to be settled first"))
}

async fn unblock(app: &App, request: DeletionRequest) -> Result<DeletionRequest, Stop> {
    let read = request.version;
    let Ok(free) = request.unblock() else { return Err(Stop::Overtaken) };
    let mut tx = app.transaction();
    tx.save_deletion(&free, read, app.now())?;
    tx.commit().await?;
    Ok(free)
}
