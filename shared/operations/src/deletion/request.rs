use provost_domain::{
    DeletionId, Pseudonym, SessionId, User,
    deletion::{self, DeletionRequest, NewDeletion, SELF},
    mail::Template,
    message::{About, Message},
    organisation::check_not_sole_owner,
    user::PendingDeletion,
};

use super::close_account;
use crate::{Change, Op, OperationError};

/// Who requests a deletion.
#[derive(Debug, Clone, Copy)]
pub enum Requester {
    /// The user, whose session of the request may still see and cancel the deletion.
    Owner(Option<SessionId>),
    /// A staff member.
    Staff {
        /// Pseudonym of the staff member.
        by: Pseudonym,
        /// Days until the deletion is due; none for the setting.
        grace_days: Option<i64>,
        /// Whether the user is notified by email, with a link to cancel the deletion.
        notify: bool,
    },
}

/// A requested deletion.
#[derive(Debug, Clone)]
pub struct RequestedDeletion {
    /// The request.
    pub request: DeletionRequest,
    /// The account after the change.
    pub account: User,
}

/// Requests the deletion of an account, which is due after a grace period. All sessions and API keys
/// are revoked, except the owner's session of the request.
///
/// # Errors
/// `INVALID_ACTION` when a deletion is pending, `SOLE_OWNER`, `LAST_SUPERADMIN`.
pub async fn request_deletion(
    op: &Op<'_>,
    account: &User,
    requester: Requester,
) -> Result<Change<RequestedDeletion>, OperationError> {
    let store = op.app.store();
    let (session, requested_by, grace_days, notify) = match requester {
        Requester::Owner(session) => (session, SELF.to_owned(), None, true),
        Requester::Staff { by, grace_days, notify } => (None, by.to_string(), grace_days, notify),
    };
    let grace_days = match grace_days {
        Some(days) => days,
        None => store.settings().await?.deletion_grace_days,
    };
    let due_at = deletion::due(op.now, grace_days);
    check_not_sole_owner(&store.owned_with_others(account.user_id).await?)?;
    let new = NewDeletion {
        id: op.app.id(DeletionId::new),
        user: account.user_id,
        pseudonym: account.pseudonym,
        requested_by,
        reason: op.reason.clone(),
        due_at,
        blocked: None,
    };
    let request = DeletionRequest::new(new, op.now).held_by(account.hold.as_ref());
    let pending =
        PendingDeletion { id: request.id, due_at, before: account.status, executing: false };
    let closed = account.clone().delete(pending, session, op.now)?;

    // Users cannot remain in place of themselves.
    let witness = match requester {
        Requester::Owner(_) => None,
        Requester::Staff { .. } => op.account,
    };
    let mut tx = close_account(op, account, &closed, &request, witness).await?;
    if notify {
        let about = Some(About::Deletion(request.id));
        op.mail(&mut tx, account.user_id, Template::DeletionRequested, about)?;
    }
    // Without a grace period, the deletion starts at once.
    if due_at <= op.now {
        op.app.send(&mut tx, Message::Deletion { request: request.id })?;
    }
    Ok(Change::new(tx, RequestedDeletion { request, account: closed }))
}
