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

/// Writes what the end of a membership means for the user: a notification of this title and text, and
/// the buckets of the organisation, in which files of theirs may be, so that exports and erasures go
/// on finding them. The transaction must save or check the user nowhere else.
pub(super) fn depart(
    op: &Op<'_>,
    tx: &mut Transaction,
    user: &User,
    organisation: &Organisation,
    notice: Option<(&str, String)>,
) -> Result<(), StoreError> {
    let notice = notice.map(|(title, text)| ((NotificationKind::Organisation, title), text));
    let Some(after) = user.with_files_in(&organisation.all_buckets()) else {
        return match notice {
            Some((kind, text)) => notify(op, tx, user, organisation, kind, text),
            None => Ok(()),
        };
    };
    tx.save_user(&after.changed(op.now))?;
    match notice {
        Some(((kind, title), text)) if user.status != Status::Deleted => {
            tx.notify(user.user_id, &self::notice(op, organisation, kind, title, text))
        }
        _ => Ok(()),
    }
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
