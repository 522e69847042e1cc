use provost_domain::{
    Status, User,
    audit::{Resource, note_change},
    bulk::{Journal, changed_since},
    deletion::CancelledBy,
    mail::Template,
    rank::{Acting, check_rank},
    role::Role,
};
use provost_store::Conflict;

use crate::{
    Change, Op, OperationError, deletion::cancel_deletion, role::note_rights,
    session::apply_second_factor_rule, user::require_remaining_root,
};

/// Undoes what a bulk job changed about a user. What others have changed since stays, and then
/// nothing is undone. Returns no change for a user who is as before.
///
/// # Errors
/// As [`User::undone`]; as [`cancel_deletion`] for a deletion; `LAST_SUPERADMIN`.
pub async fn undo_user(
    op: &Op<'_>,
    by: Acting<'_>,
    before: &User,
    journal: &Journal,
    notify: bool,
) -> Result<Option<Change<()>>, OperationError> {
    match journal.requested_deletion() {
        Some(_) => undo_deletion(op, by, before, journal).await,
        None => undo_change(op, by, before, journal, notify).await,
    }
}

async fn undo_deletion(
    op: &Op<'_>,
    by: Acting<'_>,
    before: &User,
    journal: &Journal,
) -> Result<Option<Change<()>>, OperationError> {
    check_rank(by, before)?;
    journal.check_permissions(by)?;
    let pending = before.deletion.as_ref().map(|deletion| deletion.id);
    if pending.is_none() && before.status_at(op.now) == journal.before.status {
        return Ok(None);
    }
    let request = op.app.store().pending_deletion(before).await?;
    let request = request.filter(|_| pending == journal.requested_deletion());
    let request = request.ok_or_else(changed_since)?;
    let cancelled_by = CancelledBy::Staff(by.user.rank());
    let change = cancel_deletion(op, request, Some(before.clone()), cancelled_by)?;
    Ok(Some(change.map(drop)))
}

async fn undo_change(
    op: &Op<'_>,
    by: Acting<'_>,
    before: &User,
    journal: &Journal,
    notify: bool,
) -> Result<Option<Change<()>>, OperationError> {
    let roles = removed_roles(op, journal).await?;
    let Some(after) = before.undone(by, journal, &roles, op.now)? else { return Ok(None) };
    let after = apply_second_factor_rule(op.app, after).await?;
    let mut entry = op.entry("user.change_undone", Resource::User(before.subject()));
    note_change(&mut entry.changes, "status", &before.status, &after.status);
    note_change(&mut entry.changes, "emailVerified", &before.email_verified, &after.email_verified);
    note_change(&mut entry.changes, "role", &before.role, &after.role);
    note_change(&mut entry.changes, "isLearner", &before.is_learner, &after.is_learner);
    note_rights(&mut entry.changes, before, &after);
    let mut tx = op.transaction();
    require_remaining_root(&mut tx, before, &after, op.account).await?;
    let has = |user: &User, role: &Role| user.has_role(&role.id.to_string());
    for role in roles.iter().filter(|role| has(&after, role) && !has(before, role)) {
        tx.add_role_holder(role, before.user_id, op.now)?;
    }
    tx.release_roles(before, &after)?;
    tx.save_user(&after)?;
    tx.plan_end_of_suspension(&after)?;
    tx.audit(entry)?;
    let template = match (before.status, after.status) {
        (Status::Suspended, Status::Suspended) => None,
        (_, Status::Suspended) => Some(Template::AccountSuspended),
        (Status::Suspended, _) => Some(Template::AccountRestored),
        _ => None,
    };
    if let Some(template) = template.filter(|_| notify) {
        op.mail(&mut tx, after.user_id, template, None)?;
    }
    Ok(Some(Change::new(tx, ()).decided_again_on(&[Conflict::Role, Conflict::RoleHolder])))
}

/// The definitions of the custom roles that the job removed, as they are now.
async fn removed_roles(op: &Op<'_>, journal: &Journal) -> Result<Vec<Role>, OperationError> {
    let mut roles = Vec::new();
    for id in journal.removed_roles().filter_map(|name| name.parse().ok()) {
        roles.extend(op.app.store().role(id).await?);
    }
    Ok(roles)
}
