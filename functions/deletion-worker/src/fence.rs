//! The fence: a deletion is carried out only if it is due, not held, not cancelled, not blocked, and no export of the person is under way. Whoever passes it knows
//! that nothing can be added to the account any more, and there is no way back.

use provost_app::App;
use provost_domain::{
    DeletionId, UserId,
    deletion::{DeletionRequest, DeletionState},
    principal::PendingDeletion,
    subscription::Subscription,
};
use provost_store::memberships::blocked_by;

use crate::run::Stop;

/// What the fence said.
#[derive(Debug)]
pub enum Fenced {
    /// The request is this run's, and so is the person.
    Through(Box<DeletionRequest>, UserId),
    /// Nothing is to be done now.
    Closed(&'static str),
}

/// Takes a request for this run, also from an earlier run that fell silent.
///
/// # Errors
/// [`Stop`] when another run was faster, an export is under way, or the store is out of reach.
pub async fn pass(app: &App, id: DeletionId) -> Result<Fenced, Stop> {
    let (store, now) = (app.store(), app.now());
    let Some(mut request) = store.deletion(id).await? else { return Ok(Fenced::Closed("there is no such request")) };
    let Some(user) = request.user_id else { return Ok(Fenced::Closed("the account is erased")) };
    if matches!(request.state, DeletionState::Scheduled | DeletionState::Blocked) {
        if now < request.due_at {
            return Ok(Fenced::Closed("it is not due yet"));
        }
        request = match blocked_by(&store.owned_with_others(user).await?).or(unpaid(app, user).await?) {
            Some(why) => return block(app, request, why).await,
            None if request.state == DeletionState::Blocked => unblock(app, request).await?,
            None => request,
        };
    }
    let (read, first) = (request.version, request.state == DeletionState::Scheduled);
    let Ok(taken) = request.execute(now) else { return Ok(Fenced::Closed("it is held or has ended")) };
    let mut tx = app.transaction();
    tx.save_deletion(&taken, read, now)?;
    if first {
        let Some(mut principal) = store.principal(user).await? else { return Ok(Fenced::Closed("there is no such account")) };
        match principal.deletion.take() {
            Some(pending) if pending.id == id => principal.deletion = Some(PendingDeletion { executing: true, ..pending }),
            _ => return Ok(Fenced::Closed("the account does not wait for this request")),
        }
        tx.save_principal(&principal.changed(now))?;
        tx.check_no_export(user)?;
    }
    tx.commit().await?;
    Ok(Fenced::Through(Box::new(taken), user))
}

async fn block(app: &App, request: DeletionRequest, why: String) -> Result<Fenced, Stop> {
    let read = request.version;
    let mut tx = app.transaction();
    // Written also when it was blocked before: it wakes again later, and the reason is today's.
    tx.save_deletion(&request.block(why), read, app.now())?;
    tx.commit().await?;
    Ok(Fenced::Closed("something outside the account has to be settled first"))
}

/// Why a subscription keeps the account from being erased: it lives, and nobody here can cancel it. It is said before the way back is closed.
async fn unpaid(app: &App, user: UserId) -> Result<Option<String>, Stop> {
    let lives = app.store().subscriptions(user).await?.iter().any(Subscription::may_live);
    if !lives || app.stripe().is_configured(app.now()).await? {
        return Ok(None);
    }
    Ok(Some(
        "The account has a subscription at Stripe that this deployment has no key to cancel. Store the key, and it goes on by itself."
            .to_owned(),
    ))
}

async fn unblock(app: &App, request: DeletionRequest) -> Result<DeletionRequest, Stop> {
    let read = request.version;
    let Ok(free) = request.unblock() else { return Err(Stop::Overtaken) };
    let mut tx = app.transaction();
    tx.save_deletion(&free, read, app.now())?;
    tx.commit().await?;
    Ok(free)
}
