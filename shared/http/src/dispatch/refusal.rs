//! Refused requests of staff, and every request of staff who act as a user, for the audit log.

use std::sync::atomic::Ordering;

use provost_app::App;
use provost_auth::Presented;
use provost_domain::{
    AuditId, Code,
    audit::{Actor, Changes, Entry, Origin, Resource, Subject},
};
use tracing::warn;

use crate::{
    problem::HandlerError,
    received::{Received, Refusal},
};

/// Records a refused request.
pub(super) async fn audit_refusal(app: &App, origin: &Origin, refusal: Refusal, code: Code) {
    let entry = Entry {
        id: app.id(AuditId::new),
        at: app.now(),
        actor: refusal.actor,
        action: "access.refused",
        resource: Resource::Other { kind: "route", id: origin.route.clone() },
        success: false,
        reason: Some(code.as_str().to_owned()),
        changes: Changes::new(),
        origin: origin.clone(),
    };
    // The caller gets the error even if the audit entry could not be written; the log records that.
    if let Err(error) = app.store().audit_refusal(entry, code.as_str()).await {
        warn!(cause = %error, "a refusal could not be audited");
    }
}

/// Records a request of a staff member who acts as a user, before it is handled; `refused` is the
/// code if it is not. A request that is decided again is recorded once.
///
/// # Errors
/// The entry could not be written; then the request is not handled.
pub(super) async fn audit_impersonated(
    app: &App,
    received: &Received,
    by: Subject,
    target: Subject,
    refused: Option<Code>,
) -> Result<(), HandlerError> {
    let Presented::Impersonation { id, .. } = received.presented else { return Ok(()) };
    if received.is_audited.load(Ordering::Relaxed) {
        return Ok(());
    }
    let entry = Entry {
        id: app.id(AuditId::new),
        at: app.now(),
        actor: Actor::Impersonator { staff: by, user: target.clone() },
        action: "impersonation.request",
        resource: Resource::Owned { kind: "impersonation", id: id.to_string(), owner: target },
        success: refused.is_none(),
        reason: refused.map(|code| code.as_str().to_owned()),
        changes: Changes::new(),
        origin: received.origin.clone(),
    };
    let mut tx = app.transaction();
    tx.audit(entry)?;
    tx.commit().await?;
    received.is_audited.store(true, Ordering::Relaxed);
    Ok(())
}

/// Records a request of a staff member who acts as a user that an access rule refused. One whose
/// impersonation is over is not recorded: it is nobody's.
///
/// # Errors
/// The accounts could not be read, or the entry could not be written.
pub(super) async fn audit_refused_impersonation(
    app: &App,
    received: &Received,
    code: Code,
) -> Result<(), HandlerError> {
    let Presented::Impersonation { target, actor, .. } = received.presented else { return Ok(()) };
    if code.status() == 401 {
        return Ok(());
    }
    let (Some(actor), Some(target)) = app.store().caller_and_target(actor, target).await? else {
        return Ok(());
    };
    audit_impersonated(app, received, actor.subject(), target.subject(), Some(code)).await
}

/// The caller of a refused request, if they are staff.
pub(super) async fn refused_caller(app: &App, presented: &Presented) -> Option<Box<Refusal>> {
    // Attempts of callers who are not staff only go to the log; otherwise anybody could fill the
    // audit log.
    let user = app.store().user(presented.user()?).await.ok()??;
    if !user.is_staff() {
        return None;
    }
    Some(Box::new(Refusal { actor: Actor::User(user.subject()) }))
}
