use provost_domain::{
    Pseudonym, User,
    audit::note_change,
    content::{Content, ContentKind, ContentStatus, FlagEnd, Removal},
    mail::Template,
    message::About,
    notification::NotificationKind,
};
use provost_store::{Conflict, StoreError, Transaction, item::Key};

use super::{flag_content::end_flag, resource, upload::erase_bytes};
use crate::{Change, Op, OperationError};

/// Removes content of a user for all users. Its objects are deleted by the next run of the
/// scheduler. The reason of the operation is what the owner receives, if `notify`.
///
/// # Errors
/// `INVALID_ACTION` when it is removed already.
pub async fn remove_content(
    op: &Op<'_>,
    content: &Content,
    owner: &User,
    by: Pseudonym,
    notify: bool,
) -> Result<Change<Content>, OperationError> {
    let mut tx = op.transaction();
    let after = begin_removal(op, &mut tx, content, owner, Some(by), notify).await?;
    Ok(Change::new(tx, after).decided_again_on(&[Conflict::Content]))
}

/// The removal as part of a larger change, such as the decision about a report. The transaction
/// must save the owner nowhere else, and be decided again on [`Conflict::Content`].
///
/// # Errors
/// As for [`remove_content`].
pub async fn begin_removal(
    op: &Op<'_>,
    tx: &mut Transaction,
    content: &Content,
    owner: &User,
    by: Option<Pseudonym>,
    notify: bool,
) -> Result<Content, OperationError> {
    let reason = op.reason.clone().unwrap_or_default();
    let removal = Removal { reason: reason.clone(), by, at: op.now };
    let mut after = content.clone().remove(removal)?;
    after.flag = None;

    let mut entry = op.entry("content.removed", resource(content, owner));
    note_change(&mut entry.changes, "status", &content.status, &after.status);
    if content.kind == ContentKind::File {
        let freed = owner.clone().remove_stored_file(content.size, op.now);
        note_change(&mut entry.changes, "storageUsed", &owner.storage_used, &freed.storage_used);
        tx.save_user(&freed)?;
    } else {
        tx.check_user(owner)?;
    }
    tx.remove_content(&after, op.now)?;
    let end = FlagEnd { reason: op.reason.clone(), by, at: op.now, removed: true };
    end_flag(op, tx, content, end).await?;
    tx.audit(entry)?;
    if notify {
        let text = format!("“{}” has been removed. Reason: {reason}", content.name);
        let kind = NotificationKind::Account;
        op.notify(tx, owner.user_id, kind, "Your content has been removed", &text)?;
        let about = Some(About::Content(content.id));
        op.mail(tx, owner.user_id, Template::ContentRemoved, about)?;
    }
    Ok(after)
}

/// Deletes every version of the objects of removed content, by its key in the index `due`. `None`
/// when there is nothing to do. After a kill, the next run deletes what is left.
///
/// # Errors
/// The store failed.
pub async fn delete_objects(op: &Op<'_>, due: &Key) -> Result<Option<Change<Content>>, StoreError> {
    let store = op.app.store();
    let Some(content) = store.due_content(due, op.now).await? else { return Ok(None) };
    if content.status != ContentStatus::Removing {
        return Ok(None);
    }
    erase_bytes(op, content.object.as_ref()).await?;
    let mut tx = op.transaction();
    let until = content.uploads_until();
    let after = if op.now < until {
        // An upload URL from before may still bring the object back: look once more.
        let again = Content { version: content.version + 1, ..content };
        tx.remove_content(&again, until)?;
        again
    } else {
        let after = content.clone().objects_deleted();
        if let Some(owner) = store.user(content.owner_id).await? {
            let mut entry = op.entry("content.objects_deleted", resource(&content, &owner));
            note_change(&mut entry.changes, "status", &content.status, &after.status);
            tx.audit(entry)?;
        }
        tx.save_content(&after)?;
        after
    };
    Ok(Some(Change::new(tx, after).decided_again_on(&[Conflict::Content])))
}
