use provost_domain::{
    ApiError, SavedViewId, User,
    audit::{Entry, Resource, note_change},
    saved_view::{SavedView, check_addable},
};
use provost_store::Conflict;

use crate::{Change, Op, OperationError};

/// Saves parameters of the list of users under a name. They must have been read before.
///
/// # Errors
/// `ALREADY_EXISTS` for a name that a view of the owner has, `INVALID_ACTION` above the maximum
/// number.
pub async fn save_view(
    op: &Op<'_>,
    owner: &User,
    name: String,
    query: String,
) -> Result<Change<SavedView>, OperationError> {
    check_addable(&op.app.store().saved_views(owner.user_id).await?, &name)?;
    let view = SavedView { id: op.app.id(SavedViewId::new), name, query, created_at: op.now };
    let mut entry = entry(op, "view.created", owner, &view);
    note_change(&mut entry.changes, "name", &None, &Some(&view.name));
    let mut tx = op.transaction();
    // Saved, not only checked: of two concurrent requests, the second is evaluated again and sees
    // the view of the first.
    tx.save_user(owner)?;
    tx.add_saved_view(owner.user_id, &view)?;
    tx.audit(entry)?;
    Ok(Change::new(tx, view))
}

/// Deletes a view.
///
/// # Errors
/// `NOT_FOUND` when the owner has no such view.
pub async fn delete_view(
    op: &Op<'_>,
    owner: &User,
    id: SavedViewId,
) -> Result<Change<()>, OperationError> {
    let missing = || ApiError::missing("view");
    let views = op.app.store().saved_views(owner.user_id).await?;
    let view = views.into_iter().find(|view| view.id == id).ok_or_else(missing)?;
    let mut entry = entry(op, "view.deleted", owner, &view);
    note_change(&mut entry.changes, "name", &Some(&view.name), &None);
    let mut tx = op.transaction();
    tx.check_user(owner)?;
    tx.remove_saved_view(owner.user_id, id)?;
    tx.audit(entry)?;
    // Another request deleted it first.
    Ok(Change::new(tx, ()).refused_on(Conflict::SavedView, missing()))
}

fn entry(op: &Op<'_>, action: &'static str, owner: &User, view: &SavedView) -> Entry {
    let (id, owner) = (view.id.to_string(), owner.subject());
    op.entry(action, Resource::Owned { kind: "view", id, owner })
}
