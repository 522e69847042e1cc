use provost_domain::{
    User, audit::Resource, entitlement::Limits, profile::Profile, user::note_entitlements,
};

use crate::{Change, Op, OperationError};

/// An account with its limits.
#[derive(Debug, Clone)]
pub struct Entitled {
    /// The account.
    pub account: User,
    /// Its limits, which its profile holds.
    pub limits: Limits,
}

/// Changes the entitlements of an account. The revision of the account guards its profile.
pub(crate) fn change_entitlements(
    op: &Op<'_>,
    action: &'static str,
    before: &User,
    profile: Profile,
    after: Entitled,
) -> Result<Change<Entitled>, OperationError> {
    let mut entry = op.entry(action, Resource::User(before.subject()));
    let Entitled { account, limits } = &after;
    note_entitlements(&mut entry.changes, (before, &profile.limits), (account, limits));
    let mut tx = op.transaction();
    tx.save_user(account)?;
    tx.save_profile(before.user_id, &Profile { limits: limits.clone(), ..profile })?;
    tx.audit(entry)?;
    Ok(Change::new(tx, after))
}
