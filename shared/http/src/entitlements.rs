//! Recording that staff changed what an account is entitled to: the account, the limits in its profile and the audit entry are one write.

use provost_domain::{
    Principal,
    audit::Resource,
    entitlement::{Limits, note_entitlements},
    profile::Profile,
};

use crate::{access::Granted, call::Call, problem::Problem, reply::Responds};

/// What changed.
#[derive(Debug)]
pub struct Changed<'a> {
    /// The account as it was read.
    pub before: &'a Principal,
    /// Its profile as it was read.
    pub profile: Profile,
    /// The account as it is now.
    pub after: &'a Principal,
    /// The limits that count now.
    pub limits: Limits,
}

/// Writes it down. Whoever changes limits also writes the principal, whose revision guards both.
///
/// # Errors
/// When somebody else wrote the account meanwhile, or the store is out of reach.
pub async fn record<G: Granted, R: Responds>(
    call: &Call<G>,
    action: &'static str,
    reason: Option<String>,
    changed: Changed<'_>,
    answer: &R,
) -> Result<(), Problem> {
    let Changed { before, profile, after, limits } = changed;
    let mut entry = call.entry(action, Resource::User(before.subject()));
    entry.reason = reason;
    note_entitlements(&mut entry.changes, (before, &profile.limits), (after, &limits));
    let mut tx = call.app.transaction();
    tx.save_principal(after)?;
    tx.save_profile(before.user_id, &Profile { limits, ..profile })?;
    tx.audit(entry)?;
    call.commit(tx, answer).await
}
