use provost_domain::{
    ApiError, SessionId, User,
    audit::Resource,
    impersonation::{Impersonation, ImpersonationEnd},
};
use provost_store::Conflict;

use crate::{Change, Op, OperationError};

/// Stops an impersonation on behalf of the staff member who acts as the user. `record` and `target`
/// are none after an erasure of the user. The token has no effect from then on.
///
/// # Errors
/// `INVALID_ACTION` when the staff member does not act as a user.
pub fn stop_impersonation(
    op: &Op<'_>,
    actor: &User,
    id: SessionId,
    record: Option<Impersonation>,
    target: Option<&User>,
) -> Result<Change<()>, OperationError> {
    if actor.impersonation.is_none_or(|live| live.id != id) {
        return Err(ended().into());
    }
    end(op, Some(actor), id, record, target, ImpersonationEnd::Stopped)
}

/// Ends an impersonation of another staff member.
///
/// # Errors
/// `INVALID_ACTION` when it has ended.
pub fn force_end_impersonation(
    op: &Op<'_>,
    actor: Option<&User>,
    record: Impersonation,
    target: Option<&User>,
) -> Result<Change<()>, OperationError> {
    if !record.is_open(op.now) {
        return Err(ended().into());
    }
    let actor = actor.filter(|actor| actor.impersonation.is_some_and(|live| live.id == record.id));
    end(op, actor, record.id, Some(record), target, ImpersonationEnd::Forced)
}

fn ended() -> ApiError {
    ApiError::invalid_action("This impersonation has ended. There is nothing to stop.", &[])
}

fn end(
    op: &Op<'_>,
    actor: Option<&User>,
    id: SessionId,
    record: Option<Impersonation>,
    target: Option<&User>,
    how: ImpersonationEnd,
) -> Result<Change<()>, OperationError> {
    let resource = match target {
        Some(target) => {
            Resource::Owned { kind: "impersonation", id: id.to_string(), owner: target.subject() }
        }
        None => Resource::Other { kind: "impersonation", id: id.to_string() },
    };
    let action = match how {
        ImpersonationEnd::Forced => "impersonation.ended",
        ImpersonationEnd::Stopped | ImpersonationEnd::Unknown(_) => "impersonation.stopped",
    };
    let mut tx = op.transaction();
    if let Some(actor) = actor {
        tx.save_user(&User { impersonation: None, ..actor.clone() })?;
    }
    if let Some(record) = record.filter(|record| record.is_open(op.now)) {
        let ended = Impersonation { ended_at: Some(op.now), end: Some(how), ..record };
        tx.end_impersonation(&ended)?;
    }
    tx.audit(op.entry(action, resource))?;
    Ok(Change::new(tx, ()).decided_again_on(&[Conflict::Impersonation]))
}
