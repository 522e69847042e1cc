use provost_domain::{
    User,
    audit::{Resource, note_change},
    staff_record::Contributor,
};

use crate::{Change, Op, OperationError};

/// An updated contributor profile.
#[derive(Debug, Clone)]
pub struct UpdatedContributor {
    /// The account after the change.
    pub account: User,
    /// The profile.
    pub profile: Contributor,
}

/// Replaces the contributor profile of a user. Returns no change if it is the same.
///
/// # Errors
/// The write cannot be built.
pub fn update_contributor(
    op: &Op<'_>,
    account: &User,
    before: &Contributor,
    profile: Contributor,
) -> Result<Option<Change<UpdatedContributor>>, OperationError> {
    if profile.is_same(before) {
        return Ok(None);
    }
    let account = account.clone().changed(op.now);
    let mut entry = op.entry("user.contributor_profile_changed", Resource::User(account.subject()));
    let changes = &mut entry.changes;
    note_change(changes, "githubLogin", &before.github_login, &profile.github_login);
    note_change(changes, "title", &before.title, &profile.title);
    note_change(changes, "entries", &before.ledger.len(), &profile.ledger.len());
    note_change(changes, "score", &before.score(), &profile.score());
    // The removed and the added entries.
    let (removed, added) =
        (before.entries_missing_in(&profile), profile.entries_missing_in(before));
    note_change(changes, "ledger", &removed, &added);
    let mut tx = op.transaction();
    tx.save_user(&account)?;
    tx.save_contributor(account.user_id, &profile)?;
    tx.audit(entry)?;
    Ok(Some(Change::new(tx, UpdatedContributor { account, profile })))
}
