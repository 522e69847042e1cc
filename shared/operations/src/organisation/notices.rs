use provost_domain::{
    NotificationId, Status, User, UserId,
    message::Message,
    notification::{Notification, NotificationKind},
    organisation::Organisation,
};
use provost_store::{StoreError, Transaction};

use crate::Op;

/// Path of organisations on the platform.
const ORGANISATIONS: &str = "/api/organisations";

/// Notifies a user about an organisation, unless the user's account is being deleted.
pub(super) fn notify(
    op: &Op<'_>,
    tx: &mut Transaction,
    user: &User,
    organisation: &Organisation,
    (kind, title): (NotificationKind, &str),
    text: String,
) -> Result<(), StoreError> {
    if user.status == Status::Deleted {
        return Ok(());
    }
    // A user who is being erased gets no new items in their partition.
    tx.check_user(user)?;
    tx.notify(user.user_id, &notice(op, organisation, kind, title, text))
}

/// A notification about an organisation, with a link to it.
pub(super) fn notice(
    op: &Op<'_>,
    organisation: &Organisation,
    kind: NotificationKind,
    title: &str,
    text: String,
) -> Notification {
    let path = match kind {
        NotificationKind::Invite => format!("{ORGANISATIONS}/invites"),
        // An organisation that is being deleted can no longer be opened.
        _ if !organisation.is_active() => ORGANISATIONS.to_owned(),
        _ => format!("{ORGANISATIONS}/{}", organisation.id),
    };
    Notification::new(op.app.id(NotificationId::new), kind, title, text, op.now).at(path)
}

/// Sends the deletion of an owner, if it is due, when a possible obstacle is removed, so that it
/// continues at once instead of at the next check of the schedule.
pub(super) fn wake_deletion(
    op: &Op<'_>,
    tx: &mut Transaction,
    owner: &User,
) -> Result<(), StoreError> {
    match &owner.deletion {
        Some(pending) if pending.due_at <= op.now => {
            op.app.send(tx, Message::Deletion { request: pending.id })
        }
        _ => Ok(()),
    }
}

/// Does the same when a member leaves, who may be the last one besides the owner.
pub(super) async fn wake_owners_deletion(
    op: &Op<'_>,
    tx: &mut Transaction,
    owner: UserId,
) -> Result<(), StoreError> {
    if let Some(actor) = op.account.filter(|actor| actor.user_id == owner) {
        return wake_deletion(op, tx, actor);
    }
    match op.app.store().user(owner).await? {
        Some(owner) => wake_deletion(op, tx, &owner),
        None => Ok(()),
    }
}
