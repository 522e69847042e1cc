use provost_domain::{
    ApiError, SessionId, User,
    audit::{Resource, note_change},
};

use crate::{Change, Op, OperationError};

/// Ends a session of a user who signs out.
///
/// # Errors
/// The write cannot be built.
pub fn end_session(
    op: &Op<'_>,
    owner: &User,
    session: SessionId,
) -> Result<Change<()>, OperationError> {
    end(op, "session.ended", owner, session)
}

/// Revokes a session of a user on behalf of staff.
///
/// # Errors
/// `NOT_FOUND` when the user has no such live session.
pub fn revoke_session(
    op: &Op<'_>,
    owner: &User,
    session: SessionId,
) -> Result<Change<()>, OperationError> {
    if owner.sessions.get(&session).is_none_or(|live| live.expires_at <= op.now) {
        return Err(ApiError::missing("session").into());
    }
    end(op, "session.revoked", owner, session)
}

fn end(
    op: &Op<'_>,
    action: &'static str,
    owner: &User,
    session: SessionId,
) -> Result<Change<()>, OperationError> {
    let mut tx = op.transaction();
    tx.save_user(&owner.clone().end_session(session))?;
    tx.audit(op.entry(
        action,
        Resource::Owned { kind: "session", id: session.to_string(), owner: owner.subject() },
    ))?;
    Ok(Change::new(tx, ()))
}

/// Ends all sessions of a user. Returns the number of sessions that were active, and no change if
/// there are none at all.
///
/// # Errors
/// The write cannot be built.
pub fn end_all_sessions(
    op: &Op<'_>,
    owner: &User,
) -> Result<Option<Change<usize>>, OperationError> {
    if owner.sessions.is_empty() {
        return Ok(None);
    }
    let (after, ended) = owner.clone().end_sessions(op.now);
    let mut entry = op.entry("sessions.ended", Resource::User(owner.subject()));
    note_change(&mut entry.changes, "sessions", &ended, &0);
    let mut tx = op.transaction();
    tx.save_user(&after)?;
    tx.audit(entry)?;
    Ok(Some(Change::new(tx, ended)))
}
