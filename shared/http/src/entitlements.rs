//! Records a change of an account's entitlements by staff: the account, the limits in its profile
//! and the audit entry are one write.

use provost_domain::{
    Principal,
    audit::Resource,
    entitlement::{Limits, note_entitlements},
    profile::Profile,
};

use crate::{
    access::AccessGrant, problem::HandlerError, reply::IntoReply, request_context::RequestContext,
};

/// A change of entitlements.
#[derive(Debug)]
pub struct Changed<'a> {
    /// The account before the change.
    pub before: &'a Principal,
    /// The profile before the change.
    pub profile: Profile,
    /// The account after the change.
    pub after: &'a Principal,
    /// The new limits.
    pub limits: Limits,
}

/// Records the change. It also writes the account, whose revision guards both.
///
/// # Errors
/// If the account was changed in the meantime, or the store is not available.
pub async fn record<G: AccessGrant, R: IntoReply>(
    ctx: &RequestContext<G>,
    action: &'static str,
    reason: Option<String>,
    changed: Changed<'_>,
    answer: &R,
) -> Result<(), HandlerError> {
    let Changed { before, profile, after, limits } = changed;
    let mut entry = ctx.entry(action, Resource::User(before.subject()));
    entry.reason = reason;
    note_entitlements(&mut entry.changes, (before, &profile.limits), (after, &limits));
    let mut tx = ctx.app.transaction();
    tx.save_principal(after)?;
    tx.save_profile(before.user_id, &Profile { limits, ..profile })?;
    tx.audit(entry)?;
    ctx.commit(tx, answer).await
}
