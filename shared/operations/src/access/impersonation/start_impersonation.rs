use provost_domain::{
    ApiError, SessionId, User,
    audit::{Resource, note_change},
    device::Device,
    impersonation::{
        Impersonation, ImpersonationMode, ImpersonationPolicy, Impersonator, LiveImpersonation,
    },
    notification::NotificationKind,
    rank::Acting,
    session::{SignIn, SignInStatus},
};
use provost_store::{Conflict, impersonations};

use crate::{Change, Op, OperationError};

/// A request to act as a user.
#[derive(Debug)]
pub struct NewImpersonation<'a> {
    /// The user.
    pub target: &'a User,
    /// What it allows.
    pub mode: ImpersonationMode,
    /// The session of the staff member, with which it ends.
    pub session: SessionId,
    /// For how long, in milliseconds.
    pub life: i64,
    /// The reason.
    pub reason: &'a str,
}

/// An impersonation that has started.
#[derive(Debug, Clone)]
pub struct StartedImpersonation {
    /// The impersonation.
    pub impersonation: Impersonation,
    /// The user.
    pub target: User,
}

/// Starts an impersonation. The user sees it in a list, and is notified if they wish; their sessions
/// and their last sign-in stay as they are.
///
/// # Errors
/// As [`Impersonator::check`]; `INVALID_ACTION` while another impersonation of the staff member is
/// live.
pub fn start_impersonation(
    op: &Op<'_>,
    by: Acting<'_>,
    new: NewImpersonation<'_>,
) -> Result<Change<StartedImpersonation>, OperationError> {
    let NewImpersonation { target, mode, session, life, reason } = new;
    Impersonator::check(by, target, mode, op.now)?;
    if by.user.live_impersonation(op.now).is_some() {
        return Err(ApiError::invalid_action(
            "You are acting as a user already. Stop that impersonation first.",
            &["stop"],
        )
        .into());
    }
    let id = op.app.id(SessionId::new);
    let expires_at = op.now.plus(life);
    let live = LiveImpersonation { id, mode, session, expires_at };
    let impersonation = Impersonation {
        id,
        mode,
        actor: by.user.pseudonym,
        target_id: target.user_id,
        sealed_reason: impersonations::seal_reason(target, reason)?,
        started_at: op.now,
        expires_at,
        ended_at: None,
        end: None,
    };
    // The list of the user has no address or device of the staff member.
    let listed = SignIn {
        id,
        created_at: op.now,
        status: SignInStatus::Success,
        reason: None,
        ip: String::new(),
        country: None,
        user_agent: String::new(),
        device: Device::default(),
        auth_method: mode.as_str().to_owned(),
        mfa: false,
        impersonated_by: Some(by.user.pseudonym.to_string()),
    };
    let resource =
        Resource::Owned { kind: "impersonation", id: id.to_string(), owner: target.subject() };
    let mut entry = op.entry("impersonation.started", resource);
    note_change(&mut entry.changes, "mode", &None, &Some(mode));
    note_change(&mut entry.changes, "expiresAt", &None, &Some(expires_at));
    let mut tx = op.transaction();
    tx.save_user(&User { impersonation: Some(live), ..by.user.clone() })?;
    tx.check_user(target)?;
    tx.add_impersonation(&impersonation)?;
    tx.add_sign_in(target.user_id, &listed)?;
    if target.impersonation_policy == ImpersonationPolicy::Notify {
        op.notify(
            &mut tx,
            target.user_id,
            NotificationKind::Security,
            "Support is looking at your account",
            "A staff member acts as you to help with a problem. Your settings say whether staff may do this.",
        )?;
    }
    tx.audit(entry)?;
    let change = Change::new(tx, StartedImpersonation { impersonation, target: target.clone() });
    Ok(change.decided_again_on(&[Conflict::Impersonation]))
}
