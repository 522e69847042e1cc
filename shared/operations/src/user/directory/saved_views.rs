use provost_domain::{
    ApiError, Permission, SavedViewId, User,
    audit::{Entry, Resource, note_change},
    rank::{Acting, permission_denied},
    saved_view::{SavedView, SavedViewEdit, check_addable, check_name},
};
use provost_store::{Conflict, Transaction};

use crate::{Change, Op, OperationError};

/// A view to save.
#[derive(Debug, Clone)]
pub struct NewView {
    /// Name.
    pub name: String,
    /// Parameters, which were read before.
    pub query: String,
    /// Whether all staff who may list users see it.
    pub shared: bool,
}

/// A view and its owner.
#[derive(Debug, Clone)]
pub struct OwnedView {
    /// The owner.
    pub owner: User,
    /// The view.
    pub view: SavedView,
}

/// Saves parameters of the list of users under a name.
///
/// # Errors
/// `ALREADY_EXISTS` for a name that a view of the owner has, `INVALID_ACTION` above the maximum
/// number.
pub async fn save_view(
    op: &Op<'_>,
    owner: &User,
    new: NewView,
) -> Result<Change<OwnedView>, OperationError> {
    let NewView { name, query, shared } = new;
    check_addable(&op.app.store().saved_views(owner.user_id).await?, &name)?;
    let id = op.app.id(SavedViewId::new);
    let view = SavedView { id, name, query, shared, created_at: op.now };
    let mut entry = entry(op, "view.created", owner, &view);
    note_change(&mut entry.changes, "name", &None, &Some(&view.name));
    note_change(&mut entry.changes, "shared", &false, &view.shared);
    let mut tx = op.transaction();
    // Saved, not only checked: of two concurrent requests, the second is evaluated again and sees
    // the view of the first.
    tx.save_user(owner)?;
    tx.add_saved_view(owner.user_id, &view)?;
    tx.audit(entry)?;
    Ok(Change::new(tx, OwnedView { owner: owner.clone(), view }))
}

/// Changes a view of the editor, or a shared one. Returns no change if all values are the same.
///
/// # Errors
/// `NOT_FOUND` when the editor sees no such view, `PERMISSION_DENIED` for a shared view of somebody
/// else without `settings.write`, `ALREADY_EXISTS` for a name that another view of the owner has.
pub async fn update_view(
    op: &Op<'_>,
    editor: Acting<'_>,
    id: SavedViewId,
    edit: SavedViewEdit,
) -> Result<(OwnedView, Option<Change<OwnedView>>), OperationError> {
    let OwnedView { owner, view: before } = find(op, editor, id).await?;
    let after = edit.apply(&before);
    if after == before {
        return Ok((OwnedView { owner, view: before }, None));
    }
    if after.name != before.name {
        let mut others = op.app.store().saved_views(owner.user_id).await?;
        others.retain(|view| view.id != id);
        check_name(&others, &after.name)?;
    }
    let mut entry = entry(op, "view.updated", &owner, &after);
    note_change(&mut entry.changes, "name", &before.name, &after.name);
    note_change(&mut entry.changes, "shared", &before.shared, &after.shared);
    // The parameters may name other users, whom the log must not outlive.
    note_change(&mut entry.changes, "queryChanged", &false, &(before.query != after.query));
    let mut tx = op.transaction();
    // Saved for the uniqueness of names, as in the creation.
    tx.save_user(&owner)?;
    tx.replace_saved_view(owner.user_id, &before, &after)?;
    tx.audit(entry)?;
    let owned = OwnedView { owner, view: after };
    let change = refused_if_gone(tx, owned.clone());
    Ok((owned, Some(change)))
}

/// Deletes a view of the editor, or a shared one.
///
/// # Errors
/// `NOT_FOUND` when the editor sees no such view, `PERMISSION_DENIED` for a shared view of somebody
/// else without `settings.write`.
pub async fn delete_view(
    op: &Op<'_>,
    editor: Acting<'_>,
    id: SavedViewId,
) -> Result<Change<()>, OperationError> {
    let OwnedView { owner, view } = find(op, editor, id).await?;
    let mut entry = entry(op, "view.deleted", &owner, &view);
    note_change(&mut entry.changes, "name", &Some(&view.name), &None);
    let mut tx = op.transaction();
    tx.check_user(&owner)?;
    tx.remove_saved_view(owner.user_id, &view)?;
    tx.audit(entry)?;
    Ok(refused_if_gone(tx, ()))
}

/// Another request may delete the view first.
fn refused_if_gone<T>(tx: Transaction, after: T) -> Change<T> {
    Change::new(tx, after).refused_on(Conflict::SavedView, missing())
}

fn missing() -> ApiError {
    ApiError::missing("view")
}

/// The view that the editor may change: one of their own, or a shared one.
async fn find(
    op: &Op<'_>,
    editor: Acting<'_>,
    id: SavedViewId,
) -> Result<OwnedView, OperationError> {
    let store = op.app.store();
    let own = store.saved_views(editor.user.user_id).await?;
    if let Some(view) = own.into_iter().find(|view| view.id == id) {
        return Ok(OwnedView { owner: editor.user.clone(), view });
    }
    let shared = store.shared_views().await?;
    let shared = shared.into_iter().find(|shared| shared.view.id == id).ok_or_else(missing)?;
    if !editor.permissions.contains(&Permission::SettingsWrite) {
        return Err(permission_denied(&[Permission::SettingsWrite]).into());
    }
    // Erased since then, with the view.
    let owner = store.user(shared.owner_id).await?.ok_or_else(missing)?;
    Ok(OwnedView { owner, view: shared.view })
}

fn entry(op: &Op<'_>, action: &'static str, owner: &User, view: &SavedView) -> Entry {
    let (id, owner) = (view.id.to_string(), owner.subject());
    op.entry(action, Resource::Owned { kind: "view", id, owner })
}
